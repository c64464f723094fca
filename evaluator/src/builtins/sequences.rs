//! `Len`, `Merge`, `Take`, `Range` and `Sort`.

use super::{bool_of, sequence, sequence_of, structure, variety};
use crate::{
    machine::{Args, Machine, Outcome, describe, error},
    value::Value,
    vtype::Type,
};

pub(super) fn len(value: &Value) -> Outcome {
    let length = match value {
        Value::Blob(bytes) => bytes.len(),
        other => other.elements().len(),
    };
    Ok(Value::int(length as i64))
}

/// One sequence of the elements of all elements.
pub(super) fn merge(machine: &mut Machine<'_>, value: &Value) -> Outcome {
    let element_type = match value {
        // Of mixed elements the type is that of the sequences among them, so it is the same for all parts.
        Value::Sequence(sequence) => match sequence.element_type() {
            Type::Sequence(inner) => (**inner).clone(),
            other => other.clone(),
        },
        other => Type::of(other),
    };
    let total = value.elements().iter().map(|element| element.elements().len()).sum();
    check_length(machine, total)?;
    machine.reserve(total * size_of::<Value>())?;
    let mut merged = Vec::with_capacity(total);
    for element in value.elements() {
        merged.extend_from_slice(element.elements());
    }
    sequence_of(merged, element_type)
}

fn check_length(machine: &Machine<'_>, length: usize) -> Outcome<()> {
    let limit = machine.run.options.limits.elements;
    if length > limit {
        return error(format!(
            "a sequence of {length} elements is longer than the limit of {limit}"
        ));
    }
    Ok(())
}

/// The first element and the others.
pub(super) fn take(value: Value) -> Outcome {
    match value {
        Value::Empty => Ok(Value::Empty),
        Value::Sequence(elements) => {
            let (first, remainder) = elements.split_first();
            structure(vec![("first", first), ("remainder", remainder)])
        }
        other => structure(vec![("first", other), ("remainder", Value::Empty)]),
    }
}

/// Calls `with` for each element, passing a carry along.
pub(super) fn range(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let with = variety(&args.take("with").unwrap_or_default(), "the argument `with` of Range")?;
    let with = Value::Variety(with);
    let over = args.take("over").unwrap_or_default();
    let mut carry = args.take("start").unwrap_or_default();
    let stop = args.take("stop").unwrap_or_default();
    let mut image = Vec::new();
    for element in over.elements() {
        machine.tick()?;
        let arguments = &mut [(Some("carry"), carry), (Some("elem"), element.clone())];
        let result = machine.call_value("the argument `with` of Range", &with, arguments)?;
        carry = match &result {
            Value::Empty => Value::Empty,
            Value::Structure(_) => {
                let emit = result.field("emit");
                if !emit.is_empty() {
                    check_length(machine, image.len() + 1)?;
                    image.push(emit.clone());
                }
                result.field("carry").clone()
            }
            other => {
                return error(format!(
                    "the argument `with` of Range must return a structure with emit and carry, but returned {}",
                    describe(other)
                ));
            }
        };
        if !stop.is_empty() {
            let done = machine.call_value(
                "the argument `stop` of Range",
                &stop,
                &mut [(None, carry.clone())],
            )?;
            if bool_of(&done, "what the argument `stop` of Range returns")? {
                break;
            }
        }
    }
    structure(vec![("image", sequence(image)?), ("residue", carry)])
}

/// Sorts by `less`, keeping the order of elements of which neither is less.
pub(super) fn sort(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let over = args.take("over").unwrap_or_default();
    let less = args.take("less").unwrap_or_default();
    let element_type = match &over {
        Value::Empty => return Ok(Value::Empty),
        Value::Sequence(sequence) => sequence.element_type().clone(),
        other => Type::of(other),
    };
    let less = Value::Variety(variety(&less, "the argument `less` of Sort")?);
    machine.reserve(2 * over.elements().len() * size_of::<Value>())?;
    let mut sorted = over.elements().to_vec();
    let mut buffer = Vec::with_capacity(sorted.len());
    let mut width = 1;
    // Merging runs of doubling width: comparisons may fail, which the sort of the standard library cannot.
    while width < sorted.len() {
        buffer.clear();
        for start in (0..sorted.len()).step_by(2 * width) {
            let middle = (start + width).min(sorted.len());
            let end = (start + 2 * width).min(sorted.len());
            let (mut left, mut right) = (start, middle);
            machine.tick()?;
            while left < middle && right < end {
                machine.tick()?;
                let arguments = &mut [
                    (Some("left"), sorted[right].clone()),
                    (Some("right"), sorted[left].clone()),
                ];
                let answer = machine.call_value("the argument `less` of Sort", &less, arguments)?;
                let next = if bool_of(&answer, "what the argument `less` of Sort returns")? {
                    &mut right
                } else {
                    &mut left
                };
                buffer.push(sorted[*next].clone());
                *next += 1;
            }
            buffer.extend_from_slice(&sorted[left..middle]);
            buffer.extend_from_slice(&sorted[right..end]);
        }
        std::mem::swap(&mut sorted, &mut buffer);
        width *= 2;
    }
    sequence_of(sorted, element_type)
}

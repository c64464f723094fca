//! Arithmetic and comparison of integers.

use ko_queries::builtins::BuiltinId;

use crate::{
    machine::{Outcome, describe, error},
    print,
    value::{IntType, Value},
    vtype::Type,
};

/// The type and the elements of a sequence of integers, widened to their common type.
fn integers(builtin: &str, value: &Value) -> Outcome<(IntType, Vec<i64>)> {
    if value.is_empty() {
        return error(format!("{builtin} needs at least one integer, but got none; give it some"));
    }
    let element_type = match value {
        Value::Sequence(sequence) => sequence.element_type().clone(),
        other => Type::of(other),
    };
    let Type::Int(ty) = element_type else {
        return error(format!(
            "{builtin} takes integers, but got {}; convert it with Int64 if it is a number",
            print::short_type(&element_type, 60)
        ));
    };
    let bits = value.elements().iter().filter_map(|element| match element {
        Value::Int(_, bits) => Some(*bits),
        _ => None,
    });
    Ok((ty, bits.collect()))
}

fn is_less(ty: IntType, a: i64, b: i64) -> bool {
    if ty == IntType::Uint64 { (a as u64) < (b as u64) } else { a < b }
}

pub(super) fn less(value: &Value) -> Outcome {
    let (ty, bits) = integers("Less", value)?;
    Ok(Value::Bool(bits.windows(2).all(|pair| is_less(ty, pair[0], pair[1]))))
}

pub(super) fn equal(value: &Value) -> Outcome {
    let (_, bits) = integers("integer.Equal", value)?;
    Ok(Value::Bool(bits.windows(2).all(|pair| pair[0] == pair[1])))
}

pub(super) fn negative(value: &Value) -> Outcome {
    match value.elements() {
        [Value::Int(ty, bits)] => Ok(Value::Int(*ty, ty.wrap(bits.wrapping_neg()))),
        [] => error("Negative needs an integer, but got none"),
        _ => error(format!("Negative takes exactly one integer, but got {}", describe(value))),
    }
}

/// Folds from the left, wrapping to the common type of the elements (specification §11, Q15).
pub(super) fn fold(builtin: BuiltinId, value: &Value) -> Outcome {
    let (ty, bits) = integers(builtin.name(), value)?;
    let mut bits = bits.into_iter();
    let mut result = bits.next().unwrap_or_default();
    for next in bits {
        match combine(builtin, ty, result, next) {
            Some(combined) => result = combined,
            None => {
                return error(format!(
                    "{} of {} by 0 has no value; check the divisor with Branch first",
                    builtin.name(),
                    ty.display(result)
                ));
            }
        }
    }
    Ok(Value::Int(ty, ty.wrap(result)))
}

/// `None` for a division by zero.
#[inline]
fn combine(builtin: BuiltinId, ty: IntType, a: i64, b: i64) -> Option<i64> {
    use BuiltinId as B;
    let unsigned = ty == IntType::Uint64;
    Some(match builtin {
        B::Sum | B::IntegerSum => a.wrapping_add(b),
        B::Prod | B::IntegerProd => a.wrapping_mul(b),
        _ if b == 0 => return None,
        B::Ratio | B::IntegerRatio if unsigned => (a as u64 / b as u64) as i64,
        B::Ratio | B::IntegerRatio => a.wrapping_div(b),
        _ if unsigned => (a as u64 % b as u64) as i64,
        _ => a.wrapping_rem(b),
    })
}

/// The result of a builtin on integers of one type, without making a sequence of them first. `None` if the builtin
/// or the values are of another kind, or the result is an error: then the long way finds it.
#[inline]
pub(crate) fn on_integers<'a>(
    builtin: BuiltinId,
    mut values: impl Iterator<Item = &'a Value>,
) -> Option<Value> {
    use BuiltinId as B;
    let Some(Value::Int(ty, first)) = values.next() else { return None };
    let ty = *ty;
    let mut values = values.map(|value| match value {
        Value::Int(other, bits) if *other == ty => Some(*bits),
        _ => None,
    });
    let mut previous = *first;
    match builtin {
        B::Sum
        | B::IntegerSum
        | B::Prod
        | B::IntegerProd
        | B::Ratio
        | B::IntegerRatio
        | B::Moduli
        | B::IntegerModuli => {
            for next in values {
                previous = combine(builtin, ty, previous, next?)?;
            }
            Some(Value::Int(ty, ty.wrap(previous)))
        }
        B::Less | B::IntegerLess | B::Equal | B::IntegerEqual => {
            let less = matches!(builtin, B::Less | B::IntegerLess);
            let holds = values.try_fold(true, |holds, next| {
                let next = next?;
                let pair = if less { is_less(ty, previous, next) } else { previous == next };
                previous = next;
                Some(holds && pair)
            });
            holds.map(Value::Bool)
        }
        _ => None,
    }
}

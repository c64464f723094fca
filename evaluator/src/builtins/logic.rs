//! `All`, `And`, `Or`, `Xor`, `Not` and `Equal`.

use ko_queries::builtins::BuiltinId;

use super::check_size;
use crate::{
    machine::{Args, Machine, Outcome, describe, error},
    value::{Field, Value},
};

/// All arguments as a structure if there are some and none is Empty.
pub(super) fn all(args: Args<'_>) -> Outcome {
    if args.is_empty() || args.any_empty() {
        return Ok(Value::Empty);
    }
    let fields =
        args.into_pairs().map(|(name, value)| Field { name: name.unwrap_or_default(), value });
    Value::try_structure(fields.collect()).or_else(|reason| error(reason.to_string()))
}

pub(super) fn of_series(builtin: BuiltinId, series: Option<Value>) -> Outcome {
    let name = builtin.name();
    let series = series.unwrap_or_default();
    let mut trues = 0usize;
    for element in series.elements() {
        match element {
            Value::Bool(value) => trues += usize::from(*value),
            other => return error(format!("{name} takes Bools, but got {}", describe(other))),
        }
    }
    Ok(Value::Bool(match builtin {
        BuiltinId::And => trues == series.elements().len(),
        BuiltinId::Or => trues > 0,
        _ => trues % 2 == 1,
    }))
}

/// An absent argument counts as false; an Empty one is an error (specification §6.4).
pub(super) fn not(value: Option<Value>) -> Outcome {
    match value {
        None => Ok(Value::Bool(true)),
        Some(Value::Bool(value)) => Ok(Value::Bool(!value)),
        Some(other) => error(format!("Not takes a Bool, but got {}", describe(&other))),
    }
}

pub(super) fn equal(machine: &mut Machine<'_>, value: &Value) -> Outcome {
    check_size(value, "the argument of Equal")?;
    let mut watch = machine.watch();
    let mut pairs = value.elements().windows(2);
    let equal = pairs.all(|pair| pair[0].equals_watched(&pair[1], &mut watch));
    let stopped = watch.stopped();
    machine.unless(stopped)?;
    Ok(Value::Bool(equal))
}

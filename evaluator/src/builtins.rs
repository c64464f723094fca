//! The builtins of the language (specification §7.1, §7.2). What they take is declared in [`ko_queries::builtins`];
//! here is what they do.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::builtins::BuiltinId;
use ko_queries::projects::import_path;

use crate::{
    machine::{Args, Machine, Outcome, describe, error},
    value::{Field, MAX_PARTS, Value, Variety},
    vtype::Type,
};

mod control;
mod convert;
mod hash;
mod integers;
mod logic;
mod output;
mod sequences;
mod tasks;
mod text;

pub(crate) use self::tasks::Spinned;

pub(crate) use integers::on_integers;

/// The name that a builtin prints as (specification §8.3).
pub(crate) fn display_name(builtin: BuiltinId) -> EcoString {
    match builtin {
        BuiltinId::Range => "Range(start, over, with, stop)".into(),
        BuiltinId::Yield => "Yield(if, then, else)".into(),
        BuiltinId::CircuitPkgPath => "circuit.PkgPath".into(),
        BuiltinId::Library(_) => crate::library::name(builtin),
        other => other.name().into(),
    }
}

/// Calls a builtin.
pub(crate) fn call(machine: &mut Machine<'_>, builtin: BuiltinId, mut args: Args<'_>) -> Outcome {
    use BuiltinId as B;
    match builtin {
        B::All => logic::all(args),
        B::And | B::Or | B::Xor => logic::of_series(builtin, args.take_unlabelled_or("series")),
        B::Not => logic::not(args.take_unlabelled_or("bool")),
        B::Bool | B::String => convert::to_basic(builtin, value(&mut args)),
        B::Int8 | B::Int16 | B::Int32 | B::Int64 | B::Uint8 | B::Uint16 | B::Uint32 | B::Uint64 => {
            convert::to_basic(builtin, value(&mut args))
        }
        B::Float32 | B::Float64 => convert::to_basic(builtin, value(&mut args)),
        B::Equal => logic::equal(machine, &value(&mut args)),
        B::Hash => {
            let value = args.join()?;
            check_size(&value, "the argument of Hash")?;
            let mut watch = machine.watch();
            let hash = hash::hash(&value, &mut watch).with_secret(value.has_secret());
            let stopped = watch.stopped();
            machine.unless(stopped)?;
            Ok(Value::String(hash))
        }
        B::Len => sequences::len(&value(&mut args)),
        B::Less | B::IntegerLess => integers::less(&value(&mut args)),
        B::IntegerEqual => integers::equal(&value(&mut args)),
        B::Sum | B::Prod | B::Ratio | B::Moduli => integers::fold(builtin, &value(&mut args)),
        B::IntegerSum | B::IntegerProd | B::IntegerRatio | B::IntegerModuli => {
            integers::fold(builtin, &value(&mut args))
        }
        B::Negative | B::IntegerNegative => integers::negative(&value(&mut args)),
        B::Merge => sequences::merge(machine, &value(&mut args)),
        B::Take => sequences::take(args.take("from").unwrap_or_else(|| value(&mut args))),
        B::Range => sequences::range(machine, args),
        B::Loop => control::repeat(machine, args),
        B::Sort => sequences::sort(machine, args),
        B::Yield => control::choose(args),
        B::When => control::when(machine, args),
        B::Panic => Err(Box::new(crate::failure::Failure::panic(args.join()?))),
        B::Recover => control::recover(machine, args),
        B::Spin => tasks::spin(machine, value(&mut args)),
        B::Parallel => {
            let variety = variety(&value(&mut args), "the argument of Parallel")?;
            machine.invoke_parallel(&variety)
        }
        B::Sequential => {
            machine.call_value("the argument of Sequential", &value(&mut args), &mut [])
        }
        B::Hang => tasks::hang(machine),
        B::Memory => tasks::memory(machine),
        B::Profile => control::profile(machine, &value(&mut args)),
        B::Show | B::ShowType | B::Peek | B::PeekType => output::show(machine, builtin, args),
        B::Print | B::Println => output::print(machine, builtin, args.take_unlabelled_or("string")),
        B::Format => text::format(machine, args),
        B::Template => text::template(machine, args),
        B::Placeholder => error(
            "Placeholder stands for something that is not written yet; put a function in its place",
        ),
        B::Library(_) => crate::library::call(machine, builtin, args),
        B::CircuitPkgPath => Ok(Value::string(import_path(&machine.package()))),
    }
}

/// The argument `value`, or the unlabelled one; a named one wins.
fn value(args: &mut Args<'_>) -> Value {
    args.take_param("value", true).unwrap_or_default()
}

fn structure(fields: Vec<(&'static str, Value)>) -> Outcome {
    let fields = fields.into_iter().map(|(name, value)| Field { name: name.into(), value });
    Value::try_structure(fields.collect()).or_else(|reason| error(reason.to_string()))
}

fn sequence(elements: Vec<Value>) -> Outcome {
    Value::sequence(elements).or_else(|reason| error(reason.to_string()))
}

fn sequence_of(elements: Vec<Value>, element_type: Type) -> Outcome {
    Value::sequence_of(elements, element_type).or_else(|reason| error(reason.to_string()))
}

fn variety(value: &Value, what: &str) -> Outcome<Arc<Variety>> {
    match value {
        Value::Variety(variety) => Ok(variety.clone()),
        other => error(format!("{what} must be a function, but it is {}", describe(other))),
    }
}

/// A Bool that a function of the program returned.
fn bool_of(value: &Value, what: &str) -> Outcome<bool> {
    value
        .as_bool()
        .map_or_else(|| error(format!("{what} must be a Bool, but it is {}", describe(value))), Ok)
}

/// The most parts that a key of a memory may have: they are hashed and compared while nobody else can use the memory.
const MAX_KEY_PARTS: u32 = 1_000_000;

/// Refuses keys of a memory that take long to hash.
pub(crate) fn check_key(key: &Value) -> Outcome<()> {
    if key.parts() > MAX_KEY_PARTS {
        return error(format!(
            "the key of a memory has more than {MAX_KEY_PARTS} parts; that is too many to look at"
        ));
    }
    Ok(())
}

/// Refuses values that take forever to walk, for instance because they contain the same part over and over.
pub(crate) fn check_size(value: &Value, what: &str) -> Outcome<()> {
    if value.parts() > MAX_PARTS {
        return error(format!(
            "{what} has more than {MAX_PARTS} parts; that is too many to look at"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

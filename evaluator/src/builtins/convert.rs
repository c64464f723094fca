//! Conversions between basic types (specification §6.3).

use ko_queries::builtins::BuiltinId;

use crate::{
    machine::{Outcome, describe, error},
    value::{FloatType, IntType, Value},
};

enum Basic {
    Int(IntType),
    Float(FloatType),
    String,
    Bool,
}

fn target(builtin: BuiltinId) -> Basic {
    use BuiltinId as B;
    match builtin {
        B::Int8 => Basic::Int(IntType::Int8),
        B::Int16 => Basic::Int(IntType::Int16),
        B::Int32 => Basic::Int(IntType::Int32),
        B::Uint8 => Basic::Int(IntType::Uint8),
        B::Uint16 => Basic::Int(IntType::Uint16),
        B::Uint32 => Basic::Int(IntType::Uint32),
        B::Uint64 => Basic::Int(IntType::Uint64),
        B::Float32 => Basic::Float(FloatType::Float32),
        B::Float64 => Basic::Float(FloatType::Float64),
        B::Bool => Basic::Bool,
        B::String => Basic::String,
        _ => Basic::Int(IntType::Int64),
    }
}

/// Converts to the basic type that the builtin is named after.
pub(super) fn to_basic(builtin: BuiltinId, value: Value) -> Outcome {
    let name = builtin.name();
    Ok(match (target(builtin), value) {
        (Basic::Int(to), Value::Int(_, bits)) => Value::Int(to, to.wrap(bits)),
        (Basic::Int(to), Value::Float(_, number)) => Value::Int(to, to.from_f64(number)),
        (Basic::Float(to), Value::Int(from, bits)) => Value::Float(to, to.round(from.to_f64(bits))),
        (Basic::Float(to), Value::Float(_, number)) => Value::Float(to, to.round(number)),
        (Basic::String, text @ Value::String(_)) => text,
        (Basic::String, Value::Int(from, bits)) => Value::string(character(from, bits).to_string()),
        (Basic::Bool, value @ Value::Bool(_)) => value,
        (_, value @ (Value::Bool(_) | Value::Int(..) | Value::Float(..) | Value::String(_))) => {
            return error(format!("{} cannot be converted to {name}", describe(&value)));
        }
        (_, value) => {
            return error(format!(
                "{name} takes a basic value, such as a number or string, but got {}",
                describe(&value)
            ));
        }
    })
}

/// The character with a code point; what is none gives U+FFFD.
fn character(ty: IntType, bits: i64) -> char {
    let code = if ty == IntType::Uint64 && bits < 0 { None } else { u32::try_from(bits).ok() };
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

//! `Show`, `ShowType`, `Peek`, `PeekType`, `Print` and `Println`.

use ko_queries::builtins::BuiltinId;

use crate::{
    machine::{Args, Machine, Outcome, describe, error},
    print,
    value::{Bytes, MAX_TYPE_PARTS, Value},
    vtype::Type,
};

/// Prints a value or its type and returns the value.
pub(super) fn show(machine: &mut Machine<'_>, builtin: BuiltinId, args: Args<'_>) -> Outcome {
    let value = args.join()?;
    let limit = usize::try_from(machine.run.options.limits.output).unwrap_or(usize::MAX);
    let mut watch = machine.watch();
    let text = match builtin {
        BuiltinId::Show | BuiltinId::Peek => print::print_watched(&value, limit, &mut watch),
        _ if value.type_parts() > MAX_TYPE_PARTS => Err(String::new()),
        _ => Ok(print::print_type(&Type::of(&value))),
    };
    let stopped = watch.stopped();
    machine.unless(stopped)?;
    let Ok(mut text) = text else {
        return error(format!(
            "the text of this value is longer than the limit of {limit} bytes of output"
        ));
    };
    text.push('\n');
    let peek = matches!(builtin, BuiltinId::Peek | BuiltinId::PeekType);
    if peek {
        let mut calls = String::new();
        for (index, frame) in machine.trace().iter().enumerate() {
            let label = frame.label.as_deref().unwrap_or("?");
            calls.push_str(&format!(
                "[{index}] {}:{}:{}, {}:{label}\n",
                frame.file, frame.line, frame.column, frame.function
            ));
        }
        text.insert_str(0, &calls);
    }
    machine.run.write(text, peek)?;
    Ok(value)
}

/// Writes strings one after the other and returns what was written (specification §11, Q28).
pub(super) fn print(
    machine: &mut Machine<'_>,
    builtin: BuiltinId,
    strings: Option<Value>,
) -> Outcome {
    let strings = strings.unwrap_or_default();
    let limit = machine.run.options.limits.output;
    let mut length = 0u64;
    for string in strings.elements() {
        if let Value::String(bytes) | Value::Blob(bytes) = string {
            length = length.saturating_add(bytes.len() as u64);
        }
    }
    if length > limit {
        return error(format!(
            "{} would write {length} bytes, which is more than the limit of {limit} bytes of output",
            builtin.name()
        ));
    }
    machine.reserve(usize::try_from(3 * length).unwrap_or(usize::MAX))?;
    let mut written = Vec::new();
    let mut shown = Vec::new();
    let mut secret = false;
    for string in strings.elements() {
        let (Value::String(bytes) | Value::Blob(bytes)) = string else {
            let name = builtin.name();
            return error(format!(
                "{name} takes strings, but got {}; Show prints any value",
                describe(string)
            ));
        };
        secret |= bytes.is_secret();
        written.extend_from_slice(bytes.as_slice());
        shown.extend_from_slice(if bytes.is_secret() {
            print::REDACTED.as_bytes()
        } else {
            bytes.as_slice()
        });
    }
    if builtin == BuiltinId::Println {
        written.push(b'\n');
        shown.push(b'\n');
    }
    machine.run.write(String::from_utf8_lossy(&shown).into_owned(), false)?;
    Ok(Value::String(Bytes::new(&written).with_secret(secret)))
}

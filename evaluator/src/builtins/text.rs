//! `Format` and `Template`.

use super::sequence;
use crate::{
    machine::{Args, Machine, Outcome, describe, error},
    value::{Bytes, Value},
};

/// The longest text that is cut into pieces, in bytes.
const MAX_TEXT: usize = 64 << 20;

/// What a text is cut into.
enum Piece<'a> {
    Text(&'a [u8]),
    Argument(Value),
}

fn text_of(args: &mut Args<'_>, name: &str, builtin: &str) -> Outcome<Bytes> {
    match args.take(name) {
        Some(Value::String(bytes)) if bytes.len() > MAX_TEXT => error(format!(
            "the argument `{name}` of {builtin} has {} bytes; the most is {MAX_TEXT}",
            bytes.len()
        )),
        Some(Value::String(bytes)) => Ok(bytes),
        other => error(format!(
            "the argument `{name}` of {builtin} must be a string, but it is {}",
            describe(&other.unwrap_or_default())
        )),
    }
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        pieces.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    pieces.push(rest);
    pieces
}

/// Cuts a text at `%%`.
pub(super) fn format(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let text = text_of(&mut args, "format", "Format")?;
    let arguments = args.take("args").unwrap_or_default();
    let texts = split(text.as_slice(), b"%%");
    let (expected, given) = (texts.len() - 1, arguments.elements().len());
    if expected != given {
        return error(format!(
            "Format has {expected} marks %% for arguments, but args has {given} elements; give one for each mark"
        ));
    }
    let mut given = arguments.elements().iter();
    let mut pieces = Vec::new();
    for text in texts {
        pieces.push(Piece::Text(text));
        pieces.extend(given.next().map(|value| Piece::Argument(value.clone())));
    }
    assemble(machine, "Format", pieces, text.is_secret(), args)
}

/// Cuts a text at `{{name}}`.
pub(super) fn template(machine: &mut Machine<'_>, mut args: Args<'_>) -> Outcome {
    let text = text_of(&mut args, "template", "Template")?;
    let arguments = args.take("args").unwrap_or_default();
    let secret = text.is_secret();
    let mut pieces = Vec::new();
    for (index, part) in split(text.as_slice(), b"{{").into_iter().enumerate() {
        let mut text = part;
        let ends = split(part, b"}}");
        if ends.len() != 1 + usize::from(index > 0) {
            return error(
                "the template of Template has {{ without }} or }} without {{; each placeholder needs both",
            );
        }
        if let [placeholder, rest] = ends[..] {
            pieces.push(Piece::Argument(placeholder_value(placeholder, &arguments, secret)?));
            text = rest;
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
    }
    assemble(machine, "Template", pieces, text.is_secret(), args)
}

/// What a placeholder such as `a.b` selects.
fn placeholder_value(placeholder: &[u8], arguments: &Value, secret: bool) -> Outcome {
    let name = String::from_utf8_lossy(placeholder);
    let name = name.trim();
    // Messages are no place for what a secret says.
    let shown = || if secret { "of a secret text".to_owned() } else { format!("{{{{{name}}}}}") };
    let mut value = arguments;
    for part in name.split('.') {
        // Identifiers, as everywhere else (specification §11, Q25).
        let is_identifier = !part.starts_with(|c: char| c.is_numeric())
            && !part.is_empty()
            && part.chars().all(|c| c == '_' || c.is_alphanumeric());
        if !is_identifier {
            return error(format!(
                "the placeholder {} of Template is no name such as a or a.b",
                shown()
            ));
        }
        value = match value {
            Value::Empty | Value::Structure(_) => value.field(part),
            other => {
                return error(format!(
                    "the placeholder {} selects a field in {}",
                    shown(),
                    describe(other)
                ));
            }
        };
    }
    Ok(value.clone())
}

/// Sends each piece through the function for it.
fn assemble(
    machine: &mut Machine<'_>,
    builtin: &str,
    pieces: Vec<Piece<'_>>,
    secret: bool,
    mut args: Args<'_>,
) -> Outcome {
    let with_string = args.take("withString").unwrap_or_default();
    let with_arg = args.take("withArg").unwrap_or_default();
    let mut results = Vec::with_capacity(pieces.len());
    for piece in pieces {
        machine.tick()?;
        let (name, function, value) = match piece {
            Piece::Text(text) => {
                ("withString", &with_string, Value::String(Bytes::new(text).with_secret(secret)))
            }
            Piece::Argument(value) => ("withArg", &with_arg, value),
        };
        let what = format!("the argument `{name}` of {builtin}");
        results.push(machine.call_value(&what, function, &mut [(None, value)])?);
    }
    sequence(results)
}

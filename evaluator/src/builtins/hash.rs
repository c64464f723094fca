//! `Hash`, bit for bit as programs expect it (specification, appendix A). It is weak on purpose of compatibility;
//! nothing here uses it for anything else.

use crate::{
    stack,
    value::{Bytes, Value},
    watch::Watch,
};

/// The seven characters that `Hash` returns. They mean nothing if the walk was stopped.
pub(super) fn hash(value: &Value, watch: &mut Watch<'_>) -> Bytes {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = stack::with_room(value.depth(), || of(value, watch));
    let mut digits = Vec::new();
    while rest > 0 || digits.len() < 7 {
        digits.push(DIGITS[(rest % 36) as usize]);
        rest /= 36;
    }
    digits.reverse();
    digits.truncate(7);
    Bytes::new(&digits)
}

/// 64-bit FNV-1a.
fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

fn text(text: &str) -> u64 {
    fnv(text.bytes())
}

fn blend(parts: &[u64]) -> u64 {
    fnv(parts.iter().flat_map(|part| (0..8u64).map(move |i| (part >> 8).wrapping_mul(i) as u8)))
}

fn basic(name: &str) -> u64 {
    blend(&[text(name), text(&format!("<{name} Value>"))])
}

fn fields<'a>(fields: impl Iterator<Item = (&'a str, &'a Value)>, watch: &mut Watch<'_>) -> u64 {
    let present = fields.filter(|(_, value)| !value.is_empty());
    let parts: Vec<u64> =
        present.flat_map(|(name, value)| [text(name), of(value, watch)]).collect();
    blend(&parts)
}

fn of(value: &Value, watch: &mut Watch<'_>) -> u64 {
    if !watch.go_on() {
        return 0;
    }
    match value {
        Value::Empty => text("#empty"),
        Value::String(bytes) => blend(&[text("string"), fnv(bytes.as_slice().iter().copied())]),
        Value::Bool(_) => basic("bool"),
        Value::Int(ty, _) => basic(&ty.name().to_lowercase()),
        Value::Float(ty, _) => basic(&ty.name().to_lowercase()),
        Value::Sequence(sequence) => match sequence.elements() {
            [only] => of(only, watch),
            elements => blend(&elements.iter().map(|it| of(it, watch)).collect::<Vec<_>>()),
        },
        Value::Structure(structure) => {
            let all = structure.fields().iter();
            fields(all.map(|field| (field.name.as_str(), &field.value)), watch)
        }
        Value::Variety(variety) => {
            let arguments = variety.arguments.iter();
            let arguments =
                arguments.map(|arg| (arg.name.as_deref().unwrap_or_default(), &arg.value));
            blend(&[text(&variety.callable.display_name()), fields(arguments, watch)])
        }
        Value::Blob(bytes) => fnv(bytes.as_slice().iter().copied()),
        Value::Opaque(_) => text("#█"),
    }
}

//! Scalars as text (specification §8.1).

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::REDACTED;
use crate::{value::Value, vtype::Type};

/// The text of a value that is no group; of a variety its name.
pub(super) fn print_scalar(value: &Value) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(ty, bits) => ty.display(*bits),
        Value::Float(_, number) => print_float(*number),
        Value::String(bytes) | Value::Blob(bytes) if bytes.is_secret() => REDACTED.to_owned(),
        Value::String(bytes) => quote(bytes.as_slice()),
        Value::Blob(bytes) => format!("Blob<{}>", bytes.len()),
        Value::Variety(variety) => variety.callable.display_name().into(),
        Value::Opaque(opaque) => format!("Opaque<{}>", opaque.type_name),
        Value::Sequence(_) | Value::Structure(_) => "(…)".to_owned(),
    }
}

/// The name of a type that is no group.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Empty => "Empty".to_owned(),
        Type::Bool => "Bool".to_owned(),
        Type::String => "String".to_owned(),
        Type::Int(ty) => ty.name().to_owned(),
        Type::Float(ty) => ty.name().to_owned(),
        Type::Variety => "Variety".to_owned(),
        Type::Blob => "Blob".to_owned(),
        Type::Opaque(name) => format!("Opaque<{name}>"),
        Type::Sequence(_) | Type::Structure(_) | Type::Optional(_) => "(…)".to_owned(),
    }
}

/// A float with the shortest digits that read back the same; scientific from 1e6 and below 1e-4.
pub fn print_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    // Rust's `{:e}` gives the shortest digits: `d.ddde±x`.
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    } else {
        format!("{number}")
    }
}

/// Bytes as a quoted string.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape(c, &mut out));
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        ' '..='~' => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        _ if is_printable(c) => out.push(c),
        _ if (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
        _ if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        _ => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

/// Letters, marks, numbers, punctuation and symbols.
fn is_printable(c: char) -> bool {
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter
            | GeneralCategoryGroup::Mark
            | GeneralCategoryGroup::Number
            | GeneralCategoryGroup::Punctuation
            | GeneralCategoryGroup::Symbol
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_the_specification_says() {
        let cases = [
            (1.0, "1"),
            (123_456.0, "123456"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.0, "-0"),
            (0.0, "0"),
            (0.25, "0.25"),
            (f64::from(0.1f32), "0.10000000149011612"),
            (1e300, "1e+300"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (number, expected) in cases {
            assert_eq!(print_float(number), expected);
        }
    }

    #[test]
    fn strings_escape_what_is_not_printable() {
        assert_eq!(quote("é 日本 😀 '".as_bytes()), "\"é 日本 😀 '\"");
        assert_eq!(quote("\u{a0}\u{200b}\x7f\0".as_bytes()), r#""\u00a0\u200b\x7f\x00""#);
        assert_eq!(quote(b"a\"\\\n\t\xff"), r#""a\"\\\n\t\xff""#);
        assert_eq!(quote("\u{e0001}".as_bytes()), r#""\U000e0001""#);
    }
}

//! `encoding/json`: values as JSON text (RFC 8259) and back.
//!
//! This is the JSON that programs write, which is laid out and escaped as the language specification (§10) says. What the
//! project itself writes for machines is in [`crate::json`].

use std::fmt::Write as _;

use serde::de::DeserializeSeed;

use super::{
    Call, Gate,
    read::{Numbers, Place, Reader},
};
use crate::{
    json::base64,
    machine::Outcome,
    stack,
    value::{FloatType, IntType, MAX_PARTS, Value},
};

pub(super) const GATES: &[(&str, Gate)] =
    &[("Marshal", marshal_line), ("MarshalIndent", marshal_indent), ("Unmarshal", unmarshal_text)];

fn marshal_line(call: &mut Call<'_, '_>) -> Outcome {
    let text = marshal(call.arg("value"), None);
    text.map(Value::from).or_else(|reason| call.fail(format!("cannot write this: {reason}")))
}

fn marshal_indent(call: &mut Call<'_, '_>) -> Outcome {
    let (prefix, indent) = (call.text("prefix")?, call.text_or("indent", "\t")?);
    let layout = Layout { prefix: &prefix, indent: &indent };
    let text = marshal(call.arg("value"), Some(layout));
    text.map(Value::from).or_else(|reason| call.fail(format!("cannot write this: {reason}")))
}

fn unmarshal_text(call: &mut Call<'_, '_>) -> Outcome {
    unmarshal(call.bytes("value")?).or_else(|reason| unreadable(call, "JSON", &reason))
}

/// Says what is wrong with a text, unless the text is secret: the reason may quote it.
pub(super) fn unreadable(call: &Call<'_, '_>, format: &str, reason: &str) -> Outcome {
    if call.has_secret() {
        return call.fail(format!(
            "cannot read this {format}; it is secret, so what is wrong with it is not shown"
        ));
    }
    call.fail(format!("cannot read this {format}: {reason}"))
}

/// Nesting that is written: what is deeper is refused.
pub(super) const MAX_NESTING: u32 = 500;

/// How lines are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout<'a> {
    /// What every line but the first begins with.
    pub(super) prefix: &'a str,
    /// What follows for each level of nesting.
    pub(super) indent: &'a str,
}

/// A value as JSON text, on one line without a layout. Empty is null, a field that is Empty is left out, bytes are base64.
///
/// # Errors
/// Functions, host values and numbers that are not finite have no JSON; the text says which, and in which field.
pub(super) fn marshal(value: &Value, layout: Option<Layout<'_>>) -> Result<String, String> {
    check_extent(value, "JSON")?;
    stack::with_room(value.depth(), || {
        let mut writer = Writer { out: String::new(), layout, level: 0 };
        writer.value(value)?;
        Ok(writer.out)
    })
}

/// A value from JSON text: an object is a structure of its keys in order, an array a sequence, a number a Float64. Null and
/// the empty array are Empty; a key with either is left out.
///
/// # Errors
/// What is no JSON, names a key twice, nests deeper than 127 levels, or has an array without a common type; with line and
/// column.
pub(super) fn unmarshal(text: &[u8]) -> Result<Value, String> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = Reader { numbers: Numbers::Float64, place: &Place::default() }
        .deserialize(&mut json)
        .map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Refuses values that are too deep or too large to be written.
pub(super) fn check_extent(value: &Value, format: &str) -> Result<(), String> {
    if value.depth() > MAX_NESTING {
        return Err(format!(
            "a value of {} levels is too deep for {format} (at most {MAX_NESTING})",
            value.depth()
        ));
    }
    if value.parts() > MAX_PARTS {
        return Err(format!("a value of more than {MAX_PARTS} parts is too large for {format}"));
    }
    Ok(())
}

/// Why this has no form as data, if it has none.
pub(super) fn no_data(value: &Value, format: &str) -> Option<String> {
    match value {
        Value::Variety(variety) => Some(format!(
            "the function {} has no {format} form; call it first",
            variety.callable.display_name()
        )),
        Value::Opaque(opaque) => {
            Some(format!("a value of type {} has no {format} form", opaque.type_name))
        }
        Value::Float(_, number) if !number.is_finite() && format == "JSON" => {
            Some(format!("the number {number} has no JSON form"))
        }
        _ => None,
    }
}

struct Writer<'a> {
    out: String,
    layout: Option<Layout<'a>>,
    level: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Empty => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(IntType::Uint64, bits) => self.push(format_args!("{}", *bits as u64)),
            Value::Int(_, bits) => self.push(format_args!("{bits}")),
            Value::Float(ty, number) if number.is_finite() => self.float(*ty, *number),
            Value::String(bytes) => self.string(&String::from_utf8_lossy(bytes.as_slice())),
            Value::Blob(bytes) => self.string(&base64(bytes.as_slice())),
            Value::Sequence(sequence) => {
                let elements = sequence.elements().iter().enumerate();
                self.group('[', ']', elements, |writer, (index, element)| {
                    writer.value(element).map_err(|error| format!("element {index}: {error}"))
                })?;
            }
            Value::Structure(structure) => {
                let fields = structure.fields().iter().filter(|field| !field.value.is_empty());
                self.group('{', '}', fields, |writer, field| {
                    writer.string(&field.name);
                    writer.out.push_str(if writer.layout.is_some() { ": " } else { ":" });
                    writer
                        .value(&field.value)
                        .map_err(|error| format!("field {}: {error}", field.name))
                })?;
            }
            other => return Err(no_data(other, "JSON").unwrap_or_default()),
        }
        Ok(())
    }

    fn group<T>(
        &mut self,
        open: char,
        close: char,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), String>,
    ) -> Result<(), String> {
        self.out.push(open);
        self.level += 1;
        let mut any = false;
        for item in items {
            if any {
                self.out.push(',');
            }
            any = true;
            self.new_line();
            write(self, item)?;
        }
        self.level -= 1;
        if any {
            self.new_line();
        }
        self.out.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        let Some(layout) = self.layout else { return };
        self.out.push('\n');
        self.out.push_str(layout.prefix);
        for _ in 0..self.level {
            self.out.push_str(layout.indent);
        }
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    /// The shortest digits that read back the same; with an exponent from 1e21 and below 1e-6, as in ECMAScript.
    fn float(&mut self, ty: FloatType, number: f64) {
        let scientific = number != 0.0 && !(1e-6..1e21).contains(&number.abs());
        match (ty, scientific) {
            (FloatType::Float32, false) => self.push(format_args!("{}", number as f32)),
            (FloatType::Float64, false) => self.push(format_args!("{number}")),
            (FloatType::Float32, true) => self.exponent(format!("{:e}", number as f32)),
            (FloatType::Float64, true) => self.exponent(format!("{number:e}")),
        }
    }

    fn exponent(&mut self, text: String) {
        match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => {
                self.push(format_args!("{digits}e+{power}"));
            }
            _ => self.out.push_str(&text),
        }
    }

    /// Besides what JSON must escape: `<`, `>` and `&`, so that the text can stand in HTML, and the two line ends of
    /// Unicode, so that it can stand in old ECMAScript.
    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    self.push(format_args!("\\u{:04x}", u32::from(c)));
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn line(value: &Value) -> String {
        marshal(value, None).unwrap()
    }

    #[test]
    fn everything_inside_everything_is_written() {
        let inner = Value::structure([("b", Value::int(1)), ("none", Value::Empty)]);
        let list = Value::sequence(vec![inner.clone(), Value::unit()]).unwrap();
        let value = Value::structure([
            ("list", list),
            ("inner", inner),
            ("données", Value::blob("foo")),
            ("big", Value::Int(IntType::Uint64, -1)),
        ]);
        let expected = expect![[
            r#"{"list":[{"b":1},{}],"inner":{"b":1},"données":"Zm9v","big":18446744073709551615}"#
        ]];
        expected.assert_eq(&line(&value));
        let layout = Layout { prefix: "-", indent: " " };
        expect![[r#"
            {
            - "list": [
            -  {
            -   "b": 1
            -  },
            -  {}
            - ],
            - "inner": {
            -  "b": 1
            - },
            - "données": "Zm9v",
            - "big": 18446744073709551615
            -}"#]]
        .assert_eq(&marshal(&value, Some(layout)).unwrap());
    }

    #[test]
    fn scalars_are_written_as_the_specification_says() {
        for (value, expected) in [
            (Value::Empty, "null"),
            (Value::float(1.0), "1"),
            (Value::float(-0.5), "-0.5"),
            (Value::float(1e20), "100000000000000000000"),
            (Value::float(1e21), "1e+21"),
            (Value::float(1.5e-7), "1.5e-7"),
            (Value::Float(FloatType::Float32, f64::from(0.1_f32)), "0.1"),
            (
                Value::string("<a> & \u{2028}\u{1}\n\"é"),
                r#""\u003ca\u003e \u0026 \u2028\u0001\n\"é""#,
            ),
            (Value::string(b"a\xff"), "\"a\u{fffd}\""),
        ] {
            assert_eq!(line(&value), expected);
        }
    }

    #[test]
    fn what_has_no_json_is_named_with_its_place() {
        let value = Value::structure([(
            "a",
            Value::sequence(vec![Value::float(1.0), Value::float(f64::INFINITY)]).unwrap(),
        )]);
        expect!["field a: element 1: the number inf has no JSON form"]
            .assert_eq(&marshal(&value, None).unwrap_err());
        let mut deep = Value::int(1);
        for _ in 0..=MAX_NESTING {
            deep = Value::structure([("a", deep)]);
        }
        expect!["a value of 501 levels is too deep for JSON (at most 500)"]
            .assert_eq(&marshal(&deep, None).unwrap_err());
    }

    #[test]
    fn text_is_read_in_the_order_of_its_keys() {
        let value =
            unmarshal(br#" {"z":1, "a":[1.5, 2], "n":null, "e":[], "o":{}, "l":[null,"x"]} "#);
        expect!["(z: 1, a: (1.5, 2), o: (), l: (\"x\"))"]
            .assert_eq(&crate::print::short(&value.unwrap(), 200));
        assert_eq!(unmarshal(b"5").unwrap(), Value::float(5.0));
        assert!(unmarshal(b"null").unwrap().is_empty());
        let unlike = unmarshal(br#"[{"a":1},{"b":2}]"#).unwrap();
        expect!["((a: 1), (b: 2))"].assert_eq(&crate::print::short(&unlike, 200));
    }

    #[test]
    fn bad_text_is_refused_with_line_and_column() {
        let deep = "[".repeat(10_000);
        let errors: Vec<String> = [
            "",
            "{\"a\":\n 1,}",
            "1 2",
            "[1,\"a\"]",
            "{\"a\":1,\n\"a\":2}",
            "1e999",
            "\"\\ud800\"",
            "\"a\u{1}\"",
            &deep,
        ]
        .iter()
        .map(|text| unmarshal(text.as_bytes()).unwrap_err())
        .collect();
        expect![[r#"
            EOF while parsing a value at line 1 column 0
            trailing comma at line 2 column 4
            trailing characters at line 1 column 3
            Float64 and String cannot be unified; all elements of a sequence need one type at line 1 column 7
            the key "a" occurs twice at line 2 column 3
            number out of range at line 1 column 5
            unexpected end of hex escape at line 1 column 8
            control character (\u0000-\u001F) found while parsing a string at line 1 column 3
            recursion limit exceeded at line 1 column 128"#]]
        .assert_eq(&errors.join("\n"));
    }
}

//! `encoding/yaml`: values as YAML text and back (YAML 1.2, written so that readers of YAML 1.1 agree).

use serde::{
    Serialize, Serializer,
    de::DeserializeSeed,
    ser::{Error, SerializeMap, SerializeSeq},
};

use super::{
    Call, Gate,
    json::{check_extent, no_data, unreadable},
    read::{Numbers, Place, Reader},
};
use crate::{
    json::base64,
    machine::Outcome,
    stack,
    value::{FloatType, IntType, Value},
};

pub(super) const GATES: &[(&str, Gate)] =
    &[("Marshal", marshal_text), ("Unmarshal", unmarshal_text)];

fn marshal_text(call: &mut Call<'_, '_>) -> Outcome {
    let text = marshal(call.arg("value"));
    text.map(Value::from).or_else(|reason| call.fail(format!("cannot write this: {reason}")))
}

fn unmarshal_text(call: &mut Call<'_, '_>) -> Outcome {
    unmarshal(&call.text("value")?).or_else(|reason| unreadable(call, "YAML", &reason))
}

/// Nesting that is read.
const MAX_READ_DEPTH: usize = 128;

/// A value as a YAML document in block style, with a line end. Empty is null, a field that is Empty is left out, bytes are
/// base64. Text that would be read as something else is quoted.
///
/// # Errors
/// Functions and host values have no YAML; the text says which.
pub(super) fn marshal(value: &Value) -> Result<String, String> {
    check_extent(value, "YAML")?;
    stack::with_room(value.depth().saturating_mul(4), || {
        let options = serde_saphyr::ser_options! { prefer_block_scalars: true };
        let mut text = serde_saphyr::to_string_with_options(&Written(value), options)
            .map_err(|error| error.to_string())?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    })
}

/// A value from one YAML document: mappings are structures of their keys in order, lists sequences, whole numbers Int64.
/// Null and the empty list are Empty; a key with either is left out. Nothing is Empty, too.
///
/// # Errors
/// What is no YAML, is more than one document, names a key twice, nests deeper than 128 levels, has too many aliases, or a
/// list without a common type; with line and column.
pub(super) fn unmarshal(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_READ_DEPTH },
        with_snippet: false,
    };
    let place = Place::default();
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
        Reader { numbers: Numbers::AsWritten, place: &place }.deserialize(yaml)
    });
    read.map_err(|error| match &error {
        serde_saphyr::Error::MultipleDocuments { location, .. } => {
            format!("a second document begins; give one at a time at line {}", location.line())
        }
        serde_saphyr::Error::DuplicateMappingKey { key, location } => format!(
            "the key {:?} occurs twice at line {}, column {}",
            key.as_deref().unwrap_or_default(),
            location.line(),
            location.column()
        ),
        // What is wrong with the value rather than with the text has no position there, but a place.
        _ if error.location().is_none() => format!("{error} at {place}"),
        _ => error.to_string().replace("budget breached", "too large, or its aliases make it so"),
    })
}

/// A value as serde sees it.
struct Written<'a>(&'a Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Empty => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(IntType::Uint64, bits) => serializer.serialize_u64(*bits as u64),
            Value::Int(_, bits) => serializer.serialize_i64(*bits),
            Value::Float(_, number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                // As the language prints it, and as JSON has it.
                serializer.serialize_i64(*number as i64)
            }
            Value::Float(FloatType::Float32, number) => serializer.serialize_f32(*number as f32),
            Value::Float(FloatType::Float64, number) => serializer.serialize_f64(*number),
            Value::String(bytes) => {
                serializer.serialize_str(&String::from_utf8_lossy(bytes.as_slice()))
            }
            Value::Blob(bytes) => serializer.serialize_str(&base64(bytes.as_slice())),
            Value::Sequence(sequence) => {
                let mut list = serializer.serialize_seq(Some(sequence.elements().len()))?;
                for element in sequence.elements() {
                    list.serialize_element(&Written(element))?;
                }
                list.end()
            }
            Value::Structure(structure) => {
                let fields = structure.fields().iter().filter(|field| !field.value.is_empty());
                let mut map = serializer.serialize_map(Some(fields.clone().count()))?;
                for field in fields {
                    map.serialize_entry(field.name.as_str(), &Written(&field.value))?;
                }
                map.end()
            }
            other => Err(S::Error::custom(no_data(other, "YAML").unwrap_or_default())),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn blocks_stand_under_their_keys() {
        let item = Value::structure([("name", Value::string("a")), ("on", Value::Bool(true))]);
        let list = Value::sequence(vec![item, Value::unit()]).unwrap();
        let value = Value::structure([
            ("x", Value::float(5.6)),
            ("y", Value::sequence(vec![Value::string("a"), Value::string("b")]).unwrap()),
            ("items", list),
            ("nested", Value::structure([("n", Value::int(1)), ("none", Value::Empty)])),
            ("text", Value::string("two\nlines\n")),
        ]);
        expect![[r#"
            x: 5.6
            "y":
            - a
            - b
            items:
            - name: a
              "on": true
            - {}
            nested:
              "n": 1
            text: |
              two
              lines
        "#]]
        .assert_eq(&marshal(&value).unwrap());
    }

    #[test]
    fn text_stays_text_whatever_it_says() {
        let long = "word ".repeat(60);
        for text in [
            "",
            " ",
            "yes",
            "no",
            "on",
            "y",
            "null",
            "~",
            "true",
            "1",
            "1.5",
            "0x10",
            "1e3",
            "1_000",
            "12:30",
            "2001-01-01",
            "- a",
            "a: b",
            "a #b",
            "#",
            "@x",
            "`x",
            "*a",
            "&a",
            "!t",
            "%d",
            "{",
            "[",
            "'",
            "\"",
            "\\",
            "a\nb",
            "\n",
            "a\n\n",
            " lead",
            "trail ",
            "tab\t",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "é 日本 😀",
            "---",
            "...",
            "?",
            ":",
            "=",
            "<<",
            ".inf",
            ".nan",
            "-",
            "a:",
            "\r\n",
            "\u{0}",
            "\u{7f}",
            "  a\nb",
            "\n a",
            long.as_str(),
            "a\n  \nb",
            "|",
            ">",
            "key: |",
        ] {
            let value = Value::structure([("k", Value::string(text)), (text, Value::string("v"))]);
            let written = marshal(&value).unwrap();
            assert_eq!(unmarshal(&written), Ok(value), "{text:?} was written as\n{written}");
            let bare = Value::string(text);
            let written = marshal(&bare).unwrap();
            assert_eq!(unmarshal(&written), Ok(bare), "{text:?} was written as\n{written}");
        }
    }

    #[test]
    fn scalars_keep_their_kind() {
        for (value, expected) in [
            (Value::Empty, "null\n"),
            (Value::int(-5), "-5\n"),
            (Value::Bool(true), "true\n"),
            (Value::float(0.25), "0.25\n"),
            (Value::Int(IntType::Uint64, -1), "18446744073709551615\n"),
        ] {
            let text = marshal(&value).unwrap();
            assert_eq!(text, expected);
            assert_eq!(unmarshal(&text), Ok(value));
        }
        assert!(unmarshal("").unwrap().is_empty());
    }

    #[test]
    fn bad_text_is_refused_with_line_and_column() {
        let deep = "[".repeat(10_000);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let errors: Vec<String> = [
            "a: [1",
            "a: 1\na: 2",
            "x:\n- k: [1, a]",
            "a: b: c",
            "*nobody",
            "a: 1\n---\nb: 2",
            &deep,
            &bomb,
        ]
        .iter()
        .map(|text| unmarshal(text).unwrap_err().lines().next().unwrap_or_default().to_owned())
        .collect();
        expect![[r#"
            unclosed bracket '[' at line 1, column 4
            the key "a" occurs twice at line 2, column 1
            Int64 and String cannot be unified; all elements of a sequence need one type at line 2, column 6
            mapping values are not allowed in this context at line 1, column 5
            alias references unknown anchor at line 1, column 1
            a second document begins; give one at a time at line 3
            recursion limit exceeded at line 1, column 256
            too large, or its aliases make it so: Nodes { nodes: 250001 } at line 1, column 13 (defined at line 5, column 9) (used at line 6, column 15)"#]].assert_eq(&errors.join("\n"));
    }
}

//! Values as JSON and back.

use serde_json::{Map, Number, Value as Json};

use crate::{
    print::REDACTED,
    stack,
    value::{BuildError, FloatType, IntType, MAX_PARTS, Value},
};

/// Nesting that is accepted in JSON: what is deeper is refused rather than walked.
const MAX_NESTING: u32 = 500;

/// What happens to secrets on the way to JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are written, for the API server.
    Reveal,
    /// They become `"<secret>"`, for people.
    Redact,
}

/// A value as JSON. Empty is null, a field that is Empty is left out, a blob is base64 (as in the Kubernetes API).
///
/// # Errors
/// Functions, host values, infinite numbers and too deep values have no JSON; the text says which.
pub fn to_json(value: &Value, secrets: Secrets) -> Result<Json, String> {
    if value.depth() > MAX_NESTING {
        return Err(format!(
            "a value of {} levels is too deep for JSON (at most {MAX_NESTING})",
            value.depth()
        ));
    }
    if value.parts() > MAX_PARTS {
        return Err(format!("a value of more than {MAX_PARTS} parts is too large for JSON"));
    }
    stack::with_room(value.depth(), || encode(value, secrets))
}

fn encode(value: &Value, secrets: Secrets) -> Result<Json, String> {
    Ok(match value {
        Value::Empty => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(IntType::Uint64, bits) => Json::Number((*bits as u64).into()),
        Value::Int(_, bits) => Json::Number((*bits).into()),
        // JSON has one kind of number: a whole float is written without a fraction, as the language prints it.
        Value::Float(_, number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Json::Number((*number as i64).into())
        }
        Value::Float(_, number) => Json::Number(
            Number::from_f64(*number)
                .ok_or_else(|| format!("the number {number} has no JSON form"))?,
        ),
        Value::String(bytes) | Value::Blob(bytes)
            if bytes.is_secret() && secrets == Secrets::Redact =>
        {
            Json::String(REDACTED.to_owned())
        }
        Value::String(bytes) => {
            Json::String(String::from_utf8_lossy(bytes.as_slice()).into_owned())
        }
        Value::Blob(bytes) => Json::String(base64(bytes.as_slice())),
        Value::Sequence(sequence) => Json::Array(
            sequence
                .elements()
                .iter()
                .map(|element| encode(element, secrets))
                .collect::<Result<_, _>>()?,
        ),
        Value::Structure(structure) => {
            let mut map = Map::new();
            for field in structure.fields().iter().filter(|field| !field.value.is_empty()) {
                let value = encode(&field.value, secrets)
                    .map_err(|error| format!("field {}: {error}", field.name))?;
                map.insert(field.name.to_string(), value);
            }
            Json::Object(map)
        }
        Value::Variety(variety) => {
            return Err(format!(
                "the function {} has no JSON form; call it first",
                variety.callable.display_name()
            ));
        }
        Value::Opaque(opaque) => {
            return Err(format!("a value of type {} has no JSON form", opaque.type_name));
        }
    })
}

/// A value from JSON: whole numbers are Int64 (Uint64 where only that has room), others Float64; null and empty
/// arrays are Empty; fields that are null are left out.
///
/// # Errors
/// Arrays whose elements have no common type, and too deep nesting.
pub fn from_json(json: &Json) -> Result<Value, BuildError> {
    decode(json, 0)
}

fn decode(json: &Json, nesting: u32) -> Result<Value, BuildError> {
    if nesting > MAX_NESTING {
        return Err(BuildError::TooDeep);
    }
    match json {
        Json::Null => Ok(Value::Empty),
        Json::Bool(value) => Ok(Value::Bool(*value)),
        Json::Number(number) => Ok(match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::int(number),
            (None, Some(number)) => Value::Int(IntType::Uint64, number as i64),
            (None, None) => Value::Float(FloatType::Float64, number.as_f64().unwrap_or(f64::NAN)),
        }),
        Json::String(text) => Ok(Value::string(text)),
        Json::Array(elements) => Value::sequence(
            elements
                .iter()
                .map(|element| decode(element, nesting + 1))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(map) => {
            let mut fields = Vec::with_capacity(map.len());
            for (name, json) in map.iter().filter(|(_, json)| !json.is_null()) {
                fields.push((name.as_str(), decode(json, nesting + 1)?));
            }
            Ok(Value::structure(fields))
        }
    }
}

/// RFC 4648 base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4 {
            if position <= chunk.len() {
                out.push(char::from(DIGITS[(group >> (18 - 6 * position)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_the_way_there_and_back() {
        let text = r#"{"a":1,"b":[{"x":"y"},{"z":1.5}],"c":{"d":true},"e":18446744073709551615}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let value = from_json(&json).unwrap();
        assert_eq!(to_json(&value, Secrets::Reveal).unwrap().to_string(), text);
    }

    #[test]
    fn nulls_vanish_and_functions_are_refused() {
        let json: Json = serde_json::from_str(r#"{"a":null,"b":[],"c":[null]}"#).unwrap();
        let value = from_json(&json).unwrap();
        assert_eq!(to_json(&value, Secrets::Reveal).unwrap().to_string(), "{}");
        assert!(from_json(&serde_json::json!([1, "a"])).is_err());
    }

    #[test]
    fn secrets_are_redacted_for_people() {
        let value = Value::structure([("p", Value::string("x").into_secret())]);
        assert_eq!(to_json(&value, Secrets::Redact).unwrap().to_string(), r#"{"p":"<secret>"}"#);
        assert_eq!(to_json(&value, Secrets::Reveal).unwrap().to_string(), r#"{"p":"x"}"#);
    }

    #[test]
    fn base64_pads() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}

//! Values from data that serde reads, such as JSON and YAML.

use std::{cell::RefCell, fmt};

use ecow::EcoString;
use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::value::{Field, IntType, Value};

/// Which numbers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// All are Float64, as in ECMAScript.
    Float64,
    /// Whole ones are Int64, or Uint64 where only that has room.
    AsWritten,
}

/// The keys and numbers of elements that lead to what is being read, outermost first.
#[derive(Debug, Default)]
pub(super) struct Place(RefCell<Vec<EcoString>>);

impl Place {
    fn enter<T, E>(&self, name: EcoString, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.0.borrow_mut().push(name);
        let result = read();
        // After an error the place is where it happened.
        if result.is_ok() {
            self.0.borrow_mut().pop();
        }
        result
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.borrow().join("."))
    }
}

/// Reads one value. Null and the empty list are Empty; mappings lose keys whose value is Empty. A key that occurs twice is an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// What numbers become.
    pub(super) numbers: Numbers,
    /// Where it is.
    pub(super) place: &'a Place,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Empty)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Empty)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(match self.numbers {
            Numbers::Float64 => Value::float(number as f64),
            Numbers::AsWritten => Value::int(number),
        })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(match (self.numbers, i64::try_from(number)) {
            (Numbers::Float64, _) => Value::float(number as f64),
            (Numbers::AsWritten, Ok(number)) => Value::int(number),
            (Numbers::AsWritten, Err(_)) => Value::Int(IntType::Uint64, number as i64),
        })
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::string(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::blob(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        loop {
            let number = ecow::eco_format!("{}", elements.len());
            let element = self.place.enter(number, || access.next_element_seed(self))?;
            let Some(element) = element else { break };
            elements.push(element);
        }
        Value::sequence(elements).map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields: Vec<Field> = Vec::new();
        let mut seen: FxHashSet<EcoString> = FxHashSet::default();
        while let Some(Key(name)) = access.next_key_seed(KeyReader)? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("the key {name:?} occurs twice")));
            }
            let value = self.place.enter(name.clone(), || access.next_value_seed(self))?;
            if !value.is_empty() {
                fields.push(Field { name, value });
            }
        }
        Value::try_structure(fields).map_err(A::Error::custom)
    }
}

/// The text of a key.
struct Key(EcoString);

/// Reads a key: text, or a scalar as it prints.
struct KeyReader;

impl<'de> DeserializeSeed<'de> for KeyReader {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeyReader {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, which is text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(Key(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Key, E> {
        Ok(Key(if value { "true" } else { "false" }.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Key, E> {
        Ok(Key(ecow::eco_format!("{number}")))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Key, E> {
        Ok(Key(ecow::eco_format!("{number}")))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Key, E> {
        Ok(Key(ecow::eco_format!("{number}")))
    }
}

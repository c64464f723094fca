//! From the JSON of the API server to values, guided by the schema: what the checker says about a field is true of its
//! value. `managedFields` is dropped; empty lists are Empty; what Secrets hold is marked as secret.

use ko_schema::{Kind, Schema, Type, TypeId};
use serde_json::Value as Json;

use crate::json;
use crate::value::Value;

/// How deep objects may nest.
const MAX_DEPTH: usize = 200;

/// The value of an object of a kind.
///
/// # Errors
/// When it nests too deep.
pub(super) fn object(schema: &Schema, kind: &Kind, object: &Json) -> Result<Value, String> {
    value(schema, kind, kind.object, object)
}

/// The value of something that a kind has, such as its scale.
///
/// # Errors
/// When it nests too deep.
pub(super) fn value(
    schema: &Schema,
    kind: &Kind,
    ty: TypeId,
    json: &Json,
) -> Result<Value, String> {
    decoder(schema, kind).value(ty, json, 0)
}

/// The sequence of objects of a kind.
///
/// # Errors
/// When one nests too deep.
pub(super) fn objects<'a>(
    schema: &Schema,
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Json>,
) -> Result<Value, String> {
    let objects: Vec<&Json> = objects.into_iter().collect();
    decoder(schema, kind).list(kind.object, &objects, 0)
}

fn decoder<'a>(schema: &'a Schema, kind: &Kind) -> Decoder<'a> {
    Decoder { schema, secret: kind.group.is_empty() && kind.kind == "Secret", plain_text: false }
}

#[derive(Clone, Copy)]
struct Decoder<'a> {
    schema: &'a Schema,
    /// Whether the object is a Secret.
    secret: bool,
    /// Whether values that may be numbers or text are text: elements of a sequence must have one type.
    plain_text: bool,
}

impl Decoder<'_> {
    fn value(self, ty: TypeId, json: &Json, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("an object nests more than {MAX_DEPTH} levels deep"));
        }
        Ok(match (self.schema.ty(ty), json) {
            (_, Json::Null) => Value::Empty,
            (Type::Struct(known), Json::Object(map)) => {
                let mut fields = Vec::with_capacity(map.len());
                for (name, json) in map.iter().filter(|(name, _)| *name != "managedFields") {
                    let mut value = match known.field(name) {
                        Some(field) => self.value(field.ty, json, depth + 1)?,
                        None => self.any(json)?,
                    };
                    let hidden = matches!(name.as_str(), "data" | "stringData")
                        || name == "annotations" && depth == 1;
                    if self.secret && hidden {
                        value = value.into_secret();
                    }
                    fields.push((name.as_str(), value));
                }
                Value::structure(fields)
            }
            (Type::Map(item), Json::Object(map)) => {
                let mut fields = Vec::with_capacity(map.len());
                for (name, json) in map {
                    fields.push((name.as_str(), self.value(*item, json, depth + 1)?));
                }
                Value::structure(fields)
            }
            (Type::List { item, .. }, Json::Array(list)) => {
                self.list(*item, &list.iter().collect::<Vec<_>>(), depth)?
            }
            (Type::Float, Json::Number(number)) => {
                number.as_f64().map_or(Value::Empty, Value::float)
            }
            (Type::Quantity, Json::Number(number)) => Value::string(number.to_string()),
            (Type::IntOrString | Type::Any, Json::Number(number)) if self.plain_text => {
                Value::string(number.to_string())
            }
            // The server knows better than the schema what it sends.
            _ => self.any(json)?,
        })
    }

    fn list(self, item: TypeId, list: &[&Json], depth: usize) -> Result<Value, String> {
        let decode = |decoder: Self| {
            list.iter().map(|it| decoder.value(item, it, depth + 1)).collect::<Result<Vec<_>, _>>()
        };
        if let Ok(sequence) = Value::sequence(decode(self)?) {
            return Ok(sequence);
        }
        // Ports by number and by name side by side, for example.
        if let Ok(sequence) = Value::sequence(decode(Decoder { plain_text: true, ..self })?) {
            return Ok(sequence);
        }
        let texts = list.iter().map(|it| Value::string(it.to_string())).collect();
        Value::sequence(texts).map_err(|error| error.to_string())
    }

    fn any(self, json: &Json) -> Result<Value, String> {
        match json::from_json(json) {
            Ok(value) => Ok(value),
            // Lists of unlike elements have no form in the language but their text.
            Err(_) => Ok(Value::string(json.to_string())),
        }
    }
}

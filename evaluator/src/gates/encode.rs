//! From values to the JSON that the API server takes, guided by the schema.
//!
//! - Empty is absence: the field is left out, and so is a structure all of whose fields are; it never becomes `null`, `[]`
//!   or `{}`, which mean something else to Kubernetes. `()` is `{}`.
//! - One value where the schema has a list is a list of one.
//! - A structure where the schema has a map is a map. For keys that are no labels, such as `app.kubernetes.io/name`, a
//!   map may also be written as one or more `(key, value)`; so a map whose only keys are these two is not available.
//! - What only the server sets is left out, so that an object that was read can be written again.

use ko_schema::{Schema, StringFormat, Type, TypeId};
use serde_json::{Map, Value as Json};

use crate::json::{self, Secrets};
use crate::value::Value;
use crate::vtype;

/// How deep objects may nest.
const MAX_DEPTH: usize = 200;

/// Encodes `value` as the type `ty`. `None` for nothing.
///
/// # Errors
/// What does not fit, with the path of the field.
pub(super) fn encode(schema: &Schema, ty: TypeId, value: &Value) -> Result<Option<Json>, String> {
    let mut path = Vec::new();
    Encoder { schema, path: &mut path, status: false }.value(ty, value)
}

/// As [`encode`], for a part of an object: there the status is what is written.
///
/// # Errors
/// As [`encode`].
pub(super) fn encode_part(
    schema: &Schema,
    ty: TypeId,
    value: &Value,
) -> Result<Option<Json>, String> {
    let mut path = Vec::new();
    Encoder { schema, path: &mut path, status: true }.value(ty, value)
}

struct Encoder<'a> {
    schema: &'a Schema,
    path: &'a mut Vec<String>,
    /// Whether the status is written, too.
    status: bool,
}

impl Encoder<'_> {
    fn value(&mut self, ty: TypeId, value: &Value) -> Result<Option<Json>, String> {
        if value.is_empty() {
            return Ok(None);
        }
        if self.path.len() > MAX_DEPTH {
            return Err(self.wrong("an object that deep", value));
        }
        let text = || value.as_str().map(Json::from);
        let found = match self.schema.ty(ty) {
            Type::Struct(_) => return self.structure(ty, value),
            Type::Map(item) => return self.map(*item, value),
            Type::List { item, .. } => {
                let mut list = Vec::new();
                for (at, element) in value.elements().iter().enumerate() {
                    self.path.push(format!("[{at}]"));
                    list.extend(self.value(*item, element)?);
                    self.path.pop();
                }
                return Ok(if list.is_empty() { None } else { Some(Json::Array(list)) });
            }
            Type::String(format) => match (format, value) {
                (StringFormat::Bytes, Value::Blob(bytes)) => {
                    Some(json::base64(bytes.as_slice()).into())
                }
                _ => text(),
            },
            Type::Int32 => match value.as_int() {
                Some(number) if i32::try_from(number).is_err() => {
                    return Err(format!(
                        "{}: {number} does not fit an Int32 (from {} to {})",
                        self.place(),
                        i32::MIN,
                        i32::MAX
                    ));
                }
                number => number.map(Json::from),
            },
            Type::Int64 => value.as_int().map(Json::from),
            Type::Float => match value {
                Value::Float(_, number) => serde_json::Number::from_f64(*number).map(Json::Number),
                _ => value.as_int().map(Json::from),
            },
            Type::Bool => value.as_bool().map(Json::from),
            // A port that was read as text may be a number: names of ports are never only digits.
            Type::IntOrString => match value.as_str() {
                Some(text) => Some(text.parse::<i32>().map_or_else(|_| text.into(), Json::from)),
                None => value.as_int().map(Json::from),
            },
            Type::Quantity => match value {
                Value::Float(_, number) => Some(number.to_string().into()),
                _ => text().or_else(|| value.as_int().map(|it| it.to_string().into())),
            },
            Type::Any => {
                let json = json::to_json(value, Secrets::Reveal)
                    .map_err(|detail| format!("{}: {detail}", self.place()))?;
                return Ok(Some(json));
            }
        };
        match found {
            Some(it) => Ok(Some(it)),
            None => Err(self.wrong(&ko_schema::render_type(self.schema, ty, 0), value)),
        }
    }

    fn structure(&mut self, ty: TypeId, value: &Value) -> Result<Option<Json>, String> {
        let Some(known) = self.schema.ty(ty).as_struct() else {
            return Err(self.wrong("an object", value));
        };
        let Value::Structure(structure) = value else {
            return Err(self.wrong(&known.short_name, value));
        };
        let mut map = Map::new();
        for field in structure.fields().iter().filter(|it| !it.value.is_empty()) {
            self.path.push(field.name.to_string());
            let encoded = match known.field(&field.name) {
                Some(it) if !it.writable() && !self.writes_status() => None,
                Some(it) => self.value(it.ty, &field.value)?,
                // The server refuses it with its path, unless it knows more than the schema.
                None => Some(
                    json::to_json(&field.value, Secrets::Reveal)
                        .map_err(|detail| format!("{}: {detail}", self.place()))?,
                ),
            };
            self.path.pop();
            if let Some(encoded) = encoded {
                map.insert(field.name.to_string(), encoded);
            }
        }
        let vanished = map.is_empty() && !structure.fields().is_empty();
        Ok(if vanished { None } else { Some(Json::Object(map)) })
    }

    fn map(&mut self, item: TypeId, value: &Value) -> Result<Option<Json>, String> {
        let mut map = Map::new();
        let is_pair = |it: &Value| match it {
            Value::Structure(it) => {
                it.fields().len() == 2 && it.get("key").is_some() && it.get("value").is_some()
            }
            _ => false,
        };
        let pairs: Vec<(String, &Value)> = match value {
            Value::Structure(structure) if !is_pair(value) => {
                structure.fields().iter().map(|it| (it.name.to_string(), &it.value)).collect()
            }
            Value::Sequence(_) | Value::Structure(_) => {
                let mut found = Vec::new();
                for pair in value.elements() {
                    match pair.field("key").as_str() {
                        Some(key) => found.push((key.to_owned(), pair.field("value"))),
                        None => return Err(self.wrong("a structure, or pairs (key, value)", value)),
                    }
                }
                found
            }
            _ => return Err(self.wrong("a structure, or pairs (key, value)", value)),
        };
        let any = !pairs.is_empty();
        for (key, value) in pairs {
            self.path.push(key.clone());
            let encoded = self.value(item, value)?;
            self.path.pop();
            if let Some(encoded) = encoded {
                map.insert(key, encoded);
            }
        }
        Ok(if map.is_empty() && any { None } else { Some(Json::Object(map)) })
    }

    /// Whether this is the status, and is to be written.
    fn writes_status(&self) -> bool {
        self.status && matches!(self.path.as_slice(), [only] if only == "status")
    }

    fn place(&self) -> String {
        let mut out = String::new();
        for part in self.path.iter() {
            if !out.is_empty() && !part.starts_with('[') {
                out.push('.');
            }
            out.push_str(part);
        }
        if out.is_empty() { "the object".to_owned() } else { out }
    }

    fn wrong(&self, wanted: &str, value: &Value) -> String {
        let ty = crate::print::short_type(&vtype::Type::of(value), 60);
        format!("{} must be {wanted}, but it is of type {ty}", self.place())
    }
}

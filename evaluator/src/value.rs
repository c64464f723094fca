//! The values of Ko (language specification §5.2): immutable, cheap to clone, shared across threads.
//!
//! Containers remember how deep they nest. No value nests deeper than [`MAX_DEPTH`], and whatever walks a value
//! recursively (printing, equality, even dropping it) does so on a stack that has room, so that no value can
//! overflow one.
//!
//! A secret is a string or blob whose bytes carry the flag [`Bytes::is_secret`]. Gates set it; it stays with the
//! bytes wherever they go, and whatever is computed from them is secret too. Printing redacts it.

use std::sync::{Arc, OnceLock};

use ecow::EcoString;

use crate::stack;
use crate::vtype::{Type, UnifyError};

mod bytes;
mod equality;
mod number;
mod variety;

pub use bytes::Bytes;
pub use number::{FloatType, IntType};
pub use variety::{Argument, Callable, Variety};

/// The deepest nesting of a value. Deeper ones are refused with a clean error.
pub const MAX_DEPTH: u32 = 20_000;

/// A value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// No value.
    #[default]
    Empty,
    /// `true` or `false`.
    Bool(bool),
    /// An integer: its type and its bits, sign-extended to 64. `Uint64` is stored as the `i64` of the same bits.
    Int(IntType, i64),
    /// A number with a fraction. A `Float32` is stored widened.
    Float(FloatType, f64),
    /// A byte string, normally UTF-8.
    String(Bytes),
    /// Bytes that are not text.
    Blob(Bytes),
    /// At least one element, none of them Empty.
    Sequence(Sequence),
    /// Ordered fields; the one without fields is not Empty.
    Structure(Structure),
    /// A function with arguments attached.
    Variety(Arc<Variety>),
    /// A value of the host, of a type that has a name.
    Opaque(Arc<Opaque>),
}

/// A value of the host that Ko can only pass along. Two are equal when they are the same one.
#[derive(Debug)]
pub struct Opaque {
    /// Name of its type, as types print it.
    pub type_name: EcoString,
}

/// The elements of a sequence and their common type.
#[derive(Debug, Clone)]
pub struct Sequence(Arc<SequenceData>);

#[derive(Debug)]
struct SequenceData {
    elements: Vec<Value>,
    element_type: Type,
    depth: u32,
}

/// The fields of a structure, in the order of construction.
#[derive(Debug, Clone)]
pub struct Structure(Arc<StructureData>);

#[derive(Debug)]
struct StructureData {
    fields: Vec<Field>,
    depth: u32,
}

/// A field of a structure.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name; empty for the unlabelled argument that `All` keeps.
    pub name: EcoString,
    /// Its value, which may be Empty.
    pub value: Value,
}

/// Why a value cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// The elements have no common type.
    Unify(UnifyError),
    /// It would nest deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::Unify(error) => error.fmt(f),
            BuildError::TooDeep => write!(
                f,
                "the value would nest more than {MAX_DEPTH} levels deep; build a sequence instead of nesting"
            ),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<UnifyError> for BuildError {
    fn from(error: UnifyError) -> Self {
        BuildError::Unify(error)
    }
}

impl Drop for SequenceData {
    fn drop(&mut self) {
        if stack::is_deep(self.depth) {
            let (elements, ty) =
                (std::mem::take(&mut self.elements), std::mem::take(&mut self.element_type));
            stack::drop_with_room((elements, ty));
        }
    }
}

impl Drop for StructureData {
    fn drop(&mut self) {
        if stack::is_deep(self.depth) {
            stack::drop_with_room(std::mem::take(&mut self.fields));
        }
    }
}

impl Sequence {
    /// The elements, at least one.
    pub fn elements(&self) -> &[Value] {
        &self.0.elements
    }

    /// The type that all elements have in common.
    pub fn element_type(&self) -> &Type {
        &self.0.element_type
    }

    /// The elements as a vector, without copying them where nobody else holds the sequence.
    pub fn into_elements(self) -> Vec<Value> {
        match Arc::try_unwrap(self.0) {
            Ok(mut data) => std::mem::take(&mut data.elements),
            Err(shared) => shared.elements.clone(),
        }
    }
}

impl Structure {
    /// All fields in order, Empty ones included.
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// The value of a field; `None` if there is none of that name. Most callers want [`Value::field`].
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

impl Value {
    /// A String.
    pub fn string(text: impl AsRef<[u8]>) -> Value {
        Value::String(Bytes::new(text.as_ref()))
    }

    /// An Int64.
    pub fn int(number: i64) -> Value {
        Value::Int(IntType::Int64, number)
    }

    /// A Float64.
    pub fn float(number: f64) -> Value {
        Value::Float(FloatType::Float64, number)
    }

    /// A Blob.
    pub fn blob(bytes: impl AsRef<[u8]>) -> Value {
        Value::Blob(Bytes::new(bytes.as_ref()))
    }

    /// The structure without fields, `()`.
    pub fn unit() -> Value {
        static UNIT: OnceLock<Structure> = OnceLock::new();
        let unit = UNIT
            .get_or_init(|| Structure(Arc::new(StructureData { fields: Vec::new(), depth: 1 })));
        Value::Structure(unit.clone())
    }

    /// A structure of these fields, in this order. Names must differ; Empty fields stay.
    ///
    /// # Errors
    /// [`BuildError::TooDeep`].
    pub fn try_structure(fields: Vec<Field>) -> Result<Value, BuildError> {
        if fields.is_empty() {
            return Ok(Value::unit());
        }
        let depth = fields.iter().map(|field| field.value.depth()).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Err(BuildError::TooDeep);
        }
        Ok(Value::Structure(Structure(Arc::new(StructureData { fields, depth }))))
    }

    /// A structure of fields whose depth is known to be small (built by the host, not by a program). A value that
    /// nests too deep becomes Empty.
    pub fn structure<N: Into<EcoString>>(fields: impl IntoIterator<Item = (N, Value)>) -> Value {
        let fields =
            fields.into_iter().map(|(name, value)| Field { name: name.into(), value }).collect();
        Value::try_structure(fields).unwrap_or_default()
    }

    /// A sequence of the elements that are not Empty; Empty if there is none.
    ///
    /// # Errors
    /// When the elements have no common type, or the sequence would nest too deep.
    pub fn sequence(elements: Vec<Value>) -> Result<Value, BuildError> {
        let elements = without_empties(elements);
        let element_type = Type::of_elements(&elements)?;
        Value::sequence_of(elements, element_type)
    }

    /// A sequence of elements whose common type is already known. Empty if there are none.
    ///
    /// # Errors
    /// [`BuildError::TooDeep`].
    pub fn sequence_of(elements: Vec<Value>, element_type: Type) -> Result<Value, BuildError> {
        let elements = without_empties(elements);
        if elements.is_empty() {
            return Ok(Value::Empty);
        }
        let depth = elements.iter().map(Value::depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Err(BuildError::TooDeep);
        }
        Ok(Value::Sequence(Sequence(Arc::new(SequenceData { elements, element_type, depth }))))
    }

    /// How deep it nests; 0 for what is no container.
    pub fn depth(&self) -> u32 {
        match self {
            Value::Sequence(sequence) => sequence.0.depth,
            Value::Structure(structure) => structure.0.depth,
            Value::Variety(variety) => variety.depth(),
            _ => 0,
        }
    }

    /// Whether it is Empty.
    pub fn is_empty(&self) -> bool {
        matches!(self, Value::Empty)
    }

    /// The field of a structure; Empty where there is none, and for what is no structure.
    pub fn field(&self, name: &str) -> &Value {
        match self {
            Value::Structure(structure) => structure.get(name).unwrap_or(&Value::Empty),
            _ => &Value::Empty,
        }
    }

    /// The field below these names, outermost first; Empty where there is none.
    pub fn path(&self, names: &[&str]) -> &Value {
        names.iter().fold(self, |value, name| value.field(name))
    }

    /// What a sequence holds, with a bare value as one element and Empty as none (§5.6).
    pub fn elements(&self) -> &[Value] {
        match self {
            Value::Empty => &[],
            Value::Sequence(sequence) => sequence.elements(),
            other => std::slice::from_ref(other),
        }
    }

    /// The text of a String that is valid UTF-8; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(bytes) => bytes.as_str(),
            _ => None,
        }
    }

    /// The Bool, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer of any width, if it is one and fits an `i64`.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(IntType::Uint64, bits) if *bits < 0 => None,
            Value::Int(_, bits) => Some(*bits),
            _ => None,
        }
    }

    /// Whether any string or blob in it is secret. Arguments of varieties count.
    pub fn has_secret(&self) -> bool {
        stack::with_room(self.depth(), || match self {
            Value::String(bytes) | Value::Blob(bytes) => bytes.is_secret(),
            Value::Sequence(sequence) => sequence.elements().iter().any(Value::has_secret),
            Value::Structure(structure) => {
                structure.fields().iter().any(|field| field.value.has_secret())
            }
            Value::Variety(variety) => {
                variety.arguments.iter().any(|argument| argument.value.has_secret())
            }
            _ => false,
        })
    }

    /// The same value with every string and blob in it marked as secret.
    pub fn into_secret(self) -> Value {
        stack::with_room(self.depth(), || match self {
            Value::String(bytes) => Value::String(bytes.with_secret(true)),
            Value::Blob(bytes) => Value::Blob(bytes.with_secret(true)),
            Value::Sequence(sequence) => {
                let element_type = sequence.element_type().clone();
                let depth = sequence.0.depth;
                let elements =
                    sequence.into_elements().into_iter().map(Value::into_secret).collect();
                Value::Sequence(Sequence(Arc::new(SequenceData { elements, element_type, depth })))
            }
            Value::Structure(structure) => {
                let fields = structure.fields().iter().map(|field| Field {
                    name: field.name.clone(),
                    value: field.value.clone().into_secret(),
                });
                let data = StructureData { fields: fields.collect(), depth: structure.0.depth };
                Value::Structure(Structure(Arc::new(data)))
            }
            other => other,
        })
    }
}

fn without_empties(mut elements: Vec<Value>) -> Vec<Value> {
    if elements.iter().any(Value::is_empty) {
        elements.retain(|element| !element.is_empty());
    }
    elements
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::string(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_drop_empties_and_need_a_common_type() {
        let value = Value::sequence(vec![Value::int(1), Value::Empty, Value::int(2)]).unwrap();
        assert_eq!(value.elements().len(), 2);
        assert!(Value::sequence(vec![Value::Empty]).unwrap().is_empty());
        assert!(Value::sequence(vec![Value::int(1), Value::string("a")]).is_err());
    }

    #[test]
    fn nesting_has_a_limit_and_deep_values_drop_on_any_stack() {
        let mut value = Value::int(0);
        let error = loop {
            match Value::try_structure(vec![Field { name: "next".into(), value: value.clone() }]) {
                Ok(next) => value = next,
                Err(error) => break error,
            }
        };
        assert_eq!(error, BuildError::TooDeep);
        assert_eq!(value.depth(), MAX_DEPTH);
        let copy = value.clone();
        assert!(value == copy && !value.has_secret());
        std::thread::Builder::new()
            .stack_size(128 * 1024)
            .spawn(move || drop((value, copy)))
            .unwrap()
            .join()
            .unwrap();
    }

    #[test]
    fn secrets_stay_with_their_bytes() {
        let value =
            Value::structure([("password", Value::string("hunter2")), ("n", Value::int(1))])
                .into_secret();
        assert!(value.has_secret());
        assert!(value.field("password").clone().has_secret());
        assert!(!value.field("n").has_secret());
        assert_eq!(value.field("password").as_str(), Some("hunter2"));
    }

    #[test]
    fn values_are_small_and_cross_threads() {
        fn shareable<T: Send + Sync>() {}
        shareable::<Value>();
        assert!(size_of::<Value>() <= 32);
    }
}

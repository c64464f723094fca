//! The values of Ko (language specification §5.2): immutable, cheap to clone, shared across threads.
//!
//! Containers remember how large they are and how deep they nest. No value nests deeper than [`MAX_DEPTH`], and whatever walks a value
//! recursively (printing, equality, even dropping it) does so on a stack that has room, so that no value can
//! overflow one.
//!
//! A secret is a string or blob whose bytes carry the flag [`Bytes::is_secret`]. Gates set it; it stays with the
//! bytes wherever they go, and whatever is computed from them is secret too. Printing redacts it.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
};

use ecow::EcoString;

use crate::account::Charge;
use crate::stack;
use crate::vtype::{Type, UnifyError};

mod bytes;
mod equality;
mod extent;
mod grown;
mod number;
mod variety;

pub use bytes::Bytes;
use extent::Extent;
pub use number::{FloatType, IntType};
pub use variety::{Argument, Callable, Variety};

/// The deepest nesting of a value. Deeper ones are refused with a clean error.
pub const MAX_DEPTH: u32 = 20_000;

/// The most parts (see [`Value::parts`]) that a value may have where it is walked: compared, hashed, printed, encoded.
pub const MAX_PARTS: u32 = 20_000_000;

/// The most parts that a type may have.
pub const MAX_TYPE_PARTS: u32 = 1_000_000;

/// The most parts that the types of all elements of a sequence may have together.
const MAX_TYPE_PARTS_OF_ALL: u64 = 100_000_000;

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
pub struct Opaque {
    /// Name of its type, as types print it.
    pub type_name: EcoString,
    /// What the gates that know the type find in it.
    content: Arc<dyn Any + Send + Sync>,
    /// Whether it was made from secrets.
    secret: bool,
}

impl Opaque {
    /// A value of the host with this content, for gates to get back with [`Opaque::content`].
    pub fn new(type_name: impl Into<EcoString>, content: impl Any + Send + Sync) -> Opaque {
        Opaque { type_name: type_name.into(), content: Arc::new(content), secret: false }
    }

    /// Whether it was made from secrets.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// What tells it from others.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.content).cast::<()>() as usize
    }

    /// The content, if it is of this type.
    pub fn content<T: Any>(&self) -> Option<&T> {
        self.content.downcast_ref()
    }
}

impl std::fmt::Debug for Opaque {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opaque<{}>", self.type_name)
    }
}

/// The elements of a sequence and their common type.
#[derive(Debug, Clone)]
pub struct Sequence(Arc<SequenceData>);

#[derive(Debug)]
struct SequenceData {
    /// Shared with the sequences of the elements after some first ones.
    store: Arc<Store>,
    /// Where in the store this one begins; less than its length.
    start: usize,
    element_type: Type,
    extent: Extent,
    _charge: Charge,
}

/// Elements that several sequences may share.
#[derive(Debug, Default)]
struct Store {
    elements: Vec<Value>,
    _charge: Charge,
}

/// The fields of a structure, in the order of construction.
#[derive(Debug, Clone)]
pub struct Structure(Arc<StructureData>);

#[derive(Debug)]
struct StructureData {
    fields: Vec<Field>,
    extent: Extent,
    _charge: Charge,
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
    /// Its type would have more than [`MAX_TYPE_PARTS`] parts.
    TypeTooLarge,
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::Unify(error) => error.fmt(f),
            BuildError::TooDeep => write!(
                f,
                "the value would nest more than {MAX_DEPTH} levels deep; build a sequence instead of nesting"
            ),
            BuildError::TypeTooLarge => write!(
                f,
                "the type of the elements would have more than {MAX_TYPE_PARTS} parts; build flatter structures"
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
        if stack::is_deep(self.extent.depth) {
            let store = std::mem::take(&mut self.store);
            stack::drop_with_room((store, std::mem::take(&mut self.element_type)));
        }
    }
}

impl Drop for StructureData {
    fn drop(&mut self) {
        if stack::is_deep(self.extent.depth) {
            stack::drop_with_room(std::mem::take(&mut self.fields));
        }
    }
}

impl Sequence {
    /// The elements, at least one.
    pub fn elements(&self) -> &[Value] {
        &self.0.store.elements[self.0.start..]
    }

    /// The type that all elements have in common.
    pub fn element_type(&self) -> &Type {
        &self.0.element_type
    }

    /// The elements as a vector, without copying them where nobody else holds the sequence.
    pub fn into_elements(self) -> Vec<Value> {
        let data = match Arc::try_unwrap(self.0) {
            Ok(mut data) => (std::mem::take(&mut data.store), data.start),
            Err(shared) => (shared.store.clone(), shared.start),
        };
        match Arc::try_unwrap(data.0) {
            Ok(store) if data.1 == 0 => store.elements,
            Ok(mut store) => store.elements.drain(data.1..).collect(),
            Err(shared) => shared.elements[data.1..].to_vec(),
        }
    }

    /// The first element, and the sequence of the others or Empty. The others are not copied.
    pub fn split_first(self) -> (Value, Value) {
        let first = self.elements()[0].clone();
        if self.elements().len() == 1 {
            return (first, Value::Empty);
        }
        let rest = SequenceData {
            store: self.0.store.clone(),
            start: self.0.start + 1,
            element_type: self.0.element_type.clone(),
            // Of the whole, which is no less than that of the rest.
            extent: self.0.extent,
            _charge: Charge::new(size_of::<SequenceData>()),
        };
        (first, Value::Sequence(Sequence(Arc::new(rest))))
    }

    fn extent(&self) -> Extent {
        self.0.extent
    }
}

impl Structure {
    /// All fields in order, Empty ones included.
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    fn extent(&self) -> Extent {
        self.0.extent
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
        let unit = UNIT.get_or_init(|| {
            Structure(Arc::new(StructureData {
                fields: Vec::new(),
                extent: Extent::NONE,
                _charge: Charge::default(),
            }))
        });
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
        let extent = Extent::of(fields.iter().map(|field| &field.value));
        if extent.depth > MAX_DEPTH {
            return Err(BuildError::TooDeep);
        }
        let charge = Charge::new(size_of::<StructureData>() + fields.len() * size_of::<Field>());
        Ok(Value::Structure(Structure(Arc::new(StructureData { fields, extent, _charge: charge }))))
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
        // All of them are looked at to find their common type, and nothing can interrupt that.
        let parts = elements.iter().fold(0u64, |parts, it| parts + u64::from(it.type_parts()));
        if parts > MAX_TYPE_PARTS_OF_ALL
            || elements.iter().any(|element| element.type_parts() > MAX_TYPE_PARTS)
        {
            return Err(BuildError::TypeTooLarge);
        }
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
        let extent = Extent::of(elements.iter()).with_type(&element_type);
        if extent.depth > MAX_DEPTH {
            return Err(BuildError::TooDeep);
        }
        let of_elements = Charge::new(size_of::<Store>() + elements.len() * size_of::<Value>());
        let data = SequenceData {
            store: Arc::new(Store { elements, _charge: of_elements }),
            start: 0,
            element_type,
            extent,
            _charge: Charge::new(size_of::<SequenceData>()),
        };
        Ok(Value::Sequence(Sequence(Arc::new(data))))
    }

    /// A value of the host; see [`Opaque::new`].
    pub fn opaque(type_name: impl Into<EcoString>, content: impl Any + Send + Sync) -> Value {
        Value::Opaque(Arc::new(Opaque::new(type_name, content)))
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

    /// The same value with every string and blob in it marked as secret.
    pub fn into_secret(self) -> Value {
        stack::with_room(self.depth(), || match self {
            Value::String(bytes) => Value::String(bytes.with_secret(true)),
            Value::Blob(bytes) => Value::Blob(bytes.with_secret(true)),
            Value::Sequence(sequence) => {
                let element_type = sequence.element_type().clone();
                let elements = sequence.into_elements().into_iter().map(Value::into_secret);
                // It nests as deep as before.
                Value::sequence_of(elements.collect(), element_type).unwrap_or_default()
            }
            Value::Structure(structure) => {
                let fields = structure.fields().iter();
                Value::structure(
                    fields.map(|field| (field.name.clone(), field.value.clone().into_secret())),
                )
            }
            Value::Opaque(opaque) if !opaque.secret => Value::Opaque(Arc::new(Opaque {
                type_name: opaque.type_name.clone(),
                content: opaque.content.clone(),
                secret: true,
            })),
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
    fn the_rest_of_a_sequence_shares_its_elements() {
        let Value::Sequence(all) = Value::sequence((0..3).map(Value::int).collect()).unwrap()
        else {
            panic!()
        };
        let (first, rest) = all.clone().split_first();
        assert_eq!(first, Value::int(0));
        assert_eq!(rest, Value::sequence(vec![Value::int(1), Value::int(2)]).unwrap());
        let Value::Sequence(rest) = rest else { panic!() };
        assert!(std::ptr::eq(&all.elements()[1], &rest.elements()[0]));
        assert_eq!(rest.into_elements().len(), 2);
    }

    #[test]
    fn shared_parts_count_each_time_and_types_stay_small() {
        let mut value = Value::int(1);
        for _ in 0..40 {
            value = Value::structure([("a", value.clone()), ("b", value)]);
        }
        assert_eq!(value.parts(), u32::MAX);
        assert_eq!(
            Value::sequence(vec![value.clone(), value]).unwrap_err(),
            BuildError::TypeTooLarge
        );
        let numbers = Value::sequence((0..1000).map(Value::int).collect()).unwrap();
        assert_eq!((numbers.parts(), numbers.type_parts()), (1001, 2));
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
        assert_eq!(size_of::<Value>(), 16);
    }
}

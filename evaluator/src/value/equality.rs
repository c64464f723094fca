//! Equality and hash of values by content (specification §6.5, with the corrections Q13 and Q14 of §11).
//!
//! A sequence of one element equals that element, so both sides are unwrapped before they are compared; that keeps
//! equality an equivalence and lets it agree with the hash.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::{Field, Value};
use crate::{stack, watch::Watch};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let depth = self.depth().min(other.depth());
        stack::with_room(depth, || equal(self, other, &mut Watch::never()))
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(stack::with_room(self.depth(), || content_hash(self)));
    }
}

impl Value {
    /// Whether both are equal, as `==` says. Means nothing if the walk was stopped.
    pub(crate) fn equals_watched(&self, other: &Value, watch: &mut Watch<'_>) -> bool {
        let depth = self.depth().min(other.depth());
        stack::with_room(depth, || equal(self, other, watch))
    }
}

fn unwrap(mut value: &Value) -> &Value {
    while let Value::Sequence(sequence) = value
        && let [only] = sequence.elements()
    {
        value = only;
    }
    value
}

fn equal(a: &Value, b: &Value, watch: &mut Watch<'_>) -> bool {
    if !watch.go_on() {
        return false;
    }
    match (unwrap(a), unwrap(b)) {
        (Value::Empty, Value::Empty) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(s, a), Value::Int(t, b)) => s == t && a == b,
        // All NaNs are one value: a value always equals itself.
        (Value::Float(s, a), Value::Float(t, b)) => {
            s == t && (a == b || (a.is_nan() && b.is_nan()))
        }
        (Value::String(a), Value::String(b)) | (Value::Blob(a), Value::Blob(b)) => a == b,
        (Value::Sequence(a), Value::Sequence(b)) => {
            let (a, b) = (a.elements(), b.elements());
            std::ptr::eq(a, b)
                || (a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b, watch)))
        }
        (Value::Structure(a), Value::Structure(b)) => {
            std::ptr::eq(a.fields(), b.fields()) || equal_fields(a.fields(), b.fields(), watch)
        }
        (Value::Variety(a), Value::Variety(b)) => {
            std::sync::Arc::ptr_eq(a, b)
                || (a.callable.is_same(&b.callable) && {
                    let present = |v: &super::Variety| {
                        v.arguments.iter().filter(|arg| !arg.value.is_empty()).count()
                    };
                    present(a) == present(b)
                        && a.arguments.iter().filter(|arg| !arg.value.is_empty()).all(|arg| {
                            b.argument(arg.name.as_deref())
                                .is_some_and(|other| equal(&arg.value, other, watch))
                        })
                })
        }
        (Value::Opaque(a), Value::Opaque(b)) => a.identity() == b.identity(),
        _ => false,
    }
}

fn equal_fields(a: &[Field], b: &[Field], watch: &mut Watch<'_>) -> bool {
    let present = |fields: &[Field]| fields.iter().filter(|field| !field.value.is_empty()).count();
    present(a) == present(b)
        && a.iter().enumerate().filter(|(_, field)| !field.value.is_empty()).all(
            |(index, field)| {
                // Most often both have the same fields in the same order.
                let same = b.get(index).filter(|other| other.name == field.name);
                let other = same.or_else(|| b.iter().find(|other| other.name == field.name));
                other.is_some_and(|other| equal(&field.value, &other.value, watch))
            },
        )
}

fn hash_of(tag: u8, content: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    tag.hash(&mut hasher);
    content.hash(&mut hasher);
    hasher.finish()
}

fn content_hash(value: &Value) -> u64 {
    match unwrap(value) {
        Value::Empty => hash_of(0, ()),
        Value::Bool(value) => hash_of(1, value),
        Value::Int(ty, bits) => hash_of(2, (ty, bits)),
        Value::Float(ty, number) => {
            let canonical = if number.is_nan() { f64::NAN } else { number + 0.0 };
            hash_of(3, (ty, canonical.to_bits()))
        }
        Value::String(bytes) => hash_of(4, bytes),
        Value::Blob(bytes) => hash_of(5, bytes),
        Value::Sequence(sequence) => {
            let mut hasher = FxHasher::default();
            sequence.elements().iter().for_each(|element| hasher.write_u64(content_hash(element)));
            hash_of(6, hasher.finish())
        }
        Value::Structure(structure) => {
            let fields = structure.fields().iter().filter(|field| !field.value.is_empty());
            // A sum, since the order of fields does not matter.
            let sum = fields.fold(0u64, |sum, field| {
                sum.wrapping_add(hash_of(7, (field.name.as_str(), content_hash(&field.value))))
            });
            hash_of(8, sum)
        }
        Value::Variety(variety) => {
            let arguments = variety.arguments.iter().filter(|argument| !argument.value.is_empty());
            let sum = arguments.fold(0u64, |sum, argument| {
                sum.wrapping_add(hash_of(
                    9,
                    (argument.name.as_deref(), content_hash(&argument.value)),
                ))
            });
            hash_of(10, (variety.callable.display_name().as_str(), sum))
        }
        Value::Opaque(opaque) => hash_of(11, opaque.identity()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{FloatType, IntType};

    fn hash(value: &Value) -> u64 {
        content_hash(value)
    }

    fn one(value: Value) -> Value {
        Value::sequence(vec![value]).unwrap()
    }

    #[test]
    fn equal_values_hash_equal() {
        let ab =
            Value::structure([("a", Value::int(1)), ("b", Value::int(2)), ("c", Value::Empty)]);
        let ba = Value::structure([("b", Value::int(2)), ("a", Value::int(1))]);
        let pairs = [
            (Value::int(1), one(Value::int(1))),
            (one(one(Value::int(1))), Value::int(1)),
            (ab, ba),
            (Value::Float(FloatType::Float64, 0.0), Value::Float(FloatType::Float64, -0.0)),
            (Value::string("a"), Value::string("a").into_secret()),
        ];
        for (a, b) in pairs {
            assert_eq!(a, b);
            assert_eq!(b, a);
            assert_eq!(hash(&a), hash(&b));
        }
    }

    #[test]
    fn different_values_differ() {
        let pairs = [
            (Value::int(1), Value::Int(IntType::Int8, 1)),
            (Value::unit(), Value::Empty),
            (Value::string("a"), Value::blob("a")),
            (Value::int(1), Value::int(2)),
            (Value::structure([("a", Value::int(1))]), Value::structure([("b", Value::int(1))])),
        ];
        for (a, b) in pairs {
            assert_ne!(a, b);
            assert_ne!(hash(&a), hash(&b));
        }
    }
}

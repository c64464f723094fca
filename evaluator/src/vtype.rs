//! The types of values at run time and their unification (specification §6.1, §6.2).
//!
//! These are the types that `ShowType` prints and that sequences carry; the checker has types of its own.

use std::{fmt, sync::Arc};

use ecow::EcoString;

use crate::value::{Field, FloatType, IntType, Structure, Value};

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Type {
    /// Of no value.
    #[default]
    Empty,
    /// `Bool`.
    Bool,
    /// `String`.
    String,
    /// An integer type.
    Int(IntType),
    /// A floating-point type.
    Float(FloatType),
    /// `(T)`.
    Sequence(Arc<Type>),
    /// `(f: T, g: U)`.
    Structure(Arc<[(EcoString, Type)]>),
    /// `*T`; never of an optional, Empty or sequence type.
    Optional(Arc<Type>),
    /// Of all functions and closures.
    Variety,
    /// Bytes.
    Blob,
    /// Of a value of the host.
    Opaque(EcoString),
}

/// Two types that have no common one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnifyError {
    /// Where, as field names from the outside in; `()` for "element of".
    pub path: Vec<EcoString>,
    /// The type on the left.
    pub left: Type,
    /// The type on the right.
    pub right: Type,
}

impl fmt::Display for UnifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", self.path.join("."))?;
        }
        write!(
            f,
            "{} and {} cannot be unified; all elements of a sequence need one type",
            crate::print::short_type(&self.left, 80),
            crate::print::short_type(&self.right, 80)
        )
    }
}

impl std::error::Error for UnifyError {}

impl Type {
    /// The type of a value.
    pub fn of(value: &Value) -> Type {
        match value {
            Value::Empty => Type::Empty,
            Value::Bool(_) => Type::Bool,
            Value::Int(ty, _) => Type::Int(*ty),
            Value::Float(ty, _) => Type::Float(*ty),
            Value::String(_) => Type::String,
            Value::Blob(_) => Type::Blob,
            Value::Sequence(sequence) => Type::Sequence(Arc::new(sequence.element_type().clone())),
            Value::Structure(structure) => Type::Structure(
                structure
                    .fields()
                    .iter()
                    .map(|Field { name, value }| (name.clone(), Type::of(value)))
                    .collect(),
            ),
            Value::Variety(_) => Type::Variety,
            Value::Opaque(opaque) => Type::Opaque(opaque.type_name.clone()),
        }
    }

    /// How many types it is made of, itself included. Those in a type that is part of a sequence's are counted each
    /// time they occur.
    pub(crate) fn parts(&self) -> u32 {
        match self {
            Type::Sequence(inner) | Type::Optional(inner) => inner.parts().saturating_add(1),
            Type::Structure(fields) => {
                fields.iter().fold(1, |parts, (_, ty)| parts.saturating_add(ty.parts()))
            }
            _ => 1,
        }
    }

    /// The common type of elements, folded from the left; Empty for none.
    ///
    /// # Errors
    /// When two of them have no common type.
    pub fn of_elements(elements: &[Value]) -> Result<Type, UnifyError> {
        let mut elements = elements.iter();
        let Some(first) = elements.next() else { return Ok(Type::Empty) };
        let mut common = Type::of(first);
        for element in elements {
            if !common.is_exactly(element) {
                common = common.unify(&Type::of(element))?;
            }
        }
        Ok(common)
    }

    /// Whether a value has this very type, found out without building its type.
    fn is_exactly(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Bool, Value::Bool(_))
            | (Type::String, Value::String(_))
            | (Type::Blob, Value::Blob(_))
            | (Type::Variety, Value::Variety(_)) => true,
            (Type::Int(a), Value::Int(b, _)) => a == b,
            (Type::Float(a), Value::Float(b, _)) => a == b,
            (Type::Sequence(element), Value::Sequence(sequence)) => {
                **element == *sequence.element_type()
            }
            (Type::Structure(fields), Value::Structure(structure)) => {
                same_fields(fields, structure)
            }
            _ => false,
        }
    }

    /// The type of this or no value (`opt` in the specification).
    #[must_use]
    pub fn optional(self) -> Type {
        match self {
            Type::Empty | Type::Optional(_) | Type::Sequence(_) => self,
            other => Type::Optional(Arc::new(other)),
        }
    }

    /// The common type of both.
    ///
    /// # Errors
    /// When there is none.
    pub fn unify(&self, other: &Type) -> Result<Type, UnifyError> {
        if self == other {
            return Ok(self.clone());
        }
        let mismatch = || UnifyError { path: Vec::new(), left: self.clone(), right: other.clone() };
        let below = |step: &str, result: Result<Type, UnifyError>| {
            result.map_err(|mut error| {
                error.path.insert(0, step.into());
                error
            })
        };
        let sequence = |a: &Type, b: &Type| Ok(Type::Sequence(Arc::new(below("()", a.unify(b))?)));
        match (self, other) {
            (Type::Empty, ty) | (ty, Type::Empty) => Ok(ty.clone().optional()),
            (Type::Optional(a), b) => Ok(a.unify(b)?.optional()),
            (a, Type::Optional(b)) => Ok(a.unify(b)?.optional()),
            (Type::Sequence(a), Type::Sequence(b)) => sequence(a, b),
            (Type::Sequence(a), b) => sequence(a, b),
            (a, Type::Sequence(b)) => sequence(a, b),
            (Type::Int(a), Type::Int(b)) if a.is_signed() == b.is_signed() => {
                Ok(Type::Int(*a.max(b)))
            }
            (Type::Float(a), Type::Float(b)) => Ok(Type::Float(*a.max(b))),
            (Type::Structure(a), Type::Structure(b)) => {
                let missing = Type::Empty;
                let find = |fields: &Arc<[(EcoString, Type)]>, name: &EcoString| {
                    fields.iter().find(|(other, _)| other == name).map(|(_, ty)| ty.clone())
                };
                let mut fields = Vec::with_capacity(a.len().max(b.len()));
                for (name, ty) in a.iter() {
                    let right = find(b, name).unwrap_or_else(|| missing.clone());
                    fields.push((name.clone(), below(name, ty.unify(&right))?));
                }
                for (name, ty) in
                    b.iter().filter(|(name, _)| !a.iter().any(|(other, _)| other == name))
                {
                    fields.push((name.clone(), missing.unify(ty)?));
                }
                Ok(Type::Structure(fields.into()))
            }
            _ => Err(mismatch()),
        }
    }
}

fn same_fields(fields: &[(EcoString, Type)], structure: &Structure) -> bool {
    let values = structure.fields();
    fields.len() == values.len()
        && fields.iter().zip(values).all(|((name, ty), field)| {
            *name == field.name
                && (ty.is_exactly(&field.value) || (*ty == Type::Empty && field.value.is_empty()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print;

    fn structure(fields: &[(&str, Value)]) -> Value {
        Value::structure(fields.iter().cloned())
    }

    fn seq(elements: &[Value]) -> Value {
        Value::sequence(elements.to_vec()).unwrap()
    }

    fn check(value: &Value, expected: &str) {
        assert_eq!(print::print_type(&Type::of(value)), expected);
    }

    #[test]
    fn the_examples_of_the_specification_unify() {
        let one = Value::int(1);
        let x = Value::string("x");
        let pair = seq(&[Value::int(1), Value::int(2)]);
        check(
            &seq(&[structure(&[("a", one.clone())]), structure(&[("b", x)])]),
            "((a: *Int64, b: *String))",
        );
        check(
            &seq(&[structure(&[("a", pair.clone())]), structure(&[("a", one.clone())])]),
            "((a: (Int64)))",
        );
        check(&seq(&[structure(&[("a", one.clone())]), Value::unit()]), "((a: *Int64))");
        check(&seq(&[one.clone(), pair.clone()]), "((Int64))");
        check(
            &seq(&[
                structure(&[("a", one.clone())]),
                structure(&[("b", one.clone())]),
                structure(&[("a", pair)]),
            ]),
            "((a: (Int64), b: *Int64))",
        );
        check(&seq(&[Value::Int(IntType::Int8, 1), one]), "(Int64)");
    }

    #[test]
    fn unlike_types_say_where_they_differ() {
        let fails = |a: Value, b: Value| Value::sequence(vec![a, b]).unwrap_err().to_string();
        assert!(
            fails(Value::int(1), Value::string("a"))
                .starts_with("Int64 and String cannot be unified")
        );
        assert!(fails(Value::int(1), Value::float(1.5)).starts_with("Int64 and Float64"));
        assert!(fails(Value::int(1), Value::Int(IntType::Uint8, 1)).starts_with("Int64 and Uint8"));
        let nested = |value: Value| structure(&[("a", structure(&[("b", value)]))]);
        assert!(
            fails(nested(Value::int(1)), nested(Value::string("x")))
                .starts_with("at a.b: Int64 and String")
        );
        assert!(
            fails(structure(&[("a", Value::int(1))]), Value::int(3))
                .contains("(a: Int64) and Int64")
        );
    }

    #[test]
    fn blobs_unify_with_themselves_and_are_optional_like_others() {
        check(&seq(&[Value::blob("a"), Value::blob("b")]), "(Blob)");
        assert_eq!(Type::Blob.unify(&Type::Empty).unwrap(), Type::Optional(Arc::new(Type::Blob)));
    }
}

//! Values and types as what printing sees: scalars and groups of parts.

use std::borrow::Cow;

use super::scalar;
use crate::{value::Value, vtype::Type};

/// Something that prints.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Value(&'a Value),
    Type(&'a Type),
}

/// What it looks like from outside.
pub(super) enum Shape<'a> {
    Scalar(String),
    /// Brackets around parts, after a header.
    Group {
        header: Cow<'a, str>,
        brackets: [&'static str; 2],
    },
    /// A `*` before something else.
    Optional(Node<'a>),
}

impl<'a> Node<'a> {
    pub(super) fn shape(self) -> Shape<'a> {
        let plain = || Shape::Group { header: Cow::Borrowed(""), brackets: ["(", ")"] };
        match self {
            Node::Value(Value::Sequence(_) | Value::Structure(_)) => plain(),
            Node::Value(Value::Variety(variety)) if !variety.arguments.is_empty() => Shape::Group {
                header: Cow::Owned(variety.callable.display_name().into()),
                brackets: ["[", "]"],
            },
            Node::Value(value) => Shape::Scalar(scalar::print_scalar(value)),
            Node::Type(Type::Sequence(_) | Type::Structure(_)) => plain(),
            Node::Type(Type::Optional(inner)) => Shape::Optional(Node::Type(inner)),
            Node::Type(ty) => Shape::Scalar(scalar::type_name(ty)),
        }
    }

    /// The parts of a group in order, each with its name if it has a place for one. An empty name is that of the
    /// unlabelled argument.
    pub(super) fn part(self, index: usize) -> Option<(Option<&'a str>, Node<'a>)> {
        match self {
            Node::Value(Value::Sequence(sequence)) => {
                Some((None, Node::Value(sequence.elements().get(index)?)))
            }
            Node::Value(Value::Structure(structure)) => {
                let field = structure.fields().get(index)?;
                Some((Some(&field.name), Node::Value(&field.value)))
            }
            Node::Value(Value::Variety(variety)) => {
                let argument = variety.arguments.get(index)?;
                Some((
                    Some(argument.name.as_deref().unwrap_or_default()),
                    Node::Value(&argument.value),
                ))
            }
            Node::Type(Type::Sequence(element)) if index == 0 => Some((None, Node::Type(element))),
            Node::Type(Type::Structure(fields)) => {
                let (name, ty) = fields.get(index)?;
                Some((Some(name), Node::Type(ty)))
            }
            _ => None,
        }
    }
}

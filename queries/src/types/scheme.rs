//! What a function is to those who call it: what it asks of its arguments and what it returns.

use std::fmt;

use ecow::EcoString;
use ko_schema::{GateType, TypeId};

use super::ty::Type;

/// The type of a function, comparable: as long as it is equal, callers need not be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Its parameters, in the order of declaration.
    pub params: Box<[ParamScheme]>,
    /// What it returns. Where that depends on arguments, they occur as [`Type::Var`].
    pub result: Type,
    /// What the panics carry that it may raise, in the same way; [`Type::Never`] where it raises none.
    pub raises: Type,
}

impl fmt::Display for Scheme {
    /// The parameters with what they should be given, then the result: `(ns?: String, replicas: Int32) → Pod`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (at, param) in self.params.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let mark = if param.monadic { "?" } else { "" };
            write!(f, "{comma}{}{mark}", param.name)?;
            if param.demanded != Type::Unknown {
                write!(f, ": {}", param.demanded)?;
            }
        }
        write!(f, ") → {}", self.result)
    }
}

impl Scheme {
    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&ParamScheme> {
        self.params.iter().find(|it| it.name == name)
    }
}

/// A parameter as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamScheme {
    /// Its name.
    pub name: EcoString,
    /// Whether it takes the unlabelled argument.
    pub monadic: bool,
    /// What it should be given; [`Type::Unknown`] where anything goes.
    pub demanded: Type,
    /// Whether a call without it fails for certain.
    pub required: bool,
    /// Everything that is asked of it, sorted: the order of the uses says nothing to callers.
    pub demands: Box<[Demand]>,
}

/// What a consumer asks of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Nothing: it is used, whatever it is.
    Anything,
    /// A Bool.
    Bool,
    /// Text.
    String,
    /// An integer of any width.
    Integer,
    /// A number of any kind.
    Number,
    /// Text, or an integer as the number of a character.
    Text,
    /// A function.
    Callable,
    /// Something that a field can be selected from: anything but basic values, sequences and functions.
    Selectable,
    /// A sequence of these, or one.
    Each(Box<Demand>),
    /// An argument of a gate.
    Gate(GateType),
    /// A part of an object that is written, of this type of the schema.
    Schema(TypeId),
    /// A structure whose field at this path, if there, meets the demand.
    Field(Box<[EcoString]>, Box<Demand>),
}

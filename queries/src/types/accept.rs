//! Whether a value of a type meets a demand, and where in it it does not. Only what certainly fails is a mismatch.

use ecow::EcoString;
use ko_schema::{GateType, Schema, TypeId};

use super::errors::closest;
use super::eval::gate_demand;
use super::scheme::Demand;
use super::select::{SelectFailure, select};
use super::ty::{Fields, Type};

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The fields that lead to it.
    pub(super) path: Vec<EcoString>,
    pub(super) problem: Problem,
}

/// In which way it does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// Another type is needed.
    Wrong { need: String, got: Type },
    /// The last name of the path is no field of `owner`; perhaps of what is in its field `inside`.
    UnknownField { owner: EcoString, closest: Option<EcoString>, inside: Option<EcoString> },
    /// Fields that `owner` must have are not there.
    Missing { owner: EcoString, names: Vec<EcoString> },
    /// Only the server, or the gate, sets the last name of the path.
    NotWritable { by_gate: bool },
}

/// Compares types with demands.
pub(super) struct Acceptor<'a> {
    pub(super) schema: &'a Schema,
    pub(super) found: Vec<Mismatch>,
}

impl Acceptor<'_> {
    fn report(&mut self, path: &[EcoString], problem: Problem) {
        self.found.push(Mismatch { path: path.to_vec(), problem });
    }

    fn wrong(&mut self, path: &[EcoString], need: impl Into<String>, got: &Type) {
        self.report(path, Problem::Wrong { need: need.into(), got: got.clone() });
    }

    /// Finds out where values of type `ty` do not meet the demand. Recursion is as deep as types are, which is limited.
    pub(super) fn accept(&mut self, ty: &Type, demand: &Demand, path: &mut Vec<EcoString>) {
        match ty {
            Type::Unknown
            | Type::Any
            | Type::Never
            | Type::Empty
            | Type::Var(_)
            | Type::Deferred(_) => return,
            // What the gates of the library make of values of the host is up to them.
            Type::Named(_) if *demand != Demand::Callable => return,
            Type::Optional(it) => return self.accept(it, demand, path),
            Type::Union(_) => {
                return self.accept_one(ty, path, |this, it, path| this.accept(it, demand, path));
            }
            _ => {}
        }
        let fits = match demand {
            Demand::Anything => true,
            Demand::Bool => *ty == Type::Bool,
            Demand::String => *ty == Type::String,
            Demand::Integer => ty.is_integer(),
            Demand::Number => ty.is_integer() || matches!(ty, Type::Float32 | Type::Float64),
            Demand::Text => *ty == Type::String || ty.is_integer(),
            Demand::Callable => matches!(ty, Type::Variety(_)),
            Demand::Selectable => is_object(ty),
            Demand::Each(inner) => {
                return match ty {
                    Type::Sequence(it) => self.accept(it, inner, path),
                    _ => self.accept(ty, inner, path),
                };
            }
            Demand::Gate(gate) => return self.accept_gate(ty, gate, path),
            Demand::Schema(id) => return self.accept_schema(ty, *id, path),
            Demand::Field(names, inner) => {
                let depth = path.len();
                let mut ty = ty.clone();
                for name in names {
                    match select(self.schema, &ty, name) {
                        Ok(it) => ty = it,
                        // Of a field that is only read, a demand of its own says what it must be selected from.
                        Err(SelectFailure::NotSelectable(_)) if **inner == Demand::Anything => {
                            path.truncate(depth);
                            return;
                        }
                        Err(SelectFailure::NotSelectable(got)) => {
                            self.wrong(path, format!("a structure with the field `{name}`"), &got);
                            path.truncate(depth);
                            return;
                        }
                        Err(SelectFailure::UnknownField(owner)) => {
                            path.push(name.clone());
                            let problem = unknown_field(self.schema, owner.id, name);
                            self.report(path, problem);
                            path.truncate(depth);
                            return;
                        }
                    }
                    path.push(name.clone());
                }
                self.accept(&ty, inner, path);
                path.truncate(depth);
                return;
            }
        };
        if !fits {
            let need = match demand {
                Demand::Bool => "Bool",
                Demand::String => "String",
                Demand::Integer => "an integer",
                Demand::Number => "a number",
                Demand::Text => "String or an integer",
                Demand::Callable => "a function",
                _ => "a structure",
            };
            self.wrong(path, need, ty);
        }
    }

    /// One case of a union that fits is enough.
    fn accept_one(
        &mut self,
        union: &Type,
        path: &mut Vec<EcoString>,
        accept: impl Fn(&mut Self, &Type, &mut Vec<EcoString>),
    ) {
        let before = self.found.len();
        for it in union.alternatives() {
            self.found.truncate(before);
            accept(self, it, path);
            if self.found.len() == before {
                return;
            }
        }
        // The last case, which has the most parts, stands for all, unless the value as a whole is at fault.
        if let Some(Mismatch { path: at, problem: Problem::Wrong { got, .. } }) =
            self.found.last_mut()
            && at == path
        {
            *got = union.clone();
        }
    }

    fn accept_gate(&mut self, ty: &Type, gate: &GateType, path: &mut Vec<EcoString>) {
        let fits = match gate {
            GateType::Object(kind) => match ty {
                Type::Structure(_) => {
                    return self.accept_schema(ty, self.schema.kind(*kind).object, path);
                }
                _ => *ty == Type::String || is_object(ty),
            },
            GateType::ObjectRead(_) | GateType::MaybeObject(_) | GateType::ObjectOrName(_) => {
                *ty == Type::String || is_object(ty)
            }
            GateType::ListOf(_) | GateType::ObjectsOrNames(_) => {
                let inner = super::lattice::element(ty);
                inner.alternatives().iter().any(|it| match it {
                    Type::Unknown | Type::Any | Type::Never => true,
                    it => *it == Type::String || it.is_blocked() || is_object(it),
                })
            }
            GateType::Typed(id) => return self.accept_schema(ty, *id, path),
            // An object stands for its name.
            GateType::String | GateType::Namespace => *ty == Type::String || is_object(ty),
            GateType::OneOf(_)
            | GateType::Duration
            | GateType::Condition(_)
            | GateType::LabelSelector
            | GateType::FieldSelector => *ty == Type::String,
            GateType::Int => ty.is_integer(),
            GateType::Bool => *ty == Type::Bool,
            GateType::Strings => {
                let inner = super::lattice::element(ty);
                inner.alternatives().iter().any(|it| {
                    matches!(it, Type::Unknown | Type::Any | Type::Never | Type::String)
                        || it.is_blocked()
                })
            }
            GateType::Predicate(_)
            | GateType::Transform(_)
            | GateType::Step(_)
            | GateType::Stop => matches!(ty, Type::Variety(_)),
            GateType::DeleteReport
            | GateType::ExecResult
            | GateType::TokenResult
            | GateType::Any => true,
        };
        if !fits {
            let need = match gate {
                GateType::Object(_) | GateType::ObjectOrName(_) => gate.label(self.schema),
                GateType::ObjectsOrNames(_) | GateType::ListOf(_) => gate.label(self.schema),
                GateType::Duration => "a duration such as \"90s\"".to_owned(),
                GateType::Namespace => "the name of a namespace".to_owned(),
                GateType::Predicate(_)
                | GateType::Transform(_)
                | GateType::Step(_)
                | GateType::Stop => "a function".to_owned(),
                GateType::Strings => gate.label(self.schema),
                _ => gate_demand(self.schema, gate).to_string(),
            };
            self.wrong(path, need, ty);
        }
    }

    fn accept_schema(&mut self, ty: &Type, id: TypeId, path: &mut Vec<EcoString>) {
        use ko_schema::Type as S;
        match ty {
            Type::Unknown
            | Type::Any
            | Type::Never
            | Type::Empty
            | Type::Var(_)
            | Type::Deferred(_) => return,
            Type::Optional(it) => return self.accept_schema(it, id, path),
            Type::Union(_) => {
                return self
                    .accept_one(ty, path, |this, it, path| this.accept_schema(it, id, path));
            }
            Type::Named(_) => return,
            _ => {}
        }
        let number = |ty: &Type| ty.is_integer() || matches!(ty, Type::Float32 | Type::Float64);
        let fits = match self.schema.ty(id) {
            S::Any => true,
            S::Struct(_) => match ty {
                Type::Structure(fields) => return self.accept_struct(fields, id, path),
                _ => is_object(ty),
            },
            S::Map(item) => match ty {
                Type::Structure(fields) => {
                    for (name, ty) in fields.iter() {
                        path.push(name.clone());
                        self.accept_schema(ty, *item, path);
                        path.pop();
                    }
                    return;
                }
                Type::Map(it) => return self.accept_schema(it, *item, path),
                // A map may also be given as pairs of key and value.
                Type::Sequence(it) => {
                    it.alternatives().iter().any(|it| is_object(it) || it.is_blocked())
                }
                _ => is_object(ty),
            },
            S::List { item, .. } => match ty {
                Type::Sequence(it) => return self.accept_schema(it, *item, path),
                _ => return self.accept_schema(ty, *item, path),
            },
            S::String(_) => *ty == Type::String,
            S::Int32 | S::Int64 => ty.is_integer(),
            S::Float => number(ty),
            S::Bool => *ty == Type::Bool,
            S::IntOrString => ty.is_integer() || *ty == Type::String,
            S::Quantity => number(ty) || *ty == Type::String,
        };
        if !fits {
            let need = describe(self.schema, id);
            self.wrong(path, need, ty);
        }
    }

    fn accept_struct(&mut self, fields: &Fields, id: TypeId, path: &mut Vec<EcoString>) {
        let Some(structure) = self.schema.ty(id).as_struct() else { return };
        let mut meant: Vec<EcoString> = Vec::new();
        for (name, ty) in fields.iter().filter(|it| !it.0.is_empty()) {
            path.push(name.clone());
            match structure.field(name) {
                Some(field) if field.writable() => self.accept_schema(ty, field.ty, path),
                Some(field) => self.report(path, Problem::NotWritable { by_gate: field.injected }),
                None if structure.open => {}
                None => {
                    let problem = unknown_field(self.schema, id, name);
                    if let Problem::UnknownField { closest: Some(near), .. } = &problem {
                        meant.push(near.clone());
                    }
                    self.report(path, problem);
                }
            }
            path.pop();
        }
        // A misspelt field is not missing besides.
        let names = missing(self.schema, id, |name| {
            fields.field(name).is_some() || meant.iter().any(|it| it == name)
        });
        if !names.is_empty() {
            let owner = structure.short_name.clone();
            self.report(path, Problem::Missing { owner, names });
        }
    }
}

/// Whether values of the type have named parts.
fn is_object(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Structure(_)
            | Type::Map(_)
            | Type::Schema(_)
            | Type::Named(_)
            | Type::Unknown
            | Type::Any
    )
}

/// The fields that an object of this type must have and does not.
pub(super) fn missing(schema: &Schema, id: TypeId, has: impl Fn(&str) -> bool) -> Vec<EcoString> {
    let Some(structure) = schema.ty(id).as_struct() else { return Vec::new() };
    let required = structure.writable_fields().filter(|it| it.required && !has(&it.name));
    required.map(|it| it.name.clone()).collect()
}

/// The problem of a field that the structure does not have.
pub(super) fn unknown_field(schema: &Schema, id: TypeId, name: &str) -> Problem {
    let Some(structure) = schema.ty(id).as_struct() else {
        return Problem::UnknownField { owner: "object".into(), closest: None, inside: None };
    };
    let names = structure.fields.iter().map(|it| it.name.as_str());
    let closest = closest(name, names).map(EcoString::from);
    let inside = structure
        .writable_fields()
        .find(|it| schema.struct_of(it.ty).is_some_and(|(_, inner)| inner.field(name).is_some()));
    let inside = inside.filter(|_| closest.is_none()).map(|it| it.name.clone());
    Problem::UnknownField { owner: structure.short_name.clone(), closest, inside }
}

/// A type of the schema in a few words.
fn describe(schema: &Schema, id: TypeId) -> String {
    match schema.ty(id) {
        ko_schema::Type::String(ko_schema::StringFormat::Enum(_)) => "String".to_owned(),
        ko_schema::Type::IntOrString => "an integer or String".to_owned(),
        _ => ko_schema::render_type(schema, id, 0),
    }
}

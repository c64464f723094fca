//! Demands in other forms: as types for people, as what they ask of structures and elements, as values to start from.

use ko_schema::TypeId;

use super::eval::{Engine, gate_demand};
use super::scheme::Demand;
use super::ty::{Type, View};

/// What a demand asks of a structure.
pub(super) enum ObjectDemand {
    /// The fields of this type of the schema.
    Struct(TypeId),
    /// Values of this type of the schema.
    Map(TypeId),
    /// Nothing.
    Anything,
}

/// What a demand asks of a structure.
pub(super) fn object_demand(engine: &Engine<'_>, demand: &Demand) -> Option<ObjectDemand> {
    use ko_schema::{GateType, Type as S};
    let schema = engine.schema();
    let mut id = match demand {
        Demand::Schema(id) => *id,
        Demand::Gate(GateType::Object(kind)) => schema.kind(*kind).object,
        Demand::Gate(GateType::Typed(id)) => *id,
        Demand::Each(inner) => return object_demand(engine, inner),
        _ => return None,
    };
    for _ in 0..8 {
        match schema.ty(id) {
            S::Struct(_) => return Some(ObjectDemand::Struct(id)),
            S::Map(item) => return Some(ObjectDemand::Map(*item)),
            S::List { item, .. } => id = *item,
            S::Any => return Some(ObjectDemand::Anything),
            _ => return None,
        }
    }
    None
}

/// What a demand asks of each element of a sequence, if a sequence may be given.
pub(super) fn element_demand(engine: &Engine<'_>, demand: &Demand) -> Option<Demand> {
    use ko_schema::{GateType, Type as S};
    match demand {
        Demand::Schema(id) => match engine.schema().ty(*id) {
            S::List { item, .. } => Some(Demand::Schema(*item)),
            _ => None,
        },
        Demand::Each(inner) => Some((**inner).clone()),
        Demand::Gate(GateType::ObjectsOrNames(kind)) => {
            Some(Demand::Gate(GateType::ObjectOrName(*kind)))
        }
        _ => None,
    }
}

/// A value of the type to start from, as text.
pub(super) fn start(engine: &Engine<'_>, ty: &Type) -> &'static str {
    match ty {
        Type::String => "\"\"",
        Type::Bool => "false",
        Type::Int(_) | Type::Uint(_) => "0",
        Type::Float32 | Type::Float64 => "0.0",
        Type::Variety(_) => "Return",
        Type::Sequence(it) => start(engine, it),
        Type::Union(list) => list.first().map_or("()", |it| start(engine, it)),
        Type::Schema(it) => match engine.schema().ty(it.id) {
            ko_schema::Type::String(_) | ko_schema::Type::Quantity => "\"\"",
            ko_schema::Type::IntOrString => "0",
            _ => "()",
        },
        _ => "()",
    }
}

/// The demand as a type, for people and for completion.
pub(super) fn demand_type(engine: &Engine<'_>, demand: &Demand) -> Type {
    match demand {
        Demand::Bool => Type::Bool,
        Demand::String => Type::String,
        Demand::Integer => Type::INT64,
        Demand::Number => Type::union([Type::INT64, Type::Float64]),
        Demand::Text => Type::union([Type::String, Type::INT64]),
        Demand::Callable => Type::any_variety(),
        Demand::Selectable | Demand::Anything => Type::Unknown,
        Demand::Each(inner) => match demand_type(engine, inner) {
            Type::Unknown => Type::Unknown,
            it => it.sequence(),
        },
        Demand::Gate(it) => gate_demand(engine.schema(), it),
        Demand::Schema(id) => Type::of_schema(engine.schema(), *id, View::Write),
        Demand::Field(names, inner) => names
            .iter()
            .rev()
            .fold(demand_type(engine, inner), |ty, name| Type::structure([(name.clone(), ty)])),
    }
}

//! What a field of a value is (specification §5.5), also where the value is an object of Kubernetes.

use ecow::EcoString;
use ko_schema::{Field, Schema};

use super::lattice::join;
use super::ty::{Op, SchemaType, Type, View};

/// Why a field cannot be selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectFailure {
    /// The value has no fields whatever they are called.
    NotSelectable(Type),
    /// The object has no field of this name.
    UnknownField(SchemaType),
}

/// The type of the field `name` of a value of type `ty`.
///
/// # Errors
/// If selecting it can never succeed.
pub fn select(schema: &Schema, ty: &Type, name: &EcoString) -> Result<Type, SelectFailure> {
    Ok(match ty {
        Type::Unknown => Type::Unknown,
        Type::Any => Type::Any,
        Type::Never => Type::Never,
        Type::Empty => Type::Empty,
        Type::Var(_) | Type::Deferred(_) => Type::deferred(Op::Select(ty.clone(), name.clone())),
        // Selecting into Empty gives Empty, so that is what it must be where the other case fails.
        Type::Optional(it) => match select(schema, it, name) {
            Ok(it) => it.optional(),
            Err(SelectFailure::NotSelectable(_)) => Type::Empty,
            Err(failure) => return Err(failure),
        },
        Type::Structure(fields) => fields.field(name).cloned().unwrap_or(Type::Empty),
        Type::Map(it) => (**it).clone().optional(),
        Type::Schema(it) => match schema.ty(it.id).as_struct() {
            Some(structure) => match structure.field(name) {
                Some(field) => schema_field(schema, it, field),
                None if structure.open => Type::Any,
                None if it.view == View::Write => Type::Unknown,
                None => return Err(SelectFailure::UnknownField(it.clone())),
            },
            None => Type::Unknown,
        },
        // Of the other cases, selecting fails or finds a sequence without elements.
        Type::Union(list) => {
            let (mut all, mut failure) = (Type::Never, None);
            for it in list.iter() {
                match select(schema, it, name) {
                    Ok(field) => all = join(&all, &field),
                    Err(it) => failure = Some(it),
                }
            }
            match (all, failure) {
                (Type::Never, Some(failure)) => {
                    return Err(match failure {
                        SelectFailure::NotSelectable(_) => SelectFailure::NotSelectable(ty.clone()),
                        it => it,
                    });
                }
                (it, _) if ty.is_present() => it,
                (it, _) => it.optional(),
            }
        }
        Type::Named(_) => Type::Unknown,
        Type::Bool
        | Type::String
        | Type::Int(_)
        | Type::Uint(_)
        | Type::Float32
        | Type::Float64
        | Type::Sequence(_)
        | Type::Variety(_) => return Err(SelectFailure::NotSelectable(ty.clone())),
    })
}

/// The type of a field of an object of the schema, in the view in which the object is seen.
pub fn schema_field(schema: &Schema, owner: &SchemaType, field: &Field) -> Type {
    let name = field.name.as_str();
    let (view, certain) = match owner.view {
        View::Write => (View::Write, false),
        View::Read => (View::Read, false),
        View::Object(kind) => {
            let view = if name == "metadata" { View::Metadata(kind) } else { View::Read };
            (view, schema.kind(kind).guaranteed_on_read(&[name]))
        }
        View::Metadata(kind) => {
            (View::Read, schema.kind(kind).guaranteed_on_read(&["metadata", name]))
        }
    };
    let ty = Type::of_schema(schema, field.ty, view);
    if field.required || certain { ty } else { ty.optional() }
}

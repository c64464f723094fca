//! Which fields a value has, and what selecting one gives.

use ecow::EcoString;
use ko_queries::{
    circuit::StepId,
    types::{SchemaType, Type, View, schema_field, select},
};
use ko_schema::{Schema, TypeId};

use super::{inferred, short};
use crate::source::Scope;

/// A field that a value has.
pub(crate) struct KnownField {
    pub(crate) name: EcoString,
    /// Its type in a few words.
    pub(crate) ty: String,
    /// The structure of the schema that it belongs to, for its documentation.
    pub(crate) owner: Option<TypeId>,
    /// Whether it is always there.
    pub(crate) present: bool,
}

/// The field at `path` of the value of a step.
pub(crate) fn selected(scope: &Scope<'_>, step: StepId, path: &[EcoString]) -> Option<KnownField> {
    let (last, before) = path.split_last()?;
    let schema = scope.db.schema();
    let base = value(scope, &schema, step, before)?;
    let owner = owner(&base);
    let ty = select(&schema, &base, last).ok()?;
    Some(KnownField { name: last.clone(), ty: short(&ty)?, owner, present: ty.is_present() })
}

/// The fields of what is selected by `path` from the value of a step, those that are always there first.
pub(crate) fn fields(scope: &Scope<'_>, step: StepId, path: &[EcoString]) -> Vec<KnownField> {
    let schema = scope.db.schema();
    let mut ty = match value(scope, &schema, step, path) {
        Some(ty) => ty,
        None => return Vec::new(),
    };
    if let Type::Optional(it) = &ty {
        ty = (**it).clone();
    }
    match &ty {
        Type::Structure(fields) => fields
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, ty)| KnownField {
                name: name.clone(),
                ty: ty.to_string(),
                owner: None,
                present: true,
            })
            .collect(),
        Type::Schema(it) => schema_fields(&schema, it),
        _ => Vec::new(),
    }
}

pub(super) fn schema_fields(schema: &Schema, of: &SchemaType) -> Vec<KnownField> {
    let Some(structure) = schema.ty(of.id).as_struct() else { return Vec::new() };
    let shown = structure.fields.iter().filter(|it| of.view != View::Write || it.writable());
    shown
        .map(|field| {
            let ty = schema_field(schema, of, field);
            let (name, owner) = (field.name.clone(), Some(of.id));
            KnownField { name, ty: ty.to_string(), owner, present: ty.is_present() }
        })
        .collect()
}

/// The type of what is selected by `path` from the value of a step. Of a parameter, what the function asks of it.
pub(super) fn value(
    scope: &Scope<'_>,
    schema: &Schema,
    step: StepId,
    path: &[EcoString],
) -> Option<Type> {
    let inferred = inferred(scope.db, scope.function)?;
    let mut ty = inferred.steps.get(step.0 as usize)?.clone();
    if let Type::Var(name) = &ty {
        ty = inferred.scheme.param(name)?.demanded.clone();
    }
    for name in path {
        ty = select(schema, &ty, name).ok()?;
    }
    Some(ty)
}

pub(super) fn owner(ty: &Type) -> Option<TypeId> {
    match ty {
        Type::Schema(it) => Some(it.id),
        Type::Optional(it) => owner(it),
        _ => None,
    }
}

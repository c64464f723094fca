//! Types as text: in a few words for lists and hints, in full for hovers.

use ko_queries::{
    RootDatabase,
    circuit::StepId,
    items::Function,
    types::{Demand, Fields, Type},
};
use ko_schema::Schema;

use super::inferred;
use crate::source::Scope;

/// The type in a few words; nothing if it says nothing.
pub(crate) fn short(ty: &Type) -> Option<String> {
    let known = !matches!(ty, Type::Unknown) && !ty.is_blocked();
    known.then(|| ty.brief(MOST_CHARACTERS))
}

/// The most characters of a type on one line.
const MOST_CHARACTERS: usize = 240;

/// The type of a function's result in a few words.
pub(crate) fn result(db: &RootDatabase, function: Function<'_>) -> Option<String> {
    short(&inferred(db, function)?.scheme.result)
}

/// A structure in a few words.
pub(crate) fn fields_in_short(fields: &Fields) -> String {
    Type::Structure(fields.clone()).to_string()
}

/// A demand in a few words.
pub(crate) fn demand_in_short(demand: &Demand) -> String {
    match demand {
        Demand::Bool => "Bool".to_owned(),
        Demand::String | Demand::Text => "String".to_owned(),
        Demand::Integer => "Int64".to_owned(),
        Demand::Number => "Number".to_owned(),
        Demand::Callable => "Variety".to_owned(),
        Demand::Each(it) => format!("({})", demand_in_short(it)),
        Demand::Anything => "anything".to_owned(),
        Demand::Selectable | Demand::Field(..) => "a structure".to_owned(),
        Demand::Gate(_) | Demand::Schema(_) => "a value for Kubernetes".to_owned(),
    }
}

/// The type of a step in a few words; nothing if nothing is known.
pub(crate) fn step(scope: &Scope<'_>, step: StepId) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    short(inferred.steps.get(step.0 as usize)?)
}

/// What a parameter is asked to be, on one line of so many characters; nothing if anything goes.
pub(crate) fn param_within(scope: &Scope<'_>, name: &str, width: usize) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    let ty = &inferred.scheme.param(name)?.demanded;
    short(ty)?;
    Some(ty.brief(width))
}

/// The type of a step on one line of so many characters; nothing if nothing is known.
pub(crate) fn step_within(scope: &Scope<'_>, step: StepId, width: usize) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    let ty = inferred.steps.get(step.0 as usize)?;
    short(ty)?;
    Some(ty.brief(width))
}

/// The same, also where the type is that of something that the function is given: `with(elem)` is what `with` returns.
pub(crate) fn step_as_given(scope: &Scope<'_>, step: StepId, width: usize) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    let ty = inferred.steps.get(step.0 as usize)?;
    (*ty != Type::Unknown).then(|| ty.brief(width))
}

/// The type of a step, unfolded over several lines.
pub(crate) fn step_in_full(scope: &Scope<'_>, step: StepId) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    let ty = inferred.steps.get(step.0 as usize)?;
    short(ty)?;
    Some(in_full(&scope.db.schema(), ty))
}

/// What a parameter is asked to be, unfolded over several lines.
pub(crate) fn param_in_full(scope: &Scope<'_>, name: &str) -> Option<String> {
    let inferred = inferred(scope.db, scope.function)?;
    let ty = &inferred.scheme.param(name)?.demanded;
    short(ty)?;
    Some(in_full(&scope.db.schema(), ty))
}

/// The most lines of a type that anybody wants to see in a box.
const MOST_LINES: usize = 40;

/// A type on several lines; of one with more than fit the beginning.
pub(super) fn in_full(schema: &Schema, ty: &Type) -> String {
    let full = ty.render(schema, 1);
    let lines = full.lines().count();
    if lines <= MOST_LINES {
        return full;
    }
    let shown: Vec<&str> = full.lines().take(MOST_LINES - 2).collect();
    format!("{}\n  … {} more lines\n)", shown.join("\n"), lines - MOST_LINES + 2)
}

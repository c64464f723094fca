//! What inference knows, in the form in which the features show it. The only module that looks into types.

use ecow::EcoString;
use ko_queries::{RootDatabase, circuit::StepId, items::Function};
use ko_schema::TypeId;

use crate::{expected::Expected, source::Scope};

/// What is known of a parameter of a function.
pub(crate) struct ParamTyping {
    /// Whether a call without it fails for certain.
    pub(crate) required: bool,
    /// Its type in a few words, if anything is asked of it.
    pub(crate) ty: Option<String>,
    /// What is asked of it, as far as completion can use it.
    pub(crate) expected: Option<Expected>,
}

/// A field that a value has.
pub(crate) struct KnownField {
    pub(crate) name: EcoString,
    /// Its type in a few words.
    pub(crate) ty: String,
    /// The structure of the schema that it belongs to, for its documentation.
    pub(crate) owner: Option<TypeId>,
}

/// The type of a function's result in a few words.
pub(crate) fn result(_db: &RootDatabase, _function: Function<'_>) -> Option<String> {
    None
}

/// What is known of a parameter.
pub(crate) fn param(
    _db: &RootDatabase,
    _function: Function<'_>,
    _name: &str,
) -> Option<ParamTyping> {
    None
}

/// The type of a step in a few words; nothing if nothing is known.
pub(crate) fn step(_scope: &Scope<'_>, _step: StepId) -> Option<String> {
    None
}

/// The type of a step, unfolded over several lines.
pub(crate) fn step_in_full(_scope: &Scope<'_>, _step: StepId) -> Option<String> {
    None
}

/// What consumers ask of a step.
pub(crate) fn expected(_db: &RootDatabase, _scope: &Scope<'_>, _step: StepId) -> Option<Expected> {
    None
}

/// The field at `path` of the value of a step.
pub(crate) fn selected(
    _scope: &Scope<'_>,
    _step: StepId,
    _path: &[EcoString],
) -> Option<KnownField> {
    None
}

/// The fields of what is selected by `path` from the value of a step.
pub(crate) fn fields(_scope: &Scope<'_>, _step: StepId, _path: &[EcoString]) -> Vec<KnownField> {
    Vec::new()
}

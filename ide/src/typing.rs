//! What inference knows, in the form in which the features show it. The only module that looks into types.

mod expected;
mod fields;
mod text;

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    RootDatabase,
    builtins::{self, BuiltinId},
    circuit::{StepId, Target},
    items::Function,
    types::{Callee, Inferred, Type},
};
use ko_schema::{GateId, Schema, TypeId};

use crate::{expected::Expected, source::Scope, symbols::SymbolKind};

use self::{expected::expected_of_param, fields::value};
pub(crate) use self::{
    expected::{builtin_expected, expected, expected_of, expected_of_result, fit},
    fields::{KnownField, fields, selected},
    text::{
        demand_in_short, fields_in_short, param_in_full, param_within, result, short, step,
        step_as_given, step_in_full, step_within,
    },
};

/// What is known of a parameter of a function.
pub(crate) struct ParamTyping {
    /// Whether a call without it fails for certain.
    pub(crate) required: bool,
    /// Its type in a few words, if anything is asked of it.
    pub(crate) ty: Option<String>,
    /// What is asked of it, as far as completion can use it.
    pub(crate) expected: Option<Expected>,
    /// Whether it is a structure that whoever calls writes out.
    pub(crate) structure: bool,
}

fn inferred(db: &RootDatabase, function: Function<'_>) -> Option<Arc<Inferred>> {
    ko_queries::types::inferred(db, function)
}

/// What is known of a parameter.
pub(crate) fn param(db: &RootDatabase, function: Function<'_>, name: &str) -> Option<ParamTyping> {
    let inferred = inferred(db, function)?;
    let param = inferred.scheme.param(name)?;
    let structure = |id| crate::expected::element_structure(&db.schema(), id).is_some();
    Some(ParamTyping {
        structure: match &param.demanded {
            Type::Structure(_) => true,
            Type::Schema(it) => structure(it.id),
            _ => false,
        },
        required: param.required,
        ty: short(&param.demanded),
        expected: expected_of_param(&param.demanded, &param.demands),
    })
}

/// The type of a step, or of what a parameter is asked to be.
pub(crate) fn step_type(scope: &Scope<'_>, step: StepId) -> Option<Type> {
    let inferred = inferred(scope.db, scope.function)?;
    match inferred.steps.get(step.0 as usize)? {
        Type::Var(name) => Some(inferred.scheme.param(name)?.demanded.clone()),
        ty => Some(ty.clone()),
    }
}

/// The type of a function's result.
pub(crate) fn result_type(db: &RootDatabase, function: Function<'_>) -> Option<Type> {
    Some(ko_queries::types::scheme_of(db, function)?.result.clone())
}

/// The type of a gate's result.
pub(crate) fn gate_result(schema: &Schema, gate: GateId) -> Type {
    ko_queries::types::gate_result(schema, gate)
}

/// The type of a builtin's result, as far as it does not depend on the arguments.
pub(crate) fn builtin_result(id: BuiltinId) -> Type {
    ko_queries::types::builtin_result(id)
}

/// The type of the schema that values of a type are, or their elements.
pub(crate) fn in_schema(ty: &Type) -> Option<TypeId> {
    let mut ty = ty;
    for _ in 0..8 {
        ty = match ty {
            Type::Schema(it) => return Some(it.id),
            Type::Optional(it) | Type::Sequence(it) => it,
            _ => return None,
        };
    }
    None
}

/// The structures of the schema that a value may be made of: those of what is selected by `path` from the value of a step,
/// or of its elements.
pub(crate) fn schema_types(scope: &Scope<'_>, step: StepId, path: &[EcoString]) -> Vec<TypeId> {
    let ty = value(scope, &scope.db.schema(), step, path);
    let mut out = Vec::new();
    ty.iter().for_each(|it| add_schema_types(it, 8, &mut out));
    out
}

/// Sequences of maps of optionals: types that people write nest no deeper than `depth`.
fn add_schema_types(ty: &Type, depth: usize, out: &mut Vec<TypeId>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match ty {
        Type::Schema(it) if !out.contains(&it.id) => out.push(it.id),
        Type::Optional(it) | Type::Sequence(it) | Type::Map(it) => add_schema_types(it, depth, out),
        Type::Union(list) => list.iter().for_each(|it| add_schema_types(it, depth, out)),
        _ => {}
    }
}

/// The functions that a value may be: what is selected by `path` from the value of a step. Nothing where that is not known.
pub(crate) fn callees(scope: &Scope<'_>, step: StepId, path: &[EcoString]) -> Vec<Target> {
    let ty = value(scope, &scope.db.schema(), step, path);
    let mut out = Vec::new();
    ty.iter().for_each(|it| add_callees(it, 8, &mut out));
    out
}

fn add_callees(ty: &Type, depth: usize, out: &mut Vec<Target>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match ty {
        Type::Variety(list) => out.extend(list.iter().filter_map(|it| callee(&it.callee))),
        Type::Optional(it) => add_callees(it, depth, out),
        Type::Union(list) => list.iter().for_each(|it| add_callees(it, depth, out)),
        _ => {}
    }
}

fn callee(callee: &Callee) -> Option<Target> {
    Some(match callee {
        Callee::Function(key) => Target::Function(key.clone()),
        Callee::Gate(id) => Target::Gate(*id),
        Callee::Builtin(full) => {
            // Paths of packages have no dots behind the last slash, and names have none.
            let (package, name) = full.rsplit_once('.').unwrap_or(("", full));
            Target::Builtin(builtins::find(package, name)?)
        }
        Callee::Join | Callee::Native(_) => return None,
    })
}

/// What an outline shows of a step.
pub(crate) fn step_kind(scope: &Scope<'_>, step: StepId) -> SymbolKind {
    let ty = inferred(scope.db, scope.function)
        .and_then(|it| it.steps.get(step.0 as usize).cloned())
        .unwrap_or(Type::Unknown);
    kind_of(&ty)
}

fn kind_of(ty: &Type) -> SymbolKind {
    match ty {
        Type::Bool => SymbolKind::Bool,
        Type::String => SymbolKind::Text,
        Type::Int(_) | Type::Uint(_) | Type::Float32 | Type::Float64 => SymbolKind::Number,
        Type::Sequence(_) => SymbolKind::Sequence,
        Type::Map(_) | Type::Structure(_) => SymbolKind::Structure,
        Type::Variety(_) => SymbolKind::Variety,
        Type::Schema(_) => SymbolKind::Object,
        // What is inside is no optional.
        Type::Optional(it) => match &**it {
            Type::Optional(_) => SymbolKind::Step,
            it => kind_of(it),
        },
        _ => SymbolKind::Step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture::Fixture, source::Source};

    const TEXT: &str = "F(ns) {\n  set: CreateStatefulSet(namespace: ns, statefulSet: (metadata: (name: \"a\")))\n  mine: (a: 1, b: (c: \"x\"))\n  pods: ListPods()\n  return: set.status\n}\nG(spec, n) { return: CreateStatefulSet(namespace: n, statefulSet: (spec: spec)) }";

    fn with<T>(function: &str, check: impl FnOnce(&Scope<'_>) -> T) -> T {
        let fixture = Fixture::new(TEXT);
        let source = Source::new(&fixture.db, fixture.file).unwrap();
        check(&source.scope_named(function).unwrap())
    }

    fn label(scope: &Scope<'_>, name: &str) -> StepId {
        scope.circuit().labels[scope.label(name).unwrap()].1
    }

    #[test]
    fn steps_have_types() {
        with("F", |scope| {
            assert_eq!(step(scope, label(scope, "set")).as_deref(), Some("StatefulSet"));
            assert_eq!(step(scope, label(scope, "pods")).as_deref(), Some("(Pod)"));
            let full = step_in_full(scope, label(scope, "set")).unwrap();
            assert!(full.contains("spec"), "{full}");
        });
    }

    #[test]
    fn values_have_fields() {
        with("F", |scope| {
            let names = |label_: &str, path: &[&str]| {
                let path: Vec<EcoString> = path.iter().map(|it| (*it).into()).collect();
                let found = fields(scope, label(scope, label_), &path);
                found.into_iter().map(|it| it.name.to_string()).collect::<Vec<_>>()
            };
            assert_eq!(names("mine", &[]), ["a", "b"]);
            assert_eq!(names("mine", &["b"]), ["c"]);
            assert!(names("set", &["status"]).contains(&"readyReplicas".to_owned()));
            assert!(names("set", &["metadata"]).contains(&"uid".to_owned()));
            assert_eq!(names("pods", &[]), Vec::<String>::new());
            let path = ["status".into(), "readyReplicas".into()];
            let field = selected(scope, label(scope, "set"), &path).unwrap();
            assert!(field.ty.contains("Int64"), "{}", field.ty);
            assert!(field.owner.is_some());
        });
    }

    #[test]
    fn results_are_asked_for_something_by_callers() {
        let fixture = Fixture::cockroachdb();
        let source = Source::new(&fixture.db, fixture.file).unwrap();
        let asked = |name: &str| {
            let scope = source.scope_named(name).unwrap();
            expected(&scope, scope.circuit().result.unwrap())
                .map(|it| crate::expected::label(&fixture.db.schema(), &it))
        };
        assert_eq!(asked("cockroachDBPodSpec").as_deref(), Some("PodSpec"));
        assert_eq!(asked("cockroachDBVolumeClaim").as_deref(), Some("PersistentVolumeClaim"));
        assert_eq!(asked("StartCockroachDB"), None);
    }

    #[test]
    fn parameters_are_asked_for_something() {
        with("G", |scope| {
            let spec = param(scope.db, scope.function, "spec").unwrap();
            assert_eq!(spec.ty.as_deref(), Some("StatefulSetSpec"));
            assert!(matches!(spec.expected, Some(Expected::Schema(_))));
            let n = param(scope.db, scope.function, "n").unwrap();
            assert_eq!(n.ty.as_deref(), Some("String"));
        });
    }
}

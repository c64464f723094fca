//! What inference knows, in the form in which the features show it. The only module that looks into types.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    RootDatabase,
    builtins::{self, BuiltinId},
    circuit::{StepId, StepKind, Target},
    database::SourceFile,
    items::Function,
    types::{Callee, Demand, Fields, Fit, Inferred, SchemaType, Type, View, schema_field, select},
};
use ko_schema::{GateId, GateType, Schema, TypeId};

use text_size::TextSize;

use crate::{
    expected::Expected,
    source::{Scope, Source},
    symbols::SymbolKind,
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

fn inferred(db: &RootDatabase, function: Function<'_>) -> Option<Arc<Inferred>> {
    ko_queries::types::inferred(db, function)
}

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

/// What is asked of a parameter: what Kubernetes asks says most, then the fields that are read of it.
fn expected_of_param(demanded: &Type, demands: &[Demand]) -> Option<Expected> {
    demands.iter().find_map(of_demand).or_else(|| expected_of(demanded)).or_else(|| {
        let asked = demands.iter().find(|it| **it != Demand::Anything);
        asked.cloned().map(Expected::Other)
    })
}

/// What a value of this type is asked to be, as far as that helps whoever writes it.
pub(crate) fn expected_of(ty: &Type) -> Option<Expected> {
    match ty {
        Type::Schema(it) => Some(Expected::Schema(it.id)),
        Type::Structure(fields) => Some(Expected::Structure(fields.clone())),
        Type::Bool => Some(Expected::Other(Demand::Bool)),
        Type::String => Some(Expected::Other(Demand::String)),
        Type::Int(_) | Type::Uint(_) => Some(Expected::Other(Demand::Integer)),
        Type::Float32 | Type::Float64 => Some(Expected::Other(Demand::Number)),
        Type::Variety(_) => Some(Expected::Other(Demand::Callable)),
        // One level: types nest at most some dozens deep, and this is about what is written next.
        Type::Optional(it) | Type::Sequence(it) => match &**it {
            Type::Optional(_) | Type::Sequence(_) => None,
            it => expected_of(it),
        },
        _ => None,
    }
}

/// What a builtin asks of an argument.
pub(crate) fn builtin_expected(id: BuiltinId, argument: &str) -> Option<Expected> {
    ko_queries::types::builtin_demand(id, argument).map(Expected::Other)
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

/// Whether a value of this type would do where `expected` is asked for.
pub(crate) fn fit(schema: &Schema, ty: &Type, expected: &Expected) -> Fit {
    let demand = match expected {
        Expected::Gate(it) => Demand::Gate(it.clone()),
        Expected::Schema(id) => Demand::Schema(*id),
        Expected::Structure(wanted) => {
            return match ty {
                Type::Structure(has) => match wanted.iter().any(|it| has.field(&it.0).is_some()) {
                    true => Fit::Yes,
                    false => Fit::No,
                },
                _ => ko_queries::types::fits(schema, ty, &Demand::Selectable).max(Fit::Unknown),
            };
        }
        Expected::Other(it) => it.clone(),
    };
    let fit = ko_queries::types::fits(schema, ty, &demand);
    // That an object may stand for its name does not make it what is meant.
    let text = matches!(expected, Expected::Gate(GateType::String | GateType::Namespace));
    match ty {
        Type::Structure(_) | Type::Schema(_) | Type::Map(_) if text => fit.max(Fit::Unknown),
        _ => fit,
    }
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

fn of_demand(demand: &Demand) -> Option<Expected> {
    match demand {
        Demand::Gate(ty) => Some(Expected::Gate(ty.clone())),
        Demand::Schema(id) => Some(Expected::Schema(*id)),
        Demand::Each(it) => of_demand(it),
        _ => None,
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

/// The most lines of a type that anybody wants to see in a box.
const MOST_LINES: usize = 40;

/// A type on several lines; of one with more than fit the beginning.
fn in_full(schema: &Schema, ty: &Type) -> String {
    let full = ty.render(schema, 1);
    let lines = full.lines().count();
    if lines <= MOST_LINES {
        return full;
    }
    let shown: Vec<&str> = full.lines().take(MOST_LINES - 2).collect();
    format!("{}\n  … {} more lines\n)", shown.join("\n"), lines - MOST_LINES + 2)
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

/// What consumers ask of a step. Of the result of a function, what the functions of its package ask that call it.
pub(crate) fn expected(scope: &Scope<'_>, step: StepId) -> Option<Expected> {
    expected_here(scope, step).or_else(|| {
        let is_result = scope.circuit().result == Some(step);
        is_result.then(|| expected_of_result(scope)).flatten()
    })
}

pub(crate) fn expected_of_result(scope: &Scope<'_>) -> Option<Expected> {
    let db = scope.db;
    let files = scope.function.file(db).package(db).files(db);
    for caller in files.iter().flat_map(|file| mentions(db, *file, &scope.circuit().key.name)) {
        if caller.function == scope.function {
            continue;
        }
        let circuit = caller.circuit();
        let steps = circuit.ids().zip(circuit.steps.iter());
        for (step, what) in steps {
            let StepKind::Apply { callee, invoke: true, .. } = &what.kind else { continue };
            let callee = circuit.steps.get(callee.0 as usize).map(|it| &it.kind);
            let Some(StepKind::Target(Target::Function(key))) = callee else { continue };
            if *key != scope.circuit().key {
                continue;
            }
            if let Some(expected) = expected_here(&caller, step) {
                return Some(expected);
            }
        }
    }
    None
}

/// Looks at no more places of a file than these for a name.
const MOST_MENTIONS: usize = 64;

/// The functions of a file in whose text a name occurs. The others are not looked at: after a keystroke, each of them would
/// have to be lowered again.
fn mentions<'db>(db: &'db RootDatabase, file: SourceFile, name: &str) -> Vec<Scope<'db>> {
    let text = file.text(db);
    let mut found: Vec<Scope<'db>> = Vec::new();
    let mut places = text.match_indices(name).take(MOST_MENTIONS).peekable();
    if name.is_empty() || places.peek().is_none() {
        return found;
    }
    let Some(source) = Source::new(db, file.id(db)) else { return found };
    for (at, _) in places {
        let offset = TextSize::try_from(at).unwrap_or_default();
        if let Some(scope) = source.scope_at(offset)
            && found.iter().all(|it| it.function != scope.function)
        {
            found.push(scope);
        }
    }
    found
}

fn expected_here(scope: &Scope<'_>, step: StepId) -> Option<Expected> {
    let inferred = inferred(scope.db, scope.function)?;
    let mut ty = inferred.expected.get(step.0 as usize)?.clone()?;
    for _ in 0..8 {
        ty = match ty {
            Type::Optional(it) | Type::Sequence(it) => (*it).clone(),
            ty => return expected_of(&ty),
        };
    }
    None
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

fn schema_fields(schema: &Schema, of: &SchemaType) -> Vec<KnownField> {
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
fn value(scope: &Scope<'_>, schema: &Schema, step: StepId, path: &[EcoString]) -> Option<Type> {
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

fn owner(ty: &Type) -> Option<TypeId> {
    match ty {
        Type::Schema(it) => Some(it.id),
        Type::Optional(it) => owner(it),
        _ => None,
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

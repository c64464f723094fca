//! What is asked of a value: by a parameter, a builtin, or whoever takes the result.

use ko_queries::{
    RootDatabase,
    builtins::BuiltinId,
    circuit::{StepId, StepKind, Target},
    database::SourceFile,
    types::{Demand, Fit, Type},
};
use ko_schema::{GateType, Schema};
use text_size::TextSize;

use super::inferred;
use crate::{
    expected::Expected,
    source::{Scope, Source},
};

/// What is asked of a parameter: what Kubernetes asks says most, then the fields that are read of it.
pub(super) fn expected_of_param(demanded: &Type, demands: &[Demand]) -> Option<Expected> {
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

pub(super) fn of_demand(demand: &Demand) -> Option<Expected> {
    match demand {
        Demand::Gate(ty) => Some(Expected::Gate(ty.clone())),
        Demand::Schema(id) => Some(Expected::Schema(*id)),
        Demand::Each(it) => of_demand(it),
        _ => None,
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

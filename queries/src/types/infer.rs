//! Types a component of the call graph: forward through each circuit, then demands back, again until nothing changes
//! where functions call each other.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::check::{Checker, ParamDemands};
use super::demand::demand_type;
use super::errors::{At, TypeError};
use super::eval::{Engine, Local};
use super::lattice::join;
use super::scheme::{Demand, ParamScheme, Scheme};
use super::ty::Type;
use super::{Env, forward};
use crate::circuit::{Circuit, StepKind};

/// How often a component is looked at until its types no longer change; after that its results are not known.
const MAX_ROUNDS: usize = 8;

/// What inference finds out about a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// What callers see.
    pub scheme: Arc<Scheme>,
    /// The type of every step.
    pub steps: Box<[Type]>,
    /// What a consumer asks of the step, where one asks: the structure of the schema for an object that is written, for
    /// example. The first consumer in the order of the text counts.
    pub expected: Box<[Option<Type>]>,
    /// Where each parameter is asked for something: the demands of the scheme, each with the place that makes it.
    pub uses: Box<[Vec<(Demand, At)>]>,
    /// The mistakes, by step.
    pub errors: Vec<TypeError>,
}

/// Infers the types of the functions given, which are one component of the call graph: one function, or several that
/// call each other. Schemes of other functions come from `env`. The answers are in the order of the circuits.
pub fn infer_component(circuits: &[Arc<Circuit>], env: &dyn Env) -> Vec<Inferred> {
    let locals: FxHashMap<_, _> = circuits
        .iter()
        .map(|circuit| {
            let none = vec![ParamDemands::default(); circuit.params.len()];
            let scheme = Arc::new(Scheme {
                params: none.iter().enumerate().map(|(at, _)| bare_param(circuit, at)).collect(),
                result: Type::Never,
            });
            (circuit.key.clone(), Local { scheme, widened: FxHashSet::default() })
        })
        .collect();
    let recursive =
        circuits.iter().any(|it| it.callees().any(|callee| locals.contains_key(callee)));
    let engine = Engine::new(env, locals);
    for _ in 0..MAX_ROUNDS {
        let widened = count_widened(&engine);
        let mut changed = false;
        let mut out = Vec::with_capacity(circuits.len());
        for circuit in circuits {
            let (analysis, scheme) = analyse(&engine, circuit);
            changed |= update(&engine, circuit, scheme);
            out.push(analysis);
        }
        if recursive && count_widened(&engine) != widened {
            // Results may still mention the parameters that were given up.
            for local in engine.locals.borrow_mut().values_mut() {
                let params = local.scheme.params.clone();
                local.scheme = Arc::new(Scheme { params, result: Type::Never });
            }
            continue;
        }
        if !recursive || !changed {
            return finish(&engine, circuits, out);
        }
    }
    for local in engine.locals.borrow_mut().values_mut() {
        let params = local.scheme.params.clone();
        local.scheme = Arc::new(Scheme { params, result: Type::Unknown });
    }
    let out = circuits.iter().map(|it| analyse(&engine, it).0).collect();
    finish(&engine, circuits, out)
}

fn count_widened(engine: &Engine<'_>) -> usize {
    engine.locals.borrow().values().map(|it| it.widened.len()).sum()
}

/// Takes a scheme over; true if it says something new.
fn update(engine: &Engine<'_>, circuit: &Circuit, mut scheme: Scheme) -> bool {
    let mut locals = engine.locals.borrow_mut();
    let Some(local) = locals.get_mut(&circuit.key) else { return false };
    scheme.result = join(&local.scheme.result, &scheme.result);
    if *local.scheme == scheme {
        return false;
    }
    local.scheme = Arc::new(scheme);
    true
}

struct Analysis {
    types: Vec<Type>,
    expected: Vec<Option<Type>>,
    uses: Box<[Vec<(Demand, At)>]>,
    errors: Vec<TypeError>,
}

fn bare_param(circuit: &Circuit, at: usize) -> ParamScheme {
    ParamScheme {
        name: circuit.params[at].name.clone(),
        monadic: circuit.params[at].monadic,
        demanded: Type::Unknown,
        required: false,
        demands: Box::default(),
    }
}

fn analyse(engine: &Engine<'_>, circuit: &Circuit) -> (Analysis, Scheme) {
    engine.refuel(circuit.steps.len());
    let (types, mut errors) = forward::run(engine, circuit);
    let mut checker = Checker::new(engine, circuit, &types);
    checker.run();
    let (params, expected) = (checker.params, checker.expected);
    // One cause, one error: what a consumer says about an element explains why elements do not go together.
    errors.retain(|it| it.code != "mixed-sequence" || !explained(circuit, it.at, &checker.errors));
    let more = checker.errors.into_iter().filter(|new| !errors.iter().any(|it| it.at == new.at));
    errors.extend(more.collect::<Vec<_>>());
    let uses = |it: &ParamDemands| {
        it.demands.iter().cloned().zip(it.places.iter().copied()).collect::<Vec<_>>()
    };
    let uses = params.iter().map(uses).collect();
    let params = params.into_iter().enumerate().map(|(at, it)| ParamScheme {
        demanded: demanded(engine, &it),
        required: it.required,
        demands: it.demands.into(),
        ..bare_param(circuit, at)
    });
    let result = circuit.result.and_then(|it| types.get(it.0 as usize)).cloned();
    let scheme = Scheme { params: params.collect(), result: result.unwrap_or(Type::Unknown) };
    (Analysis { types, expected, uses, errors }, scheme)
}

/// Whether one of `errors` is about something inside the arguments of the call at `at`, as far as these are written in
/// place.
fn explained(circuit: &Circuit, at: At, errors: &[TypeError]) -> bool {
    let At::ArgValue(call, _) = at else { return false };
    let (mut work, mut inside) = (vec![call], FxHashSet::default());
    while let Some(step) = work.pop() {
        if inside.len() > 500 || !inside.insert(step) {
            continue;
        }
        if let StepKind::Apply { args, .. } = &circuit.step(step).kind {
            work.extend(args.iter().map(|it| it.value));
        }
    }
    errors.iter().any(|it| match it.at {
        At::Arg(step, _) | At::ArgValue(step, _) => inside.contains(&step),
        _ => false,
    })
}

/// The answers, with types for people: where a parameter's demand is known, that stands for what it is given.
fn finish(engine: &Engine<'_>, circuits: &[Arc<Circuit>], all: Vec<Analysis>) -> Vec<Inferred> {
    let locals = engine.locals.borrow().clone();
    circuits
        .iter()
        .zip(all)
        .map(|(circuit, Analysis { types, expected, uses, mut errors })| {
            let scheme = match locals.get(&circuit.key) {
                Some(local) => local.scheme.clone(),
                None => Arc::new(Scheme { params: Box::default(), result: Type::Unknown }),
            };
            let given: FxHashMap<&EcoString, Type> = scheme
                .params
                .iter()
                .map(|it| match &it.demanded {
                    Type::Unknown => (&it.name, Type::Var(it.name.clone())),
                    demanded => (&it.name, demanded.clone()),
                })
                .collect();
            engine.refuel(circuit.steps.len());
            let params = circuit.params.iter().map(|it| given.get(&it.name).cloned());
            let mut steps: Vec<Type> =
                types.iter().map(|ty| engine.substitute(ty, &given)).collect();
            for (step, ty) in steps.iter_mut().zip(params) {
                *step = ty.unwrap_or(Type::Unknown);
            }
            errors.sort_by_key(|it| it.at.order());
            Inferred { scheme, steps: steps.into(), expected: expected.into(), uses, errors }
        })
        .collect()
}

/// All demands on a parameter as one type: structures are merged, otherwise the first counts.
fn demanded(engine: &Engine<'_>, param: &ParamDemands) -> Type {
    fn merge(a: Type, b: Type) -> Type {
        match (a, b) {
            (Type::Unknown, it) | (it, Type::Unknown) => it,
            // A name does for an object, and an object does not for a name.
            (Type::Schema(_), Type::String) | (Type::String, Type::Schema(_)) => Type::String,
            (Type::Structure(a), Type::Structure(b)) => {
                let both = a.iter().map(|(name, ty)| {
                    let ty = ty.clone();
                    (
                        name.clone(),
                        match b.field(name) {
                            Some(other) => merge(ty, other.clone()),
                            None => ty,
                        },
                    )
                });
                let more = b.iter().filter(|it| a.field(&it.0).is_none()).cloned();
                Type::structure(both.chain(more))
            }
            (a, _) => a,
        }
    }
    let all = param.demands.iter().chain(&param.hints);
    all.fold(Type::Unknown, |all, it| merge(all, demand_type(engine, it)))
}

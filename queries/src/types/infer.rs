//! Types a component of the call graph: forward through each circuit, then demands back, again until nothing changes
//! where functions call each other.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::check::{Checker, ParamDemands};
use super::demand::demand_type;
use super::errors::{At, TypeError};
use super::eval::{Engine, Locals};
use super::lattice::{join, sorted};
use super::recursion::{self, Recorder};
use super::scheme::{Demand, ParamScheme, Scheme};
use super::ty::{Op, Type};
use super::{Env, forward};
use crate::circuit::{Circuit, FunctionKey, StepKind};

/// How often a component is looked at until what is asked of its parameters no longer changes.
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
    let own = |callee: &FunctionKey| circuits.iter().any(|it| it.key == *callee);
    let recursive = circuits.iter().any(|it| it.callees().any(own));
    let results = match recursive {
        true => recursive_results(circuits, env),
        false => vec![Type::Never; circuits.len()],
    };
    let scheme = |(circuit, result): (&Arc<Circuit>, Type)| {
        let params = (0..circuit.params.len()).map(|at| bare_param(circuit, at)).collect();
        let raises = if recursive { Type::Unknown } else { Type::Never };
        (circuit.key.clone(), Arc::new(Scheme { params, result, raises }))
    };
    let engine = Engine::new(env, circuits.iter().zip(results).map(scheme).collect(), None);
    for round in 1.. {
        let mut changed = false;
        let mut out = Vec::with_capacity(circuits.len());
        for circuit in circuits {
            let (analysis, scheme) = analyse(&engine, circuit);
            changed |= update(&engine, circuit, scheme, recursive);
            out.push(analysis);
        }
        // What is asked of parameters goes from callees to callers, around circles too.
        if !recursive || !changed || round == MAX_ROUNDS {
            return finish(&engine, circuits, out);
        }
    }
    Vec::new()
}

/// The results of functions that call themselves or each other.
fn recursive_results(circuits: &[Arc<Circuit>], env: &dyn Env) -> Vec<Type> {
    // The order of the functions is not to matter.
    let mut sorted = circuits.to_vec();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let scheme = |circuit: &Arc<Circuit>| {
        let params = (0..circuit.params.len()).map(|at| bare_param(circuit, at)).collect();
        (circuit.key.clone(), Arc::new(Scheme { params, result: Type::Never, raises: Type::Never }))
    };
    let locals: Locals = sorted.iter().map(scheme).collect();
    let mut engine = Engine::new(env, locals, Some(Recorder::new(&sorted)));
    let result = |circuit: &Arc<Circuit>| {
        engine.refuel(circuit.steps.len());
        let (types, _, _) = forward::run(&engine, circuit);
        let result = circuit.result.and_then(|it| types.get(it.0 as usize)).cloned();
        result.unwrap_or(Type::Unknown)
    };
    let results: Vec<Type> = sorted.iter().map(result).collect();
    let Some(recorder) = engine.recorder.take() else { return Vec::new() };
    let steps = sorted.iter().map(|it| it.steps.len()).sum();
    let closed = recursion::close(&engine, recorder, &sorted, results, steps);
    let index: FxHashMap<&FunctionKey, Type> =
        sorted.iter().map(|it| &it.key).zip(closed).collect();
    circuits.iter().map(|it| index.get(&it.key).cloned().unwrap_or(Type::Unknown)).collect()
}

/// Takes a scheme over, the result only where no circle has it already; true if it says something new.
fn update(engine: &Engine<'_>, circuit: &Circuit, mut scheme: Scheme, recursive: bool) -> bool {
    let mut locals = engine.locals.borrow_mut();
    let Some(local) = locals.get_mut(&circuit.key) else { return false };
    if recursive {
        scheme.result = local.result.clone();
        scheme.raises = local.raises.clone();
    }
    if **local == scheme {
        return false;
    }
    *local = Arc::new(scheme);
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
    let (types, mut errors, raises) = forward::run(engine, circuit);
    let mut checker = Checker::new(engine, circuit, &types);
    checker.run();
    let (params, expected) = (checker.params, checker.expected);
    refuse_absent(&mut errors, &mut checker.errors);
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
        demands: {
            let mut demands = it.demands;
            demands.sort();
            demands.into()
        },
        ..bare_param(circuit, at)
    });
    let result = circuit.result.and_then(|it| types.get(it.0 as usize)).cloned();
    let result = result.unwrap_or(Type::Unknown);
    // The order of the steps says nothing to callers.
    let raises = sorted(&raises);
    let scheme = Scheme { params: params.collect(), result, raises };
    (Analysis { types, expected, uses, errors }, scheme)
}

/// A field that is not there is Empty. Where that certainly fails, the misspelt field is the error, and not what fails
/// for it.
fn refuse_absent(errors: &mut [TypeError], consequences: &mut Vec<TypeError>) {
    consequences.retain(|it| {
        let Some((At::Step(empty), _)) = it.related.first() else { return true };
        let cause = errors.iter_mut().find(|cause| {
            let here = matches!(cause.at, At::SelectName(step, _) if step == *empty);
            here && cause.code == "absent-field"
        });
        match cause.filter(|_| it.code == "missing-argument") {
            Some(cause) => cause.severity = it.severity,
            None => return true,
        }
        false
    });
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
                Some(local) => local.clone(),
                None => Arc::new(Scheme {
                    params: Box::default(),
                    result: Type::Unknown,
                    raises: Type::Unknown,
                }),
            };
            let given: FxHashMap<&EcoString, Type> = scheme
                .params
                .iter()
                .map(|it| (&it.name, filled(&it.demanded, &Type::Var(it.name.clone()))))
                .collect();
            engine.refuel(circuit.steps.len());
            let shown = |name: &str| {
                let demanded = scheme.param(name).map(|it| it.demanded.clone());
                demanded.filter(|it| *it != Type::Unknown).or_else(|| Some(Type::Var(name.into())))
            };
            let params = circuit.params.iter().map(|it| shown(&it.name));
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

/// What is asked of a value, with the value itself where that is nothing or any function: what a function returns that
/// was given reads better as a call of it than as nothing.
fn filled(demanded: &Type, value: &Type) -> Type {
    match demanded {
        Type::Unknown => value.clone(),
        it if *it == Type::any_variety() => value.clone(),
        Type::Structure(fields) => Type::structure(fields.iter().map(|(name, ty)| {
            (name.clone(), filled(ty, &Type::deferred(Op::Select(value.clone(), name.clone()))))
        })),
        it => it.clone(),
    }
}

/// All demands on a parameter as one type: structures are merged, otherwise what is certain counts before what may never
/// happen. The order of the uses says nothing to callers.
fn demanded(engine: &Engine<'_>, param: &ParamDemands) -> Type {
    let merged = |demands: &[Demand], certain: bool| {
        let mut demands = demands.to_vec();
        demands.sort();
        demands.iter().fold(Type::Unknown, |all, it| merge(all, demand_type(engine, it), certain))
    };
    // Different branches may want different things of a value.
    sorted(&merge(merged(&param.demands, true), merged(&param.hints, false), true))
}

fn merge(a: Type, b: Type, certain: bool) -> Type {
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
                        Some(other) => merge(ty, other.clone(), certain),
                        None => ty,
                    },
                )
            });
            let more = b.iter().filter(|it| a.field(&it.0).is_none()).cloned();
            Type::structure(both.chain(more))
        }
        (a, _) if certain => a,
        (a, b) => join(&a, &b),
    }
}

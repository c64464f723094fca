//! Functions that call themselves or each other: what their results and parameters depend on is written down once, as
//! equations, and solved for each call with what the call gives. So a sequence that is built by recursion is known as
//! well as one that is written out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use super::eval::Engine;
use super::lattice::join;
use super::ty::{Deferred, Equation, Fields, Op, System, Type};
use super::widen;
use crate::circuit::{Circuit, FunctionKey};

/// How often the equations of functions that call each other are looked at until they hold.
const MAX_ROUNDS: usize = 16;
/// From this round on, parts that contain themselves are cut off.
const FOLDED: usize = 3;
/// From this round on, nothing grows inside.
const WIDENED: usize = 8;
/// Searches within searches; what would be found further inside is not known.
const MAX_NESTED: usize = 12;
/// In circles of more functions than this, results are what they are whatever is given.
const MAX_FUNCTIONS: usize = 64;
/// Equations with more nodes than this altogether are not kept.
const MAX_SIZE: u32 = 4_096;

/// Notes what the functions of a component give each other, in terms of variables for their parameters and results.
pub(super) struct Recorder {
    functions: FxHashMap<FunctionKey, usize>,
    given: RefCell<BTreeMap<EcoString, Vec<Type>>>,
}

impl Recorder {
    /// For these functions.
    pub(super) fn new(circuits: &[Arc<Circuit>]) -> Recorder {
        let functions = circuits.iter().map(|it| it.key.clone()).zip(0..).collect();
        Recorder { functions, given: RefCell::default() }
    }

    /// The variable for a parameter of one of the functions.
    pub(super) fn param(&self, key: &FunctionKey, name: &str) -> Option<Type> {
        Some(Type::Var(param_name(*self.functions.get(key)?, name)))
    }

    /// Notes what a call gives; what it returns.
    pub(super) fn call<'a>(
        &self,
        key: &FunctionKey,
        given: impl Iterator<Item = (&'a EcoString, Type)>,
    ) -> Option<Type> {
        let at = *self.functions.get(key)?;
        let mut all = self.given.borrow_mut();
        for (name, ty) in given {
            let all = all.entry(param_name(at, name)).or_default();
            if !all.contains(&ty) {
                all.push(ty);
            }
        }
        Some(Type::Var(result_name(at)))
    }
}

// No identifier has these signs in it.
fn param_name(function: usize, name: &str) -> EcoString {
    eco_format!("{function}.{name}")
}

fn result_name(function: usize) -> EcoString {
    eco_format!("{function}()")
}

/// The results of the functions in terms of their parameters. `results` are in terms of what the recorder calls them;
/// `steps` is how much work that was.
pub(super) fn close(
    engine: &Engine<'_>,
    recorder: Recorder,
    circuits: &[Arc<Circuit>],
    results: Vec<Type>,
    steps: usize,
) -> Vec<Type> {
    let mut parts: FxHashMap<EcoString, Vec<Type>> =
        recorder.given.into_inner().into_iter().collect();
    for (at, result) in results.into_iter().enumerate() {
        parts.insert(result_name(at), vec![result]);
    }
    engine.refuel(steps);
    let whatever = whatever_is_given(engine, circuits, &parts);
    let close = |(at, circuit): (usize, &Arc<Circuit>)| match whatever.get(at) {
        // What does not depend on what is given is said at once.
        Some(it) if !it.is_vague() && !it.is_open() => it.clone(),
        Some(it) if circuits.len() > MAX_FUNCTIONS => it.clone(),
        _ => {
            engine.refuel(steps);
            close_one(engine, at, circuit, &parts)
        }
    };
    circuits.iter().enumerate().map(close).collect()
}

/// The results of the functions if nothing is known of what they are given.
fn whatever_is_given(
    engine: &Engine<'_>,
    circuits: &[Arc<Circuit>],
    parts: &FxHashMap<EcoString, Vec<Type>>,
) -> Vec<Type> {
    let mut equations = Vec::new();
    for (at, circuit) in circuits.iter().enumerate() {
        let name = result_name(at);
        let mut parts = parts.get(&name).cloned().unwrap_or_default();
        parts.sort();
        equations.push(Equation { name, param: None, parts: parts.into() });
        let given = circuit.params.iter().map(|it| Equation {
            name: param_name(at, &it.name),
            param: None,
            parts: Box::new([Type::Unknown]),
        });
        equations.extend(given);
    }
    let names: Vec<EcoString> = (0..circuits.len()).map(result_name).collect();
    let system = System { name: EcoString::new(), equations: equations.into() };
    match engine.solve(&system, &Fields::new([]), None) {
        Some(found) => {
            names.iter().map(|it| found.get(it).cloned().unwrap_or(Type::Unknown)).collect()
        }
        None => vec![Type::Unknown; circuits.len()],
    }
}

fn close_one(
    engine: &Engine<'_>,
    at: usize,
    circuit: &Circuit,
    parts: &FxHashMap<EcoString, Vec<Type>>,
) -> Type {
    let own: FxHashMap<EcoString, &EcoString> =
        circuit.params.iter().map(|it| (param_name(at, &it.name), &it.name)).collect();
    let (mut equations, mut size) = (Vec::new(), 0u32);
    let (mut work, mut seen) = (vec![result_name(at)], FxHashSet::default());
    seen.insert(result_name(at));
    let mut next = 0;
    while let Some(name) = work.get(next).cloned() {
        next += 1;
        let mut parts = parts.get(&name).cloned().unwrap_or_default();
        // The order of the calls is not to matter.
        parts.sort();
        for part in &parts {
            size = size.saturating_add(part.size());
            if size > MAX_SIZE {
                return Type::Unknown;
            }
            part.variables(&mut |it| {
                if seen.insert(it.clone()) {
                    work.push(it.clone());
                }
            });
        }
        let param = own.get(&name).map(|it| (*it).clone());
        equations.push(Equation { name, param, parts: parts.into() });
    }
    let params: Vec<EcoString> = equations.iter().filter_map(|it| it.param.clone()).collect();
    let name = circuit.key.name.clone();
    let system = Arc::new(System { name, equations: equations.into() });
    let given = Fields::new(params.iter().map(|name| (name.clone(), Type::Var(name.clone()))));
    match params.is_empty() {
        true => engine.recur(&system, Fields::new([])),
        false => Type::deferred(Op::Recursion(system, given)),
    }
}

impl Engine<'_> {
    /// The result of a function that calls itself: the least types that meet its equations.
    pub(super) fn recur(&self, system: &Arc<System>, args: Fields) -> Type {
        self.raise(&Type::Unknown);
        if args.iter().any(|it| it.1.is_open()) {
            return Type::deferred(Op::Recursion(system.clone(), args));
        }
        let key = Deferred::closed(Op::Recursion(system.clone(), args.clone()));
        if let Some(found) = self.solved.borrow().get(&key) {
            return found.clone();
        }
        // Looked for already: what is found so far, which is looked at again as soon as it is more.
        if let Some((_, found)) = self.solving.borrow().iter().find(|it| it.0 == key) {
            return found.clone();
        }
        if self.solving.borrow().len() >= MAX_NESTED {
            return Type::Unknown;
        }
        let at = self.solving.borrow().len();
        self.solving.borrow_mut().push((key.clone(), Type::Never));
        let found = self.solve(system, &args, Some(at));
        let result = found.and_then(|it| it.get(&system.equations.first()?.name).cloned());
        let result = result.unwrap_or(Type::Unknown);
        self.solving.borrow_mut().truncate(at);
        // What was found inside of another search may rest on what is not found yet.
        if at == 0 {
            self.solved.borrow_mut().insert(key, result.clone());
        }
        result
    }

    /// The least types that meet the equations; `None` if they are not found in time. `at` is the place of this search
    /// among those that are going on.
    fn solve<'s>(
        &self,
        system: &'s System,
        args: &Fields,
        at: Option<usize>,
    ) -> Option<FxHashMap<&'s EcoString, Type>> {
        let mut found: FxHashMap<&EcoString, Type> =
            system.equations.iter().map(|it| (&it.name, Type::Never)).collect();
        for round in 0..MAX_ROUNDS {
            let mut changed = false;
            // Results flow from the functions that are called last, arguments to them.
            let forth_and_back = system.equations.iter().rev().chain(&system.equations);
            for equation in forth_and_back {
                let before = found.get(&equation.name).cloned().unwrap_or(Type::Never);
                let given = equation.param.as_ref().and_then(|it| args.field(it));
                let mut now = match given {
                    Some(given) => join(&before, given),
                    None => before.clone(),
                };
                for part in &equation.parts {
                    now = join(&now, &self.substitute(part, &found));
                }
                if round >= FOLDED {
                    now = widen::fold(&now);
                }
                if round >= WIDENED {
                    now = widen::widen(&before, &now);
                }
                if now != before {
                    changed = true;
                    found.insert(&equation.name, now);
                }
            }
            if !changed {
                return Some(found);
            }
            let result = system.equations.first().and_then(|it| found.get(&it.name));
            if let (Some(at), Some(result)) = (at, result)
                && let Some(slot) = self.solving.borrow_mut().get_mut(at)
            {
                slot.1 = result.clone();
            }
        }
        None
    }
}

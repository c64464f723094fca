//! Functions that call themselves or each other: what their results and parameters depend on is written down once, as
//! equations, and solved for each call with what the call gives. So a sequence that is built by recursion is known as
//! well as one that is written out.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
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
/// Equations with more nodes than this altogether are not kept, since each call with other arguments would solve them
/// again: then results are what they are whatever is given. Some thousand functions that call each other have fewer.
const MAX_SIZE: u32 = 65_536;

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
    // What does not depend on what is given is said at once.
    let depends = |it: &Type| it.is_vague() || it.is_open();
    if !whatever.iter().any(depends) {
        return whatever;
    }
    let Some(equations) = equations(circuits.len(), &parts) else { return whatever };
    let known: FxHashSet<&EcoString> = equations.iter().map(|it| &it.name).collect();
    let close = |(at, (circuit, result)): (usize, (&Arc<Circuit>, Type))| {
        if !depends(&result) {
            return result;
        }
        engine.refuel(steps);
        close_one(engine, at, circuit, &equations, &known)
    };
    circuits.iter().zip(whatever).enumerate().map(close).collect()
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
        equations.push(Equation { name, parts: parts.into() });
        let given = circuit.params.iter().map(|it| Equation {
            name: param_name(at, &it.name),
            parts: Box::new([Type::Unknown]),
        });
        equations.extend(given);
    }
    let names: Vec<EcoString> = (0..circuits.len()).map(result_name).collect();
    let system = System { name: EcoString::new(), function: 0, equations: equations.into() };
    match engine.solve(&system, &Fields::new([]), None) {
        Some(found) => {
            names.iter().map(|it| found.get(it).cloned().unwrap_or(Type::Unknown)).collect()
        }
        None => vec![Type::Unknown; circuits.len()],
    }
}

/// What is known of the results of the functions, and of the parameters that these depend on: what is called first comes
/// first. `None` if that is too much.
fn equations(functions: usize, parts: &FxHashMap<EcoString, Vec<Type>>) -> Option<Arc<[Equation]>> {
    let (mut equations, mut size) = (Vec::new(), 0u32);
    let mut seen = FxHashSet::default();
    for function in 0..functions {
        let mut work = VecDeque::from([result_name(function)]);
        while let Some(name) = work.pop_front() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let mut parts = parts.get(&name).cloned().unwrap_or_default();
            // The order of the calls is not to matter.
            parts.sort();
            for part in &parts {
                size = size.saturating_add(part.size());
                if size > MAX_SIZE {
                    return None;
                }
                part.variables(&mut |it| work.push_back(it.clone()));
            }
            equations.push(Equation { name, parts: parts.into() });
        }
    }
    Some(equations.into())
}

/// The result of one of the functions: an application of the equations, which have these names, to its parameters.
fn close_one(
    engine: &Engine<'_>,
    at: usize,
    circuit: &Circuit,
    equations: &Arc<[Equation]>,
    known: &FxHashSet<&EcoString>,
) -> Type {
    let params = circuit.params.iter().map(|it| &it.name);
    let params = params.filter(|it| known.contains(&param_name(at, it)));
    let given = Fields::new(params.map(|name| (name.clone(), Type::Var(name.clone()))));
    let (name, function) = (circuit.key.name.clone(), u32::try_from(at).unwrap_or(u32::MAX));
    let system = Arc::new(System { name, function, equations: equations.clone() });
    match given.is_empty() {
        true => engine.recur(&system, given),
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
        let result = found.and_then(|it| it.get(&result_name(system.function as usize)).cloned());
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
        let own = system.function as usize;
        let given: FxHashMap<EcoString, &Type> =
            args.iter().map(|(name, ty)| (param_name(own, name), ty)).collect();
        for round in 0..MAX_ROUNDS {
            let mut changed = false;
            // Results flow from the functions that are called last, arguments to them.
            let forth_and_back = system.equations.iter().rev().chain(system.equations.iter());
            for equation in forth_and_back {
                let before = found.get(&equation.name).cloned().unwrap_or(Type::Never);
                let mut now = match given.get(&equation.name) {
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
            let result = found.get(&result_name(own));
            if let (Some(at), Some(result)) = (at, result)
                && let Some(slot) = self.solving.borrow_mut().get_mut(at)
            {
                slot.1 = result.clone();
            }
        }
        None
    }
}

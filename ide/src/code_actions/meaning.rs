//! Whether a rewritten function still means the same: the same result, made by the same runs of whatever can be observed, in
//! the same order (specification §5.1; the order of independent steps is that of the text).
//!
//! Two circuits are compared by values: steps that compute the same from the same are one value, whatever they are called and
//! wherever they stand. What can be observed is told apart by its number in the order of the run.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    RootDatabase,
    circuit::{Arg, Circuit, FunctionKey, Literal, StepId, StepKind, Target},
};
use rustc_hash::FxHashMap;

use super::purity::Purity;
use crate::callable::Callable;

/// A value: equal values have equal numbers.
type Value = u32;

/// How deep functions that are only just made call each other.
const DEPTH: u32 = 4;

#[derive(PartialEq, Eq, Hash)]
enum Shape {
    Param(EcoString),
    Empty,
    Literal(String),
    Target(Target),
    Select(Value, EcoString),
    Apply {
        callee: Value,
        args: Vec<(Option<EcoString>, Value)>,
        invoke: bool,
    },
    /// What can be observed, by its number.
    Run(usize),
    Error,
}

/// What a circuit does.
pub(super) struct Meaning {
    /// What the function returns.
    result: Option<Value>,
    /// The runs of what can be observed, in order: what each does, and the step.
    runs: Vec<(Value, StepId)>,
}

/// How two circuits differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// This step of the old circuit would run at another time, or not as often.
    Order(StepId),
    /// More would run than before.
    More,
    /// The result would be another one.
    Result,
}

/// Gives values their numbers.
pub(super) struct Meanings<'db> {
    db: &'db RootDatabase,
    purity: Purity<'db>,
    numbers: FxHashMap<Shape, Value>,
    /// Functions that are only just made: calls of them mean what their bodies do.
    made: FxHashMap<FunctionKey, Arc<Circuit>>,
}

impl<'db> Meanings<'db> {
    /// `made` are functions that the database does not have.
    pub(super) fn new(
        db: &'db RootDatabase,
        made: FxHashMap<FunctionKey, Arc<Circuit>>,
    ) -> Meanings<'db> {
        Meanings { db, purity: Purity::new(db), numbers: FxHashMap::default(), made }
    }

    /// What the circuit does.
    pub(super) fn of(&mut self, circuit: &Circuit) -> Meaning {
        let mut runs = Vec::new();
        let result = self.run(circuit, None, &mut runs, 0);
        Meaning { result, runs }
    }

    fn run(
        &mut self,
        circuit: &Circuit,
        given: Option<&[(EcoString, Value)]>,
        runs: &mut Vec<(Value, StepId)>,
        depth: u32,
    ) -> Option<Value> {
        let mut values: Vec<Value> = vec![0; circuit.steps.len()];
        for id in circuit.order.iter().copied() {
            let value = self.step(circuit, id, &values, given, runs, depth);
            values[id.0 as usize] = value;
        }
        Some(values[circuit.result?.0 as usize])
    }

    fn step(
        &mut self,
        circuit: &Circuit,
        id: StepId,
        values: &[Value],
        given: Option<&[(EcoString, Value)]>,
        runs: &mut Vec<(Value, StepId)>,
        depth: u32,
    ) -> Value {
        let value = |id: StepId| values[id.0 as usize];
        match &circuit.step(id).kind {
            StepKind::Param(index) => {
                let name = &circuit.params[*index as usize].name;
                let Some(given) = given else { return self.number(Shape::Param(name.clone())) };
                let found = given.iter().find(|it| it.0 == *name).map(|it| it.1);
                found.unwrap_or_else(|| self.number(Shape::Empty))
            }
            StepKind::Literal(literal) => self.number(Shape::Literal(written(literal))),
            StepKind::Target(target) => self.number(Shape::Target(target.clone())),
            StepKind::Select { base, path } => path
                .iter()
                .fold(value(*base), |base, name| self.number(Shape::Select(base, name.clone()))),
            StepKind::Apply { callee, args, invoke } => {
                let target = match &circuit.step(*callee).kind {
                    StepKind::Target(target) => Some(target),
                    _ => None,
                };
                let args = self.args(target, args, values);
                if *invoke
                    && target == Some(&Target::Join)
                    && args.len() == 1
                    && args[0].0.is_none()
                {
                    return args[0].1;
                }
                if let Some(Target::Function(key)) = target
                    && *invoke
                    && depth < DEPTH
                    && let Some(made) = self.made.get(key).cloned()
                {
                    let given: Vec<_> =
                        args.into_iter().filter_map(|(name, value)| Some((name?, value))).collect();
                    let result = self.run(&made, Some(&given), runs, depth + 1);
                    return result.unwrap_or_else(|| self.number(Shape::Error));
                }
                let invoke = *invoke;
                let applied = self.number(Shape::Apply { callee: value(*callee), args, invoke });
                if !self.purity.observable(circuit, id) {
                    return applied;
                }
                runs.push((applied, id));
                self.number(Shape::Run(runs.len()))
            }
            StepKind::Error => self.number(Shape::Error),
        }
    }

    /// The arguments that arrive (specification §5.3, §5.4), by name; those without label by that of the parameter that
    /// takes them.
    fn args(
        &self,
        target: Option<&Target>,
        args: &[Arg],
        values: &[Value],
    ) -> Vec<(Option<EcoString>, Value)> {
        let callable = target.and_then(|it| Callable::of(self.db, it));
        let monadic = callable.and_then(|it| it.monadic(self.db)).map(|it| it.name);
        let dropped = |arg: &&Arg| arg.name.as_ref().is_some_and(|name| name.starts_with('_'));
        args.iter()
            .filter(|arg| !dropped(arg))
            .map(|arg| (arg.name.clone().or(monadic.clone()), values[arg.value.0 as usize]))
            .collect()
    }

    fn number(&mut self, shape: Shape) -> Value {
        let next = self.numbers.len() as Value;
        *self.numbers.entry(shape).or_insert(next)
    }
}

fn written(literal: &Literal) -> String {
    match literal {
        Literal::Float(value) => format!("float {:x}", value.to_bits()),
        other => format!("{other:?}"),
    }
}

/// How `new` differs from `old`; nothing if it does the same. Both are of the same [`Meanings`].
pub(super) fn difference(old: &Meaning, new: &Meaning) -> Option<Difference> {
    for (at, (value, step)) in old.runs.iter().enumerate() {
        if new.runs.get(at).map(|it| it.0) != Some(*value) {
            return Some(Difference::Order(*step));
        }
    }
    if new.runs.len() > old.runs.len() {
        return Some(Difference::More);
    }
    (old.result != new.result).then_some(Difference::Result)
}

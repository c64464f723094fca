//! Circuits prepared for running: literals and references resolved, arguments grouped and bound to parameters.
//!
//! Nothing here decides what a name means; the circuit has done that.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    circuit::{Arg, Circuit, FunctionKey, Literal, StepId, StepKind, Target},
    program::{FunctionId, Program},
};

use super::idioms::Idiom;
use crate::value::{Bytes, Callable, Value, Variety};

/// Where a step finds an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A slot of the frame.
    Slot(u32),
    /// A slot of the frame that nothing reads afterwards, so that its value can be moved out.
    Last(u32),
    /// A constant of the code.
    Constant(u32),
}

/// The arguments of one name in a call (specification §5.4). Names that start with `_` are gone.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Option<EcoString>,
    pub(crate) values: Box<[Operand]>,
}

/// What a step does when it runs.
#[derive(Debug)]
pub(crate) enum Action {
    Select {
        base: Operand,
        path: Box<[EcoString]>,
    },
    /// Calls a function that is known, with its arguments already bound.
    Function {
        function: FunctionId,
        /// For each parameter the index of the group that it gets.
        params: Box<[Option<u32>]>,
        groups: Box<[Group]>,
    },
    Builtin {
        builtin: ko_queries::builtins::BuiltinId,
        groups: Box<[Group]>,
    },
    Join {
        groups: Box<[Group]>,
    },
    /// Attaches arguments to whatever the callee turns out to be, and invokes it if asked to.
    Apply {
        callee: Operand,
        groups: Box<[Group]>,
        invoke: bool,
    },
    /// Cannot run.
    Error(String),
}

/// A step that has something to do.
#[derive(Debug)]
pub(crate) struct Op {
    pub(crate) step: StepId,
    /// The slot of the result.
    pub(crate) out: u32,
    pub(crate) action: Action,
}

/// A function ready to run.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) circuit: Arc<Circuit>,
    /// The steps that have something to do, in the order in which one at a time runs.
    pub(crate) ops: Vec<Op>,
    /// All steps in that order, each with its index in `ops` if it has something to do.
    pub(crate) order: Vec<(StepId, Option<u32>)>,
    /// Where the value of each step is; never [`Operand::Last`].
    pub(crate) places: Vec<Operand>,
    pub(crate) constants: Vec<Value>,
    /// Slots of a frame; the first ones are the parameters.
    pub(crate) slots: usize,
    /// `None` if the function lacks a result.
    pub(crate) result: Option<Operand>,
    /// Whether the observer wants to see its steps.
    pub(crate) observed: bool,
    /// The idiom that it is, if that has a short way.
    pub(super) idiom: Option<Idiom>,
}

impl Action {
    /// Calls `f` with every operand.
    pub(crate) fn for_each_operand(&self, mut f: impl FnMut(Operand)) {
        let groups = match self {
            Action::Select { base, .. } => return f(*base),
            Action::Apply { callee, groups, .. } => {
                f(*callee);
                groups
            }
            Action::Function { groups, .. }
            | Action::Builtin { groups, .. }
            | Action::Join { groups } => groups,
            Action::Error(_) => return,
        };
        groups.iter().for_each(|group| group.values.iter().for_each(|operand| f(*operand)));
    }

    fn for_each_operand_mut(&mut self, mut f: impl FnMut(&mut Operand)) {
        let groups = match self {
            Action::Select { base, .. } => return f(base),
            Action::Apply { callee, groups, .. } => {
                f(callee);
                groups
            }
            Action::Function { groups, .. }
            | Action::Builtin { groups, .. }
            | Action::Join { groups } => groups,
            Action::Error(_) => return,
        };
        groups.iter_mut().for_each(|group| group.values.iter_mut().for_each(&mut f));
    }
}

/// Prepares a function. With `take`, the last step that reads a value takes it out of its slot.
pub(crate) fn compile(
    program: &Program,
    circuit: &Arc<Circuit>,
    observed: bool,
    take: bool,
) -> Code {
    let mut compiler = Compiler { program, circuit, constants: Vec::new(), places: Vec::new() };
    let mut slots = circuit.params.len();
    for id in circuit.ids() {
        let place = match &circuit.step(id).kind {
            StepKind::Param(index) => Operand::Slot(*index),
            StepKind::Literal(literal) => compiler.constant(literal_value(literal)),
            StepKind::Target(target) => match compiler.callable(target) {
                Some(callable) => {
                    compiler.constant(Value::Variety(Arc::new(Variety::bare(callable))))
                }
                None => next_slot(&mut slots),
            },
            StepKind::Select { .. } | StepKind::Apply { .. } | StepKind::Error => {
                next_slot(&mut slots)
            }
        };
        compiler.places.push(place);
    }
    let mut ops = Vec::new();
    let mut order = Vec::with_capacity(circuit.order.len());
    for &id in &circuit.order {
        let action = match (compiler.places[id.0 as usize], &circuit.step(id).kind) {
            (Operand::Constant(_), _) | (_, StepKind::Param(_)) => None,
            (Operand::Slot(out) | Operand::Last(out), kind) => Some((out, compiler.action(kind))),
        };
        order.push((id, action.as_ref().map(|_| ops.len() as u32)));
        ops.extend(action.map(|(out, action)| Op { step: id, out, action }));
    }
    let result = circuit.result.map(|id| compiler.places[id.0 as usize]);
    if take {
        mark_last_uses(&mut ops, result, slots);
    }
    Code {
        circuit: circuit.clone(),
        ops,
        order,
        places: compiler.places,
        constants: compiler.constants,
        slots,
        result,
        observed,
        idiom: None,
    }
}

fn next_slot(slots: &mut usize) -> Operand {
    *slots += 1;
    Operand::Slot(*slots as u32 - 1)
}

fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::int(*value),
        Literal::Float(value) => Value::float(*value),
        Literal::String(bytes) => Value::String(Bytes::new(bytes)),
    }
}

/// Lets the last step that reads a slot take the value out of it. A step that reads it twice does not: it needs a copy.
fn mark_last_uses(ops: &mut [Op], result: Option<Operand>, slots: usize) {
    // Tables over all slots, not maps for each step: preparing takes as long as running where each step runs once.
    let mut read_later = vec![false; slots];
    let mut reads = vec![0u32; slots];
    if let Some(Operand::Slot(slot)) = result {
        read_later[slot as usize] = true;
    }
    for op in ops.iter_mut().rev() {
        op.action.for_each_operand(|operand| {
            if let Operand::Slot(slot) = operand {
                reads[slot as usize] += 1;
            }
        });
        op.action.for_each_operand_mut(|operand| {
            if let Operand::Slot(slot) = *operand
                && reads[slot as usize] == 1
                && !read_later[slot as usize]
            {
                *operand = Operand::Last(slot);
            }
        });
        op.action.for_each_operand(|operand| {
            if let Operand::Slot(slot) | Operand::Last(slot) = operand {
                read_later[slot as usize] = true;
                reads[slot as usize] = 0;
            }
        });
    }
}

struct Compiler<'a> {
    program: &'a Program,
    circuit: &'a Circuit,
    constants: Vec<Value>,
    places: Vec<Operand>,
}

impl Compiler<'_> {
    fn constant(&mut self, value: Value) -> Operand {
        self.constants.push(value);
        Operand::Constant(self.constants.len() as u32 - 1)
    }

    /// What a reference means at run time; `None` for a function that the program lacks.
    fn callable(&self, target: &Target) -> Option<Callable> {
        Some(match target {
            Target::Function(key) => Callable::Function(self.program.find(key)?, key.clone()),
            Target::Builtin(id) => Callable::Builtin(*id, crate::builtins::display_name(*id)),
            Target::Gate(id) => {
                Callable::Gate(*id, self.program.schema.gate_by_id(*id).name.clone())
            }
            Target::Join => Callable::Join,
        })
    }

    fn place(&self, id: StepId) -> Operand {
        self.places[id.0 as usize]
    }

    fn action(&self, kind: &StepKind) -> Action {
        match kind {
            StepKind::Select { base, path } => Action::Select { base: self.place(*base), path: path.clone() },
            StepKind::Apply { callee, args, invoke } => self.apply(*callee, args, *invoke),
            StepKind::Target(Target::Function(FunctionKey { package, name })) => Action::Error(format!(
                "the program has no function {package}.{name}; check the program again before running it"
            )),
            StepKind::Target(_) | StepKind::Param(_) | StepKind::Literal(_) | StepKind::Error => Action::Error(
                "this expression has a mistake, which is reported in the source; correct it and run again".to_owned(),
            ),
        }
    }

    fn apply(&self, callee: StepId, args: &[Arg], invoke: bool) -> Action {
        let groups = self.groups(args);
        if invoke && let StepKind::Target(target) = &self.circuit.step(callee).kind {
            match target {
                Target::Function(key) => {
                    if let Some(function) = self.program.find(key) {
                        let params = self.bind(function, &groups);
                        return Action::Function { function, params, groups };
                    }
                }
                Target::Builtin(builtin) => return Action::Builtin { builtin: *builtin, groups },
                Target::Join => return Action::Join { groups },
                Target::Gate(_) => {}
            }
        }
        Action::Apply { callee: self.place(callee), groups, invoke }
    }

    fn groups(&self, args: &[Arg]) -> Box<[Group]> {
        let mut groups: Vec<(&Option<EcoString>, Vec<Operand>)> = Vec::new();
        for arg in args {
            if arg.name.as_ref().is_some_and(|name| name.starts_with('_')) {
                continue;
            }
            let value = self.place(arg.value);
            match groups.iter_mut().find(|(name, _)| **name == arg.name) {
                Some((_, values)) => values.push(value),
                None => groups.push((&arg.name, vec![value])),
            }
        }
        groups
            .into_iter()
            .map(|(name, values)| Group { name: name.clone(), values: values.into() })
            .collect()
    }

    /// Which group each parameter of a function gets (specification §5.3).
    fn bind(&self, function: FunctionId, groups: &[Group]) -> Box<[Option<u32>]> {
        let find =
            |name: Option<&str>| groups.iter().position(|group| group.name.as_deref() == name);
        let params = self.program.function(function).circuit.params.iter();
        params
            .map(|param| {
                find(Some(&param.name)).or_else(|| if param.monadic { find(None) } else { None })
            })
            .map(|index| index.map(|index| index as u32))
            .collect()
    }
}

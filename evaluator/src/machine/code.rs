//! Circuits prepared for running: literals and references resolved, arguments grouped and bound to parameters.
//!
//! Nothing here decides what a name means; the circuit has done that.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    circuit::{Arg, Circuit, FunctionKey, Literal, StepId, StepKind, Target},
    program::{FunctionId, Program},
};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;

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

/// Up to so many arguments are compared with each other.
const FEW: usize = 32;

/// Some neighbours in one of the lists of a [`Code`]. The parts of all steps stand in a few lists, since a function may have very
/// many steps, each of which is small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.start as usize..self.end as usize]
    }

    fn of_mut<T>(self, list: &mut [T]) -> &mut [T] {
        &mut list[self.start as usize..self.end as usize]
    }

    /// What is in a list from `start` on.
    fn from<T>(start: usize, list: &[T]) -> Span {
        // A text below 4 GiB gives fewer.
        Span { start: start as u32, end: list.len() as u32 }
    }
}

/// The arguments of one name in a call (specification §5.4). Names that start with `_` are gone.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Option<EcoString>,
    values: Span,
}

/// What a step does when it runs.
#[derive(Debug)]
pub(crate) enum Action {
    Select {
        base: Operand,
        /// Names, in [`Code::path`].
        path: Span,
    },
    /// Calls a function that is known, with its arguments already bound.
    Function {
        function: FunctionId,
        /// For each parameter the index of the group that it gets, in [`Code::params`].
        params: Span,
        /// As all groups in [`Code::groups`].
        groups: Span,
    },
    Builtin {
        builtin: ko_queries::builtins::BuiltinId,
        groups: Span,
    },
    Join {
        groups: Span,
    },
    /// Attaches arguments to whatever the callee turns out to be, and invokes it if asked to.
    Apply {
        callee: Operand,
        groups: Span,
        invoke: bool,
    },
    /// Cannot run.
    Error(Box<str>),
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
    parts: Parts,
    /// Slots of a frame; the first ones are the parameters.
    pub(crate) slots: usize,
    /// `None` if the function lacks a result.
    pub(crate) result: Option<Operand>,
    /// Whether the observer wants to see its steps.
    pub(crate) observed: bool,
    /// The idiom that it is, if that has a short way.
    pub(super) idiom: Option<Idiom>,
}

/// What the actions of all steps consist of.
#[derive(Debug, Default)]
struct Parts {
    groups: Vec<Group>,
    values: Vec<Operand>,
    params: Vec<Option<u32>>,
    paths: Vec<EcoString>,
}

impl Code {
    /// The arguments that a step is given.
    #[inline]
    pub(crate) fn groups(&self, groups: Span) -> &[Group] {
        groups.of(&self.parts.groups)
    }

    /// The values of an argument.
    #[inline]
    pub(crate) fn values(&self, group: &Group) -> &[Operand] {
        group.values.of(&self.parts.values)
    }

    /// Which group each parameter gets.
    #[inline]
    pub(crate) fn params(&self, params: Span) -> &[Option<u32>] {
        params.of(&self.parts.params)
    }

    /// The names of fields.
    #[inline]
    pub(crate) fn path(&self, path: Span) -> &[EcoString] {
        path.of(&self.parts.paths)
    }

    /// Calls `f` with every operand of an action.
    pub(crate) fn for_each_operand(&self, action: &Action, mut f: impl FnMut(Operand)) {
        let (first, groups) = action.operands();
        first.into_iter().for_each(&mut f);
        for group in groups.map_or(&[][..], |groups| self.groups(groups)) {
            self.values(group).iter().copied().for_each(&mut f);
        }
    }
}

impl Action {
    /// The operand that an action has by itself, and its arguments.
    fn operands(&self) -> (Option<Operand>, Option<Span>) {
        match self {
            Action::Select { base, .. } => (Some(*base), None),
            Action::Apply { callee, groups, .. } => (Some(*callee), Some(*groups)),
            Action::Function { groups, .. }
            | Action::Builtin { groups, .. }
            | Action::Join { groups } => (None, Some(*groups)),
            Action::Error(_) => (None, None),
        }
    }

    fn own_operand_mut(&mut self) -> Option<&mut Operand> {
        match self {
            Action::Select { base: operand, .. } | Action::Apply { callee: operand, .. } => {
                Some(operand)
            }
            _ => None,
        }
    }
}

/// Prepares a function. With `take`, the last step that reads a value takes it out of its slot.
pub(crate) fn compile(
    program: &Program,
    circuit: &Arc<Circuit>,
    observed: bool,
    take: bool,
) -> Code {
    let mut compiler = Compiler {
        program,
        circuit,
        constants: Vec::new(),
        targets: FxHashMap::default(),
        places: Vec::with_capacity(circuit.steps.len()),
        parts: Parts::default(),
    };
    let mut slots = circuit.params.len();
    for id in circuit.ids() {
        let place = match &circuit.step(id).kind {
            StepKind::Param(index) => Operand::Slot(*index),
            StepKind::Literal(literal) => compiler.constant(literal_value(literal)),
            StepKind::Target(target) => {
                compiler.target(target).unwrap_or_else(|| next_slot(&mut slots))
            }
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
        mark_last_uses(&mut ops, &mut compiler.parts, result, slots);
    }
    Code {
        circuit: circuit.clone(),
        ops,
        order,
        places: compiler.places,
        constants: compiler.constants,
        parts: compiler.parts,
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
fn mark_last_uses(ops: &mut [Op], parts: &mut Parts, result: Option<Operand>, slots: usize) {
    // Tables over all slots, not maps for each step: preparing takes as long as running where each step runs once.
    let mut read_later = vec![false; slots];
    let mut reads = vec![0u32; slots];
    if let Some(Operand::Slot(slot)) = result {
        read_later[slot as usize] = true;
    }
    for op in ops.iter_mut().rev() {
        // Values that belong to one step are neighbours.
        let values = match op.action.operands().1 {
            Some(groups) => match groups.of(&parts.groups) {
                [] => None,
                [first, .., last] => Some(Span { start: first.values.start, end: last.values.end }),
                [only] => Some(only.values),
            },
            None => None,
        };
        let values = values.map(|values| values.of_mut(&mut parts.values)).unwrap_or_default();
        let own = op.action.own_operand_mut();
        let mut operands: SmallVec<[&mut Operand; 8]> = own.into_iter().chain(values).collect();
        for operand in &operands {
            if let Operand::Slot(slot) = **operand {
                reads[slot as usize] += 1;
            }
        }
        for operand in &mut operands {
            if let Operand::Slot(slot) = **operand
                && reads[slot as usize] == 1
                && !read_later[slot as usize]
            {
                **operand = Operand::Last(slot);
            }
        }
        for operand in &operands {
            if let Operand::Slot(slot) | Operand::Last(slot) = **operand {
                read_later[slot as usize] = true;
                reads[slot as usize] = 0;
            }
        }
    }
}

struct Compiler<'a> {
    program: &'a Program,
    circuit: &'a Circuit,
    constants: Vec<Value>,
    /// The constants that references are, each once.
    targets: FxHashMap<&'a Target, Operand>,
    places: Vec<Operand>,
    parts: Parts,
}

impl<'a> Compiler<'a> {
    fn constant(&mut self, value: Value) -> Operand {
        self.constants.push(value);
        Operand::Constant(self.constants.len() as u32 - 1)
    }

    /// A reference as a value; `None` for a function that the program lacks.
    fn target(&mut self, target: &'a Target) -> Option<Operand> {
        if let Some(known) = self.targets.get(target) {
            return Some(*known);
        }
        let callable = self.callable(target)?;
        let constant = self.constant(Value::Variety(Arc::new(Variety::bare(callable))));
        self.targets.insert(target, constant);
        Some(constant)
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

    fn action(&mut self, kind: &StepKind) -> Action {
        match kind {
            StepKind::Select { base, path } => {
                let start = self.parts.paths.len();
                self.parts.paths.extend_from_slice(path);
                let path = Span::from(start, &self.parts.paths);
                Action::Select { base: self.place(*base), path }
            }
            StepKind::Apply { callee, args, invoke } => self.apply(*callee, args, *invoke),
            StepKind::Target(Target::Function(FunctionKey { package, name })) => {
                let message = format!(
                    "the program has no function {package}.{name}; check the program again before running it"
                );
                Action::Error(message.into())
            }
            StepKind::Target(_) | StepKind::Param(_) | StepKind::Literal(_) | StepKind::Error => Action::Error(
                "this expression has a mistake, which is reported in the source; correct it and run again".into(),
            ),
        }
    }

    fn apply(&mut self, callee: StepId, args: &[Arg], invoke: bool) -> Action {
        let groups = self.groups(args);
        if invoke && let StepKind::Target(target) = &self.circuit.step(callee).kind {
            match target {
                Target::Function(key) => {
                    if let Some(function) = self.program.find(key) {
                        let params = self.bind(function, groups);
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

    /// Brings the values of each name together.
    fn groups(&mut self, args: &[Arg]) -> Span {
        let start = self.parts.groups.len();
        let hidden = |arg: &Arg| arg.name.as_ref().is_some_and(|name| name.starts_with('_'));
        if args.len() > FEW {
            let mut all: IndexMap<&Option<EcoString>, Vec<Operand>, FxBuildHasher> =
                IndexMap::default();
            for arg in args.iter().filter(|arg| !hidden(arg)) {
                all.entry(&arg.name).or_default().push(self.place(arg.value));
            }
            for (name, values) in all {
                let first = self.parts.values.len();
                self.parts.values.extend(values);
                let values = Span::from(first, &self.parts.values);
                self.parts.groups.push(Group { name: name.clone(), values });
            }
            return Span::from(start, &self.parts.groups);
        }
        for (index, arg) in args.iter().enumerate() {
            if hidden(arg) || args[..index].iter().any(|other| other.name == arg.name) {
                continue;
            }
            let first = self.parts.values.len();
            let values = args[index..].iter().filter(|other| other.name == arg.name);
            self.parts.values.extend(values.map(|it| self.places[it.value.0 as usize]));
            let values = Span::from(first, &self.parts.values);
            self.parts.groups.push(Group { name: arg.name.clone(), values });
        }
        Span::from(start, &self.parts.groups)
    }

    /// Which group each parameter of a function gets (specification §5.3).
    fn bind(&mut self, function: FunctionId, groups: Span) -> Span {
        let groups = groups.of(&self.parts.groups);
        let find =
            |name: Option<&str>| groups.iter().position(|group| group.name.as_deref() == name);
        let params = self.program.function(function).circuit.params.iter();
        let bound = params.map(|param| {
            let found = find(Some(&param.name));
            let found = found.or_else(|| if param.monadic { find(None) } else { None });
            found.map(|index| index as u32)
        });
        let start = self.parts.params.len();
        self.parts.params.extend(bound);
        Span::from(start, &self.parts.params)
    }
}

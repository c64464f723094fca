//! The lowered form of a function: a circuit of steps, without any position in the text.
//!
//! The checker types this form, the evaluator runs it and the graph draws it; there is no other. It follows
//! the language specification §4 with two simplifications: an augmentation and the invocation after it are
//! one step, and references to arguments and labels are resolved to the step they name, so they make no step
//! of their own. Where the text of a step stands is kept apart, in [`SourceMap`], so that an edit above a
//! function leaves its circuit equal.

use std::sync::Arc;

use ecow::EcoString;
use ko_schema::GateId;
use text_size::TextRange;

/// Index of a step in [`Circuit::steps`]. Steps are numbered in the order in which the text closes them
/// (operands before what uses them, earlier text before later text), so a smaller id is "written first".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// Names a function of the user or of a library written in Ko.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionKey {
    /// Path of the package, such as `examples/cockroachdb`.
    pub package: EcoString,
    /// Name of the function.
    pub name: EcoString,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Param {
    /// Its name.
    pub name: EcoString,
    /// Whether it takes the unlabelled argument (`name?`, specification §5.3).
    pub monadic: bool,
}

/// A literal in the text.
#[derive(Debug, Clone)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; its type is `Int64`.
    Int(i64),
    /// A number with a fraction or exponent; its type is `Float64`.
    Float(f64),
    /// A string: bytes, normally UTF-8 (specification §5.2).
    String(Arc<[u8]>),
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Literal::Bool(a), Literal::Bool(b)) => a == b,
            (Literal::Int(a), Literal::Int(b)) => a == b,
            (Literal::Float(a), Literal::Float(b)) => a.to_bits() == b.to_bits(),
            (Literal::String(a), Literal::String(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Literal {}

/// What a name that is no argument and no label refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A function written in Ko: of the user, of an imported package, or an idiom.
    Function(FunctionKey),
    /// A builtin of the language, declared in [`crate::builtins`].
    Builtin(crate::builtins::BuiltinId),
    /// A gate to Kubernetes, declared by the schema.
    Gate(GateId),
    /// The empty operator, which builds values (specification §5.5).
    Join,
}

/// An argument of a call or augmentation, or a field of a value that is built.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arg {
    /// Its label; `None` for an unlabelled one.
    pub name: Option<EcoString>,
    /// The step that gives its value.
    pub value: StepId,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// The value of a parameter, as index into [`Circuit::params`] (LINK in the specification).
    Param(u32),
    /// A literal.
    Literal(Literal),
    /// A reference to a function, as a variety without arguments.
    Target(Target),
    /// Fields of a value: `base.a.b`.
    Select {
        /// The step that gives the value.
        base: StepId,
        /// The names of the fields, outermost first; at least one.
        path: Box<[EcoString]>,
    },
    /// `callee(args)` or `callee[args]`. Never an augmentation without arguments, which is its callee.
    Apply {
        /// The step that gives the variety.
        callee: StepId,
        /// The arguments in the order of the text; names may repeat.
        args: Box<[Arg]>,
        /// Whether the result is invoked, `(…)`, or only augmented, `[…]`.
        invoke: bool,
    },
    /// Text that means nothing: a syntax error or a name that is not known. It has a diagnostic of its own.
    Error,
}

/// A step of a circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The label in the function's body whose whole value this step is, if any. The first one, where several
    /// labels name the same step.
    pub label: Option<EcoString>,
}

/// A function as a directed acyclic graph of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circuit {
    /// The function.
    pub key: FunctionKey,
    /// Its parameters, in the order of declaration.
    pub params: Box<[Param]>,
    /// All steps; [`StepId`] indexes them. The first `params.len()` are the parameters.
    pub steps: Box<[Step]>,
    /// The labels of the body in the order of the text, each with the step that gives its value.
    pub labels: Box<[(EcoString, StepId)]>,
    /// The step of the label `return`; `None` when the body lacks it (that is a diagnostic).
    pub result: Option<StepId>,
    /// All steps in the order in which one step at a time runs: whenever several are ready, the one that is
    /// written first (specification §11, Q31).
    pub order: Box<[StepId]>,
    /// Whether the circuit has errors of syntax or names, so that it must not run.
    pub has_errors: bool,
}

impl SourceMap {
    /// The map with every range changed by `f`.
    pub(crate) fn map(&self, f: impl Fn(TextRange) -> TextRange) -> SourceMap {
        let all = |ranges: &[TextRange]| ranges.iter().map(|range| f(*range)).collect();
        SourceMap {
            function: f(self.function),
            name: f(self.name),
            params: all(&self.params),
            steps: all(&self.steps),
            labels: all(&self.labels),
            args: ArgRanges { ranges: all(&self.args.ranges), ends: self.args.ends.clone() },
            references: self.references.iter().map(|(range, step)| (f(*range), *step)).collect(),
        }
    }
}

impl Circuit {
    /// The step with this id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0 as usize]
    }

    /// The ids of all steps, in the order of the text.
    pub fn ids(&self) -> impl Iterator<Item = StepId> + use<> {
        (0..self.steps.len() as u32).map(StepId)
    }

    /// Calls `f` with every step that `id` reads directly, main operand first, then arguments in order.
    pub fn for_each_operand(&self, id: StepId, mut f: impl FnMut(StepId)) {
        match &self.step(id).kind {
            StepKind::Select { base, .. } => f(*base),
            StepKind::Apply { callee, args, .. } => {
                f(*callee);
                args.iter().for_each(|arg| f(arg.value));
            }
            StepKind::Param(_) | StepKind::Literal(_) | StepKind::Target(_) | StepKind::Error => {}
        }
    }

    /// The functions written in Ko that this one mentions, each once, in the order of the text.
    pub fn callees(&self) -> impl Iterator<Item = &FunctionKey> {
        let mut seen = rustc_hash::FxHashSet::default();
        self.steps.iter().filter_map(move |step| match &step.kind {
            StepKind::Target(Target::Function(key)) if seen.insert(key) => Some(key),
            _ => None,
        })
    }
}

/// Where the steps of a circuit stand in the text, as absolute ranges in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    /// The whole function, with its name, parameters and body.
    pub function: TextRange,
    /// The function's name.
    pub name: TextRange,
    /// The name of each parameter.
    pub params: Box<[TextRange]>,
    /// The expression of each step, by [`StepId`]; for a parameter its declaration.
    pub steps: Box<[TextRange]>,
    /// The label of each entry of [`Circuit::labels`].
    pub labels: Box<[TextRange]>,
    /// For each step that is an [`StepKind::Apply`], the range of the label of each argument, or of its value
    /// where it has none; empty for other steps.
    pub args: ArgRanges,
    /// References that are no step of their own (to arguments and labels): range and the step they name.
    pub references: Box<[(TextRange, StepId)]>,
}

/// The ranges of the arguments of all steps, in one piece: most steps have none or two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArgRanges {
    pub(crate) ranges: Box<[TextRange]>,
    /// Where the ranges of each step end in `ranges`; those of the next step begin there.
    pub(crate) ends: Box<[u32]>,
}

impl ArgRanges {
    /// The ranges of the arguments of a step, in their order; none for a step that is not there.
    pub fn of(&self, step: StepId) -> &[TextRange] {
        let index = step.0 as usize;
        let Some(end) = self.ends.get(index) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.ranges.get(start as usize..*end as usize).unwrap_or_default()
    }
}

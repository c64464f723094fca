//! Whether running a step can be observed: whether it may reach the cluster, the outside or a memory, print, panic, or call
//! something that is not known. Such steps must keep their number and their order when a program is rewritten.
//!
//! The answer errs on the safe side. That a step may fail (specification §5.7) does not count: what fails ends the run.

use ko_queries::{
    RootDatabase,
    builtins::BuiltinId,
    circuit::{Arg, Circuit, FunctionKey, StepId, StepKind, Target},
    items::find_function,
    lower::circuit,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Builtins without package that only compute.
const PLAIN: &[&str] = &[
    "And", "Or", "Xor", "Not", "Bool", "String", "Int8", "Int16", "Int32", "Int64", "Uint8",
    "Uint16", "Uint32", "Uint64", "Float32", "Float64", "Equal", "Hash", "Len", "Less", "Sum",
    "Prod", "Ratio", "Moduli", "Negative", "Merge", "Take", "Yield",
];
/// Packages of builtins that only compute.
const PLAIN_PACKAGES: &[&str] =
    &["integer", "strings", "encoding/json", "encoding/yaml", "file/path", "circuit"];
/// Builtins that do what the functions do that they are given.
const CALLING: &[&str] =
    &["Range", "Loop", "Sort", "When", "Format", "Template", "Recover", "Sequential"];
/// The arguments of those by which they are given functions.
const FUNCTIONS: &[&str] =
    &["with", "stop", "step", "less", "then", "else", "withString", "withArg", "invoke", "panic"];

/// Remembers the answers for as long as one request lasts.
pub(super) struct Purity<'db> {
    db: &'db RootDatabase,
    known: FxHashMap<FunctionKey, bool>,
}

impl<'db> Purity<'db> {
    pub(super) fn new(db: &'db RootDatabase) -> Purity<'db> {
        Purity { db, known: FxHashMap::default() }
    }

    /// Whether running the step can be observed. Steps that invoke nothing never can.
    pub(super) fn observable(&mut self, circuit: &Circuit, id: StepId) -> bool {
        if is_open(circuit, id) {
            return true;
        }
        match called(circuit, id) {
            Some((Target::Function(key), _)) => !self.is_pure(key),
            Some((Target::Builtin(_), args)) => args.iter().any(|arg| {
                let target = function_of(circuit, arg.value);
                matches!(target, Some(Target::Function(key)) if is_function(arg) && !self.is_pure(key))
            }),
            _ => false,
        }
    }

    /// Whether calling the function cannot be observed: nor what it calls, nor what it mentions.
    fn is_pure(&mut self, key: &FunctionKey) -> bool {
        if let Some(known) = self.known.get(key) {
            return *known;
        }
        let mut seen = FxHashSet::from_iter([key.clone()]);
        let mut queue = vec![key.clone()];
        let mut pure = true;
        while let Some(key) = queue.pop().filter(|_| pure) {
            let circuit = find_function(self.db, &key).and_then(|it| circuit(self.db, it));
            let Some(circuit) = circuit else {
                pure = false;
                break;
            };
            pure = !circuit.ids().any(|id| is_open(&circuit, id));
            queue.extend(circuit.callees().filter(|it| seen.insert((*it).clone())).cloned());
        }
        self.known.insert(key.clone(), pure);
        pure
    }
}

/// Whether the step may do anything, whatever the functions do that it names.
fn is_open(circuit: &Circuit, id: StepId) -> bool {
    match &circuit.step(id).kind {
        StepKind::Apply { invoke: true, .. } => {}
        StepKind::Error => return true,
        _ => return false,
    }
    match called(circuit, id) {
        Some((Target::Join | Target::Function(_), _)) => false,
        Some((Target::Builtin(builtin), _)) if is_plain(*builtin) => false,
        Some((Target::Builtin(builtin), args)) => {
            let info = builtin.info();
            let calling = info.package.is_empty() && CALLING.contains(&info.name);
            let known = |arg: &&Arg| match function_of(circuit, arg.value) {
                Some(Target::Function(_) | Target::Join) => true,
                Some(Target::Builtin(builtin)) => is_plain(*builtin),
                _ => false,
            };
            let mut functions = args.into_iter().filter(|it| is_function(it));
            !calling || !functions.all(|arg| known(&arg))
        }
        Some((Target::Gate(_), _)) | None => true,
    }
}

fn is_plain(builtin: BuiltinId) -> bool {
    let info = builtin.info();
    match info.package {
        "" => PLAIN.contains(&info.name),
        package => PLAIN_PACKAGES.contains(&package),
    }
}

/// Whether the argument gives a builtin a function to call. `Sequential` takes it without a label.
fn is_function(arg: &Arg) -> bool {
    arg.name.as_deref().is_none_or(|name| FUNCTIONS.contains(&name) || name == "value")
}

/// What the step calls, with all arguments that it has by then; nothing if only a run can tell.
fn called(circuit: &Circuit, id: StepId) -> Option<(&Target, Vec<&Arg>)> {
    let mut all = Vec::new();
    let mut id = id;
    loop {
        match &circuit.step(id).kind {
            StepKind::Apply { callee, args, .. } => {
                all.extend(args.iter());
                let next = &circuit.step(*callee).kind;
                if matches!(next, StepKind::Apply { invoke: true, .. }) {
                    return None;
                }
                id = *callee;
            }
            StepKind::Target(target) => return Some((target, all)),
            _ => return None,
        }
    }
}

/// The function that a value is, with or without arguments; nothing if only a run can tell.
fn function_of(circuit: &Circuit, value: StepId) -> Option<&Target> {
    match &circuit.step(value).kind {
        StepKind::Apply { invoke: true, .. } => None,
        _ => called(circuit, value).map(|it| it.0),
    }
}

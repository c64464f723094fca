//! What a program would write to a cluster, as far as can be told before it runs: which gates, how often they stand in
//! the circuits that the entry function reaches, in which namespaces.

use std::collections::{BTreeMap, BTreeSet};

use ko_evaluator::{run::Entry, value::Value};
use ko_queries::{
    circuit::{Arg, Circuit, Literal, StepId, StepKind, Target},
    program::{FunctionId, Program},
};
use ko_schema::Effect;

/// What a program would write.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    /// The gates that write, by name: how many calls there are, and whether they remove objects.
    pub(crate) gates: BTreeMap<String, (usize, bool)>,
    /// The namespaces that are known.
    pub(crate) namespaces: BTreeSet<String>,
    /// Whether some namespaces are known only when the program runs.
    pub(crate) computed: bool,
}

impl Writes {
    /// Whether it would write at all.
    pub(crate) fn any(&self) -> bool {
        !self.gates.is_empty()
    }

    /// Whether it would remove objects.
    pub(crate) fn destructive(&self) -> bool {
        self.gates.values().any(|(_, destructive)| *destructive)
    }

    /// One line: `CreateService (2), DeleteJobs (1, destructive) in namespace demo`.
    pub(crate) fn summary(&self) -> String {
        let gates = self.gates.iter().map(|(name, (calls, destructive))| {
            let what = if *destructive { ", destructive" } else { "" };
            format!("{name} ({calls}{what})")
        });
        let gates: Vec<String> = gates.collect();
        let mut places: Vec<String> = self.namespaces.iter().cloned().collect();
        if self.computed {
            places.push("others that are known only when it runs".to_owned());
        }
        match places.len() {
            0 => gates.join(", "),
            1 if !self.computed => format!("{} in namespace {}", gates.join(", "), places[0]),
            _ => format!("{} in namespaces: {}", gates.join(", "), places.join(", ")),
        }
    }
}

/// What a run of `entry` would write.
pub(crate) fn writes(program: &Program, entry: &Entry) -> Writes {
    let mut writes = Writes::default();
    for (circuit, steps) in reached(program, entry) {
        let is_entry = circuit.key == entry.function;
        for step in steps.into_iter().map(|it| circuit.step(it)) {
            let StepKind::Apply { callee, args, .. } = &step.kind else { continue };
            let StepKind::Target(Target::Gate(id)) = circuit.step(*callee).kind else { continue };
            let gate = program.schema.gate_by_id(id);
            // Whatever runs in a container may do more than write.
            if gate.effect == Effect::Read {
                continue;
            }
            let destructive = gate.effect == Effect::Destructive;
            let entry_of = writes.gates.entry(gate.name.to_string()).or_insert((0, destructive));
            entry_of.0 += 1;
            if !program.schema.kind(gate.kind).namespaced {
                continue;
            }
            let namespace = args.iter().find(|arg| name_of(arg) == Some("namespace"));
            let given = is_entry.then_some(entry);
            match namespace.map(|arg| text(circuit, arg.value, given)) {
                Some(Some(name)) => {
                    writes.namespaces.insert(name);
                }
                Some(None) => writes.computed = true,
                None => {}
            }
        }
    }
    // What is passed from the entry function to helpers is one of its arguments, most of the time.
    if writes.computed && writes.namespaces.is_empty() {
        for (name, value) in &entry.arguments {
            let says = name.as_deref().is_none_or(|it| matches!(it, "ns" | "namespace"));
            if let Some(text) = value.as_str().filter(|_| says) {
                writes.namespaces.insert(text.to_owned());
            }
        }
    }
    writes
}

/// What a run may come to: the steps of the entry function, or those that are selected with what they need, and all steps of
/// the functions that these lead to.
fn reached<'a>(program: &'a Program, entry: &Entry) -> Vec<(&'a Circuit, Vec<StepId>)> {
    let mut found: Vec<(&Circuit, Vec<StepId>)> = Vec::new();
    let mut seen: BTreeSet<FunctionId> = BTreeSet::new();
    let mut open: Vec<FunctionId> = program.find(&entry.function).into_iter().collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let circuit = &*program.function(id).circuit;
        let steps: Vec<StepId> = match &entry.selection {
            Some(selection) if circuit.key == entry.function => needed(circuit, selection),
            _ => circuit.ids().collect(),
        };
        for step in &steps {
            if let StepKind::Target(Target::Function(key)) = &circuit.step(*step).kind {
                open.extend(program.find(key));
            }
        }
        found.push((circuit, steps));
    }
    found
}

/// These steps and all that they read.
fn needed(circuit: &Circuit, steps: &[StepId]) -> Vec<StepId> {
    let mut needed: BTreeSet<StepId> = BTreeSet::new();
    let mut open = steps.to_vec();
    while let Some(step) = open.pop() {
        if needed.insert(step) {
            circuit.for_each_operand(step, |it| open.push(it));
        }
    }
    needed.into_iter().collect()
}

fn name_of(arg: &Arg) -> Option<&str> {
    arg.name.as_deref()
}

/// The text of a step that is a literal, or an argument that the entry function was given.
fn text(circuit: &Circuit, step: StepId, entry: Option<&Entry>) -> Option<String> {
    match &circuit.step(step).kind {
        StepKind::Literal(Literal::String(text)) => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        StepKind::Param(index) => {
            let param = circuit.params.get(*index as usize)?;
            let given = &entry?.arguments;
            let named = given.iter().find(|(name, _)| name.as_deref() == Some(&*param.name));
            let unlabelled = || given.iter().find(|(name, _)| name.is_none() && param.monadic);
            named.or_else(unlabelled).and_then(|(_, value)| Value::as_str(value).map(str::to_owned))
        }
        _ => None,
    }
}

//! Whether a step does something besides giving its value, as far as its text says: what certainly does not can be
//! left out of a program.

use rustc_hash::FxHashSet;

use crate::{
    builtins::BuiltinId,
    circuit::{Arg, Circuit, StepId, StepKind, Target},
    database::Db,
    items::{Function, find_function},
    lower::circuit,
};

/// Whether invoking the function may do something: reach a gate, print, fail on purpose, call what it was given.
/// Functions that call themselves may go on for ever, which is something, too.
#[salsa::tracked(
    returns(copy),
    cycle_result = acts_in_circles,
    heap_size = crate::memory::heap_size
)]
pub(crate) fn acts<'db>(db: &'db dyn Db, function: Function<'db>) -> bool {
    let Some(circuit) = circuit(db, function) else { return true };
    circuit.has_errors || circuit.ids().any(|step| step_acts(db, &circuit, step))
}

fn acts_in_circles(_db: &dyn Db, _id: salsa::Id, _function: Function<'_>) -> bool {
    true
}

/// Whether a step itself may do something, apart from the steps that it reads.
pub fn step_acts(db: &dyn Db, circuit: &Circuit, step: StepId) -> bool {
    let StepKind::Apply { callee, args, invoke: true } = &circuit.step(step).kind else {
        return matches!(circuit.step(step).kind, StepKind::Error);
    };
    // What is called, with what was attached to it before.
    let mut given: Vec<&Arg> = args.iter().collect();
    let mut callee = *callee;
    while let StepKind::Apply { callee: inner, args, invoke: false } = &circuit.step(callee).kind {
        given.extend(args.iter());
        callee = *inner;
    }
    match &circuit.step(callee).kind {
        StepKind::Target(Target::Join) => false,
        StepKind::Target(Target::Function(key)) => {
            find_function(db, key).is_none_or(|function| acts(db, function))
        }
        StepKind::Target(Target::Builtin(id)) => {
            let called = |arg: &&Arg| {
                let data = matches!(
                    arg.name.as_deref(),
                    Some("over" | "start" | "have" | "format" | "template" | "args")
                );
                !data && may_act(db, circuit, arg.value)
            };
            id.acts() || (calls_arguments(*id) && given.iter().any(called))
        }
        _ => true,
    }
}

/// Whether the builtin calls functions that it is given.
fn calls_arguments(id: BuiltinId) -> bool {
    match id {
        BuiltinId::Library(_) => id.info().signature.contains("Variety"),
        BuiltinId::Range
        | BuiltinId::Loop
        | BuiltinId::Sort
        | BuiltinId::When
        | BuiltinId::Recover
        | BuiltinId::Parallel
        | BuiltinId::Sequential
        | BuiltinId::Profile
        | BuiltinId::Format
        | BuiltinId::Template => true,
        _ => false,
    }
}

/// Whether the value of a step may be a function that does something when it is called. Only what is written in place
/// is known.
fn may_act(db: &dyn Db, circuit: &Circuit, step: StepId) -> bool {
    let (mut work, mut seen) = (vec![step], FxHashSet::default());
    while let Some(step) = work.pop() {
        if !seen.insert(step) {
            continue;
        }
        match &circuit.step(step).kind {
            StepKind::Literal(_) => {}
            StepKind::Target(Target::Join) => {}
            StepKind::Target(Target::Function(key)) => {
                if find_function(db, key).is_none_or(|function| acts(db, function)) {
                    return true;
                }
            }
            StepKind::Target(Target::Builtin(id)) => {
                if id.acts() || calls_arguments(*id) {
                    return true;
                }
            }
            StepKind::Apply { callee, args, invoke } => {
                let builds = circuit.step(*callee).kind == StepKind::Target(Target::Join);
                if *invoke && !builds {
                    return true;
                }
                work.push(*callee);
                work.extend(args.iter().map(|it| it.value));
            }
            StepKind::Target(Target::Gate(_))
            | StepKind::Param(_)
            | StepKind::Select { .. }
            | StepKind::Error => return true,
        }
    }
    false
}

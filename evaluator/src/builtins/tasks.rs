//! `Spin`, `Hang` and `Memory`.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{structure, variety};
use crate::{
    cycles::{Holder, may_have_function},
    failure::{Failure, FailureKind},
    machine::{Inherited, Machine, Outcome, Run, guarded},
    memory::{Memory, MemoryMethod},
    pool::Job,
    task::Task,
    value::{Callable, Value, Variety},
};

/// What a task does: it calls a function. A task outlives the parallel invocation that started it, but not the run.
pub(crate) struct Spinned {
    run: Arc<Run>,
    function: Arc<Variety>,
    inherited: Inherited,
}

impl Spinned {
    /// Does it, as the work of this task.
    pub(crate) fn work_off(self, task: &Arc<Task>) -> Outcome {
        let Spinned { run, function, inherited } = self;
        let result = guarded(|| {
            if run.cancel.is_cancelled() {
                return Err(Box::new(Failure::cancelled()));
            }
            let mut machine = Machine::new(&run, None).with_inherited(&inherited);
            machine.call_variety(&function, &mut [])
        });
        drop(function);
        match &result {
            // One of the functions may be the `Wait` of this very task.
            Ok(value) => {
                if may_have_function(value) {
                    add_to_cycles(&run, task);
                }
            }
            Err(failure) => {
                if let FailureKind::Panic(value) = &failure.kind
                    && may_have_function(value)
                {
                    add_to_cycles(&run, task);
                }
                // Nobody may ever wait for the task, so its failure is told at once (specification §7.1).
                if !matches!(failure.kind, FailureKind::Cancelled) {
                    let _ = run.write(format!("a spinned function failed: {failure}\n"), true);
                }
            }
        }
        result
    }
}

fn add_to_cycles(run: &Run, task: &Arc<Task>) {
    let holder: Weak<dyn Holder> = Arc::<Task>::downgrade(task);
    run.cycles.add(holder);
}

/// Starts a task and returns `(Wait: …)`.
pub(super) fn spin(machine: &mut Machine<'_>, value: Value) -> Outcome {
    let function = match value {
        Value::Variety(function) => function,
        other => variety(&other, "the argument of Spin")?,
    };
    let (run, inherited) = (machine.run.clone(), machine.inherit_once_more());
    let task = Arc::new(Task::new(Spinned { run, function, inherited }));
    machine.run.pool.submit(Job::Task(task.clone()));
    structure(vec![("Wait", Value::Variety(Arc::new(Variety::bare(Callable::Wait(task)))))])
}

/// Waits until the run ends.
pub(super) fn hang(machine: &mut Machine<'_>) -> Outcome {
    loop {
        machine.check()?;
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn memory(machine: &Machine<'_>) -> Outcome {
    let memory = Arc::new(Memory::new());
    let holder: Weak<dyn Holder> = Arc::<Memory>::downgrade(&memory);
    machine.run.cycles.add(holder);
    let method =
        |method| Value::Variety(Arc::new(Variety::bare(Callable::Memory(memory.clone(), method))));
    structure(vec![
        ("name", Value::string(memory.name())),
        ("Remember", method(MemoryMethod::Remember)),
        ("Recall", method(MemoryMethod::Recall)),
        ("Flush", method(MemoryMethod::Flush)),
    ])
}

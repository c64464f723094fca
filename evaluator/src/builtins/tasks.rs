//! `Spin`, `Hang` and `Memory`.

use std::{sync::Arc, time::Duration};

use super::{structure, variety};
use crate::{
    failure::FailureKind,
    machine::{Machine, Outcome, guarded},
    memory::MemoryMethod,
    task::Task,
    value::{Callable, Value, Variety},
};

/// Starts a task and returns `(Wait: …)`.
pub(super) fn spin(machine: &mut Machine<'_>, value: Value) -> Outcome {
    let variety = variety(&value, "the argument of Spin")?;
    // A task outlives the parallel invocation that started it, but not the run.
    let (run, inherited) = (machine.run.clone(), machine.inherit());
    let work = move || {
        let result = guarded(|| {
            let mut machine = Machine::new(&run, run.cancel.clone()).with_inherited(inherited);
            machine.call_value("the argument of Spin", &Value::Variety(variety), &mut [])
        });
        if let Err(failure) = &result
            && !matches!(failure.kind, FailureKind::Cancelled)
        {
            // Nobody may ever wait for the task, so its failure is told at once (specification §7.1).
            let _ = run.write(format!("a spinned function failed: {failure}\n"), true);
        }
        result
    };
    let task = Arc::new(Task::new(Box::new(work)));
    let job = task.clone();
    machine.run.pool.submit(Box::new(move || job.run()));
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
    let memory = machine.run.memories.make();
    let method =
        |method| Value::Variety(Arc::new(Variety::bare(Callable::Memory(memory.clone(), method))));
    structure(vec![
        ("name", Value::string(memory.name())),
        ("Remember", method(MemoryMethod::Remember)),
        ("Recall", method(MemoryMethod::Recall)),
        ("Flush", method(MemoryMethod::Flush)),
    ])
}

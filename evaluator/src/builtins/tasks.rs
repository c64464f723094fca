//! `Spin`, `Hang` and `Memory`.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{structure, variety};
use crate::{
    cycles::{Holder, may_have_function},
    failure::{Failure, FailureKind},
    machine::{Machine, Outcome, guarded},
    memory::{Memory, MemoryMethod},
    task::Task,
    value::{Callable, Value, Variety},
};

/// Starts a task and returns `(Wait: …)`.
pub(super) fn spin(machine: &mut Machine<'_>, value: Value) -> Outcome {
    let variety = variety(&value, "the argument of Spin")?;
    // A task outlives the parallel invocation that started it, but not the run.
    let (run, inherited) = (machine.run.clone(), machine.inherit());
    let work = move |task: Weak<Task>| {
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
        if let Ok(value) | Err(Failure { kind: FailureKind::Panic(value), .. }) = &result
            && may_have_function(value)
        {
            // One of the functions may be the `Wait` of this very task.
            run.cycles.add(task);
        }
        result
    };
    let task = Arc::new_cyclic(|task: &Weak<Task>| {
        let task = task.clone();
        Task::new(Box::new(move || work(task)))
    });
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

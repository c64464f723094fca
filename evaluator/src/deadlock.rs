//! Finding tasks that wait for each other in a circle, and so would never end.
//!
//! Each thread knows which tasks it is in the middle of: a task that is waited for before it has begun runs on the thread
//! that waits. Whoever is about to sleep until a task is done first writes down that those tasks wait for it, and looks
//! whether the way from there leads back to them. Nothing is written down for a wait without sleep, which nearly all are.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::task::Task;

thread_local! {
    /// The tasks that this thread is in the middle of, innermost last.
    static RUNNING: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// Whoever sleeps until a task is done.
static SLEEPERS: Mutex<Vec<Sleeper>> = Mutex::new(Vec::new());

/// A task by its address. Only tasks that run or are waited for are written down, and these live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(usize);

struct Sleeper {
    /// The tasks that cannot end before it wakes up.
    tasks: Vec<Id>,
    /// The task that it waits for.
    target: Id,
    number: u64,
}

impl Id {
    fn of(task: &Arc<Task>) -> Id {
        Id(Arc::as_ptr(task) as usize)
    }
}

fn sleepers() -> MutexGuard<'static, Vec<Sleeper>> {
    SLEEPERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This thread is in the middle of some tasks for as long as this lives.
pub(crate) struct Running {
    before: usize,
}

/// This thread begins a task.
pub(crate) fn running(task: &Arc<Task>) -> Running {
    running_all(&[Id::of(task)])
}

/// This thread goes on with something that these tasks began.
pub(crate) fn running_all(tasks: &[Id]) -> Running {
    RUNNING.with_borrow_mut(|all| {
        let before = all.len();
        all.extend_from_slice(tasks);
        Running { before }
    })
}

/// The tasks that this thread is in the middle of.
pub(crate) fn current() -> Vec<Id> {
    RUNNING.with_borrow(Clone::clone)
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|all| all.truncate(self.before));
    }
}

/// Somebody who sleeps until a task is done, for as long as this lives.
pub(crate) struct Waiting(u64);

/// There is no way out of a wait.
pub(crate) struct Deadlock;

/// To be called before this thread sleeps until a task is done.
///
/// # Errors
/// The task waits, itself or through others, for one that this thread is in the middle of.
pub(crate) fn wait_for(task: &Arc<Task>) -> Result<Waiting, Deadlock> {
    let (tasks, target) = (current(), Id::of(task));
    let mut sleepers = sleepers();
    let mut reached = vec![target];
    let mut next = 0;
    while let Some(id) = reached.get(next).copied() {
        if tasks.contains(&id) {
            return Err(Deadlock);
        }
        for sleeper in sleepers.iter().filter(|it| it.tasks.contains(&id)) {
            if !reached.contains(&sleeper.target) {
                reached.push(sleeper.target);
            }
        }
        next += 1;
    }
    let number = sleepers.last().map_or(0, |last| last.number + 1);
    sleepers.push(Sleeper { tasks, target, number });
    Ok(Waiting(number))
}

impl Drop for Waiting {
    fn drop(&mut self) {
        sleepers().retain(|sleeper| sleeper.number != self.0);
    }
}

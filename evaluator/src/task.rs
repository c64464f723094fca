//! A task that `Spin` started, as `Wait` sees it (specification §5.8).

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    account::Charge,
    builtins::Spinned,
    cancel::CancelToken,
    cycles::Holder,
    deadlock::{self, Waiting},
    failure::Failure,
    machine::{Outcome, error},
};

/// A task: not begun, running on some thread, or done.
pub struct Task {
    state: Mutex<State>,
    done: Condvar,
    _charge: Charge,
}

struct State {
    progress: Progress,
    /// Threads that sleep until it is done. Without one there is nobody to wake, which would cost a call of the system.
    sleepers: usize,
}

enum Progress {
    NotBegun(Spinned),
    Running,
    Done(Outcome),
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// How often somebody who waits looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(20);

/// How often somebody who waits for a running task looks again before sleeping: most are done sooner than one falls asleep.
const LOOKS: u32 = 40;

/// Pauses of the processor between two looks.
const PAUSES: u32 = 20;

/// Bytes that a task takes at a guess, with its place in the queue.
const TASK: usize = 512;

impl Task {
    /// A task that nobody has begun.
    pub(crate) fn new(work: Spinned) -> Task {
        Task {
            state: Mutex::new(State { progress: Progress::NotBegun(work), sleepers: 0 }),
            done: Condvar::new(),
            _charge: Charge::new(TASK),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the task on this thread if nobody has begun it.
    pub(crate) fn run(self: &Arc<Self>) {
        let mut state = self.state();
        if let Some(work) = begin(&mut state) {
            drop(state);
            drop(self.finish(work));
        }
    }

    /// Does the work of a task that was begun here.
    fn finish(self: &Arc<Self>, work: Spinned) -> MutexGuard<'_, State> {
        let running = deadlock::running(self);
        let result = work.work_off(self);
        drop(running);
        let mut state = self.state();
        state.progress = Progress::Done(result);
        if state.sleepers > 0 {
            self.done.notify_all();
        }
        state
    }

    /// Its result, once it is done. A task that no thread has begun yet is run here: so waiting never depends on
    /// a thread being free.
    ///
    /// # Errors
    /// That of the task, or that the run was cancelled, or that the task would wait for itself.
    pub(crate) fn wait(self: &Arc<Self>, cancel: &CancelToken) -> Outcome {
        let mut looks = 0;
        let mut waiting: Option<Waiting> = None;
        let mut state = self.state();
        if let Some(work) = begin(&mut state) {
            drop(state);
            state = self.finish(work);
        }
        loop {
            if let Progress::Done(result) = &state.progress {
                return result.clone();
            }
            if cancel.is_cancelled() {
                return Err(Box::new(Failure::cancelled()));
            }
            if looks < LOOKS {
                looks += 1;
                drop(state);
                (0..PAUSES).for_each(|_| std::hint::spin_loop());
                state = self.state();
                continue;
            }
            if waiting.is_none() {
                drop(state);
                let Ok(sleeper) = deadlock::wait_for(self) else {
                    return error(
                        "this waits for a task that itself waits for this to end, so neither would ever end; \
                         let a function that is spinned Wait only for tasks that do not need its result",
                    );
                };
                waiting = Some(sleeper);
                state = self.state();
                continue;
            }
            state.sleepers += 1;
            state = self
                .done
                .wait_timeout(state, CANCEL_CHECK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            state.sleepers -= 1;
        }
    }
}

/// The work of a task that nobody has begun; it is begun with this.
fn begin(state: &mut State) -> Option<Spinned> {
    match std::mem::replace(&mut state.progress, Progress::Running) {
        Progress::NotBegun(work) => Some(work),
        other => {
            state.progress = other;
            None
        }
    }
}

impl Holder for Task {
    fn let_go(&self) {
        let mut state = self.state();
        if let Progress::Done(result) = &mut state.progress {
            let held = std::mem::replace(result, Err(Box::new(Failure::cancelled())));
            drop(state);
            drop(held);
        }
    }
}

//! A task that `Spin` started, as `Wait` sees it (specification §5.8).

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{account::Charge, cancel::CancelToken, failure::Failure, value::Value};

/// The work of a task. It must not wait for anything but tasks.
pub type Work = Box<dyn FnOnce() -> Result<Value, Failure> + Send>;

/// A task: not begun, running on some thread, or done.
pub struct Task {
    state: Mutex<State>,
    done: Condvar,
    _charge: Charge,
}

enum State {
    Waiting(Work),
    Running,
    Done(Result<Value, Failure>),
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// How often somebody who waits looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(20);

/// Bytes that a task takes at a guess, with its place in the queue.
const TASK: usize = 512;

impl Task {
    /// A task that nobody has begun.
    pub fn new(work: Work) -> Task {
        Task {
            state: Mutex::new(State::Waiting(work)),
            done: Condvar::new(),
            _charge: Charge::new(TASK),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the task on this thread if nobody has begun it.
    pub fn run(&self) {
        let work = {
            let mut state = self.state();
            match std::mem::replace(&mut *state, State::Running) {
                State::Waiting(work) => work,
                other => {
                    *state = other;
                    return;
                }
            }
        };
        let result = work();
        *self.state() = State::Done(result);
        self.done.notify_all();
    }

    /// Its result, once it is done. A task that no thread has begun yet is run here: so waiting never depends on
    /// a thread being free.
    pub fn wait(&self, cancel: &CancelToken) -> Result<Value, Failure> {
        self.run();
        let mut state = self.state();
        loop {
            if let State::Done(result) = &*state {
                return result.clone();
            }
            if cancel.is_cancelled() {
                return Err(Failure::cancelled());
            }
            state = self
                .done
                .wait_timeout(state, CANCEL_CHECK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

//! A task that `Spin` started, as `Wait` sees it (specification §5.8).

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{account::Charge, cancel::CancelToken, cycles::Holder, failure::Failure, value::Value};

/// The work of a task. It must not wait for anything but tasks.
pub type Work = Box<dyn FnOnce() -> Result<Value, Failure> + Send>;

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

/// How often somebody who waits for a running task looks again before sleeping: most are done sooner than one falls asleep.
const LOOKS: u32 = 40;

/// Pauses of the processor between two looks.
const PAUSES: u32 = 20;

/// Bytes that a task takes at a guess, with its place in the queue.
const TASK: usize = 512;

impl Task {
    /// A task that nobody has begun.
    pub fn new(work: Work) -> Task {
        Task {
            state: Mutex::new(State { progress: Progress::Waiting(work), sleepers: 0 }),
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
            let progress = &mut self.state().progress;
            match std::mem::replace(progress, Progress::Running) {
                Progress::Waiting(work) => work,
                other => {
                    *progress = other;
                    return;
                }
            }
        };
        let result = work();
        let mut state = self.state();
        state.progress = Progress::Done(result);
        let asleep = state.sleepers > 0;
        drop(state);
        if asleep {
            self.done.notify_all();
        }
    }

    /// Its result, once it is done. A task that no thread has begun yet is run here: so waiting never depends on
    /// a thread being free.
    pub fn wait(&self, cancel: &CancelToken) -> Result<Value, Failure> {
        self.run();
        let mut looks = 0;
        let mut state = self.state();
        loop {
            if let Progress::Done(result) = &state.progress {
                return result.clone();
            }
            if cancel.is_cancelled() {
                return Err(Failure::cancelled());
            }
            if looks < LOOKS {
                looks += 1;
                drop(state);
                (0..PAUSES).for_each(|_| std::hint::spin_loop());
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

impl Holder for Task {
    fn let_go(&self) {
        let mut state = self.state();
        if let Progress::Done(result) = &mut state.progress {
            let held = std::mem::replace(result, Err(Failure::cancelled()));
            drop(state);
            drop(held);
        }
    }
}

//! A bounded number of threads for what runs beside the main thread of a run.
//!
//! Jobs may block, so a job never waits for another one to be given a thread: see [`crate::task::Task::wait`].

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::stack;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// How long a thread without work stays.
const LINGER: Duration = Duration::from_millis(100);

/// How long closing waits for threads to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Threads that take jobs from a queue, in order.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    max: usize,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_off(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                // A job reports its own failure; a defect in it must not cost the thread.
                let _ = catch_unwind(AssertUnwindSafe(job));
                state = self.state();
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let (guard, timeout) =
                self.work.wait_timeout(state, LINGER).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
        self.ended.notify_all();
    }
}

impl Pool {
    pub(crate) fn new(max: usize) -> Pool {
        Pool {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                work: Condvar::new(),
                ended: Condvar::new(),
            }),
            max,
        }
    }

    /// Queues a job and sees to it that a thread takes it, now or when one is free.
    pub(crate) fn submit(&self, job: Job) {
        let mut state = self.shared.state();
        if state.closed {
            return;
        }
        state.queue.push_back(job);
        if state.idle >= state.queue.len() || state.threads >= self.max {
            self.shared.work.notify_one();
            return;
        }
        state.threads += 1;
        drop(state);
        let shared = self.shared.clone();
        if stack::spawn("ko-task", move || shared.work_off()).is_err() {
            // Whoever waits for the job runs it itself.
            self.shared.state().threads -= 1;
        }
    }

    /// Drops what has not begun and waits for the threads to end, but not for long: they have been told to.
    pub(crate) fn close(&self) {
        let mut state = self.shared.state();
        state.closed = true;
        let dropped = std::mem::take(&mut state.queue);
        drop(state);
        drop(dropped);
        self.shared.work.notify_all();
        let state = self.shared.state();
        let running =
            self.shared.ended.wait_timeout_while(state, PATIENCE, |state| state.threads > 0);
        drop(running);
    }

    /// Threads that have not ended yet.
    #[cfg(test)]
    pub(crate) fn threads(&self) -> usize {
        self.shared.state().threads
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn all_jobs_run_on_few_threads_and_the_threads_end() {
        let pool = Pool::new(4);
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..1000 {
            let count = count.clone();
            pool.submit(Box::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
            }));
            assert!(pool.threads() <= 4);
        }
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while count.load(Ordering::Relaxed) < 1000 && std::time::Instant::now() < deadline {
            std::thread::yield_now();
        }
        assert_eq!(count.load(Ordering::Relaxed), 1000);
        pool.close();
        assert_eq!(pool.threads(), 0);
    }
}

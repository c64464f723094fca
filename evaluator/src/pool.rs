//! A bounded number of threads for what runs beside the main thread of a run.
//!
//! Jobs may block, so a job never waits for another one to be given a thread: see [`crate::task::Task::wait`].
//!
//! Most jobs are far shorter than it takes to wake a thread, so threads are not woken one for each. At most one thread at
//! a time is the *scout*: it naps and looks again, and only when the others get nowhere does it take a job itself and
//! sends the next scout. So a burst of short jobs is done by as many threads as there are processors, and jobs that block get
//! a thread each, up to the limit, one nap after the other.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    account::{self, Account},
    stack,
    task::Task,
};

/// What a thread of the pool can do.
pub(crate) enum Job {
    /// A task, unless somebody who waits for it has begun it.
    Task(Arc<Task>),
    /// Anything else.
    Other(Box<dyn FnOnce() + Send>),
}

impl Job {
    fn run(self) {
        match self {
            Job::Task(task) => task.run(),
            Job::Other(job) => job(),
        }
    }
}

/// How long a thread without work stays.
const LINGER: Duration = Duration::from_millis(100);

/// How long closing waits for threads to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a scout naps before it looks again.
const NAP: Duration = Duration::from_micros(100);

/// How often a scout finds nothing to do before it sleeps until it is woken.
const NAPS: u32 = 10;

/// Threads that take jobs from a queue, in order.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    max: usize,
    /// What values are charged to that the threads make.
    account: Account,
    /// How many jobs may run before a scout leaves the rest to them: one less than there are processors, for the thread that
    /// submits works too.
    eager: usize,
    state: Mutex<State>,
    work: Condvar,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// Threads that sleep until they are woken.
    idle: usize,
    /// Jobs that are running.
    running: usize,
    /// Jobs that were ever taken from the queue.
    taken: u64,
    /// Whether a thread looks at the queue soon, without being told: it naps, or was started or woken for this.
    scout: bool,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that a scout is under way where there is work and a thread for it. Whenever the state is unlocked with
    /// work in the queue, either this has been called or all threads are running jobs, after which they look themselves.
    fn send_scout(self: &Arc<Self>, state: &mut State) {
        if state.scout || state.queue.is_empty() {
            return;
        }
        if state.idle > 0 {
            state.scout = true;
            self.work.notify_one();
        } else if state.threads < self.max {
            let shared = self.clone();
            if stack::spawn("ko-task", move || shared.work_off()).is_ok() {
                state.scout = true;
                state.threads += 1;
            }
            // Otherwise whoever waits for the job runs it itself.
        }
    }

    /// The life of a thread. Whoever starts it counts on it as the scout.
    fn work_off(self: Arc<Self>) {
        let _account = self.account.enter();
        let mut state = self.state();
        loop {
            let found;
            (state, found) = self.look(state);
            if found {
                state = self.work(state);
            }
            // Whoever is out of work becomes the scout, unless there is one or it was in vain.
            if !found || state.scout {
                let needed;
                (state, needed) = self.sleep(state);
                if !needed {
                    break;
                }
            }
            state.scout = true;
        }
        // It may have been woken as the scout just when it gave up; another scout more than one does no harm.
        state.scout = false;
        state.threads -= 1;
        self.ended.notify_all();
    }

    /// Naps as the scout until there is work that nobody else gets to, and returns whether there is. It is not the scout
    /// any more then.
    fn look<'a>(&'a self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        let mut quiet = 0;
        let mut stuck = false;
        loop {
            let has_work = !state.queue.is_empty();
            let found = has_work && (stuck || state.running < self.eager);
            // Submitting wakes nobody while there is a scout, so one gives up only at the sight of an empty queue.
            if found || state.closed || (!has_work && quiet == NAPS) {
                state.scout = false;
                return (state, found);
            }
            quiet = if has_work { 0 } else { quiet + 1 };
            let before = state.taken;
            drop(state);
            thread::sleep(NAP);
            state = self.state();
            stuck = has_work && state.taken - before <= self.eager as u64;
        }
    }

    /// Runs jobs until there are none.
    fn work<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while let Some(job) = state.queue.pop_front() {
            state.taken += 1;
            state.running += 1;
            self.send_scout(&mut state);
            drop(state);
            // A job reports its own failure; a defect in it must not cost the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run()));
            state = self.state();
            state.running -= 1;
        }
        state
    }

    /// Sleeps until woken, and returns whether this thread is needed.
    fn sleep<'a>(&'a self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        if state.closed {
            return (state, false);
        }
        account::settle();
        state.idle += 1;
        let (mut state, timeout) =
            self.work.wait_timeout(state, LINGER).unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let over = timeout.timed_out() && state.queue.is_empty();
        let needed = !state.closed && !over;
        (state, needed)
    }
}

impl Pool {
    pub(crate) fn new(max: usize, account: Account) -> Pool {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Pool {
            shared: Arc::new(Shared {
                max,
                account,
                eager: processors.saturating_sub(1).max(1),
                state: Mutex::default(),
                work: Condvar::new(),
                ended: Condvar::new(),
            }),
        }
    }

    /// Queues a job and sees to it that a thread takes it, now or when one is free.
    pub(crate) fn submit(&self, job: Job) {
        let mut state = self.shared.state();
        if !state.closed {
            state.queue.push_back(job);
            self.shared.send_scout(&mut state);
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
        let pool = Pool::new(4, Account::open());
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..1000 {
            let count = count.clone();
            pool.submit(Job::Other(Box::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
            })));
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

    /// Runs a job on the pool and waits for it.
    fn run_one(pool: &Pool) {
        let (done, wait) = std::sync::mpsc::channel();
        pool.submit(Job::Other(Box::new(move || done.send(()).unwrap())));
        wait.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    #[test]
    fn jobs_that_wait_for_each_other_run_at_once() {
        let pool = Pool::new(8, Account::open());
        for _ in 0..3 {
            let barrier = Arc::new(std::sync::Barrier::new(8));
            let (done, wait) = std::sync::mpsc::channel();
            for _ in 0..8 {
                let (barrier, done) = (barrier.clone(), done.clone());
                pool.submit(Job::Other(Box::new(move || {
                    barrier.wait();
                    done.send(()).unwrap();
                })));
            }
            for _ in 0..8 {
                wait.recv_timeout(Duration::from_secs(10)).unwrap();
            }
        }
        pool.close();
        assert_eq!(pool.threads(), 0);
    }

    #[test]
    fn a_job_is_taken_whatever_the_threads_are_about() {
        let pool = Pool::new(2, Account::open());
        // About the times at which a scout looks, gives up, and a thread ends.
        for pause in [0, 50, 100, 150, 900, 1_000, 1_100, 1_500, 99_000, 101_000, 102_000, 110_000]
        {
            for _ in 0..5 {
                run_one(&pool);
                thread::sleep(Duration::from_micros(pause));
            }
        }
        // A job that panics costs neither its thread nor the others.
        for _ in 0..4 {
            pool.submit(Job::Other(Box::new(|| std::panic::resume_unwind(Box::new(())))));
        }
        run_one(&pool);
        pool.close();
        assert_eq!(pool.threads(), 0);
    }
}

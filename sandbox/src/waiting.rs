//! How waiting works in virtual time.
//!
//! A waiter first lets everybody else run. If nothing happened meanwhile, everybody waits, and the clock jumps to what the
//! controllers do next. If they have nothing to do before the first waiter gives up, the clock jumps there; but only after a
//! moment of real time, because a program may be computing on another thread, and must not miss its own deadlines for that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::state::State;

/// How often a waiter steps back before it takes everybody to be waiting.
const ROUNDS: usize = 16;
/// How long nothing must happen in real time before a deadline passes.
const IDLE: Duration = Duration::from_millis(25);
/// The virtual time that a request takes.
const REQUEST: Duration = Duration::from_millis(1);

/// The state behind its lock.
pub(crate) struct Shared(Mutex<State>);

impl Shared {
    /// Takes the state in.
    pub(crate) fn new(state: State) -> Shared {
        Shared(Mutex::new(state))
    }

    /// The state. A panic elsewhere does not spoil it: every change is made whole by [`State`].
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that a client asked for.
    pub(crate) fn request<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.activity += 1;
        let then = state.now + REQUEST;
        state.advance_to(then);
        work(&mut state)
    }
}

/// Waits until `poll` has something, or until the clock reaches `deadline`: then `None`.
pub(crate) async fn wait<T>(
    shared: &Arc<Shared>,
    deadline: Duration,
    mut poll: impl FnMut(&mut State) -> Option<T>,
) -> Option<T> {
    let _registered = Registered::new(shared, deadline);
    loop {
        let seen = {
            let mut state = shared.lock();
            if let Some(found) = poll(&mut state) {
                return Some(found);
            }
            if state.now >= deadline {
                return None;
            }
            state.activity
        };
        for _ in 0..ROUNDS {
            tokio::task::yield_now().await;
        }
        if shared.lock().jump(seen, false) {
            continue;
        }
        pause().await;
        shared.lock().jump(seen, true);
    }
}

impl State {
    /// Moves the clock to what comes next, unless something has happened since `seen`. Only with `patient` may that be
    /// the deadline of a waiter. Answers whether it is worth looking again.
    fn jump(&mut self, seen: u64, patient: bool) -> bool {
        if self.activity != seen {
            return true;
        }
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let to = match (self.next_task(), deadline) {
            (Some(task), Some(deadline)) if task <= deadline => task,
            (Some(task), None) => task,
            (_, Some(deadline)) if patient => deadline,
            _ => return false,
        };
        self.activity += 1;
        self.advance_to(to);
        true
    }
}

/// A real moment. It does not need the timer of a runtime: there may be none.
async fn pause() {
    let (done, wait) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("ko-sandbox-idle".to_owned());
    let started = thread.spawn(move || {
        std::thread::sleep(IDLE);
        // Nobody waits any more if the run was cancelled.
        let _ = done.send(());
    });
    if started.is_ok() {
        let _ = wait.await;
    }
}

/// A deadline that counts as long as this lives.
struct Registered<'a> {
    shared: &'a Shared,
    entry: (Duration, u64),
}

impl<'a> Registered<'a> {
    fn new(shared: &'a Shared, deadline: Duration) -> Registered<'a> {
        let mut state = shared.lock();
        // Two waiters may have the same deadline. Not `serial`: waiting must not change the names of later objects.
        let mut number = 0;
        while !state.deadlines.insert((deadline, number)) {
            number += 1;
        }
        Registered { shared, entry: (deadline, number) }
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.shared.lock().deadlines.remove(&self.entry);
    }
}

//! The threads that read: a bounded number, with stacks deep enough for any chain of queries.
//!
//! A job works on a [`Snapshot`], which is dropped before its answer leaves, because a write waits for it. A panic costs
//! one answer, never the server.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use salsa::{Cancelled, Database};
use tower_lsp_server::jsonrpc::{Error, ErrorCode};

use super::snapshot::Snapshot;

/// Chains of queries can be deep, and a stack that overflows cannot be caught. Only pages that are used cost memory.
pub(crate) const STACK_SIZE: usize = 256 << 20;

/// How long the caller can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody is looking at the cursor.
    High,
    /// Whole documents, the workspace, diagnostics.
    Low,
}

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text changed while it ran.
    Modified,
    /// Nobody wants the answer any more.
    Unwanted,
    /// It panicked; the message says how.
    Panicked(String),
    /// It cannot be answered, for a reason to tell the user.
    Refused(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Modified => Error::content_modified(),
            Failure::Unwanted => Error::request_cancelled(),
            Failure::Panicked(message) => Error {
                code: ErrorCode::InternalError,
                message: format!("the server failed at this request and goes on: {message}").into(),
                data: None,
            },
            Failure::Refused(message) => {
                Error { code: ErrorCode::InvalidParams, message: message.into(), data: None }
            }
        }
    }
}

/// Lets the owner of a request stop the job that computes its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<Mutex<StopState>>);

#[derive(Debug, Default)]
struct StopState {
    stopped: bool,
    token: Option<salsa::CancellationToken>,
}

impl Stop {
    /// Stops the job, whether it runs already or not.
    pub(crate) fn stop(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.stopped = true;
        if let Some(token) = state.token.take() {
            token.cancel();
        }
    }

    /// Whether it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// Makes `stop` reach the queries of a database. Returns whether the job was stopped already.
    fn arm(&self, snapshot: &Snapshot) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.token = Some(snapshot.db.cancellation_token());
        state.stopped
    }

    fn disarm(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).token = None;
    }
}

/// What there is to do for one request.
pub(crate) trait Job: Send {
    /// Computes the answer and keeps it. Returns whether the text changed meanwhile, so that there is none.
    fn run(&mut self, snapshot: &Snapshot) -> Result<(), Failure>;

    /// Sends the answer, or the failure. Called once, after the snapshot is gone.
    fn finish(self: Box<Self>, result: Result<(), Failure>);
}

/// A job and what it reads.
pub(crate) struct Task {
    pub(crate) snapshot: Snapshot,
    pub(crate) job: Box<dyn Job>,
    pub(crate) stop: Stop,
}

/// The threads.
pub(crate) struct Pool {
    high: Sender<Task>,
    low: Sender<Task>,
}

impl Pool {
    /// Starts as many threads as there are processors, at least 2 and at most 4. One of them takes urgent tasks only.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub(crate) fn start() -> std::io::Result<Pool> {
        let (high, high_rx) = unbounded();
        let (low, low_rx) = unbounded();
        let count = thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4));
        for number in 0..count {
            let (high, low) = (high_rx.clone(), (number > 0).then(|| low_rx.clone()));
            thread::Builder::new()
                .name(format!("ko-read-{number}"))
                .stack_size(STACK_SIZE)
                .spawn(move || work(&high, low.as_ref()))?;
        }
        Ok(Pool { high, low })
    }

    /// Runs a task as soon as a thread is free.
    pub(crate) fn submit(&self, urgency: Urgency, task: Task) {
        let queue = match urgency {
            Urgency::High => &self.high,
            Urgency::Low => &self.low,
        };
        // The receiving threads end only after all senders are gone.
        let _ = queue.send(task);
    }
}

fn work(high: &Receiver<Task>, low: Option<&Receiver<Task>>) {
    let never = crossbeam_channel::never();
    let low = low.unwrap_or(&never);
    loop {
        let task = high.try_recv().or_else(|_| {
            crossbeam_channel::select! {
                recv(high) -> task => task,
                recv(low) -> task => task,
            }
        });
        let Ok(task) = task else { return };
        perform(task);
    }
}

/// Runs one task to its end.
fn perform(task: Task) {
    let Task { snapshot, mut job, stop } = task;
    let result =
        if stop.arm(&snapshot) { Err(Failure::Unwanted) } else { caught(|| job.run(&snapshot)) };
    stop.disarm();
    drop(snapshot);
    let result = if stop.is_stopped() { Err(Failure::Unwanted) } else { result };
    job.finish(result);
}

/// Calls `f`; a panic or a cancelled query becomes a [`Failure`].
pub(crate) fn caught<T>(f: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) => Err(match payload.downcast::<Cancelled>() {
            Ok(cancelled) => match *cancelled {
                Cancelled::PendingWrite => Failure::Modified,
                Cancelled::Local => Failure::Unwanted,
                _ => Failure::Panicked("another request panicked".to_owned()),
            },
            Err(payload) => {
                let message = payload
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| payload.downcast_ref::<&str>().copied());
                Failure::Panicked(message.unwrap_or("panic").to_owned())
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_internal_error() {
        let failure = caught::<()>(|| panic!("at {}", 7)).unwrap_err();
        let error = Error::from(failure);
        assert_eq!(error.code, ErrorCode::InternalError);
        assert!(error.message.contains("at 7"), "{}", error.message);
    }

    #[test]
    fn a_cancelled_query_is_no_panic() {
        let modified =
            caught::<()>(|| std::panic::resume_unwind(Box::new(Cancelled::PendingWrite)));
        assert!(matches!(modified, Err(Failure::Modified)));
        let unwanted = caught::<()>(|| std::panic::resume_unwind(Box::new(Cancelled::Local)));
        assert!(matches!(unwanted, Err(Failure::Unwanted)));
    }
}

//! Ends the process when a run takes more memory than it may. A limit of the operating system would not do: it counts
//! the reserved stacks of the run's threads, which cost nothing.

use std::{thread, time::Duration};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::{
    protocol::{Ended, Report, RunError},
    serve::Reports,
};
use crate::memory::resident;

/// What the process takes without a run, in bytes, and more.
const BASE: u64 = 256 << 20;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

/// Watches the memory of the process until it is dropped.
pub(super) struct Watch {
    _alive: Option<Sender<()>>,
}

impl Watch {
    /// Starts watching, where the operating system says how much memory there is in use. `values` is what the values of
    /// the run may take, in bytes: the evaluator sees to that itself, with an error at a place. This is for what else takes
    /// memory, such as the sandbox and stacks.
    pub(super) fn start(reports: Reports, values: u64) -> Watch {
        let limit = values.saturating_mul(2).saturating_add(BASE);
        let (alive, ended) = bounded(0);
        let watch = move || {
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if resident().is_some_and(|bytes| bytes > limit) {
                    let message = format!(
                        "the run needed more than {} MiB of memory and was stopped; the setting ko.run.maxMemory \
                         gives it more",
                        limit >> 20
                    );
                    let error = Some(RunError { message, ..RunError::default() });
                    let status = "failed".to_owned();
                    let ended = Ended { status, error, exits: true, ..Ended::default() };
                    reports.send(&Report::Ended(Box::new(ended)));
                    std::process::exit(1);
                }
            }
        };
        let thread = thread::Builder::new().name("ko-memory".to_owned()).spawn(watch);
        Watch { _alive: thread.is_ok().then_some(alive) }
    }
}

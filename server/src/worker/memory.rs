//! Ends the process when a run takes more memory than it may. A limit of the operating system would not do: it counts
//! the reserved stacks of the run's threads, which cost nothing.

use std::{thread, time::Duration};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::{
    protocol::{Ended, Report, RunError},
    serve::Reports,
};

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

/// The memory of this process that is in use, in bytes, if that is known.
///
/// Source: `proc(5)`, `/proc/pid/status`, `VmRSS`.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_in_use_is_known() {
        assert!(super::resident().is_some_and(|bytes| bytes > 1 << 20 && bytes < 1 << 40));
    }
}

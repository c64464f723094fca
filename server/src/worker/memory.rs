//! Ends the process when a run takes more memory than it may. A limit of the operating system would not do: it counts
//! the reserved stacks of the run's threads, which cost nothing.

use std::{thread, time::Duration};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::{
    protocol::{Ended, Report, RunError},
    serve::Reports,
};

/// How much memory a run may take, in bytes.
const LIMIT: u64 = 2 << 30;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

/// Watches the memory of the process until it is dropped.
pub(super) struct Watch {
    _alive: Option<Sender<()>>,
}

impl Watch {
    /// Starts watching, where the operating system says how much memory there is in use.
    pub(super) fn start(reports: Reports) -> Watch {
        let (alive, ended) = bounded(0);
        let watch = move || {
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if resident().is_some_and(|bytes| bytes > LIMIT) {
                    let message = format!(
                        "the run needed more than {} GiB of memory and was stopped",
                        LIMIT >> 30
                    );
                    let error = Some(RunError { message, ..RunError::default() });
                    let status = "failed".to_owned();
                    let ended = Ended { status, error, ..Ended::default() };
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

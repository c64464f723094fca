//! The worker as seen from the server: a child process with pipes.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Write},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
};

use crossbeam_channel::{Receiver, unbounded};

use super::{
    descendants::kill_with_descendants,
    protocol::{Order, Report},
};

/// A worker process. It is killed when this is dropped, and so is what its runs started.
pub(crate) struct WorkerProcess {
    child: Child,
    orders: BufWriter<ChildStdin>,
    /// What it reports; disconnected when it has ended.
    pub(crate) reports: Receiver<Report>,
}

impl WorkerProcess {
    /// Starts a worker: this program, as `ko run-worker`.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(crate) fn start() -> io::Result<WorkerProcess> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("run-worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("a pipe of the worker is missing");
        let orders = BufWriter::new(child.stdin.take().ok_or_else(missing)?);
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let (sender, reports) = unbounded();
        thread::Builder::new().name("ko-worker-reports".to_owned()).spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                match serde_json::from_str(&line) {
                    Ok(report) => {
                        if sender.send(report).is_err() {
                            return;
                        }
                    }
                    Err(error) => tracing::error!("the worker says something unknown: {error}"),
                }
            }
        })?;
        Ok(WorkerProcess { child, orders, reports })
    }

    /// Sends orders. It may be that the worker is gone and nobody reads them: then `reports` says so.
    ///
    /// # Errors
    /// When the worker is gone.
    pub(crate) fn send<'a>(
        &mut self,
        orders: impl IntoIterator<Item = &'a Order>,
    ) -> io::Result<()> {
        for order in orders {
            serde_json::to_writer(&mut self.orders, order)?;
            self.orders.write_all(b"\n")?;
        }
        self.orders.flush()
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        kill_with_descendants(&mut self.child);
    }
}

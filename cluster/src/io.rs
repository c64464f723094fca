//! The threads on which connections live. A run asks from many threads, each with a small runtime of its own that stands
//! still while its thread computes; sockets that belonged to one of those would stand still, too.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A runtime of its own, with one thread. Ends when dropped, wherever that is, without waiting for what still runs.
pub(crate) struct Io {
    runtime: Option<Runtime>,
}

impl Io {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub(crate) fn start() -> io::Result<Io> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ko-cluster")
            .enable_all()
            .build()?;
        Ok(Io { runtime: Some(runtime) })
    }

    /// Runs the future there. Dropping what this returns ends the future.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<Task<T>> {
        Some(Task { handle: self.runtime.as_ref()?.spawn(future), detached: false })
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The plain end of a runtime blocks, which the last owner may not be allowed to do.
            runtime.shutdown_background();
        }
    }
}

/// A future that runs elsewhere; it ends when this is dropped.
pub(crate) struct Task<T> {
    handle: JoinHandle<T>,
    detached: bool,
}

impl<T> Task<T> {
    /// What it gives; `None` if it panicked, or its runtime ended.
    pub(crate) async fn result(mut self) -> Option<T> {
        (&mut self.handle).await.ok()
    }

    /// Lets it run to its own end.
    pub(crate) fn detach(mut self) {
        self.detached = true;
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if !self.detached {
            self.handle.abort();
        }
    }
}

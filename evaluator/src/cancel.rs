//! Cancelling a run from another thread.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

/// A flag that can be raised once. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    notify: Notify,
    parent: Option<CancelToken>,
}

impl CancelToken {
    /// A token that nobody has raised.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// A token that is raised with this one, and can be raised alone.
    pub fn child(&self) -> CancelToken {
        CancelToken(Arc::new(Inner { parent: Some(self.clone()), ..Inner::default() }))
    }

    /// Raises it.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.notify.notify_waiters();
    }

    /// Whether it, or one that it is a child of, is raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
            || self.0.parent.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Completes when it is raised.
    pub async fn cancelled(&self) {
        // Wait on every token of the chain at once: any of them may be raised.
        let mut chain = vec![self.clone()];
        while let Some(parent) = chain.last().and_then(|token| token.0.parent.clone()) {
            chain.push(parent);
        }
        let waits = chain.iter().map(|token| Box::pin(token.wait()));
        futures_util::future::select_all(waits).await;
    }

    async fn wait(&self) {
        let notified = self.0.notify.notified();
        let mut notified = std::pin::pin!(notified);
        notified.as_mut().enable();
        if !self.0.cancelled.load(Ordering::Acquire) {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_is_raised_with_its_parent_but_not_the_other_way() {
        let parent = CancelToken::new();
        let (a, b) = (parent.child(), parent.child());
        a.cancel();
        a.cancelled().await;
        assert!(a.is_cancelled() && !b.is_cancelled() && !parent.is_cancelled());
        let waiting = tokio::spawn({
            let b = b.clone();
            async move { b.cancelled().await }
        });
        tokio::task::yield_now().await;
        parent.cancel();
        waiting.await.unwrap();
        assert!(b.is_cancelled());
    }
}

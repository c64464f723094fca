//! `$/progress` for what takes long enough that somebody wonders.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lsp::transport::Notifier;

/// What is faster needs no progress.
const PATIENCE: Duration = Duration::from_millis(300);

/// Does something; shows that it goes on, if it takes long and the client has given a token for it.
pub(super) async fn shown<T>(
    notifier: &Notifier,
    token: Option<&Value>,
    title: String,
    work: impl Future<Output = T>,
) -> T {
    let Some(token) = token else { return work.await };
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    let say = |value: Value| notifier.send("$/progress", &json!({"token": token, "value": value}));
    say(json!({"kind": "begin", "title": title, "cancellable": true}));
    // Also when it is given up in the middle.
    let _end = End(|| say(json!({"kind": "end"})));
    work.await
}

struct End<F: Fn()>(F);

impl<F: Fn()> Drop for End<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

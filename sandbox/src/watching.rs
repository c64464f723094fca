//! Watches: a place in the log of changes, and what of it a selection sees.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ko_evaluator::cluster::{ApiError, Resource, Selection, Watch, WatchEvent, WatchEventKind};

use crate::errors;
use crate::requests::Filter;
use crate::state::{Change, State};
use crate::waiting::{Shared, wait};

/// How long a watch lasts before the server ends it, as real ones do so that clients spread over servers.
const LIFE: Duration = Duration::from_secs(1800);

/// A running watch.
pub(crate) struct SandboxWatch {
    shared: Arc<Shared>,
    filter: Filter,
    seen: u64,
    ends: Duration,
    over: bool,
}

impl SandboxWatch {
    /// Begins after version `from`.
    ///
    /// # Errors
    /// 400 for bad selectors and versions; 410 when the log does not reach back that far.
    pub(crate) fn open(
        shared: &Arc<Shared>,
        resource: &Resource,
        selection: &Selection,
        from: &str,
    ) -> Result<SandboxWatch, ApiError> {
        shared.request(|state| {
            let filter = Filter::parse(state, resource, selection)?;
            let seen = match from {
                // "Start at any version": here, now.
                "" | "0" => state.version,
                _ => from.parse().map_err(|_| {
                    errors::bad_request(format!("Invalid value: {from:?}: not a resource version"))
                })?,
            };
            if let Err(oldest) = state.changes_after(seen).map(|_| ()) {
                return Err(errors::expired(seen, oldest));
            }
            let ends = state.now.saturating_add(LIFE);
            Ok(SandboxWatch { shared: shared.clone(), filter, seen, ends, over: false })
        })
    }
}

/// The next event after `seen`, which moves on.
fn poll(state: &State, filter: &Filter, seen: &mut u64) -> Option<Result<WatchEvent, ApiError>> {
    match state.changes_after(*seen) {
        Err(oldest) => Some(Err(errors::expired(*seen, oldest))),
        Ok(changes) => {
            for change in changes {
                *seen = change.version;
                if change.kind == filter.kind
                    && let Some(event) = visible(filter, change)
                {
                    return Some(Ok(event));
                }
            }
            None
        }
    }
}

/// What a selection sees of a change: an object that begins or ceases to match comes or goes.
fn visible(filter: &Filter, change: &Change) -> Option<WatchEvent> {
    let before = change.old.as_deref().is_some_and(|it| filter.matches(it));
    let after = change.event != WatchEventKind::Deleted && filter.matches(&change.new);
    let kind = match (before, after) {
        (false, true) => WatchEventKind::Added,
        (true, true) => WatchEventKind::Modified,
        (true, false) => WatchEventKind::Deleted,
        (false, false) => return None,
    };
    Some(WatchEvent { kind, object: change.new.clone() })
}

impl Watch for SandboxWatch {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<WatchEvent, ApiError>>> {
        Box::pin(async move {
            if self.over {
                return None;
            }
            let (filter, seen) = (&self.filter, &mut self.seen);
            let event = wait(&self.shared, self.ends, |state| poll(state, filter, seen)).await;
            // After an error or the end there is nothing more.
            self.over = !matches!(event, Some(Ok(_)));
            event
        })
    }
}

//! Hearing that a cluster may publish another API than before, without asking again and again: a watch on the definitions
//! of custom resources and on the registrations of aggregated APIs, of both only the metadata. Where the user may not watch
//! these, the time has come every minute.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{Request, header};
use kube::core::WatchEvent;
use serde::Deserialize;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

use crate::connection::{ConnectError, Connection};
use crate::events;

/// What makes kinds appear and go.
const SOURCES: [&str; 2] = [
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/apiregistration.k8s.io/v1/apiservices",
];

/// How often to look where nothing can be watched.
const EVERY: Duration = Duration::from_secs(60);

/// A watch that ends sooner than this is not begun again at once.
const BRIEF: Duration = Duration::from_secs(5);

/// How long such a one waits.
const PAUSE: Duration = Duration::from_secs(1);

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something changed: what the cluster publishes follows at once or in some seconds.
    Change,
    /// Something may have changed that was not heard.
    Perhaps,
}

/// Listens to one cluster.
pub struct Changes {
    connection: Connection,
    sources: Vec<Source>,
}

struct Source {
    path: &'static str,
    /// Up to where it was heard; empty if that is not known.
    version: String,
    events: Option<Receiver<events::Item>>,
    begun: Instant,
    /// The user may not watch it.
    refused: bool,
}

/// What a source says.
enum Said {
    Event(WatchEvent<serde_json::Value>),
    Error(u16),
    End,
}

impl Changes {
    /// Nothing is asked before the first call of [`Changes::next`].
    #[must_use]
    pub fn new(connection: &Connection) -> Changes {
        let source = |path| Source {
            path,
            version: String::new(),
            events: None,
            begun: Instant::now(),
            refused: false,
        };
        Changes { connection: connection.clone(), sources: SOURCES.map(source).into() }
    }

    /// Waits until the cluster may publish something else. It may also be the same: [`is_current`](crate::is_current) tells.
    /// What changes between two calls is not missed. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the cluster is not heard any more. A later call begins anew.
    pub async fn next(&mut self) -> Result<Heard, ConnectError> {
        loop {
            let anew = self.listen().await?;
            if anew {
                return Ok(Heard::Perhaps);
            }
            let polls = self.sources.iter().any(|it| it.refused);
            let said = tokio::select! {
                said = first(&mut self.sources) => said,
                () = sleep(EVERY), if polls => return Ok(Heard::Perhaps),
            };
            let Some((index, said)) = said else {
                // Nothing is watched.
                sleep(EVERY).await;
                return Ok(Heard::Perhaps);
            };
            let Some(source) = self.sources.get_mut(index) else { continue };
            match said {
                Said::Event(WatchEvent::Bookmark(mark)) => {
                    source.version = mark.metadata.resource_version;
                }
                Said::Event(WatchEvent::Error(status)) => {
                    source.events = None;
                    if status.code == 410 {
                        source.version.clear();
                        return Ok(Heard::Perhaps);
                    }
                }
                Said::Event(
                    WatchEvent::Added(it) | WatchEvent::Modified(it) | WatchEvent::Deleted(it),
                ) => {
                    if let Some(version) = it["metadata"]["resourceVersion"].as_str() {
                        version.clone_into(&mut source.version);
                    }
                    return Ok(Heard::Change);
                }
                Said::Error(code) => {
                    source.events = None;
                    match code {
                        403 => source.refused = true,
                        410 => {
                            source.version.clear();
                            return Ok(Heard::Perhaps);
                        }
                        _ => {}
                    }
                }
                Said::End => source.events = None,
            }
        }
    }

    /// Begins the watches that are not under way. Whether one of them had lost its place, so that something may have been
    /// missed.
    async fn listen(&mut self) -> Result<bool, ConnectError> {
        let mut missed = false;
        for source in self.sources.iter_mut().filter(|it| !it.refused && it.events.is_none()) {
            if source.begun.elapsed() < BRIEF && !source.version.is_empty() {
                sleep(PAUSE).await;
            }
            // Also when its place is known: this is what tells that the server is there, and accepts the credential.
            let path = format!("{}?limit=1", source.path);
            let answer = self.connection.get(&path, METADATA_LIST).await?;
            match answer.status.as_u16() {
                200..=299 => {}
                403 | 404 => {
                    source.refused = true;
                    continue;
                }
                code => {
                    return Err(ConnectError::Unreachable(format!(
                        "the server answers {code} to {}",
                        source.path
                    )));
                }
            }
            if source.version.is_empty() {
                let list: List = serde_json::from_slice(&answer.body).unwrap_or_default();
                missed = true;
                source.version = list.metadata.resource_version;
            }
            let request = Request::get(format!(
                "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={}",
                source.path, source.version
            ));
            let request = request.header(header::ACCEPT, METADATA).body(Vec::new());
            let request = request.map_err(|it| ConnectError::Configuration(it.to_string()))?;
            source.events = Some(self.connection.watch(request));
            source.begun = Instant::now();
        }
        Ok(missed)
    }
}

#[derive(Default, Deserialize)]
struct List {
    metadata: ListMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(default)]
    resource_version: String,
}

/// What is said first, and by which; `None` if none is listened to.
async fn first(sources: &mut [Source]) -> Option<(usize, Said)> {
    let mut waiting: FuturesUnordered<_> = sources
        .iter_mut()
        .enumerate()
        .filter_map(|(index, source)| Some((index, source.events.as_mut()?)))
        .map(|(index, events)| async move {
            let said = match events.recv().await {
                Some(Ok(event)) => Said::Event(event),
                Some(Err(error)) => Said::Error(error.code),
                None => Said::End,
            };
            (index, said)
        })
        .collect();
    waiting.next().await
}

//! The `Cluster` trait over a `kube` client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use http::{Method, Request};
use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, ExecOptions, ExecOutput, List, LogOptions, PartWrite,
    PatchType, Resource, Selection, Watch, WatchEvent, WatchEventKind, WriteOptions,
};
use kube::Client;
use kube::client::Body;
use kube::core::WatchEvent as KubeEvent;
use serde_json::Value as Json;

use crate::answer;
use crate::connection::{Connection, Events, open_watch};
use crate::request::{self, Url};

/// How often a list is begun anew when its pages expire.
const LIST_ATTEMPTS: usize = 3;

/// A Kubernetes cluster.
pub struct KubeCluster {
    way: Way,
    name: String,
    started: Instant,
}

/// How requests get there.
enum Way {
    Client(Client),
    Connection(Connection),
}

impl KubeCluster {
    /// A cluster behind `client`, called `name` in messages, such as the name of its context.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> KubeCluster {
        KubeCluster { way: Way::Client(client), name: name.into(), started: Instant::now() }
    }

    /// The cluster at the other end of a connection, called as its context is.
    #[must_use]
    pub fn connected(connection: Connection) -> KubeCluster {
        let name = connection.name().to_owned();
        KubeCluster { way: Way::Connection(connection), name, started: Instant::now() }
    }

    async fn send(&self, request: Result<Request<Vec<u8>>, http::Error>) -> Result<Json, ApiError> {
        let (code, retry_after, body) = self.exchange(request).await?;
        answer::read(code, retry_after, &body)
    }

    /// Sends a request and reads the answer, whatever it is.
    async fn exchange(
        &self,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<(u16, Option<Duration>, Vec<u8>), ApiError> {
        let request = request.map_err(|error| answer::unreadable(error.to_string()))?;
        match &self.way {
            Way::Connection(connection) => {
                let sent = connection.send(request).await;
                let answer = sent.map_err(|error| answer::unconnected(&error))?;
                Ok((answer.status.as_u16(), answer.retry_after, answer.body))
            }
            Way::Client(client) => {
                let response = client.send(request.map(Body::from)).await;
                let response = response.map_err(|error| answer::failure(&error))?;
                let code = response.status().as_u16();
                let retry_after = answer::retry_after(response.headers());
                let body = response.into_body().collect_bytes().await;
                let body = body.map_err(|error| answer::failure(&error))?;
                Ok((code, retry_after, body.to_vec()))
            }
        }
    }

    async fn object(
        &self,
        resource: &Resource,
        request: Result<Request<Vec<u8>>, http::Error>,
    ) -> Result<Arc<Json>, ApiError> {
        let mut object = self.send(request).await?;
        answer::identify(resource, &mut object);
        Ok(Arc::new(object))
    }

    /// All pages of a list.
    async fn pages(&self, resource: &Resource, selection: &Selection) -> Result<List, ApiError> {
        let mut items: Vec<Arc<Json>> = Vec::new();
        let mut token = String::new();
        loop {
            let mut page = self.send(request::list(resource, selection, &token)).await?;
            if let Some(Json::Array(found)) = page.get_mut("items").map(Json::take) {
                items.extend(found.into_iter().map(|mut it| {
                    answer::identify(resource, &mut it);
                    answer::strip(&mut it);
                    Arc::new(it)
                }));
            }
            let metadata = &page["metadata"];
            token = metadata["continue"].as_str().unwrap_or_default().to_owned();
            if token.is_empty() {
                let version = metadata["resourceVersion"].as_str().unwrap_or_default();
                let place = |it: &Json| {
                    let text = |name: &str| it["metadata"][name].as_str().unwrap_or("").to_owned();
                    (text("namespace"), text("name"))
                };
                items.sort_by_cached_key(|it| place(it));
                return Ok(List { items, resource_version: version.to_owned() });
            }
        }
    }
}

impl Cluster for KubeCluster {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn get<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name));
        Box::pin(self.object(resource, url.request(Method::GET, "", None)))
    }

    fn list<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
    ) -> BoxFuture<'a, Result<List, ApiError>> {
        Box::pin(async move {
            let mut attempt = 1;
            loop {
                match self.pages(resource, selection).await {
                    // The pages belong to a version that is forgotten: they would not make one list.
                    Err(error) if error.code == 410 && attempt < LIST_ATTEMPTS => attempt += 1,
                    other => return other,
                }
            }
        })
    }

    fn watch<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
        from: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Watch>, ApiError>> {
        Box::pin(async move {
            let request = request::watch(resource, selection, from)
                .map_err(|error| answer::unreadable(error.to_string()))?;
            let events: Events = match &self.way {
                Way::Connection(connection) => {
                    let events = connection.watch(request);
                    stream::unfold(events, async |mut events| {
                        let event = events.recv().await?;
                        Some((event, events))
                    })
                    .boxed()
                }
                Way::Client(client) => open_watch(client, request).await?,
            };
            Ok(Box::new(KubeWatch { resource: resource.clone(), events }) as Box<dyn Watch>)
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, None).writing(options);
        Box::pin(
            self.object(resource, url.request(Method::POST, "application/json", Some(&object))),
        )
    }

    fn replace<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name)).writing(options);
        Box::pin(self.object(resource, url.request(Method::PUT, "application/json", Some(&object))))
    }

    fn patch<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        subresource: Option<&'a str>,
        patch_type: PatchType,
        patch: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name)).subresource(subresource);
        let request = request::patch(url, patch_type, &patch, options);
        Box::pin(self.object(resource, request))
    }

    fn get_part<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        part: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name)).subresource(Some(part));
        Box::pin(async move { self.send(url.request(Method::GET, "", None)).await.map(Arc::new) })
    }

    fn write_part<'a>(
        &'a self,
        how: PartWrite,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        part: &'a str,
        body: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name)).subresource(Some(part));
        let method = match how {
            PartWrite::Create => Method::POST,
            PartWrite::Replace => Method::PUT,
        };
        let request = url.writing(options).request(method, "application/json", Some(&body));
        Box::pin(async move { self.send(request).await.map(Arc::new) })
    }

    fn logs<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a LogOptions,
    ) -> BoxFuture<'a, Result<Vec<u8>, ApiError>> {
        Box::pin(async move {
            let (code, retry_after, body) =
                self.exchange(request::logs(namespace, pod, options)).await?;
            if !(200..300).contains(&code) {
                let unclear = || answer::unreadable(format!("HTTP {code} instead of a log"));
                return Err(answer::read(code, retry_after, &body).err().unwrap_or_else(unclear));
            }
            if body.len() >= request::LONGEST_LOG {
                return Err(answer::unreadable(format!(
                    "the log is longer than {} bytes: ask for less with `tail` or `since`",
                    request::LONGEST_LOG
                )));
            }
            Ok(body)
        })
    }

    fn exec<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a ExecOptions,
    ) -> BoxFuture<'a, Result<ExecOutput, ApiError>> {
        Box::pin(async move {
            match &self.way {
                Way::Connection(connection) => {
                    let place = (namespace.to_owned(), pod.to_owned());
                    connection.exec(place.0, place.1, options.clone()).await
                }
                Way::Client(client) => {
                    crate::exec::run(client.clone(), namespace, pod, options).await
                }
            }
        })
    }

    fn delete<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        options: &'a DeleteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        let url = Url::new(resource, namespace, Some(name));
        Box::pin(self.object(resource, request::delete(&url, options)))
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn clock(&self) -> String {
        // To the millisecond: more says nothing to people.
        let now = jiff::Timestamp::now();
        now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A watch on the wire.
struct KubeWatch {
    resource: Resource,
    events: Events,
}

impl Watch for KubeWatch {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<WatchEvent, ApiError>>> {
        Box::pin(async move {
            loop {
                let (kind, mut object) = match self.events.next().await? {
                    Ok(KubeEvent::Added(it)) => (WatchEventKind::Added, it),
                    Ok(KubeEvent::Modified(it)) => (WatchEventKind::Modified, it),
                    Ok(KubeEvent::Deleted(it)) => (WatchEventKind::Deleted, it),
                    // Only says how far the server is.
                    Ok(KubeEvent::Bookmark(_)) => continue,
                    Ok(KubeEvent::Error(status)) => return Some(Err(answer::status(&status))),
                    Err(error) => return Some(Err(error)),
                };
                answer::identify(&self.resource, &mut object);
                answer::strip(&mut object);
                return Some(Ok(WatchEvent { kind, object: Arc::new(object) }));
            }
        })
    }
}

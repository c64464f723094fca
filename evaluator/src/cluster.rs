//! Kubernetes as the evaluator sees it: one trait, implemented by the sandbox and by the real cluster.
//!
//! The trait speaks of resources and JSON objects, close to the verbs of the Kubernetes API
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/>); what a gate means in terms of these verbs is
//! decided in [`crate::gates`], once for all implementations.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use ko_schema::Kind;
use serde_json::Value as Json;

/// Names a resource collection: group, version, plural and scope, as in the request path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// API group, empty for the core group.
    pub group: String,
    /// Version, such as `v1`.
    pub version: String,
    /// Plural name in the path, such as `statefulsets`.
    pub plural: String,
    /// Kind of the objects, such as `StatefulSet`.
    pub kind: String,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
}

impl From<&Kind> for Resource {
    fn from(kind: &Kind) -> Self {
        Resource {
            group: kind.group.to_string(),
            version: kind.version.to_string(),
            plural: kind.plural.to_string(),
            kind: kind.kind.to_string(),
            namespaced: kind.namespaced,
        }
    }
}

impl Resource {
    /// `v1` or `apps/v1`, the `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// What a list or watch selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// One namespace; `None` for all, and for resources without namespaces.
    pub namespace: Option<String>,
    /// Label selector as text.
    pub labels: Option<String>,
    /// Field selector as text.
    pub fields: Option<String>,
}

/// How an object is to be deleted (`DeleteOptions` of the Kubernetes API).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// `preconditions.uid`: delete only this very object.
    pub uid: Option<String>,
    /// `propagationPolicy`; `None` leaves it to the server.
    pub propagation: Option<&'static str>,
}

/// Options of a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// `fieldManager` of the request.
    pub field_manager: String,
    /// `dryRun=All`: everything but the commit.
    pub dry_run: bool,
    /// `force=true` of server-side apply.
    pub force: bool,
}

/// The type of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// Server-side apply.
    Apply,
    /// JSON merge patch (RFC 7386).
    Merge,
    /// Strategic merge patch, built-in kinds only.
    Strategic,
    /// JSON patch (RFC 6902).
    Json,
}

/// A change seen by a watch.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchEvent {
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub kind: WatchEventKind,
    /// The object after the change; for a deletion its last state.
    pub object: Arc<Json>,
}

/// The kinds of [`WatchEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchEventKind {
    /// The object is new to the selection.
    Added,
    /// The object changed.
    Modified,
    /// The object left the selection.
    Deleted,
}

/// A list with the version to watch from.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The objects, ordered by namespace and name.
    pub items: Vec<Arc<Json>>,
    /// `metadata.resourceVersion` of the list.
    pub resource_version: String,
}

/// A refusal or failure of the API server (`Status` of the Kubernetes API).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status code; 0 when no answer came.
    pub code: u16,
    /// Machine-readable reason, such as `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`.
    pub reason: String,
    /// Text of the server.
    pub message: String,
    /// `details.causes` as (field, reason, message).
    pub causes: Vec<(String, String, String)>,
    /// After what time the server wants to be asked again, if it said so (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// The reason of errors that stand for an answer that did not come, or broke off: nobody knows what became of the request.
pub const NO_ANSWER: &str = "NoAnswer";

/// How a part of an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartWrite {
    /// POST: evictions, bindings, tokens.
    Create,
    /// PUT.
    Replace,
}

/// Which part of the log of a container is wanted (`PodLogOptions` of the Kubernetes API).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// The container; may be left out if the pod has one.
    pub container: Option<String>,
    /// How many lines from the end.
    pub tail: Option<i64>,
    /// How old the lines may be, in seconds.
    pub since: Option<u64>,
    /// Whether it is the log of the container before its last restart.
    pub previous: bool,
    /// Whether each line begins with its time.
    pub timestamps: bool,
}

/// A program to run in a container (`PodExecOptions` of the Kubernetes API).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecOptions {
    /// The container; may be left out if the pod has one.
    pub container: Option<String>,
    /// The program and its arguments. No shell looks at them.
    pub command: Vec<String>,
    /// What it reads from its standard input.
    pub stdin: Option<Vec<u8>>,
}

/// What a program in a container left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecOutput {
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
    /// Its exit code.
    pub exit_code: i64,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

/// A running watch. Dropping it ends the watch.
pub trait Watch: Send {
    /// The next event; `None` when the server ended the watch, after which the caller lists again.
    fn next(&mut self) -> BoxFuture<'_, Option<Result<WatchEvent, ApiError>>>;
}

/// A Kubernetes API server.
pub trait Cluster: Send + Sync {
    /// What to call it in messages, such as `sandbox` or the name of a context.
    fn name(&self) -> String;

    /// Reads one object.
    fn get<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Lists all objects of a selection.
    fn list<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
    ) -> BoxFuture<'a, Result<List, ApiError>>;

    /// Watches a selection from a version that a list gave.
    fn watch<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
        from: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Watch>, ApiError>>;

    /// Creates an object; answers it as stored.
    fn create<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Replaces an object; `metadata.resourceVersion` in it, if any, must be the current one.
    fn replace<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Patches an object or a subresource such as `scale` or `status`.
    #[allow(clippy::too_many_arguments)] // the parts of the request, which have nothing else in common
    fn patch<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        subresource: Option<&'a str>,
        patch_type: PatchType,
        patch: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Reads a part of an object, such as `status` or `scale`.
    fn get_part<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        part: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Writes a part of an object. Answers it, or what the server says instead (evictions are answered with a `Status`).
    #[allow(clippy::too_many_arguments)] // the parts of the request, which have nothing else in common
    fn write_part<'a>(
        &'a self,
        how: PartWrite,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        part: &'a str,
        body: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// The log of a container of a pod, as far as it has come.
    fn logs<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a LogOptions,
    ) -> BoxFuture<'a, Result<Vec<u8>, ApiError>>;

    /// Runs a program in a container of a pod, to its end.
    fn exec<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a ExecOptions,
    ) -> BoxFuture<'a, Result<ExecOutput, ApiError>>;

    /// Deletes an object. Answers its last state; it may live on until its finalizers are gone.
    fn delete<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        options: &'a DeleteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>>;

    /// Time since some fixed point on the clock that this cluster lives by: real time, or virtual time in the
    /// sandbox. Deadlines of waits are measured on it.
    fn now(&self) -> Duration;

    /// The date and time on that clock, as RFC 3339 has it, for what is written into objects.
    fn clock(&self) -> String;

    /// Completes when [`Self::now`] has advanced by `duration`. In the sandbox this is virtual: when everybody
    /// waits, the clock jumps.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

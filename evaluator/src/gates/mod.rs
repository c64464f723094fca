//! What gates mean in terms of the Kubernetes API, once for all clusters and all kinds: a gate is a verb on a kind, and
//! everything here follows from these two and from the schema. Nothing here knows a transport.
//!
//! Refusals of the server are panics of the program, with a value that says what happened:
//! `(k8s: (code, reason, message, kind, namespace, name, causes: ((field, reason, message)), retryAfter))`. Mistakes in arguments
//! are errors.

mod arguments;
mod conditions;
mod create;
mod decode;
mod delete;
mod diff;
pub(crate) mod duration;
mod encode;
mod events;
mod parts;
mod pods;
mod problem;
mod read;
mod request;
mod wait;
mod watch;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ko_schema::{Gate, GateVerb, Kind, Schema};
use serde_json::Value as Json;

use crate::cluster::{ApiError, Cluster, PartWrite, Resource, WriteOptions};
use crate::failure::Failure;
use crate::gate_call::{CallContext, GateArgs, GateRunner};
use crate::value::Value;

/// How gates work where a call does not say.
#[derive(Debug, Clone)]
pub struct GatesOptions {
    /// Who the server notes as the owner of what gates write; see [`field_manager`].
    pub field_manager: String,
    /// How long gates wait, if a call does not say.
    pub timeout: Duration,
    /// How long the gates that do not wait may take for their requests, all attempts together.
    pub request_timeout: Duration,
}

impl Default for GatesOptions {
    fn default() -> Self {
        GatesOptions {
            field_manager: "ko".to_owned(),
            timeout: Duration::from_secs(300),
            request_timeout: Duration::from_secs(60),
        }
    }
}

/// The name under which a package writes: `ko:` and its path. The server takes at most 128 characters; of longer paths
/// the head gives way to a number made from it.
/// Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/> (`fieldManager`).
#[must_use]
pub fn field_manager(package: &str) -> String {
    const LIMIT: usize = 128;
    let name = format!("ko:{}", ko_queries::projects::import_path(package));
    if name.chars().count() <= LIMIT {
        return name;
    }
    // FNV-1a: the same path gives the same name in every version of this program.
    let hash = package.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let tail: Vec<char> = package.chars().rev().take(LIMIT - 20).collect();
    format!("ko:{hash:016x}:{}", tail.into_iter().rev().collect::<String>())
}

/// Carries out gates against a cluster.
pub struct ClusterGates {
    cluster: Arc<dyn Cluster>,
    options: GatesOptions,
}

impl ClusterGates {
    /// Gates that work on `cluster`.
    #[must_use]
    pub fn new(cluster: Arc<dyn Cluster>, options: GatesOptions) -> ClusterGates {
        ClusterGates { cluster, options }
    }
}

impl GateRunner for ClusterGates {
    fn call<'a>(
        &'a self,
        gate: &'a Gate,
        args: GateArgs,
        context: &'a CallContext,
    ) -> BoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            let schema = context.schema();
            let kind = schema.kind(gate.kind);
            let mut call = Call {
                cluster: &*self.cluster,
                options: &self.options,
                schema,
                gate,
                kind,
                resource: Resource::from(kind),
                args: &args,
                context,
                time: Duration::MAX,
                deadline: Duration::MAX,
            };
            let waits = gate.param("timeout").is_some();
            call.time = if waits { call.timeout()? } else { self.options.request_timeout };
            call.deadline = self.cluster.now().saturating_add(call.time);
            call.run().await
        })
    }

    fn now(&self) -> Duration {
        self.cluster.now()
    }

    fn sleep(&self, duration: Duration) -> Option<BoxFuture<'_, ()>> {
        Some(self.cluster.sleep(duration))
    }
}

/// One call of a gate.
struct Call<'a> {
    cluster: &'a dyn Cluster,
    options: &'a GatesOptions,
    schema: &'a Schema,
    gate: &'a Gate,
    kind: &'a Kind,
    resource: Resource,
    args: &'a GateArgs,
    context: &'a CallContext,
    /// How long the call may take.
    time: Duration,
    /// When the call must be over, on the clock of the cluster.
    deadline: Duration,
}

impl Call<'_> {
    async fn run(&self) -> Result<Value, Failure> {
        match self.gate.verb {
            GateVerb::Create => self.create().await,
            GateVerb::Apply => self.apply().await,
            GateVerb::Get => self.get().await,
            GateVerb::Find => self.find().await,
            GateVerb::List | GateVerb::ListByLabelSelector | GateVerb::ListByFieldSelector => {
                self.list().await
            }
            GateVerb::Patch => self.patch().await,
            GateVerb::Update => self.update().await,
            GateVerb::Delete | GateVerb::DeleteMany => self.delete().await,
            GateVerb::WaitFor => self.wait_for().await,
            GateVerb::WaitForByLabelSelector => self.wait_for_many().await,
            GateVerb::Scale => self.scale().await,
            GateVerb::Replace => self.replace().await,
            GateVerb::Restart => self.restart().await,
            GateVerb::Watch => self.watch().await,
            GateVerb::Logs => self.logs().await,
            GateVerb::Exec => self.exec().await,
            GateVerb::Evict => self.evict().await,
            GateVerb::Token => self.token().await,
            GateVerb::Approve => self.approve().await,
            GateVerb::GetScale | GateVerb::GetPart => self.get_part().await,
            GateVerb::PatchPart => self.patch_part().await,
            GateVerb::CreatePart => self.write_part(PartWrite::Create).await,
            GateVerb::ReplacePart => self.write_part(PartWrite::Replace).await,
        }
    }

    fn write_options(&self) -> WriteOptions {
        WriteOptions {
            field_manager: self.options.field_manager.clone(),
            ..WriteOptions::default()
        }
    }

    /// The value of an object as the server shows it.
    fn value(&self, object: &Json) -> Result<Value, Failure> {
        decode::object(self.schema, self.kind, object)
            .map_err(|detail| self.mistake(&format!("the answer of the server: {detail}")))
    }

    /// An error in how the gate was called.
    fn mistake(&self, detail: &str) -> Failure {
        Failure::error(format!("{}: {detail}", self.gate.name))
    }

    /// A refusal of the server, as a panic.
    fn refused(&self, namespace: Option<&str>, name: &str, error: &ApiError) -> Failure {
        problem::refused(self.gate, self.kind, (namespace, name), error)
    }
}

//! A Kubernetes API server in the process, with virtual time: for people without a cluster, for rehearsals and for tests.
//!
//! A [`Sandbox`] implements the same trait as the real cluster. It checks what it is sent against the schema and the
//! rules of the common kinds, keeps objects with versions and a log for watches, and plays the controllers that make
//! workloads come to life. Nothing here opens a socket, reads a credential or takes real time.
//!
//! What is exact, what is simulated and what is missing:
//! - *Exact in intent*: create, replace, delete, list, watch, patches, label and field selectors, error codes and reasons.
//! - *Simplified*: server-side apply (see the module `apply`), validation beyond the schema (the common kinds only).
//! - *Simulated*: everything that controllers, the scheduler and the kubelet do.
//! - *Made up*: tokens of service accounts, which nobody accepts, and logs, which say only what became of the container.
//! - *Missing*: reviews, programs run in containers, subresources other than `status`, `scale`, `eviction`, `token` and
//!   `approval`, admission webhooks, cron jobs coming due,
//!   autoscaling, endpoint slices, events, custom resource definitions coming to life, conversion between versions of
//!   a kind (each version has objects of its own).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod apply;
mod base64;
mod controllers;
mod decode;
mod defaults;
mod errors;
mod json;
mod objects;
mod parts;
mod patch;
mod persist;
mod pods;
mod requests;
mod rules;
mod seed;
mod selectors;
mod state;
mod time;
mod waiting;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, ExecOptions, ExecOutput, List, LogOptions, PartWrite,
    PatchType, Resource, Selection, Watch, WriteOptions,
};
use ko_schema::Schema;
use serde_json::Value as Json;

pub use persist::LoadError;
use waiting::Shared;

/// A simulated cluster. Shared by all who work on it; ends with the last.
pub struct Sandbox {
    shared: Arc<Shared>,
}

impl Sandbox {
    /// A fresh cluster that serves `schema`: the usual namespaces, three nodes, a storage class.
    #[must_use]
    pub fn new(schema: &Schema) -> Arc<Sandbox> {
        Arc::new(Sandbox { shared: Arc::new(Shared::new(seed::fresh(schema.clone()))) })
    }

    /// A cluster as [`Sandbox::save`] left it. Its clock goes on from there; watches do not survive.
    ///
    /// # Errors
    /// When the bytes are damaged, or come from another version of this program or another schema.
    pub fn load(schema: &Schema, bytes: &[u8]) -> Result<Arc<Sandbox>, LoadError> {
        let state = persist::load(schema.clone(), bytes)?;
        Ok(Arc::new(Sandbox { shared: Arc::new(Shared::new(state)) }))
    }

    /// Everything in it, for [`Sandbox::load`]. Values of Secrets are replaced by fakes of the same length.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        persist::save(&self.shared.lock())
    }
}

impl Cluster for Sandbox {
    fn name(&self) -> String {
        "sandbox".to_owned()
    }

    fn get<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        Box::pin(async move {
            self.shared.request(|state| requests::get(state, resource, namespace, name))
        })
    }

    fn list<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
    ) -> BoxFuture<'a, Result<List, ApiError>> {
        Box::pin(
            async move { self.shared.request(|state| requests::list(state, resource, selection)) },
        )
    }

    fn watch<'a>(
        &'a self,
        resource: &'a Resource,
        selection: &'a Selection,
        from: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Watch>, ApiError>> {
        Box::pin(async move {
            let watch = watching::SandboxWatch::open(&self.shared, resource, selection, from)?;
            Ok(Box::new(watch) as Box<dyn Watch>)
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        Box::pin(async move {
            self.shared
                .request(|state| requests::create(state, resource, namespace, object, options))
        })
    }

    fn replace<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        object: Json,
        options: &'a WriteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        Box::pin(async move {
            self.shared
                .request(|it| requests::replace(it, resource, namespace, name, object, options))
        })
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
        Box::pin(async move {
            self.shared.request(|state| {
                let change = (patch_type, patch);
                requests::patch(state, resource, namespace, name, subresource, change, options)
            })
        })
    }

    fn get_part<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        part: &'a str,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        Box::pin(async move {
            self.shared.request(|state| parts::get(state, resource, namespace, name, part))
        })
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
        Box::pin(async move {
            self.shared.request(|state| {
                let target = (resource, namespace, name);
                match how {
                    PartWrite::Create => parts::create(state, target, part, &body),
                    PartWrite::Replace => parts::replace(state, target, part, body, options),
                }
            })
        })
    }

    fn logs<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a LogOptions,
    ) -> BoxFuture<'a, Result<Vec<u8>, ApiError>> {
        Box::pin(
            async move { self.shared.request(|state| pods::logs(state, namespace, pod, options)) },
        )
    }

    fn exec<'a>(
        &'a self,
        namespace: &'a str,
        pod: &'a str,
        options: &'a ExecOptions,
    ) -> BoxFuture<'a, Result<ExecOutput, ApiError>> {
        Box::pin(
            async move { self.shared.request(|state| pods::exec(state, namespace, pod, options)) },
        )
    }

    fn delete<'a>(
        &'a self,
        resource: &'a Resource,
        namespace: Option<&'a str>,
        name: &'a str,
        options: &'a DeleteOptions,
    ) -> BoxFuture<'a, Result<Arc<Json>, ApiError>> {
        Box::pin(async move {
            self.shared.request(|it| requests::delete(it, resource, namespace, name, options))
        })
    }

    fn now(&self) -> Duration {
        self.shared.lock().now
    }

    fn clock(&self) -> String {
        time::exact_stamp(self.now())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let deadline = self.now().saturating_add(duration);
            waiting::wait(&self.shared, deadline, |_| None::<()>).await;
        })
    }
}

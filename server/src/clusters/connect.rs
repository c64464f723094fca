//! From the name of a context to a cluster with its schema.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use ko_cluster::{ClusterSchema, Connection, Contexts, KubeCluster, Plugins, SchemaError};
use ko_schema::Schema;

use crate::state;

/// A cluster that the user asked for.
pub(crate) struct Live {
    /// The connection.
    pub(crate) connection: Connection,
    /// The cluster, for gates.
    pub(crate) cluster: Arc<KubeCluster>,
    /// Its schema, or the built-in one.
    pub(crate) schema: Schema,
    /// Its version, such as `v1.36.3`; empty if the user may not ask.
    pub(crate) version: String,
    /// What is not as it should be, for the user.
    pub(crate) notes: Vec<String>,
}

/// Connects to the context of this name, or to the current one, and reads the schema.
///
/// # Errors
/// When there is no such context, its plugin may not run, or the cluster cannot be reached.
pub(crate) fn connect(contexts: &Contexts, name: Option<&str>, plugins: Plugins) -> Result<Live> {
    block_on(async {
        let connection = Connection::new(contexts, name, plugins).await?;
        // Where nothing can be kept, everything is fetched.
        let folder = state::cache("schemas").ok();
        let found = ko_cluster::schema(&connection, folder.as_deref()).await;
        let mut notes = notes(contexts, &connection);
        let (schema, version) = match found {
            Ok(ClusterSchema { schema, version, untyped, .. }) => {
                if !untyped.is_empty() {
                    notes.push(format!(
                        "no schema for {}: objects of these have no types",
                        untyped.join(", ")
                    ));
                }
                (schema, version)
            }
            Err(SchemaError::Forbidden(reason)) => {
                notes.push(format!(
                    "{reason}; the built-in schema of Kubernetes {} is used",
                    Schema::builtin().version()
                ));
                (Schema::builtin().clone(), String::new())
            }
            Err(error) => {
                return Err(anyhow!("{error}"))
                    .with_context(|| format!("context `{}`", connection.name()));
            }
        };
        let cluster = Arc::new(KubeCluster::connected(connection.clone()));
        Ok(Live { connection, cluster, schema, version, notes })
    })?
}

/// What a user should know of a context before relying on it.
fn notes(contexts: &Contexts, connection: &Connection) -> Vec<String> {
    let Ok(context) = contexts.choose(Some(connection.name())) else { return Vec::new() };
    let mut notes = Vec::new();
    if context.insecure {
        notes.push(
            "the certificate of the server is not checked (insecure-skip-tls-verify)".to_owned(),
        );
    }
    if let Some(other) = &context.impersonates {
        notes.push(format!("acting as {other} (impersonation)"));
    }
    notes
}

/// The contexts of a kubeconfig; see [`Contexts::read`].
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) fn contexts(kubeconfig: Option<&Path>) -> Result<Contexts> {
    Ok(Contexts::read(kubeconfig)?)
}

/// Waits for something that the cluster answers.
///
/// # Errors
/// When the system gives no event loop.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

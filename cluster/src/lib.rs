//! The real Kubernetes cluster: contexts to choose from, a connection made when the user asks for it, the schema that the
//! cluster publishes, and its API behind the evaluator's `Cluster` trait.
//!
//! Only this crate knows `kube`. Nothing in it decides to connect, and no credential plugin runs without the user's
//! consent, which the caller must have ([`Plugins`]).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answer;
mod cache;
mod changes;
mod connection;
mod contexts;
mod discovery;
mod events;
mod exec;
mod io;
mod kube_cluster;
mod lookup;
mod plugin;
mod request;
mod schema;
#[cfg(test)]
mod tests;
mod warnings;
mod whole_file;

pub use changes::{Changes, Heard};
pub use connection::{ConnectError, Connection, Plugins};
pub use contexts::{Context, ContextError, Contexts, Plugin};
pub use kube_cluster::KubeCluster;
pub use lookup::{Glance, Named, Rules, glance, names, rules};
pub use schema::{
    ClusterSchema, Published, SchemaError, is_current, last_schema, schema, schema_in_file,
};
pub use whole_file::write_whole;

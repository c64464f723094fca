//! The real Kubernetes cluster behind the evaluator's `Cluster` trait.
//!
//! This is a beginning. [`KubeCluster`] speaks the API over a client that its maker gives it, with all that gates need;
//! but nothing in the program makes one yet: choosing a context, credentials, trust, the schema of the cluster and
//! confirmation before writes come first. Until then programs run in the sandbox.
//!
//! Only this crate knows `kube`. It reads no kubeconfig by itself and starts no programs.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answer;
mod kube_cluster;
mod request;
#[cfg(test)]
mod tests;

pub use kube_cluster::KubeCluster;

//! The shared evaluator of Ko programs.
//!
//! It runs the circuits that the checker typed. Kubernetes is behind the trait [`cluster::Cluster`]; nothing here
//! knows editors, protocols or syntax trees.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cluster;
pub mod event;
pub mod value;

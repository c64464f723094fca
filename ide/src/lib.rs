//! Editor features as pure functions over the queries.
//!
//! Every feature is one function from the database and a place to plain data, without any protocol's types, and one
//! module; its tests stand beside it. Nothing here reads files, waits or remembers.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod graph;

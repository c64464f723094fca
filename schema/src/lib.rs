//! The Kubernetes API model: compact types, gates and the built-in snapshot.
//!
//! A [`Schema`] answers three questions: which kinds a cluster serves ([`Kind`]), what their objects look like
//! ([`Type`]), and which functions of the language reach them ([`Gate`]). It comes from the snapshot inside the program
//! ([`Schema::builtin`]) or from the documents of an API server ([`openapi`]), and is the same thing either way.
//!
//! This crate does no input or output and knows nothing of text positions, of the network or of the editor.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod aligned;
mod builtin;
mod constraints;
mod docs;
mod facts;
mod gate;
mod gates;
mod kind;
mod lifecycle;
mod limits;
mod model;
mod naming;
pub mod openapi;
mod render;
mod resolve;
mod rules;
mod selectors;
#[cfg(test)]
mod snapshot_tests;
mod types;

pub use constraints::{Constraints, Rule};
pub use docs::Docs;
pub use facts::{Facts, FactsError};
pub use gate::{Effect, Gate, GateId, GateParam, GateType, GateVerb, Need};
pub use kind::{Kind, KindId, Subresource, Verb, Verbs};
pub use lifecycle::{
    Availability, KNOWN_VERSIONS, Lifecycle, known_version, lifecycle, lifecycles, minor,
};
pub use model::{FieldDoc, Schema};
pub use render::{render_gate, render_type};
pub use rules::Violation;
pub use types::{Field, ListType, StringFormat, StructType, Type, TypeId};

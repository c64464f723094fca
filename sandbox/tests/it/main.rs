//! The sandbox as its users see it: through the trait of the evaluator.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod api;
mod gates;
mod invariants;
mod programs;
mod support;
mod workloads;

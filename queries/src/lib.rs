//! Files, packages, names, circuits, types and diagnostics as salsa queries.
//!
//! No file system, no network and no protocol types here: text comes in through inputs, answers are plain data.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod builtins;
pub mod circuit;
pub mod diagnostic;
pub mod program;

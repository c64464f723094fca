//! Files, packages, names, circuits, types and diagnostics as salsa queries.
//!
//! No file system, no network and no protocol types here: text comes in through inputs, answers are plain data.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod availability;
pub mod builtins;
pub mod circuit;
pub mod database;
pub mod diagnostic;
pub mod diagnostics;
mod display;
pub mod effects;
pub mod explain;
mod findings;
mod graph;
mod inputs;
pub mod items;
mod kubernetes;
pub mod library;
pub mod link;
mod lints;
pub mod lower;
pub mod memory;
pub mod names;
mod outline;
pub mod program;
pub mod projects;
mod recent;
pub mod suggest;
pub mod types;

pub use crate::{
    circuit::FunctionKey,
    database::{Db, RootDatabase},
    diagnostic::FileId,
    diagnostics::diagnostics,
    link::{
        checked_program, checked_program_for_expression, program, program_for_expression,
        program_to_test, well_formed_program,
    },
};

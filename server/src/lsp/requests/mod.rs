//! The answers to requests: functions of a snapshot and the request's parameters, one file for each group.
//!
//! They convert and delegate; what the language means is known to the crates below.

pub(crate) mod actions;
pub(crate) mod calls;
pub(crate) mod completion;
pub(crate) mod cursor;
pub(crate) mod diagnostics;
pub(crate) mod document;
pub(crate) mod format;
mod functions;
pub(crate) mod graph;
pub(crate) mod hints;
pub(crate) mod lenses;
pub(crate) mod links;
pub(crate) mod live;
pub(crate) mod lowered;
pub(crate) mod navigation;
pub(crate) mod pages;
pub(crate) mod run;
pub(crate) mod symbols;
pub(crate) mod syntax_tree;
pub(crate) mod text;
pub(crate) mod tokens;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::pool::Failure;

/// Reads the parameters of one of our own requests.
///
/// # Errors
/// When they do not have the shape that the request needs.
fn params<T: DeserializeOwned>(params: &Value) -> Result<T, Failure> {
    T::deserialize(params).map_err(|error| {
        Failure::Refused(format!("the parameters are not as they should be: {error}"))
    })
}

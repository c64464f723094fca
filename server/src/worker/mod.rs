//! The process in which the language server lets programs run.

pub(crate) mod process;
pub(crate) mod protocol;

//! The process in which the language server lets programs run.
//!
//! [`process`] is the server's end, [`serve`](mod@serve) is the process itself, [`protocol`] is what they say to each other. The
//! evaluator is the same as everywhere; only the process around it is another, so that it can be limited and killed.

mod captured;
mod descendants;
mod memory;
mod observer;
mod place;
pub(crate) mod process;
pub(crate) mod protocol;
mod serve;

pub(crate) use serve::serve;

//! `cargo xtask grammar`: makes the tree-sitter parser out of its grammar. The generator is a library that `Cargo.lock`
//! pins; it is linked into an example of the crate of the parser, so that only those who change the grammar build it.

use anyhow::Result;

use crate::process;
use crate::tools::node;

/// Writes `editors/tree-sitter-ko/src`.
///
/// # Errors
/// When Node.js is missing, which reads the grammar, or the grammar is wrong.
pub(crate) fn generate() -> Result<()> {
    node::node()?;
    process::run(process::cargo().args([
        "run",
        "--quiet",
        "--package",
        "tree-sitter-ko",
        "--example",
        "generate",
    ]))
}

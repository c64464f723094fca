//! `cargo xtask grammar`: makes the tree-sitter parser out of its grammar. The generator is a library that `Cargo.lock`
//! pins; it is linked into an example of the crate of the parser, so that only those who change the grammar build it.
//! Compiles the parser for editors, too.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::tools::node;
use crate::{places, process};

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

/// Compiles the parser into the shared library `target`, as editors load it.
///
/// # Errors
/// When there is no C compiler, or it fails.
pub(crate) fn compile(target: &Path) -> Result<()> {
    let source = places::root().join("editors/tree-sitter-ko/src");
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let cc = process::need("cc", "install a C compiler (Debian: gcc)")?;
    let mut command = process::command(cc, &source);
    command.args(["-O2", "-shared", "-fPIC", "-std=c11", "-I.", "parser.c", "-o"]);
    process::run_quietly(command.arg(target))?;
    Ok(())
}

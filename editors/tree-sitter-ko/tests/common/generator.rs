//! Runs the generator of tree-sitter, the same way for the command and for the test that its result is committed.

#![allow(unreachable_pub)]

use std::path::Path;

use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// The binary interface of the parser. 14 is what all editors in use can load (Emacs 29 and 30, Helix, Neovim); 15 would
/// add only a version number.
const ABI: usize = 14;

/// Makes the parser of the grammar in the folder `grammar` into the folder `target`.
///
/// # Errors
/// When Node.js is missing, the grammar has a mistake, or the generator has something to remark.
pub fn generate(grammar: &Path, target: &Path) -> Result<(), String> {
    let mut remarks = Vec::new();
    generate_parser_in_directory(
        grammar,
        Some(target),
        Some(grammar.join("grammar.js")),
        ABI,
        None,
        Some("node"),
        true,
        OptLevel::default(),
        &mut remarks,
    )
    .map_err(|error| format!("cannot generate the parser with Node.js: {error}"))?;
    if remarks.is_empty() {
        return Ok(());
    }
    Err(remarks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

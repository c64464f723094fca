//! What is generated out of `grammar.js` is committed as the generator makes it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

#[path = "common/generator.rs"]
mod generator;

const FILES: &[&str] = &[
    "grammar.json",
    "node-types.json",
    "parser.c",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
    "tree_sitter/parser.h",
];

#[test]
fn generated_files_are_current() {
    if Command::new("node").arg("--version").output().is_err() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: install Node.js to check that src/parser.c is made out of grammar.js"
        );
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = tempfile::tempdir().unwrap();
    generator::generate(here, target.path()).unwrap();
    for file in FILES {
        let (made, committed) = (target.path().join(file), here.join("src").join(file));
        assert!(
            fs::read(made).unwrap() == fs::read(&committed).unwrap_or_default(),
            "{} is out of date: run `cargo xtask grammar`",
            committed.display()
        );
    }
}

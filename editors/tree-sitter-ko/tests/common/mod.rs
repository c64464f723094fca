//! What the tests of this crate share: the texts to try, and the parser.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

pub mod captures;
pub mod corpus;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tree_sitter::{Node, Parser, Tree};

/// A file of Ko.
pub struct Source {
    pub name: String,
    pub text: String,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_ko::LANGUAGE.into()).unwrap();
    parser.parse(text, None).unwrap()
}

/// All nodes, in the order of the text.
pub fn nodes(tree: &Tree) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    let mut cursor = tree.walk();
    loop {
        out.push(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return out;
            }
        }
    }
}

/// The Ko files of the repository and, if they are there, of the conformance suite and the shared examples.
pub fn sources() -> Vec<Source> {
    let mut out = Vec::new();
    for folder in ["examples", "tests/editors/fixture", "editors"] {
        collect(&root().join(folder), &mut out);
    }
    assert!(out.len() >= 3, "the files of the repository are missing");
    for folder in ["../shared/conformance", "../shared/examples"] {
        let folder = root().join(folder);
        if folder.is_dir() {
            collect(&folder, &mut out);
        } else {
            // Written past the capture of the test harness, so that it is seen.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: put the conformance suite and the examples at {}",
                folder.display()
            );
        }
    }
    out
}

fn collect(folder: &Path, out: &mut Vec<Source>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "node_modules") {
                collect(&path, out);
            }
        } else if path.extension().is_some_and(|extension| extension == "ko") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            out.push(Source { name: path.display().to_string(), text });
        }
    }
}

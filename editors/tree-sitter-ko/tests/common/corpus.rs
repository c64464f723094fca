//! Reads the cases in `test/corpus`, in the format of `tree-sitter test`
//! (<https://tree-sitter.github.io/tree-sitter/creating-parsers/5-writing-tests.html>).
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tree_sitter::Tree;

pub struct Case {
    pub file: PathBuf,
    pub name: String,
    pub input: String,
    /// The tree, one node a line; empty if the case says only `:error`.
    pub tree: String,
    /// Whether the text is wrong.
    pub is_error: bool,
}

pub fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).unwrap();
    let bar = |line: &str| line.len() >= 3 && line.trim_end().bytes().all(|byte| byte == b'=');
    let rule = |line: &str| line.len() >= 3 && line.trim_end().bytes().all(|byte| byte == b'-');
    let mut lines = text.split_inclusive('\n').peekable();
    let mut cases = Vec::new();
    while let Some(line) = lines.next() {
        assert!(bar(line), "{}: expected `===`, found {line:?}", file.display());
        let head: Vec<&str> = lines.by_ref().take_while(|line| !bar(line)).map(str::trim).collect();
        let input: String = lines.by_ref().take_while(|line| !rule(line)).collect();
        let mut tree = String::new();
        while let Some(line) = lines.next_if(|line| !bar(line)) {
            tree += line;
        }
        cases.push(Case {
            file: file.to_owned(),
            name: head[0].to_owned(),
            // The line end before the rule belongs to the format.
            input: input.strip_suffix('\n').unwrap_or(&input).to_owned(),
            tree: tree.trim().to_owned(),
            is_error: head[1..].contains(&":error"),
        });
    }
    cases
}

/// Writes the cases of one file with the trees that the parser makes now.
pub fn write(file: &Path, cases: &[&Case]) {
    let mut out = String::new();
    for case in cases {
        let bar = "=".repeat(80);
        let error = if case.is_error { ":error\n" } else { "" };
        write!(out, "{bar}\n{}\n{error}{bar}\n{}\n{}\n", case.name, case.input, "-".repeat(80))
            .unwrap();
        if case.is_error {
            out += "\n";
        } else {
            write!(out, "\n{}\n\n", sexp(&super::parse(&case.input))).unwrap();
        }
    }
    fs::write(file, out.trim_end().to_owned() + "\n").unwrap();
}

/// The named nodes of a tree with their fields, one a line.
pub fn sexp(tree: &Tree) -> String {
    let mut out = String::new();
    let mut cursor = tree.walk();
    let mut depth = 0;
    loop {
        let node = cursor.node();
        if node.is_named() {
            if depth > 0 {
                write!(out, "\n{}", "  ".repeat(depth)).unwrap();
            }
            if let Some(field) = cursor.field_name() {
                write!(out, "{field}: ").unwrap();
            }
            write!(out, "({}", node.kind()).unwrap();
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        loop {
            if cursor.node().is_named() {
                out.push(')');
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return out;
            }
            depth -= 1;
        }
    }
}

//! Runs queries and reads what they capture.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::ops::Range;

use tree_sitter::{Query, QueryCursor, StreamingIterator as _};

/// A node that a query captured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capture {
    pub start: usize,
    pub end: usize,
    pub name: String,
    /// The matches are numbered, to tell which captures belong together.
    pub group: usize,
    pub kind: &'static str,
}

impl Capture {
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

pub fn captures(query: &str, text: &str) -> Vec<Capture> {
    let query = Query::new(&tree_sitter_ko::LANGUAGE.into(), query).unwrap();
    let tree = super::parse(text);
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
    let mut out = Vec::new();
    let mut group = 0;
    while let Some(found) = matches.next() {
        group += 1;
        for capture in found.captures() {
            out.push(Capture {
                start: capture.node.start_byte(),
                end: capture.node.end_byte(),
                name: query.capture_names()[capture.index as usize].to_owned(),
                group,
                kind: if capture.node.kind() == "line_comment" { "line_comment" } else { "" },
            });
        }
    }
    out.sort();
    out
}

//! `ko/syntaxTree`: the syntax tree of a document, as text to read.

use ko_syntax::{SyntaxElement, view};
use ls_types::{Range, TextDocumentIdentifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lsp::{from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// Lines that an answer has at most: editors show them, and nobody reads more.
const MOST_LINES: usize = 100_000;

/// Which document, and perhaps which part of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
    range: Option<Range>,
}

/// Answers `{version, text, ranges}`: the tree, a line for each node and token and for each mistake, and for each line the
/// place in the document. With a `range`, the tree of the smallest node around it. Null for a document that the server
/// does not know.
///
/// # Errors
/// When the parameters name no document.
pub(crate) fn syntax_tree(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let params: Params = super::params(params)?;
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else {
        return Ok(Value::Null);
    };
    let encoding = snapshot.settings.encoding;
    let parse = ko_syntax::parse(&file.text);
    let mut root = parse.syntax_node();
    if let Some(range) = params.range {
        let range = from_proto::text_range(file, range, encoding);
        if root.text_range().contains_range(range) {
            root = match root.covering_element(range) {
                SyntaxElement::Node(node) => node,
                SyntaxElement::Token(token) => token.parent().unwrap_or(root),
            };
        }
    }
    let mut text = String::new();
    let mut ranges = Vec::new();
    let all = view::lines(&root);
    for line in all.iter().take(MOST_LINES) {
        text += &format!("{:width$}{line}\n", "", width = 2 * line.depth);
        ranges.push(line.range);
    }
    if all.len() > MOST_LINES {
        let left = all.len() - MOST_LINES;
        text += &format!("… and {left} more lines: ask for the tree of a part\n");
        ranges.push(root.text_range());
    }
    let errors = parse.errors().iter().filter(|it| root.text_range().contains_range(it.range));
    for error in errors.take(MOST_LINES) {
        text += &format!("error@{:?}: {}\n", error.range, error.message);
        ranges.push(error.range);
    }
    let ranges: Vec<Range> =
        ranges.into_iter().map(|range| to_proto::range(file, range, encoding)).collect();
    Ok(json!({"version": file.version.unwrap_or_default(), "text": text, "ranges": ranges}))
}

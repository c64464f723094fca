//! Prints what the parser makes of every word of some files, for tests of other highlighters against it.
//!
//! Reads paths from standard input, one a line, and writes a line of JSON for each: the `file`, how many `errors` it has,
//! and `spans`, each a class, a line, and the columns from which and up to which it goes. Lines and columns count from 0,
//! columns in UTF-16 units as editors do; a span over many lines is one for each of them.
//!
//! ```sh
//! echo examples/guestbook/guestbook.ko | cargo run -p ko-syntax --example spans
//! ```
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // what it shows are files

use std::io::{self, BufRead as _, Write as _};

use ko_syntax::{SyntaxErrorCode, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, ast};
use serde_json::json;

/// What a piece of the text is.
type Span = (&'static str, TextRange);

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for file in io::stdin().lock().lines() {
        let file = file?;
        let bytes = std::fs::read(&file)
            .map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))?;
        let text = String::from_utf8_lossy(&bytes);
        let parse = ko_syntax::parse(&text);
        let lines = Lines::new(&text);
        let spans: Vec<_> = spans(&parse)
            .into_iter()
            .flat_map(|(class, range)| {
                let pieces = lines.pieces(&text, range);
                pieces.into_iter().map(move |(line, from, to)| json!([class, line, from, to]))
            })
            .collect();
        let errors = parse.errors().len();
        writeln!(out, "{}", json!({ "file": file, "errors": errors, "spans": spans }))?;
    }
    Ok(())
}

/// All spans; a later one lies within an earlier one, or beside it.
fn spans(parse: &ko_syntax::Parse) -> Vec<Span> {
    let mut spans = Vec::new();
    for element in parse.syntax_node().descendants_with_tokens() {
        if let Some(node) = element.as_node() {
            // The sign of a number is a part of it.
            if let Some(class) = number(node) {
                spans.push((class, node.text_range()));
            }
            continue;
        }
        let Some(token) = element.as_token() else { continue };
        let class = match token.kind() {
            SyntaxKind::LINE_COMMENT | SyntaxKind::BLOCK_COMMENT => "comment",
            SyntaxKind::STRING => "string",
            SyntaxKind::RAW_STRING => "raw string",
            SyntaxKind::IDENT => ident(token),
            _ => continue,
        };
        spans.push((class, token.text_range()));
        if class == "string" {
            escapes(parse, token, &mut spans);
        }
    }
    spans
}

fn number(node: &SyntaxNode) -> Option<&'static str> {
    if node.kind() != SyntaxKind::LITERAL {
        return None;
    }
    match node.last_token()?.kind() {
        SyntaxKind::INT => Some("integer"),
        SyntaxKind::FLOAT => Some("float"),
        _ => None,
    }
}

/// What an identifier is, which its place in the tree says.
fn ident(token: &SyntaxToken) -> &'static str {
    let Some(parent) = token.parent() else { return "name" };
    let mut siblings = parent.children_with_tokens().filter_map(|it| it.into_token());
    let first = siblings.find(|it| it.kind() == SyntaxKind::IDENT);
    let is_first = first.as_ref() == Some(token);
    let is_last = siblings.filter(|it| it.kind() == SyntaxKind::IDENT).last().or(first).as_ref()
        == Some(token);
    match parent.kind() {
        SyntaxKind::IMPORT if is_last && has_alias(&parent) => "alias",
        SyntaxKind::IMPORT if is_first => "import",
        SyntaxKind::IMPORT => "as",
        SyntaxKind::FUNCTION => "function",
        SyntaxKind::PARAM => "parameter",
        SyntaxKind::LABELLED_TERM => {
            let is_step = parent.parent().is_some_and(|it| it.kind() == SyntaxKind::BODY);
            if is_step && token.text() == "return" { "return" } else { "label" }
        }
        SyntaxKind::PATH_EXPR | SyntaxKind::SELECT_EXPR if is_last && is_callee(&parent) => "call",
        // Names may say otherwise, but those are beyond syntax.
        SyntaxKind::PATH_EXPR
            if is_first && is_last && matches!(token.text(), "true" | "false") =>
        {
            "boolean"
        }
        SyntaxKind::PATH_EXPR if is_first => "name",
        SyntaxKind::PATH_EXPR | SyntaxKind::SELECT_EXPR => "field",
        _ => "name",
    }
}

fn has_alias(import: &SyntaxNode) -> bool {
    use ko_syntax::ast::AstNode as _;
    ast::Import::cast(import.clone()).is_some_and(|it| it.alias_token().is_some())
}

fn is_callee(path: &SyntaxNode) -> bool {
    path.parent().is_some_and(|parent| {
        matches!(parent.kind(), SyntaxKind::CALL_EXPR | SyntaxKind::AUGMENT_EXPR)
    })
}

/// The escapes of a string. Of a wrong one, the backslash and the character behind it, wherever the mistake ends.
fn escapes(parse: &ko_syntax::Parse, token: &SyntaxToken, spans: &mut Vec<Span>) {
    let text = token.text();
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        at += found;
        let Some(kind) = text[at + 1..].chars().next() else { return };
        let start = token.text_range().start() + offset(at);
        let is_bad = parse
            .errors()
            .iter()
            .any(|it| it.code == SyntaxErrorCode::BadEscape && it.range.start() == start);
        let length = match kind {
            _ if is_bad => 1 + kind.len_utf8(),
            'x' | '0'..='9' => 4,
            'u' => 6,
            'U' => 10,
            _ => 2,
        };
        let class = if is_bad { "bad escape" } else { "escape" };
        spans.push((class, TextRange::at(start, offset(length))));
        at += length;
    }
}

fn offset(offset: usize) -> ko_syntax::TextSize {
    u32::try_from(offset).unwrap().into()
}

/// Where the lines of a text start.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Lines {
        Lines(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// Line, first column and end of each part of `range` that is on one line; line ends are in none.
    fn pieces(&self, text: &str, range: TextRange) -> Vec<(usize, usize, usize)> {
        let mut at = usize::from(range.start());
        let first = self.0.partition_point(|start| *start <= at) - 1;
        let mut pieces = Vec::new();
        for (line, part) in (first..).zip(text[range].split('\n')) {
            let utf16 = |text: &str| text.encode_utf16().count();
            let column = utf16(&text[self.0[line]..at]);
            let shown = part.strip_suffix('\r').unwrap_or(part);
            if !shown.is_empty() {
                pieces.push((line, column, column + utf16(shown)));
            }
            at += part.len() + 1;
        }
        pieces
    }
}

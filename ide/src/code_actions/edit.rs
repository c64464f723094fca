//! Where steps are put into a text and how they are taken out, with the lines and comments around them left in order.

use ko_syntax::{
    SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken,
    ast::{self, AstNode},
};
use text_size::{TextRange, TextSize};

use super::context::Context;
use crate::FileEdit;

/// The white space at the start of the line of an offset.
pub(super) fn indentation(text: &str, offset: TextSize) -> &str {
    let line = &text[line_start(text, offset)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn line_start(text: &str, offset: TextSize) -> usize {
    let before = text.get(..usize::from(offset)).unwrap_or(text);
    before.rfind('\n').map_or(0, |at| at + 1)
}

/// Whether only white space stands before an offset on its line.
pub(super) fn starts_line(text: &str, offset: TextSize) -> bool {
    let before = text.get(line_start(text, offset)..usize::from(offset));
    before.is_some_and(|it| it.trim().is_empty())
}

/// Puts a step before another one of the same body, and before the comments on that. The edit starts with the label.
pub(super) fn insert_step(
    context: &Context<'_>,
    before: &ast::LabelledTerm,
    label: &str,
    value: &str,
) -> FileEdit {
    let start = start_with_comments(&context.text, before.syntax());
    let insert = if starts_line(&context.text, start) {
        let indent = indentation(&context.text, start);
        format!("{label}: {value}{}{indent}", context.newline)
    } else {
        format!("{label}: {value}, ")
    };
    context.replace(TextRange::empty(start), insert)
}

/// Where a term starts, with the comments directly above it or before it on its line.
fn start_with_comments(text: &str, term: &SyntaxNode) -> TextSize {
    let mut start = term.text_range().start();
    let mut lines = 0;
    let mut cursor = term.prev_sibling_or_token();
    while let Some(SyntaxElement::Token(token)) = &cursor {
        match token.kind() {
            SyntaxKind::WHITESPACE => {}
            SyntaxKind::NEWLINE if lines == 0 => lines = 1,
            kind if kind.is_comment() => {
                let at = token.text_range().start();
                // A comment behind the step before belongs to that.
                if lines == 1 && !starts_line(text, at) {
                    break;
                }
                (start, lines) = (at, 0);
            }
            _ => break,
        }
        cursor = token.prev_sibling_or_token();
    }
    start
}

/// What has to go for a term to go: its line if it has one of its own, else its separator too. Comments stay.
pub(super) fn removal(text: &str, term: &SyntaxNode) -> TextRange {
    let range = term.text_range();
    let mut end = range.end();
    let mut next = following(term);
    if let Some(token) =
        next.clone().filter(|it| it.kind() != SyntaxKind::NEWLINE && it.kind().is_separator())
    {
        end = token.text_range().end();
        next = significant(token.next_token());
    }
    let own_line = starts_line(text, range.start());
    match next {
        Some(token) if token.kind() == SyntaxKind::NEWLINE && own_line => {
            let start = TextSize::try_from(line_start(text, range.start())).unwrap_or_default();
            TextRange::new(start, token.text_range().end())
        }
        Some(token) if token.kind() == SyntaxKind::NEWLINE || token.kind().is_closer() => {
            let before = significant_before(term.first_token().and_then(|it| it.prev_token()));
            match before.filter(|it| it.kind() == SyntaxKind::COMMA) {
                Some(comma) => TextRange::new(comma.text_range().start(), end),
                None => TextRange::new(range.start(), end),
            }
        }
        Some(token) if token.text_range().start() > end => {
            TextRange::new(range.start(), token.text_range().start())
        }
        _ => TextRange::new(range.start(), end),
    }
}

/// The first token behind a node that is no white space.
fn following(node: &SyntaxNode) -> Option<SyntaxToken> {
    significant(node.last_token()?.next_token())
}

fn significant(token: Option<SyntaxToken>) -> Option<SyntaxToken> {
    std::iter::successors(token, SyntaxToken::next_token)
        .find(|it| it.kind() != SyntaxKind::WHITESPACE)
}

fn significant_before(token: Option<SyntaxToken>) -> Option<SyntaxToken> {
    std::iter::successors(token, SyntaxToken::prev_token)
        .find(|it| it.kind() != SyntaxKind::WHITESPACE)
}

/// The text of a node for another place: its lines are indented as that place is. Strings and comments over several lines
/// stay as they are.
pub(super) fn moved(context: &Context<'_>, node: &SyntaxNode, to: &str) -> String {
    let from = indentation(&context.text, node.text_range().start());
    let mut out = String::new();
    let mut after_newline = false;
    let tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    for token in tokens {
        let text = token.text();
        if after_newline {
            let own = if token.kind() == SyntaxKind::WHITESPACE { text } else { "" };
            // An empty line needs no indentation.
            let empty = token.kind() == SyntaxKind::NEWLINE || text.contains('\r');
            if let Some(rest) = own.strip_prefix(from).filter(|_| !empty) {
                out.push_str(to);
                out.push_str(rest);
                after_newline = false;
                continue;
            }
        }
        out.push_str(text);
        after_newline = token.kind() == SyntaxKind::NEWLINE;
    }
    out
}

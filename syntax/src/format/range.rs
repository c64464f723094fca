//! Formatting of a part of a text, for editors.

use text_size::{TextRange, TextSize};

use super::{FormatOptions, format};
use crate::{
    SyntaxElement,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, TextEdit, algo, parse,
};

/// The changes that lay out the steps, imports and functions that `range` touches, and the space before the first of
/// them. Where `range` touches none, the space that it lies in. LSP: `textDocument/rangeFormatting`.
///
/// ```
/// use ko_syntax::format::{apply_edits, format_range};
/// let text = "F() {\n  a:1\n  b:2\n  return:a\n}\n";
/// let edits = format_range(text, ko_syntax::TextRange::at(15.into(), 1.into()));
/// assert_eq!(apply_edits(text, &edits), "F() {\n  a:1\n\tb: 2\n  return:a\n}\n");
/// ```
pub fn format_range(text: &str, range: TextRange) -> Vec<TextEdit> {
    let root = parse(text).syntax_node();
    let Some(range) = range.intersect(root.text_range()) else { return Vec::new() };
    let node = match root.covering_element(range) {
        SyntaxElement::Node(node) => Some(node),
        SyntaxElement::Token(token) => token.parent(),
    };
    node.map_or_else(Vec::new, |node| edits_within(text, touched(&node, range)))
}

/// The changes after `typed` was typed, which ends at `offset`. After a closing bracket, the step or the item at the top
/// of the file that the bracket is in is laid out; after a line end, the new line is indented. LSP:
/// `textDocument/onTypeFormatting`.
///
/// ```
/// use ko_syntax::format::{apply_edits, format_on_type};
/// let text = "F(){return:1}";
/// let edits = format_on_type(text, 13.into(), '}');
/// assert_eq!(apply_edits(text, &edits), "F() {\n\treturn: 1\n}");
/// ```
pub fn format_on_type(text: &str, offset: TextSize, typed: char) -> Vec<TextEdit> {
    let at = usize::from(offset);
    if !text.is_char_boundary(at) || !text[..at].ends_with(typed) {
        return Vec::new();
    }
    let root = parse(text).syntax_node();
    let token = algo::tokens_at_offset(&root, offset).left_biased();
    let Some(token) = token.filter(|token| token.text_range().end() == offset) else {
        return Vec::new();
    };
    match typed {
        '}' | ')' | ']' if token.kind().is_closer() => {
            let list = token.parent();
            let outside = list.and_then(|list| list.parent());
            outside.map_or_else(Vec::new, |outside| {
                edits_within(text, touched(&outside, token.text_range()))
            })
        }
        '\n' if token.kind() == NEWLINE => indent_line(text, &token).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The part of a text that the elements take that `range` touches: steps of the innermost body around it and `node`, or
/// items of the file. With the space before the first.
fn touched(node: &SyntaxNode, range: TextRange) -> TextRange {
    let list = node.ancestors().find(|node| matches!(node.kind(), BODY | SOURCE_FILE));
    let Some(list) = list else { return range };
    let bracket = |is: fn(SyntaxKind) -> bool| {
        let mut tokens = list.children_with_tokens().filter_map(SyntaxElement::into_token);
        tokens.find(|token| is(token.kind())).map(|token| token.text_range())
    };
    let mut start = list.text_range().start();
    start = bracket(SyntaxKind::is_opener).map_or(start, TextRange::end);
    let mut end = list.text_range().end();
    end = bracket(SyntaxKind::is_closer).map_or(end, TextRange::start);
    let mut touched_end = None;
    for element in list.children().map(|element| element.text_range()) {
        if element.end() < range.start() {
            start = element.end();
        } else if element.start() <= range.end() {
            touched_end = Some(element.end());
        } else {
            end = element.start();
            break;
        }
    }
    let end = touched_end.filter(|&end| end >= range.end()).unwrap_or(end);
    TextRange::new(start.min(end), end)
}

/// The changes of the canonical layout that lie within `range`.
fn edits_within(text: &str, range: TextRange) -> Vec<TextEdit> {
    let mut edits = format(text, &FormatOptions::default()).edits;
    // What starts at its end is the space behind it.
    edits.retain(|edit| {
        range.contains_range(edit.range) && (range.is_empty() || edit.range.start() < range.end())
    });
    edits
}

/// The change that indents the line after `newline` by the brackets open there. Brackets that were opened on one line
/// count once.
fn indent_line(text: &str, newline: &SyntaxToken) -> Option<TextEdit> {
    let offset = newline.text_range().end();
    let line = &text[usize::from(offset)..];
    let rest = line.trim_start_matches([' ', '\t']);
    let mut closers = rest.bytes().take_while(|byte| b")]}".contains(byte)).count();
    let mut level = 0;
    let mut inner_opener = newline.text_range().start();
    for list in newline.parent_ancestors() {
        if !matches!(list.kind(), BODY | ARG_LIST | PARAM_LIST) {
            continue;
        }
        let token = |is: fn(SyntaxKind) -> bool| {
            let mut tokens = list.children_with_tokens().filter_map(SyntaxElement::into_token);
            tokens.find(|token| is(token.kind())).map(|token| token.text_range())
        };
        let Some(opener) = token(SyntaxKind::is_opener) else { continue };
        let closed = token(SyntaxKind::is_closer).is_some_and(|closer| closer.end() <= offset);
        if closed || opener.end() > offset {
            continue;
        }
        let on_line_of_inner =
            level > 0 && !text[TextRange::new(opener.end(), inner_opener)].contains('\n');
        inner_opener = opener.start();
        if closers > 0 {
            closers -= 1;
        } else if !on_line_of_inner {
            level += 1;
        }
    }
    let width = line.len() - rest.len();
    let range = TextRange::at(offset, TextSize::try_from(width).ok()?);
    let indent = "\t".repeat(level);
    (text[range] != indent).then(|| TextEdit::replace(range, indent))
}

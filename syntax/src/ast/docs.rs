//! Which comments document an element (specification §2.2, with quirk Q5 put right), and their text.
//!
//! A comment before an element documents it. But a comment that follows an element on the same line documents that
//! element: up to the first separator if another element follows on the line, up to the end of the line otherwise.

use crate::{SyntaxElement, SyntaxKind::*, SyntaxNode, SyntaxToken};

/// The text of the comments that document the element `node`: without comment marks, without the one space after them,
/// blank lines collapsed. Nothing if there is no comment or it is empty.
pub(super) fn doc(node: &SyntaxNode) -> Option<String> {
    let mut text = Text::default();
    for token in before(node) {
        text.add(&token);
    }
    text.end_line();
    for token in behind(node) {
        text.add(&token);
    }
    text.finish()
}

/// The trivia directly before `node` that is its own, in order.
fn before(node: &SyntaxNode) -> Vec<SyntaxToken> {
    let mut tokens = Vec::new();
    let mut follows_element = false;
    let mut cursor = node.prev_sibling_or_token();
    while let Some(element) = cursor {
        match &element {
            SyntaxElement::Token(token) if token.kind().is_trivia() => tokens.push(token.clone()),
            SyntaxElement::Token(_) => break,
            SyntaxElement::Node(_) => {
                follows_element = true;
                break;
            }
        }
        cursor = element.prev_sibling_or_token();
    }
    tokens.reverse();
    if follows_element {
        let line_end = tokens.iter().position(|token| token.kind() == NEWLINE);
        let own = line_end.or_else(|| tokens.iter().position(|token| token.kind().is_separator()));
        // Without any separator the comment belongs to the element it follows.
        tokens.drain(..own.unwrap_or(tokens.len()));
    }
    tokens
}

/// The trivia behind `node` on the line on which it ends that is its own, in order.
fn behind(node: &SyntaxNode) -> Vec<SyntaxToken> {
    let mut tokens = Vec::new();
    let mut first_separator = None;
    let mut cursor = node.next_sibling_or_token();
    while let Some(element) = cursor {
        match &element {
            SyntaxElement::Token(token) if token.kind() == NEWLINE => break,
            SyntaxElement::Token(token) if token.kind().is_trivia() => {
                if token.kind().is_separator() && first_separator.is_none() {
                    first_separator = Some(tokens.len());
                }
                tokens.push(token.clone());
            }
            SyntaxElement::Token(_) => break,
            SyntaxElement::Node(_) => {
                if let Some(separator) = first_separator {
                    tokens.truncate(separator);
                }
                break;
            }
        }
        cursor = element.next_sibling_or_token();
    }
    tokens.retain(|token| token.kind().is_comment());
    tokens
}

struct Text {
    out: String,
    /// Line ends since the last comment; two before the first, so that the text starts with none.
    blank: u32,
}

impl Default for Text {
    fn default() -> Text {
        Text { out: String::new(), blank: 2 }
    }
}

impl Text {
    fn add(&mut self, token: &SyntaxToken) {
        match token.kind() {
            LINE_COMMENT => {
                let text = token.text().strip_prefix("//").unwrap_or_default();
                self.comment(text.strip_prefix(' ').unwrap_or(text));
            }
            BLOCK_COMMENT => {
                let text = token.text().strip_prefix("/*").unwrap_or_default();
                let text = text.strip_suffix("*/").unwrap_or(text);
                self.comment(text.strip_prefix(' ').unwrap_or(text));
            }
            kind if kind.is_separator() => {
                self.blank += 1;
                if self.blank < 2 {
                    self.out.push('\n');
                }
            }
            _ => {}
        }
    }

    fn comment(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.blank = 0;
    }

    fn end_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn finish(self) -> Option<String> {
        let text = self.out.trim_end();
        let text = text.trim_start_matches('\n');
        (!text.is_empty()).then(|| text.to_owned())
    }
}

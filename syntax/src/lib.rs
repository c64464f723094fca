//! Ko source text to a lossless syntax tree, typed AST and syntax errors.
//!
//! [`parse`] never fails: any text gives a tree whose text is the text, however broken, and a list of errors. The tree is
//! a rowan tree; [`ast`] gives its nodes types, [`mod@format`] lays its text out. This crate knows one file at a time and nothing of names, values or disks.
//!
//! ```
//! let parse = ko_syntax::parse("Greet(name?) { return: (hello: name) }");
//! assert!(parse.errors().is_empty());
//! let function = parse.source_file().functions().next().unwrap();
//! assert_eq!(function.name().unwrap(), "Greet");
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod algo;
pub mod ast;
mod brackets;
mod chars;
mod error;
pub mod format;
mod grammar;
mod kind;
mod lexer;
mod literal;
mod parser;
pub mod placed;
mod reparse;
mod tree;
pub mod view;
mod work;

use std::sync::Arc;

pub use rowan::{self, GreenNode, TextRange, TextSize};

pub use crate::{
    chars::is_valid_ident,
    error::{SyntaxError, SyntaxErrorCode, SyntaxFix, TextEdit},
    grammar::MAX_DEPTH,
    kind::{KoLanguage, SyntaxKind},
    literal::{KoString, LiteralError, LiteralValue, escape_string},
    reparse::reparse,
};

/// An inner node of a Ko tree.
pub type SyntaxNode = rowan::SyntaxNode<KoLanguage>;
/// A leaf of a Ko tree.
pub type SyntaxToken = rowan::SyntaxToken<KoLanguage>;
/// A node or token of a Ko tree.
pub type SyntaxElement = rowan::SyntaxElement<KoLanguage>;

/// The result of [`parse`]: a tree, and what is wrong with the text. Cheap to clone, to compare with a clone of itself,
/// and to send to other threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parse {
    green: GreenNode,
    errors: Arc<[SyntaxError]>,
    /// Whether each bracket of the text has its partner, and each string and comment its end: what is in a bracket then does
    /// not depend on what is around it.
    sound: bool,
}

impl Parse {
    /// The root of the tree.
    pub fn syntax_node(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The root of the tree, typed.
    pub fn source_file(&self) -> ast::SourceFile {
        ast::SourceFile::from_root(self.syntax_node())
    }

    /// The mistakes, in the order of the text.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Whether each bracket of the text has its partner, and each string and comment its end: only then can [`reparse()`] begin
    /// with it.
    pub fn is_sound(&self) -> bool {
        self.sound
    }

    /// The tree without positions, which may be shared between threads.
    pub fn green(&self) -> &GreenNode {
        &self.green
    }
}

/// Parses the text of one file, in time proportional to its length.
///
/// The tree holds every character of the text, unless the text is 4 GiB or longer: offsets have 32 bits, and such a text
/// gives an empty tree and an error.
pub fn parse(text: &str) -> Parse {
    if u32::try_from(text.len()).is_err() {
        let message = "the file is too large: source files are shorter than 4 GiB";
        let error =
            SyntaxError::new(TextRange::default(), SyntaxErrorCode::UnexpectedToken, message);
        return Parse { green: parse("").green, errors: Arc::new([error]), sound: false };
    }
    let mut tokens = lexer::lex(text);
    let brackets = brackets::match_brackets(text, &tokens);
    let mut parser = parser::Parser::new(text, &tokens, &brackets);
    grammar::source_file(&mut parser);
    let (green, mut errors) = parser.finish();
    let sound = brackets.all_match() && tokens.errors.is_empty();
    if !tokens.straighten.is_empty() {
        let edits: Arc<[TextEdit]> = std::mem::take(&mut tokens.straighten).into();
        for error in
            tokens.errors.iter_mut().filter(|e| e.code == SyntaxErrorCode::TypographicQuotes)
        {
            let title = "set straight quotes in the whole file".to_owned();
            error.fixes.push(SyntaxFix { title, edits: edits.clone(), whole_file: true });
        }
    }
    errors.append(&mut tokens.errors);
    errors.sort_by_key(|error| (error.range.start(), error.range.end()));
    error::drop_consequences(text, &mut errors);
    Parse { green, errors: errors.into(), sound }
}

/// Cuts a text into tokens, without making a tree: their kinds and ranges in order, which cover the text without gaps.
/// What is wrong within a token is not told; [`parse`] does. A text of 4 GiB or more has no tokens (see [`parse`]).
///
/// ```
/// use ko_syntax::SyntaxKind::*;
/// let kinds: Vec<_> = ko_syntax::tokenize("a: 1").map(|(kind, _)| kind).collect();
/// assert_eq!(kinds, [IDENT, COLON, WHITESPACE, INT]);
/// ```
pub fn tokenize(text: &str) -> impl Iterator<Item = (SyntaxKind, TextRange)> + use<> {
    let text = if u32::try_from(text.len()).is_ok() { text } else { "" };
    let tokens = lexer::lex(text);
    (0..tokens.kinds.len()).map(move |index| (tokens.kinds[index], tokens.range(index)))
}

//! Where the cursor is, as far as it matters for what can be written there.

use ecow::EcoString;
use ko_syntax::{
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken,
    ast::{self, AstNode},
};
use text_size::{TextRange, TextSize};

use crate::source::{Source, opener_before};

/// A place where something can be written.
pub(super) struct Context {
    /// The word at the cursor, which is replaced; empty where nothing has been typed yet.
    pub(super) word: TextRange,
    /// The part of the word before the cursor.
    pub(super) typed: String,
    /// What stands behind the word, white space aside.
    pub(super) next: Option<SyntaxKind>,
    pub(super) place: Place,
}

/// What kind of place.
pub(super) enum Place {
    /// Between the functions and imports of a file.
    TopLevel,
    /// Behind the path of an import.
    BehindImport,
    /// Where a step of a function begins.
    Step(ast::Body),
    /// Where an argument or field begins, or an unlabelled value.
    Term(ast::ArgList),
    /// Behind a label.
    Value(Labelled),
    /// Behind a dot: the names before it, if they are all there is.
    Names(Vec<SyntaxToken>),
    /// Behind a dot: the call before it, and names between them.
    Result { call: TextRange, names: Vec<EcoString> },
    /// Inside of a string that is a value.
    String(SyntaxToken),
    /// Inside of the path of an import.
    ImportPath,
}

/// The place of a value behind a label.
pub(super) struct Labelled {
    pub(super) label: EcoString,
    /// The list that the label is in; none for a step of a function.
    pub(super) list: Option<ast::ArgList>,
    /// The bracket around it.
    pub(super) around: SyntaxNode,
    /// Where the colon must be added, where it is missing.
    pub(super) colon: Option<TextSize>,
}

/// The place at an offset; nothing where nothing can be written.
pub(super) fn find(source: &Source<'_>, offset: TextSize) -> Option<Context> {
    let left = ko_syntax::algo::tokens_at_offset(source.root(), offset).left_biased();
    let (mut word, mut before) = (TextRange::empty(offset), left.clone());
    let mut typed = String::new();
    if let Some(left) = left {
        let range = left.text_range();
        let inside = range.start() < offset;
        match left.kind() {
            LINE_COMMENT if inside => return None,
            BLOCK_COMMENT if inside && (offset < range.end() || !left.text().ends_with("*/")) => {
                return None;
            }
            kind if kind.is_string() && inside && (offset < range.end() || !closed(&left)) => {
                return string(left, offset);
            }
            INT | FLOAT | CHAR if inside => return None,
            IDENT if inside => {
                word = range;
                typed = left.text()[..usize::from(offset - range.start())].to_owned();
                before = left.prev_token();
            }
            _ if !inside => before = left.prev_token(),
            _ => {}
        }
    }
    let next = next_kind(source, word.end());
    let place = place(&before_space(before))?;
    Some(Context { word, typed, next, place })
}

/// The token or the last one before it that is not white space or a comment.
fn before_space(mut token: Option<SyntaxToken>) -> Option<SyntaxToken> {
    while let Some(it) = &token
        && (it.kind() == WHITESPACE || it.kind().is_comment())
    {
        token = it.prev_token();
    }
    token
}

fn next_kind(source: &Source<'_>, offset: TextSize) -> Option<SyntaxKind> {
    let mut token = ko_syntax::algo::tokens_at_offset(source.root(), offset).right_biased()?;
    while token.kind() == WHITESPACE || token.text_range().end() <= offset {
        token = token.next_token()?;
    }
    Some(token.kind())
}

fn place(before: &Option<SyntaxToken>) -> Option<Place> {
    let Some(before) = before else { return Some(Place::TopLevel) };
    match before.kind() {
        DOT => behind_dot(before),
        COLON => {
            let label = before_space(before.prev_token()).filter(|it| it.kind() == IDENT)?;
            labelled(&label, None)
        }
        // `return x`: the colon has been forgotten.
        IDENT => labelled(before, Some(before.text_range().end())),
        kind if kind.is_string() && before.parent()?.kind() == IMPORT => Some(Place::BehindImport),
        kind if kind.is_opener() => container(before),
        kind if kind.is_separator() => match opener_before(before) {
            Some(opener) => container(&opener),
            None => Some(Place::TopLevel),
        },
        _ => None,
    }
}

/// The place behind a label, by its tokens: the bracket or separator before the label, then the bracket around it.
fn labelled(label: &SyntaxToken, colon: Option<TextSize>) -> Option<Place> {
    let before = before_space(label.prev_token())?;
    let opener = match before.kind() {
        kind if kind.is_opener() => before,
        kind if kind.is_separator() => opener_before(&before)?,
        _ => return None,
    };
    let around = opener.parent()?;
    let list = match around.kind() {
        BODY => None,
        ARG_LIST => Some(ast::ArgList::cast(around.clone())?),
        _ => return None,
    };
    Some(Place::Value(Labelled { label: label.text().into(), list, around, colon }))
}

/// The place directly inside of a bracket.
fn container(opener: &SyntaxToken) -> Option<Place> {
    let parent = opener.parent()?;
    match parent.kind() {
        ARG_LIST => ast::ArgList::cast(parent).map(Place::Term),
        BODY => ast::Body::cast(parent).map(Place::Step),
        _ => None,
    }
}

/// The names before a dot, back to a word that no dot precedes or to the end of a call.
fn behind_dot(dot: &SyntaxToken) -> Option<Place> {
    let mut names: Vec<SyntaxToken> = Vec::new();
    let mut dot = dot.clone();
    loop {
        let token = before_space(dot.prev_token())?;
        match token.kind() {
            IDENT => {
                let before = before_space(token.prev_token());
                names.push(token);
                match before {
                    Some(it) if it.kind() == DOT => dot = it,
                    _ => {
                        names.reverse();
                        return Some(Place::Names(names));
                    }
                }
            }
            R_PAREN | R_BRACKET => {
                let call = token.parent_ancestors().find(|it| {
                    matches!(it.kind(), CALL_EXPR | AUGMENT_EXPR)
                        && it.text_range().end() == token.text_range().end()
                })?;
                let names = names.iter().rev().map(|it| it.text().into()).collect();
                return Some(Place::Result { call: call.text_range(), names });
            }
            _ => return None,
        }
    }
}

fn closed(string: &SyntaxToken) -> bool {
    let text = string.text();
    let quote = if text.starts_with('`') { '`' } else { '"' };
    text.len() > 1 && text.ends_with(quote)
}

fn string(token: SyntaxToken, offset: TextSize) -> Option<Context> {
    let range = token.text_range();
    let quote = TextSize::of(token.text().chars().next()?);
    let end = if closed(&token) { range.end() - quote } else { range.end() };
    let word = TextRange::new(range.start() + quote, end.max(range.start() + quote));
    if !word.contains_inclusive(offset) {
        return None;
    }
    let typed = TextRange::new(word.start(), offset) - range.start();
    let typed = token.text()[typed].to_owned();
    let place = match token.parent()?.kind() {
        IMPORT => Place::ImportPath,
        _ => Place::String(token),
    };
    Some(Context { word, typed, next: None, place })
}

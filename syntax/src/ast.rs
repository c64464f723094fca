//! The typed view of a tree: one type per kind of node, with accessors for its parts. Every part is optional where a
//! broken text may lack it. No type here holds more than its node; making one costs nothing.
//!
//! Types and accessors are generated from `ko.ungram`, which describes the grammar; the other files of this folder add what
//! is more than a child of a kind: names as text, values of literals, documentation.
//!
//! ```
//! use ko_syntax::ast::{Expr, Term};
//! let file = ko_syntax::parse("// Says hello.\nGreet(name?) { return: Join(hello: name) }").source_file();
//! let function = file.functions().next().unwrap();
//! assert_eq!(function.doc().unwrap(), "Says hello.");
//! assert!(function.params().next().unwrap().is_monadic());
//! let Some(Expr::Call(call)) = function.body().unwrap().return_value() else { panic!() };
//! let Some(Term::Labelled(argument)) = call.arg_list().unwrap().terms().next() else { panic!() };
//! assert_eq!(argument.label().unwrap(), "hello");
//! ```

mod docs;
mod expr;
mod file;
mod function;
#[rustfmt::skip]
mod generated;

pub use rowan::ast::{AstNode, AstPtr};

pub use self::{file::functions_within, generated::*};
use crate::{KoLanguage, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// The tokens directly below `node`.
fn all_tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.children_with_tokens().filter_map(SyntaxElement::into_token)
}

/// The first token of a kind directly below `node`.
fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    tokens(node, kind).next()
}

/// All tokens of a kind directly below `node`.
fn tokens(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxToken> + use<> {
    all_tokens(node).filter(move |token| token.kind() == kind)
}

/// The first child of a type.
fn child<N: AstNode<Language = KoLanguage>>(node: &SyntaxNode) -> Option<N> {
    node.children().find_map(N::cast)
}

/// All children of a type.
fn children<N: AstNode<Language = KoLanguage>>(
    node: &SyntaxNode,
) -> impl Iterator<Item = N> + use<N> {
    node.children().filter_map(N::cast)
}

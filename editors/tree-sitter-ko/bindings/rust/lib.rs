//! The tree-sitter parser of Ko and its queries, for Rust programs.
//!
//! ```
//! let mut parser = tree_sitter::Parser::new();
//! parser.set_language(&tree_sitter_ko::LANGUAGE.into()).unwrap();
//! let tree = parser.parse("F(x?) { return: x }", None).unwrap();
//! assert_eq!(tree.root_node().child(0).unwrap().kind(), "function");
//! ```
#![allow(unsafe_code, reason = "the parser is generated C")]

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_ko() -> *const ();
}

/// The language, for `tree_sitter::Parser::set_language`.
// SAFETY: the generated function takes nothing and returns a pointer to constant data, as `LanguageFn` asks.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_ko) };

/// The kinds of nodes and their fields, as JSON
/// (<https://tree-sitter.github.io/tree-sitter/using-parsers/6-static-node-types.html>).
pub const NODE_TYPES: &str = include_str!("../../src/node-types.json");

/// Colours.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");

/// Scopes, definitions and references.
pub const LOCALS_QUERY: &str = include_str!("../../queries/locals.scm");

/// Functions and calls, for indexes of code.
pub const TAGS_QUERY: &str = include_str!("../../queries/tags.scm");

/// What can be folded.
pub const FOLDS_QUERY: &str = include_str!("../../queries/folds.scm");

/// Where lines are indented.
pub const INDENTS_QUERY: &str = include_str!("../../queries/indents.scm");

/// Functions, calls, terms and comments as text objects.
pub const TEXTOBJECTS_QUERY: &str = include_str!("../../queries/textobjects.scm");

/// Comments in their own language.
pub const INJECTIONS_QUERY: &str = include_str!("../../queries/injections.scm");

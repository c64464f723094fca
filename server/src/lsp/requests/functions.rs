//! Finds functions in a text.

use ko_syntax::{TextRange, TextSize, ast::AstNode};

/// The innermost function around an offset that has a name, and where it stands, without the comments before it.
pub(crate) fn named_function_at(
    source: &ko_syntax::ast::SourceFile,
    offset: TextSize,
) -> Option<(String, TextRange)> {
    let function = source.function_at(offset)?;
    Some((function.name()?.to_string(), function.syntax().text_range()))
}

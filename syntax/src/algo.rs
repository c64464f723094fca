//! Finding one's way in a tree from a position.

use rowan::TokenAtOffset;

use crate::{SyntaxKind, SyntaxNode, SyntaxToken, TextSize};

/// The tokens that touch `offset`; none if the offset lies beyond the end of the tree.
pub fn tokens_at_offset(root: &SyntaxNode, offset: TextSize) -> TokenAtOffset<SyntaxToken> {
    if root.text_range().contains_inclusive(offset) {
        root.token_at_offset(offset)
    } else {
        TokenAtOffset::None
    }
}

/// The one token that a user means by `offset`: of two that meet there, an identifier or literal rather than punctuation,
/// and anything rather than white space; otherwise the right one.
pub fn token_at_offset(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let rank = |kind: SyntaxKind| match kind {
        SyntaxKind::IDENT => 3,
        kind if kind.is_literal_token() => 3,
        kind if kind.is_trivia() => 0,
        _ => 1,
    };
    match tokens_at_offset(root, offset) {
        TokenAtOffset::None => None,
        TokenAtOffset::Single(token) => Some(token),
        TokenAtOffset::Between(left, right) => {
            Some(if rank(left.kind()) > rank(right.kind()) { left } else { right })
        }
    }
}

/// The nodes around the token that a user means by `offset`, innermost first.
pub fn ancestors_at_offset(
    root: &SyntaxNode,
    offset: TextSize,
) -> impl Iterator<Item = SyntaxNode> + use<> {
    token_at_offset(root, offset)
        .into_iter()
        .flat_map(|token| token.parent_ancestors().collect::<Vec<_>>())
}

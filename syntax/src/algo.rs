//! Finding one's way in a tree from a position.

use rowan::TokenAtOffset;

use crate::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

/// The tokens that touch `offset`; none if the offset lies beyond the end of the tree.
pub fn tokens_at_offset(root: &SyntaxNode, offset: TextSize) -> TokenAtOffset<SyntaxToken> {
    // Not rowan's own search, which looks at all children of every node on the way: too slow for many offsets of a long file.
    let before = offset.checked_sub(1.into()).and_then(|start| token_over(root, start));
    let after = token_over(root, offset);
    match (before, after) {
        _ if !root.text_range().contains_inclusive(offset) => TokenAtOffset::None,
        (Some(before), Some(after)) if before == after => TokenAtOffset::Single(after),
        (Some(before), Some(after)) => TokenAtOffset::Between(before, after),
        (Some(token), None) | (None, Some(token)) => TokenAtOffset::Single(token),
        (None, None) => TokenAtOffset::None,
    }
}

/// The token that holds the byte at `offset`.
fn token_over(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let range = TextRange::at(offset, TextSize::new(1));
    let inside = root.text_range().contains_range(range);
    inside.then(|| root.covering_element(range)).and_then(|it| it.into_token())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The search is quicker than rowan's, and finds the same.
    #[test]
    fn tokens_at_every_offset() {
        for text in ["", "F(é) {\n\treturn: (“x”, 1 + 2)\n}\n// end", "\u{feff} a"] {
            let root = crate::parse(text).syntax_node();
            for offset in 0..=u32::try_from(text.len()).unwrap() {
                let (ours, theirs) =
                    (tokens_at_offset(&root, offset.into()), root.token_at_offset(offset.into()));
                assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "{text} {offset}");
            }
            let beyond = TextSize::of(text) + TextSize::new(1);
            assert_eq!(tokens_at_offset(&root, beyond).count(), 0);
        }
    }
}

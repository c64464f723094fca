//! Nodes with their places, for walks down a tree that look at most of it.
//!
//! A [`SyntaxNode`] can walk in all directions, for which it keeps a record of its own about every node that is met. These
//! here only go down and are plain references: a walk over all of a function is several times as fast. They know no part by
//! its name as [`crate::ast`] does; whoever uses them asks for the kinds that `ko.ungram` describes.

use rowan::{GreenNodeData, GreenTokenData, Language as _, NodeOrToken};

use crate::{
    KoLanguage, LiteralError, LiteralValue, SyntaxErrorCode,
    SyntaxKind::{self, *},
    SyntaxNode, TextRange, TextSize, literal,
};

/// A node of a tree and where it stands in the text.
#[derive(Debug, Clone, Copy)]
pub struct PlacedNode<'t> {
    green: &'t GreenNodeData,
    start: TextSize,
}

/// A token of a tree and where it stands in the text.
#[derive(Debug, Clone, Copy)]
pub struct PlacedToken<'t> {
    green: &'t GreenTokenData,
    start: TextSize,
}

/// A node or token directly below a node.
pub type PlacedElement<'t> = NodeOrToken<PlacedNode<'t>, PlacedToken<'t>>;

impl<'t> PlacedToken<'t> {
    /// Its kind.
    #[inline]
    pub fn kind(self) -> SyntaxKind {
        KoLanguage::kind_from_raw(self.green.kind())
    }

    /// Its text.
    #[inline]
    pub fn text(self) -> &'t str {
        self.green.text()
    }

    /// Where it stands.
    #[inline]
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.green.text_len())
    }
}

impl<'t> PlacedNode<'t> {
    /// The same node.
    pub fn of(node: &'t SyntaxNode) -> PlacedNode<'t> {
        PlacedNode { green: node.green(), start: node.text_range().start() }
    }

    /// Its kind.
    #[inline]
    pub fn kind(self) -> SyntaxKind {
        KoLanguage::kind_from_raw(self.green.kind())
    }

    /// Where it stands.
    #[inline]
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.green.text_len())
    }

    /// Everything directly below it, in order.
    #[inline]
    pub fn elements(self) -> impl Iterator<Item = PlacedElement<'t>> {
        let mut start = self.start;
        self.green.children().map(move |child| match child {
            NodeOrToken::Node(green) => {
                let node = PlacedNode { green, start };
                start += green.text_len();
                NodeOrToken::Node(node)
            }
            NodeOrToken::Token(green) => {
                let token = PlacedToken { green, start };
                start += green.text_len();
                NodeOrToken::Token(token)
            }
        })
    }

    /// The nodes directly below it, in order.
    #[inline]
    pub fn nodes(self) -> impl Iterator<Item = PlacedNode<'t>> {
        self.elements().filter_map(NodeOrToken::into_node)
    }

    /// The first node of a kind directly below it.
    #[inline]
    pub fn node(self, kind: SyntaxKind) -> Option<PlacedNode<'t>> {
        self.nodes().find(|node| node.kind() == kind)
    }

    /// The first token of a kind directly below it.
    #[inline]
    pub fn token(self, kind: SyntaxKind) -> Option<PlacedToken<'t>> {
        self.tokens(kind).next()
    }

    /// The tokens of a kind directly below it, in order.
    #[inline]
    pub fn tokens(self, kind: SyntaxKind) -> impl Iterator<Item = PlacedToken<'t>> {
        let tokens = self.elements().filter_map(NodeOrToken::into_token);
        tokens.filter(move |token| token.kind() == kind)
    }

    /// Whether it is a value, which [`crate::ast::Expr`] is.
    #[inline]
    pub fn is_value(self) -> bool {
        matches!(
            self.kind(),
            FUNCTION | LITERAL | PATH_EXPR | CALL_EXPR | AUGMENT_EXPR | SELECT_EXPR
        )
    }

    /// The first value directly below it: of a term, or what a call, an augmentation or a selection is of.
    #[inline]
    pub fn value(self) -> Option<PlacedNode<'t>> {
        self.nodes().find(|node| node.is_value())
    }

    /// The value of a [`LITERAL`], sign included.
    ///
    /// # Errors
    ///
    /// As [`crate::ast::Literal::value`].
    pub fn literal(self) -> Result<LiteralValue, LiteralError> {
        literal_value(self.green)
    }
}

/// The value of a literal. Programs are full of literals, so this looks at each of its tokens once.
pub(crate) fn literal_value(green: &GreenNodeData) -> Result<LiteralValue, LiteralError> {
    let mut negative = false;
    for token in green.children().filter_map(NodeOrToken::into_token) {
        match KoLanguage::kind_from_raw(token.kind()) {
            MINUS => negative = true,
            INT => return literal::parse_int(token.text(), negative).map(LiteralValue::Int),
            FLOAT => {
                let signed = |value: f64| if negative { -value } else { value };
                return literal::parse_float(token.text()).map(signed).map(LiteralValue::Float);
            }
            kind if kind.is_literal_token() => {
                return literal::parse_string(token.text()).map(LiteralValue::String);
            }
            _ => {}
        }
    }
    let range = TextRange::empty(TextSize::new(0));
    let message = "expected a number or string".to_owned();
    Err(LiteralError { range, code: SyntaxErrorCode::MissingValue, message })
}

#[cfg(test)]
mod tests {
    use rowan::ast::AstNode as _;

    use super::*;
    use crate::ast::Expr;

    #[test]
    fn a_walk_down_sees_what_rowan_sees() {
        let text =
            "// x\nF(a?, b) { c: G(1, -2.5, \"é\")(x: a.b).d, return: [c: H() { return: 'x' }] ) }";
        let place = |kind: SyntaxKind, range: TextRange| (kind, range.start(), range.end());
        let tree = crate::parse(text).syntax_node();
        let mut open = vec![PlacedNode::of(&tree)];
        let mut seen = Vec::new();
        while let Some(node) = open.pop() {
            seen.push(place(node.kind(), node.range()));
            for element in node.elements() {
                match element {
                    NodeOrToken::Node(node) => open.push(node),
                    NodeOrToken::Token(token) => {
                        assert_eq!(&text[token.range()], token.text());
                        seen.push(place(token.kind(), token.range()));
                    }
                }
            }
        }
        let all = tree.descendants_with_tokens().map(|it| place(it.kind(), it.text_range()));
        let mut all: Vec<_> = all.collect();
        seen.sort();
        all.sort();
        assert_eq!(seen, all);
        for node in tree.descendants() {
            let placed = PlacedNode::of(&node);
            assert_eq!(placed.is_value(), Expr::can_cast(node.kind()));
            if let Some(Expr::Literal(literal)) = Expr::cast(node.clone()) {
                assert_eq!(placed.literal(), literal.value());
            }
        }
    }
}

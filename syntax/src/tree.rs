//! The tree under construction: tokens and nodes in the order of the text. It knows nothing of the grammar.
//!
//! Programs repeat themselves, so equal tokens and small equal nodes are one, where that is cheap to find out: tables of a fixed
//! size remember those that were made last. rowan's own builder remembers all of them in tables that grow with the text,
//! which takes more time than anything else in parsing.

use rowan::{GreenNode, GreenToken, NodeOrToken};

use crate::{SyntaxKind, work};

type Element = NodeOrToken<GreenNode, GreenToken>;

/// A place in the tree where a node may turn out to begin.
#[derive(Clone, Copy)]
pub(crate) struct Checkpoint(usize);

/// Nodes with more children are hardly ever equal.
const FEW_CHILDREN: usize = 3;

/// Longer tokens are hardly ever equal.
const SHORT: usize = 32;

/// Builds one tree.
pub(crate) struct Builder {
    /// The nodes that are open, each with the place of its first child in `children`.
    open: Vec<(SyntaxKind, usize)>,
    /// What has no node around it yet that is finished.
    children: Vec<Element>,
    /// Tokens made before, each at the place that its kind and text give.
    tokens: Box<[Option<GreenToken>]>,
    /// Nodes made before, each at the place that its kind and children give.
    nodes: Box<[Option<GreenNode>]>,
}

impl Builder {
    /// A tree without anything in it, for a text of this many bytes.
    pub(crate) fn new(length: usize) -> Builder {
        let places = (length / 16).next_power_of_two().clamp(64, 8192);
        Builder {
            open: Vec::new(),
            children: Vec::new(),
            tokens: std::iter::repeat_with(|| None).take(places).collect(),
            nodes: std::iter::repeat_with(|| None).take(places).collect(),
        }
    }

    /// Adds a token to the node that was opened last.
    #[inline]
    pub(crate) fn token(&mut self, kind: SyntaxKind, text: &str) {
        let raw = rowan::SyntaxKind::from(kind);
        if text.len() > SHORT {
            self.children.push(NodeOrToken::Token(GreenToken::new(raw, text)));
            return;
        }
        let place = place(hash_of_text(kind, text), self.tokens.len());
        let known = &mut self.tokens[place];
        let token = match known {
            Some(token) if token.kind() == raw && token.text() == text => token.clone(),
            _ => known.insert(GreenToken::new(raw, text)).clone(),
        };
        self.children.push(NodeOrToken::Token(token));
    }

    /// Opens a node.
    #[inline]
    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        self.open.push((kind, self.children.len()));
    }

    /// Where the next token or node begins.
    #[inline]
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.children.len())
    }

    /// Opens a node that begins at a checkpoint, which no node that has been opened or finished since lies across.
    #[inline]
    pub(crate) fn start_at(&mut self, Checkpoint(first): Checkpoint, kind: SyntaxKind) {
        debug_assert!(first <= self.children.len());
        debug_assert!(self.open.last().is_none_or(|(_, outer)| *outer <= first));
        self.open.push((kind, first));
    }

    /// Finishes the node that was opened last.
    pub(crate) fn finish_node(&mut self) {
        debug_assert!(!self.open.is_empty());
        let Some((kind, first)) = self.open.pop() else { return };
        let node = self.node(kind.into(), first);
        self.children.push(NodeOrToken::Node(node));
    }

    fn node(&mut self, kind: rowan::SyntaxKind, first: usize) -> GreenNode {
        let children = &self.children[first..];
        work::count(children.len());
        if children.len() > FEW_CHILDREN {
            return GreenNode::new(kind, self.children.drain(first..));
        }
        let hash = children.iter().fold(u64::from(kind.0), |hash, child| {
            let identity = match child {
                NodeOrToken::Node(node) => identity_of_node(node),
                NodeOrToken::Token(token) => identity_of_token(token),
            };
            mix(hash, identity as u64)
        });
        let known = &mut self.nodes[place(hash, self.nodes.len())];
        if let Some(node) = known
            && node.kind() == kind
            && node.children().len() == children.len()
            && node.children().zip(children).all(|(old, new)| is_same(old, new))
        {
            let node = node.clone();
            self.children.truncate(first);
            return node;
        }
        known.insert(GreenNode::new(kind, self.children.drain(first..))).clone()
    }

    /// The tree, whose root is the node that is finished last.
    pub(crate) fn finish(mut self) -> GreenNode {
        match self.children.pop() {
            Some(NodeOrToken::Node(root)) if self.children.is_empty() => root,
            _ => unreachable!("the grammar finishes exactly one node that has no other around it"),
        }
    }
}

fn identity_of_node(node: &rowan::GreenNodeData) -> usize {
    std::ptr::from_ref(node).cast::<()>() as usize
}

fn identity_of_token(token: &rowan::GreenTokenData) -> usize {
    std::ptr::from_ref(token).cast::<()>() as usize
}

/// Whether a child of a node is the very same token or node.
fn is_same(old: NodeOrToken<&rowan::GreenNodeData, &rowan::GreenTokenData>, new: &Element) -> bool {
    match (old, new) {
        (NodeOrToken::Node(old), NodeOrToken::Node(new)) => {
            identity_of_node(old) == identity_of_node(new)
        }
        (NodeOrToken::Token(old), NodeOrToken::Token(new)) => {
            identity_of_token(old) == identity_of_token(new)
        }
        _ => false,
    }
}

/// Adds eight bytes to a hash, whose upper bits then depend on all of them.
#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(26) ^ word).wrapping_mul(0xf135_7aea_2e62_a9c5)
}

#[inline]
fn hash_of_text(kind: SyntaxKind, text: &str) -> u64 {
    let chunks = text.as_bytes().chunks_exact(8);
    let rest = chunks.remainder().iter().fold(1, |word, byte| word << 8 | u64::from(*byte));
    let whole = chunks.fold(kind as u64, |hash, chunk| {
        let word = <[u8; 8]>::try_from(chunk).map_or(0, u64::from_le_bytes);
        mix(hash, word)
    });
    mix(whole, rest)
}

/// The place of a hash in a table, whose size is a power of two.
#[inline]
fn place(hash: u64, size: usize) -> usize {
    (hash >> 32) as usize & (size - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyntaxKind::*;

    /// `x x` as two paths below a list, with so many other names between them.
    fn tree(between: usize) -> GreenNode {
        let mut builder = Builder::new(0);
        builder.start(SOURCE_FILE);
        let names = (0..between).map(|index| format!("name{index}"));
        for name in std::iter::once("x".to_owned()).chain(names).chain(["x".to_owned()]) {
            let before = builder.checkpoint();
            builder.token(IDENT, &name);
            builder.start_at(before, PATH_EXPR);
            builder.finish_node();
        }
        builder.finish_node();
        builder.finish()
    }

    #[test]
    fn equal_parts_are_one_unless_too_much_is_between_them() {
        let near = tree(0);
        let parts: Vec<_> = near.children().filter_map(NodeOrToken::into_node).collect();
        assert!(std::ptr::eq(parts[0], parts[1]));
        // Whatever is remembered, the tree is the same.
        for between in [1, 10, 1000] {
            let tree = tree(between);
            assert_eq!(tree.children().len(), between + 2);
            let text: String = (0..between).map(|index| format!("name{index}")).collect();
            assert_eq!(tree.to_string(), format!("x{text}x"));
        }
    }
}

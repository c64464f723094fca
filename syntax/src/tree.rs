//! Builds the green tree bottom up, each different token and each different subtree once: what is equal is the same
//! object. It does the work of rowan's own builder with less of both time and memory:
//!
//! - While the tree is built, its parts are numbers. A token or node is made, or its reference count touched, only for a
//!   parent that is new.
//! - Subtrees of any number of children are shared (rowan shares those of up to three), so that `name: "x"` and what is
//!   around it is kept once.
//! - Looking for an equal part compares source text and numbers that lie side by side, and follows no pointers.
//!
//! It knows nothing of the grammar.

use std::hash::Hasher as _;

use hashbrown::HashTable;
use rowan::{GreenNode, GreenToken, NodeOrToken};
use rustc_hash::FxHasher;

use crate::SyntaxKind;

/// A token (below [`NODE`]) or node of the tree; equal ones have the same number.
type Id = u32;

/// The bit that tells nodes from tokens.
const NODE: Id = 1 << 31;

/// A place in the list of children where a node may start later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint(usize);

/// A tree under construction.
#[derive(Debug)]
pub(crate) struct TreeBuilder<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    nodes: Vec<Node>,
    /// The children of all nodes, side by side.
    node_children: Vec<Id>,
    token_index: HashTable<Entry>,
    node_index: HashTable<Entry>,
    /// The tokens that are spelt in one way only, by kind.
    fixed: [Option<Id>; FIXED],
    /// The nodes that are not finished: kind, and where their children start in `children`.
    parents: Vec<(SyntaxKind, usize)>,
    /// Finished parts that have no parent yet.
    children: Vec<Id>,
}

/// One more than the greatest kind that has one spelling only.
const FIXED: usize = SyntaxKind::R_BRACE as usize + 1;

#[derive(Debug)]
struct Token {
    start: u32,
    end: u32,
    kind: SyntaxKind,
    green: GreenToken,
}

#[derive(Debug)]
struct Node {
    /// Where its children start in `node_children`; they end where those of the next node start.
    first: usize,
    kind: SyntaxKind,
    green: GreenNode,
}

/// An entry of an index. With the hash beside the number, growing an index and most failing comparisons need no look at
/// the part itself.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    id: Id,
}

impl Entry {
    /// The hash as the table wants it: it takes the place from the low bits and a tag from the seven highest.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) | u64::from(hash) << 32
    }
}

impl<'a> TreeBuilder<'a> {
    /// A builder for the tree of `text`, which has `token_count` tokens.
    pub(crate) fn new(text: &'a str, token_count: usize) -> TreeBuilder<'a> {
        // Measured on real programs, one token of eight is different from all others, and as many nodes.
        let different = token_count / 8 + 16;
        TreeBuilder {
            text,
            tokens: Vec::with_capacity(different),
            nodes: Vec::with_capacity(different),
            node_children: Vec::with_capacity(4 * different),
            token_index: HashTable::with_capacity(different),
            node_index: HashTable::with_capacity(different),
            fixed: [None; FIXED],
            parents: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Adds the token whose text is `text[start..end]`. Offsets on the edges of characters, as the lexer makes them.
    #[inline]
    pub(crate) fn token(&mut self, kind: SyntaxKind, start: u32, end: u32) {
        let id = match self.fixed.get(kind as usize) {
            Some(&Some(id)) => id,
            _ => self.find_token(kind, start, end),
        };
        self.children.push(id);
    }

    fn find_token(&mut self, kind: SyntaxKind, start: u32, end: u32) -> Id {
        let text = self.text;
        let bytes = |start: u32, end: u32| &text.as_bytes()[start as usize..end as usize];
        let own = bytes(start, end);
        let hash = token_hash(kind, own);
        let tokens = &self.tokens;
        let found = self.token_index.find(Entry::spread(hash), |entry| {
            entry.hash == hash && {
                let token = &tokens[entry.id as usize];
                token.kind == kind && bytes(token.start, token.end) == own
            }
        });
        if let Some(entry) = found {
            return entry.id;
        }
        let id = self.tokens.len() as Id;
        let green = GreenToken::new(kind.into(), &text[start as usize..end as usize]);
        self.tokens.push(Token { start, end, kind, green });
        if kind.fixed_text().is_some() {
            self.fixed[kind as usize] = Some(id);
        } else {
            let entry = Entry { hash, id };
            self.token_index
                .insert_unique(Entry::spread(hash), entry, |entry| Entry::spread(entry.hash));
        }
        id
    }

    /// Starts a node; what is added from now on belongs to it.
    #[inline]
    pub(crate) fn start_node(&mut self, kind: SyntaxKind) {
        self.parents.push((kind, self.children.len()));
    }

    /// Remembers this place.
    #[inline]
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.children.len())
    }

    /// Starts a node that holds all that was added since `checkpoint`, within the same parent.
    #[inline]
    pub(crate) fn start_node_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        debug_assert!(checkpoint.0 <= self.children.len());
        debug_assert!(self.parents.last().is_none_or(|&(_, first)| first <= checkpoint.0));
        self.parents.push((kind, checkpoint.0));
    }

    /// Finishes the node that was started last.
    pub(crate) fn finish_node(&mut self) {
        let Some((kind, first)) = self.parents.pop() else {
            debug_assert!(false, "no node was started");
            return;
        };
        let id = self.find_node(kind, first);
        self.children.truncate(first);
        self.children.push(id);
    }

    fn find_node(&mut self, kind: SyntaxKind, first: usize) -> Id {
        let own = &self.children[first..];
        let hash = node_hash(kind, own);
        let (nodes, node_children) = (&self.nodes, &self.node_children);
        let found = self.node_index.find(Entry::spread(hash), |entry| {
            entry.hash == hash && {
                let index = (entry.id & !NODE) as usize;
                let end = nodes.get(index + 1).map_or(node_children.len(), |node| node.first);
                nodes[index].kind == kind && node_children[nodes[index].first..end] == *own
            }
        });
        if let Some(entry) = found {
            return entry.id;
        }
        let green = GreenNode::new(
            kind.into(),
            own.iter().map(|&child| match child & NODE {
                0 => NodeOrToken::Token(self.tokens[child as usize].green.clone()),
                _ => NodeOrToken::Node(self.nodes[(child & !NODE) as usize].green.clone()),
            }),
        );
        let id = self.nodes.len() as Id | NODE;
        self.nodes.push(Node { first: self.node_children.len(), kind, green });
        self.node_children.extend_from_slice(own);
        let entry = Entry { hash, id };
        self.node_index
            .insert_unique(Entry::spread(hash), entry, |entry| Entry::spread(entry.hash));
        id
    }

    /// The tree: the node that was finished last.
    pub(crate) fn finish(self) -> GreenNode {
        debug_assert!(self.parents.is_empty() && self.children.len() == 1);
        let last = self.children.last().and_then(|id| self.nodes.get((id & !NODE) as usize));
        // The grammar finishes at least the node of the file.
        last.map_or_else(
            || GreenNode::new(SyntaxKind::SOURCE_FILE.into(), []),
            |node| node.green.clone(),
        )
    }
}

fn token_hash(kind: SyntaxKind, text: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    fold(hasher.finish() ^ kind as u64)
}

fn node_hash(kind: SyntaxKind, children: &[Id]) -> u32 {
    let mut hasher = FxHasher::default();
    for &child in children {
        hasher.write_u32(child);
    }
    fold(hasher.finish() ^ kind as u64)
}

/// Spreads what the hasher leaves in a part of the bits over all bits of the result.
#[inline]
fn fold(hash: u64) -> u32 {
    // The golden ratio in 64 bits, as in Knuth's multiplicative hashing.
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 32) as u32
}

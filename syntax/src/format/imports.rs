//! The order of imports.

use std::ops::Range;

use super::atoms::Atoms;
use crate::SyntaxKind::{self, *};

/// An import or function, as atoms.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: SyntaxKind,
    /// The first atom that moves with it: a comment above it, or its own.
    pub(super) start: usize,
    /// The atom after the last that moves with it, which may be a comment behind it.
    pub(super) end: usize,
    /// The path, of an import that may be sorted.
    pub(super) path: Option<String>,
    /// Whether it and the item before are imports without a blank line between them.
    pub(super) joined: bool,
}

/// Imports that follow each other and are to be in another order.
pub(super) struct Unsorted {
    /// The atoms of all of them.
    pub(super) atoms: Range<usize>,
    /// The atoms of each, in the order to be.
    pub(super) order: Vec<Range<usize>>,
}

/// The groups of imports that are not sorted by path yet. Imports of one path stay in their order.
pub(super) fn unsorted(atoms: &Atoms<'_>) -> Vec<Unsorted> {
    let mut out = Vec::new();
    if !atoms.sort_imports {
        return out;
    }
    for group in atoms.items.chunk_by(|_, next| next.joined) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if first.kind != IMPORT || group.is_sorted_by_key(|item| &item.path) {
            continue;
        }
        let mut order: Vec<&Item> = group.iter().collect();
        order.sort_by_key(|item| &item.path);
        out.push(Unsorted {
            atoms: first.start..last.end,
            order: order.into_iter().map(|item| item.start..item.end).collect(),
        });
    }
    out
}

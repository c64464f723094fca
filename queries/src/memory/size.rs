//! What values have on the heap.

use std::{collections::BTreeMap, hash::Hash, mem, sync::Arc};

use ecow::EcoString;
use ko_schema::Schema;
use ko_syntax::{
    Parse, SyntaxError,
    rowan::{self, NodeOrToken},
};
use rustc_hash::{FxHashMap, FxHashSet};
use text_size::{TextRange, TextSize};

use crate::{
    circuit::{
        Arg, ArgRanges, Circuit, FunctionKey, Literal, Param, SourceMap, Step, StepId, StepKind,
        Target,
    },
    database::{GroupVersion, Package, SourceFile},
    diagnostic::{Diagnostic, FileEdit, FileId, Fix, Related},
    findings::FormFindings,
    inputs::FunctionChunk,
    items::{Definition, Function, FunctionItem, FunctionText, ImportItem, ItemTree, PackageScope},
    lower::{Lowered, Reads, UnreadLabel},
    outline::{Named, Outline, Placed, TopItem},
    projects::Place,
};

/// The two counters in front of what an `Arc` holds.
const ARC: usize = 2 * mem::size_of::<usize>();

/// Says how many bytes a value has on the heap, without those of the value itself.
pub(crate) trait HeapSize {
    /// These bytes.
    fn heap_size(&self) -> usize;
}

/// As a function, for the attributes of queries.
pub(crate) fn heap_size<T: HeapSize>(value: &T) -> usize {
    value.heap_size()
}

/// The part of one holder in what an `Arc` points to, of which `size` bytes are behind its counters.
pub(crate) fn shared<T: ?Sized>(arc: &Arc<T>, size: impl FnOnce() -> usize) -> usize {
    (ARC + size()) / Arc::strong_count(arc).max(1)
}

macro_rules! nothing_on_the_heap {
    ($($ty:ty),* $(,)?) => { $(impl HeapSize for $ty {
        fn heap_size(&self) -> usize {
            0
        }
    })* };
}

nothing_on_the_heap!(
    bool,
    u32,
    FileId,
    StepId,
    GroupVersion,
    TextRange,
    TextSize,
    SourceFile,
    Package,
    Definition,
    UnreadLabel,
);

/// Adds up fields.
macro_rules! fields {
    ($($ty:ty: $($field:tt),*;)*) => { $(impl HeapSize for $ty {
        fn heap_size(&self) -> usize {
            0 $(+ self.$field.heap_size())*
        }
    })* };
}

fields! {
    FunctionKey: package, name;
    Param: name;
    Arg: name;
    Step: kind, label;
    Circuit: key, params, steps, labels, order;
    ArgRanges: ranges, ends;
    SourceMap: params, steps, labels, args, references;
    ImportItem: path, alias;
    FunctionItem: name, params;
    ItemTree: imports, functions;
    TopItem: import, functions;
    Named: name, params;
    Placed: item;
    Outline: 0;
    FormFindings: wrong, suspicious, hiding, concerning, aliases;
    PackageScope: functions, duplicates;
    Lowered: circuit, source_map, diagnostics, reads;
    Reads: unread_params, unread_labels, aliases;
    Diagnostic: message, related, fixes;
    Related: message;
    Fix: title, edits, snippet;
    FileEdit: insert;
    Place: at, roots;
}

impl HeapSize for Function<'_> {
    fn heap_size(&self) -> usize {
        0
    }
}

impl HeapSize for FunctionChunk<'_> {
    fn heap_size(&self) -> usize {
        0
    }
}

impl HeapSize for FunctionText {
    /// The tree is shared with that of the file.
    fn heap_size(&self) -> usize {
        0
    }
}

impl HeapSize for String {
    fn heap_size(&self) -> usize {
        self.capacity()
    }
}

impl HeapSize for EcoString {
    /// Short ones are within the value. How many share a long one is not to be had: each counts.
    fn heap_size(&self) -> usize {
        if self.len() <= EcoString::INLINE_LIMIT { 0 } else { ARC + self.len() }
    }
}

impl HeapSize for Arc<str> {
    fn heap_size(&self) -> usize {
        shared(self, || self.len())
    }
}

impl<T: HeapSize> HeapSize for Option<T> {
    fn heap_size(&self) -> usize {
        self.as_ref().map_or(0, T::heap_size)
    }
}

impl<T: HeapSize> HeapSize for [T] {
    fn heap_size(&self) -> usize {
        mem::size_of_val(self) + self.iter().map(T::heap_size).sum::<usize>()
    }
}

impl<T: HeapSize> HeapSize for Box<[T]> {
    fn heap_size(&self) -> usize {
        (**self).heap_size()
    }
}

impl<T: HeapSize> HeapSize for Vec<T> {
    fn heap_size(&self) -> usize {
        let spare = (self.capacity() - self.len()) * mem::size_of::<T>();
        self.as_slice().heap_size() + spare
    }
}

impl<T: HeapSize> HeapSize for Arc<[T]> {
    fn heap_size(&self) -> usize {
        shared(self, || (**self).heap_size())
    }
}

impl<T: HeapSize> HeapSize for Arc<T> {
    fn heap_size(&self) -> usize {
        shared(self, || mem::size_of::<T>() + (**self).heap_size())
    }
}

impl<K: HeapSize + Hash + Eq, V: HeapSize> HeapSize for FxHashMap<K, V> {
    fn heap_size(&self) -> usize {
        // One byte of control for each place.
        let places = self.capacity() * (mem::size_of::<(K, V)>() + 1);
        places + self.iter().map(|(key, value)| key.heap_size() + value.heap_size()).sum::<usize>()
    }
}

impl<K: HeapSize, V: HeapSize> HeapSize for BTreeMap<K, V> {
    fn heap_size(&self) -> usize {
        let own = self.len() * mem::size_of::<(K, V)>();
        own + self.iter().map(|(key, value)| key.heap_size() + value.heap_size()).sum::<usize>()
    }
}

impl<A: HeapSize, B: HeapSize> HeapSize for (A, B) {
    fn heap_size(&self) -> usize {
        self.0.heap_size() + self.1.heap_size()
    }
}

impl<A: HeapSize, B: HeapSize, C: HeapSize> HeapSize for (A, B, C) {
    fn heap_size(&self) -> usize {
        self.0.heap_size() + self.1.heap_size() + self.2.heap_size()
    }
}

impl<A: HeapSize, B: HeapSize, C: HeapSize, D: HeapSize> HeapSize for (A, B, C, D) {
    fn heap_size(&self) -> usize {
        let (a, b, c, d) = self;
        a.heap_size() + b.heap_size() + c.heap_size() + d.heap_size()
    }
}

impl<A: HeapSize, B: HeapSize, C: HeapSize, D: HeapSize, E: HeapSize, F: HeapSize> HeapSize
    for (A, B, C, D, E, F)
{
    fn heap_size(&self) -> usize {
        let (a, b, c, d, e, f) = self;
        let first = a.heap_size() + b.heap_size() + c.heap_size();
        first + d.heap_size() + e.heap_size() + f.heap_size()
    }
}

impl HeapSize for StepKind {
    fn heap_size(&self) -> usize {
        match self {
            StepKind::Literal(Literal::String(text)) => shared(text, || text.len()),
            StepKind::Target(Target::Function(key)) => key.heap_size(),
            StepKind::Select { path, .. } => path.heap_size(),
            StepKind::Apply { args, .. } => args.heap_size(),
            StepKind::Param(_) | StepKind::Literal(_) | StepKind::Target(_) | StepKind::Error => 0,
        }
    }
}

impl HeapSize for Parse {
    /// Equal pieces of a tree are kept once, so each counts once. A node has a header and two words for each child, a
    /// token a header and its text.
    fn heap_size(&self) -> usize {
        const HEADER: usize = 3 * mem::size_of::<usize>();
        const CHILD: usize = 2 * mem::size_of::<usize>();
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        let mut size = 0;
        let mut left: Vec<&rowan::GreenNodeData> = vec![self.green()];
        while let Some(node) = left.pop() {
            size += HEADER + CHILD * node.children().len();
            for child in node.children() {
                match child {
                    NodeOrToken::Node(node) => {
                        if seen.insert(std::ptr::from_ref(node).addr()) {
                            left.push(node);
                        }
                    }
                    NodeOrToken::Token(token) => {
                        if seen.insert(std::ptr::from_ref(token).addr()) {
                            size += HEADER + token.text().len();
                        }
                    }
                }
            }
        }
        size + self
            .errors()
            .iter()
            .map(|it| mem::size_of::<SyntaxError>() + it.message.len())
            .sum::<usize>()
    }
}

impl HeapSize for crate::items::Lines {
    fn heap_size(&self) -> usize {
        self.starts().heap_size()
    }
}

impl HeapSize for Schema {
    /// Its tables. The built-in one is there in any case, however many databases there are.
    fn heap_size(&self) -> usize {
        self.table_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_lists_count_what_they_hold() {
        assert_eq!(EcoString::from("short").heap_size(), 0);
        assert!(EcoString::from("longer than what fits inside").heap_size() >= 28);
        assert_eq!(vec![1u32, 2, 3].into_boxed_slice().heap_size(), 12);
        let one: Arc<[u32]> = Arc::from([1, 2]);
        let other = one.clone();
        assert_eq!(one.heap_size() + other.heap_size(), ARC + 8);
    }

    #[test]
    fn trees_are_larger_than_their_texts_and_repetition_is_kept_once() {
        let once = ko_syntax::parse("F(x) { return: Sum(x, 1) }").heap_size();
        let often = ko_syntax::parse(&"F(x) { return: Sum(x, 1) }\n".repeat(100)).heap_size();
        assert!(once > 26, "{once}");
        assert!(often < once * 100, "{often} after {once}");
    }
}

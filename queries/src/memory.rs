//! How much memory the database takes, query by query and input by input.
//!
//! Salsa counts what it keeps itself; what values have on the heap says `HeapSize`, which must not be more exact than it
//! is cheap: what several values share by `Arc` is divided among them, and the slack of allocators is nobody's.

mod size;

use std::collections::BTreeMap;

pub(crate) use self::size::{HeapSize, heap_size, shared};
use crate::database::RootDatabase;

/// What keeps memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// Something that was told to the database: files, packages, the schema.
    Input,
    /// Keys of queries, each kept once.
    Key,
    /// Answers of a query.
    Query,
}

impl PartKind {
    /// One word for people and programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PartKind::Input => "input",
            PartKind::Key => "key",
            PartKind::Query => "query",
        }
    }
}

/// The memory of one query, or of one kind of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The name of the query, as its function is called, or of the input.
    pub name: String,
    /// How many values there are.
    pub count: usize,
    /// Bytes of the values, with what they have on the heap.
    pub values: usize,
    /// Bytes that the database needs to know when the values have to be computed again.
    pub bookkeeping: usize,
}

impl Part {
    /// All bytes.
    #[must_use]
    pub fn total(&self) -> usize {
        self.values + self.bookkeeping
    }
}

impl RootDatabase {
    /// The memory of every query and input that has values, the most first.
    ///
    /// It is a write: readers are cancelled, and it waits until all clones of the database are gone. Time grows with the
    /// values there are.
    pub fn memory(&mut self) -> Vec<Part> {
        let info = <dyn salsa::Database>::memory_usage(self);
        let part = |kind, name: &str, info: &salsa::IngredientInfo| Part {
            kind,
            name: name.rsplit("::").next().unwrap_or(name).to_owned(),
            count: info.count(),
            values: info.size_of_fields() + info.heap_size_of_fields().unwrap_or_default(),
            bookkeeping: info.size_of_metadata(),
        };
        let mut parts: BTreeMap<(PartKind, String), Part> = BTreeMap::new();
        let structs = info.structs.iter().map(|it| {
            let name = it.debug_name();
            let interned = name.starts_with("Function");
            (if interned { PartKind::Key } else { PartKind::Input }, name, it)
        });
        let queries = info.queries.iter().map(|(name, it)| (PartKind::Query, *name, it));
        for (kind, name, it) in structs.chain(queries).filter(|(_, _, it)| it.count() > 0) {
            let part = part(kind, name, it);
            parts.insert((kind, part.name.clone()), part);
        }
        let mut parts: Vec<Part> = parts.into_values().collect();
        parts.sort_by_key(|part| (std::cmp::Reverse(part.total()), part.name.clone()));
        parts
    }
}

#[cfg(test)]
mod tests {
    use ko_schema::Schema;

    use super::*;
    use crate::FileId;

    fn database(functions: usize) -> RootDatabase {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        let text: String = (0..functions)
            .map(|at| {
                format!(
                    "F{at}(x?) {{ return: (a: Sum(x, {at}), name: \"a text of some length\") }}\n"
                )
            })
            .collect();
        db.set_file(FileId(0), "a.ko", "a", text.into());
        assert!(crate::diagnostics(&db, FileId(0)).is_empty());
        db
    }

    fn bytes(parts: &[Part], name: &str) -> usize {
        parts.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("{parts:?}")).values
    }

    #[test]
    fn every_query_and_input_that_has_values_is_there() {
        let parts = database(10).memory();
        for name in ["SourceFile", "Package", "World", "Function", "parse", "circuit", "inferred"] {
            let part = parts.iter().find(|it| it.name == name);
            assert!(part.is_some_and(|it| it.count > 0 && it.total() > 0), "{name}: {parts:#?}");
        }
        assert!(parts.windows(2).all(|it| it[0].total() >= it[1].total()));
    }

    #[test]
    fn what_is_counted_grows_with_what_there_is() {
        let (small, large) = (database(50).memory(), database(200).memory());
        for name in ["parse", "item_tree", "lower_body", "circuit", "infer"] {
            // The library and idioms are there in both.
            let more = bytes(&large, name) as f64 / bytes(&small, name) as f64;
            assert!((2.0..4.5).contains(&more), "{name}: {more}");
        }
    }

    #[test]
    fn a_text_counts_once_however_many_hold_it() {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        let before = bytes(&db.memory(), "SourceFile");
        let text: std::sync::Arc<str> = "// x\n".repeat(10_000).into();
        db.set_file(FileId(0), "a.ko", "a", text.clone());
        let shared = bytes(&db.memory(), "SourceFile") - before;
        drop(text);
        let alone = bytes(&db.memory(), "SourceFile") - before;
        assert!((25_000..26_000).contains(&shared), "{shared}");
        assert!((50_000..51_000).contains(&alone), "{alone}");
    }
}

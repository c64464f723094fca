//! Databases for tests, made of text with `$0` where the cursor is, or around what is selected.

use ko_queries::{RootDatabase, circuit::FunctionKey, diagnostic::FileId};
use ko_schema::Schema;
use text_size::{TextRange, TextSize};

use crate::{FilePosition, FileRange};

/// The package that the file with the cursor is in.
pub(crate) const PACKAGE: &str = "app";

pub(crate) struct Fixture {
    pub(crate) db: RootDatabase,
    pub(crate) file: FileId,
    pub(crate) text: String,
    marks: Vec<TextSize>,
}

impl Fixture {
    /// One file in the package `app`.
    pub(crate) fn new(marked: &str) -> Fixture {
        Fixture::with(marked, &[])
    }

    /// The file with the cursor, and others: package, name and text.
    pub(crate) fn with(marked: &str, others: &[(&str, &str, &str)]) -> Fixture {
        let parts: Vec<&str> = marked.split("$0").collect();
        let mut marks = Vec::new();
        let mut text = String::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                marks.push(TextSize::of(text.as_str()));
            }
            text.push_str(part);
        }
        let mut db = RootDatabase::new(Schema::builtin().clone());
        let file = FileId(1);
        db.set_file(file, "app/main.ko", PACKAGE, text.as_str().into());
        for (number, (package, name, text)) in (2..).zip(others) {
            db.set_file(FileId(number), &format!("{package}/{name}"), package, (*text).into());
        }
        Fixture { db, file, text, marks }
    }

    /// The example that the project ships.
    pub(crate) fn cockroachdb() -> Fixture {
        Fixture::new(include_str!("../../examples/cockroachdb/cockroachdb.ko"))
    }

    pub(crate) fn position(&self) -> FilePosition {
        FilePosition { file: self.file, offset: self.marks[0] }
    }

    /// What stands between the two marks; empty at the one.
    pub(crate) fn selected(&self) -> FileRange {
        let end = *self.marks.last().unwrap();
        FileRange { file: self.file, range: TextRange::new(self.marks[0], end) }
    }

    pub(crate) fn key(&self, function: &str) -> FunctionKey {
        FunctionKey { package: PACKAGE.into(), name: function.into() }
    }

    pub(crate) fn slice(&self, range: TextRange) -> &str {
        &self.text[range]
    }

    /// The range of the only occurrence of `text`.
    pub(crate) fn find(&self, text: &str) -> TextRange {
        let start = self.text.find(text).unwrap_or_else(|| panic!("no {text:?}"));
        assert_eq!(self.text.rfind(text), Some(start), "{text:?} occurs more than once");
        TextRange::at(TextSize::try_from(start).unwrap(), TextSize::of(text))
    }
}

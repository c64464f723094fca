//! The prose of a schema: what the authors of Kubernetes (or of a custom resource) say about types and fields. Held
//! apart from the facts because it is four times as large and needed only when someone reads it.

use std::ops::Range;

/// Separates the parts of a record. Does not occur in prose.
const PART: char = '\u{1f}';
/// Ends a record.
const RECORD: char = '\u{1e}';

/// Prose by type and field. Made with [`Docs::builder`] or read from the text that [`Docs::as_text`] gives.
///
/// The text holds one record per type, sorted by name: `type ␟ prose (␟ field ␟ prose)* ␞`.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    text: Box<str>,
    /// The records, sorted by the name of the type.
    records: Box<[Range<u32>]>,
}

impl Docs {
    /// Reads the text form. Records that are out of order are found nowhere, which is all the harm they do.
    #[must_use]
    pub fn from_text(text: impl Into<Box<str>>) -> Docs {
        let text: Box<str> = text.into();
        let mut records = Vec::new();
        let mut start = 0u32;
        for record in text.split_terminator(RECORD) {
            let Ok(len) = u32::try_from(record.len()) else { break };
            let Some(end) = start.checked_add(len) else { break };
            records.push(start..end);
            start = end.saturating_add(1);
        }
        Docs { text, records: records.into() }
    }

    /// Collects prose in any order.
    #[must_use]
    pub fn builder() -> DocsBuilder {
        DocsBuilder::default()
    }

    /// The text form, for caches.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The prose of the type with the given name.
    #[must_use]
    pub fn type_doc(&self, name: &str) -> Option<&str> {
        self.parts(name)?.next().filter(|it| !it.is_empty())
    }

    /// The prose of a field of the type with the given name.
    #[must_use]
    pub fn field_doc(&self, name: &str, field: &str) -> Option<&str> {
        let mut parts = self.parts(name)?;
        parts.next();
        while let (Some(key), Some(doc)) = (parts.next(), parts.next()) {
            if key == field {
                return Some(doc);
            }
        }
        None
    }

    /// The parts of a record after the name.
    fn parts(&self, name: &str) -> Option<std::str::Split<'_, char>> {
        let record = |range: &Range<u32>| {
            self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
        };
        let key = |range: &Range<u32>| record(range).split(PART).next().unwrap_or_default();
        let at = self.records.binary_search_by(|range| key(range).cmp(name)).ok()?;
        let mut parts = record(self.records.get(at)?).split(PART);
        parts.next();
        Some(parts)
    }
}

/// Collects [`Docs`].
#[derive(Debug, Default)]
pub struct DocsBuilder {
    types: std::collections::BTreeMap<String, (String, std::collections::BTreeMap<String, String>)>,
}

impl DocsBuilder {
    /// Notes the prose of a type. Surrounding white space goes; so does everything that the server appends about enum
    /// values, which the type itself has.
    pub fn type_doc(&mut self, name: &str, doc: &str) {
        self.types.entry(name.to_owned()).or_default().0 = clean(doc);
    }

    /// Notes the prose of a field, as [`DocsBuilder::type_doc`].
    pub fn field_doc(&mut self, name: &str, field: &str, doc: &str) {
        let doc = clean(doc);
        if !doc.is_empty() {
            self.types.entry(name.to_owned()).or_default().1.insert(field.to_owned(), doc);
        }
    }

    /// The collected prose.
    #[must_use]
    pub fn finish(self) -> Docs {
        let mut text = String::new();
        for (name, (doc, fields)) in self.types {
            text.push_str(&name);
            text.push(PART);
            text.push_str(&doc);
            for (field, doc) in fields {
                text.push(PART);
                text.push_str(&field);
                text.push(PART);
                text.push_str(&doc);
            }
            text.push(RECORD);
        }
        Docs::from_text(text)
    }
}

/// Cuts what servers append about enum values, and the characters that this form needs for itself.
fn clean(doc: &str) -> String {
    let prose = doc.split("Possible enum values:").next().unwrap_or_default().trim();
    prose.replace([PART, RECORD], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_survives_the_text_form() {
        let mut docs = Docs::builder();
        docs.type_doc("b.B", "About B.\n\nPossible enum values:\n - `\"x\"` is x");
        docs.field_doc("b.B", "two", " second ");
        docs.field_doc("b.B", "one", "fi\u{1f}rst");
        docs.field_doc("a.A", "only", "no type prose");
        let docs = Docs::from_text(docs.finish().as_text());
        assert_eq!(docs.type_doc("b.B"), Some("About B."));
        assert_eq!(docs.field_doc("b.B", "one"), Some("fi rst"));
        assert_eq!(docs.field_doc("b.B", "two"), Some("second"));
        assert_eq!(docs.field_doc("b.B", "three"), None);
        assert_eq!(docs.type_doc("a.A"), None);
        assert_eq!(docs.field_doc("a.A", "only"), Some("no type prose"));
        assert_eq!(docs.type_doc("c.C"), None);
    }

    #[test]
    fn damaged_text_is_no_reason_to_panic() {
        for text in ["", "\u{1e}\u{1e}", "a\u{1f}", "b\u{1e}a\u{1e}", "\u{1f}\u{1f}\u{1f}"] {
            let docs = Docs::from_text(text);
            assert_eq!(docs.field_doc("a", "b"), None);
        }
    }
}

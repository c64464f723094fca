//! What a check found, for people and for programs.

use ko_queries::{
    FileId,
    diagnostic::{Diagnostic, Severity},
};
use serde_json::{Value, json};

use crate::cli::{count, red, render, sources::Sources};

/// After so many files, the trees of what was checked are dropped, so that memory is for what is found out.
const EVICT_AFTER: usize = 64;

/// The diagnostics of all files that were named, and how many there are.
pub(super) struct Found {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    shown: Vec<(FileId, Diagnostic)>,
}

impl Found {
    /// Checks. Hints are among what is shown if they are wanted.
    pub(super) fn of(sources: &mut Sources, hints: bool) -> Found {
        let (errors, warnings) = (sources.unreadable.len(), 0);
        let mut found = Found { errors, warnings, shown: Vec::new() };
        for (count, file) in sources.named.iter().enumerate() {
            if count % EVICT_AFTER == EVICT_AFTER - 1 {
                sources.db.evict();
            }
            for diagnostic in ko_queries::diagnostics(&sources.db, *file).iter() {
                match diagnostic.severity {
                    Severity::Error => found.errors += 1,
                    Severity::Warning => found.warnings += 1,
                    Severity::Hint if !hints => continue,
                    Severity::Hint => {}
                }
                found.shown.push((*file, diagnostic.clone()));
            }
        }
        found
    }

    /// The diagnostics as an array.
    pub(super) fn json(&self, sources: &Sources) -> Value {
        let unreadable = sources.unreadable.iter().map(|(path, error)| {
            json!({ "file": path, "severity": "error", "code": "unreadable", "message": error.to_string() })
        });
        let shown = self.shown.iter().map(|(file, it)| render::to_json(&sources.db, *file, it));
        Value::Array(unreadable.chain(shown).collect())
    }

    /// Writes the diagnostics with excerpts to standard error, and a line that counts them.
    pub(super) fn print(&self, sources: &Sources) {
        for (path, error) in &sources.unreadable {
            anstream::eprintln!("{}: {error}\n", red(&format!("error: {path}")));
        }
        for (file, diagnostic) in &self.shown {
            anstream::eprintln!("{}\n", render::excerpt(&sources.db, *file, diagnostic));
        }
        let files = count(sources.named.len(), "file");
        let (errors, warnings) = (count(self.errors, "error"), count(self.warnings, "warning"));
        anstream::eprintln!("{files} checked: {errors}, {warnings}");
    }
}

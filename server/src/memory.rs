//! The memory of the process and of its database, as text and as JSON: for `ko debug memory` and for editors.

use std::fmt::Write as _;

use ko_queries::{RootDatabase, memory::Part};
use serde_json::{Value, json};

/// Where the memory is.
pub(crate) struct Report {
    parts: Vec<Part>,
    /// Bytes of the process that are in use, where the system says so.
    process: Option<u64>,
}

impl Report {
    /// Looks at a database. It is a write (see [`RootDatabase::memory`]).
    pub(crate) fn of(db: &mut RootDatabase) -> Report {
        Report { parts: db.memory(), process: resident() }
    }

    fn total(&self) -> usize {
        self.parts.iter().map(Part::total).sum()
    }

    /// One object: `total` and `process` in bytes, `parts` with the most first.
    pub(crate) fn to_json(&self) -> Value {
        let part = |part: &Part| {
            json!({
                "kind": part.kind.name(),
                "name": part.name,
                "count": part.count,
                "values": part.values,
                "bookkeeping": part.bookkeeping,
                "total": part.total(),
            })
        };
        let parts: Vec<Value> = self.parts.iter().map(part).collect();
        json!({ "process": self.process, "total": self.total(), "parts": parts })
    }

    /// A table to read, in bytes.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!(
            "{:6} {:20} {:>9} {:>13} {:>13} {:>13}\n",
            "kind", "name", "count", "values", "bookkeeping", "bytes"
        );
        let mut row = |kind: &str, name: &str, count: Option<usize>, sizes: [usize; 3]| {
            let [values, bookkeeping, total] = sizes.map(grouped);
            let count = count.map(grouped).unwrap_or_default();
            // Writing to a string never fails.
            let _ = writeln!(
                text,
                "{kind:6} {name:20} {count:>9} {values:>13} {bookkeeping:>13} {total:>13}"
            );
        };
        for part in &self.parts {
            let sizes = [part.values, part.bookkeeping, part.total()];
            row(part.kind.name(), &part.name, Some(part.count), sizes);
        }
        let sum = |of: fn(&Part) -> usize| self.parts.iter().map(of).sum();
        row("all", "", None, [sum(|it| it.values), sum(|it| it.bookkeeping), self.total()]);
        if let Some(process) = self.process.and_then(|it| usize::try_from(it).ok()) {
            let _ = writeln!(
                text,
                "\nThe process has {} bytes in use, with code, stacks and the spare of the allocator.",
                grouped(process)
            );
        }
        text
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The memory of this process that is in use, in bytes, if that is known.
///
/// Source: `proc(5)`, `/proc/pid/status`, `VmRSS`.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use ko_queries::FileId;
    use ko_schema::Schema;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_in_use_is_known() {
        assert!(resident().is_some_and(|bytes| bytes > 1 << 20 && bytes < 1 << 40));
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn the_parts_add_up_and_the_table_has_them_all() {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        db.set_file(FileId(0), "a.ko", "a", "F(x) { return: Sum(x, 1) }".into());
        ko_queries::diagnostics(&db, FileId(0));
        let report = Report::of(&mut db);
        let json = report.to_json();
        let parts = json["parts"].as_array().unwrap();
        let sum: u64 = parts.iter().filter_map(|part| part["total"].as_u64()).sum();
        assert_eq!(json["total"].as_u64().unwrap(), sum);
        assert_eq!(
            report.to_text().lines().filter(|line| line.starts_with("query ")).count(),
            parts.iter().filter(|part| part["kind"] == "query").count()
        );
    }
}

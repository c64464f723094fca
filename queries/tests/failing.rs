//! Programs that always fail when they run are refused before, wherever their types say so. `failing.txt` lists the
//! conformance cases that are not, each with the reason.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads cases")]

mod common;

use std::io::Write as _;
use std::path::Path;

use common::cases::{cases, load};
use ko_queries::diagnostic::Severity;

/// The cases that fail when they run and have no error before. Their lines: `path: reason`.
const ACCEPTED: &str = include_str!("failing.txt");

#[test]
fn programs_that_always_fail_are_refused_or_there_is_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no conformance cases at {}", root.display());
        return;
    }
    let lines = ACCEPTED.lines().filter(|it| !it.starts_with('#') && !it.is_empty());
    let mut reasons: Vec<(&str, &str)> = lines.map(|it| it.split_once(": ").unwrap()).collect();
    let (mut failing, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in cases(&root) {
        let expected = std::fs::read_to_string(&case).unwrap();
        if !expected.contains("\"kind\": \"runtime_error\"") {
            continue;
        }
        failing += 1;
        let db = load(&case);
        let found = db.file_ids().iter().any(|id| {
            let all = ko_queries::diagnostics(&db, *id);
            all.iter().any(|it| it.severity == Severity::Error)
        });
        refused += usize::from(found);
        let name = case.strip_prefix(&root).unwrap().to_str().unwrap();
        let name = name.strip_suffix("expect.json").unwrap().trim_end_matches(['.', '/']);
        let listed = reasons.iter().position(|it| it.0 == name).map(|it| reasons.remove(it));
        if found == listed.is_some() {
            wrong.push(format!("{name}: refused {found}, listed {}", listed.is_some()));
        }
    }
    wrong.extend(reasons.iter().map(|it| format!("{}: no such case", it.0)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused * 10 > failing * 8, "only {refused} of {failing} are refused");
}

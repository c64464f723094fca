//! The conformance cases: what is refused before it runs has errors, and what runs has none.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads cases"
)]

mod common;

use std::io::Write as _;
use std::path::Path;

use common::cases::{cases, load};
use ko_queries::diagnostic::Severity;

/// Behaviour of the first implementation that is a static error here (specification §11, Q6 to Q8).
const REFUSED_QUIRKS: &[&str] =
    &["undefined_name_late", "missing_package_silent", "repeated_label_of_references"];

/// Cases that return a value although a function in them cannot work: it is never called. Its types are wrong all the
/// same; that keeps no program from running.
const DEAD_CODE: &[&str] = &[
    "errors/04_error_in_uncalled_function.expect.json",
    "errors/05_error_in_branch_not_taken.expect.json",
];

#[test]
fn conformance() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no conformance cases at {}; nothing was tested",
            root.display()
        );
        return;
    }
    let mut count = 0;
    let mut wrong = Vec::new();
    for expectation in cases(&root) {
        count += 1;
        let expected = std::fs::read_to_string(&expectation).unwrap();
        let field =
            |name: &str, value: &str| expected.contains(&format!("\"{name}\": \"{value}\""));
        let db = load(&expectation);
        let mut errors: Vec<String> = Vec::new();
        for id in db.file_ids() {
            let file = ko_queries::diagnostics(&db, id);
            errors.extend(
                file.iter()
                    .filter(|it| it.severity == Severity::Error)
                    .map(|it| format!("{}: {}", it.code, it.message)),
            );
        }
        let quirk = REFUSED_QUIRKS.iter().any(|quirk| expected.contains(&format!("\"{quirk}\"")));
        let compile_error = field("kind", "compile_error");
        // Types may refuse what would fail when it runs.
        let dead = DEAD_CODE.iter().any(|it| expectation.ends_with(it));
        let either = field("kind", "runtime_error") || dead;
        let expect_errors = compile_error || quirk;
        if errors.is_empty() == expect_errors && (quirk || !either) {
            wrong.push(format!("{}: {errors:?}", expectation.display()));
        }
    }
    assert!(count > 300, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

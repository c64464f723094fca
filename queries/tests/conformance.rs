//! The conformance cases: what is refused before it runs has errors, and what runs has none.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads cases"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ko_queries::{FileId, RootDatabase, diagnostic::Severity};
use ko_schema::Schema;

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
    let mut cases = 0;
    let mut wrong = Vec::new();
    for expectation in files_below(&root, &|name| name.ends_with("expect.json")) {
        cases += 1;
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
    assert!(cases > 300, "only {cases} cases");
    assert!(wrong.is_empty(), "{} of {cases} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn files_below(folder: &Path, matches: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in entries {
        if path.is_dir() {
            found.extend(files_below(&path, matches));
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(matches) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn load(expectation: &Path) -> RootDatabase {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let name = expectation.file_name().unwrap().to_str().unwrap();
    if let Some(case) = name.strip_suffix(".expect.json") {
        let source = read(&expectation.with_file_name(format!("{case}.ko")));
        db.set_file(FileId(0), "case/main.ko", "case", source.into());
        return db;
    }
    let root = expectation.parent().unwrap().join("src");
    for (path, id) in files_below(&root, &|name| name.ends_with(".ko")).iter().zip(0..) {
        let relative = path.strip_prefix(&root).unwrap();
        let package = relative.parent().unwrap().to_str().unwrap();
        db.set_file(FileId(id), relative.to_str().unwrap(), package, read(path).into());
    }
    db
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

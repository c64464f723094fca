//! Every conformance case is a syntax error, or not one, as recorded there.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // the cases are files

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Cases of class `lexical` or `syntax` that Ko tools accept on purpose, with the reason.
const ACCEPTED: &[(&str, &str)] = &[];

/// Error classes that the parser reports.
const SYNTAX_CLASSES: &[&str] =
    &["syntax", "lexical", "brackets", "braces_as_value", "missing_return"];

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

#[test]
fn conformance_cases_are_syntax_errors_or_not_as_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the conformance cases are not at {}",
            root.display()
        );
        return;
    }
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for expectation in &all {
        let name = expectation.file_name().unwrap().to_str().unwrap();
        let sources: Vec<&PathBuf> = if let Some(stem) = name.strip_suffix(".expect.json") {
            let source = expectation.with_file_name(format!("{stem}.ko"));
            all.iter().filter(|path| **path == source).collect()
        } else if name == "expect.json" {
            let dir = expectation.parent().unwrap();
            all.iter()
                .filter(|path| path.starts_with(dir) && path.extension().is_some_and(|e| e == "ko"))
                .collect()
        } else {
            continue;
        };
        assert!(!sources.is_empty(), "{} has no source", expectation.display());
        let case = expectation.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::read_to_string(expectation).unwrap();
        let field = |field: &str| {
            let (_, rest) = text.split_once(&format!("\"{field}\": ")).unwrap();
            rest.lines().next().unwrap().trim_end_matches(',').trim_matches('"').to_owned()
        };
        let kind = field("kind");
        let class = field("error_class");
        let mut errors = Vec::new();
        for source in sources {
            let bytes = std::fs::read(source).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            errors.extend(
                common::check(&text)
                    .errors()
                    .iter()
                    .map(|error| format!("{}: {}", error.code, error.message)),
            );
        }
        seen += 1;
        let must_fail = kind == "compile_error" && SYNTAX_CLASSES.contains(&class.as_str());
        let accepted = ACCEPTED.iter().any(|(name, _)| case.starts_with(name));
        if must_fail && errors.is_empty() != accepted {
            wrong.push(format!("{case}: {class}, but {} errors", errors.len()));
        }
        if !must_fail && !errors.is_empty() {
            wrong.push(format!("{case}: {kind} {class}, but {errors:?}"));
        }
    }
    assert!(seen > 300, "only {seen} cases found");
    assert!(wrong.is_empty(), "{} of {seen} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

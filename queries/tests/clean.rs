//! Programs that work: no errors, and no warning or hint without a reason.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads programs")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ko_queries::{FileId, RootDatabase};
use ko_schema::Schema;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn ko_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(ko_files(&path));
        } else if path.extension().is_some_and(|it| it == "ko") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What is said about the files below a folder, each in the package of its own folder: `file:line code: message`.
fn said(root: &Path, prefix: &str) -> Vec<String> {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let files = ko_files(root);
    for (path, id) in files.iter().zip(0..) {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
        let folder = relative.rsplit_once('/').map_or("", |it| it.0);
        let package = format!("{prefix}{folder}");
        db.set_file(FileId(id), relative, &package, std::fs::read_to_string(path).unwrap().into());
    }
    let mut all = Vec::new();
    for id in db.file_ids() {
        let text = db.text(id).unwrap();
        for it in ko_queries::diagnostics(&db, id).iter() {
            let line = text[..usize::from(it.range.start())].matches('\n').count() + 1;
            let path = db.path(id).unwrap();
            all.push(format!("{path}:{line} {}: {}", it.code, it.message));
        }
    }
    all
}

/// Hints that are right about programs that work: `file:line code`.
const RIGHT: &[&str] = &[
    // The integer package gives `Inc` under its own name, too.
    "integer/integer.ko:16 shadows-builtin",
    // `numbers` is the name of the argument for those who call it.
    "web/svg/svg.ko:118 shadows-function",
];

fn assert_clean(root: &Path, prefix: &str) {
    // The idioms are the builtins that they would hide.
    let said = said(root, prefix).into_iter().filter(|it| !it.starts_with("idiom.ko"));
    let wrong: Vec<String> =
        said.filter(|it| !RIGHT.iter().any(|right| it.starts_with(&format!("{right}:")))).collect();
    assert!(wrong.is_empty(), "{}:\n{}", root.display(), wrong.join("\n"));
}

#[test]
fn nothing_is_wrong_with_the_examples() {
    assert_clean(&repository().join("examples"), "examples/");
}

#[test]
fn nothing_is_wrong_with_the_library() {
    assert_clean(&repository().join("queries/src/lib_ko"), "copy/");
}

#[test]
fn nothing_is_wrong_with_programs_of_others() {
    let root = repository().join("../shared/examples");
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no programs at {}", root.display());
        return;
    }
    assert_clean(&root, "shared/");
}

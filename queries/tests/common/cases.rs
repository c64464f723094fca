//! The conformance cases as databases. Their form is described in the README beside them.

use std::path::{Path, PathBuf};

use ko_queries::{FileId, RootDatabase};
use ko_schema::Schema;

/// The expectations of all cases below a folder, in order.
pub fn cases(root: &Path) -> Vec<PathBuf> {
    files_below(root, &|name| name.ends_with("expect.json"))
}

/// The files below a folder whose names match, in order.
pub fn files_below(folder: &Path, matches: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
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

/// The program of a case, given its expectation.
pub fn load(expectation: &Path) -> RootDatabase {
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

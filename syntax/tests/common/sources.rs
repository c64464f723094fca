//! The real programs that laws are tried on: all of this repository, and the conformance cases and examples beside it.
#![allow(clippy::disallowed_methods)] // the programs are files

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// A program: where it is from, for messages, and its text.
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Folders that hold no programs of this repository.
const SKIP: &[&str] = &["target", "node_modules", ".git"];

/// The `.ko` files of this repository and, if they are there, of `../shared`, in the order of their paths; what is no
/// UTF-8 is read as well as it can be. Says loudly what is not there.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    assert!(paths.len() > 20, "only {} programs in this repository", paths.len());
    for (folder, what) in [("conformance", "conformance cases"), ("examples", "examples")] {
        let folder = root.join("../shared").join(folder);
        if folder.is_dir() {
            collect(&folder, &mut paths);
        } else {
            // Written past the capture of the test harness, so that it is seen.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: the laws on the {what}, which are not at {}: put them there",
                folder.display()
            );
        }
    }
    let read = |path: PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        Source { name: path.strip_prefix(&root).unwrap().display().to_string(), text }
    };
    paths.into_iter().map(read).collect()
}

/// Those of [`all`] without a mistake of syntax.
pub fn valid() -> Vec<Source> {
    all().into_iter().filter(|it| ko_syntax::parse(&it.text).errors().is_empty()).collect()
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_str().unwrap_or_default();
        if path.is_dir() {
            if !SKIP.contains(&name) {
                collect(&path, out);
            }
        } else if path.extension().is_some_and(|it| it == "ko") {
            out.push(path);
        }
    }
}

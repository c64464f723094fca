//! The kept corpus of the fuzz targets, replayed: every text that once was a crash, or reaches code that few texts reach.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // the corpus is files

mod common;

use std::{fs, path::Path};

use common::laws;

/// Runs `law` on every text kept for `target`. What is no UTF-8 is no input of these targets.
fn replay(target: &str, law: impl Fn(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else { continue };
        // So that a failure names its input.
        eprintln!("{}", path.display());
        law(&text);
        count += 1;
    }
    assert!(count > 20, "only {count} texts in {}", folder.display());
}

#[test]
fn lexer() {
    replay("lexer", laws::lexer);
}

#[test]
fn parser() {
    replay("parse", |text| drop(laws::parser(text)));
}

#[test]
fn formatter() {
    replay("format", |text| drop(laws::formatter(text)));
}

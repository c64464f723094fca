//! Any text gives a lossless tree, and a mistake in one place leaves the rest of the file recognised.

#![allow(clippy::unwrap_used)]

mod common;

use common::{COCKROACHDB, check};

#[test]
fn the_example_has_no_errors() {
    assert_eq!(common::errors(COCKROACHDB), "");
    assert!(check(COCKROACHDB).source_file().functions().count() > 5);
}

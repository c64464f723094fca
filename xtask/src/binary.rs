//! Builds the `ko` program for demo and end-to-end tests.

use std::path::PathBuf;

use anyhow::Result;

use crate::{places, process};

/// Builds it in the profile `ci` (nearly as fast as a release, much sooner built); returns the program.
pub(crate) fn build() -> Result<PathBuf> {
    println!("building ko …");
    process::run(process::cargo().args([
        "build",
        "--quiet",
        "--profile",
        "ci",
        "--package",
        "ko-server",
    ]))?;
    Ok(places::target().join("ci/ko"))
}

//! Builds the `ko` program for demo and end-to-end tests.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{places, process};

/// Names a program that is to be tested as it is, for example one out of a release.
const GIVEN: &str = "KO_PROGRAM";

/// Builds it in the profile `ci` (nearly as fast as a release, much sooner built); returns the program.
/// With the environment variable `KO_PROGRAM` nothing is built, and that program is used.
pub(crate) fn build() -> Result<PathBuf> {
    if let Some(program) = given()? {
        return Ok(program);
    }
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

/// The program that `KO_PROGRAM` names, if it does.
pub(crate) fn given() -> Result<Option<PathBuf>> {
    let Some(program) = std::env::var_os(GIVEN).map(PathBuf::from) else { return Ok(None) };
    if !program.is_file() {
        bail!("{GIVEN} names {}, which is no file", program.display());
    }
    Ok(Some(program))
}

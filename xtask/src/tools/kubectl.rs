//! kubectl, built from its own Go modules in the version of the tests' control plane: what `bench cluster` runs beside us.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{places, process};

/// What to do when it cannot be built.
pub(crate) const HOW: &str = "\
Install Go 1.26 or newer (https://go.dev/dl) with access to a module proxy, or set KO_KUBECTL to a kubectl of version 1.36.";

/// The version, which the program says it is; that of the modules in `tests/kubectl/go.mod`.
const VERSION: (&str, &str, &str) = ("1", "36", "v1.36.3");

/// Builds it if it is not there yet; returns the program.
pub(crate) fn install() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("KO_KUBECTL").map(PathBuf::from) {
        anyhow::ensure!(given.is_file(), "KO_KUBECTL names {}, which is no file", given.display());
        return Ok(given);
    }
    let go = process::need("go", "install it (https://go.dev/dl)")?;
    let source = places::root().join("tests/kubectl");
    let read = |name: &str| {
        fs::read_to_string(source.join(name))
            .with_context(|| format!("cannot read {name} of tests/kubectl"))
    };
    let version = format!("{}\n{}{}", VERSION.2, read("main.go")?, read("go.sum")?);
    let folder = super::once("kubectl", &version, |folder| {
        let stamp =
            |name: &str, value: &str| format!("-X k8s.io/component-base/version.{name}={value}");
        let flags = [
            "-s -w".to_owned(),
            stamp("gitMajor", VERSION.0),
            stamp("gitMinor", VERSION.1),
            stamp("gitVersion", VERSION.2),
        ];
        let mut build = process::command(&go, &source);
        build.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags"]);
        build.arg(flags.join(" ")).arg("-o").arg(folder.join("kubectl")).arg(".");
        build.env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local").env_remove("GOFLAGS");
        process::run_quietly(&mut build).context("cannot build it with Go")?;
        Ok(())
    })?;
    Ok(folder.join("kubectl"))
}

//! A real Kubernetes control plane in one program, built from `tests/controlplane/` with Go: what the tests of the
//! cluster run against.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{places, process};

/// What to do when it cannot be built.
pub(crate) const HOW: &str = "\
Install Go 1.26 or newer (https://go.dev/dl) with access to a module proxy, or set KO_CONTROL_PLANE to a program that is \
built from tests/controlplane already.";

/// The version of Kubernetes, which the program says it is; that of the modules in `tests/controlplane/go.mod`.
const VERSION: (&str, &str, &str) = ("1", "36", "v1.36.3");

/// Builds it if its sources are not those of the last time; returns the program. Cold, this fetches about 700 MB of
/// modules and takes some minutes; Go keeps both.
pub(crate) fn install() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("KO_CONTROL_PLANE").map(PathBuf::from) {
        anyhow::ensure!(
            given.is_file(),
            "KO_CONTROL_PLANE names {}, which is no file",
            given.display()
        );
        return Ok(given);
    }
    let go = process::need("go", "install it (https://go.dev/dl)")?;
    let source = places::root().join("tests/controlplane");
    let version = format!("{} {:016x}", VERSION.2, sources(&source)?);
    let folder = super::once("control-plane", &version, |folder| {
        let mut build = process::command(&go, &source);
        let stamp =
            |name: &str, value: &str| format!("-X k8s.io/component-base/version.{name}={value}");
        let flags = [
            "-s -w".to_owned(),
            stamp("gitMajor", VERSION.0),
            stamp("gitMinor", VERSION.1),
            stamp("gitVersion", VERSION.2),
        ];
        build.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags"]);
        build.arg(flags.join(" ")).arg("-o").arg(folder.join("controlplane")).arg(".");
        build.env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local").env_remove("GOFLAGS");
        process::run_quietly(&mut build).context("cannot build it with Go")?;
        Ok(())
    })?;
    Ok(folder.join("controlplane"))
}

/// A number that changes when a source file does.
fn sources(folder: &std::path::Path) -> Result<u64> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.file_name().hash(&mut hasher);
        fs::read(&file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(hasher.finish())
}

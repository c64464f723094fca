//! Finds the `ko` program, building it first, so that no test runs against an old one.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The path of the `ko` program: that in the environment variable `KO_BINARY`, or else a fresh build beside the tests.
///
/// # Panics
/// When it cannot be built.
pub fn ko() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(path) = std::env::var_os("KO_BINARY") {
            return path.into();
        }
        build().unwrap_or_else(|error| panic!("the ko program cannot be built: {error:#}"))
    })
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

fn build() -> anyhow::Result<PathBuf> {
    // This program is `TARGET/PROFILE/deps/TEST-HASH`.
    let this = std::env::current_exe()?;
    let profile = this.ancestors().nth(2).unwrap_or(&this);
    let name = profile.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(repository()).args(["build", "--quiet", "--package", "ko-server"]);
    command.args(["--profile", if name == "debug" { "dev" } else { name }]);
    if let Some(target) = profile.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status()?;
    anyhow::ensure!(status.success(), "cargo build: {status}");
    Ok(profile.join(format!("ko{}", std::env::consts::EXE_SUFFIX)))
}

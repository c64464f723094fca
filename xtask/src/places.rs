//! Where things are: the repository, the build directory, the installed tools.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    // The manifest of this crate stands one level below.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's build directory; all that this crate makes goes below it.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where a tool of this name is installed.
pub(crate) fn tool(name: &str) -> PathBuf {
    target().join("tools").join(name)
}

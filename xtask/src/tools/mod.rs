//! Installs what tests and demo need, in pinned versions, below `target/tools/`.
//!
//! Each installer leaves a stamp that names all its versions: the second call costs nothing, and another version
//! installs anew. Nothing here touches the system, except the browser, which comes from its package manager.

pub(crate) mod chromium;
pub(crate) mod neovim;
pub(crate) mod node;
pub(crate) mod playwright;
pub(crate) mod vscode;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Runs `install` in an empty folder for the tool unless its stamp says that this `version` is there; returns the folder.
fn once(name: &str, version: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = crate::places::tool(name);
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == version) {
        return Ok(folder);
    }
    println!("installing {name} ({version}) …");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    install(&folder).with_context(|| format!("cannot install {name} ({version})"))?;
    fs::write(&stamp, version).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(folder)
}

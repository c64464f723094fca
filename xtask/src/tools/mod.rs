//! Installs what tests and demo need, in pinned versions, below `target/tools/`.
//!
//! Each installer leaves a stamp that names all its versions: the second call costs nothing, and another version
//! installs anew. Nothing here touches the system, except the browser, which comes from its package manager.

pub(crate) mod chromium;
pub(crate) mod control_plane;
pub(crate) mod kubectl;
pub(crate) mod neovim;
pub(crate) mod node;
pub(crate) mod playwright;
pub(crate) mod reference;
pub(crate) mod ty;
pub(crate) mod vscode;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Runs `install` in an empty folder for the tool unless its stamp says that this `version` is there; returns the folder.
fn once(name: &str, version: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = crate::places::tool(name);
    once_in(&folder, name, version, install)?;
    Ok(folder)
}

fn once_in(
    folder: &Path,
    name: &str,
    version: &str,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == version) {
        return Ok(());
    }
    println!("installing {name} ({version}) …");
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    install(folder).with_context(|| format!("cannot install {name} ({version})"))?;
    fs::write(&stamp, version).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use anyhow::bail;

    use super::*;

    #[test]
    fn installs_once_for_each_version_and_again_after_a_failure() {
        let folder = std::env::temp_dir().join(format!("ko-xtask-{}", std::process::id()));
        let count = Cell::new(0);
        let install = |version: &str, works: bool| {
            once_in(&folder, "thing", version, |folder| {
                count.set(count.get() + 1);
                assert!(fs::read_dir(folder).unwrap().next().is_none(), "not empty");
                fs::write(folder.join("part"), "")?;
                if works { Ok(()) } else { bail!("no") }
            })
        };
        install("1", true).unwrap();
        install("1", true).unwrap();
        assert_eq!(count.get(), 1);
        assert!(
            format!("{:#}", install("2", false).unwrap_err())
                .contains("cannot install thing (2): no")
        );
        install("2", true).unwrap();
        install("2", true).unwrap();
        assert_eq!(count.get(), 3);
        fs::remove_dir_all(&folder).unwrap();
    }
}

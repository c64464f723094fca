//! `ty`, the type checker and language server for Python: what our speed is measured beside.

use std::path::PathBuf;

use anyhow::Result;

use crate::{places, process};

const VERSION: &str = "0.0.107";

/// What to do when it cannot be had.
pub(crate) const HOW: &str = "Install Python 3 with pip (Debian: python3-pip), which gets it.";

/// Installs it if need be; returns the program.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = super::once("ty", VERSION, |folder| {
        let python = process::need("python3", "install it (Debian: python3-pip)")?;
        let mut pip = process::command(python, &places::root());
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(folder);
        process::run_quietly(pip.arg(format!("ty=={VERSION}")))?;
        Ok(())
    })?;
    Ok(folder.join("bin/ty"))
}

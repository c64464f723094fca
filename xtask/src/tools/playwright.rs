//! Playwright's driver for a browser that is already installed.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::node;
use crate::process;

const VERSION: &str = "1.65.1";

/// Installs it if need be; returns the folder of the package.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = super::once("playwright", VERSION, |folder| {
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let package = format!("playwright-core@{VERSION}");
        process::run_quietly(node::npm(folder, "install")?.arg("--no-save").arg(package))?;
        Ok(())
    })?;
    Ok(folder.join("node_modules/playwright-core"))
}

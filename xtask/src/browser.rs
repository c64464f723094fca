//! Runs the scripts in `tests/editors/vscode/` that drive a workbench with a real browser.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::tools::{chromium, control_plane, node, playwright};
use crate::workbench::Workbench;
use crate::{places, process};

/// What a script may use besides the browser.
pub(crate) struct Surroundings<'a> {
    /// Folder to open; scripts may change it.
    pub(crate) workspace: &'a Path,
    /// Where to put screenshots and reports; emptied first.
    pub(crate) results: &'a Path,
    /// Unpacked extension, for scripts that run inside the extension host.
    pub(crate) extension: Option<&'a Path>,
}

/// Runs one script to its end; fails with it, or when it takes longer than `limit`.
pub(crate) fn drive(
    script: &str,
    workbench: &Workbench,
    at: &Surroundings<'_>,
    limit: Duration,
) -> Result<()> {
    let root = places::root();
    if at.results.exists() {
        fs::remove_dir_all(at.results)
            .with_context(|| format!("cannot empty {}", at.results.display()))?;
    }
    fs::create_dir_all(at.results)?;
    let settings = json!({
        "address": workbench.address(),
        "workspace": at.workspace,
        "results": at.results,
        "extension": at.extension,
        "browser": chromium::install()?,
        "playwright": playwright::install()?,
        "tests": root.join("tests/editors"),
        // Without one the scripts leave out what needs it, and say so.
        "controlPlane": control_plane::install().ok(),
        "kubeconfig": workbench.kubeconfig(),
    });
    let mut command = process::command(node::node()?, &root);
    command.arg(root.join("tests/editors/vscode").join(script)).arg(settings.to_string());
    let mut child = command.spawn().context("cannot start node")?;
    let deadline = std::time::Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("{script} ended with {status}; results are in {}", at.results.display());
        }
        if std::time::Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("{script} did not end within {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

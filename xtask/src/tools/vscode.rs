//! A real VS Code whose workbench runs in a browser, out of the npm package `code-server`.
//!
//! Only the VS Code inside that package is used, not the shell around it: its server starts directly with Node.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::node;
use crate::process;

/// Holds VS Code 1.100.3, the oldest version that the extension supports, and the last one for Node.js 20.
const CODE_SERVER: &str = "4.100.3";
const RIPGREP: &str = "1.18.0";

/// What VS Code wants compiled: the text of output channels, the end of orphans, terminals.
const NATIVE: [&str; 3] = ["@vscode/spdlog", "native-watchdog", "node-pty"];

/// Installs it if need be; returns the program to start with Node.
pub(crate) fn install() -> Result<PathBuf> {
    let version = format!("code-server {CODE_SERVER}, ripgrep {RIPGREP}");
    let folder = super::once("vscode", &version, |folder| {
        let node = node::node()?;
        process::need("make", "install a C++ compiler and make (Debian: build-essential python3)")?;
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let packages =
            [format!("code-server@{CODE_SERVER}"), format!("@vscode/ripgrep-linux-x64@{RIPGREP}")];
        process::run_quietly(node::npm(folder, "install")?.arg("--no-save").args(packages))?;
        let vscode = vscode(folder);
        for part in [vscode.clone(), vscode.join("extensions")] {
            process::run_quietly(node::npm(&part, "install")?.arg("--omit=dev"))?;
        }
        link_ripgrep(folder, &vscode)?;
        build_native(&node, &vscode)
    })?;
    Ok(vscode(&folder).join("out/server-main.js"))
}

fn vscode(folder: &Path) -> PathBuf {
    folder.join("node_modules/code-server/lib/vscode")
}

/// Its own package would download the program; the one for this platform comes prebuilt.
fn link_ripgrep(folder: &Path, vscode: &Path) -> Result<()> {
    // Bundled extensions look for modules in the archive of a desktop build.
    symlink("node_modules", vscode.join("node_modules.asar"))
        .context("cannot link node_modules.asar")?;
    let bin = vscode.join("node_modules/@vscode/ripgrep/bin");
    fs::create_dir_all(&bin)?;
    symlink(folder.join("node_modules/@vscode/ripgrep-linux-x64/bin/rg"), bin.join("rg"))
        .context("cannot link ripgrep")
}

fn build_native(node: &Path, vscode: &Path) -> Result<()> {
    let (gyp, headers) = (node::gyp()?, node::headers(node)?);
    for module in NATIVE {
        let folder = vscode.join("node_modules").join(module);
        let mut build = Command::new(node);
        build
            .current_dir(&folder)
            .arg(&gyp)
            .arg("rebuild")
            .arg(format!("--nodedir={}", headers.display()));
        process::run_quietly(build.args(["-j", "2"]))
            .with_context(|| format!("cannot compile {module}"))?;
    }
    Ok(())
}

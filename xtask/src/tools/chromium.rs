//! Chromium: from the package manager of the system, because no registry has it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser on `PATH`; on a Debian machine, as root, it is installed if it is missing.
pub(crate) fn install() -> Result<PathBuf> {
    if let Some(found) = NAMES.iter().find_map(|name| process::find(name)) {
        return Ok(found);
    }
    let packages = PACKAGES.join(" ");
    if process::find("apt-get").is_none() {
        bail!("no Chromium on PATH; install one (the packages of Debian are called: {packages})");
    }
    if !is_root()? {
        bail!(
            "no Chromium on PATH; as root: apt-get install -y --no-install-recommends {packages}"
        );
    }
    println!("installing {packages} …");
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    process::run_quietly(apt().arg("update"))?;
    process::run_quietly(apt().args(["install", "-y", "--no-install-recommends"]).args(PACKAGES))?;
    process::need("chromium", &format!("the packages {packages} did not bring it"))
}

fn is_root() -> Result<bool> {
    let output = process::run_quietly(Command::new("id").arg("-u"))?;
    Ok(output.stdout.trim_ascii() == b"0")
}

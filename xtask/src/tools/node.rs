//! Node.js and npm: must be on the machine, everything else of that world is installed with them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Oldest version that the pinned packages accept.
const MAJOR: u32 = 20;

/// The `node` on `PATH`, if it is new enough.
pub(crate) fn node() -> Result<PathBuf> {
    let how = format!("install Node.js {MAJOR} or newer (Debian: nodejs npm)");
    let node = process::need("node", &how)?;
    let output = process::run_quietly(Command::new(&node).arg("--version"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < MAJOR) {
        bail!("{} is {version}; {how}", node.display());
    }
    Ok(node)
}

/// An npm command in `directory`, without the noise and without scripts of packages.
pub(crate) fn npm(directory: &Path, verb: &str) -> Result<Command> {
    node()?;
    let npm = process::need("npm", "install npm (Debian: npm)")?;
    let mut command = process::command(npm, directory);
    command.args([verb, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    Ok(command)
}

/// Folder of the C headers that belong to this `node`, needed to build its native modules.
pub(crate) fn headers(node: &Path) -> Result<PathBuf> {
    let real = node.canonicalize().with_context(|| format!("cannot resolve {}", node.display()))?;
    let prefix = real.parent().and_then(Path::parent).unwrap_or(Path::new("/usr")).to_path_buf();
    if !prefix.join("include/node/node.h").is_file() {
        bail!(
            "the headers of Node.js are missing below {}/include/node (Debian: libnode-dev)",
            prefix.display()
        );
    }
    Ok(prefix)
}

/// The node-gyp that comes with npm.
pub(crate) fn gyp() -> Result<PathBuf> {
    let npm = process::need("npm", "install npm (Debian: npm)")?;
    let output = process::run_quietly(Command::new(npm).args(["root", "-g"]))?;
    let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let candidates = [
        root.join("npm/node_modules/node-gyp/bin/node-gyp.js"),
        root.join("node-gyp/bin/node-gyp.js"),
    ];
    let found = candidates.iter().find(|file| file.is_file());
    found
        .cloned()
        .with_context(|| format!("no node-gyp below {} (Debian: node-gyp)", root.display()))
}

//! Builds, checks and packages the VS Code extension.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::tools::node;
use crate::{places, process};

/// What goes into the package besides the program; `.vscodeignore` decides finally.
const CONTENTS: [&str; 10] = [
    ".vscodeignore",
    "package.json",
    "README.md",
    "CHANGELOG.md",
    "language-configuration.json",
    "dist",
    "media",
    "icons",
    "syntaxes",
    "snippets",
];

/// Folder of the extension's source.
pub(crate) fn source() -> PathBuf {
    places::root().join("editors/vscode")
}

/// Installs the packages that the lock file names, if they are not there.
pub(crate) fn install_packages() -> Result<()> {
    let source = source();
    let lock =
        fs::read(source.join("package-lock.json")).context("cannot read package-lock.json")?;
    let stamp = source.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing the packages of the extension …");
    process::run_quietly(&mut node::npm(&source, "ci")?)?;
    fs::write(stamp, lock).context("cannot write the stamp of the packages")
}

/// Runs a program out of the extension's packages in its folder.
pub(crate) fn tool(name: &str, arguments: &[&str]) -> Result<()> {
    install_packages()?;
    let source = source();
    let program = source.join("node_modules/.bin").join(name);
    process::run(process::command(program, &source).args(arguments))
}

/// Runs a script of the extension with Node in its folder.
pub(crate) fn script(arguments: &[&str]) -> Result<()> {
    install_packages()?;
    process::run(process::command(node::node()?, &source()).args(arguments))
}

/// Builds the extension and puts it, with the program `ko` inside, into a folder of its own; returns that.
pub(crate) fn stage(ko: &Path) -> Result<PathBuf> {
    script(&["build.mjs"])?;
    let stage = places::target().join("extension");
    if stage.exists() {
        fs::remove_dir_all(&stage).with_context(|| format!("cannot empty {}", stage.display()))?;
    }
    for name in CONTENTS {
        copy(&source().join(name), &stage.join(name))?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&places::root().join(licence), &stage.join(licence))?;
    }
    copy(ko, &stage.join("bin/ko"))?;
    Ok(stage)
}

/// Packages a staged extension; returns the `.vsix` file.
pub(crate) fn package(stage: &Path) -> Result<PathBuf> {
    let file = places::target().join("ko.vsix");
    let vsce = source().join("node_modules/.bin/vsce");
    let mut command = process::command(vsce, stage);
    // The two licence files are there, under names that the packager does not know.
    command.args(["package", "--no-dependencies", "--skip-license", "--out"]).arg(&file);
    process::run_quietly(&mut command)?;
    Ok(file)
}

/// Copies a file or a folder.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("cannot copy {} to {}", from.display(), to.display());
    if from.is_dir() {
        fs::create_dir_all(to).with_context(failed)?;
        for entry in fs::read_dir(from).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(failed)?;
    }
    fs::copy(from, to).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;

    use super::*;

    fn json(name: &str) -> Value {
        serde_json::from_slice(&fs::read(source().join(name)).unwrap()).unwrap()
    }

    /// Where packages come from is a matter of the machine; what they are is one of the lock.
    #[test]
    fn the_lock_names_no_registry_and_every_hash() {
        let lock = json("package-lock.json");
        for (path, package) in lock["packages"].as_object().unwrap() {
            if path.is_empty() {
                continue;
            }
            assert!(package.get("resolved").is_none(), "{path} names a registry");
            assert!(package["integrity"].is_string(), "{path} has no hash");
        }
    }

    #[test]
    fn versions_are_exact() {
        for (name, version) in json("package.json")["devDependencies"].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{name}: {version}");
        }
    }

    #[test]
    fn the_package_has_the_version_of_the_workspace() {
        assert_eq!(json("package.json")["version"], env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn everything_that_is_packaged_exists() {
        for name in CONTENTS.iter().filter(|name| **name != "dist") {
            assert!(source().join(name).exists(), "{name}");
        }
    }
}

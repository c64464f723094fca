//! A side of the comparison: a program, and the empty home that it starts in.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{places, process};

/// A program that speaks to clusters.
pub(super) struct Side {
    program: PathBuf,
    name: &'static str,
}

/// A home of its own for a side, with the way to one cluster.
pub(super) struct Home<'a> {
    side: &'a Side,
    folder: PathBuf,
    context: &'a str,
}

impl Side {
    /// Us.
    pub(super) fn ko(program: PathBuf) -> Side {
        Side { program, name: "ko" }
    }

    /// The other side.
    pub(super) fn kubectl(program: PathBuf) -> Side {
        Side { program, name: "kubectl" }
    }

    /// Makes an empty home with this kubeconfig.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn home<'a>(&'a self, kubeconfig: &str, context: &'a str) -> Result<Home<'a>> {
        let folder = places::target().join("bench/cluster").join(self.name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        let package = folder.join("package");
        std::fs::create_dir_all(&package)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        // A project of its own, wherever the build directory lies.
        std::fs::write(package.join("ko.toml"), "")?;
        std::fs::write(folder.join("kubeconfig"), kubeconfig)?;
        Ok(Home { side: self, folder, context })
    }
}

impl Home<'_> {
    /// The folder of a package, for the language server.
    pub(super) fn package(&self) -> PathBuf {
        self.folder.join("package")
    }

    /// The kubeconfig.
    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Forgets everything that the side has kept.
    ///
    /// # Errors
    /// When that cannot be done.
    pub(super) fn forget(&self) -> Result<()> {
        for name in ["cache", "state", ".kube"] {
            let folder = self.folder.join(name);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)
                    .with_context(|| format!("cannot remove {}", folder.display()))?;
            }
        }
        Ok(())
    }

    /// A command line without a cluster.
    pub(super) fn bare(&self, words: &[&str]) -> Command {
        let mut command = process::command(&self.side.program, &self.package());
        command.args(words);
        self.surround(&mut command);
        command
    }

    /// A command line on the cluster: `words`, then how to get there.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.bare(words);
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(["--context", self.context]);
        command
    }

    fn surround(&self, command: &mut Command) {
        let at = |name: &str| -> PathBuf { Path::new(&self.folder).join(name) };
        command.env("HOME", &self.folder).env("XDG_CACHE_HOME", at("cache"));
        command.env("XDG_STATE_HOME", at("state")).env("NO_COLOR", "1");
        for name in ["KOPATH", "GOPATH", "KUBECONFIG", "KUBECACHEDIR"] {
            command.env_remove(name);
        }
    }
}

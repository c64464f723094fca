//! Which credential plugins the user has agreed to run. The consent is for the whole command with its arguments, and it
//! is kept with the user, never with a workspace: what comes with a workspace cannot agree to anything.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use ko_cluster::{Plugin, write_whole};
use serde::{Deserialize, Serialize};

use crate::state;

/// The commands that were agreed to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Consents {
    plugins: Vec<Command>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Command {
    command: String,
    arguments: Vec<String>,
}

impl From<&Plugin> for Command {
    fn from(plugin: &Plugin) -> Command {
        Command { command: plugin.command.clone(), arguments: plugin.arguments.clone() }
    }
}

impl Consents {
    /// Those of the user. A file that cannot be read is no consent.
    pub(crate) fn load() -> Consents {
        let text = file().ok().and_then(|it| fs::read(it).ok());
        text.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default()
    }

    /// Whether the user has agreed to run this.
    pub(crate) fn covers(&self, plugin: &Plugin) -> bool {
        self.plugins.contains(&plugin.into())
    }

    /// Notes that the user agrees to run this from now on.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn agree(&mut self, plugin: &Plugin) -> Result<()> {
        if self.covers(plugin) {
            return Ok(());
        }
        self.plugins.push(plugin.into());
        let file = file()?;
        let text = serde_json::to_vec_pretty(self)?;
        write_whole(&file, &text).with_context(|| format!("cannot write {}", file.display()))
    }
}

fn file() -> Result<PathBuf> {
    Ok(state::folder("consent")?.join("credential-plugins.json"))
}

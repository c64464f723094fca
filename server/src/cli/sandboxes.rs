//! Sandboxes that are kept between commands, in the user's state folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, anyhow, bail};
use ko_cluster::write_whole;
use ko_sandbox::Sandbox;
use ko_schema::Schema;

use crate::state;

/// A sandbox, and where it is kept.
pub(crate) struct Kept {
    /// The sandbox.
    pub(crate) sandbox: Arc<Sandbox>,
    file: Option<PathBuf>,
}

impl Kept {
    /// The sandbox of this name, or a fresh one that nobody keeps if the name is empty. `fresh` empties it first.
    ///
    /// # Errors
    /// When the name is none, or what was kept cannot be read.
    pub(crate) fn open(name: &str, fresh: bool) -> Result<Kept> {
        if name.is_empty() {
            return Ok(Kept { sandbox: Sandbox::new(Schema::builtin()), file: None });
        }
        let file = state::folder("sandboxes")?.join(format!("{}.json", valid(name)?));
        let kept = if fresh { None } else { read(&file)? };
        let sandbox = match kept {
            None => Sandbox::new(Schema::builtin()),
            Some(bytes) => Sandbox::load(Schema::builtin(), &bytes).map_err(|error| {
                anyhow!(
                    "sandbox {name} cannot be read: {error}\n--fresh begins anew; it is kept in {}",
                    file.display()
                )
            })?,
        };
        Ok(Kept { sandbox, file: Some(file) })
    }

    /// Writes the sandbox where it is kept, if it is: whole or not at all, readable for the user alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn save(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        // A command that is ended half way must not leave half a sandbox.
        write_whole(file, &self.sandbox.save())
            .with_context(|| format!("the sandbox cannot be kept in {}", file.display()))
    }
}

fn valid(name: &str) -> Result<&str> {
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    if name.len() > 64 || !name.chars().all(fits) || name.starts_with('.') {
        bail!(
            "{name:?} is no name of a sandbox: letters, digits, '-', '_' and '.', at most 64, not starting with '.'"
        );
    }
    Ok(name)
}

fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

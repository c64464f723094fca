//! `ko syntax`: the syntax tree of a file.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use crate::packages;

/// Show the syntax tree of a file
#[derive(Debug, Args)]
pub(crate) struct Syntax {
    /// The file
    file: PathBuf,
}

impl Syntax {
    /// Prints the tree, and after it the errors.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let text = packages::read(&self.file)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .with_context(|| self.file.display().to_string())?;
        let parse = ko_syntax::parse(&text);
        anstream::print!("{:#?}", parse.syntax_node());
        for error in parse.errors() {
            anstream::println!("error {:?}: {}", error.range, error.message);
        }
        Ok(ExitCode::from(u8::from(!parse.errors().is_empty())))
    }
}

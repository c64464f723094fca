//! `ko lowered`: what functions are lowered to.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, bail};
use clap::Args;

use super::sources::Sources;

/// Show the circuit of a function: its steps in the order in which they run, with their types
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko lowered examples/cockroachdb StartCockroachDB     one function
  ko lowered shop.ko                                   every function of a file, or of a package

Each line is a step: its number in the order of the run, its label (% and the number where it has none), what it does
to which other steps, its type, and what a gate may do to the cluster.
Exit codes: 0 shown, 2 there is no such file or function.")]
pub(crate) struct Lowered {
    /// A file, or the folder of a package
    path: PathBuf,
    /// The function; all of them if it is left out
    function: Option<String>,
}

impl Lowered {
    /// Prints the circuits.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let sources = Sources::of_paths(std::slice::from_ref(&self.path), false)?;
        let mut views: Vec<String> = Vec::new();
        for file in sources.named.iter().copied() {
            let lines = ko_ide::lowered(&sources.db, file, self.function.as_deref());
            let lines: Vec<String> = lines.into_iter().flatten().map(|it| it.text).collect();
            if !lines.is_empty() {
                views.push(lines.join("\n"));
            }
        }
        if views.is_empty() {
            match self.function {
                Some(name) => bail!(
                    "{} has no function {name}; `ko list` shows what it has",
                    self.path.display()
                ),
                None => bail!("{} has no functions", self.path.display()),
            }
        }
        anstream::println!("{}", views.join("\n\n"));
        Ok(ExitCode::SUCCESS)
    }
}

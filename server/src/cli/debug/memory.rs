//! `ko debug memory`: where the memory of a checked workspace is.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Args;

use crate::{cli::sources::Sources, memory::Report};

/// Show how many bytes each query and input of a checked workspace takes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko debug memory                       everything below the current folder
  ko debug memory examples/cockroachdb
  ko debug memory --json . | jq '.parts[] | select(.kind == \"query\") | [.name, .total]'

`values` are the bytes of answers and inputs, with what they have on the heap; what several of them share is divided among
them. `bookkeeping` is what it takes to know when an answer has to be computed again.
An editor shows the same of the server that it talks to: in VS Code \"Ko: Show Memory of the Server\".
Exit codes: 0 shown, 2 nothing was checked.")]
pub(crate) struct Memory {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Print one JSON object: sizes in bytes
    #[arg(long)]
    json: bool,
}

impl Memory {
    /// Checks, and shows the memory that this took.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut sources = Sources::of_paths(&self.paths, true)?;
        for file in &sources.named {
            ko_queries::diagnostics(&sources.db, *file);
        }
        let report = Report::of(&mut sources.db);
        let text = if self.json { format!("{:#}\n", report.to_json()) } else { report.to_text() };
        match anstream::stdout().lock().write_all(text.as_bytes()) {
            // Who reads has seen enough, as `head` has.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            result => result?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

//! `ko run-worker`, which the language server starts for itself.

use std::process::ExitCode;

/// Run programs for the language server: orders on standard input, reports on standard output.
#[derive(Debug, clap::Args)]
pub(super) struct RunWorker {}

impl RunWorker {
    /// Works until the input ends.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        crate::worker::serve()?;
        Ok(ExitCode::SUCCESS)
    }
}

//! `ko version`.

use std::process::ExitCode;

/// Print the version
#[derive(Debug, clap::Args)]
pub(super) struct Version {}

impl Version {
    /// Prints it.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        anstream::println!("ko {}", env!("CARGO_PKG_VERSION"));
        Ok(ExitCode::SUCCESS)
    }
}

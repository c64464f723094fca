//! `ko version`.

use std::process::ExitCode;

use serde_json::json;

/// Print the version
#[derive(Debug, clap::Args)]
pub(super) struct Version {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Version {
    /// Prints it.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let version = env!("CARGO_PKG_VERSION");
        if self.json {
            let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
            anstream::println!("{:#}", json!({ "version": version, "target": target }));
        } else {
            anstream::println!("ko {version}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

//! `ko lsp`.

use std::{fs::OpenOptions, path::PathBuf, process::ExitCode, sync::Mutex};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use super::context::ContextOptions;

/// Speak the Language Server Protocol on standard input and output.
///
/// Editors start this. It exits with 0 after `shutdown` and `exit`, with 1 otherwise, and when its input ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "The environment variable KO_LOG says what is logged, such as `debug` or \
                        `ko=trace`; warnings are, by default.")]
pub(super) struct Lsp {
    /// Use standard input and output; this is the only way, and the default
    #[arg(long)]
    stdio: bool,
    /// Append the log to this file instead of writing it to standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// The cluster to connect to at once; without, none before the user asks for one in the editor
    #[command(flatten)]
    cluster: ContextOptions,
}

impl Lsp {
    /// Serves until the client leaves.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // A cluster that is away is a status, not a line of the log for each attempt.
        let filter = EnvFilter::try_from_env("KO_LOG")
            .unwrap_or_else(|_| EnvFilter::new("warn,kube_client=off"));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
        match &self.log_file {
            Some(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path);
                let file = file.with_context(|| format!("cannot write to {}", path.display()))?;
                log.with_writer(Mutex::new(file)).init();
            }
            None => log.with_writer(std::io::stderr).init(),
        }
        crate::lsp::serve(self.cluster.is_given().then(|| self.cluster.parts()))
    }
}

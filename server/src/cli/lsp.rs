//! `ko lsp`.

use std::{ffi::OsString, fs::OpenOptions, path::PathBuf, process::ExitCode, sync::Mutex};

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
    /// What editors write: `lsp`, perhaps with `--stdio`; None for other command lines. They wait for the first answer,
    /// and the tree of all commands and their options takes longer to build than all else on the way there.
    pub(super) fn at_once(arguments: impl IntoIterator<Item = OsString>) -> Option<Lsp> {
        let mut arguments = arguments.into_iter();
        let stdio = match (arguments.next()?.to_str()?, arguments.next()) {
            ("lsp", None) => false,
            ("lsp", Some(option)) if option == "--stdio" && arguments.next().is_none() => true,
            _ => return None,
        };
        Some(Lsp { stdio, log_file: None, cluster: ContextOptions::default() })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_write_is_read_without_the_tree_of_commands() {
        let at_once = |line: &str| Lsp::at_once(line.split_whitespace().map(OsString::from));
        assert!(at_once("lsp").is_some_and(|it| !it.stdio));
        assert!(at_once("lsp --stdio").is_some_and(|it| it.stdio));
        for other in
            ["", "check", "lsp --help", "lsp --log-file x", "lsp --stdio --stdio", "-- lsp"]
        {
            assert!(at_once(other).is_none(), "{other:?}");
        }
    }
}

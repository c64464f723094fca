//! The command line: one file for each command.
//!
//! Exit codes: 0 success, 1 the program or the check failed, 2 nothing was run (usage, or refused before).

mod lsp;
mod run_worker;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code when nothing was run.
pub(crate) const REFUSED: u8 = 2;

/// Ko scripts Kubernetes: a function is a circuit of steps, arguments are named, types are never written.
#[derive(Debug, Parser)]
#[command(name = "ko", version, arg_required_else_help = false, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Speak the Language Server Protocol on standard input and output
    Lsp(lsp::Lsp),
    /// Print the version
    Version(version::Version),
    #[command(hide = true)]
    RunWorker(run_worker::RunWorker),
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { REFUSED } else { 0 });
        }
    };
    let result = match cli.command {
        None => {
            use clap::CommandFactory;
            Cli::command().print_help().map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
        Some(Command::Lsp(command)) => command.run(),
        Some(Command::Version(command)) => command.run(),
        Some(Command::RunWorker(command)) => command.run(),
    };
    result.unwrap_or_else(|error: anyhow::Error| {
        anstream::eprintln!("ko: {error:#}");
        ExitCode::from(REFUSED)
    })
}

//! The `ko` command: the language server and the command line.
//!
//! It converts between the outside world (protocol, terminal, disk) and the crates that know the language, and decides
//! nothing about the language itself.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cli;
mod clusters;
mod journals;
mod line_index;
mod lsp;
mod memory;
mod packages;
mod state;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

//! `ko debug`: what the tools themselves are doing.

mod memory;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Look at the tools themselves: the memory of each query and input
#[derive(Debug, Args)]
pub(crate) struct Debug {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Memory(memory::Memory),
}

impl Debug {
    /// Does it.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Memory(memory) => memory.run(),
        }
    }
}

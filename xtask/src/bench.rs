//! `cargo xtask bench`: how fast we are beside somebody else who does the same, as ratios measured in one run.

mod check;
mod client;
mod cluster;
mod editor;
mod evaluator;
mod measure;
mod peers;
mod table;

use anyhow::Result;
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum)]
    subject: Subject,
    /// Only the programs, or groups of figures, whose names contain this: start, typing, burst, large, memory;
    /// definitions, pods, stock
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    /// Runs of each program by each side; the fastest counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

/// What can be measured.
#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// Running programs, beside the first implementation of Ko
    Evaluator,
    /// The language server under an editor, beside `ty server`
    Editor,
    /// Checking workspaces of growing size, beside `ty check`
    Check,
    /// Clusters with many kinds and many objects, beside `kubectl`
    Cluster,
    /// The server that `cluster` measures with, for itself
    #[value(hide = true)]
    Serve,
}

/// Measures and prints a table. Missing a goal is no error: the table says so.
pub(crate) fn run(options: &Options) -> Result<()> {
    match options.subject {
        Subject::Evaluator => evaluator::run(options.filter.as_deref(), options.repeat),
        Subject::Editor => editor::run(options.filter.as_deref(), options.repeat),
        Subject::Check => check::run(options.filter.as_deref(), options.repeat),
        Subject::Cluster => cluster::run(options.filter.as_deref(), options.repeat),
        Subject::Serve => cluster::serve(),
    }
}

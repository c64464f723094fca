//! The commands of the project itself (`cargo xtask …`): demo, tests, installation, generated data.
//!
//! This crate orchestrates other programs; it knows nothing about the language.
#![allow(clippy::print_stdout, reason = "a command line program speaks on its standard output")]

mod bench;
mod binary;
mod browser;
mod demo;
mod extension;
mod fuzz;
mod grammar;
mod install;
mod places;
mod process;
mod schema;
mod test;
mod tools;
mod workbench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "The commands of the Ko project",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Open examples/cockroachdb in a real VS Code with the extension; everything needed is installed under target/.
    Demo(demo::Options),
    /// Run all tests of all parts, real editors included.
    Test(test::Options),
    /// Measure us beside others: ratios of time and memory, from one run.
    Bench(bench::Options),
    /// Look for texts that break a law of the parser or the formatter; longer than `test` does.
    Fuzz(fuzz::Options),
    /// Install the `ko` program and say how to set up each editor.
    Install,
    /// Make the built-in Kubernetes schema: `import DIR`, with the documents of an API server in DIR
    Schema {
        /// What to do, and its arguments
        #[arg(trailing_var_arg = true, required = true)]
        arguments: Vec<String>,
    },
    /// Make the tree-sitter parser anew out of editors/tree-sitter-ko/grammar.js.
    Grammar,
    /// Build the VS Code extension with the program inside; prints the path of the package.
    Package,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Install => install::run(),
        Command::Schema { arguments } => schema::run(&arguments),
        Command::Grammar => grammar::generate(),
        Command::Package => {
            let stage = extension::stage(&binary::build()?)?;
            println!("{}", extension::package(&stage)?.display());
            Ok(())
        }
    }
}

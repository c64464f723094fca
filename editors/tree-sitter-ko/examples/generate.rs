//! `cargo run -p tree-sitter-ko --example generate [FOLDER]` makes what is generated out of `grammar.js`: `src/grammar.json`,
//! `src/node-types.json`, `src/parser.c` and its headers, here or below FOLDER. The version of the generator is that of
//! `Cargo.lock`; Node.js reads the grammar.
#![allow(clippy::print_stderr, reason = "a command line program")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[path = "../tests/common/generator.rs"]
mod generator;

fn main() -> ExitCode {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::args_os().nth(1).map_or_else(|| here.join("src"), PathBuf::from);
    match generator::generate(here, &target) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

//! The commands of the project itself (`cargo xtask …`).

mod schema;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  schema import DIR   make the built-in Kubernetes schema from the documents of an API server";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "schema" => schema::run(rest),
        _ => bail!("{USAGE}"),
    }
}

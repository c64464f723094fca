//! `ko check`: the errors of files and folders, once or after every change.

mod found;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Args;

use self::found::Found;
use super::{context::ContextOptions, sources::Sources};

/// Find errors before anything runs: syntax, names, types, Kubernetes fields
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko check                       everything below the current folder
  ko check examples/cockroachdb
  ko check --context staging     against what this cluster serves, custom resources included
  ko check --kubernetes-version 1.29   whether that version has what the programs use
  ko check --watch               again after every change, until Ctrl+C
  ko check --json . | jq '.[] | select(.severity == \"error\")'
  ko check --json --watch . | jq --unbuffered -c '[.errors, .warnings]'

Exit codes: 0 no errors, 1 errors, 2 nothing was checked.")]
pub(crate) struct Check {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Print diagnostics as a JSON array; with --watch, one line for each round
    #[arg(long)]
    json: bool,
    /// Show hints, too
    #[arg(long)]
    hints: bool,
    /// Check again whenever a file changes, until interrupted
    #[arg(long, short)]
    watch: bool,
    /// Check which APIs this version of Kubernetes has, such as 1.30; the fields are those of the built-in schema
    #[arg(long, value_name = "VERSION", value_parser = ko_schema::known_version, conflicts_with_all = ["context", "kubeconfig"])]
    kubernetes_version: Option<u32>,
    #[command(flatten)]
    cluster: ContextOptions,
}

impl Check {
    /// Checks, and says what was found.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let schema = self.cluster.connect()?.map(|live| live.schema);
        if self.watch {
            return watch::run(&self, schema);
        }
        let mut sources = Sources::of_paths(&self.paths, true)?;
        if let Some(schema) = schema {
            sources.use_cluster(schema);
        }
        sources.use_kubernetes(self.kubernetes_version);
        let found = Found::of(&mut sources, self.hints);
        if self.json {
            anstream::println!("{:#}", found.json(&sources));
        } else {
            found.print(&sources);
        }
        Ok(ExitCode::from(u8::from(found.errors > 0)))
    }
}

//! `ko check`: the errors of files and folders.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Args;
use ko_queries::diagnostic::Severity;
use serde_json::json;

use super::{render, sources::Sources};

/// Find errors before anything runs: syntax, names, types, Kubernetes fields
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko check                       everything below the current folder
  ko check examples/cockroachdb
  ko check --json . | jq '.[] | select(.severity == \"error\")'

Exit codes: 0 no errors, 1 errors, 2 nothing was checked.")]
pub(crate) struct Check {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Print diagnostics as a JSON array
    #[arg(long)]
    json: bool,
    /// Show hints, too
    #[arg(long)]
    hints: bool,
}

impl Check {
    /// Checks, and says what was found.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let sources = Sources::of_paths(&self.paths, true)?;
        let db = &sources.db;
        let (mut errors, mut warnings) = (sources.unreadable.len(), 0);
        let mut array = Vec::new();
        for (path, error) in &sources.unreadable {
            if self.json {
                array.push(json!({ "file": path, "severity": "error", "code": "unreadable", "message": error.to_string() }));
            } else {
                anstream::eprintln!("{}: {error}\n", super::red(&format!("error: {path}")));
            }
        }
        for file in &sources.named {
            for diagnostic in ko_queries::diagnostics(db, *file).iter() {
                match diagnostic.severity {
                    Severity::Error => errors += 1,
                    Severity::Warning => warnings += 1,
                    Severity::Hint if !self.hints => continue,
                    Severity::Hint => {}
                }
                if self.json {
                    array.push(render::to_json(db, *file, diagnostic));
                } else {
                    anstream::eprintln!("{}\n", render::excerpt(db, *file, diagnostic));
                }
            }
        }
        if self.json {
            anstream::println!("{:#}", serde_json::Value::Array(array));
        } else {
            let files = super::count(sources.named.len(), "file");
            let (found, more) = (super::count(errors, "error"), super::count(warnings, "warning"));
            anstream::eprintln!("{files} checked: {found}, {more}");
        }
        Ok(ExitCode::from(u8::from(errors > 0)))
    }
}

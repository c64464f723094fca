//! `ko list`: what can be called without writing it.

use std::process::ExitCode;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_queries::{RootDatabase, suggest::suggest};
use ko_schema::Schema;
use serde_json::Value;

use super::{catalog, complete};

/// List what comes with the language: builtins, idioms, library packages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko list
  ko list Range                    those whose name contains Range
  ko list --gates StatefulSet      functions of Kubernetes, too
  ko list --json | jq -r '.[].name'

`ko doc NAME` says what one of them does.
Exit codes: 0 there is something, 2 there is nothing of such a name.")]
pub(crate) struct List {
    /// Only those whose package or name contains this, in any case
    #[arg(value_name = "TEXT", add = ArgValueCompleter::new(complete::listed))]
    text: Option<String>,
    /// The functions of Kubernetes, too
    #[arg(long)]
    gates: bool,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

impl List {
    /// Prints the list.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let db = RootDatabase::new(Schema::builtin().clone());
        let mut entries = catalog::all(&db, self.gates);
        if let Some(text) = &self.text {
            let text = text.to_lowercase();
            let matches = |it: &str| it.to_lowercase().contains(&text);
            entries.retain(|it| matches(&it.name) || matches(&it.package));
        }
        if self.json {
            let all = entries.iter().map(catalog::Entry::to_json).collect();
            anstream::println!("{:#}", Value::Array(all));
        }
        if entries.is_empty() {
            let text = self.text.as_deref().unwrap_or_default();
            bail!("nothing has {text} in its name{}", self.instead(&db, text));
        }
        if self.json {
            return Ok(ExitCode::SUCCESS);
        }
        let width = |column: fn(&catalog::Entry) -> usize, head: &str| {
            entries.iter().map(column).max().unwrap_or(0).max(head.len())
        };
        let kinds = width(|it| it.origin.name().len(), "KIND");
        let packages = width(|it| it.package.len(), "PACKAGE");
        let names = width(|it| it.name.len(), "NAME");
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        let (kind, package) = ("KIND", "PACKAGE");
        anstream::println!(
            "{bold}{kind:kinds$}  {package:packages$}  {:names$}  WHAT IT DOES{bold:#}",
            "NAME"
        );
        for entry in &entries {
            let (kind, package, name) = (entry.origin.name(), &entry.package, &entry.name);
            let summary = entry.summary();
            let line = format!(
                "{dim}{kind:kinds$}{dim:#}  {package:packages$}  {bold}{name:names$}{bold:#}  {summary}"
            );
            anstream::println!("{}", line.trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What to look for instead of a text that nothing has in its name.
    fn instead(&self, db: &RootDatabase, text: &str) -> String {
        let all = catalog::all(db, true);
        let lower = text.to_lowercase();
        if !self.gates && all.iter().any(|it| it.name.to_lowercase().contains(&lower)) {
            return "; with --gates there is".to_owned();
        }
        let names = all.iter().flat_map(|it| [it.name.as_str(), it.package.as_str()]);
        match suggest(text, names).first() {
            Some(close) => format!("; did you mean {close}?"),
            None => "; `ko list --gates` shows what there is".to_owned(),
        }
    }
}

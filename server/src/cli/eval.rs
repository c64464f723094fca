//! `ko eval`: one expression.

use std::{io::Read, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_evaluator::{
    host::HostAccess,
    run::{Entry, Limits},
};
use ko_queries::{RootDatabase, link::EXPRESSION_PACKAGE};
use ko_schema::Schema;
use serde_json::json;

use super::{
    complete, execute, failure::Origin, limits::LimitOptions, live, session::Session,
    sources::Sources,
};

/// Evaluate one expression
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko eval -e 'Sum(1, 2, 3)'
  ko eval --import tools/text -e 'text.Same(1)'
  echo '(a: 1, b: (2, 3))' | ko eval --json

Exit codes: 0 a value, 1 it failed, 2 it was refused before any of it ran.")]
pub(crate) struct Eval {
    /// The expression, instead of standard input
    #[arg(short, long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    expression: Option<String>,
    /// Import a package of the project, of KOPATH or of the library; NAME=PACKAGE gives it another name
    #[arg(short, long = "import", value_name = "PACKAGE", add = ArgValueCompleter::new(complete::importable))]
    imports: Vec<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitOptions,
}

impl Eval {
    /// Evaluates and prints.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let text = match self.expression.filter(|text| !text.is_empty()) {
            Some(text) => text,
            None => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("standard input")?;
                text
            }
        };
        if !self.imports.is_empty() {
            return with_imports(&text, &self.imports, self.json, self.limits.limits());
        }
        let db = RootDatabase::new(Schema::builtin().clone());
        let (program, function) = match ko_queries::program_for_expression(&db, &text) {
            Ok(program) => program,
            Err(refusal) => return Ok(execute::refuse_expression(&db, &text, &refusal)),
        };
        let program = Arc::new(program);
        let result = execute::execute(
            program.clone(),
            Entry::function(function),
            None,
            HostAccess::ALL,
            Vec::new(),
            Arc::new(live::OutputOnly),
            self.limits.limits(),
        );
        let origin = Origin::new(&db, program, Some(&text));
        Ok(execute::report(&result, &origin, self.json, json!({})))
    }
}

/// An expression that calls functions of packages.
fn with_imports(text: &str, imports: &[String], json: bool, limits: Limits) -> Result<ExitCode> {
    let mut session = Session::new(Sources::of_project(None)?.complete()?, EXPRESSION_PACKAGE);
    for import in imports {
        session.import(import)?;
    }
    let ready = match session.evaluate(text) {
        Ok(ready) => ready,
        Err(refusal) => {
            refusal.iter().for_each(|text| anstream::eprintln!("{text}\n"));
            anstream::eprintln!("nothing was run: {}", super::count(refusal.len(), "error"));
            return Ok(ExitCode::from(super::REFUSED));
        }
    };
    let watch = Arc::new(live::OutputOnly);
    let (program, entry) = (ready.program.clone(), ready.entry.clone());
    let roots = session.sources.roots_of("");
    let result = execute::execute(program, entry, None, HostAccess::ALL, roots, watch, limits);
    Ok(execute::report(&result, &ready.origin, json, json!({})))
}

//! `ko eval`: one expression.

use std::{io::Read, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_evaluator::{gate_call::GateRunner, host::HostAccess, run::Entry};
use ko_queries::{RootDatabase, link::EXPRESSION_PACKAGE, program::Program};
use ko_schema::Schema;
use serde_json::json;

use super::{
    complete,
    context::{self, LiveOptions},
    execute,
    failure::Origin,
    limits::LimitOptions,
    live,
    session::Session,
    sources::Sources,
};
use crate::clusters::connect::Live;

/// Evaluate one expression
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko eval -e 'Sum(1, 2, 3)'
  ko eval --import tools/text -e 'text.Same(1)'
  echo '(a: 1, b: (2, 3))' | ko eval --json
  ko eval --context staging -e 'Len(ListPods(namespace: \"web\"))'

Exit codes: 0 a value, 1 it failed, 2 it was refused before any of it ran, 4 you did not agree to what it would write.")]
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
    cluster: LiveOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

impl Eval {
    /// Evaluates and prints.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let text = match self.expression.clone().filter(|text| !text.is_empty()) {
            Some(text) => text,
            None => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("standard input")?;
                text
            }
        };
        let live = self.cluster.connect()?;
        if !self.imports.is_empty() {
            return self.with_imports(&text, live.as_ref());
        }
        let schema = live.as_ref().map_or_else(|| Schema::builtin(), |it| &it.schema);
        let db = RootDatabase::new(schema.clone());
        let (program, function) = match ko_queries::program_for_expression(&db, &text) {
            Ok(program) => program,
            Err(refusal) => return Ok(execute::refuse_expression(&db, &text, &refusal)),
        };
        let (program, entry) = (Arc::new(program), Entry::function(function));
        let Some(gates) = self.gates(live.as_ref(), &program, &entry)? else {
            return Ok(ExitCode::from(context::NOT_AGREED));
        };
        let result = execute::execute(
            program.clone(),
            entry,
            gates,
            HostAccess::ALL,
            Vec::new(),
            Arc::new(live::OutputOnly),
            self.limits.limits(),
        );
        live.iter().for_each(context::show_warnings);
        let origin = Origin::new(&db, program, Some(&text));
        Ok(execute::report(&result, &origin, self.json, json!({})))
    }

    /// What gates talk to: nothing without a cluster. `None` if the user does not agree to what would be written.
    fn gates(
        &self,
        live: Option<&Live>,
        program: &Program,
        entry: &Entry,
    ) -> Result<Option<Option<Arc<dyn GateRunner>>>> {
        let Some(live) = live else { return Ok(Some(None)) };
        let agreed = self.cluster.agree(live, program, entry)?;
        Ok(agreed.then(|| Some(context::gates(live, EXPRESSION_PACKAGE))))
    }

    /// An expression that calls functions of packages.
    fn with_imports(&self, text: &str, live: Option<&Live>) -> Result<ExitCode> {
        let mut sources = Sources::of_project(None)?.complete()?;
        if let Some(live) = live {
            sources.db.set_schema(live.schema.clone());
        }
        let mut session = Session::new(sources, EXPRESSION_PACKAGE);
        for import in &self.imports {
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
        let Some(gates) = self.gates(live, &program, &entry)? else {
            return Ok(ExitCode::from(context::NOT_AGREED));
        };
        let (roots, limits) = (session.sources.roots_of(""), self.limits.limits());
        let host = HostAccess::ALL;
        let result = execute::execute(program, entry, gates, host, roots, watch, limits);
        live.iter().for_each(|it| context::show_warnings(it));
        Ok(execute::report(&result, &ready.origin, self.json, json!({})))
    }
}

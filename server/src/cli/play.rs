//! `ko play`: a function of a package, as the first implementation of Ko runs it (specification §9.1).

use std::{process::ExitCode, sync::Arc};

use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_evaluator::{host::HostAccess, run::Entry};
use ko_queries::{FunctionKey, well_formed_program};
use serde_json::json;

use super::{
    arguments, complete,
    context::{self, LiveOptions},
    execute,
    failure::Origin,
    functions,
    limits::LimitOptions,
    live,
    sources::Sources,
};

/// Run a function of a package below KOPATH; without Kubernetes, unless a cluster is named
#[derive(Debug, Args)]
#[command(after_help = "\
Packages are looked for in src of every folder in KOPATH, then below the current project.
All arguments are Strings; one without a name is the unlabelled argument.

Examples:
  KOPATH=~/ko ko play tools/greeting/Greet name=Ann
  ko play case/Main
  ko play --context staging tools/pods/Restart name=web    # on a cluster; asks before it writes

Exit codes: 0 a value, 1 it failed, 2 it was refused before any of it ran, 4 you did not agree to what it would write.")]
pub(crate) struct Play {
    /// The package's path and the function, such as `tools/greeting/Greet`
    #[arg(value_name = "PKG/FUNC", add = ArgValueCompleter::new(complete::playable))]
    function: String,
    /// Arguments, as NAME=VALUE or VALUE
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, add = ArgValueCompleter::new(complete::played_argument))]
    arguments: Vec<String>,
    /// Folders whose src holds packages, instead of those in KOPATH
    #[arg(long, value_name = "DIRS")]
    kopath: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cluster: LiveOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

impl Play {
    /// Runs and prints.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Some((package, name)) = self.function.rsplit_once('/') else {
            bail!("{:?} names no function: write PACKAGE/FUNCTION", self.function);
        };
        let mut sources = Sources::of_package(package, self.kopath.as_deref())?;
        if sources.named.is_empty() {
            let roots = sources.roots();
            bail!(
                "there is no package {package:?} in {roots}; KOPATH names folders that hold packages in src"
            );
        }
        if let Some((path, error)) = sources.unreadable.first() {
            bail!("{path}: {error}");
        }
        functions::find(&sources, Some(name))?;
        let live = self.cluster.connect()?;
        if let Some(live) = &live {
            sources.db.set_schema(live.schema.clone());
        }
        let key = FunctionKey { package: package.into(), name: name.into() };
        let (db, files) = (&sources.db, sources.db.file_ids());
        let program = match well_formed_program(db, &files, std::slice::from_ref(&key)) {
            Ok(program) => program,
            Err(refusal) => return Ok(execute::refuse(&sources.db, &refusal)),
        };
        let arguments = arguments::strings(&self.arguments);
        let entry = Entry { arguments, ..Entry::function(key) };
        let (program, limits) = (Arc::new(program), self.limits.limits());
        let watch = Arc::new(live::OutputOnly);
        let mut gates = None;
        if let Some(live) = &live {
            if !self.cluster.agree(live, &program, &entry)? {
                return Ok(ExitCode::from(context::NOT_AGREED));
            }
            gates = Some(context::gates(live, package));
        }
        // As the first implementation: whoever plays a program trusts it like any other script.
        let host = HostAccess::ALL;
        let result = execute::execute(
            program.clone(),
            entry,
            gates,
            host,
            sources.roots_of(package),
            watch,
            limits,
        );
        let origin = Origin::new(db, program, None);
        live.iter().for_each(context::show_warnings);
        let code = execute::report(&result, &origin, self.json, json!({}));
        // The process ends now; taking the trees of all sources apart first would take a good part of the time.
        std::mem::forget(sources);
        Ok(code)
    }
}

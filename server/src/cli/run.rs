//! `ko run`: a function of a package against Kubernetes: a cluster that the user names, or the sandbox.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_evaluator::{
    cluster::Cluster,
    event::Observer,
    gates::{ClusterGates, GatesOptions, field_manager},
    host::HostAccess,
    journal::Journal,
    run::Entry,
};
use ko_queries::{FunctionKey, checked_program, program::Program};
use serde_json::json;

use super::{
    arguments, complete,
    context::{self, ContextOptions},
    execute,
    failure::Origin,
    functions,
    limits::LimitOptions,
    live,
    sandboxes::Kept,
    sources::Sources,
};
use crate::{
    clusters::{connect::Live, writes::writes},
    journals,
};

/// Run a function of a package
#[derive(Debug, Args)]
#[command(after_help = "\
The sandbox is a Kubernetes API server inside this program, with controllers in virtual time: stateful sets
roll out and jobs complete, in milliseconds and without a cluster.

Examples:
  ko run --sandbox examples/cockroachdb StartCockroachDB ns=demo
  ko run --sandbox=dev examples/guestbook StartGuestbook    # kept, so that the next command finds it
  ko run --sandbox=dev examples/guestbook StopGuestbook
  ko run --context staging examples/cockroachdb StartCockroachDB ns=demo    # for real; asks before it writes
  ko run --sandbox --allow=files,network tools/backup SaveAll
  ko run --sandbox --json examples/cockroachdb StartCockroachDB ns=demo | jq .value.pods

Exit codes: 0 a value, 1 it failed or was cancelled, 2 it was refused before any of it ran, 4 you did not agree to
what it would write.")]
pub(crate) struct Run {
    /// The folder of the package, or a file of it
    #[arg(value_name = "PACKAGE")]
    path: PathBuf,
    /// The function; may be left out if the package has only one whose name begins with a capital
    #[arg(add = ArgValueCompleter::new(complete::function))]
    function: Option<String>,
    /// Arguments, as NAME=VALUE or VALUE
    #[arg(value_name = "ARGUMENT", add = ArgValueCompleter::new(complete::argument))]
    arguments: Vec<String>,
    /// Run in a sandbox: a fresh one, or with a name one that is kept between commands
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "",
        conflicts_with_all = ["context", "kubeconfig"])]
    sandbox: Option<String>,
    /// Empty the sandbox first
    #[arg(long, requires = "sandbox")]
    fresh: bool,
    /// What the program may do besides: read (files), files (also write them), processes, network, environment, exit; or
    /// all. With commas between them
    #[arg(long, value_name = "EFFECTS", default_value = "none", hide_default_value = true)]
    allow: HostAccess,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Show no line for each step
    #[arg(short, long)]
    quiet: bool,
    /// Keep no journal of this run (see `ko runs`)
    #[arg(long)]
    no_journal: bool,
    /// How long a gate that does not wait may take for its requests, all attempts together [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = super::limits::duration)]
    request_timeout: Option<Duration>,
    /// Agree to what the program writes to the cluster, without being asked
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    cluster: ContextOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

/// Where a program runs.
enum Place {
    Sandbox(Kept),
    Cluster(Box<Live>),
}

impl Place {
    fn cluster(&self) -> Arc<dyn Cluster> {
        match self {
            Place::Sandbox(kept) => kept.sandbox.clone(),
            Place::Cluster(live) => live.cluster.clone(),
        }
    }

    /// What the journal calls it.
    fn target(&self, sandbox: Option<&str>) -> String {
        match self {
            Place::Sandbox(_) => {
                format!("sandbox {}", sandbox.unwrap_or_default()).trim_end().to_owned()
            }
            Place::Cluster(live) => format!("context {}", live.connection.name()),
        }
    }
}

impl Run {
    /// Runs, shows the steps, prints the result.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.sandbox.is_none() && !self.cluster.is_given() {
            bail!(
                "where to run? In the sandbox with --sandbox, or --sandbox=NAME to keep it; on a cluster with --context NAME"
            );
        }
        let mut sources = Sources::of_paths(std::slice::from_ref(&self.path), false)?;
        for (path, error) in &sources.unreadable {
            anstream::eprintln!("{path}: {error}");
        }
        let live = self.cluster.connect()?;
        if let Some(live) = &live {
            sources.use_cluster(live.schema.clone());
        }
        let (_, name) = functions::find(&sources, self.function.as_deref())?;
        let key = FunctionKey {
            package: sources.package().unwrap_or_default().into(),
            name: name.into(),
        };
        let program = match checked_program(&sources.db, std::slice::from_ref(&key)) {
            Ok(program) => Arc::new(program),
            Err(refusal) => return Ok(execute::refuse(&sources.db, &refusal)),
        };
        let needed = ko_ide::needed_arguments(&sources.db, &key, None);
        let params: Vec<String> = program
            .find(&key)
            .map(|id| {
                program.function(id).circuit.params.iter().map(|it| it.name.to_string()).collect()
            })
            .unwrap_or_default();
        let arguments = arguments::typed(&key.name, &needed, &params, &self.arguments)?;

        let entry = Entry { arguments, ..Entry::function(key.clone()) };
        let place = match live {
            Some(live) => {
                if !context::agree(&live, &writes(&program, &entry), self.yes)? {
                    return Ok(ExitCode::from(context::NOT_AGREED));
                }
                Place::Cluster(Box::new(live))
            }
            None => {
                let name = self.sandbox.as_deref().unwrap_or_default();
                Place::Sandbox(Kept::open(name, self.fresh)?)
            }
        };
        let cluster = place.cluster();
        let usual = GatesOptions::default();
        let options = GatesOptions {
            field_manager: field_manager(&key.package),
            request_timeout: self.request_timeout.unwrap_or(usual.request_timeout),
            ..usual
        };
        let gates = Arc::new(ClusterGates::new(cluster.clone(), options));
        let steps = Arc::new(live::Steps::new(program.clone(), cluster.clone(), self.quiet));
        let (start, virtual_start) = (Instant::now(), cluster.now());
        let origin = Origin::new(&sources.db, program.clone(), None);
        let limits = self.limits.limits();
        let journal = self.journal(&program, &entry, cluster.clone(), steps.clone(), &place);
        let observer = match &journal {
            Some(journal) => journal.clone() as Arc<dyn Observer>,
            None => steps.clone(),
        };
        let (host, roots) = (self.allow, sources.roots_of(&sources.package().unwrap_or_default()));
        let result = execute::execute(program, entry, Some(gates), host, roots, observer, limits);
        let (real, simulated) = (start.elapsed(), cluster.now().saturating_sub(virtual_start));
        steps.finish();
        if let Some(Err(error)) = journal.map(|journal| journal.finish(&result)) {
            anstream::eprintln!("ko: the journal of this run is not complete: {error}");
        }
        let verb = if result.outcome.is_ok() { "done" } else { "stopped" };
        let real_text = live::duration(real);
        let (text, times) = match &place {
            Place::Sandbox(kept) => {
                // Also after a failure: what the steps before it made is there.
                kept.save()?;
                let simulated_text = live::duration(simulated);
                let times = json!({
                    "seconds": real.as_secs_f64(),
                    "sandboxSeconds": simulated.as_secs_f64(),
                });
                (format!("{real_text}, which were {simulated_text} in the sandbox"), times)
            }
            Place::Cluster(live) => {
                let warnings = live.connection.take_warnings();
                for warning in &warnings {
                    anstream::eprintln!("warning of the server: {warning}");
                }
                let context = live.connection.name();
                let times = json!({
                    "seconds": real.as_secs_f64(),
                    "context": context,
                    "warnings": warnings,
                });
                (format!("{real_text} on `{context}`"), times)
            }
        };
        if !self.quiet {
            anstream::eprintln!("{verb} in {text}");
        }
        Ok(execute::report(&result, &origin, self.json, times))
    }

    /// The journal of the run, unless the user wants none.
    fn journal(
        &self,
        program: &Arc<Program>,
        entry: &Entry,
        cluster: Arc<dyn Cluster>,
        next: Arc<dyn Observer>,
        place: &Place,
    ) -> Option<Arc<Journal>> {
        if self.no_journal {
            return None;
        }
        let current = std::env::current_dir().unwrap_or_default();
        let target = place.target(self.sandbox.as_deref());
        let place = (target, &*self.path, &*current);
        journals::begin(program, entry, cluster, next, place, |error| {
            anstream::eprintln!("ko: {error:#}");
        })
    }
}

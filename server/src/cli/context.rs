//! `--context`: the cluster that a command works on, and the questions that come before it does.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Result, bail};
use clap::Args;
use ko_cluster::{Contexts, Plugins};
use ko_evaluator::{
    gate_call::GateRunner,
    gates::{ClusterGates, GatesOptions, field_manager},
    run::Entry,
};
use ko_queries::program::Program;

use crate::clusters::{
    connect::{self, Live},
    consent::Consents,
    writes::{Writes, writes},
};

/// Exit code when the user did not agree to what a run would write.
pub(crate) const NOT_AGREED: u8 = 4;

/// Which cluster to work on; none unless one is named.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ContextOptions {
    /// Work with the cluster of this context of your kubeconfig
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The kubeconfig, instead of KUBECONFIG or ~/.kube/config; alone, its current context is meant
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Agree to run the program with which the context signs in
    #[arg(long)]
    allow_plugin: bool,
}

/// A cluster for a command that runs programs, if one is named.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct LiveOptions {
    #[command(flatten)]
    cluster: ContextOptions,
    /// Agree to what is written to the cluster, without being asked
    #[arg(short, long)]
    yes: bool,
}

impl LiveOptions {
    /// Connects, if a cluster was asked for; see [`ContextOptions::connect`].
    ///
    /// # Errors
    /// When the context cannot be had, or the cluster cannot be reached.
    pub(crate) fn connect(&self) -> Result<Option<Live>> {
        self.cluster.connect()
    }

    /// Whether the user agrees to what a run would write to the cluster.
    ///
    /// # Errors
    /// When the terminal gives no answer.
    pub(crate) fn agree(&self, live: &Live, program: &Program, entry: &Entry) -> Result<bool> {
        agree(live, &writes(program, entry), self.yes)
    }
}

/// What gates of a package talk to on this cluster.
pub(crate) fn gates(live: &Live, package: &str) -> Arc<dyn GateRunner> {
    let options = GatesOptions { field_manager: field_manager(package), ..GatesOptions::default() };
    Arc::new(ClusterGates::new(live.cluster.clone(), options))
}

/// Shows what the server has warned of since the last time.
pub(crate) fn show_warnings(live: &Live) {
    for warning in live.connection.take_warnings() {
        anstream::eprintln!("warning of the server: {warning}");
    }
}

impl ContextOptions {
    /// Whether a cluster was asked for.
    pub(crate) fn is_given(&self) -> bool {
        self.context.is_some() || self.kubeconfig.is_some()
    }

    /// What was asked for: the context, the kubeconfig, and whether the plugin may run.
    pub(crate) fn parts(self) -> (Option<String>, Option<PathBuf>, bool) {
        (self.context, self.kubeconfig, self.allow_plugin)
    }

    /// Connects, if a cluster was asked for. Asks before it runs a credential plugin for the first time.
    ///
    /// # Errors
    /// When the context cannot be had, or the cluster cannot be reached.
    pub(crate) fn connect(&self) -> Result<Option<Live>> {
        if !self.is_given() {
            return Ok(None);
        }
        let contexts = connect::contexts(self.kubeconfig.as_deref())?;
        let plugins = self.plugins(&contexts)?;
        let live = connect::connect(&contexts, self.context.as_deref(), plugins)?;
        for note in &live.notes {
            anstream::eprintln!("{}: {note}", live.connection.name());
        }
        Ok(Some(live))
    }

    fn plugins(&self, contexts: &Contexts) -> Result<Plugins> {
        let context = contexts.choose(self.context.as_deref())?;
        let Some(plugin) = &context.plugin else { return Ok(Plugins::Refuse) };
        let mut consents = Consents::load();
        if self.allow_plugin || consents.covers(plugin) {
            return Ok(Plugins::Allow);
        }
        if !is_attended() {
            bail!(
                "signing in to the context `{}` runs a program:\n  {plugin}\nAgree to that with --allow-plugin",
                context.name
            );
        }
        let question = format!(
            "Signing in to `{}` runs a program:\n  {plugin}\nRun it, now and from now on?",
            context.name
        );
        if !ask(&question)? {
            bail!("nothing was run, and nothing sent to `{}`", context.name);
        }
        consents.agree(plugin)?;
        Ok(Plugins::Allow)
    }
}

/// Whether the user agrees to what a run would write: asked in a terminal, and never assumed elsewhere.
///
/// # Errors
/// When the terminal gives no answer.
pub(crate) fn agree(live: &Live, writes: &Writes, yes: bool) -> Result<bool> {
    if !writes.any() || yes {
        return Ok(true);
    }
    let (name, server, version) = (live.connection.name(), live.connection.server(), &live.version);
    let server = format!("{server} {version}");
    let would =
        format!("This would write to `{name}` ({}):\n  {}", server.trim_end(), writes.summary());
    if !is_attended() {
        anstream::eprintln!("{would}\nNothing was sent. Agree to it with --yes");
        return Ok(false);
    }
    let question = if writes.destructive() { "Go on, and remove objects?" } else { "Go on?" };
    let agreed = ask(&format!("{would}\n{question}"))?;
    if !agreed {
        anstream::eprintln!("Nothing was sent.");
    }
    Ok(agreed)
}

/// Whether somebody is there to answer.
fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn ask(question: &str) -> Result<bool> {
    anstream::eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

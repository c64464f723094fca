//! Where a run from the editor goes: the sandbox, or a cluster. Before a program writes to a cluster the user is asked; a
//! connection is made after that, and nothing is sent before.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use ko_cluster::{Connection, Context, Contexts, KubeCluster, Plugins};
use ko_evaluator::{cluster::Cluster, print, run::Entry};
use ko_queries::program::Program;
use ko_sandbox::Sandbox;

use super::{
    protocol::{ClusterRequest, Confirm, ConfirmGate, Ended},
    serve::refused,
};
use crate::clusters::{
    connect::block_on,
    consent::Consents,
    writes::{Writes, writes},
};

/// Where a run goes.
pub(super) enum Place {
    /// The sandbox of the editor.
    Sandbox(Arc<Sandbox>),
    /// A cluster.
    Cluster {
        /// The connection.
        connection: Connection,
        /// What gates talk to.
        gates: Arc<KubeCluster>,
    },
}

impl Place {
    /// The cluster of a request, if the user has agreed to what the program would write.
    ///
    /// # Errors
    /// How the run ends when the user has not, or there is no such context.
    pub(super) fn cluster(
        request: &ClusterRequest,
        program: &Program,
        entry: &Entry,
    ) -> Result<Place, Box<Ended>> {
        let stop = |text: String| Box::new(refused(text, None));
        let contexts =
            Contexts::read(request.kubeconfig.as_deref()).map_err(|it| stop(it.to_string()))?;
        let context = contexts.choose(Some(&request.context)).map_err(|it| stop(it.to_string()))?;
        let writes = writes(program, entry);
        if writes.any() {
            let confirm = confirm(context, &writes, program, entry);
            if request.agreement.as_ref() != Some(&confirm.agreement) {
                let (status, confirm) = ("confirm".to_owned(), Some(confirm));
                return Err(Box::new(Ended { status, confirm, ..Ended::default() }));
            }
        }
        // The editor is connected: the user has agreed to the plugin, if there is one.
        let agreed = context.plugin.as_ref().is_none_or(|it| Consents::load().covers(it));
        let plugins = if agreed { Plugins::Allow } else { Plugins::Refuse };
        let connection = block_on(Connection::new(&contexts, Some(&request.context), plugins))
            .map_err(|it| stop(it.to_string()))?
            .map_err(|it| stop(it.to_string()))?;
        let gates = Arc::new(KubeCluster::connected(connection.clone()));
        Ok(Place::Cluster { connection, gates })
    }

    /// What gates talk to.
    pub(super) fn gates(&self) -> Arc<dyn Cluster> {
        match self {
            Place::Sandbox(sandbox) => sandbox.clone(),
            Place::Cluster { gates, .. } => gates.clone(),
        }
    }

    /// The sandbox, if it is that.
    pub(super) fn sandbox(&self) -> Option<Arc<Sandbox>> {
        match self {
            Place::Sandbox(sandbox) => Some(sandbox.clone()),
            Place::Cluster { .. } => None,
        }
    }

    /// What the journal calls it.
    pub(super) fn target(&self) -> String {
        match self {
            Place::Sandbox(_) => "sandbox of the editor".to_owned(),
            Place::Cluster { connection, .. } => format!("context {}", connection.name()),
        }
    }

    /// What the server has warned of.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        match self {
            Place::Sandbox(_) => Vec::new(),
            Place::Cluster { connection, .. } => connection.take_warnings(),
        }
    }
}

/// What the user is asked.
fn confirm(context: &Context, writes: &Writes, program: &Program, entry: &Entry) -> Confirm {
    let summary = writes.summary();
    // What was agreed to is what runs: the same program with the same arguments, on the same server.
    let mut hasher = DefaultHasher::new();
    (&context.name, &context.server, &context.user, &summary).hash(&mut hasher);
    for function in &program.functions {
        format!("{:?}", function.circuit).hash(&mut hasher);
    }
    for (name, value) in &entry.arguments {
        (name, print::print(value)).hash(&mut hasher);
    }
    format!("{:?}", entry.selection).hash(&mut hasher);
    let gate = |(name, (calls, destructive)): (&String, &(usize, bool))| ConfirmGate {
        name: name.clone(),
        calls: *calls,
        destructive: *destructive,
    };
    Confirm {
        context: context.name.clone(),
        server: context.server.clone(),
        gates: writes.gates.iter().map(gate).collect(),
        namespaces: writes.namespaces.iter().cloned().collect(),
        computed_namespaces: writes.computed,
        destructive: writes.destructive(),
        summary,
        agreement: format!("{:016x}", hasher.finish()),
    }
}

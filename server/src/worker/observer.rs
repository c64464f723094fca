//! Turns what happens in a run into reports about the nodes of graphs, and keeps the value of every step.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ko_evaluator::{
    cluster::Cluster,
    event::{Event, Observer, Outcome},
    print,
};
use ko_ide::{
    FileId, StepId,
    graph::{Graph, NodeKind, node_of_step},
};
use ko_queries::{
    RootDatabase,
    program::{FunctionId, Program},
};
use ko_sandbox::Sandbox;

use super::{
    protocol::{Report, RunEvent},
    serve::Reports,
};

/// Reports about nodes beyond these are dropped: a loop of a million rounds is not worth a million messages.
const MAX_REPORTS: usize = 5_000;

/// Graphs are drawn for so many functions of a program at most.
const MAX_GRAPHS: usize = 200;

/// The longest value in a report, in characters.
const MAX_VALUE: usize = 200;

/// The last outcome of every step, and how long it took.
pub(super) type Values = BTreeMap<(FunctionId, StepId), (Outcome, Duration)>;

/// Watches one run.
pub(super) struct RunObserver {
    program: Arc<Program>,
    /// The graph of each function of the workspace.
    graphs: Vec<Option<Graph>>,
    reports: Reports,
    sent: AtomicUsize,
    values: Mutex<Values>,
    /// The sandbox, whose clock is virtual; none for a cluster.
    sandbox: Option<Arc<Sandbox>>,
    /// The clock of the sandbox when the run began.
    begin: Duration,
}

impl RunObserver {
    /// An observer of a run of `program`, whose files have these names.
    pub(super) fn new(
        db: &RootDatabase,
        names: &BTreeMap<String, FileId>,
        program: Arc<Program>,
        reports: Reports,
        sandbox: Option<Arc<Sandbox>>,
    ) -> RunObserver {
        let mut left = MAX_GRAPHS;
        let graphs = program.functions.iter().map(|function| {
            let file = *names.get(function.file.as_str())?;
            left = left.checked_sub(1)?;
            ko_ide::graph(db, file, &function.circuit.key.name)
        });
        RunObserver {
            graphs: graphs.collect(),
            program,
            reports,
            sent: AtomicUsize::new(0),
            values: Mutex::default(),
            begin: sandbox.as_ref().map(|it| it.now()).unwrap_or_default(),
            sandbox,
        }
    }

    /// The last outcome of every step so far.
    pub(super) fn values(&self) -> Values {
        std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reports that something happened to the node that is this step, if one is; and to the result, if it is the step.
    fn report(&self, function: FunctionId, step: StepId, event: &RunEvent) {
        let Some(Some(graph)) = self.graphs.get(function.0 as usize) else { return };
        let circuit = &self.program.function(function).circuit;
        let own = node_of_step(graph, step)
            .and_then(|id| graph.node(id))
            .filter(|node| node.step == Some(step));
        let result = graph
            .nodes
            .iter()
            .find(|node| node.kind == NodeKind::Result)
            .filter(|_| circuit.result == Some(step) && event.event != "started");
        for node in own.into_iter().chain(result) {
            if event.event != "failed" && self.sent.fetch_add(1, Ordering::Relaxed) >= MAX_REPORTS {
                return;
            }
            self.reports.send(&Report::Event(RunEvent {
                function: circuit.key.name.to_string(),
                node: Some(node.id.clone()),
                ..event.clone()
            }));
        }
    }

    fn virtual_ms(&self) -> Option<f64> {
        let now = self.sandbox.as_ref()?.now();
        Some(milliseconds(now.saturating_sub(self.begin)))
    }
}

/// A duration in milliseconds, to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

impl Observer for RunObserver {
    fn event(&self, event: Event) {
        match event {
            Event::FrameEntered { .. } => {}
            Event::StepStarted { function, step, .. } => {
                let event = "started".to_owned();
                self.report(function, step, &RunEvent { event, ..RunEvent::default() });
            }
            Event::StepFinished { function, step, outcome, duration, .. } => {
                let (event, value) = match &outcome {
                    Outcome::Value(value) => ("succeeded", Some(print::short(value, MAX_VALUE))),
                    Outcome::Failed(message) => ("failed", Some(message.to_string())),
                    Outcome::Cancelled => ("cancelled", None),
                };
                let report = RunEvent {
                    event: event.to_owned(),
                    value,
                    duration_ms: Some(milliseconds(duration)),
                    virtual_ms: self.virtual_ms(),
                    ..RunEvent::default()
                };
                self.report(function, step, &report);
                let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
                values.insert((function, step), (outcome, duration));
            }
            Event::Progress { function, step, message, cluster_time, .. } => {
                let report = RunEvent {
                    event: "progress".to_owned(),
                    output: Some(message),
                    virtual_ms: self.sandbox.is_some().then(|| milliseconds(cluster_time)),
                    ..RunEvent::default()
                };
                self.report(function, step, &report);
            }
            Event::Output { text, error: _ } => {
                let function = self.program.functions.first();
                self.reports.send(&Report::Event(RunEvent {
                    function: function
                        .map(|it| it.circuit.key.name.to_string())
                        .unwrap_or_default(),
                    event: "output".to_owned(),
                    output: Some(text),
                    ..RunEvent::default()
                }));
            }
        }
    }

    fn wants_steps(&self, function: FunctionId) -> bool {
        !self.program.function(function).file.is_empty()
    }
}

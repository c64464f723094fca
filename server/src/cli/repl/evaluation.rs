//! Evaluating an input: in the sandbox of the session, until it ends or Ctrl+C is pressed.

use std::{
    io::IsTerminal as _,
    sync::{Arc, Mutex, PoisonError},
};

use anstyle::Style;
use ko_evaluator::{
    cancel::CancelToken,
    cluster::Cluster,
    event::Observer,
    gates::{ClusterGates, GatesOptions, field_manager},
    host::HostAccess,
    print::{print, short_type},
    run::{Limits, RunOptions, run},
    value::Value,
    vtype::Type,
};
use ko_sandbox::Sandbox;
use ko_schema::Schema;

use super::Next;
use crate::{
    cli::{
        context::{self, LiveOptions},
        execute, live,
        session::{Ready, Session},
    },
    clusters::connect::Live,
};

/// The longest type that is shown behind a value, in characters.
const LONGEST_TYPE: usize = 200;

/// What evaluations share.
pub(super) struct Evaluation {
    sandbox: Arc<Sandbox>,
    /// The cluster instead of the sandbox, and what the user says about writing to it.
    cluster: Option<(Live, LiveOptions)>,
    limits: Limits,
    /// Cancels the evaluation that is under way.
    current: Arc<Mutex<Option<CancelToken>>>,
}

impl Evaluation {
    /// An empty sandbox; Ctrl+C from now on ends evaluations, and the process where there is none.
    pub(super) fn new(limits: Limits, cluster: Option<(Live, LiveOptions)>) -> Evaluation {
        let current: Arc<Mutex<Option<CancelToken>>> = Arc::default();
        let interrupted = current.clone();
        execute::on_interrupt(move || {
            match interrupted.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(cancel) => cancel.cancel(),
                None => std::process::exit(130),
            }
        });
        Evaluation { sandbox: Sandbox::new(Schema::builtin()), cluster, limits, current }
    }

    /// Empties the sandbox. Whether that is what evaluations go to.
    pub(super) fn reset(&mut self) -> bool {
        self.sandbox = Sandbox::new(Schema::builtin());
        self.cluster.is_none()
    }

    /// Evaluates, prints the value with its type, and keeps it for the steps that it is for.
    pub(super) fn evaluate(&mut self, session: &mut Session, ready: &Ready) -> Next {
        let mut cluster: Arc<dyn Cluster> = self.sandbox.clone();
        if let Some((live, options)) = &self.cluster {
            match options.agree(live, &ready.program, &ready.entry) {
                Ok(true) => cluster = live.cluster.clone(),
                Ok(false) => return Next::Failed,
                Err(error) => {
                    anstream::eprintln!("{error}");
                    return Next::Failed;
                }
            }
        }
        let manager = field_manager(session.package());
        let options = GatesOptions { field_manager: manager, ..GatesOptions::default() };
        let gates = Arc::new(ClusterGates::new(cluster.clone(), options));
        let function = &ready.entry.function;
        let calls_gates = ko_ide::effect_of_function(session.db(), function).is_some();
        let steps = Arc::new(live::Steps::new(
            ready.program.clone(),
            cluster,
            !(calls_gates && std::io::stderr().is_terminal()),
        ));
        let observer: Arc<dyn Observer> =
            if calls_gates { steps.clone() } else { Arc::new(live::OutputOnly) };
        let cancel = CancelToken::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(cancel.clone());
        let options = RunOptions {
            limits: self.limits.clone(),
            host: HostAccess::ALL,
            roots: session.sources.roots_of(""),
            ..execute::options(Some(gates), observer, cancel)
        };
        let result = run(ready.program.clone(), ready.entry.clone(), options);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        steps.finish();
        if let Some((live, _)) = &self.cluster {
            context::show_warnings(live);
        }
        match result.outcome {
            Ok(value) => {
                show(&value);
                session.keep(&ready.labels, &value);
                Next::Go
            }
            Err(failure) => {
                anstream::eprintln!("{}", ready.origin.explain(&failure));
                Next::Failed
            }
        }
    }
}

fn show(value: &Value) {
    let dim = Style::new().dimmed();
    let ty = short_type(&Type::of(value), LONGEST_TYPE);
    let text = print(value);
    let gap = if text.contains('\n') { "\n" } else { "  " };
    anstream::println!("{text}{gap}{dim}: {ty}{dim:#}");
}

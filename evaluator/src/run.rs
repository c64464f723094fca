//! Running a program: what to run, with what, within which limits, and what came of it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use ecow::EcoString;
use ko_queries::{
    circuit::{FunctionKey, StepId},
    program::Program,
};

use crate::{
    cancel::CancelToken,
    event::{NoObserver, Observer},
    failure::{Failure, FailureKind},
    gate_call::GateRunner,
    host::HostAccess,
    machine, stack,
    value::Value,
};

/// What to run.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The function.
    pub function: FunctionKey,
    /// Its arguments: names differ, at most one has none.
    pub arguments: Vec<(Option<EcoString>, Value)>,
    /// Only these steps of the function, and what they depend on; all of it if `None`. The result is then the value
    /// of the one step, or a structure of the values of several by label (`step3` for a step without one).
    pub selection: Option<Vec<StepId>>,
}

impl Entry {
    /// All of a function, without arguments.
    pub fn function(function: FunctionKey) -> Entry {
        Entry { function, arguments: Vec::new(), selection: None }
    }
}

/// What a run may use up. Beyond it the run fails with an error that says which limit it was.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Calls of Ko functions inside each other.
    pub depth: usize,
    /// Steps in total.
    pub steps: Option<u64>,
    /// Bytes of output.
    pub output: u64,
    /// Elements of one sequence.
    pub elements: usize,
    /// Bytes that its values take at one time, roughly.
    pub memory: u64,
    /// Real time.
    pub time: Option<Duration>,
    /// Threads that `Spin` and `Parallel` may use, besides the first one.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 100_000,
            steps: None,
            output: 64 << 20,
            elements: 10_000_000,
            memory: 4 << 30,
            time: None,
            threads: 64,
        }
    }
}

/// How to run.
#[derive(Clone)]
pub struct RunOptions {
    /// What carries out gates; without it a gate is an error.
    pub gates: Option<Arc<dyn GateRunner>>,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// Ends the run early when raised.
    pub cancel: CancelToken,
    /// What it may use up.
    pub limits: Limits,
    /// What it may do outside of itself, Kubernetes apart: nothing unless said otherwise.
    pub host: HostAccess,
    /// The directories that packages are looked for in, first the one that the entry is in, for programs that ask; none
    /// where that is nobody's business.
    pub roots: Vec<PathBuf>,
    /// Where the futures of gates run: a handle of a runtime with several threads. Without it each thread of the run
    /// makes a small runtime of its own.
    pub runtime: Option<tokio::runtime::Handle>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            gates: None,
            observer: Arc::new(NoObserver),
            cancel: CancelToken::new(),
            limits: Limits::default(),
            host: HostAccess::NONE,
            roots: Vec::new(),
            runtime: None,
        }
    }
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// The value, or why there is none.
    pub outcome: Result<Value, Failure>,
    /// How many steps ran, over all functions; literals and references do not count.
    pub steps_run: u64,
}

/// Runs a program and waits for it. The calling thread must not be inside an async runtime's worker if that matters
/// to it: it blocks until the run ends.
///
/// The program runs on threads of its own with large stacks. What it `Spin`ned and nobody waited for is cancelled
/// when it ends. It never panics: defects inside become errors.
pub fn run(program: Arc<Program>, entry: Entry, options: RunOptions) -> RunResult {
    let state = Arc::new(machine::Run::new(program, options));
    let main = state.clone();
    let outcome = match stack::spawn("ko-run", move || machine::run_entry(&main, entry)) {
        Ok(handle) => handle
            .join()
            .unwrap_or_else(|_| Err(Failure::error("internal error: the evaluator stopped"))),
        Err(error) => {
            Err(Failure::error(format!("the system gives no thread for the run: {error}")))
        }
    };
    state.finish();
    state.cycles.close(match &outcome {
        Ok(value) | Err(Failure { kind: FailureKind::Panic(value), .. }) => Some(value),
        Err(_) => None,
    });
    let outcome = outcome.map_err(Failure::telling_steps);
    RunResult { outcome, steps_run: state.steps_run() }
}

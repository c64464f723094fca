//! The machine that runs prepared circuits: one per thread of a run.
//!
//! Values of running functions stand on one stack per machine; calls nest on the native stack, which is large and
//! watched. Pure steps are plain function calls; only gates touch async code.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ecow::{EcoString, eco_format};
use ko_queries::{
    circuit::{FunctionKey, StepId},
    library::short_path,
    program::{FunctionId, Program},
};

use crate::{
    account::{Account, Entered},
    cancel::CancelToken,
    cycles::Cycles,
    event::{Event, FrameId},
    failure::{Failure, Frame},
    library::HttpClient,
    pool::Pool,
    print,
    run::{Entry, RunOptions},
    value::Value,
    watch::Watch,
};

mod args;
mod code;
mod execute;
mod gates;
mod idioms;
mod parallel;
mod progress;
mod selection;

pub(crate) use args::Args;
use code::{Code, Operand};
pub(crate) use gates::Remote;

/// What running something gives. The failure is boxed to keep results small.
pub(crate) type Outcome<T = Value> = Result<T, Box<Failure>>;

/// An error that the evaluator gives a position on its way out.
pub(crate) fn error<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Box::new(Failure::error(message)))
}

/// The message when the evaluator itself is wrong.
const DEFECT: &str = "internal error: a defect in the evaluator; please report the program";

/// Frames at each end of a trace that are kept when it is long.
const TRACE_ENDS: usize = 32;

/// Calls of a caller that a task's own trace begins with.
const INHERITED_CALLS: usize = 64;

/// What all threads of a run share.
pub(crate) struct Run {
    pub(crate) program: Arc<Program>,
    pub(crate) options: RunOptions,
    /// Raised when the run ends, with or without the caller's doing.
    pub(crate) cancel: CancelToken,
    pub(crate) pool: Pool,
    /// For requests of the program.
    pub(crate) http: Arc<HttpClient>,
    code: Box<[OnceLock<Code>]>,
    deadline: Option<Instant>,
    cluster_start: Duration,
    pub(crate) account: Account,
    pub(crate) cycles: Cycles,
    next_frame: AtomicU64,
    steps: AtomicU64,
    output: AtomicU64,
}

impl Run {
    pub(crate) fn new(program: Arc<Program>, options: RunOptions) -> Run {
        let account = Account::open();
        Run {
            cancel: options.cancel.child(),
            pool: Pool::new(options.limits.threads, account),
            http: Arc::new(HttpClient::new(options.runtime.clone())),
            code: program.functions.iter().map(|_| OnceLock::new()).collect(),
            deadline: options.limits.time.and_then(|time| Instant::now().checked_add(time)),
            cluster_start: options.gates.as_ref().map_or(Duration::ZERO, |gates| gates.now()),
            account,
            cycles: Cycles::default(),
            next_frame: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            output: AtomicU64::new(0),
            program,
            options,
        }
    }

    /// Ends everything that still runs.
    pub(crate) fn finish(&self) {
        self.cancel.cancel();
        self.pool.close();
    }

    pub(crate) fn steps_run(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    fn code(&self, function: FunctionId) -> &Code {
        self.code[function.0 as usize].get_or_init(|| {
            let observed = self.options.observer.wants_steps(function);
            let function = self.program.function(function);
            let mut code = code::compile(&self.program, &function.circuit, observed, true);
            code.idiom = if observed { None } else { idioms::find(function) };
            code
        })
    }

    /// Writes to an output of the program.
    pub(crate) fn write(&self, text: String, error: bool) -> Outcome<()> {
        let length = text.len() as u64;
        let limit = self.options.limits.output;
        if self.output.fetch_add(length, Ordering::Relaxed).saturating_add(length) > limit {
            return self::error(format!(
                "the program wrote more than its limit of {limit} bytes of output"
            ));
        }
        self.options.observer.event(Event::Output { text, error });
        Ok(())
    }
}

/// A step of an observed function: where events say that something happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) frame: FrameId,
    pub(crate) function: FunctionId,
    pub(crate) step: StepId,
}

/// Runs circuits on one thread.
pub(crate) struct Machine<'r> {
    pub(crate) run: &'r Arc<Run>,
    /// Ends what this machine runs, where that may be raised before that of the whole run.
    own_cancel: Option<CancelToken>,
    /// The slots of all functions that are running, innermost last.
    values: Vec<Value>,
    /// The functions that are running, each with its current step.
    calls: Vec<Call>,
    /// The innermost observed step that is running.
    pub(crate) site: Option<Site>,
    ticks: u32,
    steps: u64,
    /// What the last task that was started here inherited: the next one often inherits the same.
    inherited: Option<Arc<[Call]>>,
    runtime: Option<tokio::runtime::Runtime>,
    _account: Entered,
}

/// A function that is running, with its current step.
type Call = (FunctionId, StepId);

/// The calls and the site that something on another thread goes on from.
pub(crate) type Inherited = (Arc<[Call]>, Option<Site>);

/// What a thread keeps from one machine for the next: most are for a task that takes a microsecond.
#[derive(Default)]
struct Kept {
    values: Vec<Value>,
    calls: Vec<Call>,
    ticks: u32,
}

/// Values that the stack of a machine that is kept has room for, at most.
const KEPT: usize = 1 << 12;

thread_local! {
    static KEPT_HERE: Cell<Option<Kept>> = const { Cell::new(None) };
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.run.steps.fetch_add(self.steps, Ordering::Relaxed);
        self.values.clear();
        self.calls.clear();
        if self.values.capacity() <= KEPT && self.calls.capacity() <= KEPT {
            let (values, calls) =
                (std::mem::take(&mut self.values), std::mem::take(&mut self.calls));
            // The thread may be about to end, and its data gone.
            let _ = KEPT_HERE
                .try_with(|kept| kept.set(Some(Kept { values, calls, ticks: self.ticks })));
        }
    }
}

/// Runs the entry of a run on this thread, which has a large stack. Defects inside become errors.
pub(crate) fn run_entry(run: &Arc<Run>, entry: Entry) -> Result<Value, Failure> {
    let outcome = guarded(|| {
        let Some(function) = run.program.find(&entry.function) else {
            return error(format!(
                "the program has no function {}.{}; is its name or package misspelled?",
                entry.function.package, entry.function.name
            ));
        };
        let mut machine = Machine::new(run, None);
        let params = machine.bind_entry(function, &entry.arguments);
        match &entry.selection {
            None => machine.call(function, params),
            Some(steps) => machine.run_selection(function, params, steps),
        }
    });
    outcome.map_err(|failure| *failure)
}

/// Runs something of ours so that a defect in it is an error rather than a crash.
pub(crate) fn guarded(body: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| error(DEFECT))
}

impl<'r> Machine<'r> {
    /// A machine for this thread. `cancel` ends what it runs, if not only the end of the run does.
    pub(crate) fn new(run: &'r Arc<Run>, cancel: Option<CancelToken>) -> Machine<'r> {
        // Without anything kept the first tick looks. A thread that has run many small tasks must look, too, now and then.
        let fresh = || Kept { ticks: u32::MAX, ..Kept::default() };
        let Kept { values, calls, ticks } = KEPT_HERE.take().unwrap_or_else(fresh);
        Machine {
            run,
            own_cancel: cancel,
            values,
            calls,
            site: None,
            ticks,
            steps: 0,
            inherited: None,
            runtime: None,
            _account: run.account.enter(),
        }
    }

    /// Ends what this machine runs; may be raised before that of the whole run.
    pub(crate) fn cancel(&self) -> &CancelToken {
        self.own_cancel.as_ref().unwrap_or(&self.run.cancel)
    }

    fn last_calls(&self) -> &[Call] {
        &self.calls[self.calls.len().saturating_sub(INHERITED_CALLS)..]
    }

    /// For a machine on another thread that goes on where `calls` and `site` of this one are.
    pub(crate) fn inherit(&self) -> Inherited {
        (self.last_calls().into(), self.site)
    }

    /// As [`Machine::inherit`], for something that is often done several times at one place.
    pub(crate) fn inherit_once_more(&mut self) -> Inherited {
        if self.inherited.as_deref() != Some(self.last_calls()) {
            self.inherited = Some(self.last_calls().into());
        }
        let calls = self.inherited.as_ref().map_or_else(|| Arc::from([]), Arc::clone);
        (calls, self.site)
    }

    pub(crate) fn with_inherited(mut self, (calls, site): &Inherited) -> Self {
        self.calls.clear();
        self.calls.extend_from_slice(calls);
        self.site = *site;
        self
    }

    /// To be called often: now and then looks whether the run must end.
    #[inline]
    pub(crate) fn tick(&mut self) -> Outcome<()> {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks & 0xff == 0 { self.check() } else { Ok(()) }
    }

    /// Whether the run may go on.
    pub(crate) fn check(&mut self) -> Outcome<()> {
        let before = self.run.steps.fetch_add(self.steps, Ordering::Relaxed);
        let total = before + std::mem::take(&mut self.steps);
        if self.cancel().is_cancelled() {
            return Err(Box::new(Failure::cancelled()));
        }
        if let Some(limit) = self.run.options.limits.steps
            && total > limit
        {
            return error(format!(
                "the program ran more than its limit of {limit} steps; is there an endless loop?"
            ));
        }
        if self.run.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return self.time_is_up();
        }
        self.reserve(0)
    }

    /// To be called before something large is made: whether there is room for that many bytes more.
    pub(crate) fn reserve(&self, bytes: usize) -> Outcome<()> {
        let limit = self.run.options.limits.memory;
        let needed = self.run.account.in_use().saturating_add(bytes as u64);
        if needed > limit {
            return error(format!(
                "the values of the program take more than its limit of {limit} bytes of memory; does it collect \
                 what it does not need?"
            ));
        }
        Ok(())
    }

    /// For a walk over a large value, which must end when the run must.
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch::new(self.cancel(), self.run.deadline)
    }

    /// Fails if such a walk was stopped.
    pub(crate) fn unless(&mut self, stopped: bool) -> Outcome<()> {
        if stopped {
            self.check()?;
            return Err(Box::new(Failure::cancelled()));
        }
        Ok(())
    }

    fn time_is_up<T>(&self) -> Outcome<T> {
        let limit = self.run.options.limits.time.unwrap_or_default();
        error(format!("the program ran longer than its limit of {} s", limit.as_secs_f64()))
    }

    /// The package of the function that is running.
    pub(crate) fn package(&self) -> EcoString {
        let function = self.calls.last().map(|(function, _)| *function);
        function
            .map(|id| self.run.program.function(id).circuit.key.package.clone())
            .unwrap_or_default()
    }

    /// The calls that are running, outermost first; where there are many, the ones in the middle are left out.
    pub(crate) fn trace(&self) -> Vec<Frame> {
        let frame = |&(function, step): &(FunctionId, StepId)| {
            let function = self.run.program.function(function);
            let (line, column) =
                function.positions.get(step.0 as usize).copied().unwrap_or_default();
            let key = &function.circuit.key;
            Frame {
                function: shown(key, function.file.is_empty()),
                file: function.file.clone(),
                line,
                column,
                label: function
                    .circuit
                    .steps
                    .get(step.0 as usize)
                    .and_then(|step| step.label.clone()),
            }
        };
        let calls = &self.calls;
        if calls.len() <= 2 * TRACE_ENDS {
            return calls.iter().map(frame).collect();
        }
        let inner = calls.len() - TRACE_ENDS;
        calls[..TRACE_ENDS].iter().chain(&calls[inner..]).map(frame).collect()
    }

    fn bind_entry(
        &self,
        function: FunctionId,
        arguments: &[(Option<EcoString>, Value)],
    ) -> Vec<Value> {
        let find = |wanted: Option<&str>| {
            arguments
                .iter()
                .find(|(name, _)| name.as_deref() == wanted)
                .map(|(_, value)| value.clone())
        };
        let params = self.run.program.function(function).circuit.params.iter();
        params
            .map(|param| {
                find(Some(&param.name)).or_else(|| if param.monadic { find(None) } else { None })
            })
            .map(Option::unwrap_or_default)
            .collect()
    }
}

/// How traces call a function; the packages of the library by their short paths.
fn shown(key: &FunctionKey, library: bool) -> EcoString {
    let package = if library { short_path(&key.package) } else { &key.package };
    eco_format!("{package}.{}", key.name)
}

/// What kind of value it is and the value itself, for messages.
pub(crate) fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Empty => return "the empty value".to_owned(),
        Value::Bool(_) => "the Bool",
        Value::Int(..) | Value::Float(..) => "the number",
        Value::String(_) => "the string",
        Value::Blob(_) => "the bytes",
        Value::Sequence(_) => "the sequence",
        Value::Structure(_) => "the structure",
        Value::Variety(_) => "the function",
        Value::Opaque(_) => "the value",
    };
    format!("{kind} {}", print::short(value, 60))
}

//! The journal of a run: everything that is worth knowing about it afterwards, as JSON records, one a line.
//!
//! It is made of the same events that the command line and the editor show ([`crate::event`]). Steps are named by
//! function and number, as in the circuit, so that they can be found in the source and on the graph. Secrets are
//! redacted before they come here, values are shortened, and the number of records is bounded. Where the lines go is
//! the caller's business: this module opens no file.

mod read;
mod record;

use std::{
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ko_queries::{
    circuit::{StepId, StepKind, Target},
    program::{FunctionId, Program},
};

pub use self::read::read;
pub use self::record::{Ending, Header, Outcome, Record, StepRecord};
use crate::{
    cluster::Cluster,
    event::{self, Event, Observer},
    failure::FailureKind,
    print::short,
    run::RunResult,
};

/// The longest value, text or message in a record, in characters.
pub const MAX_TEXT: usize = 2_000;

/// Records of one run; what comes after them is counted and left out, but for failures and the end.
pub const MAX_RECORDS: usize = 20_000;

/// Lines are handed on at least so often, so that a run that is killed leaves what it did.
const FLUSH: Duration = Duration::from_millis(100);

/// Writes the journal of a run, and passes every event on.
pub struct Journal {
    program: Arc<Program>,
    /// Whose clock times are also given by, and what it showed at the beginning.
    clock: Option<(Arc<dyn Cluster>, Duration)>,
    next: Arc<dyn Observer>,
    /// Set when no more records fit, so that steps need not be observed any longer.
    full: AtomicBool,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    /// Functions that have been described.
    known: Vec<bool>,
    records: usize,
    omitted: u64,
    flushed: Instant,
    /// Why writing failed, the first time.
    problem: Option<std::io::Error>,
}

impl Journal {
    /// The journal of a run of `program` that is about to begin. `out` gets its lines; every event goes on to `next`.
    /// `cluster` is whose clock the times are also given by.
    pub fn new(
        program: Arc<Program>,
        cluster: Option<Arc<dyn Cluster>>,
        next: Arc<dyn Observer>,
        out: Box<dyn Write + Send>,
        header: Header,
    ) -> Journal {
        let state = State {
            out,
            known: vec![false; program.functions.len()],
            records: 0,
            omitted: 0,
            flushed: Instant::now(),
            problem: None,
        };
        let journal = Journal {
            program,
            clock: cluster.map(|cluster| {
                let now = cluster.now();
                (cluster, now)
            }),
            next,
            full: AtomicBool::new(false),
            began: Instant::now(),
            state: Mutex::new(state),
        };
        journal.lock().write(&Record::Run(header));
        journal
    }

    /// Writes how the run ended.
    ///
    /// # Errors
    ///
    /// When a line of the journal could not be written; the run itself went on undisturbed.
    pub fn finish(&self, result: &RunResult) -> std::io::Result<()> {
        let (outcome, text, at) = match &result.outcome {
            Ok(value) => (Outcome::Value, short(value, MAX_TEXT), None),
            Err(failure) => {
                let outcome = match failure.kind {
                    FailureKind::Cancelled => Outcome::Cancelled,
                    FailureKind::Error | FailureKind::Panic(_) => Outcome::Failed,
                };
                let at = failure.position().filter(|frame| !frame.file.is_empty());
                let at = at.map(|it| format!("{}:{}:{}", it.file, it.line, it.column));
                (outcome, cut(&failure.message), at)
            }
        };
        let mut state = self.lock();
        if state.omitted > 0 {
            let records = state.omitted;
            state.write(&Record::Omitted { records });
        }
        state.write(&Record::End(Ending {
            outcome,
            text,
            at,
            steps: result.steps_run,
            micros: micros(self.began.elapsed()),
            cluster_micros: self.cluster_micros(),
        }));
        state.flush();
        state.problem.take().map_or(Ok(()), Err)
    }

    fn cluster_micros(&self) -> Option<u64> {
        let (cluster, began) = self.clock.as_ref()?;
        Some(micros(cluster.now().saturating_sub(*began)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether records are made of the steps of this function: idioms and library are part of the language.
    fn records(&self, function: FunctionId) -> bool {
        !self.program.function(function).file.is_empty()
    }

    /// Adds a record if there is room, or if it `must` be there.
    fn add(&self, function: FunctionId, must: bool, record: &Record) {
        let mut state = self.lock();
        if state.records >= MAX_RECORDS && !must {
            state.omitted += 1;
            self.full.store(true, Ordering::Relaxed);
            return;
        }
        state.describe(&self.program, function);
        state.write(record);
    }

    fn step(&self, event: &Event) {
        let Event::StepFinished { frame, function, step, outcome, duration } = event else {
            return;
        };
        let circuit = &self.program.function(*function).circuit;
        let info = circuit.step(*step);
        let calls = called(&self.program, *function, *step);
        // Parameters are in the record of the step that called; parts of a step without name are parts of its value.
        if matches!(info.kind, StepKind::Param(_)) || (calls.is_none() && info.label.is_none()) {
            return;
        }
        let (outcome, text, parts) = match outcome {
            event::Outcome::Value(value) => {
                (Outcome::Value, short(value, MAX_TEXT), Some(value.parts()))
            }
            event::Outcome::Failed(message) => (Outcome::Failed, cut(message), None),
            event::Outcome::Cancelled => (Outcome::Cancelled, String::new(), None),
        };
        let place = self.program.function(*function).positions.get(step.0 as usize);
        let (line, column) = place.copied().unwrap_or_default();
        let record = Record::Step(StepRecord {
            frame: frame.0,
            function: function.0,
            step: step.0,
            label: info.label.as_ref().map(ToString::to_string),
            calls,
            line,
            column,
            outcome,
            text,
            parts,
            micros: micros(*duration),
            cluster_micros: self.cluster_micros(),
        });
        self.add(*function, outcome == Outcome::Failed, &record);
    }
}

impl Observer for Journal {
    fn event(&self, event: Event) {
        match &event {
            Event::FrameEntered { frame, caller, function } => {
                let record = Record::Call {
                    frame: frame.0,
                    caller: caller.map(|(frame, _)| frame.0),
                    step: caller.map(|(_, step)| step.0),
                    function: function.0,
                };
                // Calls of the library too: they connect what calls them with what they call.
                self.add(*function, false, &record);
            }
            Event::StepFinished { function, .. } if self.records(*function) => self.step(&event),
            Event::Progress { frame, function, step, message, cluster_time } => {
                let record = Record::Progress {
                    frame: frame.0,
                    step: step.0,
                    text: cut(message),
                    cluster_micros: micros(*cluster_time),
                };
                self.add(*function, false, &record);
            }
            Event::Output { text, error } => {
                let record = Record::Output { text: cut(text), error: *error };
                self.add(FunctionId(0), false, &record);
            }
            Event::StepStarted { .. } | Event::StepFinished { .. } => {}
        }
        self.next.event(event);
    }

    fn wants_steps(&self, function: FunctionId) -> bool {
        let mine = self.records(function) && !self.full.load(Ordering::Relaxed);
        mine || self.next.wants_steps(function)
    }
}

impl State {
    /// Says what a function is, before it is first mentioned.
    fn describe(&mut self, program: &Program, function: FunctionId) {
        let Some(known) = self.known.get_mut(function.0 as usize) else { return };
        if std::mem::replace(known, true) {
            return;
        }
        let info = program.function(function);
        let record = Record::Function {
            id: function.0,
            package: info.circuit.key.package.to_string(),
            name: info.circuit.key.name.to_string(),
            file: info.file.to_string(),
        };
        self.write(&record);
    }

    fn write(&mut self, record: &Record) {
        if self.problem.is_some() {
            return;
        }
        self.records += 1;
        let written =
            serde_json::to_vec(record).map_err(std::io::Error::other).and_then(|mut line| {
                line.push(b'\n');
                self.out.write_all(&line)
            });
        match written {
            Err(problem) => self.problem = Some(problem),
            Ok(()) if self.flushed.elapsed() >= FLUSH => self.flush(),
            Ok(()) => {}
        }
    }

    fn flush(&mut self) {
        self.flushed = Instant::now();
        if let Err(problem) = self.out.flush() {
            self.problem.get_or_insert(problem);
        }
    }
}

/// What a step calls, if it is named there: a gate, builtin or function.
fn called(program: &Program, function: FunctionId, step: StepId) -> Option<String> {
    let circuit = &program.function(function).circuit;
    let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(step).kind else {
        return None;
    };
    let StepKind::Target(target) = &circuit.step(*callee).kind else { return None };
    match target {
        Target::Gate(gate) => Some(program.schema.gate_by_id(*gate).name.to_string()),
        Target::Function(key) => Some(key.name.to_string()),
        Target::Builtin(builtin) => Some(builtin.name().to_owned()),
        Target::Join => None,
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// At most [`MAX_TEXT`] characters of a text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;

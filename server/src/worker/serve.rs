//! The process that runs programs: it reads orders until its input ends.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::unbounded;
use ko_evaluator::{
    cancel::CancelToken,
    event::Observer,
    failure::{Failure, FailureKind},
    gates::{ClusterGates, GatesOptions, field_manager},
    host::{Effect, HostAccess},
    journal::Journal,
    print,
    run::{Entry, Limits, RunOptions, RunResult, run},
};
use ko_ide::{FileId, FileRange};
use ko_queries::{FunctionKey, RootDatabase, link::Refusal, program::Program};
use ko_sandbox::Sandbox;
use ko_schema::Schema;
use text_size::{TextRange, TextSize};

use super::{
    captured::captured,
    memory,
    observer::{RunObserver, milliseconds},
    place::Place,
    protocol::{Ended, Order, Report, RunError, RunRequest},
};
use crate::{
    cli::arguments::{self, Arguments},
    journals,
    line_index::{Encoding, LineCol, LineIndex},
};

/// The longest result that is sent to an editor, in bytes.
const MAX_RESULT: usize = 1 << 20;

/// How long a run may still take to end what it has started, after the server is gone.
const LAST_GRACE: Duration = Duration::from_millis(200);

/// Where reports go; shared by the threads of a run.
#[derive(Clone)]
pub(super) struct Reports(Arc<Mutex<io::Stdout>>);

impl Reports {
    /// Writes a report. If nobody reads, the process is about to be ended anyway.
    pub(super) fn send(&self, report: &Report) {
        let Ok(mut line) = serde_json::to_vec(report) else { return };
        line.push(b'\n');
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

/// Reads orders from standard input and carries them out until it ends.
///
/// # Errors
/// When the operating system gives no threads.
pub(crate) fn serve() -> io::Result<()> {
    let (sender, orders) = unbounded::<(Order, CancelToken)>();
    let cancel: Arc<Mutex<Option<CancelToken>>> = Arc::default();
    let current = cancel.clone();
    thread::Builder::new().name("ko-orders".to_owned()).spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            match serde_json::from_str(&line) {
                // Not queued: the run that it is for is under way.
                Ok(Order::Cancel) => {
                    let current = current.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(cancel) = &*current {
                        cancel.cancel();
                    }
                }
                Ok(order) => {
                    // A run can be cancelled from here on, also before the program begins.
                    let token = CancelToken::new();
                    if matches!(order, Order::Run(_)) {
                        *current.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(token.clone());
                    }
                    drop(sender.send((order, token)));
                }
                Err(error) => eprintln!("ko run-worker: an order cannot be read: {error}"),
            }
        }
        // The server is gone: so are we, in the middle of a run or not. What the run has started is ended with it, if it
        // can still do that.
        let running = current.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(cancel) = running {
            cancel.cancel();
            thread::sleep(LAST_GRACE);
        }
        std::process::exit(0);
    })?;
    let reports = Reports(Arc::new(Mutex::new(io::stdout())));
    let schema = Schema::builtin();
    let mut worker = Worker {
        db: RootDatabase::new(schema.clone()),
        names: BTreeMap::new(),
        sandbox: Sandbox::new(schema),
        cancel,
        reports,
    };
    // Queries go deep.
    let main = ko_evaluator::stack::spawn("ko-worker", move || {
        while let Ok((order, token)) = orders.recv() {
            worker.carry_out(order, token);
        }
    })?;
    let _ = main.join();
    Ok(())
}

struct Worker {
    db: RootDatabase,
    /// The files by the name that programs and failures call them by.
    names: BTreeMap<String, FileId>,
    sandbox: Arc<Sandbox>,
    /// Cancels the run that is under way.
    cancel: Arc<Mutex<Option<CancelToken>>>,
    reports: Reports,
}

impl Worker {
    fn carry_out(&mut self, order: Order, cancel: CancelToken) {
        match order {
            Order::SetFile { id, path, package, place, text } => {
                self.db.set_file(FileId(id), &path, &package, text.into());
                self.db.place_package(&package, place.map(|it| Arc::new(it.into())));
                self.names.retain(|_, old| *old != FileId(id));
                self.names.insert(path, FileId(id));
            }
            Order::RemoveFile { id } => {
                self.db.remove_file(FileId(id));
                self.names.retain(|_, old| *old != FileId(id));
            }
            Order::Schema { file } => {
                let schema = file.as_deref().and_then(ko_cluster::schema_in_file);
                self.db.set_schema(schema.unwrap_or_else(|| Schema::builtin().clone()));
                let state = self.sandbox.save();
                match Sandbox::load(&self.db.schema(), &state) {
                    Ok(sandbox) => self.sandbox = sandbox,
                    Err(error) => eprintln!("ko run-worker: {error}"),
                }
            }
            Order::Restore { state } => match Sandbox::load(&self.db.schema(), state.as_bytes()) {
                Ok(sandbox) => self.sandbox = sandbox,
                Err(error) => eprintln!("ko run-worker: {error}"),
            },
            Order::Reset => {
                self.sandbox = Sandbox::new(&self.db.schema());
                self.reports.send(&Report::ResetDone);
            }
            Order::Run(request) => {
                let ended = self.run(&request, cancel);
                *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = None;
                self.reports.send(&Report::Ended(Box::new(ended)));
            }
            // Carried out where orders are read.
            Order::Cancel => {}
        }
    }

    fn run(&self, request: &RunRequest, cancel: CancelToken) -> Ended {
        let file = FileId(request.file);
        let Some(package) = self.db.package(file) else {
            return refused("the file is not known".to_owned(), None);
        };
        let mut function = FunctionKey { package, name: request.function.as_str().into() };
        let mut steps = None;
        if let Some((start, end)) = request.selection {
            let (start, end) = (start.min(end), start.max(end));
            let range = TextRange::new(start.into(), end.into());
            let Some(selection) = ko_ide::selection(&self.db, FileRange { file, range }) else {
                let message = "there is no step in the selection: select one or more steps of a \
                               function, or an expression";
                return refused(message.to_owned(), Some((request.file, start, end)));
            };
            function = selection.function;
            steps = Some(selection.steps);
        }
        match ko_queries::link::checked_program(&self.db, std::slice::from_ref(&function)) {
            Ok(program) => self.evaluate(Arc::new(program), function, steps, request, cancel),
            Err(refusal) => refusal_ended(&refusal, file),
        }
    }

    fn evaluate(
        &self,
        program: Arc<Program>,
        function: FunctionKey,
        selection: Option<Vec<ko_ide::StepId>>,
        request: &RunRequest,
        cancel: CancelToken,
    ) -> Ended {
        let arguments = match self.arguments(&program, &function, selection.as_deref(), request) {
            Ok(arguments) => arguments,
            Err(ended) => return *ended,
        };
        let entry = Entry { function, arguments, selection };
        let place = match &request.cluster {
            None => Place::Sandbox(self.sandbox.clone()),
            Some(cluster) => match Place::cluster(cluster, &program, &entry) {
                Ok(place) => place,
                Err(ended) => return *ended,
            },
        };
        let observer = Arc::new(RunObserver::new(
            &self.db,
            &self.names,
            program.clone(),
            self.reports.clone(),
            place.sandbox(),
        ));
        let field_manager = field_manager(&entry.function.package);
        let options = GatesOptions { field_manager, ..GatesOptions::default() };
        let cluster = place.gates();
        let journal = self.journal(&program, &entry, observer.clone(), &place, request.file);
        let options = RunOptions {
            gates: Some(Arc::new(ClusterGates::new(cluster, options))),
            observer: match &journal {
                Some(journal) => journal.clone() as Arc<dyn Observer>,
                None => observer.clone(),
            },
            cancel,
            limits: Limits { memory: request.max_memory, ..Limits::default() },
            // The server has read it before; a text that is not understood allows nothing. The process is not the program's
            // own, so it may not end it.
            host: request.allow.parse().unwrap_or(HostAccess::NONE).without(Effect::Exit),
            roots: request.roots.clone(),
            ..RunOptions::default()
        };
        self.reports.send(&Report::Begun);
        let begin = Instant::now();
        let watch = memory::Watch::start(self.reports.clone(), request.max_memory);
        let result = run(program.clone(), entry, options);
        drop(watch);
        if let Some(Err(error)) = journal.map(|journal| journal.finish(&result)) {
            eprintln!("ko run-worker: the journal is not complete: {error}");
        }
        let RunResult { outcome, steps_run } = result;
        let duration_ms = milliseconds(begin.elapsed());
        let mut ended = Ended {
            steps: steps_run,
            duration_ms,
            captured: captured(&program, &self.names, observer.values()),
            warnings: place.take_warnings(),
            sandbox: String::from_utf8(self.sandbox.save()).ok(),
            ..Ended::default()
        };
        match outcome {
            Ok(value) => {
                ended.status = "succeeded".to_owned();
                let text = print::print_within(&value, MAX_RESULT);
                ended.value = Some(text.unwrap_or_else(|begin| format!("{begin}…")));
            }
            Err(failure) => {
                let cancelled = matches!(failure.kind, FailureKind::Cancelled);
                ended.status = if cancelled { "cancelled" } else { "failed" }.to_owned();
                ended.error = Some(self.error(&program, &failure));
            }
        }
        ended
    }

    /// The journal of a run, unless the user wants none.
    fn journal(
        &self,
        program: &Arc<Program>,
        entry: &Entry,
        next: Arc<dyn Observer>,
        place: &Place,
        file: u32,
    ) -> Option<Arc<Journal>> {
        let path = self.db.path(FileId(file)).unwrap_or_default();
        let path = Path::new(path.as_str());
        let (cluster, target) = (place.gates(), place.target());
        journals::begin(program, entry, cluster, next, (target, path, path), |error| {
            eprintln!("ko run-worker: {error:#}");
        })
    }

    /// The arguments of the request, each of the type that the function is found to need.
    ///
    /// # Errors
    /// The refusal, when one is missing, unknown or cannot be read.
    fn arguments(
        &self,
        program: &Program,
        function: &FunctionKey,
        selection: Option<&[ko_ide::StepId]>,
        request: &RunRequest,
    ) -> Result<Arguments, Box<Ended>> {
        let Some(found) = program.find(function).map(|id| program.function(id)) else {
            return Ok(Arguments::new());
        };
        let params: Vec<String> =
            found.circuit.params.iter().map(|param| param.name.to_string()).collect();
        let needed = ko_ide::needed_arguments(&self.db, function, selection);
        let given = request.arguments.iter();
        let words: Vec<String> = given.map(|(name, value)| format!("{name}={value}")).collect();
        arguments::typed(&function.name, &needed, &params, &words).map_err(|error| {
            let name = found.source_map.name;
            let place = (request.file, name.start().into(), name.end().into());
            Box::new(refused(error.to_string(), Some(place)))
        })
    }

    /// A failure with its place in the files of the workspace.
    fn error(&self, program: &Program, failure: &Failure) -> RunError {
        let frames = failure.trace.iter().map(|frame| {
            let label = frame.label.as_ref().map(|label| format!(":{label}")).unwrap_or_default();
            let file = frame.file.rsplit('/').next().unwrap_or_default();
            match file {
                "" => format!("{}{label}", frame.function),
                file => {
                    format!("{}{label} ({file}:{}:{})", frame.function, frame.line, frame.column)
                }
            }
        });
        let place = failure.position().and_then(|frame| {
            let file = *self.names.get(frame.file.as_str())?;
            let position = (frame.line, frame.column);
            // Several steps may begin at one place; the longest is the one that the label names.
            let steps =
                program.functions.iter().filter(|it| it.file == frame.file).flat_map(|it| {
                    it.positions.iter().zip(&it.source_map.steps).filter(|(at, _)| **at == position)
                });
            let range = match steps.map(|(_, range)| *range).max_by_key(|range| range.len()) {
                Some(range) => range,
                None => TextRange::empty(self.offset(file, position)?),
            };
            Some((file.0, range.start().into(), range.end().into()))
        });
        RunError { message: failure.message.clone(), place, trace: frames.collect() }
    }

    /// The offset of a line and column, both from 1, columns in code points.
    fn offset(&self, file: FileId, (line, column): (u32, u32)) -> Option<TextSize> {
        let text = self.db.text(file)?;
        let position = LineCol { line: line.checked_sub(1)?, col: column.checked_sub(1)? };
        Some(LineIndex::new(&text).offset(&text, position, Encoding::Utf32))
    }
}

pub(super) fn refused(message: String, place: Option<(u32, u32, u32)>) -> Ended {
    let error = Some(RunError { message, place, trace: Vec::new() });
    Ended { status: "refused".to_owned(), error, ..Ended::default() }
}

/// A program that has errors is not run; the first one says why, preferably one in the file at hand.
fn refusal_ended(refusal: &Refusal, file: FileId) -> Ended {
    let first = refusal.iter().find(|(at, _)| *at == file).or(refusal.first());
    let Some((at, diagnostic)) = first else {
        return refused("the program has errors".to_owned(), None);
    };
    let message = match refusal.len() - 1 {
        0 => diagnostic.message.clone(),
        more => format!("{} (and {more} more)", diagnostic.message),
    };
    let range = diagnostic.range;
    refused(message, Some((at.0, range.start().into(), range.end().into())))
}

//! Runs of functions for the editor, in a process of their own, so that no program can hang or bloat the server.
//!
//! A thread owns the worker process and carries out one order after the other. The worker keeps the sandbox of the
//! workspace; after every run the server has a copy of it, so that it survives a worker that had to be killed.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use ko_queries::diagnostic::FileId;
use ls_types::Uri;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use text_size::TextRange;
use tokio::sync::oneshot;

use super::{
    captured::CapturedStep,
    clusters::Session,
    files::{File, FileTable},
    main_loop::{CapturedValues, Message},
    run_settings::RunSettings,
    to_proto,
    transport::Notifier,
};
use crate::{
    line_index::Encoding,
    packages::Roots,
    worker::{
        process::WorkerProcess,
        protocol::{
            CapturedFunction, ClusterRequest, Ended, Order, PlaceOf, Report, RunError, RunEvent,
            RunRequest, Stop,
        },
    },
};

/// How many workers a run is given to until one begins it.
const ATTEMPTS: u32 = 3;

/// What the client wants to be run.
pub(crate) struct RunOrder {
    /// The file of the function.
    pub(crate) uri: Uri,
    /// Its name.
    pub(crate) function: String,
    /// The texts of its arguments.
    pub(crate) arguments: BTreeMap<String, String>,
    /// The selection, if not everything is to be run.
    pub(crate) selection: Option<ls_types::Range>,
    /// Whether it goes to the cluster that the editor is connected to, and not to the sandbox.
    pub(crate) on_cluster: bool,
    /// What the user has agreed to: comes from an answer `confirm`.
    pub(crate) agreement: Option<String>,
    /// The client's name for the run.
    pub(crate) run_id: String,
    /// Where to report progress.
    pub(crate) token: Option<Value>,
    /// The unit of columns.
    pub(crate) encoding: Encoding,
    /// Takes the answer.
    pub(crate) reply: oneshot::Sender<Value>,
    /// Disconnected when the client cancels.
    pub(crate) cancelled: Receiver<()>,
}

/// What a run finds when it begins: all of one moment.
pub(crate) struct Surroundings {
    /// The files.
    pub(crate) files: Arc<FileTable>,
    /// Where packages are looked for.
    pub(crate) roots: Roots,
    /// What it may do and use up.
    pub(crate) settings: RunSettings,
    /// The cluster that the editor is connected to.
    pub(crate) session: Option<Arc<Session>>,
}

enum Errand {
    Run(Box<RunOrder>, Box<Surroundings>),
    Reset(oneshot::Sender<()>),
}

/// Where runs are ordered.
pub(crate) struct Runs {
    errands: Sender<Errand>,
}

impl Runs {
    /// Starts the thread; the process is started by the first run.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start(notifier: Notifier, main: Sender<Message>) -> std::io::Result<Runs> {
        let (errands, receiver) = unbounded();
        let mut runner = Runner {
            notifier,
            main,
            worker: None,
            sent: FxHashMap::default(),
            sandbox: None,
            schema: None,
            encoding: Encoding::default(),
        };
        thread::Builder::new().name("ko-runs".to_owned()).spawn(move || {
            while let Ok(errand) = receiver.recv() {
                match errand {
                    Errand::Run(order, around) => runner.run(*order, &around),
                    Errand::Reset(done) => {
                        runner.reset();
                        let _ = done.send(());
                    }
                }
            }
        })?;
        Ok(Runs { errands })
    }

    /// Orders a run. Its answer goes where the order says.
    pub(crate) fn run(&self, order: RunOrder, around: Surroundings) {
        let _ = self.errands.send(Errand::Run(Box::new(order), Box::new(around)));
    }

    /// Empties the sandbox, after the runs that were ordered before. `done` is told then.
    pub(crate) fn reset(&self, done: oneshot::Sender<()>) {
        let _ = self.errands.send(Errand::Reset(done));
    }
}

struct Runner {
    notifier: Notifier,
    main: Sender<Message>,
    worker: Option<WorkerProcess>,
    /// The files that the worker has.
    sent: FxHashMap<FileId, Arc<File>>,
    /// The sandbox after the last run.
    sandbox: Option<String>,
    /// The file of the schema that the worker has; none for the built-in one.
    schema: Option<PathBuf>,
    encoding: Encoding,
}

impl Runner {
    fn run(&mut self, order: RunOrder, around: &Surroundings) {
        if order.reply.is_closed() {
            return;
        }
        self.encoding = order.encoding;
        let files = &*around.files;
        let answer = match files.by_uri(&order.uri) {
            Some(file) => {
                self.progress(&order, json!({"kind": "begin", "title": format!("Ko: {}", order.function), "cancellable": true}));
                let begin = Instant::now();
                let mut ended = self.perform(&order, file, around);
                if ended.duration_ms == 0.0 {
                    ended.duration_ms = begin.elapsed().as_secs_f64() * 1000.0;
                }
                self.progress(&order, json!({"kind": "end"}));
                self.event(
                    &order,
                    &RunEvent {
                        function: order.function.clone(),
                        event: match ended.status.as_str() {
                            "refused" | "confirm" => "failed".to_owned(),
                            status => status.to_owned(),
                        },
                        duration_ms: Some(ended.duration_ms),
                        stop: ended.stop.clone(),
                        ..RunEvent::default()
                    },
                );
                self.capture(files, std::mem::take(&mut ended.captured));
                self.answer(files, ended)
            }
            None => self.answer(
                files,
                refused(format!("there is no open or saved Ko file at {}", order.uri.as_str())),
            ),
        };
        let _ = order.reply.send(answer);
    }

    /// Lets the worker run it, and waits for the end.
    fn perform(&mut self, order: &RunOrder, file: &File, around: &Surroundings) -> Ended {
        let selection = order.selection.map(|range| {
            let range = super::from_proto::text_range(file, range, self.encoding);
            (range.start().into(), range.end().into())
        });
        let cluster = match (&around.session, order.on_cluster) {
            (_, false) => None,
            (Some(session), true) => Some(ClusterRequest {
                context: session.context.clone(),
                kubeconfig: session.kubeconfig.clone(),
                agreement: order.agreement.clone(),
            }),
            (None, true) => {
                return refused("no cluster is connected: connect to one first".to_owned());
            }
        };
        let schema = around.session.as_ref().and_then(|it| it.schema.clone());
        let request = RunRequest {
            cluster,
            file: file.id.0,
            function: order.function.clone(),
            arguments: order.arguments.clone(),
            selection,
            allow: around.settings.allow.to_string(),
            max_memory: around.settings.max_memory,
            roots: around.roots.for_package(&file.package, file.path.as_deref()),
        };
        let files = &*around.files;
        // A worker that ended since the last run may be noticed only now, or only once it was given this one: what no worker
        // has begun is for a new one.
        let mut ended = None;
        for _ in 0..ATTEMPTS {
            if let Err(error) = self.prepare(files, schema.as_ref(), &request) {
                tracing::debug!("the worker takes no orders: {error}");
                if self.worker.take().is_none() {
                    return failed(format!(
                        "the process that runs programs cannot be started: {error}"
                    ));
                }
                continue;
            }
            ended = self.follow(order, &around.settings);
            if ended.is_some() {
                break;
            }
        }
        let Some(ended) = ended else {
            let message = "the process that runs programs ends before it begins, whenever it is started: something outside \
                           kills it, maybe the system for want of memory";
            return failed(message.to_owned());
        };
        if let Some(sandbox) = &ended.sandbox {
            self.sandbox = Some(sandbox.clone());
        }
        ended
    }

    /// Makes sure that there is a worker that knows the files, and gives it the request.
    fn prepare(
        &mut self,
        files: &FileTable,
        schema: Option<&PathBuf>,
        request: &RunRequest,
    ) -> std::io::Result<()> {
        let mut orders = Vec::new();
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => {
                self.sent.clear();
                self.schema = None;
                if let Some(state) = self.sandbox.clone() {
                    orders.push(Order::Restore { state });
                }
                none.insert(WorkerProcess::start()?)
            }
        };
        if self.schema.as_ref() != schema {
            self.schema = schema.cloned();
            // Before the sandbox is filled: it keeps what its schema knows.
            orders.insert(0, Order::Schema { file: self.schema.clone() });
        }
        self.sent.retain(|id, _| {
            let stays = files.by_id(*id).is_some();
            if !stays {
                orders.push(Order::RemoveFile { id: id.0 });
            }
            stays
        });
        for file in files.iter() {
            let old = self.sent.insert(file.id, file.clone());
            if old.is_some_and(|old| {
                old.text == file.text && old.package == file.package && old.place == file.place
            }) {
                continue;
            }
            orders.push(Order::SetFile {
                id: file.id.0,
                path: file.name(),
                package: file.package.clone(),
                place: file.place.as_deref().map(PlaceOf::from),
                text: file.text.to_string(),
            });
        }
        orders.push(Order::Run(request.clone()));
        worker.send(&orders)
    }

    /// Passes on what the worker reports until the run ends, one way or another. Nothing if the worker ended before the
    /// program began: then the run can be given to another one.
    fn follow(&mut self, order: &RunOrder, settings: &RunSettings) -> Option<Ended> {
        let deadline = Instant::now() + settings.timeout;
        let mut stopping: Option<Stopping> = None;
        let never = crossbeam_channel::never();
        let mut begun = false;
        loop {
            let worker = self.worker.as_mut()?;
            let limit = stopping.as_ref().map_or(deadline, |it| it.since + settings.stop_grace);
            let cancelled = if stopping.is_some() { &never } else { &order.cancelled };
            let report = crossbeam_channel::select! {
                recv(worker.reports) -> report => report.map_err(|_| RecvTimeoutError::Disconnected),
                recv(cancelled) -> _ => {
                    let status = "cancelled".to_owned();
                    stopping = Some(Stopping::ask(worker, Ended { status, ..Ended::default() }));
                    continue;
                }
                recv(crossbeam_channel::at(limit)) -> _ => Err(RecvTimeoutError::Timeout),
            };
            match report {
                Ok(Report::Begun) => begun = true,
                Ok(Report::Event(event)) => self.event(order, &event),
                Ok(Report::Ended(ended)) => {
                    if ended.exits {
                        self.worker = None;
                    }
                    return Some(match stopping {
                        Some(stopping) => stopping.ended(*ended),
                        None => *ended,
                    });
                }
                Ok(Report::ResetDone) => {}
                Err(RecvTimeoutError::Timeout) if stopping.is_none() => {
                    let message = format!(
                        "the run took longer than {:?} and was stopped; the setting ko.run.timeout gives it more",
                        settings.timeout
                    );
                    stopping = Some(Stopping::ask(worker, failed(message)));
                }
                Err(_) => {
                    // Dropping it kills it, if it has not ended.
                    self.worker = None;
                    return match stopping {
                        Some(stopping) => Some(stopping.killed()),
                        None if !begun => None,
                        None => Some(failed(
                            "the process that ran the program has ended unexpectedly: something \
                             outside has killed it, maybe the system for want of memory. The sandbox \
                             is as it was before this run, and the next run gets a new process"
                                .to_owned(),
                        )),
                    };
                }
            }
        }
    }

    fn reset(&mut self) {
        self.sandbox = None;
        let Some(worker) = &mut self.worker else { return };
        let sent = worker.send(&[Order::Reset]);
        let done = sent.is_ok()
            && loop {
                match worker.reports.recv_timeout(Duration::from_secs(5)) {
                    Ok(Report::ResetDone) => break true,
                    Ok(_) => {}
                    Err(_) => break false,
                }
            };
        if !done {
            self.worker = None;
        }
    }

    fn event(&self, order: &RunOrder, event: &RunEvent) {
        if let (Some(node), "started") = (&event.node, event.event.as_str()) {
            self.progress(order, json!({"kind": "report", "message": node}));
        }
        if let Ok(Value::Object(mut message)) = serde_json::to_value(event) {
            message.insert("runId".to_owned(), order.run_id.clone().into());
            self.notifier.send("ko/runEvent", &Value::Object(message));
        }
    }

    fn progress(&self, order: &RunOrder, value: Value) {
        if let Some(token) = &order.token {
            self.notifier.send("$/progress", &json!({"token": token, "value": value}));
        }
    }

    fn capture(&self, files: &FileTable, functions: Vec<CapturedFunction>) {
        for function in functions {
            let Some(file) = files.by_id(FileId(function.file)) else { continue };
            let Some(range) = range(function.range) else { continue };
            let steps = function.steps.into_iter().filter_map(|step| {
                Some(CapturedStep {
                    range: self::range(step.range)?,
                    label: step.label.and_then(self::range),
                    outcome: step.outcome,
                    duration_ms: step.duration_ms,
                })
            });
            let values = CapturedValues {
                uri: file.uri.clone(),
                text: file.text.clone(),
                function: function.function,
                range,
                steps: steps.collect(),
            };
            let _ = self.main.send(Message::Captured(values));
        }
    }

    /// The answer to `ko/run`.
    fn answer(&self, files: &FileTable, ended: Ended) -> Value {
        let mut answer = json!({
            "status": ended.status,
            "steps": {"run": ended.steps},
            "durationMs": ended.duration_ms,
        });
        if let Some(confirm) = &ended.confirm {
            answer["confirm"] = json!(confirm);
        }
        if !ended.warnings.is_empty() {
            answer["warnings"] = json!(ended.warnings);
        }
        if let Some(value) = ended.value {
            answer["value"] = value.into();
        }
        if let Some(RunError { message, place, trace }) = ended.error {
            let mut error = json!({"message": message, "trace": trace});
            let place = place.and_then(|(file, start, end)| {
                Some((files.by_id(FileId(file))?, range((start, end))?))
            });
            if let Some((file, range)) = place {
                error["uri"] = file.uri.as_str().into();
                error["range"] = json!(to_proto::range(file, range, self.encoding));
            }
            answer["error"] = error;
        }
        answer
    }
}

/// A run that has been asked to stop.
struct Stopping {
    since: Instant,
    /// Why, as its end.
    why: Ended,
}

impl Stopping {
    fn ask(worker: &mut WorkerProcess, why: Ended) -> Stopping {
        // If it is gone, its reports say so.
        let _ = worker.send(&[Order::Cancel]);
        Stopping { since: Instant::now(), why }
    }

    /// It has ended by itself: the way it ended, with the reason why it had to if that is what ended it.
    fn ended(self, mut ended: Ended) -> Ended {
        if ended.status == "cancelled" {
            ended.stop = self.stop("itself");
            ended.status = self.why.status;
            ended.error = self.why.error.or(ended.error);
        }
        ended
    }

    /// It had to be killed.
    fn killed(self) -> Ended {
        Ended { stop: self.stop("killed"), ..self.why }
    }

    fn stop(&self, by: &str) -> Option<Stop> {
        let after_ms = self.since.elapsed().as_secs_f64() * 1000.0;
        tracing::debug!("the run has stopped: {by}, after {after_ms:.1} ms");
        Some(Stop { by: by.to_owned(), after_ms })
    }
}

/// A range from offsets; nothing if they are in the wrong order.
fn range((start, end): (u32, u32)) -> Option<TextRange> {
    (start <= end).then(|| TextRange::new(start.into(), end.into()))
}

fn failed(message: String) -> Ended {
    let error = Some(RunError { message, ..RunError::default() });
    Ended { status: "failed".to_owned(), error, ..Ended::default() }
}

fn refused(message: String) -> Ended {
    Ended { status: "refused".to_owned(), ..failed(message) }
}

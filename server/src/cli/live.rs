//! What a run shows while it goes on: a line for each step that does something, written when the step ends; on a
//! terminal also a last line that says what is going on.

use std::{
    collections::{HashMap, HashSet},
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use ko_evaluator::{
    cluster::Cluster,
    event::{AS_WANTED, Event, FrameId, Observer, Outcome},
    print::short,
    value::Value,
};
use ko_queries::{
    circuit::{StepId, StepKind, Target},
    program::{FunctionId, Program},
};

/// Passes on what the program writes, and nothing else.
pub(crate) struct OutputOnly;

impl Observer for OutputOnly {
    fn event(&self, event: Event) {
        if let Event::Output { text, error } = event {
            write(&text, error);
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        false
    }
}

fn write(text: &str, error: bool) {
    if error {
        anstream::eprint!("{text}");
    } else {
        anstream::print!("{text}");
    }
    let _ = std::io::stdout().flush();
}

/// Shows the steps of a run on standard error.
pub(crate) struct Steps {
    program: Arc<Program>,
    cluster: Arc<dyn Cluster>,
    quiet: bool,
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    frames: HashMap<FrameId, Frame>,
    /// The steps that have a heading, since steps of what they call have lines of their own.
    headed: HashSet<(FrameId, StepId)>,
    /// When each step began on the cluster's clock.
    started: HashMap<(FrameId, StepId), Duration>,
    /// The steps that found what they were to make, and changed nothing.
    unchanged: HashSet<(FrameId, StepId)>,
    /// Whether the last line is one to be overwritten.
    transient: bool,
}

struct Frame {
    function: FunctionId,
    depth: usize,
    /// The step that made it, with its title.
    caller: Option<(FrameId, StepId, String)>,
}

impl Steps {
    /// Shows nothing but the program's own output if `quiet`.
    pub(crate) fn new(program: Arc<Program>, cluster: Arc<dyn Cluster>, quiet: bool) -> Steps {
        let terminal = std::io::stderr().is_terminal();
        Steps { program, cluster, quiet, terminal, state: Mutex::default() }
    }

    /// Takes the passing line away.
    pub(crate) fn finish(&self) {
        self.clear(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a step is called, if it is worth a line: its label, and what it calls.
    fn title(&self, function: FunctionId, step: StepId) -> Option<String> {
        let circuit = &self.program.function(function).circuit;
        let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(step).kind else {
            return None;
        };
        let StepKind::Target(target) = &circuit.step(*callee).kind else { return None };
        let label = circuit.step(step).label.as_deref();
        let called = match target {
            Target::Gate(gate) => self.program.schema.gate_by_id(*gate).name.to_string(),
            Target::Function(key) => {
                // The idioms and the library have no file; nobody wants to see them at work.
                let called = self.program.find(key).map(|id| self.program.function(id));
                let own = called.is_none_or(|it| !it.file.is_empty());
                label.filter(|_| own).map(|_| key.name.to_string())?
            }
            Target::Builtin(_) | Target::Join => return None,
        };
        match label {
            Some(label) if label != "return" => Some(format!("{label}  {called}")),
            _ => Some(called),
        }
    }

    fn clear(&self, state: &mut State) {
        if std::mem::take(&mut state.transient) {
            anstream::eprint!("\r\x1b[2K");
        }
    }

    fn passing(&self, state: &mut State, text: &str) {
        if self.terminal {
            self.clear(state);
            // A line that wraps could not be taken away again.
            anstream::eprint!("  … {}", text.chars().take(76).collect::<String>());
            let _ = std::io::stderr().flush();
            state.transient = true;
        }
    }

    /// The headings of the calls around, outermost first, where they are not there yet.
    fn head(&self, state: &mut State, frame: FrameId) {
        let mut open = Vec::new();
        let mut at = state.frames.get(&frame);
        while let Some(Frame { depth, caller: Some((caller, step, title)), .. }) = at {
            if !state.headed.insert((*caller, *step)) {
                break;
            }
            open.push((depth.saturating_sub(1), title.clone()));
            at = state.frames.get(caller);
        }
        self.clear(state);
        for (depth, title) in open.into_iter().rev() {
            anstream::eprintln!("{}  {title}", "  ".repeat(depth));
        }
    }

    fn finished(
        &self,
        frame: FrameId,
        title: &str,
        step: StepId,
        outcome: &Outcome,
        real: Duration,
    ) {
        let mut state = self.lock();
        let since = state.started.remove(&(frame, step)).unwrap_or_default();
        self.head(&mut state, frame);
        let depth = state.frames.get(&frame).map_or(0, |frame| frame.depth);
        let unchanged = state.unchanged.remove(&(frame, step));
        let (mark, color, what) = match outcome {
            Outcome::Value(value) if unchanged => {
                ('✓', AnsiColor::Green, format!("{} unchanged", summary(value)))
            }
            Outcome::Value(value) => ('✓', AnsiColor::Green, summary(value)),
            Outcome::Failed(_) => ('✗', AnsiColor::Red, "failed".to_owned()),
            Outcome::Cancelled => ('–', AnsiColor::Yellow, "cancelled".to_owned()),
        };
        let simulated = self.cluster.now().saturating_sub(since);
        let took = if simulated > Duration::ZERO { simulated } else { real };
        let (color, dim) = (Style::new().fg_color(Some(color.into())), Style::new().dimmed());
        let (indent, took) = ("  ".repeat(depth), duration(took));
        anstream::eprintln!("{indent}{color}{mark}{color:#} {title}  {what}  {dim}{took}{dim:#}");
    }
}

impl Observer for Steps {
    fn event(&self, event: Event) {
        match event {
            Event::Output { text, error } => {
                let mut state = self.lock();
                self.clear(&mut state);
                write(&text, error);
            }
            _ if self.quiet => {}
            Event::FrameEntered { frame, caller, function } => {
                let mut state = self.lock();
                let above = caller.and_then(|(id, step)| Some((id, step, state.frames.get(&id)?)));
                let entered = match above {
                    None => Frame { function, depth: 0, caller: None },
                    Some((id, step, above)) => match self.title(above.function, step) {
                        Some(title) => Frame {
                            function,
                            depth: above.depth + 1,
                            caller: Some((id, step, title)),
                        },
                        // A call without a line of its own: its steps stand as if they were the caller's.
                        None => {
                            Frame { function, depth: above.depth, caller: above.caller.clone() }
                        }
                    },
                };
                state.frames.insert(frame, entered);
            }
            Event::StepStarted { frame, function, step } => {
                if let Some(title) = self.title(function, step) {
                    let mut state = self.lock();
                    state.started.insert((frame, step), self.cluster.now());
                    self.passing(&mut state, &title);
                }
            }
            Event::StepFinished { frame, function, step, outcome, duration } => {
                if let Some(title) = self.title(function, step) {
                    self.finished(frame, &title, step, &outcome, duration);
                }
            }
            Event::Progress { frame, function, step, message, cluster_time } => {
                if let Some(title) = self.title(function, step) {
                    let time = duration(cluster_time);
                    let mut state = self.lock();
                    if message.ends_with(AS_WANTED) {
                        state.unchanged.insert((frame, step));
                    }
                    self.passing(&mut state, &format!("{title}: {message} ({time})"));
                }
            }
        }
    }
}

/// The essence of a value: the name of an object, the number of elements of a sequence, else the value itself.
fn summary(value: &Value) -> String {
    if let Some(name) = value.path(&["metadata", "name"]).as_str() {
        return name.to_owned();
    }
    match value {
        Value::Sequence(sequence) => super::count(sequence.elements().len(), "item"),
        Value::Empty => "nothing".to_owned(),
        other => short(other, 60),
    }
}

/// A duration for people: `3 ms`, `1.5 s`, `2 m 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} m {} s", seconds / 60, seconds % 60),
    }
}

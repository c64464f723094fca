//! Why a run did not give a value.

use std::fmt;

use ecow::EcoString;
use ko_queries::link::EXPRESSION_PACKAGE;

use crate::{print, value::Value};

/// How a run failed.
#[derive(Debug, Clone)]
pub enum FailureKind {
    /// Something is wrong with the program or the world; `Recover` does not catch it.
    Error,
    /// `Panic` was called, with this value; `Recover` catches it.
    Panic(Value),
    /// The run was cancelled.
    Cancelled,
}

/// A failure, where it happened and what was being called.
#[derive(Debug, Clone)]
pub struct Failure {
    /// How.
    pub kind: FailureKind,
    /// What is wrong, in a sentence without position.
    pub message: String,
    /// The steps that were running, outermost first; the last one is where it happened.
    pub trace: Vec<Frame>,
    /// For the outermost functions that were running, outermost first, which of their steps had run. Not known of
    /// panics.
    pub steps: Vec<StepsRun>,
}

/// How far a function had come, by the labels of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepsRun {
    /// The function, as `package.Name`.
    pub function: EcoString,
    /// What had run, in the order in which it ran where that was one at a time.
    pub ran: Vec<EcoString>,
    /// What had begun. One step, unless they ran in parallel.
    pub running: Vec<EcoString>,
    /// What had not begun.
    pub left: Vec<EcoString>,
}

impl fmt::Display for StepsRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = |labels: &[EcoString]| match labels {
            [] => "none".to_owned(),
            labels => labels.join(", "),
        };
        write!(
            f,
            "steps of {}: ran {}; running {}; not begun {}",
            self.function,
            none(&self.ran),
            none(&self.running),
            none(&self.left)
        )
    }
}

/// A step that was running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function that the step belongs to, as `package.Name`.
    pub function: EcoString,
    /// The file, as the program names it; empty for the idioms.
    pub file: EcoString,
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// The label of the step, if it has one.
    pub label: Option<EcoString>,
}

impl Failure {
    /// An error with this message, without a position yet: the evaluator adds the steps that were running.
    pub fn error(message: impl Into<String>) -> Failure {
        Failure {
            kind: FailureKind::Error,
            message: message.into(),
            trace: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// A panic with this value.
    pub fn panic(value: Value) -> Failure {
        let message = format!("unrecovered panic: {}", print::short(&value, 2000));
        Failure { kind: FailureKind::Panic(value), message, trace: Vec::new(), steps: Vec::new() }
    }

    /// The run was cancelled.
    pub fn cancelled() -> Failure {
        Failure {
            kind: FailureKind::Cancelled,
            message: "the run was cancelled".to_owned(),
            trace: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Of a run that was cancelled: says in the message which steps had run, of the outermost function that is not just
    /// at its beginning. An expression has no name that the user knows, and is all there is to see.
    pub(crate) fn telling_steps(mut self) -> Failure {
        if matches!(self.kind, FailureKind::Cancelled) {
            let named = |steps: &&StepsRun| {
                let package = steps.function.rsplit_once('.').map(|(package, _)| package);
                package != Some(EXPRESSION_PACKAGE)
            };
            let mut functions = self.steps.iter().filter(named);
            let first = functions.clone().next();
            if let Some(steps) = functions.find(|steps| !steps.ran.is_empty()).or(first) {
                self.message = format!("{}; {steps}", self.message);
            }
        }
        self
    }

    /// Where it happened: the innermost step that has a file.
    pub fn position(&self) -> Option<&Frame> {
        self.trace.iter().rev().find(|frame| !frame.file.is_empty()).or(self.trace.last())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.position() {
            write!(f, "{}:{}:{}: ", at.file, at.line, at.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

//! Why a run did not give a value.

use std::fmt;

use ecow::EcoString;

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
        Failure { kind: FailureKind::Error, message: message.into(), trace: Vec::new() }
    }

    /// A panic with this value.
    pub fn panic(value: Value) -> Failure {
        let message = format!("unrecovered panic: {}", print::short(&value, 2000));
        Failure { kind: FailureKind::Panic(value), message, trace: Vec::new() }
    }

    /// The run was cancelled.
    pub fn cancelled() -> Failure {
        Failure {
            kind: FailureKind::Cancelled,
            message: "the run was cancelled".to_owned(),
            trace: Vec::new(),
        }
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

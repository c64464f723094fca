//! What can be observed of a run: a stream of events that the command line, the editor and the journal share.

use std::{sync::Arc, time::Duration};

use ko_queries::{circuit::StepId, program::FunctionId};

use crate::value::Value;

/// Identifies one invocation of a function within a run; 0 is the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// How the progress of a step ends that found its object on the cluster just as it should be and sent no change; the
/// name of the object stands before it. Whoever shows a run can tell by it that nothing was changed.
pub const AS_WANTED: &str = "exists and is as wanted";

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// A Ko function was entered.
    FrameEntered {
        /// The invocation.
        frame: FrameId,
        /// The invocation that called it and the step there; `None` for the entry.
        caller: Option<(FrameId, StepId)>,
        /// The function.
        function: FunctionId,
    },
    /// A step began.
    StepStarted {
        /// The invocation that it belongs to.
        frame: FrameId,
        /// The function that it belongs to.
        function: FunctionId,
        /// The step.
        step: StepId,
    },
    /// A step ended.
    StepFinished {
        /// The invocation that it belongs to.
        frame: FrameId,
        /// The function that it belongs to.
        function: FunctionId,
        /// The step.
        step: StepId,
        /// How it ended.
        outcome: Outcome,
        /// Real time that it took.
        duration: Duration,
    },
    /// A step that takes its time says how far it is, such as "2 of 3 pods ready".
    Progress {
        /// The invocation that it belongs to.
        frame: FrameId,
        /// The function that it belongs to.
        function: FunctionId,
        /// The step.
        step: StepId,
        /// What to show.
        message: String,
        /// Time on the clock of the cluster since the run began.
        cluster_time: Duration,
    },
    /// The program wrote to standard output (`Show`, `Print`) or, with `error`, to standard error (`Peek`).
    Output {
        /// The text, with its line end.
        text: String,
        /// Whether it goes to standard error.
        error: bool,
    },
}

/// How a step ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// With a value.
    Value(Value),
    /// With an error or panic, as text.
    Failed(Arc<str>),
    /// Not at all: the run was cancelled.
    Cancelled,
}

/// Receives the events of a run, on whatever thread they happen. Must return quickly.
pub trait Observer: Send + Sync {
    /// Called for each event, in the order in which they happen within one frame.
    fn event(&self, event: Event);

    /// Whether steps of this function are of interest; without interest they make no step events.
    fn wants_steps(&self, function: FunctionId) -> bool {
        let _ = function;
        true
    }
}

/// An observer that ignores everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn event(&self, _: Event) {}

    fn wants_steps(&self, _: FunctionId) -> bool {
        false
    }
}

//! Looking now and then, in a walk over a large value, whether the run that does it must end.

use std::time::Instant;

use crate::cancel::CancelToken;

/// Steps of a walk between two looks: well below a millisecond of work.
const STEPS: u32 = 4096;

/// Counts the steps of a walk. Once the run must end, [`Watch::go_on`] is false for good and what the walk found means
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Watch<'a> {
    cancel: Option<&'a CancelToken>,
    deadline: Option<Instant>,
    steps: u32,
    stopped: bool,
}

impl<'a> Watch<'a> {
    /// For a walk on behalf of a run.
    pub(crate) fn new(cancel: &'a CancelToken, deadline: Option<Instant>) -> Watch<'a> {
        Watch { cancel: Some(cancel), deadline, ..Watch::never() }
    }

    /// For a walk that nobody can end.
    pub(crate) fn never() -> Watch<'static> {
        Watch::default()
    }

    /// To be called at each step.
    #[inline]
    pub(crate) fn go_on(&mut self) -> bool {
        self.steps += 1;
        if self.steps >= STEPS {
            self.look();
        }
        !self.stopped
    }

    fn look(&mut self) {
        self.steps = 0;
        self.stopped |= self.cancel.is_some_and(CancelToken::is_cancelled)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    }

    /// Whether the walk was given up.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }
}

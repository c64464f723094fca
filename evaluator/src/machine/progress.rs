//! How far a run had come when it failed: which steps of the functions that were running had run.

use ecow::{EcoString, eco_format};
use ko_queries::program::FunctionId;

use super::{Code, Machine};
use crate::failure::StepsRun;

/// Functions that a failure tells the steps of, from the outermost on.
const FUNCTIONS: usize = 8;

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Left,
    Running,
    Ran,
}

impl Machine<'_> {
    /// The steps of the outermost functions that are running. One at a time, all before the current one have run.
    pub(super) fn steps_run(&self) -> Vec<StepsRun> {
        let outermost = self.calls.iter().take(FUNCTIONS);
        outermost
            .map(|&(function, current)| {
                let order = &self.run.code(function).order;
                let at = order.iter().position(|(step, _)| *step == current).unwrap_or(0);
                let mut states = vec![State::Left; order.len()];
                states[..at].fill(State::Ran);
                states[at..].iter_mut().take(1).for_each(|state| *state = State::Running);
                self.steps_of(function, states)
            })
            .collect()
    }

    /// The labelled steps of a function by their state, which is given in the order in which steps run.
    fn steps_of(&self, function: FunctionId, mut states: Vec<State>) -> StepsRun {
        let code = self.run.code(function);
        let circuit = &code.circuit;
        let label = |index: usize| circuit.step(code.order[index].0).label.clone();
        for index in 0..states.len() {
            // A step without a label is a part of one that has one.
            if states[index] == State::Running
                && label(index).is_none()
                && let Some(whole) = self.whole(code, index)
            {
                states[whole] = State::Running;
            }
        }
        let labels = |wanted: State| -> Vec<EcoString> {
            let of_state = states.iter().enumerate().filter(|(_, state)| **state == wanted);
            of_state.filter_map(|(index, _)| label(index)).collect()
        };
        StepsRun {
            function: eco_format!("{}.{}", circuit.key.package, circuit.key.name),
            ran: labels(State::Ran),
            running: labels(State::Running),
            left: labels(State::Left),
        }
    }

    /// The first labelled step that needs this one, by place in the order.
    fn whole(&self, code: &Code, part: usize) -> Option<usize> {
        let circuit = &code.circuit;
        let mut needs = vec![false; circuit.steps.len()];
        needs[code.order[part].0.0 as usize] = true;
        for (index, (step, _)) in code.order.iter().enumerate().skip(part + 1) {
            let mut reads = false;
            circuit.for_each_operand(*step, |operand| reads |= needs[operand.0 as usize]);
            if reads && circuit.step(*step).label.is_some() {
                return Some(index);
            }
            needs[step.0 as usize] |= reads;
        }
        None
    }

    /// Puts the steps of the innermost function, which ran in parallel, right in a failure.
    pub(super) fn correct_steps(
        &self,
        steps: &mut [StepsRun],
        function: FunctionId,
        states: Vec<State>,
    ) {
        if let Some(innermost) = self.calls.len().checked_sub(1)
            && let Some(known) = steps.get_mut(innermost)
        {
            *known = self.steps_of(function, states);
        }
    }
}

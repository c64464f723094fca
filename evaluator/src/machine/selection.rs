//! Running some steps of a function and what they depend on, and nothing else.

use ecow::{EcoString, eco_format};
use ko_queries::{
    circuit::{Circuit, StepId},
    program::FunctionId,
};

use super::{Machine, Outcome, Site, code, error};
use crate::value::{Field, Value};

impl Machine<'_> {
    /// The value of the selected step, or of several as a structure by label.
    pub(super) fn run_selection(
        &mut self,
        function: FunctionId,
        params: Vec<Value>,
        steps: &[StepId],
    ) -> Outcome {
        let run = self.run;
        let circuit = &run.program.function(function).circuit;
        if steps.is_empty() || steps.iter().any(|step| step.0 as usize >= circuit.steps.len()) {
            return error(format!(
                "the function {} has no such steps; its text has changed",
                circuit.key.name
            ));
        }
        let observed = run.options.observer.wants_steps(function);
        // Selected values are read at the end, so no step may take them.
        let code = code::compile(&run.program, circuit, observed, false);
        let needed = dependencies(circuit, steps);
        let base = self.values.len();
        self.values.extend(params);
        self.values.resize(base + code.slots, Value::Empty);
        self.calls.push((function, StepId(0)));
        let frame = if observed { Some(self.enter_frame(function)) } else { None };
        let mut run_all = || {
            for &(step, op) in code.order.iter().filter(|(step, _)| needed[step.0 as usize]) {
                let op = op.map(|index| &code.ops[index as usize]);
                match (frame, op) {
                    (Some(frame), op) => {
                        self.run_step(Site { frame, function, step }, &code, base, op)?
                    }
                    (None, Some(op)) => self.run_op(&code, base, op)?,
                    (None, None) => {}
                }
            }
            let value = |step: StepId| self.read_again(&code, base, code.places[step.0 as usize]);
            if let [only] = steps {
                return Ok(value(*only));
            }
            let fields =
                steps.iter().map(|&step| Field { name: name(circuit, step), value: value(step) });
            Value::try_structure(fields.collect()).or_else(|reason| error(reason.to_string()))
        };
        let outcome = run_all();
        let outcome = outcome.map_err(|failure| self.located(failure));
        self.calls.pop();
        self.values.truncate(base);
        outcome
    }
}

fn name(circuit: &Circuit, step: StepId) -> EcoString {
    circuit.step(step).label.clone().unwrap_or_else(|| eco_format!("step{}", step.0))
}

/// Which steps the selected ones need, themselves included.
fn dependencies(circuit: &Circuit, steps: &[StepId]) -> Vec<bool> {
    let mut needed = vec![false; circuit.steps.len()];
    let mut todo = steps.to_vec();
    while let Some(step) = todo.pop() {
        if !std::mem::replace(&mut needed[step.0 as usize], true) {
            circuit.for_each_operand(step, |operand| todo.push(operand));
        }
    }
    needed
}

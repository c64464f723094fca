//! Where a place in a circuit stands in the text.

use text_size::{TextRange, TextSize};

use super::errors::At;
use crate::circuit::{Circuit, SourceMap, StepId, StepKind};

/// The characters that `at` means, in the file that holds the function. `text` is the whole file. `None` if the source
/// map is not that of the circuit.
#[must_use]
pub fn place(circuit: &Circuit, map: &SourceMap, text: &str, at: At) -> Option<TextRange> {
    let step_range = |step: StepId| map.steps.get(step.0 as usize).copied();
    let label = |step: StepId, index: u32| map.args.of(step).get(index as usize).copied();
    match at {
        At::Step(step) => step_range(step),
        At::Callee(step) => {
            let StepKind::Apply { callee, .. } = &circuit.steps.get(step.0 as usize)?.kind else {
                return None;
            };
            // It is at the beginning of the call: as an expression, or as a reference to the step.
            let call = step_range(step)?;
            let first = |range: &TextRange| range.start() == call.start();
            let reference = map.references.iter().filter(|it| it.1 == *callee && first(&it.0));
            let reference = reference.map(|it| it.0).min_by_key(|it| it.len());
            step_range(*callee).filter(first).or(reference).or(Some(call))
        }
        At::Arg(step, index) => label(step, index),
        At::ArgValue(step, index) => {
            let label = label(step, index)?;
            let StepKind::Apply { args, .. } = &circuit.steps.get(step.0 as usize)?.kind else {
                return None;
            };
            let arg = args.get(index as usize)?;
            if arg.name.is_none() {
                return Some(label);
            }
            // The value follows its label: as an expression, or as the first reference there to the step.
            let call = step_range(step)?;
            let after =
                |range: &TextRange| call.contains_range(*range) && range.start() >= label.end();
            let reference = map
                .references
                .iter()
                .filter(|it| it.1 == arg.value && after(&it.0))
                .map(|it| it.0)
                .min_by_key(|it| it.start());
            step_range(arg.value).filter(after).or(reference).or(Some(label))
        }
        At::SelectName(step, index) => {
            let StepKind::Select { path, .. } = &circuit.steps.get(step.0 as usize)?.kind else {
                return None;
            };
            // Only names, dots and blanks follow the base.
            let range = step_range(step)?;
            let mut end = usize::from(range.end());
            let mut name_range = range;
            for name in path.iter().skip(index as usize).rev() {
                let start = text.get(..end)?.rfind(name.as_str())?;
                let (from, to) = (TextSize::try_from(start).ok()?, TextSize::of(name.as_str()));
                name_range = TextRange::at(from, to);
                end = start;
            }
            range.contains_range(name_range).then_some(name_range)
        }
    }
}

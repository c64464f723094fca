//! The values of steps as the server keeps them: printed, and with the places where the steps are written.

use std::collections::BTreeMap;

use ko_evaluator::{event::Outcome, print};
use ko_ide::FileId;
use ko_queries::{
    circuit::StepKind,
    program::{FunctionId, Program},
};
use text_size::{TextRange, TextSize};

use super::{
    observer::{Values, milliseconds},
    protocol::{CapturedFunction, CapturedValue},
};

/// The longest text of a value, in bytes.
const MAX_VALUE: usize = 2_000;

/// Prints the values of the steps of the functions in files with names. Mentions of functions and literals are left
/// out: their text says what they are.
pub(super) fn captured(
    program: &Program,
    names: &BTreeMap<String, FileId>,
    values: Values,
) -> Vec<CapturedFunction> {
    let mut functions: BTreeMap<FunctionId, CapturedFunction> = BTreeMap::new();
    for ((id, step), (outcome, duration)) in values {
        let function = program.function(id);
        let Some(file) = names.get(function.file.as_str()) else { continue };
        if matches!(
            function.circuit.step(step).kind,
            StepKind::Target(_) | StepKind::Literal(_) | StepKind::Error
        ) {
            continue;
        }
        let map = &function.source_map;
        let relative = |range: TextRange| {
            let start = map.function.start();
            let within = |offset: TextSize| offset.checked_sub(start).map(u32::from);
            Some((within(range.start())?, within(range.end())?))
        };
        let Some(range) = map.steps.get(step.0 as usize).copied().and_then(relative) else {
            continue;
        };
        let labels = function.circuit.labels.iter().zip(&map.labels);
        let label = labels.into_iter().find(|((_, of), _)| *of == step).map(|(_, range)| *range);
        let outcome =
            match outcome {
                Outcome::Value(value) => Ok(print::print_within(&value, MAX_VALUE)
                    .unwrap_or_else(|begin| format!("{begin}…"))),
                Outcome::Failed(message) => Err(message.to_string()),
                Outcome::Cancelled => continue,
            };
        let captured = functions.entry(id).or_insert_with(|| CapturedFunction {
            file: file.0,
            function: function.circuit.key.name.to_string(),
            range: (map.function.start().into(), map.function.end().into()),
            steps: Vec::new(),
        });
        captured.steps.push(CapturedValue {
            range,
            label: label.and_then(relative),
            outcome,
            duration_ms: milliseconds(duration),
        });
    }
    functions.into_values().collect()
}

//! What the checker complains about, as data: where, how seriously, what to do.

use ecow::EcoString;

use super::scheme::Demand;
use crate::circuit::{Circuit, FunctionKey, StepId, StepKind, Target};
use crate::diagnostic::Severity;

/// More elements than this are not looked through for the place of a field.
const MAX_LOCATED: usize = 10_000;

/// A place in a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// The expression of a step.
    Step(StepId),
    /// What a call calls.
    Callee(StepId),
    /// The label of an argument of a call, by its position; where it has none, its value.
    Arg(StepId, u32),
    /// The value of an argument of a call.
    ArgValue(StepId, u32),
    /// A name in the path of a selection, by its position.
    SelectName(StepId, u32),
}

impl At {
    /// A key that sorts places by step and then by argument.
    pub(super) fn order(self) -> (StepId, u32, At) {
        match self {
            At::Step(step) | At::Callee(step) => (step, 0, self),
            At::Arg(step, index) | At::ArgValue(step, index) | At::SelectName(step, index) => {
                (step, index, self)
            }
        }
    }
}

/// A way to mend a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion {
    /// Give the argument at this position of a call another label.
    RenameArg {
        /// The call.
        step: StepId,
        /// The position of the argument.
        index: u32,
        /// The new label.
        to: EcoString,
    },
    /// Select another field.
    RenameSelect {
        /// The selection.
        step: StepId,
        /// The position of the name in its path.
        index: u32,
        /// The new name.
        to: EcoString,
    },
    /// Write another literal.
    ReplaceLiteral {
        /// The literal.
        step: StepId,
        /// The new text, quotes included.
        text: EcoString,
    },
    /// Add arguments to a call, or fields to a structure.
    AddArgs {
        /// The call.
        step: StepId,
        /// Their labels, each with a value to start from.
        names: Vec<(EcoString, &'static str)>,
        /// The texts that some of them may be, by their position.
        choices: Vec<(usize, Box<[EcoString]>)>,
    },
    /// Remove the argument at this position of a call.
    RemoveArg {
        /// The call.
        step: StepId,
        /// The position of the argument.
        index: u32,
    },
    /// Select a field of the value of an argument.
    SelectField {
        /// The call.
        step: StepId,
        /// The position of the argument.
        index: u32,
        /// The names to select, joined by dots.
        path: EcoString,
    },
}

/// A part of what another function returns: where a mistake comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The function that returned the value.
    pub function: FunctionKey,
    /// The fields that lead to the part.
    pub path: Box<[EcoString]>,
    /// What the last of these fields should be called instead.
    pub rename: Option<EcoString>,
}

/// A demand of another function: who asks what a value does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// The function that is called.
    pub function: FunctionKey,
    /// The parameter that the value is given to.
    pub param: EcoString,
    /// What the function asks of it.
    pub demand: Demand,
    /// Where a field that it reads does not exist: how many fields lead to it, and what it should be called.
    pub misspelt: Option<(usize, Option<EcoString>)>,
}

/// A mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// Where it can be mended.
    pub at: At,
    /// How serious it is.
    pub severity: Severity,
    /// The kind of mistake, stable, in kebab case.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Other places in the same function that explain it.
    pub related: Vec<(At, String)>,
    /// Ways to mend it, the most likely one first.
    pub suggestion: Vec<Suggestion>,
    /// The place in another function that it comes from; [`locate`] finds the step there.
    pub origin: Option<Origin>,
    /// Which function asks for something else, where it is another one; [`Inferred::uses`](super::Inferred::uses) of
    /// that function says where.
    pub consumer: Option<Consumer>,
}

impl TypeError {
    pub(super) fn new(
        at: At,
        severity: Severity,
        code: &'static str,
        message: String,
    ) -> TypeError {
        let (related, suggestion) = (Vec::new(), Vec::new());
        let (origin, consumer) = (None, None);
        TypeError { at, severity, code, message, related, suggestion, origin, consumer }
    }

    pub(super) fn suggest(mut self, suggestion: Suggestion) -> TypeError {
        self.suggestion.push(suggestion);
        self
    }

    /// Adds a place of the same function that explains it. Nothing is shown where that is the place of the mistake.
    pub(super) fn relate(mut self, at: At, message: String) -> TypeError {
        self.related.push((at, message));
        self
    }
}

/// Where in a function the field at `path` of its result is written, and how many names of the path could be followed:
/// the label of the last of them, or what the function returns. Elements of sequences count as the sequence.
#[must_use]
pub fn locate(circuit: &Circuit, path: &[EcoString]) -> Option<(At, usize)> {
    let result = circuit.result?;
    let (mut at, mut steps) = (At::Step(result), vec![result]);
    for (followed, name) in path.iter().enumerate() {
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        let mut seen = 0;
        while let Some(step) = steps.pop() {
            seen += 1;
            let StepKind::Apply { callee, args, invoke: true } = &circuit.step(step).kind else {
                continue;
            };
            if seen > MAX_LOCATED || circuit.step(*callee).kind != StepKind::Target(Target::Join) {
                continue;
            }
            for (arg, index) in args.iter().zip(0..) {
                match &arg.name {
                    None => steps.push(arg.value),
                    Some(it) if it == name => {
                        labels.push(At::Arg(step, index));
                        values.push(arg.value);
                    }
                    Some(_) => {}
                }
            }
        }
        let Some(first) = labels.iter().min().copied() else { return Some((at, followed)) };
        (at, steps) = (first, values);
    }
    Some((at, path.len()))
}

/// The one of `candidates` that was probably meant by `name`, if one is near: it differs in case only, or in few letters
/// for its length.
pub(super) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let wanted = name.to_lowercase();
    let near = candidates.into_iter().filter(|it| *it != name).filter_map(|it| {
        let distance = distance(&wanted, &it.to_lowercase(), limit)?;
        Some((distance, it))
    });
    near.min().map(|it| it.1)
}

/// Number of letters to insert, remove, replace or swap with their neighbour to make `b` of `a`, if at most `limit`
/// (optimal string alignment).
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j - 1] + same).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|it| *it <= limit)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn typing_mistakes_are_near_and_other_words_are_not() {
        let fields = ["containers", "replicas", "selector", "template", "serviceName"];
        assert_eq!(closest("containrs", fields), Some("containers"));
        assert_eq!(closest("repilcas", fields), Some("replicas"));
        assert_eq!(closest("servicename", fields), Some("serviceName"));
        assert_eq!(closest("volumes", fields), None);
        assert_eq!(closest("x", ["y", "xyz"]), Some("y"));
        assert_eq!(closest("", ["ab"]), None);
    }
}

//! The text that an item writes: calls with the arguments that they need, labels with the bracket of a structure.

use ecow::EcoString;
use ko_syntax::SyntaxKind;

/// An argument that a call should have.
pub(super) struct Blank {
    pub(super) name: EcoString,
    /// Whether a structure is written there.
    pub(super) structure: bool,
}

/// How a call is written.
pub(super) enum Shape {
    /// Without arguments.
    Empty,
    /// With a cursor between its brackets.
    Open,
    /// With one argument that needs no label.
    Unlabelled(EcoString),
    /// With these arguments.
    Labelled(Vec<Blank>),
}

/// Calls with more arguments than these to fill in start empty: so many places are in the way.
const MOST_BLANKS: usize = 5;

impl Shape {
    /// The shape of a call that should have these arguments.
    pub(super) fn new(blanks: Vec<Blank>) -> Shape {
        match blanks.len() {
            0 => Shape::Open,
            1..=MOST_BLANKS => Shape::Labelled(blanks),
            _ => Shape::Open,
        }
    }

    /// The text behind the name of the callee, and whether it has places to fill in. `first` is the number of the first.
    pub(super) fn write(&self, first: usize) -> (String, bool) {
        match self {
            Shape::Empty => ("()".to_owned(), false),
            Shape::Open => ("($0)".to_owned(), true),
            Shape::Unlabelled(name) => (format!("(${{{first}:{name}}})$0"), true),
            Shape::Labelled(blanks) => {
                let blanks: Vec<String> = (first..)
                    .zip(blanks)
                    .map(|(number, blank)| match blank.structure {
                        true => format!("{}: (${number})", blank.name),
                        false => format!("{0}: ${{{number}:{0}}}", blank.name),
                    })
                    .collect();
                (format!("({})$0", blanks.join(", ")), true)
            }
        }
    }
}

/// The text that writes a label, with a bracket where a structure follows. `next` is what stands behind it already.
pub(super) fn label(
    name: &str,
    structure: bool,
    next: Option<SyntaxKind>,
    snippets: bool,
) -> (String, bool) {
    match (next, structure && snippets) {
        (Some(SyntaxKind::COLON), _) => (name.to_owned(), false),
        (_, true) => (format!("{name}: ($0)"), true),
        (_, false) => (format!("{name}: "), false),
    }
}

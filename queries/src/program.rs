//! A program ready to run: the circuits of everything that an entry function can reach.
//!
//! It is plain data without a database behind it, so a run goes on undisturbed while its source is edited.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use ecow::EcoString;
use ko_schema::Schema;
use rustc_hash::FxHashMap;

use crate::{
    circuit::{Circuit, FunctionKey, SourceMap, StepId},
    items::Lines,
};

/// Index into [`Program::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// A function of a program.
#[derive(Debug, Clone)]
pub struct ProgramFunction {
    /// Its circuit.
    pub circuit: Arc<Circuit>,
    /// Where its steps stand.
    pub source_map: Arc<SourceMap>,
    /// The file that it stands in, as the caller named it (a path or URI); empty for the idioms and the library.
    pub file: EcoString,
    /// Line and column (both from 1, columns in code points) of the expression of each step.
    pub positions: Positions,
    /// What is wrong with steps that are in error, where a program may have such steps; they fail when they run.
    pub mistakes: Vec<(StepId, String)>,
}

/// The functions that an entry function can reach, linked.
#[derive(Debug, Clone)]
pub struct Program {
    /// All functions.
    pub functions: Vec<ProgramFunction>,
    /// Where each function is in `functions`.
    pub index: FxHashMap<FunctionKey, FunctionId>,
    /// The schema that the gates come from.
    pub schema: Schema,
}

impl Program {
    /// The function with this key.
    pub fn find(&self, key: &FunctionKey) -> Option<FunctionId> {
        self.index.get(key).copied()
    }

    /// The function with this id.
    pub fn function(&self, id: FunctionId) -> &ProgramFunction {
        &self.functions[id.0 as usize]
    }
}

/// Line and column (both from 1, columns in code points) of the expression of each step of a function, as a slice. Most runs
/// never ask, so they are found when somebody does.
#[derive(Debug, Clone)]
pub struct Positions(Arc<Places>);

#[derive(Debug)]
struct Places {
    found: OnceLock<Box<[(u32, u32)]>>,
    /// What they are found in, unless they are known from the start.
    source: Option<(Arc<SourceMap>, Arc<NumberedText>)>,
}

/// A text whose lines are counted when somebody asks for one, for all functions in it together.
#[derive(Debug)]
pub(crate) struct NumberedText {
    text: Arc<str>,
    lines: OnceLock<Lines>,
}

impl NumberedText {
    pub(crate) fn new(text: Arc<str>) -> NumberedText {
        NumberedText { text, lines: OnceLock::new() }
    }
}

impl Positions {
    /// Those of the steps of a map of this text.
    pub(crate) fn new(map: Arc<SourceMap>, text: Arc<NumberedText>) -> Positions {
        Positions(Arc::new(Places { found: OnceLock::new(), source: Some((map, text)) }))
    }
}

impl Deref for Positions {
    type Target = [(u32, u32)];

    fn deref(&self) -> &[(u32, u32)] {
        self.0.found.get_or_init(|| {
            let Some((map, text)) = &self.0.source else { return Box::default() };
            let lines = text.lines.get_or_init(|| Lines::new(&text.text));
            map.steps.iter().map(|range| lines.position(&text.text, range.start())).collect()
        })
    }
}

impl FromIterator<(u32, u32)> for Positions {
    fn from_iter<T: IntoIterator<Item = (u32, u32)>>(places: T) -> Positions {
        let found = OnceLock::from(places.into_iter().collect::<Box<[_]>>());
        Positions(Arc::new(Places { found, source: None }))
    }
}

impl PartialEq for Positions {
    fn eq(&self, other: &Positions) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for Positions {}

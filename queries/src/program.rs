//! A program ready to run: the circuits of everything that an entry function can reach.
//!
//! It is plain data without a database behind it, so a run goes on undisturbed while its source is edited.

use std::sync::Arc;

use ecow::EcoString;
use ko_schema::Schema;
use rustc_hash::FxHashMap;

use crate::circuit::{Circuit, FunctionKey, SourceMap, StepId};

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
    pub positions: Arc<[(u32, u32)]>,
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

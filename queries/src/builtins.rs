//! The builtins of the language, declared once: the checker, the documentation, completion and the evaluator
//! read this table.

/// Index into [`BUILTINS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltinId(pub u16);

//! Varieties: functions as values, with arguments attached.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use ko_queries::{builtins::BuiltinId, circuit::FunctionKey, program::FunctionId};
use ko_schema::GateId;

use super::{BuildError, MAX_DEPTH, Value, extent::Extent};
use crate::{account::Charge, memory::Memory, memory::MemoryMethod, stack, task::Task};

/// A function or gate with arguments attached (specification §5.2).
#[derive(Debug)]
pub struct Variety {
    /// What is called.
    pub callable: Callable,
    /// The arguments in order; names differ, values may be Empty.
    pub arguments: Vec<Argument>,
    pub(super) extent: Extent,
    _charge: Charge,
}

/// An argument of a variety.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its name; `None` for the unlabelled one.
    pub name: Option<EcoString>,
    /// Its value.
    pub value: Value,
}

/// What a variety calls.
#[derive(Debug, Clone)]
pub enum Callable {
    /// A function written in Ko. The id belongs to the program of the run, the key says what it is.
    Function(FunctionId, FunctionKey),
    /// A builtin and its display name.
    Builtin(BuiltinId, EcoString),
    /// A gate and its name.
    Gate(GateId, EcoString),
    /// The empty operator.
    Join,
    /// `Wait` of a task that `Spin` started.
    Wait(Arc<Task>),
    /// A method of a memory.
    Memory(Arc<Memory>, MemoryMethod),
}

impl Callable {
    /// The name that printing shows (specification §8.3).
    pub fn display_name(&self) -> EcoString {
        match self {
            Callable::Function(_, key) => eco_format!("{}.{}", key.package, key.name),
            Callable::Builtin(_, name) | Callable::Gate(_, name) => name.clone(),
            Callable::Join => "Join".into(),
            Callable::Wait(_) => "Wait".into(),
            Callable::Memory(memory, method) => eco_format!("{}_{}", memory.name(), method.name()),
        }
    }

    /// Whether both are the same function or the same method of the same instance (§11, Q14).
    pub fn is_same(&self, other: &Callable) -> bool {
        match (self, other) {
            (Callable::Function(_, a), Callable::Function(_, b)) => a == b,
            (Callable::Builtin(a, _), Callable::Builtin(b, _)) => a == b,
            (Callable::Gate(a, _), Callable::Gate(b, _)) => a == b,
            (Callable::Join, Callable::Join) => true,
            (Callable::Wait(a), Callable::Wait(b)) => Arc::ptr_eq(a, b),
            (Callable::Memory(a, m), Callable::Memory(b, n)) => Arc::ptr_eq(a, b) && m == n,
            _ => false,
        }
    }
}

impl Variety {
    /// A function without arguments.
    pub fn bare(callable: Callable) -> Variety {
        Variety {
            callable,
            arguments: Vec::new(),
            extent: Extent::NONE,
            _charge: Charge::new(size_of::<Variety>()),
        }
    }

    /// A function with these arguments, whose names differ.
    ///
    /// # Errors
    /// [`BuildError::TooDeep`].
    pub fn new(callable: Callable, arguments: Vec<Argument>) -> Result<Variety, BuildError> {
        let extent = Extent {
            type_parts: 1,
            ..Extent::of(arguments.iter().map(|argument| &argument.value))
        };
        if extent.depth > MAX_DEPTH {
            return Err(BuildError::TooDeep);
        }
        let charge = Charge::new(size_of::<Variety>() + arguments.len() * size_of::<Argument>());
        Ok(Variety { callable, arguments, extent, _charge: charge })
    }

    /// The argument of this name.
    pub fn argument(&self, name: Option<&str>) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|argument| argument.name.as_deref() == name)
            .map(|argument| &argument.value)
    }
}

impl Drop for Variety {
    fn drop(&mut self) {
        if stack::is_deep(self.extent.depth) {
            stack::drop_with_room(std::mem::take(&mut self.arguments));
        }
    }
}

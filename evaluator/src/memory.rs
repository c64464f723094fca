//! `Memory`: the only state that a Ko program can change (specification §5.8, §7.1).

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use ecow::{EcoString, eco_format};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::{
    account::Charge,
    cycles::Holder,
    value::{BuildError, Value},
    watch::Watch,
};

/// Bytes that an entry takes beside its key and value, at a guess.
const ENTRY: usize = 80;

/// A store of values by key, shared by reference.
#[derive(Debug)]
pub struct Memory {
    id: u64,
    entries: Mutex<Entries>,
}

type Entries = IndexMap<Value, (Value, Charge), FxBuildHasher>;

/// The methods of a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemoryMethod {
    /// Stores a value and returns the previous one.
    Remember,
    /// Returns a stored value.
    Recall,
    /// Returns all entries.
    Flush,
}

impl MemoryMethod {
    /// Its name in Ko.
    pub fn name(self) -> &'static str {
        match self {
            MemoryMethod::Remember => "Remember",
            MemoryMethod::Recall => "Recall",
            MemoryMethod::Flush => "Flush",
        }
    }
}

impl Memory {
    /// An empty memory.
    #[allow(clippy::new_without_default, reason = "each one is different from all others")]
    pub fn new() -> Memory {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Memory { id: NEXT.fetch_add(1, Ordering::Relaxed), entries: Mutex::default() }
    }

    /// A name that no other memory of this process has.
    pub fn name(&self) -> EcoString {
        eco_format!("memory{}", self.id)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Each change is one call on the map, so it is whole even after a panic elsewhere.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores `value` under `key`, or removes the entry if `value` is Empty. Returns what was stored before.
    pub fn remember(&self, key: Value, value: Value) -> Value {
        let mut entries = self.entries();
        let previous = if value.is_empty() {
            entries.shift_remove(&key)
        } else {
            entries.insert(key, (value, Charge::new(ENTRY)))
        };
        drop(entries);
        previous.map(|(value, _)| value).unwrap_or_default()
    }

    /// What is stored under `key`, or `otherwise`.
    pub fn recall(&self, key: &Value, otherwise: Value) -> Value {
        self.entries().get(key).map(|(value, _)| value.clone()).unwrap_or(otherwise)
    }

    /// All entries in the order in which their keys came, as a sequence of `(key: k, value: v)`.
    ///
    /// # Errors
    /// When the entries have no common type.
    pub fn flush(&self) -> Result<Value, BuildError> {
        self.flush_watched(&mut Watch::never())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries().len()
    }

    /// As [`Memory::flush`]; only some of the entries if the walk was stopped.
    pub(crate) fn flush_watched(&self, watch: &mut Watch<'_>) -> Result<Value, BuildError> {
        let entries: Vec<(Value, Value)> =
            self.entries().iter().map(|(k, (v, _))| (k.clone(), v.clone())).collect();
        Value::sequence(
            entries
                .into_iter()
                .take_while(|_| watch.go_on())
                .map(|(key, value)| Value::structure([("key", key), ("value", value)]))
                .collect(),
        )
    }
}

impl Holder for Memory {
    fn let_go(&self) {
        let entries = std::mem::take(&mut *self.entries());
        drop(entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_until_told_otherwise() {
        let memory = Memory::new();
        assert!(memory.remember(Value::int(1), Value::string("a")).is_empty());
        assert_eq!(memory.remember(Value::int(1), Value::string("b")), Value::string("a"));
        assert_eq!(memory.recall(&Value::int(1), Value::Empty), Value::string("b"));
        assert_eq!(memory.flush().unwrap().elements().len(), 1);
        assert_eq!(memory.remember(Value::int(1), Value::Empty), Value::string("b"));
        assert_eq!(memory.recall(&Value::int(1), Value::int(9)), Value::int(9));
        assert!(memory.flush().unwrap().is_empty());
    }
}

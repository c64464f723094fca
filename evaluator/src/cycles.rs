//! What of a run may hold itself, and so would never die by itself: a memory that remembers itself, a task whose result
//! has its own `Wait`. When the run is over they are emptied.

use std::sync::{Mutex, PoisonError, Weak};

use crate::value::Value;

/// Something shared by reference that can come to hold itself.
pub(crate) trait Holder: Send + Sync {
    /// Lets go of everything that it holds, and drops that without a lock: it may be the last that holds this one.
    fn let_go(&self);
}

/// All of them that a run made, if they still live.
#[derive(Default)]
pub(crate) struct Cycles(Mutex<Vec<Weak<dyn Holder>>>);

/// A value of more parts is not searched for functions.
const SEARCHED: u32 = 100_000;

impl Cycles {
    /// Adds one.
    pub(crate) fn add(&self, holder: Weak<dyn Holder>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == all.capacity() {
            all.retain(|it| it.strong_count() > 0);
        }
        all.push(holder);
    }

    /// Empties them all when the run is over, unless its result has functions, through which they may still be used.
    pub(crate) fn close(&self, result: Option<&Value>) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if !result.is_some_and(may_have_function) {
            all.iter().filter_map(Weak::upgrade).for_each(|holder| holder.let_go());
        }
    }
}

/// Whether there may be a function or a value of the host in a value.
pub(crate) fn may_have_function(value: &Value) -> bool {
    if !matches!(
        value,
        Value::Sequence(_) | Value::Structure(_) | Value::Variety(_) | Value::Opaque(_)
    ) {
        return false;
    }
    if value.parts() > SEARCHED {
        return true;
    }
    // Not by recursion: values nest deeply.
    let mut todo = vec![value];
    while let Some(value) = todo.pop() {
        match value {
            Value::Variety(_) | Value::Opaque(_) => return true,
            Value::Sequence(sequence) => todo.extend(sequence.elements()),
            Value::Structure(structure) => {
                todo.extend(structure.fields().iter().map(|field| &field.value));
            }
            _ => {}
        }
    }
    false
}

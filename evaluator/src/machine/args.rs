//! The arguments of an invocation, as pairs of name and value.

use ecow::EcoString;
use smallvec::SmallVec;

use super::{Outcome, error};
use crate::value::{Field, Value, Variety};

/// Arguments in order; names differ, at most one has none.
#[derive(Debug, Default)]
pub(crate) struct Args<'a>(SmallVec<[(Option<&'a str>, Value); 4]>);

/// The error of giving an argument that is there already.
pub(super) fn duplicate<T>(name: Option<&str>) -> Outcome<T> {
    match name {
        Some(name) => {
            error(format!("the argument {name} is set already; each argument can be set once"))
        }
        None => error("the unlabelled argument is set already; each argument can be set once"),
    }
}

impl<'a> Args<'a> {
    /// The arguments that a variety carries.
    pub(super) fn of_variety(variety: &'a Variety) -> Args<'a> {
        Args(
            variety
                .arguments
                .iter()
                .map(|argument| (argument.name.as_deref(), argument.value.clone()))
                .collect(),
        )
    }

    /// Adds an argument whose name is known to be new.
    pub(super) fn push(&mut self, name: Option<&'a str>, value: Value) {
        self.0.push((name, value));
    }

    /// Adds an argument.
    ///
    /// # Errors
    /// When there is one of that name, even an Empty one.
    pub(super) fn push_new(&mut self, name: Option<&'a str>, value: Value) -> Outcome<()> {
        if self.0.iter().any(|(other, _)| *other == name) {
            return duplicate(name);
        }
        self.push(name, value);
        Ok(())
    }

    fn take_at(&mut self, name: Option<&str>) -> Option<Value> {
        self.0.iter_mut().find(|(other, _)| *other == name).map(|(_, value)| std::mem::take(value))
    }

    /// The argument of this name, if it was given.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.take_at(Some(name))
    }

    /// The argument for a parameter (specification §5.3): a named one wins, even if it is Empty.
    pub(crate) fn take_param(&mut self, name: &str, monadic: bool) -> Option<Value> {
        self.take_at(Some(name)).or_else(|| if monadic { self.take_at(None) } else { None })
    }

    /// The argument for the monadic parameter of what is a gate in the reference: there the unlabelled one wins.
    pub(crate) fn take_unlabelled_or(&mut self, name: &str) -> Option<Value> {
        self.take_at(None).or_else(|| self.take_at(Some(name)))
    }

    /// All arguments as a structure: the unlabelled one is the field without a name.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (Option<EcoString>, Value)> + use<'a> {
        self.0.into_iter().map(|(name, value)| (name.map(EcoString::from), value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any argument is Empty.
    pub(crate) fn any_empty(&self) -> bool {
        self.0.iter().any(|(_, value)| value.is_empty())
    }

    /// The empty operator (specification §5.5).
    pub(crate) fn join(mut self) -> Outcome {
        if let Some(value) = self.take_at(None) {
            return Ok(value);
        }
        let fields = self.0.into_iter().filter(|(_, value)| !value.is_empty());
        let fields =
            fields.map(|(name, value)| Field { name: name.unwrap_or_default().into(), value });
        Value::try_structure(fields.collect()).or_else(|reason| error(reason.to_string()))
    }
}

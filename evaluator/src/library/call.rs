//! The arguments of a call of a gate of the library, and what it may do with the run.

use ecow::EcoString;
use ko_queries::builtins::{BuiltinId, BuiltinInfo};
use smallvec::SmallVec;

use crate::{
    failure::Failure,
    host::Effect,
    machine::{Args, Machine, Outcome, describe, error},
    value::{Bytes, IntType, Opaque, Value},
};

/// One call. For an argument that is absent, the value that means "none" is taken: the empty text, no element, 0, false
/// (specification §6.4); an Empty argument counts as absent.
pub(crate) struct Call<'c, 'r> {
    /// The machine that runs the call.
    pub(crate) machine: &'c mut Machine<'r>,
    id: BuiltinId,
    /// The arguments, in the order of the parameters.
    values: SmallVec<[Value; 4]>,
}

impl<'c, 'r> Call<'c, 'r> {
    pub(super) fn new(machine: &'c mut Machine<'r>, id: BuiltinId, mut args: Args<'_>) -> Self {
        let params = id.info().params.iter();
        let values = params.map(|param| {
            let value = match param.monadic {
                true => args.take_unlabelled_or(param.name),
                false => args.take(param.name),
            };
            value.unwrap_or_default()
        });
        Call { machine, id, values: values.collect() }
    }

    pub(crate) fn has_secret(&self) -> bool {
        self.values.iter().any(Value::has_secret)
    }

    fn info(&self) -> &'static BuiltinInfo {
        self.id.info()
    }

    /// What messages call the gate, such as `strings.Join`.
    pub(crate) fn name(&self) -> EcoString {
        super::name(self.id)
    }

    /// An error that begins with the name of the gate.
    pub(crate) fn fail<T>(&self, message: impl AsRef<str>) -> Outcome<T> {
        error(format!("{} {}", self.name(), message.as_ref()))
    }

    fn index(&self, param: &str) -> Option<usize> {
        let index = self.info().params.iter().position(|it| it.name == param);
        debug_assert!(index.is_some(), "{} declares no parameter {param}", self.name());
        index
    }

    /// Whether the gate has a parameter of this name.
    pub(crate) fn declares(&self, param: &str) -> bool {
        self.info().params.iter().any(|it| it.name == param)
    }

    /// The argument; Empty if it is absent. A second time it is Empty.
    pub(crate) fn take(&mut self, param: &str) -> Value {
        let index = self.index(param);
        index.map(|index| std::mem::take(&mut self.values[index])).unwrap_or_default()
    }

    /// The argument; Empty if it is absent.
    pub(crate) fn arg(&self, param: &str) -> &Value {
        const EMPTY: &Value = &Value::Empty;
        self.index(param).map_or(EMPTY, |index| &self.values[index])
    }

    /// Says that an argument is of the wrong kind.
    pub(crate) fn wrong<T>(&self, param: &str, wanted: &str, value: &Value) -> Outcome<T> {
        self.fail(format!("needs {wanted} as its argument `{param}`, not {}", describe(value)))
    }

    /// The bytes of a string or blob; none if the argument is absent.
    pub(crate) fn bytes(&self, param: &str) -> Outcome<&[u8]> {
        match self.arg(param) {
            Value::Empty => Ok(&[]),
            Value::String(bytes) | Value::Blob(bytes) => Ok(bytes.as_slice()),
            // One element is as good as the element (specification §5.6).
            Value::Sequence(sequence) if sequence.elements().len() == 1 => {
                match &sequence.elements()[0] {
                    Value::String(bytes) | Value::Blob(bytes) => Ok(bytes.as_slice()),
                    other => self.wrong(param, "a string", other),
                }
            }
            other => self.wrong(param, "a string", other),
        }
    }

    /// The text of a string; empty if the argument is absent. What is not UTF-8 is replaced.
    pub(crate) fn text(&self, param: &str) -> Outcome<String> {
        Ok(String::from_utf8_lossy(self.bytes(param)?).into_owned())
    }

    /// As [`Call::text`], with another text for an argument that is absent.
    pub(crate) fn text_or(&self, param: &str, default: &str) -> Outcome<String> {
        if self.arg(param).is_empty() { Ok(default.to_owned()) } else { self.text(param) }
    }

    /// The bytes of each string of a sequence, or of one string; none if the argument is absent.
    pub(crate) fn list(&self, param: &str) -> Outcome<Vec<&[u8]>> {
        Ok(self.strings(param)?.into_iter().map(Bytes::as_slice).collect())
    }

    /// As [`Call::list`], without reading the strings.
    pub(crate) fn strings(&self, param: &str) -> Outcome<Vec<&Bytes>> {
        let elements = self.arg(param).elements().iter();
        elements
            .map(|element| match element {
                Value::String(bytes) | Value::Blob(bytes) => Ok(bytes),
                other => self.wrong(param, "strings", other),
            })
            .collect()
    }

    /// An integer of any width that fits 64 bits; `default` if the argument is absent.
    pub(crate) fn int(&self, param: &str, default: i64) -> Outcome<i64> {
        match self.arg(param) {
            Value::Empty => Ok(default),
            Value::Int(IntType::Uint64, bits) if *bits < 0 => self.fail(format!(
                "cannot take {} as its argument `{param}`: it is too large",
                *bits as u64
            )),
            Value::Int(_, number) => Ok(*number),
            other => self.wrong(param, "an integer", other),
        }
    }

    /// The content of a value of the host, which `wanted` describes; an error if the argument is something else.
    pub(crate) fn opaque<T: 'static>(&self, param: &str, wanted: &str) -> Outcome<&T> {
        match self.arg(param) {
            Value::Opaque(opaque) => {
                let content = Opaque::content(opaque);
                content.map_or_else(|| self.wrong(param, wanted, self.arg(param)), Ok)
            }
            other => self.wrong(param, wanted, other),
        }
    }

    /// To be asked before a gate does something outside of the program.
    ///
    /// # Errors
    /// When the run may not do it.
    pub(crate) fn allow(&self, effect: Effect) -> Outcome<()> {
        if self.machine.run.options.host.allows(effect) {
            return Ok(());
        }
        self.fail(format!(
            "may not {} in this run; allow it with --allow={}, in an editor with the setting ko.run.allow",
            effect.describe(),
            effect.name()
        ))
    }

    /// Waits for a future, but not longer than the run lasts.
    ///
    /// # Errors
    /// That of the future, or that the run must end.
    pub(crate) fn wait<T>(
        &mut self,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> Outcome<T> {
        self.machine.wait(future)
    }

    /// Calls a function of the program that is an argument.
    pub(crate) fn call(
        &mut self,
        param: &str,
        function: &Value,
        arguments: &mut [(Option<&str>, Value)],
    ) -> Outcome {
        let what = format!("the argument `{param}` of {}", self.name());
        self.machine.call_value(&what, function, arguments)
    }
}

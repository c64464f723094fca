//! How the evaluator calls a gate: the trait that stands between running circuits and Kubernetes.

use std::sync::Arc;

use ecow::EcoString;
use futures_util::future::BoxFuture;
use ko_queries::program::Program;
use ko_schema::{Gate, GateParam, Schema};

use crate::{cancel::CancelToken, failure::Failure, value::Value};

/// The arguments of a gate call: names differ, at most one has none, none starts with `_`.
#[derive(Debug, Clone, Default)]
pub struct GateArgs(pub Vec<(Option<EcoString>, Value)>);

impl GateArgs {
    /// The argument of this name, present even if it is Empty.
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other.as_deref() == Some(name)).map(|(_, value)| value)
    }

    /// The unlabelled argument.
    pub fn unlabelled(&self) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name.is_none()).map(|(_, value)| value)
    }

    /// The argument for a parameter: for the monadic one the unlabelled argument wins over a named one
    /// (specification §5.3); then its name, then its aliases.
    pub fn get(&self, param: &GateParam) -> Option<&Value> {
        let unlabelled = if param.monadic { self.unlabelled() } else { None };
        unlabelled
            .or_else(|| self.named(&param.name))
            .or_else(|| param.aliases.iter().find_map(|alias| self.named(alias)))
    }
}

/// What a gate may know and do while it runs.
#[derive(Clone)]
pub struct CallContext {
    /// The program that calls.
    pub program: Arc<Program>,
    /// Raised when the run is cancelled. The evaluator also drops the future of the call then.
    pub cancel: CancelToken,
    pub(crate) progress: Arc<dyn Fn(String) + Send + Sync>,
    pub(crate) caller: Option<Caller>,
}

/// Calls a function of the program, named in errors by the text, with an unlabelled argument.
pub(crate) type Caller = Arc<dyn Fn(&str, &Value, Value) -> Result<Value, Failure> + Send + Sync>;

impl CallContext {
    /// A context outside of a run; what is reported goes to `progress`.
    pub fn new(
        program: Arc<Program>,
        cancel: CancelToken,
        progress: impl Fn(String) + Send + Sync + 'static,
    ) -> CallContext {
        CallContext { program, cancel, progress: Arc::new(progress), caller: None }
    }

    /// Says how far the call is, such as `2 of 3 pods ready`.
    pub fn progress(&self, message: impl Into<String>) {
        (self.progress)(message.into());
    }

    /// Calls a function of the program that a gate was given, such as the one in `until`, with an unlabelled argument.
    /// `what` names it in errors. Blocks until it returns.
    ///
    /// # Errors
    ///
    /// Whatever the function fails with; an error outside of a run, or if the value is no function.
    pub fn call(&self, what: &str, function: &Value, argument: Value) -> Result<Value, Failure> {
        match &self.caller {
            Some(caller) => caller(what, function, argument),
            None => Err(Failure::error(format!("{what} can be called in a run only"))),
        }
    }

    /// The schema that the program was checked against.
    pub fn schema(&self) -> &Schema {
        &self.program.schema
    }
}

/// Something that carries out gates: against a cluster, a sandbox, a plan or a recording.
pub trait GateRunner: Send + Sync {
    /// Calls a gate. Arguments that the gate does not declare are to be ignored. The future may be dropped before
    /// it completes, when the run is cancelled.
    fn call<'a>(
        &'a self,
        gate: &'a Gate,
        args: GateArgs,
        context: &'a CallContext,
    ) -> BoxFuture<'a, Result<Value, Failure>>;

    /// Time on the clock of the cluster since some fixed point, for events.
    fn now(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    /// Completes when the clock of the cluster has advanced by `duration`; nothing if there is no such clock, and real
    /// time is the only one.
    fn sleep(&self, duration: std::time::Duration) -> Option<BoxFuture<'_, ()>> {
        let _ = duration;
        None
    }
}

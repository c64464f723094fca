//! How the evaluator calls a gate: the trait that stands between running circuits and Kubernetes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecow::EcoString;
use futures_util::future::BoxFuture;
use ko_queries::program::Program;
use ko_schema::{Gate, GateParam, Schema};
use tokio::sync::Notify;

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
    /// Raised when the run is cancelled. The evaluator also drops the future of the call then, or as soon as the server
    /// has answered a write that is under way.
    pub cancel: CancelToken,
    pub(crate) progress: Arc<dyn Fn(String) + Send + Sync>,
    pub(crate) caller: Option<Caller>,
    pub(crate) writes: Arc<Writes>,
}

/// What a call writes. A request that may change something is not given up when the run is cancelled: whoever cancels
/// wants to know what was done.
#[derive(Default)]
pub(crate) struct Writes {
    state: Mutex<WritesState>,
    idle: Notify,
}

#[derive(Default)]
struct WritesState {
    open: Vec<String>,
    done: Vec<String>,
}

impl Writes {
    /// Notes that a write is under way, until what this returns is dropped. `what` says what it does, such as
    /// `create Pod a`.
    pub(crate) fn begin(self: &Arc<Self>, what: String) -> OpenWrite {
        self.state().open.push(what.clone());
        OpenWrite { writes: self.clone(), what }
    }

    /// Notes what was done: `created Pod a`.
    pub(crate) fn note(&self, what: String) {
        self.state().done.push(what);
    }

    /// Whether a write is under way.
    pub(crate) fn under_way(&self) -> bool {
        !self.state().open.is_empty()
    }

    /// Completes when no write is under way.
    pub(crate) async fn finished(&self) {
        loop {
            let mut notified = std::pin::pin!(self.idle.notified());
            notified.as_mut().enable();
            if self.state().open.is_empty() {
                return;
            }
            notified.await;
        }
    }

    /// What was done and what nobody knows the outcome of, for the message of a run that ends here.
    pub(crate) fn told(&self) -> Option<String> {
        let state = self.state();
        let mut parts = Vec::new();
        if !state.done.is_empty() {
            parts.push(format!("before that it {}", state.done.join(", ")));
        }
        if !state.open.is_empty() {
            let open = state.open.join(", ");
            parts.push(format!("the server has not answered whether it did: {open}"));
        }
        if parts.is_empty() { None } else { Some(parts.join("; ")) }
    }

    fn state(&self) -> MutexGuard<'_, WritesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that is under way.
pub(crate) struct OpenWrite {
    writes: Arc<Writes>,
    what: String,
}

impl Drop for OpenWrite {
    fn drop(&mut self) {
        let mut state = self.writes.state();
        if let Some(at) = state.open.iter().position(|it| *it == self.what) {
            state.open.remove(at);
        }
        drop(state);
        self.writes.idle.notify_waiters();
    }
}

/// Calls a function of the program, named in errors by the text.
pub(crate) type Caller =
    Arc<dyn Fn(&str, &Value, Arguments) -> Result<Value, Failure> + Send + Sync>;

/// The arguments of such a call.
pub(crate) type Arguments = Vec<(Option<&'static str>, Value)>;

impl CallContext {
    /// A context outside of a run; what is reported goes to `progress`.
    pub fn new(
        program: Arc<Program>,
        cancel: CancelToken,
        progress: impl Fn(String) + Send + Sync + 'static,
    ) -> CallContext {
        let (progress, writes) = (Arc::new(progress), Arc::default());
        CallContext { program, cancel, progress, caller: None, writes }
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
        self.call_with(what, function, argument, [])
    }

    /// As [`CallContext::call`], with further arguments.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn call_with<const N: usize>(
        &self,
        what: &str,
        function: &Value,
        argument: Value,
        named: [(&'static str, Value); N],
    ) -> Result<Value, Failure> {
        let named = named.into_iter().map(|(name, value)| (Some(name), value));
        let arguments = [(None, argument)].into_iter().chain(named).collect();
        match &self.caller {
            Some(caller) => caller(what, function, arguments),
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
    /// it completes, when the run is cancelled; a write that is under way is waited for.
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

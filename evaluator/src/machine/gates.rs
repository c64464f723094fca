//! Calling gates: where running a program meets async code.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ko_schema::GateId;

use super::{Args, DEFECT, Inherited, Machine, Outcome, Run, error, guarded};
use crate::{
    cancel::CancelToken,
    event::Event,
    failure::{Failure, FailureKind},
    gate_call::{CallContext, Caller, GateArgs, Writes},
    stack,
    value::Value,
};

/// How long a run that must end waits for the answer to a write that is under way.
const GRACE: Duration = Duration::from_secs(30);

impl Machine<'_> {
    /// Calls a gate and waits for it, but not longer than the run lasts.
    pub(super) fn call_gate(&mut self, id: GateId, args: Args<'_>) -> Outcome {
        let run = self.run;
        let Some(gate) = run.program.schema.find_gate(id) else {
            return error(
                "this gate is of another schema; check the program again before running it",
            );
        };
        let Some(runner) = run.options.gates.clone() else {
            return error(format!(
                "{} needs Kubernetes, and this run has none; run it in the sandbox or against a cluster",
                gate.name
            ));
        };
        self.check()?;
        let context = CallContext {
            program: run.program.clone(),
            cancel: self.cancel().clone(),
            progress: self.progress(),
            caller: Some(self.caller()),
            writes: Arc::default(),
        };
        let (gates, writes) = (runner.clone(), context.writes.clone());
        let call =
            async move { gates.call(gate, GateArgs(args.into_pairs().collect()), &context).await };
        self.wait_for(call, Some(&writes)).map_err(|mut failure| {
            let ends = !matches!(failure.kind, FailureKind::Panic(_));
            if let Some(told) = writes.told().filter(|_| ends) {
                failure.message = format!("{}: {}: {told}", failure.message, gate.name);
            }
            failure
        })
    }

    /// Waits for a future, but not longer than the run lasts: it is dropped when the run is cancelled or its time is up.
    ///
    /// # Errors
    /// That of the future, or that the run must end.
    pub(crate) fn wait<T>(
        &mut self,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> Outcome<T> {
        self.wait_for(future, None)
    }

    /// As [`Machine::wait`]; but while one of `writes` is under way the future is dropped only after [`GRACE`].
    fn wait_for<T>(
        &mut self,
        future: impl Future<Output = Result<T, Failure>>,
        writes: Option<&Writes>,
    ) -> Outcome<T> {
        let run = self.run;
        let deadline = run.deadline.map(tokio::time::Instant::from_std);
        let cancel = self.cancel().clone();
        let call = async {
            let mut future = std::pin::pin!(future);
            let ended = tokio::select! {
                biased;
                () = cancel.cancelled() => Failure::cancelled(),
                result = &mut future => return result,
                () = async {
                    match deadline {
                        Some(deadline) => tokio::time::sleep_until(deadline).await,
                        None => std::future::pending().await,
                    }
                } => Failure::error("time is up"),
            };
            let Some(writes) = writes else { return Err(ended) };
            tokio::select! {
                biased;
                // What it has done already is known before the run ends.
                result = &mut future, if writes.under_way() => result,
                () = writes.finished() => Err(ended),
                () = tokio::time::sleep(GRACE) => Err(ended),
            }
        };
        let result = match &run.options.runtime {
            Some(handle) => handle.block_on(call),
            None => {
                let runtime = match self.runtime.take() {
                    Some(runtime) => runtime,
                    None => {
                        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                            Ok(runtime) => runtime,
                            Err(reason) => {
                                return error(format!(
                                    "the system gives no event loop for gates: {reason}"
                                ));
                            }
                        }
                    }
                };
                let result = runtime.block_on(call);
                self.runtime = Some(runtime);
                result
            }
        };
        if result.is_err() && run.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return self.time_is_up();
        }
        result.map_err(Box::new)
    }

    /// Lets a gate call functions of the program. They run on a thread of their own: they may call gates, too, and this
    /// thread is busy with one.
    fn caller(&self) -> Caller {
        let remote = self.remote();
        Arc::new(move |what, function, arguments| {
            let (remote, what, function) = (remote.clone(), what.to_owned(), function.clone());
            let call = move || remote.call(&what, &function, arguments);
            match stack::spawn("ko-call", call) {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err(Failure::error(DEFECT))),
                Err(reason) => Err(Failure::error(format!("the system gives no thread: {reason}"))),
            }
        })
    }

    /// Lets other threads call functions of the program as if this machine did.
    pub(crate) fn remote(&self) -> Remote {
        Remote { run: self.run.clone(), cancel: self.cancel().clone(), inherited: self.inherit() }
    }

    fn progress(&self) -> Arc<dyn Fn(String) + Send + Sync> {
        let Some(site) = self.site else { return Arc::new(|_| {}) };
        let run = self.run.clone();
        Arc::new(move |message| {
            let now = run.options.gates.as_ref().map(|gates| gates.now()).unwrap_or_default();
            run.options.observer.event(Event::Progress {
                frame: site.frame,
                function: site.function,
                step: site.step,
                message,
                cluster_time: now.saturating_sub(run.cluster_start),
            });
        })
    }
}

/// What another thread needs to call functions of the program.
#[derive(Clone)]
pub(crate) struct Remote {
    run: Arc<Run>,
    cancel: CancelToken,
    inherited: Inherited,
}

impl Remote {
    /// Calls a function on this thread, which must have a [large stack](stack::spawn). `what` names it in errors.
    ///
    /// # Errors
    /// Whatever the function fails with; defects inside become errors.
    pub(crate) fn call(
        &self,
        what: &str,
        function: &Value,
        mut arguments: Vec<(Option<&str>, Value)>,
    ) -> Result<Value, Failure> {
        let outcome = guarded(|| {
            let mut machine =
                Machine::new(&self.run, Some(self.cancel.clone())).with_inherited(&self.inherited);
            machine.call_value(what, function, &mut arguments)
        });
        outcome.map_err(|failure| *failure)
    }

    /// Writes a line on standard error of the program, if its limit of output allows.
    pub(crate) fn report(&self, line: String) {
        // Beyond the limit nobody is told; the program itself finds out when it writes.
        let _ = self.run.write(line, true);
    }
}

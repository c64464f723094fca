//! Running one invocation with its ready steps at the same time (specification §5.1, `Parallel`).
//!
//! The calling thread works too, so the invocation goes on even when the pool has no thread to spare. The first
//! failure wins; what still runs then is cancelled.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ko_queries::program::FunctionId;

use super::{Args, Inherited, Machine, Operand, Outcome, Run, Site, progress};
use crate::{
    cancel::CancelToken,
    deadlock,
    event::FrameId,
    failure::Failure,
    pool::Job,
    value::{Callable, Value, Variety},
};

/// How often a thread without a ready step looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(20);

struct Invocation {
    run: Arc<Run>,
    function: FunctionId,
    frame: Option<FrameId>,
    cancel: CancelToken,
    inherited: Inherited,
    /// The tasks that cannot end before the invocation does.
    tasks: Vec<deadlock::Id>,
    /// For each step of the order, the ones that read it.
    readers: Vec<Vec<u32>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    slots: Vec<Value>,
    /// For each step of the order, how many of the steps that it reads have not run.
    pending: Vec<u32>,
    ready: BTreeSet<u32>,
    unfinished: usize,
    idle: usize,
    failure: Option<Box<Failure>>,
    /// For each step of the order, whether it has run.
    states: Vec<progress::State>,
}

impl Machine<'_> {
    /// Invokes a variety with its steps in parallel; what is no Ko function just runs.
    pub(crate) fn invoke_parallel(&mut self, variety: &Variety) -> Outcome {
        let mut args = Args::of_variety(variety);
        let Callable::Function(function, key) = &variety.callable else {
            return self.invoke(&variety.callable, args);
        };
        let known = self.run.program.functions.get(function.0 as usize);
        let Some(known) = known.filter(|known| known.circuit.key == *key) else {
            return self.invoke(&variety.callable, args);
        };
        let params = known.circuit.params.iter();
        let params = params
            .map(|param| args.take_param(&param.name, param.monadic).unwrap_or_default())
            .collect();
        self.call_parallel(*function, params)
    }

    fn call_parallel(&mut self, function: FunctionId, params: Vec<Value>) -> Outcome {
        let run = self.run;
        let code = run.code(function);
        let base = self.values.len();
        self.values.extend(params);
        self.enter(function, code, base)?;
        let caller = self.site;
        let cancel = self.cancel().child();
        let (readers, pending) = dependencies(code);
        let ready = pending
            .iter()
            .enumerate()
            .filter(|(_, count)| **count == 0)
            .map(|(index, _)| index as u32);
        let invocation = Arc::new(Invocation {
            run: run.clone(),
            function,
            frame: if code.observed { Some(self.enter_frame(function)) } else { None },
            cancel: cancel.clone(),
            inherited: self.inherit(),
            tasks: deadlock::current(),
            readers,
            changed: Condvar::new(),
            state: Mutex::new(State {
                slots: self.values.drain(base..).collect(),
                ready: ready.collect(),
                unfinished: pending.len(),
                states: vec![progress::State::Left; pending.len()],
                pending,
                idle: 0,
                failure: None,
            }),
        });
        let outer = self.own_cancel.replace(cancel);
        invocation.work(self);
        self.own_cancel = outer;
        self.site = caller;
        let mut state = invocation.state();
        let outcome = match state.failure.take() {
            Some(failure) => {
                // Whoever looks later must not take the invocation for whole.
                state.failure = Some(Box::new(Failure::cancelled()));
                Err(failure)
            }
            None => {
                self.values.extend(std::mem::take(&mut state.slots));
                self.result(code, base)
            }
        };
        let states = std::mem::take(&mut state.states);
        drop(state);
        let outcome = outcome.map_err(|failure| {
            let mut failure = self.located(failure);
            self.correct_steps(&mut failure.steps, function, states);
            failure
        });
        self.calls.pop();
        self.values.truncate(base);
        outcome
    }
}

/// Who reads each step of the order, and how many steps each one reads.
fn dependencies(code: &super::Code) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut place = vec![0u32; code.circuit.steps.len()];
    for (index, (step, _)) in code.order.iter().enumerate() {
        place[step.0 as usize] = index as u32;
    }
    let mut readers = vec![Vec::new(); code.order.len()];
    let mut pending = vec![0u32; code.order.len()];
    for (index, (step, _)) in code.order.iter().enumerate() {
        code.circuit.for_each_operand(*step, |operand| {
            readers[place[operand.0 as usize] as usize].push(index as u32);
            pending[index] += 1;
        });
    }
    (readers, pending)
}

impl Invocation {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change of the state is made under one lock and is whole even if a step panics: steps run without it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs ready steps until all have run or one failed.
    fn work(self: &Arc<Self>, machine: &mut Machine<'_>) {
        let run = machine.run;
        let code = run.code(self.function);
        let base = machine.values.len();
        let mut state = self.state();
        while state.unfinished > 0 && state.failure.is_none() {
            if self.cancel.is_cancelled() {
                state.failure = Some(Box::new(Failure::cancelled()));
                break;
            }
            let Some(index) = state.ready.pop_first() else {
                state.idle += 1;
                state = self
                    .changed
                    .wait_timeout(state, CANCEL_CHECK)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
                state.idle -= 1;
                continue;
            };
            if state.ready.len() > state.idle {
                self.get_help();
            }
            state.states[index as usize] = progress::State::Running;
            let (step, op) = code.order[index as usize];
            let op = op.map(|index| &code.ops[index as usize]);
            machine.values.resize(base + code.slots, Value::Empty);
            let mut copy = |operand: Operand| {
                if let Operand::Slot(slot) | Operand::Last(slot) = operand {
                    machine.values[base + slot as usize] = state.slots[slot as usize].clone();
                }
            };
            copy(code.places[step.0 as usize]);
            if let Some(op) = op {
                code.for_each_operand(&op.action, copy);
            }
            drop(state);
            let run_one = || match (self.frame, op) {
                (Some(frame), op) => {
                    machine.run_step(Site { frame, function: self.function, step }, code, base, op)
                }
                (None, Some(op)) => machine.run_op(code, base, op),
                (None, None) => Ok(()),
            };
            // A defect here must end the invocation, not leave the others waiting for this step.
            let outcome = catch_unwind(AssertUnwindSafe(run_one))
                .unwrap_or_else(|_| super::error(super::DEFECT));
            let outcome = outcome.map_err(|failure| machine.located(failure));
            state = self.state();
            match outcome {
                Ok(()) => {
                    if let Some(op) = op {
                        state.slots[op.out as usize] =
                            std::mem::take(&mut machine.values[base + op.out as usize]);
                    }
                    state.unfinished -= 1;
                    if let Some(known) = state.states.get_mut(index as usize) {
                        *known = progress::State::Ran;
                    }
                    for &reader in &self.readers[index as usize] {
                        state.pending[reader as usize] -= 1;
                        if state.pending[reader as usize] == 0 {
                            state.ready.insert(reader);
                        }
                    }
                }
                Err(failure) if state.failure.is_none() => {
                    state.failure = Some(failure);
                    self.cancel.cancel();
                }
                Err(_) => {}
            }
            machine.values.truncate(base);
            // Waking costs a call of the system, also when nobody sleeps.
            if state.idle > 0 {
                self.changed.notify_all();
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Asks the pool for one more thread.
    fn get_help(self: &Arc<Self>) {
        let invocation = self.clone();
        self.run.pool.submit(Job::Other(Box::new(move || {
            let run = invocation.run.clone();
            let machine = Machine::new(&run, Some(invocation.cancel.clone()));
            let mut machine = machine.with_inherited(&invocation.inherited);
            let _running = deadlock::running_all(&invocation.tasks);
            invocation.work(&mut machine);
        })));
    }
}

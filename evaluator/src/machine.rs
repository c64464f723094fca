//! The machine that runs prepared circuits: one per thread of a run.
//!
//! Values of running functions stand on one stack per machine; calls nest on the native stack, which is large and
//! watched. Pure steps are plain function calls; only gates touch async code.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ecow::{EcoString, eco_format};
use ko_queries::{
    circuit::StepId,
    program::{FunctionId, Program},
};

use crate::{
    cancel::CancelToken,
    event::{Event, FrameId, Outcome as StepOutcome},
    failure::{Failure, FailureKind, Frame},
    memory::MemoryMethod,
    pool::Pool,
    print,
    run::{Entry, RunOptions},
    stack,
    value::{Argument, Callable, Field, Value, Variety},
};

mod args;
mod code;
mod gates;
mod parallel;
mod selection;

pub(crate) use args::Args;
use code::{Action, Code, Group, Op, Operand};

/// What running something gives. The failure is boxed to keep results small.
pub(crate) type Outcome<T = Value> = Result<T, Box<Failure>>;

/// An error that the evaluator gives a position on its way out.
pub(crate) fn error<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Box::new(Failure::error(message)))
}

/// The message when the evaluator itself is wrong.
const DEFECT: &str = "internal error: a defect in the evaluator; please report the program";

/// Frames at each end of a trace that are kept when it is long.
const TRACE_ENDS: usize = 32;

/// Calls of a caller that a task's own trace begins with.
const INHERITED_CALLS: usize = 64;

/// What all threads of a run share.
pub(crate) struct Run {
    pub(crate) program: Arc<Program>,
    pub(crate) options: RunOptions,
    /// Raised when the run ends, with or without the caller's doing.
    pub(crate) cancel: CancelToken,
    pub(crate) pool: Pool,
    code: Box<[OnceLock<Code>]>,
    deadline: Option<Instant>,
    cluster_start: Duration,
    next_frame: AtomicU64,
    steps: AtomicU64,
    output: AtomicU64,
}

impl Run {
    pub(crate) fn new(program: Arc<Program>, options: RunOptions) -> Run {
        Run {
            cancel: options.cancel.child(),
            pool: Pool::new(options.limits.threads),
            code: program.functions.iter().map(|_| OnceLock::new()).collect(),
            deadline: options.limits.time.and_then(|time| Instant::now().checked_add(time)),
            cluster_start: options.gates.as_ref().map_or(Duration::ZERO, |gates| gates.now()),
            next_frame: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            output: AtomicU64::new(0),
            program,
            options,
        }
    }

    /// Ends everything that still runs.
    pub(crate) fn finish(&self) {
        self.cancel.cancel();
        self.pool.close();
    }

    pub(crate) fn steps_run(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    fn code(&self, function: FunctionId) -> &Code {
        self.code[function.0 as usize].get_or_init(|| {
            let observed = self.options.observer.wants_steps(function);
            code::compile(&self.program, &self.program.function(function).circuit, observed, true)
        })
    }

    /// Writes to an output of the program.
    pub(crate) fn write(&self, text: String, error: bool) -> Outcome<()> {
        let length = text.len() as u64;
        let limit = self.options.limits.output;
        if self.output.fetch_add(length, Ordering::Relaxed).saturating_add(length) > limit {
            return self::error(format!(
                "the program wrote more than its limit of {limit} bytes of output"
            ));
        }
        self.options.observer.event(Event::Output { text, error });
        Ok(())
    }
}

/// A step of an observed function: where events say that something happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) frame: FrameId,
    pub(crate) function: FunctionId,
    pub(crate) step: StepId,
}

/// Runs circuits on one thread.
pub(crate) struct Machine<'r> {
    pub(crate) run: &'r Arc<Run>,
    /// Ends what this machine runs; may be raised before that of the whole run.
    pub(crate) cancel: CancelToken,
    /// The slots of all functions that are running, innermost last.
    values: Vec<Value>,
    /// The functions that are running, each with its current step.
    calls: Vec<(FunctionId, StepId)>,
    /// The innermost observed step that is running.
    pub(crate) site: Option<Site>,
    ticks: u32,
    steps: u64,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.run.steps.fetch_add(self.steps, Ordering::Relaxed);
    }
}

/// Runs the entry of a run on this thread, which has a large stack. Defects inside become errors.
pub(crate) fn run_entry(run: &Arc<Run>, entry: Entry) -> Result<Value, Failure> {
    guarded(|| {
        let Some(function) = run.program.find(&entry.function) else {
            return error(format!(
                "the program has no function {}.{}; is its name or package misspelled?",
                entry.function.package, entry.function.name
            ));
        };
        let mut machine = Machine::new(run, run.cancel.clone());
        let params = machine.bind_entry(function, &entry.arguments);
        match &entry.selection {
            None => machine.call(function, params),
            Some(steps) => machine.run_selection(function, params, steps),
        }
    })
}

/// Runs something of ours so that a defect in it is an error rather than a crash.
pub(crate) fn guarded(body: impl FnOnce() -> Outcome) -> Result<Value, Failure> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(outcome) => outcome.map_err(|failure| *failure),
        Err(_) => Err(Failure::error(DEFECT)),
    }
}

impl<'r> Machine<'r> {
    pub(crate) fn new(run: &'r Arc<Run>, cancel: CancelToken) -> Machine<'r> {
        Machine {
            run,
            cancel,
            values: Vec::new(),
            calls: Vec::new(),
            site: None,
            ticks: 0,
            steps: 0,
            runtime: None,
        }
    }

    /// A machine for another thread that goes on where `calls` and `site` of this one are.
    pub(crate) fn inherit(&self) -> (Vec<(FunctionId, StepId)>, Option<Site>) {
        let start = self.calls.len().saturating_sub(INHERITED_CALLS);
        (self.calls[start..].to_vec(), self.site)
    }

    pub(crate) fn with_inherited(
        mut self,
        (calls, site): (Vec<(FunctionId, StepId)>, Option<Site>),
    ) -> Self {
        self.calls = calls;
        self.site = site;
        self
    }

    /// To be called often: now and then looks whether the run must end.
    #[inline]
    pub(crate) fn tick(&mut self) -> Outcome<()> {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks & 0xff == 0 { self.check() } else { Ok(()) }
    }

    /// Whether the run may go on.
    pub(crate) fn check(&mut self) -> Outcome<()> {
        let before = self.run.steps.fetch_add(self.steps, Ordering::Relaxed);
        let total = before + std::mem::take(&mut self.steps);
        if self.cancel.is_cancelled() {
            return Err(Box::new(Failure::cancelled()));
        }
        if let Some(limit) = self.run.options.limits.steps
            && total > limit
        {
            return error(format!(
                "the program ran more than its limit of {limit} steps; is there an endless loop?"
            ));
        }
        if self.run.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return self.time_is_up();
        }
        Ok(())
    }

    fn time_is_up<T>(&self) -> Outcome<T> {
        let limit = self.run.options.limits.time.unwrap_or_default();
        error(format!("the program ran longer than its limit of {} s", limit.as_secs_f64()))
    }

    /// The package of the function that is running.
    pub(crate) fn package(&self) -> EcoString {
        let function = self.calls.last().map(|(function, _)| *function);
        function
            .map(|id| self.run.program.function(id).circuit.key.package.clone())
            .unwrap_or_default()
    }

    /// The calls that are running, outermost first; where there are many, the ones in the middle are left out.
    pub(crate) fn trace(&self) -> Vec<Frame> {
        let frame = |&(function, step): &(FunctionId, StepId)| {
            let function = self.run.program.function(function);
            let (line, column) =
                function.positions.get(step.0 as usize).copied().unwrap_or_default();
            let key = &function.circuit.key;
            Frame {
                function: eco_format!("{}.{}", key.package, key.name),
                file: function.file.clone(),
                line,
                column,
                label: function
                    .circuit
                    .steps
                    .get(step.0 as usize)
                    .and_then(|step| step.label.clone()),
            }
        };
        let calls = &self.calls;
        if calls.len() <= 2 * TRACE_ENDS {
            return calls.iter().map(frame).collect();
        }
        let inner = calls.len() - TRACE_ENDS;
        calls[..TRACE_ENDS].iter().chain(&calls[inner..]).map(frame).collect()
    }

    fn bind_entry(
        &self,
        function: FunctionId,
        arguments: &[(Option<EcoString>, Value)],
    ) -> Vec<Value> {
        let find = |wanted: Option<&str>| {
            arguments
                .iter()
                .find(|(name, _)| name.as_deref() == wanted)
                .map(|(_, value)| value.clone())
        };
        let params = self.run.program.function(function).circuit.params.iter();
        params
            .map(|param| {
                find(Some(&param.name)).or_else(|| if param.monadic { find(None) } else { None })
            })
            .map(Option::unwrap_or_default)
            .collect()
    }

    /// Calls a function with the values of its parameters.
    fn call(&mut self, function: FunctionId, params: Vec<Value>) -> Outcome {
        let base = self.values.len();
        self.values.extend(params);
        self.call_at(function, base)
    }

    /// Calls a function whose parameters stand on the stack from `base` on.
    fn call_at(&mut self, function: FunctionId, base: usize) -> Outcome {
        let run = self.run;
        let code = run.code(function);
        let outcome = self.enter(function, code, base).and_then(|()| {
            let outcome = if code.observed {
                self.run_observed(function, code, base)
            } else {
                self.run_plain(code, base)
            };
            let outcome = outcome.map_err(|failure| self.located(failure));
            self.calls.pop();
            outcome
        });
        self.values.truncate(base);
        outcome
    }

    fn enter(&mut self, function: FunctionId, code: &Code, base: usize) -> Outcome<()> {
        let limit = self.run.options.limits.depth;
        if self.calls.len() >= limit || stack::is_exhausted() {
            let message = format!(
                "{} calls are nested, which is the limit; does a recursion lack its end? Choose the way on with Branch, \
                 which calls only one of two functions",
                self.calls.len()
            );
            return Err(self.located(Box::new(Failure::error(message))));
        }
        self.calls.push((function, StepId(0)));
        self.values.resize(base + code.slots, Value::Empty);
        if code.circuit.has_errors {
            let failure = Failure::error(format!(
                "the function {} has mistakes, which are reported in its source; correct them and run again",
                code.circuit.key.name
            ));
            let failure = self.located(Box::new(failure));
            self.calls.pop();
            return Err(failure);
        }
        Ok(())
    }

    /// Gives a failure that has no position yet the calls that are running.
    fn located(&self, mut failure: Box<Failure>) -> Box<Failure> {
        if failure.trace.is_empty() {
            failure.trace = self.trace();
        }
        failure
    }

    fn at_step(&mut self, step: StepId) {
        if let Some(call) = self.calls.last_mut() {
            call.1 = step;
        }
    }

    fn run_plain(&mut self, code: &Code, base: usize) -> Outcome {
        for op in &code.ops {
            self.run_op(code, base, op)?;
        }
        self.result(code, base)
    }

    #[inline]
    fn run_op(&mut self, code: &Code, base: usize, op: &Op) -> Outcome<()> {
        self.at_step(op.step);
        self.steps += 1;
        self.tick()?;
        let value = self.act(code, base, &op.action)?;
        self.values[base + op.out as usize] = value;
        Ok(())
    }

    fn result(&mut self, code: &Code, base: usize) -> Outcome {
        match code.result {
            Some(Operand::Constant(index)) => Ok(code.constants[index as usize].clone()),
            Some(Operand::Slot(slot) | Operand::Last(slot)) => {
                Ok(std::mem::take(&mut self.values[base + slot as usize]))
            }
            None => error(format!(
                "the function {} has no step `return`; add one",
                code.circuit.key.name
            )),
        }
    }

    fn run_observed(&mut self, function: FunctionId, code: &Code, base: usize) -> Outcome {
        let caller = self.site;
        let frame = self.enter_frame(function);
        let outcome = (|| {
            for &(step, op) in &code.order {
                let op = op.map(|index| &code.ops[index as usize]);
                self.run_step(Site { frame, function, step }, code, base, op)?;
            }
            self.result(code, base)
        })();
        self.site = caller;
        outcome
    }

    fn enter_frame(&mut self, function: FunctionId) -> FrameId {
        let frame = FrameId(self.run.next_frame.fetch_add(1, Ordering::Relaxed));
        let caller = self.site.map(|site| (site.frame, site.step));
        self.run.options.observer.event(Event::FrameEntered { frame, caller, function });
        frame
    }

    /// Runs one step of an observed function, with its events.
    fn run_step(&mut self, site: Site, code: &Code, base: usize, op: Option<&Op>) -> Outcome<()> {
        let Site { frame, function, step } = site;
        let run = self.run;
        let observer = &run.options.observer;
        self.site = Some(site);
        observer.event(Event::StepStarted { frame, function, step });
        let started = Instant::now();
        let result = op.map_or(Ok(()), |op| self.run_op(code, base, op));
        let outcome = match &result {
            Ok(()) => StepOutcome::Value(self.read_again(code, base, code.places[step.0 as usize])),
            Err(failure) => match failure.kind {
                FailureKind::Cancelled => StepOutcome::Cancelled,
                FailureKind::Error | FailureKind::Panic(_) => {
                    StepOutcome::Failed(failure.message.as_str().into())
                }
            },
        };
        observer.event(Event::StepFinished {
            frame,
            function,
            step,
            outcome,
            duration: started.elapsed(),
        });
        result
    }

    fn read_again(&self, code: &Code, base: usize, operand: Operand) -> Value {
        self.peek(code, base, operand).clone()
    }

    #[inline]
    fn peek<'a>(&'a self, code: &'a Code, base: usize, operand: Operand) -> &'a Value {
        match operand {
            Operand::Slot(slot) | Operand::Last(slot) => &self.values[base + slot as usize],
            Operand::Constant(index) => &code.constants[index as usize],
        }
    }

    #[inline]
    fn read(&mut self, code: &Code, base: usize, operand: Operand) -> Value {
        match operand {
            Operand::Slot(slot) => self.values[base + slot as usize].clone(),
            Operand::Last(slot) => std::mem::take(&mut self.values[base + slot as usize]),
            Operand::Constant(index) => code.constants[index as usize].clone(),
        }
    }

    fn act(&mut self, code: &Code, base: usize, action: &Action) -> Outcome {
        match action {
            Action::Select { base: operand, path } => select(self.peek(code, base, *operand), path),
            Action::Function { function, params, groups } => {
                self.call_bound(code, base, *function, params, groups)
            }
            Action::Builtin { builtin, groups } => {
                if let [Group { name: None, values }] = &**groups {
                    let value = |operand: &Operand| self.peek(code, base, *operand);
                    if let Some(value) =
                        crate::builtins::on_integers(*builtin, values.iter().map(value))
                    {
                        return Ok(value);
                    }
                }
                let mut args = Args::default();
                for group in groups {
                    args.push(group.name.as_deref(), self.gather(code, base, group)?);
                }
                crate::builtins::call(self, *builtin, args)
            }
            Action::Join { groups } => self.join_groups(code, base, groups),
            Action::Apply { callee, groups, invoke } => {
                let callee = self.read(code, base, *callee);
                self.apply(code, base, callee, groups, *invoke)
            }
            Action::Error(message) => error(message),
        }
    }

    /// The value of an argument from all that was given under its name (specification §5.4).
    fn gather(&mut self, code: &Code, base: usize, group: &Group) -> Outcome {
        if let [only] = *group.values {
            return Ok(self.read(code, base, only));
        }
        let mut present = Vec::with_capacity(group.values.len());
        for operand in &group.values {
            let value = self.read(code, base, *operand);
            if !value.is_empty() {
                present.push(value);
            }
        }
        if present.len() < 2 {
            return Ok(present.pop().unwrap_or_default());
        }
        Value::sequence(present).or_else(|reason| match &group.name {
            None => error(reason.to_string()),
            Some(name) => error(format!("the argument {name} is given several times: {reason}")),
        })
    }

    fn call_bound(
        &mut self,
        code: &Code,
        base: usize,
        function: FunctionId,
        params: &[Option<u32>],
        groups: &[Group],
    ) -> Outcome {
        let callee = self.values.len();
        // Every group is made, also one that no parameter takes: its elements may have no common type.
        let push = |machine: &mut Self| -> Outcome<()> {
            for (index, group) in groups.iter().enumerate() {
                let taken = params.contains(&Some(index as u32));
                if !taken && group.values.len() > 1 {
                    machine.gather(code, base, group)?;
                }
            }
            for param in params {
                let value = match param {
                    Some(index) => machine.gather(code, base, &groups[*index as usize])?,
                    None => Value::Empty,
                };
                machine.values.push(value);
            }
            Ok(())
        };
        if let Err(failure) = push(self) {
            self.values.truncate(callee);
            return Err(failure);
        }
        self.call_at(function, callee)
    }

    fn join_groups(&mut self, code: &Code, base: usize, groups: &[Group]) -> Outcome {
        let mut unlabelled = None;
        let mut fields = Vec::with_capacity(groups.len());
        for group in groups {
            let value = self.gather(code, base, group)?;
            match &group.name {
                None => unlabelled = Some(value),
                Some(name) if !value.is_empty() => fields.push(Field { name: name.clone(), value }),
                Some(_) => {}
            }
        }
        match unlabelled {
            Some(value) => Ok(value),
            None => Value::try_structure(fields).or_else(|reason| error(reason.to_string())),
        }
    }

    fn apply(
        &mut self,
        code: &Code,
        base: usize,
        callee: Value,
        groups: &[Group],
        invoke: bool,
    ) -> Outcome {
        let Value::Variety(variety) = callee else {
            let doing = if invoke { "called" } else { "given arguments" };
            return error(format!("{} cannot be {doing}; only functions can", describe(&callee)));
        };
        if invoke {
            let mut args = Args::of_variety(&variety);
            for group in groups {
                let value = self.gather(code, base, group)?;
                args.push_new(group.name.as_deref(), value)?;
            }
            return self.invoke(&variety.callable, args);
        }
        let mut arguments = variety.arguments.clone();
        for group in groups {
            let value = self.gather(code, base, group)?;
            if arguments.iter().any(|argument| argument.name == group.name) {
                return args::duplicate(group.name.as_deref());
            }
            arguments.push(Argument { name: group.name.clone(), value });
        }
        match Variety::new(variety.callable.clone(), arguments) {
            Ok(variety) => Ok(Value::Variety(Arc::new(variety))),
            Err(reason) => error(reason.to_string()),
        }
    }

    /// Calls a value with arguments beside its own. `what` names the value in errors, such as `the argument with of Range`.
    pub(crate) fn call_value(
        &mut self,
        what: &str,
        callee: &Value,
        arguments: &mut [(Option<&str>, Value)],
    ) -> Outcome {
        let Value::Variety(variety) = callee else {
            return error(format!("{what} must be a function, but it is {}", describe(callee)));
        };
        let mut args = Args::of_variety(variety);
        for (name, value) in arguments {
            args.push_new(*name, std::mem::take(value))?;
        }
        self.invoke(&variety.callable, args)
    }

    /// Invokes with these arguments (specification §5.5).
    pub(crate) fn invoke(&mut self, callable: &Callable, mut args: Args<'_>) -> Outcome {
        match callable {
            Callable::Function(function, key) => {
                let run = self.run;
                let circuit = match run.program.functions.get(function.0 as usize) {
                    Some(known) if known.circuit.key == *key => &known.circuit,
                    _ => {
                        return error(format!(
                            "the function {}.{} is of another program",
                            key.package, key.name
                        ));
                    }
                };
                let base = self.values.len();
                for param in &circuit.params {
                    let value = args.take_param(&param.name, param.monadic);
                    self.values.push(value.unwrap_or_default());
                }
                drop(args);
                self.call_at(*function, base)
            }
            Callable::Builtin(builtin, _) => crate::builtins::call(self, *builtin, args),
            Callable::Gate(gate, _) => self.call_gate(*gate, args),
            Callable::Join => args.join(),
            Callable::Wait(task) => task.wait(&self.cancel).map_err(Box::new),
            Callable::Memory(memory, method) => {
                let key = args.take("key").unwrap_or_default();
                crate::builtins::check_size(&key, "the key of a memory")?;
                match method {
                    MemoryMethod::Remember => {
                        Ok(memory.remember(key, args.take("value").unwrap_or_default()))
                    }
                    MemoryMethod::Recall => {
                        Ok(memory.recall(&key, args.take("otherwise").unwrap_or_default()))
                    }
                    MemoryMethod::Flush => {
                        memory.flush().or_else(|reason| error(reason.to_string()))
                    }
                }
            }
        }
    }
}

/// Selects into a value (specification §5.5).
fn select(value: &Value, path: &[EcoString]) -> Outcome {
    let mut value = value;
    for name in path {
        value = match value {
            Value::Empty => return Ok(Value::Empty),
            Value::Structure(structure) => structure.get(name).unwrap_or(&Value::Empty),
            Value::Sequence(sequence) => {
                return error(format!(
                    "the field {name} cannot be selected in a sequence (it has {} elements); take an element out of it \
                     first, for instance with Take",
                    sequence.elements().len()
                ));
            }
            other => {
                return error(format!(
                    "the field {name} cannot be selected in {}",
                    describe(other)
                ));
            }
        };
    }
    Ok(value.clone())
}

/// What kind of value it is and the value itself, for messages.
pub(crate) fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Empty => return "the empty value".to_owned(),
        Value::Bool(_) => "the Bool",
        Value::Int(..) | Value::Float(..) => "the number",
        Value::String(_) => "the string",
        Value::Blob(_) => "the bytes",
        Value::Sequence(_) => "the sequence",
        Value::Structure(_) => "the structure",
        Value::Variety(_) => "the function",
        Value::Opaque(_) => "the value",
    };
    format!("{kind} {}", print::short(value, 60))
}

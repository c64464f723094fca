//! Running the steps of functions, and invoking values.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use ecow::EcoString;
use ko_queries::{
    circuit::{Circuit, FunctionKey, StepId},
    program::FunctionId,
};

use super::{
    Args, Machine, Outcome, Site,
    args::duplicate,
    code::{Action, Code, Group, Op, Operand},
    describe, error,
};
use crate::{
    builtins,
    event::{Event, FrameId, Outcome as StepOutcome},
    failure::{Failure, FailureKind},
    memory::{Memory, MemoryMethod},
    stack,
    value::{Argument, Callable, Field, Value, Variety},
};

impl<'r> Machine<'r> {
    /// Calls a function with the values of its parameters.
    pub(super) fn call(&mut self, function: FunctionId, params: Vec<Value>) -> Outcome {
        let base = self.values.len();
        self.values.extend(params);
        self.call_at(function, base)
    }

    /// Calls a function whose parameters stand on the stack from `base` on.
    fn call_at(&mut self, function: FunctionId, base: usize) -> Outcome {
        let run = self.run;
        let code = run.code(function);
        if let Some(idiom) = code.idiom
            && let Some(outcome) = self.call_idiom(idiom, base)
        {
            self.steps += 1;
            self.values.truncate(base);
            return outcome;
        }
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

    fn too_deep<T>(&self) -> Outcome<T> {
        let failure = Failure::error(format!(
            "{} calls are nested, which is the limit; does a recursion lack its end? Choose the way on with Branch, \
             which calls only one of two functions",
            self.calls.len()
        ));
        Err(self.located(Box::new(failure)))
    }

    pub(super) fn enter(&mut self, function: FunctionId, code: &Code, base: usize) -> Outcome<()> {
        let limit = self.run.options.limits.depth;
        if self.calls.len() >= limit || stack::is_exhausted() {
            return self.too_deep();
        }
        self.calls.push((function, StepId(0)));
        self.values.resize(base + code.slots, Value::Empty);
        if code.circuit.has_errors {
            let name = &code.circuit.key.name;
            let message = match self.run.program.function(function).mistakes.first() {
                Some((step, mistake)) => {
                    if let Some(call) = self.calls.last_mut() {
                        call.1 = *step;
                    }
                    format!("the function {name} cannot run: {mistake}")
                }
                None => format!(
                    "the function {name} has mistakes, which are reported in its source; correct them and run again"
                ),
            };
            let failure = Failure::error(message);
            let failure = self.located(Box::new(failure));
            self.calls.pop();
            return Err(failure);
        }
        Ok(())
    }

    /// Gives a failure that has no position yet the calls that are running.
    pub(super) fn located(&self, mut failure: Box<Failure>) -> Box<Failure> {
        if failure.trace.is_empty() {
            failure.trace = self.trace();
            // Panics are often caught, and then nobody asks.
            if !matches!(failure.kind, FailureKind::Panic(_)) {
                failure.steps = self.steps_run();
            }
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
    pub(super) fn run_op(&mut self, code: &Code, base: usize, op: &Op) -> Outcome<()> {
        self.at_step(op.step);
        self.steps += 1;
        self.tick()?;
        let value = self.act(code, base, &op.action)?;
        self.values[base + op.out as usize] = value;
        Ok(())
    }

    pub(super) fn result(&mut self, code: &Code, base: usize) -> Outcome {
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

    pub(super) fn enter_frame(&mut self, function: FunctionId) -> FrameId {
        let frame = FrameId(self.run.next_frame.fetch_add(1, Ordering::Relaxed));
        let caller = self.site.map(|site| (site.frame, site.step));
        self.run.options.observer.event(Event::FrameEntered { frame, caller, function });
        frame
    }

    /// Runs one step of an observed function, with its events.
    pub(super) fn run_step(
        &mut self,
        site: Site,
        code: &Code,
        base: usize,
        op: Option<&Op>,
    ) -> Outcome<()> {
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

    pub(super) fn read_again(&self, code: &Code, base: usize, operand: Operand) -> Value {
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
            Action::Select { base: operand, path } => {
                select(self.peek(code, base, *operand), code.path(*path))
            }
            Action::Function { function, params, groups } => {
                let (params, groups) = (code.params(*params), code.groups(*groups));
                self.call_bound(code, base, *function, params, groups)
            }
            Action::Builtin { builtin, groups } => {
                let groups = code.groups(*groups);
                if let [only @ Group { name: None, .. }] = groups {
                    let value = |operand: &Operand| self.peek(code, base, *operand);
                    let values = code.values(only).iter().map(value);
                    if let Some(value) = builtins::on_integers(*builtin, values) {
                        return Ok(value);
                    }
                }
                let mut args = Args::default();
                for group in groups {
                    args.push(group.name.as_deref(), self.gather(code, base, group)?);
                }
                builtins::call(self, *builtin, args)
            }
            Action::Join { groups } => self.join_groups(code, base, code.groups(*groups)),
            Action::Apply { callee, groups, invoke } => {
                let callee = self.read(code, base, *callee);
                self.apply(code, base, callee, code.groups(*groups), *invoke)
            }
            Action::Error(message) => error(&**message),
        }
    }

    /// The value of an argument from all that was given under its name (specification §5.4).
    fn gather(&mut self, code: &Code, base: usize, group: &Group) -> Outcome {
        let values = code.values(group);
        if let [only] = values {
            return Ok(self.read(code, base, *only));
        }
        let mut present = Vec::with_capacity(values.len());
        for operand in values {
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
                if !taken && code.values(group).len() > 1 {
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
        let mut arguments = Vec::with_capacity(variety.arguments.len() + groups.len());
        arguments.extend_from_slice(&variety.arguments);
        for group in groups {
            let value = self.gather(code, base, group)?;
            if arguments.iter().any(|argument| argument.name == group.name) {
                return duplicate(group.name.as_deref());
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
        self.call_variety(variety, arguments)
    }

    /// As [`Self::call_value`], of a function.
    pub(crate) fn call_variety(
        &mut self,
        variety: &Variety,
        arguments: &mut [(Option<&str>, Value)],
    ) -> Outcome {
        // Builtins can call builtins without any function of the program between them.
        if stack::is_exhausted() {
            return self.too_deep();
        }
        if let Callable::Function(function, key) = &variety.callable {
            return self.call_function(*function, key, variety, arguments);
        }
        let mut args = Args::of_variety(variety);
        for (name, value) in arguments {
            args.push_new(*name, std::mem::take(value))?;
        }
        self.invoke(&variety.callable, args)
    }

    /// As [`Self::call_value`], of a variety of this function: without gathering the arguments first.
    fn call_function(
        &mut self,
        function: FunctionId,
        key: &FunctionKey,
        variety: &Variety,
        arguments: &mut [(Option<&str>, Value)],
    ) -> Outcome {
        for (name, _) in arguments.iter() {
            if variety.argument(*name).is_some() {
                return duplicate(*name);
            }
        }
        let circuit = self.circuit_of(function, key)?;
        let base = self.values.len();
        for param in &circuit.params {
            let mut find = |wanted: Option<&str>| {
                let given = arguments.iter_mut().find(|(name, _)| *name == wanted);
                given
                    .map(|(_, value)| std::mem::take(value))
                    .or_else(|| variety.argument(wanted).cloned())
            };
            let value =
                find(Some(&param.name)).or_else(|| if param.monadic { find(None) } else { None });
            self.values.push(value.unwrap_or_default());
        }
        self.call_at(function, base)
    }

    /// The circuit of a function that a value names. Values from another run can name functions of another program.
    fn circuit_of(&self, function: FunctionId, key: &FunctionKey) -> Outcome<&'r Circuit> {
        match self.run.program.functions.get(function.0 as usize) {
            Some(known) if known.circuit.key == *key => Ok(&known.circuit),
            _ => error(format!("the function {}.{} is of another program", key.package, key.name)),
        }
    }

    /// Invokes with these arguments (specification §5.5).
    pub(crate) fn invoke(&mut self, callable: &Callable, mut args: Args<'_>) -> Outcome {
        match callable {
            Callable::Function(function, key) => {
                let circuit = self.circuit_of(*function, key)?;
                let base = self.values.len();
                for param in &circuit.params {
                    let value = args.take_param(&param.name, param.monadic);
                    self.values.push(value.unwrap_or_default());
                }
                drop(args);
                self.call_at(*function, base)
            }
            Callable::Builtin(builtin, _) => builtins::call(self, *builtin, args),
            Callable::Gate(gate, _) => self.call_gate(*gate, args),
            Callable::Join => args.join(),
            Callable::Wait(task) => task.wait(self.cancel()),
            Callable::Memory(memory, method) => {
                let key = args.take("key").unwrap_or_default();
                builtins::check_key(&key)?;
                match method {
                    MemoryMethod::Remember => {
                        Ok(memory.remember(key, args.take("value").unwrap_or_default()))
                    }
                    MemoryMethod::Recall => {
                        Ok(memory.recall(&key, args.take("otherwise").unwrap_or_default()))
                    }
                    MemoryMethod::Flush => self.flush(memory),
                }
            }
        }
    }

    /// All entries of a memory.
    fn flush(&mut self, memory: &Memory) -> Outcome {
        let limit = self.run.options.limits.elements;
        if memory.len() > limit {
            return error(format!(
                "the memory has {} entries, more than the limit of {limit} elements of a sequence",
                memory.len()
            ));
        }
        let mut watch = self.watch();
        let flushed = memory.flush_watched(&mut watch);
        let stopped = watch.stopped();
        self.unless(stopped)?;
        flushed.or_else(|reason| error(reason.to_string()))
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

//! Demands, passed from consumers back to what they consume: through structures and sequences written in place to the
//! argument at fault, and to the parameters of the function, where they become demands on its callers.

use std::rc::Rc;

use ecow::{EcoString, eco_format};
use ko_schema::{StringFormat, TypeId};

use super::accept::{self, Acceptor, Mismatch, Problem};
use super::calls::repeated;
use super::demand::{ObjectDemand, demand_type, element_demand, object_demand, start};
use super::errors::{At, Consumer, Origin, Suggestion, TypeError};
use super::eval::Engine;
use super::literal;
use super::scheme::Demand;
use super::ty::{Type, View};
use crate::circuit::{Arg, Circuit, StepId, StepKind, Target};
use crate::diagnostic::Severity;

/// More demands than this on one value are not kept.
const MAX_DEMANDS: usize = 24;
/// Demands on fields deeper than this are not kept.
const MAX_PATH: usize = 12;

/// A value and what is asked of it.
pub(super) struct Item {
    pub(super) step: StepId,
    pub(super) demand: Demand,
    /// Where the consumer reads it.
    pub(super) at: At,
    /// What it is called in messages: the argument and the fields that lead to it.
    pub(super) path: EcoString,
    required: bool,
    /// Whether the whole object comes from here, so that nobody else fills in what it lacks.
    pub(super) whole: bool,
    /// Which function asks, if it is not the one at hand.
    consumer: Option<Rc<Consumer>>,
}

/// What is asked of a parameter.
#[derive(Debug, Clone, Default)]
pub(super) struct ParamDemands {
    pub(super) demands: Vec<Demand>,
    /// Where each of the demands comes from.
    pub(super) places: Vec<At>,
    pub(super) required: bool,
    /// What calls ask that may never be made: functions with arguments attached wait for whoever invokes them.
    pub(super) hints: Vec<Demand>,
}

/// Passes demands back through one circuit whose steps are typed.
pub(super) struct Checker<'a> {
    pub(super) engine: &'a Engine<'a>,
    pub(super) circuit: &'a Circuit,
    pub(super) types: &'a [Type],
    pub(super) work: Vec<Item>,
    /// Whether the call at hand may never be made.
    lazy: bool,
    /// The function whose demands are being passed on, if it is not the one at hand.
    pub(super) consumer: Option<Rc<Consumer>>,
    /// Whether what is asked for is a whole object, or part of one.
    pub(super) whole: bool,
    /// What was asked of each step already: a value that is used twice is looked at once.
    done: Vec<Vec<Demand>>,
    pub(super) params: Vec<ParamDemands>,
    pub(super) expected: Vec<Option<Type>>,
    pub(super) errors: Vec<TypeError>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        engine: &'a Engine<'a>,
        circuit: &'a Circuit,
        types: &'a [Type],
    ) -> Checker<'a> {
        Checker {
            engine,
            circuit,
            types,
            work: Vec::new(),
            lazy: false,
            consumer: None,
            whole: false,
            done: vec![Vec::new(); types.len()],
            params: vec![ParamDemands::default(); circuit.params.len()],
            expected: vec![None; types.len()],
            errors: Vec::new(),
        }
    }

    /// Looks at all steps: first at those that certainly happen, then at calls that are only prepared.
    pub(super) fn run(&mut self) {
        self.pass(false);
        self.pass(true);
    }

    fn pass(&mut self, lazy: bool) {
        self.lazy = lazy;
        for id in self.circuit.ids() {
            let prepared =
                matches!(self.circuit.step(id).kind, StepKind::Apply { invoke: false, .. });
            if prepared != lazy {
                continue;
            }
            match &self.circuit.step(id).kind {
                StepKind::Select { base, path } => {
                    let (demand, at) = (Demand::Selectable, At::SelectName(id, 0));
                    if self.ty(*base).is_blocked() {
                        let inner = path.split_last().map(|it| it.1).unwrap_or_default();
                        let demand = match inner {
                            [] => demand,
                            _ => Demand::Field(inner.into(), Box::new(demand)),
                        };
                        self.push(*base, demand, at, EcoString::new(), false);
                        let read = Demand::Field(path[..].into(), Box::new(Demand::Anything));
                        self.push(*base, read, at, EcoString::new(), false);
                    }
                }
                StepKind::Apply { callee, args, invoke } => self.apply(id, *callee, args, *invoke),
                _ => {}
            }
            while let Some(item) = self.work.pop() {
                self.consumer = item.consumer.clone();
                self.whole = item.whole;
                self.process(item);
            }
            self.consumer = None;
            self.whole = false;
        }
    }

    pub(super) fn ty(&self, step: StepId) -> &'a Type {
        &self.types[step.0 as usize]
    }

    pub(super) fn push(
        &mut self,
        step: StepId,
        demand: Demand,
        at: At,
        path: EcoString,
        required: bool,
    ) {
        let consumer = self.consumer.clone();
        let whole = self.whole;
        self.work.push(Item { step, demand, at, path, required, whole, consumer });
    }

    /// Notes what a parameter most likely is, or a field of it, if the value of the step is one.
    pub(super) fn hint(&mut self, step: StepId, demand: Demand) {
        let (mut step, mut names) = (step, Vec::new());
        while let StepKind::Select { base, path } = &self.circuit.step(step).kind {
            names.splice(0..0, path.iter().cloned());
            step = *base;
        }
        if let StepKind::Param(at) = self.circuit.step(step).kind
            && let Some(param) = self.params.get_mut(at as usize)
            && names.len() <= MAX_PATH
        {
            let demand = match names.is_empty() {
                true => demand,
                false => Demand::Field(names.into(), Box::new(demand)),
            };
            if !param.hints.contains(&demand) {
                param.hints.push(demand);
            }
        }
    }

    pub(super) fn error(&mut self, mut error: TypeError) {
        if let Some(consumer) = &self.consumer {
            let misspelt = error.consumer.take().and_then(|it| it.misspelt);
            error.consumer = Some(Consumer { misspelt, ..(**consumer).clone() });
        }
        // Two uses of a value may want different things of it: the first one is told.
        let subject = |it: &TypeError| it.message.split('`').nth(1).map(str::to_owned);
        let same = |it: &TypeError| {
            it.at == error.at && it.code == error.code && subject(it) == subject(&error)
        };
        if !self.errors.iter().any(same) {
            self.errors.push(error);
        }
    }

    fn process(&mut self, item: Item) {
        let index = item.step.0 as usize;
        if self.done[index].contains(&item.demand) || self.done[index].len() >= MAX_DEMANDS {
            return;
        }
        self.done[index].push(item.demand.clone());
        if self.expected[index].is_none() {
            let ty = demand_type(self.engine, &item.demand);
            self.expected[index] = Some(ty).filter(|it| *it != Type::Unknown);
        }
        self.check_value(&item);
        match &self.circuit.step(item.step).kind {
            StepKind::Param(param) => {
                if let Some(param) = self.params.get_mut(*param as usize) {
                    param.required |= item.required && !self.lazy;
                    let known = if self.lazy { &mut param.hints } else { &mut param.demands };
                    if !known.contains(&item.demand) {
                        known.push(item.demand);
                        if !self.lazy {
                            param.places.push(item.at);
                        }
                    }
                }
            }
            StepKind::Select { base, path } if self.ty(item.step).is_blocked() => {
                let (mut names, mut inner) = (path.to_vec(), item.demand);
                if let Demand::Field(more, deeper) = inner {
                    names.extend(more);
                    inner = *deeper;
                }
                if names.len() <= MAX_PATH {
                    let demand = Demand::Field(names.into(), Box::new(inner));
                    self.push(*base, demand, item.at, item.path, false);
                }
            }
            StepKind::Literal(value) => {
                let before = self.errors.len();
                self.accept(&item);
                if let Some(error) = self.errors.get_mut(before) {
                    let schema = self.engine.schema();
                    error.suggestion.extend(literal::replacement(
                        schema,
                        item.step,
                        value,
                        &item.demand,
                    ));
                } else if let Some(problem) =
                    literal::check(self.engine.schema(), item.step, value, &item.demand)
                {
                    let message = format!("`{}`: {}", item.path, problem.message);
                    let mut error =
                        TypeError::new(item.at, problem.severity, problem.code, message)
                            .relate(At::Step(item.step), "it is written here".to_owned());
                    error.suggestion.extend(problem.suggestion);
                    self.error(error);
                }
            }
            StepKind::Apply { callee, args, invoke: true }
                if matches!(self.circuit.step(*callee).kind, StepKind::Target(Target::Join)) =>
            {
                self.process_built(&item, args);
            }
            _ => self.accept(&item),
        }
    }

    /// A structure or sequence that is written in place.
    fn process_built(&mut self, item: &Item, args: &[Arg]) {
        if args.first().is_some_and(|it| it.name.is_none()) {
            if let [one] = args {
                let at = At::ArgValue(item.step, 0);
                self.push(one.value, item.demand.clone(), at, item.path.clone(), item.required);
                return;
            }
            let Some(element) = element_demand(self.engine, &item.demand) else {
                return self.accept(item);
            };
            for (index, arg) in args.iter().enumerate() {
                let at = At::ArgValue(item.step, index as u32);
                self.push(arg.value, element.clone(), at, item.path.clone(), false);
            }
            return;
        }
        if let Demand::Field(names, inner) = &item.demand
            && let Some((first, rest)) = names.split_first()
        {
            for (index, arg) in args.iter().enumerate() {
                if arg.name.as_ref() == Some(first) {
                    let at = At::ArgValue(item.step, index as u32);
                    let demand = match rest {
                        [] => (**inner).clone(),
                        _ => Demand::Field(rest.into(), inner.clone()),
                    };
                    self.push(arg.value, demand, at, join_path(&item.path, first), false);
                }
            }
            return;
        }
        match object_demand(self.engine, &item.demand) {
            Some(ObjectDemand::Struct(id)) => self.process_struct(item, args, id),
            Some(ObjectDemand::Map(value)) => {
                for (index, arg) in args.iter().enumerate() {
                    let Some(name) = arg.name.as_ref().filter(|it| !it.starts_with('_')) else {
                        continue;
                    };
                    let at = At::ArgValue(item.step, index as u32);
                    let demand = Demand::Schema(value);
                    self.push(arg.value, demand, at, join_path(&item.path, name), false);
                }
            }
            Some(ObjectDemand::Anything) => {}
            None => self.accept(item),
        }
    }

    fn process_struct(&mut self, item: &Item, args: &[Arg], id: TypeId) {
        let schema = self.engine.schema();
        let Some(structure) = schema.ty(id).as_struct() else { return };
        let mut meant: Vec<EcoString> = Vec::new();
        let repeated = repeated(args);
        for (index, arg) in args.iter().enumerate() {
            let Some(name) = arg.name.as_ref().filter(|it| !it.starts_with('_')) else { continue };
            let at = At::Arg(item.step, index as u32);
            let path = join_path(&item.path, name);
            let Some(field) = structure.field(name) else {
                if !structure.open {
                    let problem = accept::unknown_field(schema, id, name);
                    if let Problem::UnknownField { closest: Some(near), .. } = &problem {
                        meant.push(near.clone());
                    }
                    let error = self.explain(at, &path, &problem);
                    self.error(rename(error, &problem, item.step, index));
                }
                continue;
            };
            if !field.writable() {
                let error =
                    self.explain(at, &path, &Problem::NotWritable { by_gate: field.injected });
                let remove = Suggestion::RemoveArg { step: item.step, index: index as u32 };
                self.error(error.suggest(remove));
                continue;
            }
            let several = repeated.contains(name.as_str());
            let mut demand = Demand::Schema(field.ty);
            if several {
                match element_demand(self.engine, &demand) {
                    Some(element) => demand = element,
                    None => {
                        let first = args.iter().position(|it| it.name.as_ref() == Some(name));
                        let before = args[..index].iter().filter(|it| it.name == arg.name).count();
                        // The second one is told, once.
                        if before == 1 && self.ty(arg.value).is_present() {
                            let need = demand_type(self.engine, &demand);
                            let message = format!(
                                "`{path}` is given more than once, and it takes one {need}"
                            );
                            let mut error =
                                TypeError::new(at, Severity::Error, "repeated-field", message);
                            if let Some(first) = first {
                                let at = At::Arg(item.step, first as u32);
                                error = error.relate(at, "the first one".to_owned());
                            }
                            self.error(error);
                        }
                        continue;
                    }
                }
            }
            let value_at = At::ArgValue(item.step, index as u32);
            self.push(arg.value, demand, value_at, path, field.required && !several);
        }
        for name in repeated {
            let Some(field) = structure.field(name) else { continue };
            let mut same = args.iter().enumerate().filter(|it| it.1.name.as_deref() == Some(name));
            let steps: Vec<StepId> = same.clone().map(|it| it.1.value).collect();
            let Some((index, _)) = same.next_back() else { continue };
            let of_list = Item {
                step: item.step,
                demand: Demand::Schema(field.ty),
                at: At::ArgValue(item.step, index as u32),
                path: join_path(&item.path, name),
                required: false,
                whole: item.whole,
                consumer: item.consumer.clone(),
            };
            self.check_list(&of_list, field.ty, &steps);
        }
        // A misspelt field is not missing besides.
        let names = accept::missing(schema, id, |name| {
            args.iter().any(|it| it.name.as_deref() == Some(name))
                || meant.iter().any(|it| it == name)
        });
        if !names.is_empty() && !self.circuit.has_errors {
            let at = match item.at {
                At::ArgValue(step, index) => At::Arg(step, index),
                at => at,
            };
            let owner = structure.short_name.clone();
            let problem = Problem::Missing { owner, names: names.clone() };
            let error = self.explain(at, &item.path, &problem);
            let choices = names.iter().enumerate().filter_map(|(at, name)| {
                match schema.ty(structure.field(name)?.ty) {
                    ko_schema::Type::String(StringFormat::Enum(all)) => Some((at, all.clone())),
                    _ => None,
                }
            });
            let choices = choices.collect();
            let names = names.into_iter().map(|name| {
                let ty = structure
                    .field(&name)
                    .map_or(Type::Unknown, |it| Type::of_schema(schema, it.ty, View::Write));
                (name, start(self.engine, &ty))
            });
            let names = names.collect();
            self.error(error.suggest(Suggestion::AddArgs { step: item.step, names, choices }));
        }
    }

    /// Compares the type of a value with the demand; mistakes inside it are reported where it is consumed.
    fn accept(&mut self, item: &Item) {
        let ty = self.ty(item.step);
        if *ty == Type::Empty && item.required && !self.lazy {
            let message = format!("`{}` is needed, and this is always Empty", item.path);
            let error = TypeError::new(item.at, Severity::Error, "missing-argument", message);
            self.error(error.relate(At::Step(item.step), "this is always Empty".to_owned()));
            return;
        }
        let mut acceptor = Acceptor { schema: self.engine.schema(), found: Vec::new() };
        acceptor.accept(ty, &item.demand, &mut Vec::new());
        for Mismatch { path, problem } in acceptor.found {
            let shown = path.iter().fold(item.path.clone(), |all, it| join_path(&all, it));
            let mut error = self.explain(item.at, &shown, &problem);
            if let Some(consumer) = &self.consumer
                && let Problem::UnknownField { closest, .. } = &problem
            {
                let misspelt = Some((path.len().saturating_sub(1), closest.clone()));
                error.consumer = Some(Consumer { misspelt, ..(**consumer).clone() });
            }
            if matches!(problem, Problem::Wrong { .. }) {
                error = error.relate(At::Step(item.step), format!("this is {}", shorten(ty)));
            }
            if let StepKind::Apply { callee, invoke: true, .. } = &self.circuit.step(item.step).kind
                && let StepKind::Target(Target::Function(key)) = &self.circuit.step(*callee).kind
            {
                let rename = match &problem {
                    Problem::UnknownField { closest, .. } => closest.clone(),
                    _ => None,
                };
                let (function, path) = (key.clone(), path.clone().into());
                error.origin = Some(Origin { function, path, rename });
            }
            if path.is_empty()
                && let (At::ArgValue(step, index), Type::Schema(object)) = (item.at, ty)
                && matches!(object.view, View::Object(_))
                && demand_type(self.engine, &item.demand) == Type::String
            {
                let path = "metadata.name".into();
                error.suggestion.push(Suggestion::SelectField { step, index, path });
            }
            self.error(error);
        }
    }

    pub(super) fn explain(&self, at: At, path: &str, problem: &Problem) -> TypeError {
        let (severity, code, message) = match problem {
            Problem::Wrong { need, got } => {
                let what = if path.is_empty() { "this".to_owned() } else { format!("`{path}`") };
                (
                    Severity::Error,
                    "type-mismatch",
                    format!("{what} takes {need}, not {}", shorten(got)),
                )
            }
            Problem::UnknownField { owner, closest, inside } => {
                let name = path.rsplit('.').next().unwrap_or(path);
                let mut message = format!("{owner} has no field `{name}`");
                if name != path {
                    message.push_str(&format!(" (in `{path}`)"));
                }
                if let Some(near) = closest {
                    message.push_str(&format!("; did you mean `{near}`?"));
                }
                if let Some(inside) = inside {
                    message.push_str(&format!("; `{inside}` has one"));
                }
                (Severity::Error, "unknown-field", message)
            }
            Problem::Missing { owner, names } => {
                let names = listed(names, "the field");
                (Severity::Error, "missing-field", format!("`{path}` ({owner}) needs {names}"))
            }
            Problem::NotWritable { by_gate: true } => {
                let message = format!("`{path}` is filled in by the gate; leave it out");
                (Severity::Warning, "server-field", message)
            }
            Problem::NotWritable { by_gate: false } => {
                let message = format!("`{path}` is set by the server only; leave it out");
                (Severity::Warning, "server-field", message)
            }
        };
        TypeError::new(at, severity, code, message)
    }
}

fn rename(error: TypeError, problem: &Problem, step: StepId, index: usize) -> TypeError {
    match problem {
        Problem::UnknownField { closest: Some(to), .. } => {
            error.suggest(Suggestion::RenameArg { step, index: index as u32, to: to.clone() })
        }
        _ => error,
    }
}

fn join_path(path: &EcoString, name: &str) -> EcoString {
    if path.is_empty() { name.into() } else { eco_format!("{path}.{name}") }
}

pub(super) fn listed(names: &[EcoString], what: &str) -> String {
    let plural = if names.len() > 1 { "s" } else { "" };
    let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    format!("{what}{plural} {}", names.join(", "))
}

/// A type for a message: of long ones, the inner parts are left out.
pub(super) fn shorten(ty: &Type) -> String {
    match ty {
        Type::Variety(_) => "a function".to_owned(),
        _ => ty.brief(80),
    }
}

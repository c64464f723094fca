//! What calls ask of their arguments, and which arguments they lack or do not take.

use std::rc::Rc;

use ecow::EcoString;
use ko_schema::{Gate, GateType, GateVerb, Verb};
use rustc_hash::FxHashSet;

use super::builtins;
use super::check::{Checker, Item, listed};
use super::demand::{demand_type, start};
use super::errors::{At, Consumer, Suggestion, TypeError, closest};
use super::eval::gate_demand;
use super::lattice::element;
use super::scheme::{Demand, Scheme};
use super::select::select;
use super::ty::{Callee, Fields, Type, Variety};
use crate::builtins::BuiltinParam;
use crate::circuit::{Arg, FunctionKey, StepId, StepKind, Target};
use crate::database::IDIOM_PACKAGE;
use crate::diagnostic::Severity;

/// A call whose callee is known.
pub(super) struct Call<'a> {
    pub(super) id: StepId,
    pub(super) name: &'a str,
    pub(super) invoke: bool,
    /// How serious it is to give it an argument that it does not take.
    unknown: Severity,
}

/// A parameter, whoever has it.
struct Known<'a> {
    name: &'a str,
    required: bool,
    /// A value to start from.
    start: &'static str,
}

impl Checker<'_> {
    pub(super) fn apply(&mut self, id: StepId, callee: StepId, args: &[Arg], invoke: bool) {
        let ty = self.ty(callee);
        if ty.is_blocked() {
            self.push(callee, Demand::Callable, At::Callee(id), EcoString::new(), true);
            return;
        }
        let ty = if let Type::Optional(it) = ty { it } else { ty };
        let varieties = ty.alternatives().iter().find(|it| matches!(it, Type::Variety(_)));
        let Some(Type::Variety(list)) = varieties else { return };
        if let [Variety { callee: Callee::Builtin(name), .. }] = &**list
            && matches!(&**name, "Equal" | "integer.Equal")
        {
            self.compare_alike(args);
        }
        let (errors, work) = (self.errors.len(), self.work.len());
        let mut common: Option<(Vec<TypeError>, Vec<Item>)> = None;
        for variety in list.iter() {
            self.apply_variety(id, variety, args, invoke);
            let new = (self.errors.split_off(errors), self.work.split_off(work));
            common = Some(match common {
                None => new,
                // Of one of several functions, only what all ask is asked for certain.
                Some((mut errors, mut work)) => {
                    errors.retain(|a| new.0.iter().any(|b| (a.at, a.code) == (b.at, b.code)));
                    work.retain(|a| {
                        new.1.iter().any(|b| (a.step, a.at, &a.demand) == (b.step, b.at, &b.demand))
                    });
                    (errors, work)
                }
            });
        }
        if let Some((errors, work)) = common {
            self.errors.extend(errors);
            self.work.extend(work);
        }
    }

    fn apply_variety(&mut self, id: StepId, variety: &Variety, args: &[Arg], invoke: bool) {
        match &variety.callee {
            Callee::Gate(gate) => {
                let gate = self.engine.schema().gate_by_id(*gate);
                let call = Call { id, name: &gate.name, invoke, unknown: Severity::Warning };
                self.apply_gate(&call, args, gate, &variety.fixed);
            }
            Callee::Function(key) => {
                if let Some(scheme) = self.engine.scheme(key) {
                    let call = Call { id, name: &key.name, invoke, unknown: Severity::Hint };
                    self.apply_function(&call, args, key, &scheme, &variety.fixed);
                    if key.package == IDIOM_PACKAGE {
                        self.idiom_rules(&call, args, &variety.fixed);
                    }
                }
            }
            Callee::Builtin(name) => {
                let call = Call { id, name, invoke, unknown: Severity::Hint };
                self.apply_builtin(&call, args, &variety.fixed);
            }
            Callee::Join | Callee::Native(_) => {}
        }
    }

    /// What is compared with something basic is of its type, or comparing it fails.
    fn compare_alike(&mut self, args: &[Arg]) {
        let known = args.iter().find_map(|it| match self.ty(it.value) {
            Type::Bool => Some(Demand::Bool),
            Type::String => Some(Demand::String),
            Type::Int(_) | Type::Uint(_) => Some(Demand::Integer),
            Type::Float32 | Type::Float64 => Some(Demand::Number),
            _ => None,
        });
        let Some(known) = known else { return };
        for arg in args {
            if self.ty(arg.value).is_blocked() {
                self.hint(arg.value, known.clone());
            }
        }
    }

    fn apply_builtin(&mut self, call: &Call<'_>, args: &[Arg], fixed: &Fields) {
        let Some(info) = builtins::info(call.name) else { return };
        let monadic = info.monadic().map_or("", |it| it.name);
        let own_name = |label: &str| -> EcoString {
            if label.is_empty() { monadic.into() } else { label.into() }
        };
        let repeated = repeated(args);
        let mut given: Vec<EcoString> = fixed.iter().map(|it| own_name(&it.0)).collect();
        let mut unknown = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let label = arg.name.as_deref().unwrap_or_default();
            given.push(own_name(label));
            // Where a value is taken, it may be called that.
            if !info.any_arguments && !matches!(label, "" | "value") && info.param(label).is_none()
            {
                unknown.push((index, label));
            }
            let Some((demand, required)) = builtins::demand(call.name, label) else { continue };
            let several = repeated.contains(label);
            let demand = match demand {
                Demand::Each(inner) if several => *inner,
                it if several => {
                    self.takes_one(call, args, index, &it);
                    continue;
                }
                it => it,
            };
            let path = if label.is_empty() { call.name.into() } else { label.into() };
            let at = At::ArgValue(call.id, index as u32);
            self.push(arg.value, demand, at, path, required && !several);
        }
        if call.name == "When" && call.invoke {
            self.branch(call, args);
        }
        self.builtin_rules(call, args, fixed);
        let known = |it: &'static BuiltinParam| {
            let demand = builtins::demand(call.name, it.name);
            let ty = demand.as_ref().map(|it| demand_type(self.engine, &it.0));
            let required = demand.is_some_and(|it| it.1);
            Known {
                name: it.name,
                required,
                start: start(self.engine, &ty.unwrap_or(Type::Unknown)),
            }
        };
        let params: Vec<Known<'_>> = info.params.iter().map(known).collect();
        let given: Vec<&str> = given.iter().map(EcoString::as_str).collect();
        self.compare_names(call, &params, &given, &unknown);
    }

    /// The branch of `When` that is certainly taken must be a function; the other one is not even looked at.
    fn branch(&mut self, call: &Call<'_>, args: &[Arg]) {
        let arg =
            |name: &str| args.iter().position(|it| it.name.as_deref().unwrap_or_default() == name);
        let Some(have) = arg("have").or_else(|| arg("")) else { return };
        let ty = self.ty(args[have].value);
        let taken = match ty {
            Type::Empty => "else",
            it if it.is_present() => "then",
            _ => return,
        };
        if let Some(index) = arg(taken) {
            let at = At::ArgValue(call.id, index as u32);
            self.push(args[index].value, Demand::Callable, at, taken.into(), false);
        }
    }

    fn apply_gate(&mut self, call: &Call<'_>, args: &[Arg], gate: &Gate, fixed: &Fields) {
        let (mut given, mut unknown): (Vec<&str>, Vec<(usize, &str)>) = (Vec::new(), Vec::new());
        let repeated = repeated(args);
        let fixed_names = fixed.iter().map(|it| it.0.as_str());
        let param_of = |name: &str| if name.is_empty() { gate.monadic() } else { gate.param(name) };
        given.extend(fixed_names.filter_map(&param_of).map(|it| it.name.as_str()));
        let is_subject = |label: &str| param_of(label).is_some_and(|it| it.monadic);
        let subject = args.iter().position(|it| is_subject(it.name.as_deref().unwrap_or_default()));
        let subject_type = match subject {
            Some(index) => Some(self.ty(args[index].value)),
            None => fixed.iter().find(|it| is_subject(&it.0)).map(|it| &it.1),
        };
        let needs_namespace = self.needs_namespace(gate.verb, subject_type);
        if let Some(index) = subject {
            self.object_name(call, args, index, gate);
        }
        for (index, arg) in args.iter().enumerate() {
            let label = arg.name.as_deref().unwrap_or_default();
            let at = At::ArgValue(call.id, index as u32);
            let Some(param) = param_of(label) else {
                unknown.push((index, label));
                continue;
            };
            given.push(&param.name);
            let several = repeated.contains(label);
            let demand = match (&param.ty, several) {
                (GateType::ObjectsOrNames(kind), true) => GateType::ObjectOrName(*kind),
                (_, true) => continue,
                (it, false) => it.clone(),
            };
            let path = if label.is_empty() { param.name.clone() } else { label.into() };
            let required = match param.ty {
                GateType::Namespace => needs_namespace && param.required,
                _ => param.required && !several,
            };
            self.whole = matches!(demand, GateType::Object(_))
                && matches!(gate.verb, GateVerb::Create | GateVerb::Replace);
            self.push(arg.value, Demand::Gate(demand), at, path, required);
            self.whole = false;
        }
        let params: Vec<Known<'_>> = gate
            .params
            .iter()
            .map(|it| {
                let ty = gate_demand(self.engine.schema(), &it.ty);
                let required = it.required && (needs_namespace || it.ty != GateType::Namespace);
                Known { name: &it.name, required, start: start(self.engine, &ty) }
            })
            .collect();
        self.compare_names(call, &params, &given, &unknown);
    }

    /// Whether a gate on objects in namespaces must be told the namespace: objects that are written or deleted may say
    /// it themselves.
    fn needs_namespace(&self, verb: GateVerb, subject: Option<&Type>) -> bool {
        match (verb, subject) {
            (GateVerb::Create | GateVerb::Apply, Some(ty)) => {
                *ty == Type::String || self.lacks(ty, &["metadata", "namespace"])
            }
            (GateVerb::Delete | GateVerb::DeleteMany, Some(ty)) => {
                let ty = element(ty);
                ty == Type::String || self.lacks(&ty, &["metadata", "namespace"])
            }
            // Without objects, nothing is deleted anywhere.
            (GateVerb::Delete | GateVerb::DeleteMany, None) => false,
            _ => true,
        }
    }

    /// Whether a structure certainly has no such field.
    fn lacks(&self, ty: &Type, path: &[&str]) -> bool {
        let mut ty = ty.clone();
        for name in path {
            match select(self.engine.schema(), &ty, &(*name).into()) {
                Ok(it) => ty = it,
                Err(_) => return false,
            }
        }
        ty == Type::Empty
    }

    /// Objects need a name, which the schema does not say.
    fn object_name(&mut self, call: &Call<'_>, args: &[Arg], index: usize, gate: &Gate) {
        let schema = self.engine.schema();
        let named = schema.kind(gate.kind).verbs.has(Verb::Get);
        let value = args[index].value;
        let ty = self.ty(value);
        if !matches!(gate.verb, GateVerb::Create | GateVerb::Apply)
            || !named
            || self.circuit.has_errors
            || !matches!(ty, Type::Structure(_))
            || !self.lacks(ty, &["metadata", "name"])
            || !self.lacks(ty, &["metadata", "generateName"])
        {
            return;
        }
        // What is misspelt is told as that.
        let misspelt = |ty: &Type, name: &str| match ty {
            Type::Structure(fields) => fields.iter().any(|it| closest(&it.0, [name]).is_some()),
            _ => false,
        };
        let metadata = select(schema, ty, &"metadata".into()).unwrap_or(Type::Unknown);
        if misspelt(ty, "metadata") || misspelt(&metadata, "name") {
            return;
        }
        let what = args[index].name.as_deref().unwrap_or("object");
        let message = format!("`{what}` needs a name: `metadata: (name: …)`");
        let at = At::Arg(call.id, index as u32);
        let mut error = TypeError::new(at, Severity::Error, "missing-name", message);
        let field = |step: StepId, name: &str| match &self.circuit.step(step).kind {
            StepKind::Apply { callee, args, invoke: true }
                if matches!(self.circuit.step(*callee).kind, StepKind::Target(Target::Join)) =>
            {
                Some(args.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.value))
            }
            _ => None,
        };
        let missing = match field(value, "metadata") {
            Some(Some(metadata)) if field(metadata, "name").is_some() => {
                Some((metadata, "name", "\"\""))
            }
            Some(None) => Some((value, "metadata", "(name: \"\")")),
            _ => None,
        };
        if let Some((step, name, start)) = missing {
            let names = vec![(name.into(), start)];
            error = error.suggest(Suggestion::AddArgs { step, names, choices: Vec::new() });
        }
        self.error(error);
    }

    fn apply_function(
        &mut self,
        call: &Call<'_>,
        args: &[Arg],
        key: &FunctionKey,
        scheme: &Scheme,
        fixed: &Fields,
    ) {
        let param_of = |label: &str| match label {
            "" => scheme.params.iter().find(|it| it.monadic),
            _ => scheme.param(label),
        };
        let (mut given, mut unknown): (Vec<&str>, Vec<(usize, &str)>) = (Vec::new(), Vec::new());
        let repeated = repeated(args);
        given.extend(fixed.iter().filter_map(|it| param_of(&it.0)).map(|it| it.name.as_str()));
        for (index, arg) in args.iter().enumerate() {
            let label = arg.name.as_deref().unwrap_or_default();
            let Some(param) = param_of(label) else {
                unknown.push((index, label));
                continue;
            };
            given.push(&param.name);
            if repeated.contains(label) {
                for demand in &param.demands {
                    self.takes_one(call, args, index, demand);
                }
                continue;
            }
            self.misspelt_fields(arg.value, &param.demands);
            for demand in &param.demands {
                let at = At::ArgValue(call.id, index as u32);
                let (function, param_name) = (key.clone(), param.name.clone());
                let consumer = Consumer {
                    function,
                    param: param_name,
                    demand: demand.clone(),
                    misspelt: None,
                };
                // Idioms come with the language: what they do inside explains nothing.
                self.consumer = (key.package != IDIOM_PACKAGE).then(|| Rc::new(consumer));
                self.push(arg.value, demand.clone(), at, param.name.clone(), param.required);
            }
            self.consumer = None;
        }
        let params: Vec<Known<'_>> = scheme
            .params
            .iter()
            .map(|it| Known {
                name: &it.name,
                required: it.required,
                start: start(self.engine, &it.demanded),
            })
            .collect();
        self.compare_names(call, &params, &given, &unknown);
    }

    /// A structure written in place for a parameter whose uses read some fields: one of them may be misspelt. Fields that
    /// nobody reads are legal, so this needs a name that is near and missing.
    fn misspelt_fields(&mut self, step: StepId, demands: &[Demand]) {
        let StepKind::Apply { callee, args, invoke: true } = &self.circuit.step(step).kind else {
            return;
        };
        if !matches!(self.circuit.step(*callee).kind, StepKind::Target(Target::Join)) {
            return;
        }
        let read = demands.iter().filter_map(|it| match it {
            Demand::Field(path, _) => path.first().map(EcoString::as_str),
            _ => None,
        });
        let read: FxHashSet<&str> = read.collect();
        let written: FxHashSet<&str> = args.iter().filter_map(|it| it.name.as_deref()).collect();
        for (index, arg) in args.iter().enumerate() {
            let Some(name) = arg.name.as_deref() else { return };
            if name.starts_with('_') || read.contains(name) {
                continue;
            }
            let mut missing: Vec<&str> = read.difference(&written).copied().collect();
            missing.sort_unstable();
            let Some(near) = closest(name, missing) else { continue };
            let (index, to) = (index as u32, near.into());
            let message = format!("nobody reads the field `{name}`; did you mean `{near}`?");
            let at = At::Arg(step, index);
            let error = TypeError::new(at, Severity::Warning, "unread-field", message);
            self.error(error.suggest(Suggestion::RenameArg { step, index, to }));
        }
    }

    /// Complains about arguments that are missing and about those that the callee does not take. The language drops the
    /// latter; names that start or end with `_` or start with `after` say that this is meant.
    fn compare_names(
        &mut self,
        call: &Call<'_>,
        params: &[Known<'_>],
        given: &[&str],
        unknown: &[(usize, &str)],
    ) {
        let (step, callee) = (call.id, call.name);
        // What the text lacks because it does not parse is not missing.
        let complete = call.invoke && !self.circuit.has_errors;
        let absent = params.iter().filter(|it| it.required && complete);
        let absent = absent.filter(|it| !given.contains(&it.name));
        let mut missing: Vec<(EcoString, &'static str)> =
            absent.map(|it| (it.name.into(), it.start)).collect();
        for &(index, label) in unknown {
            if label.starts_with('_') || label.ends_with('_') || label.starts_with("after") {
                continue;
            }
            let index = index as u32;
            let at = At::Arg(step, index);
            let near = match label {
                "" => None,
                _ => {
                    let free = params.iter().map(|it| it.name).filter(|it| !given.contains(it));
                    closest(label, free)
                }
            };
            let error = match near {
                Some(near) => {
                    // A misspelt argument is not missing besides.
                    let needed = missing.iter().position(|it| it.0 == near);
                    let severity = match needed.map(|it| missing.remove(it)) {
                        Some(_) => Severity::Error,
                        None => Severity::Warning,
                    };
                    let message =
                        format!("`{callee}` takes no argument `{label}`; did you mean `{near}`?");
                    TypeError::new(at, severity, "unused-argument", message)
                        .suggest(Suggestion::RenameArg { step, index, to: near.into() })
                }
                None if label.is_empty() => {
                    let message = format!("`{callee}` takes no unlabelled argument: it is ignored");
                    TypeError::new(at, call.unknown, "unused-argument", message)
                }
                None => {
                    let message = format!(
                        "`{callee}` takes no argument `{label}`: it is ignored. A name that starts or ends with `_` says that this is meant"
                    );
                    TypeError::new(at, call.unknown, "unused-argument", message)
                }
            };
            self.error(error.suggest(Suggestion::RemoveArg { step, index }));
        }
        if !missing.is_empty() {
            let names: Vec<EcoString> = missing.iter().map(|it| it.0.clone()).collect();
            let message = format!("`{callee}` needs {}", listed(&names, "the argument"));
            let error =
                TypeError::new(At::Callee(step), Severity::Error, "missing-argument", message);
            self.error(error.suggest(Suggestion::AddArgs {
                step,
                names: missing,
                choices: Vec::new(),
            }));
        }
    }
}

/// The labels that occur more than once.
pub(super) fn repeated(args: &[Arg]) -> FxHashSet<&str> {
    let mut seen = FxHashSet::default();
    let labels = args.iter().map(|it| it.name.as_deref().unwrap_or_default());
    labels.filter(|it| !seen.insert(*it)).collect()
}

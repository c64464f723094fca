//! Types a component of the call graph: forward through each circuit, then demands back, again until nothing changes
//! where functions call each other.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::check::{Checker, ParamDemands, demand_type, shorten};
use super::errors::{At, Suggestion, TypeError, closest};
use super::eval::{CallFailure, Engine, Local};
use super::lattice::{group, join};
use super::scheme::{ParamScheme, Scheme};
use super::select::{SelectFailure, select};
use super::ty::{Callee, Fields, Type};
use super::{Env, builtins};
use crate::circuit::{Arg, Circuit, Literal, StepId, StepKind, Target};
use crate::diagnostic::Severity;

/// How often a component is looked at until its types no longer change; after that its results are not known.
const MAX_ROUNDS: usize = 8;

/// What inference finds out about a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// What callers see.
    pub scheme: Arc<Scheme>,
    /// The type of every step.
    pub steps: Box<[Type]>,
    /// What a consumer asks of the step, where one asks: the structure of the schema for an object that is written, for
    /// example. The first consumer in the order of the text counts.
    pub expected: Box<[Option<Type>]>,
    /// The mistakes, in the order of the text.
    pub errors: Vec<TypeError>,
}

/// Infers the types of the functions given, which are one component of the call graph: one function, or several that
/// call each other. Schemes of other functions come from `env`. The answers are in the order of the circuits.
pub fn infer_component(circuits: &[Arc<Circuit>], env: &dyn Env) -> Vec<Inferred> {
    let locals: FxHashMap<_, _> = circuits
        .iter()
        .map(|circuit| {
            let none = vec![ParamDemands::default(); circuit.params.len()];
            let scheme = Arc::new(Scheme {
                params: none.iter().enumerate().map(|(at, _)| bare_param(circuit, at)).collect(),
                result: Type::Never,
            });
            (circuit.key.clone(), Local { scheme, widened: FxHashSet::default() })
        })
        .collect();
    let recursive =
        circuits.iter().any(|it| it.callees().any(|callee| locals.contains_key(callee)));
    let engine = Engine::new(env, locals);
    for _ in 0..MAX_ROUNDS {
        let widened = count_widened(&engine);
        let mut changed = false;
        let mut out = Vec::with_capacity(circuits.len());
        for circuit in circuits {
            let (analysis, scheme) = analyse(&engine, circuit);
            changed |= update(&engine, circuit, scheme);
            out.push(analysis);
        }
        if recursive && count_widened(&engine) != widened {
            // Results may still mention the parameters that were given up.
            for local in engine.locals.borrow_mut().values_mut() {
                let params = local.scheme.params.clone();
                local.scheme = Arc::new(Scheme { params, result: Type::Never });
            }
            continue;
        }
        if !recursive || !changed {
            return finish(&engine, circuits, out);
        }
    }
    for local in engine.locals.borrow_mut().values_mut() {
        let params = local.scheme.params.clone();
        local.scheme = Arc::new(Scheme { params, result: Type::Unknown });
    }
    let out = circuits.iter().map(|it| analyse(&engine, it).0).collect();
    finish(&engine, circuits, out)
}

fn count_widened(engine: &Engine<'_>) -> usize {
    engine.locals.borrow().values().map(|it| it.widened.len()).sum()
}

/// Takes a scheme over; true if it says something new.
fn update(engine: &Engine<'_>, circuit: &Circuit, mut scheme: Scheme) -> bool {
    let mut locals = engine.locals.borrow_mut();
    let Some(local) = locals.get_mut(&circuit.key) else { return false };
    scheme.result = join(&local.scheme.result, &scheme.result);
    if *local.scheme == scheme {
        return false;
    }
    local.scheme = Arc::new(scheme);
    true
}

struct Analysis {
    types: Vec<Type>,
    expected: Vec<Option<Type>>,
    errors: Vec<TypeError>,
}

fn bare_param(circuit: &Circuit, at: usize) -> ParamScheme {
    ParamScheme {
        name: circuit.params[at].name.clone(),
        monadic: circuit.params[at].monadic,
        demanded: Type::Unknown,
        required: false,
        demands: Box::default(),
    }
}

fn analyse(engine: &Engine<'_>, circuit: &Circuit) -> (Analysis, Scheme) {
    engine.refuel();
    let mut forward = Forward {
        engine,
        circuit,
        types: vec![Type::Unknown; circuit.steps.len()],
        errors: Vec::new(),
    };
    forward.run();
    let Forward { types, mut errors, .. } = forward;
    let mut checker = Checker::new(engine, circuit, &types);
    checker.run();
    let (params, expected) = (checker.params, checker.expected);
    // One cause, one error: what a consumer says about an element explains why elements do not go together.
    errors.retain(|it| it.code != "mixed-sequence" || !explained(circuit, it.at, &checker.errors));
    let more = checker.errors.into_iter().filter(|new| !errors.iter().any(|it| it.at == new.at));
    errors.extend(more.collect::<Vec<_>>());
    let params = params.into_iter().enumerate().map(|(at, it)| ParamScheme {
        demanded: demanded(engine, &it),
        required: it.required,
        demands: it.demands.into(),
        ..bare_param(circuit, at)
    });
    let result = circuit.result.and_then(|it| types.get(it.0 as usize)).cloned();
    let scheme = Scheme { params: params.collect(), result: result.unwrap_or(Type::Unknown) };
    (Analysis { types, expected, errors }, scheme)
}

/// Whether one of `errors` is about something inside the arguments of the call at `at`, as far as these are written in
/// place.
fn explained(circuit: &Circuit, at: At, errors: &[TypeError]) -> bool {
    let At::ArgValue(call, _) = at else { return false };
    let (mut work, mut inside) = (vec![call], FxHashSet::default());
    while let Some(step) = work.pop() {
        if inside.len() > 500 || !inside.insert(step) {
            continue;
        }
        if let StepKind::Apply { args, .. } = &circuit.step(step).kind {
            work.extend(args.iter().map(|it| it.value));
        }
    }
    errors.iter().any(|it| match it.at {
        At::Arg(step, _) | At::ArgValue(step, _) => inside.contains(&step),
        _ => false,
    })
}

/// The answers, with types for people: where a parameter's demand is known, that stands for what it is given.
fn finish(engine: &Engine<'_>, circuits: &[Arc<Circuit>], all: Vec<Analysis>) -> Vec<Inferred> {
    let locals = engine.locals.borrow().clone();
    circuits
        .iter()
        .zip(all)
        .map(|(circuit, Analysis { types, expected, mut errors })| {
            let scheme = match locals.get(&circuit.key) {
                Some(local) => local.scheme.clone(),
                None => Arc::new(Scheme { params: Box::default(), result: Type::Unknown }),
            };
            let given: FxHashMap<&EcoString, Type> = scheme
                .params
                .iter()
                .map(|it| match &it.demanded {
                    Type::Unknown => (&it.name, Type::Var(it.name.clone())),
                    demanded => (&it.name, demanded.clone()),
                })
                .collect();
            engine.refuel();
            let params = circuit.params.iter().map(|it| given.get(&it.name).cloned());
            let mut steps: Vec<Type> =
                types.iter().map(|ty| engine.substitute(ty, &given)).collect();
            for (step, ty) in steps.iter_mut().zip(params) {
                *step = ty.unwrap_or(Type::Unknown);
            }
            errors.sort_by_key(|it| it.at);
            Inferred { scheme, steps: steps.into(), expected: expected.into(), errors }
        })
        .collect()
}

/// All demands on a parameter as one type: structures are merged, otherwise the first counts.
fn demanded(engine: &Engine<'_>, param: &ParamDemands) -> Type {
    fn merge(a: Type, b: Type) -> Type {
        match (a, b) {
            (Type::Unknown, it) | (it, Type::Unknown) => it,
            // A name does for an object, and an object does not for a name.
            (Type::Schema(_), Type::String) | (Type::String, Type::Schema(_)) => Type::String,
            (Type::Structure(a), Type::Structure(b)) => {
                let both = a.iter().map(|(name, ty)| {
                    let ty = ty.clone();
                    (
                        name.clone(),
                        match b.field(name) {
                            Some(other) => merge(ty, other.clone()),
                            None => ty,
                        },
                    )
                });
                let more = b.iter().filter(|it| a.field(&it.0).is_none()).cloned();
                Type::structure(both.chain(more))
            }
            (a, _) => a,
        }
    }
    param.demands.iter().fold(Type::Unknown, |all, it| merge(all, demand_type(engine, it)))
}

/// Computes the types of all steps of a circuit from those that they read.
struct Forward<'a> {
    engine: &'a Engine<'a>,
    circuit: &'a Circuit,
    types: Vec<Type>,
    errors: Vec<TypeError>,
}

impl Forward<'_> {
    fn run(&mut self) {
        let circuit = self.circuit;
        for id in &circuit.order {
            let ty = match &circuit.step(*id).kind {
                StepKind::Param(at) => self.param(*at),
                StepKind::Literal(Literal::Bool(_)) => Type::Bool,
                StepKind::Literal(Literal::Int(_)) => Type::INT64,
                StepKind::Literal(Literal::Float(_)) => Type::Float64,
                StepKind::Literal(Literal::String(_)) => Type::String,
                StepKind::Target(target) => self.target(target),
                StepKind::Select { base, path } => self.select(*id, *base, path),
                StepKind::Apply { callee, args, invoke } => self.apply(*id, *callee, args, *invoke),
                StepKind::Error => Type::Unknown,
            };
            if let Some(slot) = self.types.get_mut(id.0 as usize) {
                *slot = ty;
            }
        }
    }

    fn ty(&self, id: StepId) -> Type {
        self.types.get(id.0 as usize).cloned().unwrap_or(Type::Unknown)
    }

    fn error(&mut self, at: At, code: &'static str, message: String) {
        self.errors.push(TypeError::new(at, Severity::Error, code, message));
    }

    fn param(&self, at: u32) -> Type {
        let Some(param) = self.circuit.params.get(at as usize) else { return Type::Unknown };
        let locals = self.engine.locals.borrow();
        match locals.get(&self.circuit.key) {
            Some(local) if local.widened.contains(&param.name) => Type::Unknown,
            _ => Type::Var(param.name.clone()),
        }
    }

    fn target(&self, target: &Target) -> Type {
        Type::reference(match target {
            Target::Function(key) => Callee::Function(key.clone()),
            Target::Gate(id) => Callee::Gate(*id),
            Target::Join => Callee::Join,
            Target::Builtin(id) => Callee::Builtin(builtins::name(*id)),
        })
    }

    fn select(&mut self, id: StepId, base: StepId, path: &[EcoString]) -> Type {
        let schema = self.engine.schema();
        let mut ty = self.ty(base);
        for (index, name) in path.iter().enumerate() {
            let at = At::SelectName(id, index as u32);
            match select(schema, &ty, name) {
                Ok(next) => {
                    self.warn_absent(id, index, &ty, name);
                    ty = next;
                }
                Err(SelectFailure::NotSelectable(got)) => {
                    let what = match &got {
                        Type::Sequence(_) => "a sequence",
                        Type::Variety(_) => "a function",
                        _ => "no structure",
                    };
                    let shown = shorten(&got);
                    let message =
                        format!("`{name}` cannot be selected: this is {what}, of type {shown}");
                    self.error(at, "not-selectable", message);
                    return Type::Unknown;
                }
                Err(SelectFailure::UnknownField(owner)) => {
                    let fields = schema.ty(owner.id).as_struct().map(|it| &it.fields);
                    let names = fields.into_iter().flatten().map(|it| it.name.as_str());
                    let mut message = format!("{} has no field `{name}`", owner.name);
                    let near = closest(name, names);
                    if let Some(near) = near {
                        message.push_str(&format!("; did you mean `{near}`?"));
                    }
                    self.error(at, "unknown-field", message);
                    if let (Some(near), Some(error)) = (near, self.errors.last_mut()) {
                        let (step, index, to) = (id, index as u32, near.into());
                        error.suggestion.push(Suggestion::RenameSelect { step, index, to });
                    }
                    return Type::Unknown;
                }
            }
        }
        ty
    }

    /// A structure without the field gives Empty, which is legal and seldom meant where a similar field is there.
    fn warn_absent(&mut self, id: StepId, index: usize, ty: &Type, name: &EcoString) {
        let Type::Structure(fields) = ty else { return };
        if fields.field(name).is_some() {
            return;
        }
        let Some(near) = closest(name, fields.iter().map(|it| it.0.as_str())) else { return };
        let message =
            format!("There is no field `{name}`, so this is Empty; did you mean `{near}`?");
        let (step, index, to) = (id, index as u32, near.into());
        let at = At::SelectName(id, index);
        let error = TypeError::new(at, Severity::Warning, "absent-field", message);
        self.errors.push(error.suggest(Suggestion::RenameSelect { step, index, to }));
    }

    fn apply(&mut self, id: StepId, callee: StepId, args: &[Arg], invoke: bool) -> Type {
        let gathered = self.gather(id, args);
        let callee_ty = self.ty(callee);
        let result = self
            .engine
            .augment(&callee_ty, &gathered)
            .and_then(|it| if invoke { self.engine.invoke(&it) } else { Ok(it) });
        match result {
            Ok(ty) => ty,
            Err(CallFailure::NotCallable(got)) => {
                let got = shorten(&got);
                let message = format!("Only functions can be called; this is {got}");
                self.error(At::Callee(id), "not-callable", message);
                Type::Unknown
            }
            Err(CallFailure::Duplicate(name)) => {
                let what = match name.as_str() {
                    "" => "The unlabelled argument".to_owned(),
                    name => format!("The argument `{name}`"),
                };
                let same = |it: &Arg| it.name.as_deref().unwrap_or_default() == name;
                let index = args.iter().position(same).unwrap_or_default() as u32;
                let message = format!("{what} is attached already");
                self.error(At::Arg(id, index), "duplicate-argument", message);
                Type::Unknown
            }
        }
    }

    /// The arguments as the callee gets them: by name, repeated ones as sequences (specification §5.4).
    fn gather(&mut self, id: StepId, args: &[Arg]) -> Fields {
        let mut groups: Vec<(EcoString, Vec<usize>)> = Vec::new();
        let mut places: FxHashMap<EcoString, usize> = FxHashMap::default();
        for (index, arg) in args.iter().enumerate() {
            let name = arg.name.clone().unwrap_or_default();
            if name.starts_with('_') {
                continue;
            }
            let place = *places.entry(name.clone()).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.1.push(index),
                None => groups.push((name, vec![index])),
            }
        }
        let mut fields = Vec::with_capacity(groups.len());
        for (name, members) in groups {
            let types: Vec<Type> = members.iter().map(|it| self.ty(args[*it].value)).collect();
            let ty = match group(&types) {
                Ok(ty) => ty,
                Err((at, conflict)) => {
                    let (left, right) = (shorten(&conflict.left), shorten(&conflict.right));
                    let place = match conflict.path.join(".") {
                        path if path.is_empty() => String::new(),
                        path => format!(" in `{path}`"),
                    };
                    let message = format!(
                        "{right} and {left}{place} cannot be elements of one sequence; a labelled structure `(a: …, b: …)` can hold both"
                    );
                    let index = members.get(at).copied().unwrap_or_default() as u32;
                    self.error(At::ArgValue(id, index), "mixed-sequence", message);
                    Type::Unknown
                }
            };
            fields.push((name, ty));
        }
        Fields::new(fields)
    }
}

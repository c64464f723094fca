//! The types of the steps of one circuit, each from those that it reads.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::builtins;
use super::check::shorten;
use super::errors::{At, Suggestion, TypeError, closest};
use super::eval::{CallFailure, Engine};
use super::lattice::{element, group, join_all};
use super::memory::Memories;
use super::select::{SelectFailure, select};
use super::ty::{Callee, Fields, Type};
use crate::circuit::{Arg, Circuit, Literal, StepId, StepKind, Target};
use crate::diagnostic::Severity;

/// The type of every step, what can never work about selections, calls and sequences, and what the panics carry that the
/// steps may raise.
pub(super) fn run(engine: &Engine<'_>, circuit: &Circuit) -> (Vec<Type>, Vec<TypeError>, Type) {
    let ((types, errors), raises) = engine.watch(|| run_watched(engine, circuit));
    (types, errors, raises)
}

fn run_watched(engine: &Engine<'_>, circuit: &Circuit) -> (Vec<Type>, Vec<TypeError>) {
    let types = vec![Type::Unknown; circuit.steps.len()];
    let memories = Memories::new(circuit);
    let mut forward = Forward { engine, circuit, types, errors: Vec::new(), memories };
    // What is stored may depend on what was stored before.
    for _ in 0..MEMORY_ROUNDS {
        forward.run();
        let types = &forward.types;
        if !forward.memories.store(circuit, |it| types[it.0 as usize].clone()) {
            return (forward.types, forward.errors);
        }
        forward.errors.clear();
    }
    forward.memories.forget();
    forward.run();
    (forward.types, forward.errors)
}

/// How often what is stored in the memories of a function is looked at until it no longer changes.
const MEMORY_ROUNDS: usize = 4;

/// Whether this is the builtin that joins sequences, without arguments so far.
fn is_merge(ty: &Type) -> bool {
    let Type::Variety(list) = ty else { return false };
    matches!(&**list, [it] if it.callee == Callee::Builtin("Merge".into()) && it.fixed.is_empty())
}

/// Where an argument is attached to what is called; nothing if that is not in this function.
fn attached(circuit: &Circuit, mut callee: StepId, name: &str) -> Option<At> {
    while let StepKind::Apply { callee: inner, args, invoke: false } = &circuit.step(callee).kind {
        let same = |it: &Arg| it.name.as_deref().unwrap_or_default() == name;
        if let Some(index) = args.iter().position(same) {
            return Some(At::Arg(callee, index as u32));
        }
        callee = *inner;
    }
    None
}

/// Computes the types of all steps of a circuit from those that they read.
struct Forward<'a> {
    engine: &'a Engine<'a>,
    circuit: &'a Circuit,
    types: Vec<Type>,
    errors: Vec<TypeError>,
    memories: Memories,
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
        let recorder = self.engine.recorder.as_ref();
        let recorded = recorder.and_then(|it| it.param(&self.circuit.key, &param.name));
        recorded.unwrap_or_else(|| Type::Var(param.name.clone()))
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
                    if let (0, Some(error)) = (index, self.errors.last_mut()) {
                        error.related.push((At::Step(base), format!("this is {shown}")));
                    }
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
            format!("there is no field `{name}`, so this is Empty; did you mean `{near}`?");
        let (step, index, to) = (id, index as u32, near.into());
        let at = At::SelectName(id, index);
        let error = TypeError::new(at, Severity::Warning, "absent-field", message);
        self.errors.push(error.suggest(Suggestion::RenameSelect { step, index, to }));
    }

    fn apply(&mut self, id: StepId, callee: StepId, args: &[Arg], invoke: bool) -> Type {
        let mut gathered = self.gather(id, args);
        let callee_ty = self.ty(callee);
        if is_merge(&callee_ty) && args.len() > 1 && args.iter().all(|it| it.name.is_none()) {
            // Single values and sequences count alike here, which the type of their sequence does not tell.
            let parts: Vec<Type> = args.iter().map(|it| element(&self.ty(it.value))).collect();
            let all = join_all(&parts).sequence().sequence();
            gathered = Fields::new([(EcoString::new(), all)]);
        }
        let result = self
            .engine
            .augment(&callee_ty, &gathered)
            .and_then(|it| if invoke { self.engine.invoke(&it) } else { Ok(it) });
        match result {
            Ok(ty) => self.memories.result(id, &gathered).unwrap_or(ty),
            Err(CallFailure::NotCallable(got)) => {
                let got = shorten(&got);
                let message = format!("only functions can be called; this is {got}");
                self.error(At::Callee(id), "not-callable", message);
                if let Some(error) = self.errors.last_mut() {
                    error.related.push((At::Step(callee), format!("this is {got}")));
                }
                Type::Unknown
            }
            Err(CallFailure::Duplicate(name)) => {
                let what = match name.as_str() {
                    "" => "the unlabelled argument".to_owned(),
                    name => format!("the argument `{name}`"),
                };
                let same = |it: &Arg| it.name.as_deref().unwrap_or_default() == name;
                let index = args.iter().position(same).unwrap_or_default() as u32;
                let message = format!("{what} is attached already");
                self.error(At::Arg(id, index), "duplicate-argument", message);
                if let (Some(at), Some(error)) =
                    (attached(self.circuit, callee, &name), self.errors.last_mut())
                {
                    error.related.push((at, "it is attached here".to_owned()));
                }
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
                    let first =
                        members.iter().take(at).find(|it| !self.ty(args[**it].value).is_blocked());
                    if let (Some(first), Some(error)) = (first, self.errors.last_mut()) {
                        let place = At::ArgValue(id, *first as u32);
                        error.related.push((place, format!("this is {left}")));
                    }
                    Type::Unknown
                }
            };
            fields.push((name, ty));
        }
        Fields::new(fields)
    }
}

//! Calls on the level of types: attaching arguments, invoking, and putting arguments into the scheme of a function.
//!
//! Values flow forward only in a circuit, so there is nothing to solve: what a step has is computed from what it reads.
//! What depends on parameters waits as [`Deferred`] and is computed anew for each call.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use ecow::EcoString;
use ko_schema::{Gate, GateType, Schema};
use rustc_hash::FxHashMap;

use super::recursion::Recorder;
use super::scheme::Scheme;
use super::select::{SelectFailure, select};
use super::ty::{Callee, Deferred, Fields, Op, SchemaType, Type, Variety, View};
use super::{Env, builtins, lattice};
use crate::circuit::FunctionKey;

/// Calls within calls while one step is typed; deeper ones are not known.
const MAX_CALLS: u32 = 24;
/// Calls altogether while one function is typed, for each step and besides; after that, results of calls are not known.
const FUEL: (usize, usize) = (20, 2_000);

/// Why a value cannot take arguments or be invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallFailure {
    /// It is no function.
    NotCallable(Type),
    /// The argument of this name (empty: the unlabelled one) is attached already.
    Duplicate(EcoString),
}

/// The functions of the component that is being inferred.
pub(super) type Locals = FxHashMap<FunctionKey, Arc<Scheme>>;

/// Computes with types. Holds what is known of the functions of the component at hand.
pub(super) struct Engine<'a> {
    pub(super) env: &'a dyn Env,
    pub(super) locals: RefCell<Locals>,
    /// What calls among these functions give and return while they are being written down.
    pub(super) recorder: Option<Recorder>,
    /// Results of functions that call themselves: those that are found, and those that are being looked for.
    pub(super) solved: RefCell<FxHashMap<Deferred, Type>>,
    pub(super) solving: RefCell<Vec<(Deferred, Type)>>,
    /// What the panics carry that what was computed so far may raise.
    raised: RefCell<Type>,
    fuel: Cell<u32>,
    depth: Cell<u32>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(env: &'a dyn Env, locals: Locals, recorder: Option<Recorder>) -> Engine<'a> {
        Engine {
            env,
            locals: RefCell::new(locals),
            recorder,
            solved: RefCell::default(),
            solving: RefCell::default(),
            raised: RefCell::new(Type::Never),
            fuel: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// Notes that a panic may carry such a value.
    pub(super) fn raise(&self, ty: &Type) {
        let all = lattice::join(&self.raised.borrow(), ty);
        *self.raised.borrow_mut() = all;
    }

    /// What is computed, and what the panics carry that computing it may raise; these go no further.
    pub(super) fn watch<T>(&self, compute: impl FnOnce() -> T) -> (T, Type) {
        let outer = self.raised.replace(Type::Never);
        let value = compute();
        (value, self.raised.replace(outer))
    }

    /// What waits to be computed, and may raise panics then.
    pub(super) fn later(&self, op: Op) -> Type {
        let ty = Type::deferred(op);
        self.raise(&if ty.is_open() {
            Type::deferred(Op::Raised(ty.clone()))
        } else {
            Type::Unknown
        });
        ty
    }

    pub(super) fn schema(&self) -> &Schema {
        self.env.schema()
    }

    /// Starts the work on a function of this many steps.
    pub(super) fn refuel(&self, steps: usize) {
        let fuel = steps.saturating_mul(FUEL.0).saturating_add(FUEL.1);
        self.fuel.set(u32::try_from(fuel).unwrap_or(u32::MAX));
    }

    pub(super) fn scheme(&self, key: &FunctionKey) -> Option<Arc<Scheme>> {
        if let Some(local) = self.locals.borrow().get(key) {
            return Some(local.clone());
        }
        self.env.scheme(key)
    }

    /// The value with arguments attached (specification §5.4).
    pub(super) fn augment(&self, ty: &Type, args: &Fields) -> Result<Type, CallFailure> {
        if args.is_empty() {
            return Ok(ty.clone());
        }
        Ok(match ty {
            Type::Unknown | Type::Any => Type::Unknown,
            Type::Never => Type::Never,
            Type::Var(_) | Type::Deferred(_) => {
                Type::deferred(Op::Augment(ty.clone(), args.clone()))
            }
            // Empty would fail, so this goes on with the other case.
            Type::Optional(it) => self.augment(it, args)?,
            Type::Variety(list) if list.is_empty() => ty.clone(),
            Type::Variety(list) => {
                let mut out = Vec::with_capacity(list.len());
                let mut twice = None;
                for it in list.iter() {
                    match args.iter().find(|arg| it.fixed.field(&arg.0).is_some()) {
                        Some((name, _)) => twice = Some(name.clone()),
                        None => out.push(Variety {
                            callee: it.callee.clone(),
                            fixed: Fields::new(it.fixed.iter().chain(args.iter()).cloned()),
                        }),
                    }
                }
                match twice {
                    Some(name) if out.is_empty() => return Err(CallFailure::Duplicate(name)),
                    _ => Type::varieties(out),
                }
            }
            Type::Named(_) => Type::Unknown,
            // The other cases would fail.
            Type::Union(list) => match list.iter().find(|it| matches!(it, Type::Variety(_))) {
                Some(it) => self.augment(it, args)?,
                None => return Err(CallFailure::NotCallable(ty.clone())),
            },
            _ => return Err(CallFailure::NotCallable(ty.clone())),
        })
    }

    /// The result of invoking the value (specification §5.5).
    pub(super) fn invoke(&self, ty: &Type) -> Result<Type, CallFailure> {
        Ok(match ty {
            Type::Never => Type::Never,
            Type::Var(_) | Type::Deferred(_) => self.later(Op::Invoke(ty.clone())),
            Type::Optional(it) => self.invoke(it)?,
            Type::Unknown | Type::Any | Type::Named(_) => self.anything(),
            Type::Variety(list) if list.is_empty() => self.anything(),
            Type::Variety(list) => {
                let results: Vec<Type> =
                    list.iter().map(|it| self.apply(&it.callee, &it.fixed)).collect();
                lattice::join_all(&results)
            }
            Type::Union(list) => match list.iter().find(|it| matches!(it, Type::Variety(_))) {
                Some(it) => self.invoke(it)?,
                None => return Err(CallFailure::NotCallable(ty.clone())),
            },
            _ => return Err(CallFailure::NotCallable(ty.clone())),
        })
    }

    /// The result of calling something of which nothing is known.
    fn anything(&self) -> Type {
        self.raise(&Type::Unknown);
        Type::Unknown
    }

    /// The result of calling the value. Where that fails for certain there is none; the failure belongs to whoever wrote
    /// the call.
    pub(super) fn call(&self, ty: &Type, args: &[(&str, Type)]) -> Type {
        let args = Fields::new(args.iter().map(|it| (it.0.into(), it.1.clone())));
        let result = self.augment(ty, &args).and_then(|it| self.invoke(&it));
        result.unwrap_or(Type::Never)
    }

    /// The field of the value, with no value at all where selecting it fails for certain.
    pub(super) fn field(&self, ty: &Type, name: &EcoString) -> Type {
        select(self.schema(), ty, name).unwrap_or_else(|failure| match failure {
            // A sequence without elements is Empty, and so is what is selected from it.
            SelectFailure::NotSelectable(Type::Sequence(_)) => Type::Empty,
            SelectFailure::NotSelectable(_) => Type::Never,
            // Servers may be newer than the schema.
            SelectFailure::UnknownField(_) => Type::Unknown,
        })
    }

    fn apply(&self, callee: &Callee, args: &Fields) -> Type {
        if self.fuel.get() == 0 || self.depth.get() >= MAX_CALLS {
            return self.anything();
        }
        self.fuel.set(self.fuel.get() - 1);
        self.depth.set(self.depth.get() + 1);
        let result = match callee {
            Callee::Join => builtins::any(args),
            // What a task raises, it raises again for those who wait for it.
            Callee::Native(result) => {
                self.raise(&Type::Unknown);
                (**result).clone()
            }
            Callee::Gate(id) => {
                let gate = self.schema().gate_by_id(*id);
                self.raise(&gate_problem(self.schema(), gate));
                if !args.iter().all(|it| lattice::is_data(&it.1)) {
                    // Functions that are given to a gate may raise anything.
                    self.raise(&Type::Unknown);
                }
                gate_result(self.schema(), &gate.result)
            }
            Callee::Builtin(name) => builtins::apply(self, name, args),
            Callee::Function(key) => self.apply_function(key, args),
        };
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn apply_function(&self, key: &FunctionKey, args: &Fields) -> Type {
        let Some(scheme) = self.scheme(key) else { return self.anything() };
        let given = scheme.params.iter().map(|param| {
            let named = args.field(&param.name);
            let given = named.or_else(|| args.field("").filter(|_| param.monadic));
            (&param.name, given.cloned().unwrap_or(Type::Empty))
        });
        if let Some(result) = self.recorder.as_ref().and_then(|it| it.call(key, given.clone())) {
            return result;
        }
        if !scheme.result.is_open() && !scheme.raises.is_open() {
            self.raise(&scheme.raises);
            return scheme.result.clone();
        }
        let given: FxHashMap<&EcoString, Type> = given.collect();
        let (raises, _) = self.watch(|| self.substitute(&scheme.raises, &given));
        self.raise(&raises);
        self.watch(|| self.substitute(&scheme.result, &given)).0
    }

    /// The type with the variables replaced, and everything done that waited for them.
    pub(super) fn substitute(&self, ty: &Type, given: &FxHashMap<&EcoString, Type>) -> Type {
        if !ty.is_open() {
            return ty.clone();
        }
        let fields = |it: &Fields| {
            Fields::new(it.iter().map(|it| (it.0.clone(), self.substitute(&it.1, given))))
        };
        let all = |it: &[Type]| -> Box<[Type]> {
            it.iter().map(|it| self.substitute(it, given)).collect()
        };
        match ty {
            Type::Var(name) => given.get(name).cloned().unwrap_or(Type::Unknown),
            Type::Optional(it) => self.substitute(it, given).optional(),
            Type::Sequence(it) => self.substitute(it, given).sequence(),
            Type::Map(it) => self.substitute(it, given).map(),
            Type::Structure(it) => Type::structure(fields(it).iter().cloned()),
            Type::Variety(list) => Type::varieties(list.iter().map(|it| Variety {
                callee: match &it.callee {
                    Callee::Native(result) => match Type::native(self.substitute(result, given)) {
                        Type::Variety(list) if list.len() == 1 => list[0].callee.clone(),
                        _ => it.callee.clone(),
                    },
                    callee => callee.clone(),
                },
                fixed: fields(&it.fixed),
            })),
            Type::Deferred(it) => match it.op() {
                Op::Select(base, name) => self.field(&self.substitute(base, given), name),
                Op::Augment(base, args) => self
                    .augment(&self.substitute(base, given), &fields(args))
                    .unwrap_or(Type::Never),
                Op::Invoke(base) => {
                    self.invoke(&self.substitute(base, given)).unwrap_or(Type::Never)
                }
                Op::Group(parts) => lattice::group(&all(parts)).unwrap_or(Type::Never),
                Op::Either(parts) => lattice::join_all(&all(parts)),
                Op::Element(base) => lattice::element(&self.substitute(base, given)),
                Op::Present(base) => lattice::present(&self.substitute(base, given)),
                Op::Builtin(name, args) => builtins::apply(self, name, &fields(args)),
                Op::Raised(ty) => self.watch(|| self.substitute(ty, given)).1,
                Op::Recursion(system, args) => self.recur(system, fields(args)),
            },
            Type::Union(list) => lattice::join_all(&all(list)),
            _ => ty.clone(),
        }
    }
}

/// The type of what a gate returns.
pub(super) fn gate_result(schema: &Schema, ty: &GateType) -> Type {
    let object = |id| Type::of_schema(schema, schema.kind(id).object, View::Object(id));
    match ty {
        GateType::Object(id) | GateType::ObjectRead(id) | GateType::ObjectOrName(id) => object(*id),
        GateType::MaybeObject(id) => object(*id).optional(),
        GateType::ListOf(id) | GateType::ObjectsOrNames(id) => object(*id).sequence(),
        GateType::Typed(id) => Type::of_schema(schema, *id, View::Read),
        GateType::DeleteReport => Type::structure([
            ("kind".into(), Type::String),
            ("namespace".into(), Type::String.optional()),
            ("name".into(), Type::String),
            ("uid".into(), Type::String.optional()),
            ("outcome".into(), Type::String),
        ])
        .sequence(),
        GateType::ExecResult => Type::structure([
            ("stdout".into(), Type::String),
            ("stderr".into(), Type::String),
            ("exitCode".into(), Type::INT64),
        ]),
        GateType::TokenResult => Type::structure([
            ("token".into(), Type::String),
            ("expires".into(), Type::String.optional()),
        ]),
        _ => gate_demand(schema, ty),
    }
}

/// The type of what the panic of a gate carries that was refused or gave up.
fn gate_problem(schema: &Schema, gate: &Gate) -> Type {
    let cause = ["field", "reason", "message"].map(|name| (name.into(), Type::String));
    let event = ["time", "reason", "message", "object"].map(|name| (name.into(), Type::String));
    let object = Type::of_schema(schema, schema.kind(gate.kind).object, View::Object(gate.kind));
    let problem = Type::structure([
        ("code".into(), Type::INT64),
        ("reason".into(), Type::String),
        ("message".into(), Type::String),
        ("kind".into(), Type::String),
        ("namespace".into(), Type::String.optional()),
        ("name".into(), Type::String.optional()),
        ("causes".into(), Type::structure(cause).sequence()),
        ("retryAfter".into(), Type::INT64.optional()),
        ("last".into(), lattice::join(&object, &object.clone().sequence())),
        ("events".into(), Type::structure(event).sequence()),
    ]);
    Type::structure([("k8s".into(), problem)])
}

/// The type of what a gate takes, as a program should write it.
pub(super) fn gate_demand(schema: &Schema, ty: &GateType) -> Type {
    let read = |id| {
        let (view, kind) = (View::Read, schema.kind(id));
        Type::Schema(SchemaType { id: kind.object, view, name: kind.kind.clone() })
    };
    match ty {
        GateType::Object(id) => Type::of_schema(schema, schema.kind(*id).object, View::Write),
        GateType::ObjectRead(id) | GateType::ObjectOrName(id) | GateType::MaybeObject(id) => {
            read(*id)
        }
        GateType::ListOf(id) | GateType::ObjectsOrNames(id) => read(*id).sequence(),
        GateType::Typed(id) => Type::of_schema(schema, *id, View::Write),
        GateType::String
        | GateType::OneOf(_)
        | GateType::Namespace
        | GateType::Duration
        | GateType::Condition(_)
        | GateType::LabelSelector
        | GateType::FieldSelector => Type::String,
        GateType::Int => Type::INT64,
        GateType::Bool => Type::Bool,
        GateType::Strings => Type::String.sequence(),
        GateType::Predicate(_) | GateType::Transform(_) | GateType::Step(_) | GateType::Stop => {
            Type::any_variety()
        }
        GateType::DeleteReport | GateType::ExecResult | GateType::TokenResult => {
            gate_result(schema, ty)
        }
        GateType::Any => Type::Any,
    }
}

//! Calls on the level of types: attaching arguments, invoking, and putting arguments into the scheme of a function.
//!
//! Values flow forward only in a circuit, so there is nothing to solve: what a step has is computed from what it reads.
//! What depends on parameters waits as [`Deferred`](super::ty::Deferred) and is computed anew for each call.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use ecow::EcoString;
use ko_schema::{GateType, Schema};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scheme::Scheme;
use super::select::select;
use super::ty::{Callee, Fields, Op, SchemaType, Type, Variety, View};
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

/// A function of the component that is being inferred, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) scheme: Arc<Scheme>,
    /// Parameters to which some call inside the component gives something else than the function itself was given.
    pub(super) widened: FxHashSet<EcoString>,
}

/// Computes with types. Holds what is known of the functions of the component at hand.
pub(super) struct Engine<'a> {
    pub(super) env: &'a dyn Env,
    pub(super) locals: RefCell<FxHashMap<FunctionKey, Local>>,
    /// Whether a parameter that is passed on unchanged may stay a variable: only in a component of one function.
    pub(super) single: bool,
    fuel: Cell<u32>,
    depth: Cell<u32>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(env: &'a dyn Env, locals: FxHashMap<FunctionKey, Local>) -> Engine<'a> {
        let single = locals.len() == 1;
        Engine {
            env,
            locals: RefCell::new(locals),
            single,
            fuel: Cell::new(0),
            depth: Cell::new(0),
        }
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
            return Some(local.scheme.clone());
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
            _ => return Err(CallFailure::NotCallable(ty.clone())),
        })
    }

    /// The result of invoking the value (specification §5.5).
    pub(super) fn invoke(&self, ty: &Type) -> Result<Type, CallFailure> {
        Ok(match ty {
            Type::Unknown | Type::Any => Type::Unknown,
            Type::Never => Type::Never,
            Type::Var(_) | Type::Deferred(_) => Type::deferred(Op::Invoke(ty.clone())),
            Type::Optional(it) => self.invoke(it)?,
            Type::Variety(list) if list.is_empty() => Type::Unknown,
            Type::Variety(list) => {
                let results: Vec<Type> =
                    list.iter().map(|it| self.apply(&it.callee, &it.fixed)).collect();
                lattice::join_all(&results)
            }
            _ => return Err(CallFailure::NotCallable(ty.clone())),
        })
    }

    /// The result of calling the value, not known where that fails: the failure belongs to whoever wrote the call.
    pub(super) fn call(&self, ty: &Type, args: &[(&str, Type)]) -> Type {
        let args = Fields::new(args.iter().map(|it| (it.0.into(), it.1.clone())));
        let result = self.augment(ty, &args).and_then(|it| self.invoke(&it));
        result.unwrap_or(Type::Unknown)
    }

    fn apply(&self, callee: &Callee, args: &Fields) -> Type {
        if self.fuel.get() == 0 || self.depth.get() >= MAX_CALLS {
            return Type::Unknown;
        }
        self.fuel.set(self.fuel.get() - 1);
        self.depth.set(self.depth.get() + 1);
        let result = match callee {
            Callee::Join => builtins::any(args),
            Callee::Native(result) => (**result).clone(),
            Callee::Gate(id) => gate_result(self.schema(), &self.schema().gate_by_id(*id).result),
            Callee::Builtin(name) => builtins::apply(self, name, args),
            Callee::Function(key) => self.apply_function(key, args),
        };
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn apply_function(&self, key: &FunctionKey, args: &Fields) -> Type {
        let Some(scheme) = self.scheme(key) else { return Type::Unknown };
        let given = scheme.params.iter().map(|param| {
            let named = args.field(&param.name);
            let given = named.or_else(|| args.field("").filter(|_| param.monadic));
            (&param.name, given.cloned().unwrap_or(Type::Empty))
        });
        if let Some(local) = self.locals.borrow_mut().get_mut(key) {
            // Inside a component there is one type for all calls: a parameter that is not just passed on is given up.
            for (name, ty) in given {
                if !self.single || !matches!(&ty, Type::Var(it) if it == name) {
                    local.widened.insert(name.clone());
                }
            }
            return scheme.result.clone();
        }
        if !scheme.result.is_open() {
            return scheme.result.clone();
        }
        let given: FxHashMap<&EcoString, Type> = given.collect();
        self.substitute(&scheme.result, &given)
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
                Op::Select(base, name) => {
                    select(self.schema(), &self.substitute(base, given), name)
                        .unwrap_or(Type::Unknown)
                }
                Op::Augment(base, args) => self
                    .augment(&self.substitute(base, given), &fields(args))
                    .unwrap_or(Type::Unknown),
                Op::Invoke(base) => {
                    self.invoke(&self.substitute(base, given)).unwrap_or(Type::Unknown)
                }
                Op::Group(parts) => lattice::group(&all(parts)).unwrap_or(Type::Unknown),
                Op::Either(parts) => lattice::join_all(&all(parts)),
                Op::Element(base) => lattice::element(&self.substitute(base, given)),
                Op::Present(base) => lattice::present(&self.substitute(base, given)),
                Op::Builtin(name, args) => builtins::apply(self, name, &fields(args)),
            },
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
        _ => gate_demand(schema, ty),
    }
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
        GateType::Predicate(_) | GateType::Transform(_) => Type::any_variety(),
        GateType::DeleteReport => gate_result(schema, ty),
        GateType::Any => Type::Any,
    }
}

//! The typing rules of the builtins (specification §7.1, last column), by name. Idioms need none: they are Ko code. The gates
//! of the library have their rules from their [signatures](super::signature).

use ecow::EcoString;

use super::eval::Engine;
use super::lattice::{element, is_data, join, join_all, present};
use super::scheme::Demand;
use super::ty::{Fields, Op, Type, Width};
use super::{signature, widen};
use crate::builtins::{self, BuiltinId, BuiltinInfo};

/// How often a fold is followed until what it carries no longer changes.
const ROUNDS: usize = 12;
/// The same where parameters are in it, which a call replaces.
const OPEN_ROUNDS: usize = 3;
/// From this round on, parts that contain themselves are cut off.
const FOLDED: usize = 3;
/// From this round on, nothing grows inside.
const WIDENED: usize = 6;

/// The rule of the empty operator: the unlabelled argument, or the structure of all (specification §5.5).
pub(super) fn any(args: &Fields) -> Type {
    match args.field("") {
        Some(it) => it.clone(),
        None => Type::structure(args.iter().cloned()),
    }
}

/// The argument called `value`, or the unlabelled one.
fn value(args: &Fields) -> Type {
    args.field("value").or_else(|| args.field("")).cloned().unwrap_or(Type::Empty)
}

/// The type that a conversion makes, by its name.
fn conversion(name: &str) -> Option<Type> {
    Some(match name {
        "Bool" => Type::Bool,
        "String" => Type::String,
        "Int8" => Type::Int(Width::W8),
        "Int16" => Type::Int(Width::W16),
        "Int32" => Type::Int(Width::W32),
        "Int64" => Type::INT64,
        "Uint8" => Type::Uint(Width::W8),
        "Uint16" => Type::Uint(Width::W16),
        "Uint32" => Type::Uint(Width::W32),
        "Uint64" => Type::Uint(Width::W64),
        "Float32" => Type::Float32,
        "Float64" => Type::Float64,
        _ => return None,
    })
}

/// The name without its package, for the builtin packages whose functions are those of the root.
fn plain(name: &str) -> &str {
    name.strip_prefix("integer.").unwrap_or(name)
}

/// The result of the builtin `name` with these arguments.
pub(super) fn apply(engine: &Engine<'_>, name: &EcoString, args: &Fields) -> Type {
    let arg = |name: &str| args.field(name).cloned().unwrap_or(Type::Empty);
    let later = || engine.later(Op::Builtin(name.clone(), args.clone()));
    let invoke = |ty: &Type| engine.invoke(ty).unwrap_or(Type::Never);
    if let Some(ty) = conversion(name) {
        return ty;
    }
    match plain(name) {
        "And" | "Or" | "Xor" | "Not" | "Equal" | "Less" => Type::Bool,
        "Hash" | "Print" | "Println" | "circuit.PkgPath" => Type::String,
        "Len" => Type::INT64,
        "Sum" | "Prod" | "Ratio" | "Moduli" | "Negative" => match element(&value(args)) {
            Type::Never => Type::Never,
            it if it.is_blocked() => later(),
            // Anything else among the elements would fail.
            it => match it.alternatives().iter().filter(|it| it.is_integer()).collect::<Vec<_>>() {
                integers if !integers.is_empty() => join_all(integers),
                _ if matches!(it, Type::Unknown | Type::Any | Type::Schema(_) | Type::Named(_)) => {
                    Type::Unknown
                }
                _ => Type::Never,
            },
        },
        "Merge" => match value(args) {
            Type::Empty => Type::Empty,
            it => element(&element(&it)).sequence(),
        },
        "Take" => {
            let from = match value(args) {
                Type::Empty => arg("from"),
                it => it,
            };
            if from.is_blocked() {
                return later();
            }
            take(&from)
        }
        "Range" => range(engine, args),
        "Loop" => {
            let step = arg("step");
            if step.is_blocked() || arg("start").is_blocked() {
                return later();
            }
            fold(arg("start"), |carry| {
                let next = engine.call(&step, &[("", carry.clone())]);
                engine.call(&arg("stop"), &[("", next.clone())]);
                next
            })
            .unwrap_or_else(later)
        }
        "Sort" => {
            let elem = element(&arg("over"));
            engine.call(&arg("less"), &[("left", elem.clone()), ("right", elem.clone())]);
            match elem {
                Type::Unknown | Type::Any => Type::Unknown,
                it => it.sequence(),
            }
        }
        "Yield" => join(&arg("then"), &arg("else")),
        "When" => when(engine, name, args),
        "Panic" => {
            engine.raise(&any(args));
            Type::Never
        }
        "Hang" | "Placeholder" => Type::Never,
        "Recover" => {
            let (result, raised) = engine.watch(|| invoke(&arg("invoke")));
            match raised {
                Type::Never => result,
                raised => join(&result, &engine.call(&arg("panic"), &[("", raised)])),
            }
        }
        "Spin" => Type::structure([("Wait".into(), Type::native(invoke(&value(args))))]),
        "Parallel" | "Sequential" => invoke(&value(args)),
        "Profile" => Type::structure([
            ("returns".into(), invoke(&value(args))),
            ("duration".into(), Type::INT64),
        ]),
        "Memory" => Type::structure([
            ("name".into(), Type::String),
            ("Remember".into(), Type::any_variety()),
            ("Recall".into(), Type::any_variety()),
            ("Flush".into(), Type::any_variety()),
        ]),
        "Show" | "ShowType" | "Peek" | "PeekType" => any(args),
        "Format" | "Template" => {
            let text = engine.call(&arg("withString"), &[("", Type::String)]);
            let item = match plain(name) {
                "Format" => element(&arg("args")),
                // A placeholder is any path of fields.
                _ => parts(&arg("args")),
            };
            if item.is_open() {
                return later();
            }
            let item = engine.call(&arg("withArg"), &[("", item)]);
            match join(&present(&text), &present(&item)) {
                Type::Unknown => Type::Unknown,
                it => it.sequence(),
            }
        }
        "All" => all(args, later),
        "Object" => Type::structure([]),
        "Map" => map(&value(args)),
        "Lookup" => match arg("map") {
            Type::Map(it) => (*it).clone().optional(),
            _ => Type::Unknown,
        },
        _ => match info(name) {
            Some(info) if matches!(info.id, BuiltinId::Library(_)) => {
                if !args.iter().all(|it| is_data(&it.1)) {
                    engine.raise(&Type::Unknown);
                }
                signature::result(name, info, args)
            }
            _ => {
                engine.raise(&Type::Unknown);
                Type::Unknown
            }
        },
    }
}

/// Any element of a sequence, and the others.
fn take(from: &Type) -> Type {
    match from {
        Type::Unknown | Type::Any | Type::Never | Type::Empty => from.clone(),
        Type::Sequence(first) => Type::structure([
            ("first".into(), (**first).clone()),
            ("remainder".into(), (**first).clone().sequence()),
        ])
        .optional(),
        Type::Optional(it) => take(it).optional(),
        Type::Union(list) => join_all(&list.iter().map(take).collect::<Vec<_>>()),
        _ => Type::structure([("first".into(), from.clone())]),
    }
}

/// The fields of a value, those of its fields, and so on.
fn parts(ty: &Type) -> Type {
    match ty {
        Type::Empty | Type::Never => Type::Never,
        Type::Optional(it) => parts(it),
        Type::Structure(fields) => fields.iter().fold(Type::Never, |all, (_, it)| {
            let inner = match it {
                Type::Structure(_) | Type::Optional(_) | Type::Union(_) => parts(it),
                Type::Unknown | Type::Any | Type::Map(_) | Type::Schema(_) => Type::Unknown,
                _ => Type::Never,
            };
            join(&all, &join(&present(it), &inner))
        }),
        Type::Union(list) => list.iter().fold(Type::Never, |all, it| match it {
            Type::Structure(_) => join(&all, &parts(it)),
            Type::Map(_) | Type::Schema(_) => Type::Unknown,
            _ => all,
        }),
        _ => Type::Unknown,
    }
}

/// What is carried from one round of a fold to the next, after at least one round. `None` where that does not come to
/// an end before more is known.
fn fold(start: Type, step: impl Fn(&Type) -> Type) -> Option<Type> {
    let (mut carry, mut result) = (start, Type::Never);
    for round in 0..ROUNDS {
        let mut next = join(&result, &step(&carry));
        if next.is_open() && round >= OPEN_ROUNDS {
            return None;
        }
        if round >= FOLDED {
            next = widen::fold(&next);
        }
        if round >= WIDENED {
            next = widen::widen(&result, &next);
        }
        if next == result {
            return Some(result);
        }
        carry = join(&carry, &next);
        result = next;
    }
    Some(Type::Unknown)
}

fn range(engine: &Engine<'_>, args: &Fields) -> Type {
    let arg = |name: &str| args.field(name).cloned().unwrap_or(Type::Empty);
    let later = || engine.later(Op::Builtin("Range".into(), args.clone()));
    let (over, with, start) = (arg("over"), arg("with"), arg("start"));
    if with.is_blocked() || over.is_blocked() || start.is_blocked() {
        return later();
    }
    let field = |ty: &Type, name: &str| engine.field(ty, &name.into());
    let elem = element(&over);
    let round =
        |carry: &Type| engine.call(&with, &[("carry", carry.clone()), ("elem", elem.clone())]);
    let carried = match &over {
        Type::Empty | Type::Never => Type::Never,
        _ => match fold(start.clone(), |carry| field(&round(carry), "carry")) {
            Some(it) => it,
            None => return later(),
        },
    };
    engine.call(&arg("stop"), &[("", carried.clone())]);
    // With `over` perhaps Empty, nothing may be carried at all.
    let residue = match over.is_present() {
        true => carried,
        false => join(&start, &carried),
    };
    let image = match &over {
        Type::Empty | Type::Never => Type::Empty,
        _ => match field(&round(&join(&start, &residue)), "emit") {
            Type::Unknown => Type::Unknown,
            Type::Never if over.is_present() => return Type::Never,
            it => present(&it).sequence(),
        },
    };
    Type::structure([("image".into(), image), ("residue".into(), residue)])
}

fn when(engine: &Engine<'_>, name: &EcoString, args: &Fields) -> Type {
    let arg = |name: &str| args.field(name).cloned();
    let have = arg("have").or_else(|| arg("")).or_else(|| arg("value")).unwrap_or(Type::Empty);
    let (then, other) = (arg("then"), arg("else"));
    // A branch that is not there gives Empty.
    let branch = |branch: &Option<Type>, args: &[(&str, Type)]| match branch {
        None | Some(Type::Empty) => Type::Empty,
        Some(it @ Type::Optional(_)) => join(&engine.call(it, args), &Type::Empty),
        Some(it) => engine.call(it, args),
    };
    let then = |have: Type| branch(&then, &[("", have)]);
    let other = || branch(&other, &[]);
    match &have {
        Type::Never => Type::Never,
        Type::Empty => other(),
        it if it.is_blocked() => engine.later(Op::Builtin(name.clone(), args.clone())),
        it if it.is_present() => then(have.clone()),
        it => join(&then(present(it)), &other()),
    }
}

fn all(args: &Fields, later: impl Fn() -> Type) -> Type {
    if args.is_empty() || args.iter().any(|it| it.1 == Type::Empty) {
        return Type::Empty;
    }
    if args.iter().any(|it| it.1.is_blocked()) {
        return later();
    }
    let whole = Type::structure(args.iter().map(|it| (it.0.clone(), present(&it.1))));
    if args.iter().all(|it| it.1.is_present()) { whole } else { whole.optional() }
}

/// A map made of pairs `(key, value)`.
fn map(pairs: &Type) -> Type {
    match element(pairs) {
        Type::Structure(fields) => match fields.field("value") {
            Some(it) => present(it).map(),
            None => Type::Unknown,
        },
        _ => Type::Unknown,
    }
}

/// What the builtin `name` asks of its argument `arg`, and whether it fails without it; `None` where it takes anything.
/// An argument that is only needed in some cases is not listed.
pub(super) fn demand(name: &str, arg: &str) -> Option<(Demand, bool)> {
    let unlabelled = |other: &str| arg.is_empty() || arg == other;
    Some(match plain(name) {
        "And" | "Or" | "Xor" if unlabelled("series") => {
            (Demand::Each(Box::new(Demand::Bool)), false)
        }
        "Not" if unlabelled("bool") => (Demand::Bool, false),
        "Less" | "Sum" | "Prod" | "Ratio" | "Moduli" if unlabelled("value") => {
            (Demand::Each(Box::new(Demand::Integer)), true)
        }
        "Bool" if unlabelled("value") => (Demand::Bool, true),
        "String" if unlabelled("value") => (Demand::Text, true),
        _ if conversion(name).is_some() && unlabelled("value") => (Demand::Number, true),
        "Negative" if unlabelled("value") => (Demand::Integer, true),
        "Print" | "Println" if unlabelled("string") => {
            (Demand::Each(Box::new(Demand::String)), false)
        }
        "Yield" if arg == "if" => (Demand::Bool, true),
        "Range" if arg == "with" => (Demand::Callable, true),
        "Range" if arg == "stop" => (Demand::Callable, false),
        "Loop" if arg == "step" => (Demand::Callable, true),
        "Loop" if arg == "stop" => (Demand::Callable, false),
        "Sort" if arg == "less" => (Demand::Callable, false),
        "Recover" if arg == "invoke" || arg == "panic" => (Demand::Callable, true),
        "Spin" | "Parallel" | "Sequential" | "Profile" if unlabelled("value") => {
            (Demand::Callable, true)
        }
        // `Format` has a piece of text before and behind each mark, even if it is empty.
        "Format" if arg == "withString" => (Demand::Callable, true),
        "Format" | "Template" if arg == "withString" || arg == "withArg" => {
            (Demand::Callable, false)
        }
        "Format" if arg == "format" => (Demand::String, true),
        "Template" if arg == "template" => (Demand::String, true),
        _ => match info(name) {
            Some(info) if matches!(info.id, BuiltinId::Library(_)) => {
                return signature::demand(info, arg);
            }
            _ => return None,
        },
    })
}

/// The name of a builtin with its package.
pub(super) fn name(id: BuiltinId) -> EcoString {
    let info = id.info();
    match info.package {
        "" => info.name.into(),
        package => ecow::eco_format!("{package}.{}", info.name),
    }
}

/// The builtin of this name with package.
pub(super) fn info(name: &str) -> Option<&'static BuiltinInfo> {
    let (package, plain) = name.rsplit_once('.').unwrap_or(("", name));
    builtins::find(package, plain).map(BuiltinId::info)
}

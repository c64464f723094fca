//! How two types become one: as elements of a sequence, which must agree, and as alternatives, which need not.

use super::ty::{Fields, Op, Type, Varieties};

/// Two types that cannot stand in one sequence, with the names of the fields that lead to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field in which they differ, outermost name first; empty for the elements themselves.
    pub path: Vec<ecow::EcoString>,
    /// One type.
    pub left: Type,
    /// The other.
    pub right: Type,
}

/// The element type of a sequence that holds values of both types: unification of the specification §6.2.
///
/// # Errors
/// The innermost two types that do not unify.
pub fn unify(left: &Type, right: &Type) -> Result<Type, Conflict> {
    if left == right {
        return Ok(left.clone());
    }
    let conflict = || Err(Conflict { path: Vec::new(), left: left.clone(), right: right.clone() });
    Ok(match (left, right) {
        (Type::Never, it) | (it, Type::Never) => it.clone(),
        (Type::Unknown, _) | (_, Type::Unknown) => Type::Unknown,
        (Type::Any, _) | (_, Type::Any) => Type::Any,
        (Type::Empty, it) | (it, Type::Empty) => it.clone().optional(),
        (Type::Optional(a), b) | (b, Type::Optional(a)) => unify(a, b)?.optional(),
        _ if left.is_blocked() || right.is_blocked() => Type::Unknown,
        (Type::Sequence(a), Type::Sequence(b)) => unify(a, b)?.sequence(),
        (Type::Sequence(a), b) | (b, Type::Sequence(a)) => unify(a, b)?.sequence(),
        (Type::Map(a), Type::Map(b)) => unify(a, b)?.map(),
        (Type::Structure(a), Type::Structure(b)) => unify_fields(a, b)?,
        (Type::Variety(a), Type::Variety(b)) => unite(a, b),
        // Values decide: an object that was read is an ordinary structure with some of its fields.
        (Type::Schema(_) | Type::Map(_), Type::Schema(_) | Type::Map(_) | Type::Structure(_))
        | (Type::Structure(_), Type::Schema(_) | Type::Map(_)) => Type::Unknown,
        _ => match wider(left, right) {
            Some(it) => it,
            None => return conflict(),
        },
    })
}

/// Whether values of these types can stand in one sequence. What is not known yet is passed over.
///
/// # Errors
/// The position of the first type that does not fit those before it, and where they differ.
fn check_unity(types: &[Type]) -> Result<(), (usize, Conflict)> {
    let mut all = Type::Never;
    for (at, it) in types.iter().enumerate().filter(|it| !it.1.is_blocked()) {
        all = unify(&all, it).map_err(|conflict| (at, conflict))?;
    }
    Ok(())
}

/// The type of a value that has one of the two types. Commutative, associative and idempotent, up to the order of fields.
pub fn join(left: &Type, right: &Type) -> Type {
    if left == right {
        return left.clone();
    }
    match (left, right) {
        (Type::Never, it) | (it, Type::Never) => it.clone(),
        (Type::Unknown, _) | (_, Type::Unknown) => Type::Unknown,
        (Type::Any, Type::Empty) | (Type::Empty, Type::Any) => Type::Any,
        (Type::Any, _) | (_, Type::Any) => Type::Unknown,
        (Type::Empty, it) | (it, Type::Empty) => it.clone().optional(),
        (Type::Optional(a), Type::Optional(b)) => join(a, b).optional(),
        (Type::Optional(_), Type::Sequence(_)) | (Type::Sequence(_), Type::Optional(_)) => {
            Type::Unknown
        }
        (Type::Optional(a), b) | (b, Type::Optional(a)) => join(a, b).optional(),
        _ if left.is_blocked() || right.is_blocked() => {
            let mut parts = Vec::new();
            for it in [left, right] {
                match it {
                    Type::Deferred(it) if matches!(it.op(), Op::Either(_)) => {
                        if let Op::Either(more) = it.op() {
                            parts.extend(more.iter().cloned());
                        }
                    }
                    _ => parts.push(it.clone()),
                }
            }
            either(parts)
        }
        (Type::Sequence(a), Type::Sequence(b)) => join(a, b).sequence(),
        (Type::Map(a), Type::Map(b)) => join(a, b).map(),
        (Type::Structure(a), Type::Structure(b)) => join_fields(a, b),
        (Type::Variety(a), Type::Variety(b)) => unite(a, b),
        _ => wider(left, right).unwrap_or(Type::Unknown),
    }
}

/// [`join`] over several types.
pub(super) fn join_all<'a>(types: impl IntoIterator<Item = &'a Type>) -> Type {
    types.into_iter().fold(Type::Never, |all, it| join(&all, it))
}

/// Whether every value of type `a` is one of type `b`.
pub fn is_subtype(a: &Type, b: &Type) -> bool {
    sorted(&join(a, b)) == sorted(b)
}

/// The type with the fields of its structures in the order of their names, for comparisons that ignore that order.
pub(super) fn sorted(ty: &Type) -> Type {
    match ty {
        Type::Optional(it) => sorted(it).optional(),
        Type::Sequence(it) => sorted(it).sequence(),
        Type::Map(it) => sorted(it).map(),
        Type::Structure(fields) => {
            let mut list: Vec<_> = fields.iter().map(|it| (it.0.clone(), sorted(&it.1))).collect();
            list.sort();
            Type::structure(list)
        }
        _ => ty.clone(),
    }
}

/// The value of an argument that was given `parts`: Empty ones count as not given, a single one is taken as it is, several
/// make a sequence (specification §5.4).
///
/// # Errors
/// The parts do not unify.
pub(super) fn group(parts: &[Type]) -> Result<Type, (usize, Conflict)> {
    let left: Vec<&Type> = parts.iter().filter(|it| **it != Type::Empty).collect();
    match left.as_slice() {
        [] => Ok(Type::Empty),
        [one] => Ok((*one).clone()),
        _ => {
            check_unity(parts)?;
            // Unifying widens the type only: the elements stay what they are, a single value also among sequences.
            let element = present(&join_all(left.iter().copied()));
            let certain = left.iter().filter(|it| it.is_present()).count();
            if certain >= 2 || left.iter().any(|it| matches!(it, Type::Never)) {
                Ok(element.sequence())
            } else if left.iter().any(|it| it.is_blocked()) {
                Ok(Type::deferred(Op::Group(parts.into())))
            } else {
                // One value or a sequence, depending on what is Empty.
                Ok(Type::Unknown)
            }
        }
    }
}

/// What the elements of a value are when it is taken as a sequence.
pub(super) fn element(ty: &Type) -> Type {
    match ty {
        Type::Sequence(it) => (**it).clone(),
        Type::Empty => Type::Never,
        Type::Optional(it) => element(it),
        Type::Var(_) | Type::Deferred(_) => Type::deferred(Op::Element(ty.clone())),
        _ => ty.clone(),
    }
}

/// The value where it is not Empty.
pub(super) fn present(ty: &Type) -> Type {
    match ty {
        Type::Empty => Type::Never,
        Type::Optional(it) => present(it),
        Type::Var(_) => Type::deferred(Op::Present(ty.clone())),
        Type::Deferred(it) if !matches!(it.op(), Op::Present(_) | Op::Element(_)) => {
            Type::deferred(Op::Present(ty.clone()))
        }
        _ => ty.clone(),
    }
}

/// One of `parts`: what is known of them becomes one type, the others wait.
fn either(parts: Vec<Type>) -> Type {
    let (mut waiting, known): (Vec<Type>, Vec<Type>) =
        parts.into_iter().partition(Type::is_blocked);
    match join_all(&known) {
        Type::Unknown | Type::Any => return Type::Unknown,
        Type::Never => {}
        it => waiting.push(it),
    }
    waiting.sort();
    waiting.dedup();
    match waiting.as_slice() {
        [one] => one.clone(),
        _ => Type::deferred(Op::Either(waiting.into())),
    }
}

fn unify_fields(a: &Fields, b: &Fields) -> Result<Type, Conflict> {
    let mut out = Vec::new();
    for (name, left) in a.iter() {
        let right = b.field(name).unwrap_or(&Type::Empty);
        let ty = unify(left, right).map_err(|mut conflict| {
            conflict.path.insert(0, name.clone());
            conflict
        })?;
        out.push((name.clone(), ty));
    }
    let more = b.iter().filter(|it| a.field(&it.0).is_none());
    out.extend(more.map(|it| (it.0.clone(), it.1.clone().optional())));
    Ok(Type::structure(out))
}

fn join_fields(a: &Fields, b: &Fields) -> Type {
    let first = a
        .iter()
        .map(|(name, left)| (name.clone(), join(left, b.field(name).unwrap_or(&Type::Empty))));
    let more = b.iter().filter(|it| a.field(&it.0).is_none());
    let more = more.map(|it| (it.0.clone(), it.1.clone().optional()));
    Type::structure(first.chain(more))
}

fn unite(a: &Varieties, b: &Varieties) -> Type {
    if a.is_empty() || b.is_empty() {
        return Type::any_variety();
    }
    Type::varieties(a.iter().chain(b.iter()).cloned())
}

/// The wider of two basic types that mix (the table of the specification §6.2).
fn wider(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Int(a), Type::Int(b)) => Some(Type::Int(*a.max(b))),
        (Type::Uint(a), Type::Uint(b)) => Some(Type::Uint(*a.max(b))),
        (Type::Float32 | Type::Float64, Type::Float32 | Type::Float64) => Some(Type::Float64),
        _ => None,
    }
}

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
        // Whether the host has one type for both is not said.
        (Type::Named(_), _) | (_, Type::Named(_)) => Type::Unknown,
        (Type::Union(_), _) | (_, Type::Union(_)) => {
            // Some of the cases may be those that never happen.
            let pairs = left.alternatives().iter().flat_map(|left| {
                right.alternatives().iter().filter_map(move |right| unify(left, right).ok())
            });
            match join_all(&pairs.collect::<Vec<_>>()) {
                Type::Never => return conflict(),
                it => it,
            }
        }
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
    // What may be Empty may not be there at all.
    let certain = |ty: &Type| !ty.is_blocked() && !matches!(ty, Type::Optional(_));
    for (at, it) in types.iter().enumerate().filter(|it| certain(it.1)) {
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
        (Type::Never, it) | (it, Type::Never) => return it.clone(),
        (Type::Unknown, _) | (_, Type::Unknown) => return Type::Unknown,
        // What a schema leaves open holds data of every type, but no functions.
        (Type::Any, it) | (it, Type::Any) => {
            return if is_data(it) { Type::Any } else { Type::Unknown };
        }
        _ => {}
    }
    let mut all = Parts::default();
    all.add(left);
    all.add(right);
    all.join()
}

/// The alternatives of types that are joined.
#[derive(Default)]
struct Parts {
    empty: bool,
    known: Vec<Type>,
    waiting: Vec<Type>,
}

impl Parts {
    fn add(&mut self, ty: &Type) {
        match ty {
            Type::Never => {}
            Type::Empty => self.empty = true,
            Type::Optional(it) => {
                self.empty = true;
                self.add(it);
            }
            Type::Union(list) => list.iter().for_each(|it| self.add(it)),
            Type::Deferred(it) => match it.op() {
                Op::Either(parts) => parts.iter().for_each(|it| self.add(it)),
                _ => self.waiting.push(ty.clone()),
            },
            Type::Var(_) => self.waiting.push(ty.clone()),
            _ => match self.known.iter_mut().find(|it| it.rank() == ty.rank()) {
                Some(same) => *same = join_same(same, ty),
                None => self.known.push(ty.clone()),
            },
        }
    }

    fn join(mut self) -> Type {
        let known = match self.known.iter().any(|it| matches!(it, Type::Unknown | Type::Any)) {
            true => Type::Unknown,
            false => Type::union(self.known),
        };
        let known = if self.empty { optional(known) } else { known };
        if self.waiting.is_empty() || known == Type::Unknown {
            return known;
        }
        // The case of it being Empty is said once, outside.
        let (known, empty) = match known {
            Type::Empty => (Type::Never, true),
            Type::Optional(it) => ((*it).clone(), true),
            it => (it, false),
        };
        if known != Type::Never {
            self.waiting.push(known);
        }
        self.waiting.sort();
        self.waiting.dedup();
        let all = match self.waiting.as_slice() {
            [one] => one.clone(),
            _ => Type::deferred(Op::Either(self.waiting.into())),
        };
        if empty { all.optional() } else { all }
    }
}

fn optional(ty: Type) -> Type {
    if ty == Type::Never { Type::Empty } else { ty.optional() }
}

/// The join of two types of one [rank](Type::rank).
fn join_same(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Sequence(a), Type::Sequence(b)) => join(a, b).sequence(),
        (Type::Map(a), Type::Map(b)) => join(a, b).map(),
        (Type::Structure(a), Type::Structure(b)) => join_fields(a, b),
        (Type::Variety(a), Type::Variety(b)) => unite(a, b),
        _ if left == right => left.clone(),
        _ => wider(left, right).unwrap_or(Type::Unknown),
    }
}

/// Whether values of the type are nothing but data, as far as that is known.
pub(super) fn is_data(ty: &Type) -> bool {
    match ty {
        Type::Unknown | Type::Var(_) | Type::Deferred(_) | Type::Variety(_) | Type::Named(_) => {
            false
        }
        Type::Optional(it) | Type::Sequence(it) | Type::Map(it) => is_data(it),
        Type::Structure(fields) => fields.iter().all(|it| is_data(&it.1)),
        Type::Union(list) => list.iter().all(is_data),
        _ => true,
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
        Type::Union(list) => Type::union(list.iter().map(sorted)),
        Type::Deferred(it) => match it.op() {
            Op::Either(parts) => Type::deferred(Op::Either(parts.iter().map(sorted).collect())),
            _ => ty.clone(),
        },
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
                Ok(join(&element, &element.clone().sequence()).optional())
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
        Type::Union(list) => join_all(&list.iter().map(element).collect::<Vec<_>>()),
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

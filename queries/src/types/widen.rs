//! Cutting types off that would grow for ever: what contains itself is known down to where it does.

use super::ty::{Fields, Type, Variety};

/// A structure with the fields of one that it is in is not known: trees and lists are known down to their branches.
pub(super) fn fold(ty: &Type) -> Type {
    fold_within(ty, &mut Vec::new())
}

fn fold_within<'a>(ty: &'a Type, outer: &mut Vec<&'a Fields>) -> Type {
    match ty {
        Type::Optional(it) => fold_within(it, outer).optional(),
        Type::Sequence(it) => fold_within(it, outer).sequence(),
        Type::Map(it) => fold_within(it, outer).map(),
        Type::Union(list) => Type::union(list.iter().map(|it| fold_within(it, outer))),
        Type::Structure(fields) => {
            if !fields.is_empty() && outer.iter().any(|it| same_names(it, fields)) {
                return Type::Unknown;
            }
            outer.push(fields);
            let folded =
                Type::structure(fields.iter().map(|it| (it.0.clone(), fold_within(&it.1, outer))));
            outer.pop();
            folded
        }
        Type::Variety(list) => {
            if list
                .iter()
                .any(|it| outer.iter().any(|outer| **outer == it.fixed && !outer.is_empty()))
            {
                return Type::any_variety();
            }
            Type::varieties(list.iter().map(|it| {
                let fixed = it.fixed.iter().map(|it| (it.0.clone(), fold_within(&it.1, outer)));
                Variety { callee: it.callee.clone(), fixed: Fields::new(fixed.collect::<Vec<_>>()) }
            }))
        }
        _ => ty.clone(),
    }
}

fn same_names(a: &Fields, b: &Fields) -> bool {
    a.len() == b.len() && a.iter().all(|it| b.field(&it.0).is_some())
}

/// `now`, which holds all that `before` does, with what is more inside of it cut off.
pub(super) fn widen(before: &Type, now: &Type) -> Type {
    if before == now {
        return now.clone();
    }
    match (before, now) {
        (Type::Optional(a), Type::Optional(b)) => widen_inside(a, b).optional(),
        (a, Type::Optional(b)) => widen(a, b).optional(),
        (Type::Sequence(a), Type::Sequence(b)) => widen_inside(a, b).sequence(),
        (Type::Map(a), Type::Map(b)) => widen_inside(a, b).map(),
        (Type::Structure(a), Type::Structure(b)) => Type::structure(b.iter().map(|(name, now)| {
            let before = a.field(name).unwrap_or(&Type::Empty);
            (name.clone(), widen_inside(before, now))
        })),
        (Type::Variety(_), Type::Variety(_)) => Type::any_variety(),
        (_, Type::Union(list)) => Type::union(list.iter().map(|now| {
            let same = before.alternatives().iter().find(|it| it.rank() == now.rank());
            same.map_or_else(|| now.clone(), |before| widen(before, now))
        })),
        _ => now.clone(),
    }
}

fn widen_inside(before: &Type, now: &Type) -> Type {
    match (before, now) {
        _ if before == now => now.clone(),
        (Type::Structure(_), Type::Structure(_))
        | (Type::Optional(_), Type::Optional(_))
        | (Type::Sequence(_), Type::Sequence(_))
        | (Type::Map(_), Type::Map(_))
        | (Type::Variety(_), Type::Variety(_)) => widen(before, now),
        // Basic types come to an end by themselves.
        (_, now) if now.alternatives().iter().all(|it| it.rank().is_some_and(|it| it.0 < 5)) => {
            now.clone()
        }
        _ => Type::Unknown,
    }
}

//! Laws of the lattice of types, on random types.

use proptest::prelude::*;

use crate::types::lattice::{element, group, is_subtype, join, present, sorted, unify};
use crate::types::select::select;
use crate::types::ty::{Type, Width};
use crate::types::widen;

fn basic() -> impl Strategy<Value = Type> {
    prop_oneof![
        Just(Type::Empty),
        Just(Type::Never),
        Just(Type::Unknown),
        Just(Type::Any),
        Just(Type::Bool),
        Just(Type::String),
        Just(Type::Int(Width::W8)),
        Just(Type::INT64),
        Just(Type::Uint(Width::W16)),
        Just(Type::Float32),
        Just(Type::Float64),
        Just(Type::any_variety()),
        Just(Type::Named("Element".into())),
        Just(Type::Var("x".into())),
        Just(Type::Var("y".into())),
    ]
}

fn types() -> impl Strategy<Value = Type> {
    basic().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::optional),
            inner.clone().prop_map(Type::sequence),
            inner.clone().prop_map(Type::map),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| join(&a, &b)),
            proptest::collection::btree_map("[a-d]", inner, 0..4).prop_map(|fields| {
                Type::structure(fields.into_iter().map(|it| (it.0.as_str().into(), it.1)))
            }),
        ]
    })
}

/// Closed types only: what waits for arguments is compared after they are put in.
fn closed() -> impl Strategy<Value = Type> {
    types().prop_filter("closed", |it| !it.is_open())
}

proptest! {
    #[test]
    fn joining_is_idempotent(a in types()) {
        prop_assert_eq!(join(&a, &a), a);
    }

    #[test]
    fn joining_is_commutative(a in types(), b in types()) {
        prop_assert_eq!(sorted(&join(&a, &b)), sorted(&join(&b, &a)));
    }

    #[test]
    fn joining_is_associative(a in closed(), b in closed(), c in closed()) {
        let left = join(&join(&a, &b), &c);
        let right = join(&a, &join(&b, &c));
        prop_assert_eq!(sorted(&left), sorted(&right));
    }

    #[test]
    fn subtyping_is_reflexive_and_a_join_is_above(a in closed(), b in closed()) {
        prop_assert!(is_subtype(&a, &a));
        prop_assert!(is_subtype(&a, &join(&a, &b)));
        prop_assert!(is_subtype(&b, &join(&a, &b)));
    }

    #[test]
    fn subtyping_is_transitive(a in closed(), b in closed(), c in closed()) {
        let (b, c) = (join(&a, &b), join(&join(&a, &b), &c));
        prop_assert!(is_subtype(&a, &b) && is_subtype(&b, &c) && is_subtype(&a, &c));
    }

    #[test]
    fn unifying_is_commutative_also_in_failing(a in types(), b in types()) {
        let (left, right) = (unify(&a, &b), unify(&b, &a));
        prop_assert_eq!(left.is_ok(), right.is_ok());
        if let (Ok(left), Ok(right)) = (left, right) {
            prop_assert_eq!(sorted(&left), sorted(&right));
        }
    }
}

proptest! {
    #[test]
    fn what_is_built_of_types_grows_with_them(a in closed(), more in closed()) {
        let b = join(&a, &more);
        let one = |ty: &Type| Type::structure([("f".into(), ty.clone())]);
        prop_assert!(is_subtype(&a.clone().optional(), &b.clone().optional()));
        prop_assert!(is_subtype(&a.clone().sequence(), &b.clone().sequence()));
        prop_assert!(is_subtype(&a.clone().map(), &b.clone().map()));
        prop_assert!(is_subtype(&one(&a), &one(&b)));
        prop_assert!(is_subtype(&element(&a), &element(&b)), "{a} {b}");
        prop_assert!(is_subtype(&present(&a), &present(&b)), "{a} {b}");
    }

    #[test]
    fn multiplicities_are_in_order(a in closed()) {
        prop_assert!(is_subtype(&Type::Never, &a));
        prop_assert!(is_subtype(&Type::Empty, &a.clone().optional()));
        prop_assert!(is_subtype(&a, &a.clone().optional()));
        prop_assert!(is_subtype(&Type::Empty, &a.clone().sequence()));
        prop_assert_eq!(a.clone().optional().optional(), a.clone().optional());
        prop_assert_eq!(a.clone().optional().sequence(), a.clone().sequence());
        prop_assert_eq!(a.clone().sequence().optional(), a.sequence());
    }

    /// A value that is given alone or among others is one of what they make together.
    #[test]
    fn arguments_that_repeat_hold_each_of_them(a in closed(), b in closed()) {
        let (Ok(both), Ok(one)) = (group(&[a.clone(), b.clone()]), group(std::slice::from_ref(&a))) else {
            return Ok(());
        };
        prop_assert_eq!(&one, &a);
        if both != Type::Unknown && a != Type::Empty {
            prop_assert!(is_subtype(&present(&a), &both) || is_subtype(&present(&a), &element(&both)), "{a} {b} {both}");
        }
    }

    #[test]
    fn fields_are_selected_from_every_case(a in closed(), b in closed()) {
        let schema = ko_schema::Schema::builtin();
        let name = "a".into();
        if let (Ok(left), Ok(right)) = (select(schema, &a, &name), select(schema, &b, &name)) {
            let both = select(schema, &join(&a, &b), &name);
            let both = both.unwrap_or(Type::Never);
            prop_assert!(is_subtype(&join(&left, &right), &both), "{a} {b} {both}");
        }
    }

    #[test]
    fn cutting_off_makes_types_wider(a in closed(), more in closed()) {
        let b = join(&a, &more);
        prop_assert!(is_subtype(&b, &widen::fold(&b)), "{b}");
        prop_assert!(is_subtype(&b, &widen::widen(&a, &b)), "{a} {b}");
    }
}

/// Types of each kind, so that all combinations of three can be looked at.
fn universe() -> Vec<Type> {
    let field = |name: &str, ty: Type| Type::structure([(name.into(), ty)]);
    let mut all = vec![
        Type::Never,
        Type::Unknown,
        Type::Any,
        Type::Empty,
        Type::Bool,
        Type::Int(Width::W8),
        Type::INT64,
        Type::Float32,
        Type::Named("Element".into()),
        Type::any_variety(),
        Type::structure([]),
        field("a", Type::Bool),
        field("a", Type::Int(Width::W8)),
        field("b", Type::INT64.optional()),
    ];
    for at in 4..all.len() {
        let ty = all[at].clone();
        all.extend([ty.clone().optional(), ty.clone().sequence(), join(&ty, &Type::String)]);
    }
    all.extend([Type::Bool.map(), Type::Bool.sequence().sequence(), Type::Unknown.sequence()]);
    all
}

#[test]
fn the_laws_hold_for_all_combinations_of_types() {
    let all = universe();
    let below: Vec<Vec<bool>> =
        all.iter().map(|a| all.iter().map(|b| is_subtype(a, b)).collect()).collect();
    let joins: Vec<Vec<Type>> =
        all.iter().map(|a| all.iter().map(|b| join(a, b)).collect()).collect();
    let mut chains = 0;
    for a in 0..all.len() {
        assert!(below[a][a], "{}", all[a]);
        for b in 0..all.len() {
            assert_eq!(sorted(&joins[a][b]), sorted(&joins[b][a]), "{} {}", all[a], all[b]);
            assert!(
                !(below[a][b] && below[b][a]) || sorted(&all[a]) == sorted(&all[b]),
                "{} and {} are below each other",
                all[a],
                all[b]
            );
            for c in 0..all.len() {
                if below[a][b] && below[b][c] {
                    chains += 1;
                    assert!(below[a][c], "{} {} {}", all[a], all[b], all[c]);
                }
                let (left, right) = (join(&joins[a][b], &all[c]), join(&all[a], &joins[b][c]));
                assert_eq!(sorted(&left), sorted(&right), "{} {} {}", all[a], all[b], all[c]);
            }
        }
    }
    assert!(chains > 500, "only {chains} chains");
}

/// The examples of the language specification, §6.2.
#[test]
fn the_examples_of_unification_hold() {
    let ty = |fields: &[(&str, Type)]| {
        Type::structure(fields.iter().map(|it| (it.0.into(), it.1.clone())))
    };
    let int = Type::INT64;
    let show = |a: &Type, b: &Type| match unify(a, b) {
        Ok(it) => it.to_string(),
        Err(it) => format!("{} and {} in {}", it.left, it.right, it.path.join(".")),
    };
    let a = ty(&[("a", int.clone())]);
    assert_eq!(show(&a, &ty(&[("b", Type::String)])), "(a: *Int64, b: *String)");
    assert_eq!(show(&ty(&[("a", int.clone().sequence())]), &a), "(a: (Int64))");
    assert_eq!(show(&a, &ty(&[])), "(a: *Int64)");
    assert_eq!(show(&int, &int.clone().sequence()), "(Int64)");
    assert_eq!(show(&int, &Type::String), "Int64 and String in ");
    assert_eq!(show(&int, &Type::Float64), "Int64 and Float64 in ");
    assert_eq!(show(&a, &ty(&[("a", Type::String)])), "Int64 and String in a");
    assert_eq!(show(&a, &int), "(a: Int64) and Int64 in ");
}

//! Laws of the lattice of types, on random types.

use proptest::prelude::*;

use crate::types::lattice::{is_subtype, join, sorted, unify};
use crate::types::ty::{Type, Width};

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

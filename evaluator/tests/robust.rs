//! That it makes no difference how steps are run: one at a time, all at once, or watched.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fmt::Write, sync::Arc};

use ko_evaluator::{
    print,
    run::{Limits, RunOptions},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use support::outcome;

/// A generator whose programs mostly fail would prove little.
#[test]
fn most_programs_at_random_run_to_the_end() {
    let mut runner = TestRunner::deterministic();
    let ran = (0..100).filter(|_| {
        let source = support::programs::programs().new_tree(&mut runner).unwrap().current();
        outcome(&source).0.is_ok()
    });
    let ran = ran.count();
    assert!(ran > 60, "only {ran} of 100 programs ran to the end");
}

/// Functions whose steps use earlier ones, without effects.
fn programs() -> impl Strategy<Value = String> {
    let step = (0..7u8, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    prop::collection::vec(step, 1..30).prop_map(|steps| {
        let mut source = String::from("Main() { return: Body() }\nBody() {\n  s0: 1\n");
        for (number, (kind, a, b)) in steps.iter().enumerate() {
            let (a, b) = (a.index(number + 1), b.index(number + 1));
            let formula = match kind {
                0 => format!("{number}"),
                1 => format!("Sum(Len(s{a}), Len(s{b}))"),
                2 => format!("(x: s{a}, y: s{b})"),
                3 => format!("Merge(Len(s{a}), Len(s{b}))"),
                4 => format!("Equal(s{a}, s{a})"),
                5 => format!("Spin(Return[s{a}]).Wait()"),
                // Some of these fail: then both ways must fail.
                _ => format!("Sum(s{a}, s{b})"),
            };
            let _ = writeln!(source, "  s{}: {formula}", number + 1);
        }
        let _ = writeln!(source, "  return: s{}\n}}", steps.len());
        source
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// One step at a time, all steps of `Body` at once, on a single thread besides, and with every step observed.
    #[test]
    fn programs_give_the_same_however_their_steps_are_run(source in support::programs::programs()) {
        let parallel = source.replace("return: Body()", "return: Parallel(Body)");
        let observed = |steps| Arc::new(support::Output { steps, ..Default::default() });
        let run = |source: &str, steps: bool, threads: usize| {
            let limits = Limits { threads, ..Limits::default() };
            let options = RunOptions { observer: observed(steps), limits, ..RunOptions::default() };
            match support::run_source(source, options).outcome {
                Ok(value) => Ok(value),
                // Which of several failures comes first may differ.
                Err(failure) => Err(std::mem::discriminant(&failure.kind)),
            }
        };
        let expected = run(&source, false, 0);
        for (text, steps, threads) in
            [(&source, true, 0), (&parallel, false, 0), (&parallel, false, 8), (&parallel, true, 8)]
        {
            let actual = run(text, steps, threads);
            prop_assert_eq!(&actual, &expected, "{}", text);
            if let (Ok(actual), Ok(expected)) = (&actual, &expected) {
                prop_assert_eq!(print::print(actual), print::print(expected));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn parallel_and_sequential_runs_give_the_same(source in programs()) {
        let sequential = outcome(&source).0;
        let parallel = outcome(&source.replace("return: Body()", "return: Parallel(Body)")).0;
        match (sequential, parallel) {
            (Ok(a), Ok(b)) => {
                prop_assert_eq!(print::short(&a, 10_000), print::short(&b, 10_000));
                prop_assert!(a.parts() > 1_000_000 || a == b);
            }
            (a, b) => prop_assert_eq!(a.is_err(), b.is_err(), "{}", source),
        }
    }
}

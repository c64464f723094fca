//! That running leaves nothing behind, and that running in parallel changes no result.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fmt::Write, sync::Arc, time::Duration};

use ko_evaluator::{
    cancel::CancelToken,
    print,
    run::{Entry, RunOptions, run},
};
use proptest::prelude::*;

use support::{link, main, outcome};

/// Threads of this process; nothing where the system does not say.
fn threads() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

#[test]
fn runs_that_are_cancelled_at_any_moment_leave_no_thread() {
    let source = "Main() { a: Spin(Busy), b: Spin(Hang), c: Parallel(Two), return: a.Wait() }\n\
        Two() { a: Loop(start: 0, step: Inc, stop: Large), b: Spin(Busy), return: (a, a) }\n\
        Large(n?) { return: Less(300, n) }\n\
        Busy() { return: Loop(start: 0, step: Inc) }";
    let program = link(&[("case/main.ko", "case", source)]).unwrap();
    let before = threads();
    for round in 0..100u64 {
        let cancel = CancelToken::new();
        let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
        let program = program.clone();
        let running = std::thread::spawn(move || run(program, Entry::function(main()), options));
        // From before the first step to somewhere in the middle.
        std::thread::sleep(Duration::from_micros(round * 97 % 5000));
        cancel.cancel();
        assert!(running.join().unwrap().outcome.is_err());
    }
    std::thread::sleep(Duration::from_millis(50));
    if let (Some(before), Some(after)) = (before, threads()) {
        // The test harness has threads of its own that come and go.
        assert!(after <= before + 2, "{before} threads before, {after} after");
    }
    assert_eq!(Arc::strong_count(&program), 1);
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

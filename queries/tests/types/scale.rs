//! Large and odd programs end soon and without a deep stack.

use std::fmt::Write;
use std::time::{Duration, Instant};

use ko_queries::types::Type;

use super::Checked;

fn check(text: &str) -> (Checked, Duration) {
    let start = Instant::now();
    let checked = Checked::new(&[("case", text)]);
    (checked, start.elapsed())
}

#[test]
fn a_function_that_applies_itself_ends() {
    let (checked, _) = check("f(x?) { return: x(x) }\nMain() { return: f(f) }");
    assert_eq!(checked.of("case", "Main").scheme.result, Type::Unknown);
}

#[test]
fn doubling_at_every_level_ends() {
    let mut text = "f0(x?) { return: (a: x, b: x) }\n".to_owned();
    for level in 1..40 {
        let before = level - 1;
        writeln!(text, "f{level}(x?) {{ return: (a: f{before}(x), b: f{before}(x)) }}").unwrap();
    }
    text.push_str("Main() { return: f39(1) }");
    let (_, took) = check(&text);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn results_that_grow_for_ever_are_known_down_to_where_they_contain_themselves() {
    let (checked, _) = check("f(n) { return: (next: f(n: n)) }");
    assert_eq!(checked.of("case", "f").scheme.result.to_string(), "(next: _)");
    let (checked, _) = check("f(n, acc) { return: f(n: n, acc: (acc, n)) }");
    assert_eq!(checked.of("case", "f").scheme.result, Type::Never);
}

#[test]
fn recursion_finds_the_result_of_its_end() {
    let (checked, _) = check(
        "f(n) { return: Branch(if: Less(n, 1), then: Return[\"done\"], else: f[n: Sum(n, -1)]) }",
    );
    assert_eq!(checked.of("case", "f").scheme.result, Type::String);
    let (checked, _) = check(
        "even(n) { return: Branch(if: Equal(n, 0), then: Return[true], else: odd[n: Sum(n, -1)]) }
        odd(n) { return: Branch(if: Equal(n, 0), then: Return[false], else: even[n: Sum(n, -1)]) }",
    );
    assert_eq!(checked.of("case", "odd").scheme.result, Type::Bool);
}

#[test]
fn large_circles_of_calls_are_known() {
    let mut text = String::new();
    for at in 0..600 {
        let next = (at + 1) % 600;
        writeln!(
            text,
            "f{at}(n, all) {{ return: Branch(if: Less(n, 1), then: Return[\"done\"], else: f{next}[n: Sum(n, -1), all: (all, n)]) }}"
        )
        .unwrap();
    }
    let (checked, _) = check(&text);
    assert_eq!(checked.of("case", "f0").scheme.result, Type::String);
    assert_eq!(checked.of("case", "f300").scheme.result, Type::String);
}

#[test]
fn large_circles_of_calls_are_known_for_what_each_call_gives() {
    let mut text = String::new();
    for at in 0..600 {
        let next = (at + 1) % 600;
        writeln!(
            text,
            "f{at}(n, all) {{ return: Branch(if: Less(n, 1), then: Return[all], else: f{next}[n: Sum(n, -1), all: Merge(all, n)]) }}"
        )
        .unwrap();
    }
    text.push_str("Numbers() { return: f7(n: 9, all: 1) }\n");
    text.push_str("Texts() { return: f300(n: 9, all: (1, 2)) }\n");
    let (checked, _) = check(&text);
    assert_eq!(checked.errors("case"), []);
    for (function, expected) in [("Numbers", "Int64 | (Int64)"), ("Texts", "(Int64)")] {
        let found = checked.of("case", function).scheme.result.to_string();
        assert_eq!(found, expected, "{function}");
    }
}

/// Within the stack of a thread of a test, which is small.
#[test]
fn recursion_whose_arguments_grow_ends() {
    for text in [
        // Through a builtin, so that each call is a search within a search.
        "f(x?) { return: Range(over: x, with: g).image }
        g(elem) { return: (emit: f((a: elem, b: f(elem)))) }
        Main() { return: f((1, 2)) }",
        "f(x?) { return: When(have: x, then: g, else: Return[x]) }
        g(x?) { return: When(have: (x, x), then: f, else: h[x: f[x]]) }
        h(x) { return: x() }
        Main() { return: f(1) }",
        // Closures of closures.
        "f(x?, n) { return: Branch(if: Less(n, 1), then: x, else: f[x: call[f: x], n: Sum(n, -1)]) }
        call(f) { return: f() }
        Main() { return: f(x: Return[1], n: 5) }",
        "f(x?) { return: x(f[x], f(x[f])) }
        Main() { return: f(f) }",
    ] {
        let (checked, _) = check(text);
        assert_eq!(checked.errors("case"), [], "{text}");
    }
}

#[test]
fn deep_structures_need_no_deep_stack() {
    let mut text = "Main() {\n  s0: (a: 1)\n".to_owned();
    for level in 1..20_000 {
        writeln!(text, "  s{level}: (a: s{})", level - 1).unwrap();
    }
    text.push_str("  return: s19999\n}\nUse() { return: CreateConfigMap(namespace: \"n\", configMap: Main()) }");
    let worker = std::thread::Builder::new().stack_size(8 << 20);
    let handle = worker.spawn(move || check(&text).0.errors("case").len()).unwrap();
    assert!(handle.join().unwrap() < 5);
}

#[test]
fn time_grows_with_the_size_of_the_program() {
    let program = |functions: usize| {
        let mut text = String::new();
        for at in 0..functions {
            writeln!(
                text,
                "f{at}(ns, x?) {{
                    a: CreateConfigMap(namespace: ns, configMap: (metadata: (name: \"n\"), data: (k: \"v\")))
                    b: Pick(either: x, or: Len(a))
                    return: (a: a.metadata.name, b: b, c: (1, 2, 3))
                }}"
            )
            .unwrap();
        }
        text
    };
    let (small, large) = (program(50), program(400));
    // The best of several, since other work disturbs.
    let best = |text: &str| (0..3).map(|_| check(text).1).min().unwrap();
    let (small, large) = (best(&small), best(&large));
    assert!(large < small * 24, "8 times the program took {large:?} after {small:?}");
}

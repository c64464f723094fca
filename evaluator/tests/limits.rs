//! That a run can be ended wherever it is, that it says how far it was, and that no program gets past its limits or
//! ends the process.
//!
//! No test asserts how long something takes. Times here only tell a run that ends from one that hangs.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use ko_evaluator::{
    cancel::CancelToken,
    event::{Event, Observer},
    failure::{Failure, FailureKind},
    run::{Entry, Limits, RunOptions, RunResult, run},
};
use ko_queries::program::FunctionId;

use support::{link, main, run_source};

/// How long a run may take that has no reason to take long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Raises the token when the program first writes, and counts what happens afterwards.
struct CancelAtOutput {
    cancel: CancelToken,
    raised: AtomicBool,
    steps_after: AtomicU64,
    watch_steps: bool,
}

impl Observer for CancelAtOutput {
    fn event(&self, event: Event) {
        match event {
            Event::Output { error: false, .. } => {
                self.raised.store(true, Ordering::SeqCst);
                self.cancel.cancel();
            }
            Event::StepStarted { .. } if self.raised.load(Ordering::SeqCst) => {
                self.steps_after.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        self.watch_steps
    }
}

/// Runs to the end on another thread; fails if it hangs.
fn ends(source: &str, options: RunOptions) -> RunResult {
    let program = link(&[("case/main.ko", "case", source)])
        .unwrap_or_else(|errors| panic!("{errors:?}\n{source}"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(run(program, Entry::function(main()), options)));
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it hangs:\n{source}"))
}

/// What makes large values from few steps, for programs below. `Numbers` is a sequence of 2^19 numbers, `Tree` a value
/// of about half a million parts that share.
const LARGE: &str = "\n\
    Numbers() { return: Merge(Double(Double(Double(Double(Thousands())))), 1) }\n\
    Thousands() { return: Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(Double(1))))))))))))))) }\n\
    Double(x?) { return: Merge(x, x) }\n\
    Tree() { return: Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(Twice(1)))))))))))))))))) }\n\
    Twice(x?) { return: (a: x, b: x) }\n";

/// Work without end, each of another kind, that first shows that it has begun.
const WORK: &[(&str, &str)] = &[
    ("a loop", "Loop(start: Show(1), step: Inc)"),
    ("a loop over a builtin", "Loop(start: Show(1), step: Return)"),
    ("a recursion", "f(n?) { a: n, return: Branch(if: true, then: g[Inc(n)]) }(Show(1))"),
    ("waiting for ever", "f(_a) { return: Hang() }(Show(1))"),
    ("a wait for a task that hangs", "f(t, a) { return: t.Wait() }(t: Spin(Hang), a: Show(1))"),
    ("a wait for a busy task", "f(t, a) { return: t.Wait() }(t: Spin(Busy), a: Show(1))"),
    (
        "a task of a task",
        "f(a) { return: Spin(h() { return: Spin(Busy).Wait() }).Wait() }(a: Show(1))",
    ),
    ("parallel steps", "Parallel(Two)"),
    (
        "nested parallel steps",
        "Parallel(i() { a: Parallel(Two), b: Parallel(Two), return: (a, b) })",
    ),
    (
        "a range",
        "f(a) { return: Loop(start: 1, step: j(x?) { return: Range(over: Numbers(), with: k(elem) { return: (emit: elem) }) }) }(a: Show(1))",
    ),
    (
        "sorting",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Sort(over: Numbers(), less: m(left, right) { return: Less(left, right) }) }) }(a: Show(1))",
    ),
    (
        "sorting by a builtin",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Sort(over: Numbers(), less: Have) }) }(a: Show(1))",
    ),
    (
        "merging",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Double(Numbers()) }) }(a: Show(1))",
    ),
    (
        "equality",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Equal(Tree(), Tree()) }) }(a: Show(1))",
    ),
    (
        "hashing",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Hash(Tree()) }) }(a: Show(1))",
    ),
    (
        "keys of a memory",
        "f(a, m) { return: Loop(start: 1, step: Use[m: m]) }(a: Show(1), m: Memory())",
    ),
    (
        "printing",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Peek(Numbers()) }) }(a: Show(1))",
    ),
    (
        "texts",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Format(format: \"%%%%%%\", args: (\"a\", \"b\", \"c\"), withString: Return, withArg: Return) }) }(a: Show(1))",
    ),
    (
        "recovering over and over",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Recover(invoke: Panic, panic: Return) }) }(a: Show(1))",
    ),
    (
        "starting tasks",
        "f(a) { return: Loop(start: 1, step: l(x?) { return: Spin(Busy) }) }(a: Show(1))",
    ),
    ("profiling", "f(a) { return: Profile(Busy) }(a: Show(1))"),
];

fn work(formula: &str) -> String {
    format!(
        "Main() {{ return: {formula} }}\n\
         Busy() {{ return: Loop(start: 1, step: Inc) }}\n\
         Two() {{ a: Show(1), b: Busy(), c: Hang(), return: (b, c) }}\n\
         g(n?) {{ return: Loop(start: n, step: Inc) }}\n\
         Use(m, x?) {{ a: m.Remember(key: Twice(x), value: x), return: m.Recall(key: Twice(x), otherwise: 1, _a: a) }}\n{LARGE}"
    )
}

#[test]
fn every_kind_of_work_ends_when_it_is_cancelled() {
    for (name, formula) in WORK {
        for watch_steps in [false, true] {
            let cancel = CancelToken::new();
            let observer = Arc::new(CancelAtOutput {
                cancel: cancel.clone(),
                raised: AtomicBool::new(false),
                steps_after: AtomicU64::new(0),
                watch_steps,
            });
            let options = RunOptions {
                cancel,
                observer: observer.clone(),
                limits: Limits { output: u64::MAX, ..Limits::default() },
                ..RunOptions::default()
            };
            let result = ends(&work(formula), options);
            let failure = result.outcome.unwrap_err();
            assert!(matches!(failure.kind, FailureKind::Cancelled), "{name}: {failure}");
            assert!(failure.position().is_some_and(|at| at.line > 0), "{name}: {failure:?}");
            assert!(!failure.steps.is_empty(), "{name}: {failure:?}");
            // Each thread looks every few hundred steps.
            let after = observer.steps_after.load(Ordering::SeqCst);
            assert!(after < 20_000, "{name}: {after} steps after it was cancelled");
        }
    }
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_does_nothing() {
    let options = RunOptions::default();
    options.cancel.cancel();
    let result = ends("Main() { return: Loop(start: 1, step: Inc) }", options);
    assert!(matches!(result.outcome.unwrap_err().kind, FailureKind::Cancelled));
    assert!(result.steps_run < 10, "{} steps", result.steps_run);
}

fn cancelled_at_output(source: &str) -> Failure {
    let cancel = CancelToken::new();
    let observer = CancelAtOutput {
        cancel: cancel.clone(),
        raised: AtomicBool::new(false),
        steps_after: AtomicU64::new(0),
        watch_steps: false,
    };
    let options = RunOptions { cancel, observer: Arc::new(observer), ..RunOptions::default() };
    ends(source, options).outcome.unwrap_err()
}

#[test]
fn a_cancelled_run_says_which_steps_had_run() {
    let failure = cancelled_at_output(
        "Main() {\n  a: Sum(1, 2)\n  b: Work(a)\n  c: Sum(b, 1)\n  return: c\n}\n\
         Work(n?) {\n  first: Sum(n, 1)\n  shown: Show(first)\n  return: Sum(Loop(start: shown, step: Inc), 1)\n}",
    );
    assert_eq!(
        failure.to_string(),
        "case/main.ko:10:15: the run was cancelled; steps of case.Main: ran a; running b; not begun c"
            .replace("10:15", &place(&failure))
    );
    let work = &failure.steps[1];
    assert_eq!(
        work.to_string(),
        "steps of case.Work: ran first, shown; running return; not begun none"
    );
}

fn place(failure: &Failure) -> String {
    let at = failure.position().unwrap();
    assert_eq!(at.line, 10, "{failure:?}");
    format!("{}:{}", at.line, at.column)
}

#[test]
fn steps_that_ran_in_parallel_are_told_as_they_were() {
    // `last` and `first` have run when `Show` cancels the run: it reads both. `busy` has begun or not, by chance.
    let failure = cancelled_at_output(
        "Main() { return: Parallel(Both) }\n\
         Both() { busy: Hang(), after: Inc(busy), first: Inc(1), last: Inc(first), shown: F(last), return: (after, shown) }\n\
         F(n?) { a: Show(n), return: Hang(_a: a) }",
    );
    let both = failure.steps.iter().find(|steps| steps.function == "case.Both").unwrap();
    let ran: Vec<_> = both.ran.iter().map(|label| label.as_str()).collect();
    assert_eq!(ran, ["first", "last"], "{both}");
    assert!(both.running.iter().any(|label| label == "shown"), "{both}");
    assert!(both.left.iter().any(|label| label == "after"), "{both}");
}

/// Fails cleanly with a message that has this text, at a position.
fn fails(source: &str, limits: Limits, text: &str) -> Failure {
    let source = format!("{source}\n{LARGE}");
    let failure =
        ends(&source, RunOptions { limits, ..RunOptions::default() }).outcome.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Error), "{failure:?}");
    assert!(failure.message.contains(text), "not `{text}`: {failure}\n{source}");
    assert!(failure.position().is_some_and(|at| at.line > 0), "{failure:?}");
    failure
}

#[test]
fn what_runs_for_ever_ends_at_the_limit_of_steps_or_time() {
    for endless in [
        "Main() { return: Loop(start: 1, step: Inc) }",
        "Main() { return: Loop(start: 1, step: Return) }",
        "Main() { return: Spin(Busy).Wait() }\nBusy() { return: Loop(start: 1, step: Inc) }",
        "Main() { return: Parallel(F) }\nF() { a: Loop(start: 1, step: Inc), b: Loop(start: 1, step: Inc), return: (a, b) }",
        "Main() { return: Loop(start: Numbers(), step: f(x?) { return: Sort(over: x, less: Have) }) }",
    ] {
        fails(endless, Limits { steps: Some(5_000), ..Limits::default() }, "5000 steps");
        let time = Some(Duration::from_millis(30));
        fails(endless, Limits { time, ..Limits::default() }, "0.03 s");
    }
    let hang = "Main() { return: Hang() }";
    fails(hang, Limits { time: Some(Duration::from_millis(30)), ..Limits::default() }, "0.03 s");
    let walk = "Main() { return: Loop(start: 1, step: f(x?) { return: Equal(Tree(), Tree()) }) }";
    fails(walk, Limits { time: Some(Duration::from_millis(30)), ..Limits::default() }, "0.03 s");
}

#[test]
fn recursion_without_end_is_an_error_of_any_shape() {
    for endless in [
        "Main() { return: F(1) }\nF(n?) { return: F(Inc(n)) }",
        "Main() { return: F(1) }\nF(n?) { return: G(n) }\nG(n?) { return: H(x: n) }\nH(x) { return: F(x) }",
        "Main() { return: Invoke(Main) }",
        "Main() { return: Recover(invoke: Main, panic: Return) }",
        "Main() { return: Parallel(Main) }",
        "Main() { return: Range(over: 1, with: F) }\nF(elem) { return: Range(over: elem, with: F) }",
        "Main() { return: Loop(start: 1, step: F) }\nF(n?) { return: Loop(start: n, step: F) }",
        "Main() { return: Sort(over: (1, 2), less: F) }\nF(left, right) { return: Sort(over: (left, right), less: F) }",
        "Main() { return: F(Return) }\nF(f?) { return: Branch(if: true, then: F[f]) }",
        "Main() { return: Sequential(Main) }",
        "Main() { return: Profile(Main) }",
        "Main() { return: When(have: 1, then: F) }\nF(n?) { return: When(have: n, then: F) }",
    ] {
        fails(endless, Limits { depth: 500, ..Limits::default() }, "nested");
    }
    // With the limit that holds unless said otherwise, too.
    fails("Main() { return: F(1) }\nF(n?) { return: F(Inc(n)) }", Limits::default(), "nested");
    fails("Main() { return: Recover(invoke: Main, panic: Return) }", Limits::default(), "nested");
}

#[test]
fn tasks_that_wait_for_tasks_without_end_are_an_error() {
    let endless = "Main() { return: Spin(Main).Wait() }";
    let limits = Limits { depth: 300, ..Limits::default() };
    let failure =
        ends(endless, RunOptions { limits, ..RunOptions::default() }).outcome.unwrap_err();
    assert!(!matches!(failure.kind, FailureKind::Cancelled), "{failure:?}");
}

#[test]
fn values_do_not_grow_past_their_limits() {
    let megabyte = Limits { memory: 1 << 20, ..Limits::default() };
    for growing in [
        // One sequence.
        "Main() { return: Loop(start: (1, 2), step: f(x?) { return: Merge(x, x) }) }",
        // Many values in each other.
        "Main() { return: Loop(start: (n: 1), step: f(x?) { return: (n: x, text: (1, 2, 3)) }) }",
        "Main() { return: Range(over: Numbers(), with: f(elem) { return: (emit: (a: elem, b: (c: elem))) }) }",
        // Strings.
        "Main() { return: Loop(start: \"0123456789\", step: f(x?) { return: Print(x, x) }) }",
        // Functions that carry arguments.
        "Main() { return: Loop(start: Return, step: f(x?) { return: Pick[either: x, or: Merge(1, 2)] }) }",
        // What a memory holds.
        "Main() { m: Memory(), return: Loop(start: 1, step: Keep[m: m]) }\n\
         Keep(n?, m) { a: m.Remember(key: n, value: n), return: Sum(n, 1, _a: a) }"
            .trim(),
        // Tasks that nobody waits for.
        "Main() { return: Loop(start: 1, step: f(x?) { return: (Spin(Hang), x).a }) }",
    ] {
        let source = growing
            .replace("return: Sum(n, 1, _a: a)", "return: After(n: n, _a: a)")
            .replace("(Spin(Hang), x).a", "Next(x: x, _a: Spin(Hang))");
        let source = format!("{source}\nAfter(n) {{ return: Inc(n) }}\nNext(x) {{ return: x }}");
        let failure = fails(&source, megabyte.clone(), "");
        assert!(
            failure.message.contains("1048576 bytes of memory")
                || failure.message.contains("levels deep"),
            "{failure}\n{source}"
        );
    }
    let few = Limits { elements: 1000, ..Limits::default() };
    for growing in [
        "Main() { return: Loop(start: (1, 2), step: f(x?) { return: Merge(x, x) }) }",
        "Main() { return: Numbers() }",
    ] {
        fails(growing, few.clone(), "longer than the limit of 1000");
    }
    // A gigabyte of elements, with the limits that hold unless said otherwise.
    let gigabyte = "Main() { return: Loop(start: (1, 2), step: f(x?) { return: Merge(x, x) }) }";
    fails(gigabyte, Limits::default(), "longer than the limit");
    let many =
        "Main() { return: Loop(start: 1, step: f(x?) { return: (n: x, all: Double(Numbers())) }) }";
    fails(many, Limits { memory: 64 << 20, ..Limits::default() }, "bytes of memory");
}

#[test]
fn what_is_dropped_does_not_count() {
    // Makes about 100 MB over time, and holds little of it.
    let source = "Main() { return: Loop(start: 0, step: F, stop: f(n?) { return: Equal(n, 2000) }) }\n\
        F(n?) { a: Double(Double(Double(Double(Double(Double(Double(Double((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)))))))))\n\
        return: Sum(n, Ratio(Len(a), 3072)) }";
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    let source = format!("{source}\n{LARGE}");
    let result = ends(&source, RunOptions { limits, ..RunOptions::default() });
    assert_eq!(result.outcome.unwrap().as_int(), Some(2000));
}

#[test]
fn output_has_a_limit_and_large_values_reach_it_without_being_printed() {
    let limits = Limits { output: 10_000, ..Limits::default() };
    fails("Main() { return: Loop(start: 1, step: Show) }", limits.clone(), "10000 bytes");
    fails("Main() { return: Show(Tree()) }", limits.clone(), "10000 bytes");
    fails("Main() { return: Show(Numbers()) }", limits.clone(), "10000 bytes");
    fails(
        "Main() { return: Range(over: Numbers(), with: f(elem) { return: (emit: \"0123456789\") }).image.a }",
        limits.clone(),
        "cannot be selected",
    );
    fails(
        "Main() { a: Range(over: Numbers(), with: f(elem) { return: (emit: \"0123456789\") }), return: Print(a.image) }",
        limits,
        "10000 bytes",
    );
}

#[test]
fn values_of_very_many_parts_are_refused_where_they_are_walked() {
    // 2^40 parts in 41 structures.
    let huge = "Huge() { return: Range(start: 1, over: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
        21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40), with: f(carry, elem) { return: (carry: (a: carry, b: carry)) }).residue }\n";
    for (formula, text) in [
        ("Equal(Huge(), Huge())", "parts"),
        ("Hash(Huge())", "parts"),
        ("ShowType(Huge())", "limit"),
        ("Show(Huge())", "limit"),
        ("Memory().Remember(key: Huge(), value: 1)", "parts"),
        ("(Huge(), Huge())", "parts"),
        ("Merge(Huge(), Huge())", "parts"),
    ] {
        let limits = Limits { output: 100_000, ..Limits::default() };
        fails(&format!("Main() {{ return: {formula} }}\n{huge}"), limits, text);
    }
}

#[test]
fn division_by_zero_is_an_error_where_it_stands() {
    for formula in
        ["Ratio(7, 0)", "Moduli(7, 0)", "Ratio(Uint64(7), Uint64(0))", "Ratio(8, 2, 0, 1)"]
    {
        let failure = fails(
            &format!("Main() {{\n  a: 1\n  return: {formula}\n}}"),
            Limits::default(),
            "by 0",
        );
        assert_eq!(failure.position().unwrap().line, 3);
    }
}

#[test]
fn deep_values_die_anywhere() {
    let source = "Main() { return: Loop(start: (n: 0), step: f(x?) { return: (n: Inc(x.n), next: x) }, stop: g(x?) { return: Equal(x.n, 15000) }) }";
    for formula in ["", "Deep() { return: Pick[either: Main(), or: Main] }"] {
        let value =
            run_source(&format!("{source}\n{formula}"), RunOptions::default()).outcome.unwrap();
        assert!(value.depth() > 14_000);
        // A small stack, then one that is nearly used up by others.
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(move || drop(value))
            .unwrap()
            .join()
            .unwrap();
    }
    // In the middle of a run, too, and in closures and sequences.
    for wrap in ["(next: x)", "Merge((1, 2)).a", "Return[x]", "Merge(Return[x])"] {
        let wrap = if wrap.starts_with("Merge((") { "Pick[either: x]" } else { wrap };
        let source = format!(
            "Main() {{ deep: Range(over: Numbers(), start: 1, with: f(elem, carry) {{ return: (carry: Wrap(carry)) }}, stop: Enough), return: Len(deep.residue) }}\n\
             Wrap(x?) {{ return: {wrap} }}\nEnough(x?) {{ return: false }}\n{LARGE}"
        );
        let result = ends(&source, RunOptions::default());
        let failure = result.outcome.unwrap_err();
        assert!(failure.message.contains("levels deep"), "{failure}\n{source}");
    }
}

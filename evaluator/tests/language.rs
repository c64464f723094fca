//! What expressions give, what goes wrong and where, and that no program can end the process.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ko_evaluator::{
    cancel::CancelToken,
    event::{Event, Observer, Outcome},
    failure::FailureKind,
    print,
    run::{Entry, Limits, RunOptions, run},
    value::Value,
};
use ko_queries::{
    builtins::{BUILTINS, BuiltinId},
    circuit::StepId,
};

use support::{evaluate, link, main, outcome, run_source};

fn printed(expression: &str) -> String {
    match evaluate(expression).0 {
        Ok(value) => print::print(&value),
        Err(_) => "!".to_owned(),
    }
}

#[test]
fn expressions_give_what_the_specification_says() {
    for line in include_str!("vectors.txt").lines() {
        let (expression, expected) = line.rsplit_once(" => ").unwrap();
        assert_eq!(printed(expression), expected, "{expression}");
    }
}

#[test]
fn examples_of_builtins_are_true() {
    for builtin in BUILTINS.iter().filter(|builtin| builtin.package.is_empty()) {
        for (expression, expected) in builtin.examples {
            assert_eq!(printed(expression), *expected, "{expression}");
        }
    }
}

#[test]
fn examples_of_the_library_are_true() {
    for builtin in BUILTINS.iter().filter(|it| matches!(it.id, BuiltinId::Library(_))) {
        for (expression, expected) in builtin.examples {
            let source =
                format!("import \"{}\"\nMain() {{ return: {expression} }}", builtin.package);
            let value = outcome(&source).0.unwrap_or_else(|it| panic!("{expression}: {it}"));
            assert_eq!(print::print(&value), *expected, "{expression}");
        }
    }
}

#[test]
fn programs_write_in_source_order() {
    let (value, output) = evaluate("(Show(\"a\"), Show(\"b\"))");
    assert_eq!(
        (print::print(&value.unwrap()).as_str(), output.as_str()),
        ("(\"a\", \"b\")", "\"a\"\n\"b\"\n")
    );
    let (value, output) = evaluate("ShowType(((a: 1), (b: 2), (a: (1,2))))");
    assert_eq!(print::print(&value.unwrap()), "((a: 1), (b: 2), (a: (1, 2)))");
    assert_eq!(output, "((a: (Int64), b: *Int64))\n");
    let (value, output) = evaluate("Println(\"a\", \"b\")");
    assert_eq!((print::print(&value.unwrap()).as_str(), output.as_str()), ("\"ab\\n\"", "ab\n"));
}

#[test]
fn failures_say_what_and_where() {
    let source = "Main() {\n  a: 1\n  return: Half(a)\n}\nHalf(n?) {\n  wrong: Ratio(n, 0)\n  return: wrong\n}\n";
    let failure = outcome(source).0.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Error));
    assert_eq!(
        failure.to_string(),
        "case/main.ko:6:10: Ratio of 1 by 0 has no value; check the divisor with Branch first"
    );
    let trace: Vec<_> = failure
        .trace
        .iter()
        .map(|frame| format!("{}:{} {}", frame.line, frame.column, frame.function))
        .collect();
    assert_eq!(trace, ["3:11 case.Main", "6:10 case.Half"]);
    let failure = outcome("Main() { return: Panic(code: 7) }").0.unwrap_err();
    assert!(
        matches!(&failure.kind, FailureKind::Panic(value) if print::print(value) == "(code: 7)")
    );
    assert_eq!(failure.message, "unrecovered panic: (code: 7)");
}

#[test]
fn steps_after_a_failure_do_not_run() {
    let (result, output) = outcome(
        "Main() { a: Show(1), b: F(x: \"x\", _after: a), c: Show(2), return: 3 }\nF(x) { return: Sum(x) }",
    );
    assert!(result.is_err());
    assert_eq!(output, "1\n");
}

#[test]
fn an_error_on_the_side_arrives_at_wait_and_panics_cross_threads() {
    let failure = outcome("Main() { return: Recover(invoke: Spin(F).Wait, panic: Return) }\nF() { return: Sum(\"x\") }").0;
    assert!(matches!(failure.unwrap_err().kind, FailureKind::Error));
    let value = outcome("Main() { return: Recover(invoke: Parallel[F], panic: Return) }\nF() { a: Spin(G).Wait(), return: a }\nG() { return: Panic(5) }").0;
    assert_eq!(value.unwrap(), Value::int(5));
}

#[test]
fn tasks_that_wait_for_each_other_end_in_an_error() {
    // Each looks for the other in a memory until it is there.
    let functions = "
        End(t) { return: t.Wait() }
        Own(m, key) { task: Sought(m: m, key: key), return: task.Wait() }
        Split(m, key) { task: Sought(m: m, key: key), return: Parallel(Branches[task: task]) }
        Branches(task) { a: task.Wait(), b: Sum(1, 2), return: (a: a, b: b) }
        Sought(m, key) { return: Loop(step: Look[m: m, key: key], stop: Have) }
        Look(m, key) { return: m.Recall(key: key) }";
    let itself = |function: &str| {
        format!(
            "Main() {{ m: Memory(), t: Spin({function}[m: m, key: \"t\"])
             a: m.Remember(key: \"t\", value: t), return: End(t: t, _a: a) }}"
        )
    };
    let two = "Main() {
        m: Memory(), a: Spin(Own[m: m, key: \"b\"]), b: Spin(Own[m: m, key: \"a\"])
        first: m.Remember(key: \"a\", value: a), second: m.Remember(key: \"b\", value: b)
        return: End(t: a, _first: first, _second: second) }";
    for main in [itself("Own"), itself("Split"), two.to_owned()] {
        let failure = outcome(&format!("{main}{functions}")).0.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Error), "{main}: {failure:?}");
        assert!(failure.message.contains("waits for a task that itself waits"), "{failure:?}");
    }
}

#[test]
fn ten_thousand_tasks_need_few_threads() {
    let source = "Main() { return: Len(Range(over: Range(over: Many(), with: Start).image, with: End).image) }\n\
        Start(elem) { return: (emit: Spin(Inc[elem])) }\n\
        End(elem) { return: (emit: elem.Wait()) }\n\
        Many() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), b: Merge(a, a, a, a, a, a, a, a, a, a), return: Merge(b, b, b, b, b, b, b, b, b, b) }";
    assert_eq!(outcome(source).0.unwrap(), Value::int(1000));
}

/// Fails within a moment, cleanly, with a message that has this text.
fn fails(source: &str, limits: Limits, text: &str) {
    let failure =
        run_source(source, RunOptions { limits, ..RunOptions::default() }).outcome.unwrap_err();
    assert!(failure.message.contains(text), "{failure}");
    assert!(failure.position().is_some_and(|frame| frame.line > 0), "{failure:?}");
}

#[test]
fn runaway_programs_end_with_a_clear_error() {
    let endless = "Main() { return: F(1) }\nF(n?) { return: F(Sum(n, 1)) }";
    fails(endless, Limits::default(), "calls are nested");
    fails(endless, Limits { depth: 50, ..Limits::default() }, "50 calls are nested");
    let forever = "Main() { return: Loop(start: 1, step: Inc) }";
    fails(forever, Limits { steps: Some(10_000), ..Limits::default() }, "10000 steps");
    fails(forever, Limits { time: Some(Duration::from_millis(50)), ..Limits::default() }, "0.05 s");
    let doubling = "Main() { return: Loop(start: (1, 2), step: f(x?) { return: Merge(x, x) }) }";
    fails(doubling, Limits { elements: 100_000, ..Limits::default() }, "longer than the limit");
    let output = "Main() { return: Loop(start: 1, step: Show) }";
    fails(output, Limits { output: 1000, ..Limits::default() }, "1000 bytes of output");
    let nest = "Main() { return: Loop(start: 0, step: f(x?) { return: (x: x) }) }";
    fails(nest, Limits::default(), "levels deep");
}

#[test]
fn values_that_share_parts_over_and_over_do_not_hang_who_walks_them() {
    let make = "F(carry, elem) { return: (carry: (a: carry, b: carry)) }\n\
        Many() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), return: Merge(a, a, a, a) }\n\
        Huge() { return: Range(start: 1, over: Many(), with: F).residue }\n";
    fails(
        &format!("{make}Main() {{ return: Show(Huge()) }}"),
        Limits { output: 100_000, ..Limits::default() },
        "limit",
    );
    fails(&format!("{make}Main() {{ return: Hash(Huge()) }}"), Limits::default(), "too many");
    let failure = outcome(&format!(
        "{make}Main() {{ m: Memory(), return: m.Remember(key: Huge(), value: 1) }}"
    ))
    .0;
    assert!(failure.unwrap_err().message.contains("too many"));
}

#[test]
fn values_that_nest_deeply_are_compared_hashed_printed_and_dropped() {
    let source = "Main() { list: Loop(start: (n: 0), step: Longer, stop: Long), other: Loop(start: (n: 0), step: Longer, stop: Long)\n\
        hash: Hash(list), same: Equal(list, other), m: Memory(), put: m.Remember(key: list, value: 1)\n\
        return: (list: list, hash: hash, same: same, found: m.Recall(key: other, _after: put)) }\n\
        Longer(x?) { return: (n: Sum(x.n, 1), next: x) }\n\
        Long(x?) { return: Equal(x.n, 4000) }";
    let value = outcome(source).0.unwrap();
    assert_eq!(
        (value.field("same").as_bool(), value.field("found").as_int()),
        (Some(true), Some(1))
    );
    assert!(value.depth() > 4_000);
    // This thread has an ordinary stack.
    let (copy, text) = (value.clone(), print::print(&value));
    assert!(copy == value && text.matches("next").count() == 4_000);
    assert!(print::short(&value, 100).len() <= 102);
}

fn cancelled_within(source: &str) -> Duration {
    let cancel = CancelToken::new();
    let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
    let program = link(&[("case/main.ko", "case", source)]).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let runner = std::thread::spawn(move || {
        sender.send(()).unwrap();
        let result = run(program, Entry::function(main()), options);
        (result, Instant::now())
    });
    receiver.recv().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    let asked = Instant::now();
    cancel.cancel();
    let (result, ended) = runner.join().unwrap();
    assert!(matches!(result.outcome.unwrap_err().kind, FailureKind::Cancelled));
    ended.saturating_duration_since(asked)
}

#[test]
fn cancelling_ends_a_run_wherever_it_is() {
    let sources = [
        "Main() { return: Loop(start: 1, step: Inc) }",
        "Main() { return: Hang() }",
        "Main() { return: Spin(Hang).Wait() }",
        "Main() { return: Parallel(F) }\nF() { a: Hang(), b: Loop(start: 1, step: Inc), return: (a, b) }",
        "Main() { return: Recover(invoke: Hang, panic: Return) }",
    ];
    for source in sources {
        let took = cancelled_within(source);
        assert!(took < Duration::from_millis(200), "{took:?}: {source}");
    }
}

#[derive(Default)]
struct Steps(Mutex<Vec<String>>);

impl Observer for Steps {
    fn event(&self, event: Event) {
        let line = match event {
            Event::FrameEntered { frame, caller, .. } => {
                format!("enter {} from {:?}", frame.0, caller.map(|(f, s)| (f.0, s.0)))
            }
            Event::StepStarted { .. } | Event::Progress { .. } => return,
            Event::StepFinished { frame, step, outcome, .. } => {
                let outcome = match outcome {
                    Outcome::Value(value) => print::print(&value),
                    Outcome::Failed(message) => format!("failed: {message}"),
                    Outcome::Cancelled => "cancelled".to_owned(),
                };
                format!("{}.{} {outcome}", frame.0, step.0)
            }
            Event::Output { text, .. } => format!("output {}", text.trim_end()),
        };
        self.0.lock().unwrap().push(line);
    }
}

#[test]
fn runs_can_be_observed_step_by_step() {
    let steps = Arc::new(Steps::default());
    let options = RunOptions { observer: steps.clone(), ..RunOptions::default() };
    run_source("Main() { a: Show(1), return: F(a) }\nF(x?) { return: Sum(x, 2) }", options)
        .outcome
        .unwrap();
    expect_test::expect![[r#"
        enter 0 from None
        0.0 Show
        0.1 1
        output 1
        0.2 1
        0.3 case.F
        enter 1 from Some((0, 4))
        1.0 1
        1.1 Sum
        1.2 2
        1.3 3
        0.4 3
    "#]]
    .assert_eq(&format!("{}\n", steps.0.lock().unwrap().join("\n")));
}

#[test]
fn a_selection_runs_what_it_needs_and_nothing_else() {
    let source = "Main(n) { a: Show(n), b: Sum(a, 1), c: Show(\"never\"), return: Prod(b, 2) }";
    let program = link(&[("case/main.ko", "case", source)]).unwrap();
    let function = program.function(program.find(&main()).unwrap());
    let step = |label: &str| -> StepId {
        function
            .circuit
            .labels
            .iter()
            .find(|(name, _)| name == label)
            .map(|(_, step)| *step)
            .unwrap()
    };
    let select = |labels: &[&str]| {
        let output = Arc::new(support::Output::default());
        let options = RunOptions { observer: output.clone(), ..RunOptions::default() };
        let entry = Entry {
            function: main(),
            arguments: vec![(Some("n".into()), Value::int(4))],
            selection: Some(labels.iter().map(|label| step(label)).collect()),
        };
        (print::print(&run(program.clone(), entry, options).outcome.unwrap()), output.text())
    };
    assert_eq!(select(&["b"]), ("5".to_owned(), "4\n".to_owned()));
    assert_eq!(select(&["b", "a"]), ("(b: 5, a: 4)".to_owned(), "4\n".to_owned()));
}

#[test]
fn a_gate_without_kubernetes_says_what_to_do() {
    let failure = outcome("Main() { return: ListPods(namespace: \"default\") }").0.unwrap_err();
    assert!(failure.message.contains("sandbox"), "{failure}");
}

#[test]
fn parallel_runs_really_at_once() {
    // Each step waits for the other one to have begun, through a memory.
    let source = "Main() { m: Memory(), return: Parallel(Both[m: m]) }\n\
        Both(m) { a: Meet(m: m, me: \"a\", other: \"b\"), b: Meet(m: m, me: \"b\", other: \"a\"), return: (a, b) }\n\
        Meet(m, me, other) { put: m.Remember(key: me, value: true), return: Loop(step: See[m: m, other: other, _after: put], stop: Have) }\n\
        See(m, other) { return: m.Recall(key: other) }";
    let limits = Limits { time: Some(Duration::from_secs(20)), ..Limits::default() };
    let value = run_source(source, RunOptions { limits, ..RunOptions::default() }).outcome.unwrap();
    assert_eq!(print::print(&value), "(true, true)");
}

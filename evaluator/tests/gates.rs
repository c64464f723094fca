//! How programs call gates: what a gate is given, what it may answer, and that a run never waits for one in vain.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use ko_evaluator::{
    cancel::CancelToken,
    event::{Event, Observer},
    failure::{Failure, FailureKind},
    gate_call::{CallContext, GateArgs, GateRunner},
    print,
    run::{Entry, Limits, RunOptions, run},
    value::Value,
};
use ko_schema::Gate;

use support::{link, main, run_source};

/// Answers with what it was given; on some names it fails or takes forever.
#[derive(Default)]
struct Echo {
    dropped: Arc<Mutex<bool>>,
}

struct SetWhenDropped(Arc<Mutex<bool>>);

impl Drop for SetWhenDropped {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = true;
    }
}

impl GateRunner for Echo {
    fn call<'a>(
        &'a self,
        gate: &'a Gate,
        args: GateArgs,
        context: &'a CallContext,
    ) -> BoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            context.progress(format!("calling {}", gate.name));
            tokio::time::sleep(Duration::from_millis(1)).await;
            match args.named("name").and_then(Value::as_str) {
                Some("panic") => return Err(Failure::panic(Value::string("from the gate"))),
                Some("secret") => return Ok(Value::string("hunter2").into_secret()),
                Some("error") => return Err(Failure::error("from the gate")),
                Some("forever") => {
                    let _guard = SetWhenDropped(self.dropped.clone());
                    std::future::pending::<()>().await;
                }
                _ => {}
            }
            let args = args
                .0
                .into_iter()
                .map(|(name, value)| (name.unwrap_or_else(|| "unlabelled".into()), value));
            Ok(Value::structure([
                ("gate", Value::string(gate.name.as_str())),
                ("args", Value::structure(args)),
            ]))
        })
    }

    fn now(&self) -> Duration {
        Duration::from_secs(7)
    }
}

fn with_gates() -> RunOptions {
    RunOptions { gates: Some(Arc::new(Echo::default())), ..RunOptions::default() }
}

fn printed(source: &str) -> String {
    match run_source(source, with_gates()).outcome {
        Ok(value) => print::print(&value),
        Err(failure) => format!("! {failure}"),
    }
}

#[test]
fn gates_get_their_arguments_without_those_that_only_order() {
    assert_eq!(
        printed(
            "Main() { a: 1, return: GetPod(name: \"x\", _after: a, namespace: Empty(), colour: (1, 2)) }"
        ),
        r#"(gate: "GetPod", args: (name: "x", namespace: empty, colour: (1, 2)))"#
    );
    assert_eq!(
        printed("Main() { f: GetPod[name: \"x\"], return: f(namespace: \"n\").args }"),
        r#"(name: "x", namespace: "n")"#
    );
    assert_eq!(printed("Main() { return: GetPod[name: \"x\"] }"), "GetPod[name: \"x\"]");
    assert_eq!(
        printed("Main() { return: Loop(start: \"p\", step: GetPod, stop: Have).args.unlabelled }"),
        "\"p\""
    );
}

#[test]
fn failures_of_gates_keep_their_kind_and_get_a_position() {
    assert_eq!(
        printed("Main() {\n  return: GetPod(name: \"error\")\n}"),
        "! case/main.ko:2:11: from the gate"
    );
    assert_eq!(
        printed("Main() { return: Recover(invoke: GetPod[name: \"panic\"], panic: Return) }"),
        "\"from the gate\""
    );
}

#[test]
fn secrets_stay_secret_wherever_they_go() {
    let source = "Main() { s: GetPod(name: \"secret\"), shown: Show(password: s), written: Print(\"it is \", s)\n\
        pieces: Format(format: \"%%!\", args: s, withString: Return, withArg: String), hash: Hash(s)\n\
        known: Equal(s, \"hunter2\"), return: (written: written, pieces: pieces, hash: hash, known: known) }";
    let output = Arc::new(support::Output::default());
    let options = RunOptions { observer: output.clone(), ..with_gates() };
    let value = run_source(source, options).outcome.unwrap();
    assert_eq!(
        print::print(&value),
        r#"(written: <secret>, pieces: ("", <secret>, "!"), hash: <secret>, known: true)"#
    );
    assert_eq!(output.text(), "(password: <secret>)\nit is <secret>");
    let failure = run_source("Main() { return: Panic(GetPod(name: \"secret\")) }", with_gates())
        .outcome
        .unwrap_err();
    assert_eq!(failure.message, "unrecovered panic: <secret>");
}

#[derive(Default)]
struct Progress(Mutex<Vec<String>>);

impl Observer for Progress {
    fn event(&self, event: Event) {
        if let Event::Progress { frame, step, message, cluster_time, .. } = event {
            self.0
                .lock()
                .unwrap()
                .push(format!("{}.{} {message} {cluster_time:?}", frame.0, step.0));
        }
    }
}

#[test]
fn gates_report_progress_at_the_step_that_called_them() {
    let observer = Arc::new(Progress::default());
    let options = RunOptions { observer: observer.clone(), ..with_gates() };
    run_source("Main() { a: 1, return: GetPod(name: \"x\") }", options).outcome.unwrap();
    assert_eq!(*observer.0.lock().unwrap(), ["0.3 calling GetPod 0ns"]);
}

#[test]
fn a_cancelled_run_drops_the_call_at_once() {
    let echo = Arc::new(Echo::default());
    let cancel = CancelToken::new();
    let options =
        RunOptions { gates: Some(echo.clone()), cancel: cancel.clone(), ..RunOptions::default() };
    let program =
        link(&[("case/main.ko", "case", "Main() { return: GetPod(name: \"forever\") }")]).unwrap();
    let running = std::thread::spawn(move || run(program, Entry::function(main()), options));
    std::thread::sleep(Duration::from_millis(100));
    let asked = Instant::now();
    cancel.cancel();
    let failure = running.join().unwrap().outcome.unwrap_err();
    assert!(asked.elapsed() < Duration::from_millis(200));
    assert!(matches!(failure.kind, FailureKind::Cancelled));
    assert!(*echo.dropped.lock().unwrap());
}

#[test]
fn a_call_does_not_outlast_the_time_of_the_run() {
    let limits = Limits { time: Some(Duration::from_millis(50)), ..Limits::default() };
    let source = "Main() { return: GetPod(name: \"forever\") }";
    let failure = run_source(source, RunOptions { limits, ..with_gates() }).outcome.unwrap_err();
    assert!(failure.message.contains("0.05 s"), "{failure}");
}

#[test]
fn gates_run_on_a_runtime_that_is_given() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let options = RunOptions { runtime: Some(runtime.handle().clone()), ..with_gates() };
    let value = run_source(
        "Main() { return: Parallel(Both) }\nBoth() { a: GetPod(name: \"a\"), b: GetPod(name: \"b\"), return: (a.gate, b.gate) }",
        options,
    );
    assert_eq!(print::print(&value.outcome.unwrap()), r#"("GetPod", "GetPod")"#);
}

//! Running a program in the terminal: refusals, Ctrl+C, the result, errors with their place.

use std::{
    future::{Future as _, poll_fn},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    task::Poll,
};

use ko_evaluator::{
    cancel::CancelToken,
    event::Observer,
    failure::FailureKind,
    gate_call::GateRunner,
    host::HostAccess,
    json::{Secrets, to_json},
    print::print,
    run::{Entry, Limits, RunOptions, RunResult, run},
};
use ko_queries::{FileId, RootDatabase, diagnostic::Diagnostic, program::Program};
use serde_json::{Value, json};

use super::{
    REFUSED,
    failure::{self, Origin},
    render,
};

/// Says why a program is not run.
pub(crate) fn refuse(db: &RootDatabase, refusal: &[(FileId, Diagnostic)]) -> ExitCode {
    refused(refusal, |file, diagnostic| render::excerpt(db, file, diagnostic))
}

/// As [`refuse`], for an expression of the command line.
pub(crate) fn refuse_expression(
    db: &RootDatabase,
    text: &str,
    refusal: &[(FileId, Diagnostic)],
) -> ExitCode {
    refused(refusal, |file, diagnostic| match db.text(file) {
        Some(_) => render::excerpt(db, file, diagnostic),
        None => render::excerpt_of(db, file, render::EXPRESSION, text, diagnostic),
    })
}

fn refused(
    refusal: &[(FileId, Diagnostic)],
    excerpt: impl Fn(FileId, &Diagnostic) -> String,
) -> ExitCode {
    for (file, diagnostic) in refusal {
        anstream::eprintln!("{}\n", excerpt(*file, diagnostic));
    }
    anstream::eprintln!("nothing was run: {}", super::count(refusal.len(), "error"));
    ExitCode::from(REFUSED)
}

/// Runs until the end, or until Ctrl+C. `host` is what the program may do outside of itself, `roots` where its packages
/// may be.
pub(crate) fn execute(
    program: Arc<Program>,
    entry: Entry,
    gates: Option<Arc<dyn GateRunner>>,
    host: HostAccess,
    roots: Vec<PathBuf>,
    observer: Arc<dyn Observer>,
    limits: Limits,
) -> RunResult {
    let cancel = CancelToken::new();
    cancel_on_interrupt(cancel.clone());
    run(program, entry, RunOptions { limits, host, roots, ..options(gates, observer, cancel) })
}

/// How programs run that the user starts in a terminal.
pub(crate) fn options(
    gates: Option<Arc<dyn GateRunner>>,
    observer: Arc<dyn Observer>,
    cancel: CancelToken,
) -> RunOptions {
    RunOptions { gates, observer, cancel, ..RunOptions::default() }
}

/// Ctrl+C cancels the run, which then says how far it came; a second one ends the process.
pub(crate) fn cancel_on_interrupt(cancel: CancelToken) {
    on_interrupt(move || {
        if cancel.is_cancelled() {
            std::process::exit(130);
        }
        cancel.cancel();
    });
}

/// Calls `act` at every Ctrl+C from now on; none that comes later ends the process by itself.
pub(crate) fn on_interrupt(mut act: impl FnMut() + Send + 'static) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    // The first look at it installs the handler; on the new thread that might be too late.
    let mut first = Box::pin(tokio::signal::ctrl_c());
    let early =
        runtime.block_on(poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_ready())));
    std::thread::spawn(move || {
        runtime.block_on(async {
            if !early && first.await.is_err() {
                return;
            }
            loop {
                act();
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
            }
        });
    });
}

/// Prints the result, or the error with its place and the calls that led there; the exit code says which.
pub(crate) fn report(result: &RunResult, origin: &Origin, json: bool, extra: Value) -> ExitCode {
    match &result.outcome {
        Ok(value) if json => match to_json(value, Secrets::Redact) {
            Ok(value) => print_json(
                json!({ "status": "succeeded", "value": value, "stepsRun": result.steps_run }),
                extra,
            ),
            Err(_) => {
                // Varieties and handles have no form in JSON.
                let printed = print(value);
                print_json(
                    json!({ "status": "succeeded", "printed": printed, "stepsRun": result.steps_run }),
                    extra,
                );
            }
        },
        Ok(value) => anstream::println!("{}", print(value)),
        Err(failure) if json => {
            let status = match failure.kind {
                FailureKind::Cancelled => "cancelled",
                FailureKind::Error | FailureKind::Panic(_) => "failed",
            };
            let mut object = json!({ "status": status });
            merge(&mut object, failure::to_json(failure));
            merge(&mut object, json!({ "stepsRun": result.steps_run }));
            print_json(object, extra);
        }
        Err(failure) => anstream::eprintln!("{}", origin.explain(failure)),
    }
    ExitCode::from(u8::from(result.outcome.is_err()))
}

fn print_json(mut object: Value, extra: Value) {
    merge(&mut object, extra);
    anstream::println!("{object:#}");
}

/// Adds the fields of a JSON object to another one.
pub(crate) fn merge(object: &mut Value, extra: Value) {
    if let (Some(object), Value::Object(extra)) = (object.as_object_mut(), extra) {
        object.extend(extra);
    }
}

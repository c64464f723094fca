//! Running a program in the terminal: refusals, Ctrl+C, the result, errors with their place.

use std::{process::ExitCode, sync::Arc};

use anstyle::{AnsiColor, Style};
use ko_evaluator::{
    cancel::CancelToken,
    event::Observer,
    failure::{Failure, FailureKind},
    gate_call::GateRunner,
    json::{Secrets, to_json},
    print::print,
    run::{Entry, RunOptions, RunResult, run},
};
use ko_queries::{FileId, RootDatabase, diagnostic::Diagnostic, program::Program};
use serde_json::{Value, json};

use super::{REFUSED, render};

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

/// Runs until the end, or until Ctrl+C.
pub(crate) fn execute(
    program: Arc<Program>,
    entry: Entry,
    gates: Option<Arc<dyn GateRunner>>,
    observer: Arc<dyn Observer>,
) -> RunResult {
    let cancel = CancelToken::new();
    // Ctrl+C cancels the run, which then says how far it came; a second one ends the process.
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
        let cancel = cancel.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    cancel.cancel();
                    let _ = tokio::signal::ctrl_c().await;
                    std::process::exit(130);
                }
            });
        });
    }
    run(program, entry, RunOptions { gates, observer, cancel, ..RunOptions::default() })
}

/// Prints the result, or the error with its place and the calls that led there; the exit code says which.
pub(crate) fn report(result: &RunResult, json: bool, extra: Value) -> ExitCode {
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
        Err(failure) if json => print_json(failure_json(failure, result.steps_run), extra),
        Err(failure) => explain(failure),
    }
    ExitCode::from(u8::from(result.outcome.is_err()))
}

fn print_json(mut object: Value, extra: Value) {
    if let (Some(object), Value::Object(extra)) = (object.as_object_mut(), extra) {
        object.extend(extra);
    }
    anstream::println!("{object:#}");
}

fn failure_json(failure: &Failure, steps: u64) -> Value {
    let frames = failure.trace.iter().map(|frame| {
        json!({
            "function": frame.function.as_str(), "file": render::shown(&frame.file),
            "line": frame.line, "column": frame.column, "label": frame.label.as_deref(),
        })
    });
    let status = match failure.kind {
        FailureKind::Cancelled => "cancelled",
        FailureKind::Error | FailureKind::Panic(_) => "failed",
    };
    json!({ "status": status, "message": failure.message, "trace": frames.collect::<Vec<_>>(), "stepsRun": steps })
}

fn explain(failure: &Failure) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let place = failure
        .position()
        .map(|frame| format!("{}:{}:{}: ", render::shown(&frame.file), frame.line, frame.column))
        .unwrap_or_default();
    anstream::eprintln!("{place}{red}error:{red:#} {}", failure.message);
    // The place is said already; the way there is worth its lines if it is longer.
    if failure.trace.len() > 1 {
        for frame in failure.trace.iter().rev().filter(|frame| !frame.file.is_empty()).take(20) {
            let label =
                frame.label.as_deref().map(|label| format!(", {label}")).unwrap_or_default();
            let file = render::shown(&frame.file);
            anstream::eprintln!(
                "  in {}{label} ({file}:{}:{})",
                frame.function,
                frame.line,
                frame.column
            );
        }
    }
}

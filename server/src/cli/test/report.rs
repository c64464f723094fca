//! What becomes of the tests, for people or, an event on each line, for programs. Packages are tested beside each
//! other but reported in order: the first one that has not ended is reported as it goes on, later ones when it is
//! their turn.

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style as Look};
use ko_evaluator::failure::{Failure, FailureKind};
use serde_json::{Value, json};

use super::find::Test;
use crate::cli::{REFUSED, count, execute::merge, failure, live::duration};

/// Output of a failing test beyond this many lines is cut for people.
const SHOWN_LINES: usize = 200;

/// How to report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// For programs.
    pub(super) json: bool,
    /// Whether the output of tests that pass is shown to people, too.
    pub(super) show_output: bool,
}

/// A test that has ended.
pub(super) struct Ended {
    /// Steps that ran.
    pub(super) steps: u64,
    /// Real time.
    pub(super) time: Duration,
    /// Why it did not pass.
    pub(super) failure: Option<Failure>,
    /// What it printed.
    pub(super) output: String,
}

/// Something to report about a package.
pub(super) enum News<'a> {
    /// It is its turn.
    Package { path: &'a str, tests: usize },
    /// A test begins.
    Started { path: &'a str, test: &'a Test },
    /// A test has ended.
    Ended { path: &'a str, test: &'a Test, ended: &'a Ended, origin: &'a failure::Origin },
    /// A test was not begun, as the tests were cancelled or another one failed.
    Skipped { path: &'a str, test: &'a Test },
    /// Errors keep all of it from running.
    Refused { path: &'a str, excerpts: Vec<String>, diagnostics: Vec<Value> },
    /// Names in it mean nothing; tests that use them fail.
    Unknown { path: &'a str, excerpts: Vec<String>, diagnostics: Vec<Value> },
    /// There is no more to report about it.
    End,
}

/// Where the news go.
pub(super) struct Report {
    style: Style,
    terminal: bool,
    begin: Instant,
    state: Mutex<State>,
}

struct State {
    /// The package that is reported as it goes on.
    current: usize,
    /// What there is to say about each package, and whether it is all.
    waiting: Vec<(String, bool)>,
    passed: usize,
    failed: usize,
    cancelled: usize,
    skipped: usize,
    refused: usize,
    /// The tests that did not pass, for the end.
    failures: Vec<String>,
    /// Whether the last line is one to be overwritten.
    passing: bool,
}

impl Report {
    /// A report on this many packages.
    pub(super) fn new(style: Style, packages: usize) -> Report {
        let state = State {
            current: 0,
            waiting: vec![(String::new(), false); packages],
            passed: 0,
            failed: 0,
            cancelled: 0,
            skipped: 0,
            refused: 0,
            failures: Vec::new(),
            passing: false,
        };
        let terminal = std::io::stdout().is_terminal() && !style.json;
        Report { style, terminal, begin: Instant::now(), state: Mutex::new(state) }
    }

    /// Takes news about the package with this index.
    pub(super) fn news(&self, index: usize, news: News<'_>) {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let text = if self.style.json { json_lines(&news) } else { self.text(&news) };
        if let Some(waiting) = state.waiting.get_mut(index) {
            waiting.0.push_str(&text);
            waiting.1 |= matches!(news, News::End);
        }
        match &news {
            News::Ended { path, test, ended, .. } => {
                match ended.failure.as_ref().map(|failure| &failure.kind) {
                    None => state.passed += 1,
                    Some(FailureKind::Cancelled) => state.cancelled += 1,
                    Some(_) => state.failed += 1,
                }
                if ended.failure.is_some() {
                    let at = format!("{}:{}", test.file, test.position.0);
                    state.failures.push(format!("{path}/{} ({at})", test.name));
                }
            }
            News::Skipped { .. } => state.skipped += 1,
            News::Refused { .. } => state.refused += 1,
            News::Package { .. } | News::Unknown { .. } | News::Started { .. } | News::End => {}
        }
        // The package that has the turn writes at once, and so do the ones after it that were waiting for it.
        while let Some((text, ended)) = state.waiting.get_mut(state.current) {
            let (text, ended) = (std::mem::take(text), *ended);
            write(&mut state.passing, &text);
            if !ended {
                break;
            }
            state.current += 1;
        }
        if let News::Started { test, .. } = news
            && self.terminal
            && index == state.current
        {
            write(&mut state.passing, "");
            anstream::print!("  … {}", test.name.chars().take(70).collect::<String>());
            let _ = std::io::stdout().flush();
            state.passing = true;
        }
    }

    fn text(&self, news: &News<'_>) -> String {
        let mut out = String::new();
        match news {
            News::Package { path, tests } => {
                let bold = Look::new().bold();
                let none = if *tests == 0 { "  no tests" } else { "" };
                let _ = writeln!(out, "{bold}{path}{bold:#}{none}");
            }
            News::Ended { test, ended, origin, .. } => {
                let (mark, color) = match ended.failure.as_ref().map(|failure| &failure.kind) {
                    None => ('✓', AnsiColor::Green),
                    Some(FailureKind::Cancelled) => ('–', AnsiColor::Yellow),
                    Some(_) => ('✗', AnsiColor::Red),
                };
                let (color, dim) = (Look::new().fg_color(Some(color.into())), Look::new().dimmed());
                let (name, time) = (&test.name, duration(ended.time));
                let _ = writeln!(out, "  {color}{mark}{color:#} {name}  {dim}{time}{dim:#}");
                if ended.failure.is_some() || self.style.show_output {
                    push_output(&mut out, &ended.output);
                }
                if let Some(failure) = &ended.failure {
                    indent(&mut out, "    ", &origin.explain(failure));
                }
            }
            News::Skipped { test, .. } => {
                let dim = Look::new().dimmed();
                let _ = writeln!(out, "  {dim}- {}  not run{dim:#}", test.name);
            }
            News::Refused { excerpts, .. } => {
                for excerpt in excerpts {
                    let _ = writeln!(out, "{excerpt}\n");
                }
                let _ = writeln!(out, "  nothing was run: {}", count(excerpts.len(), "error"));
            }
            News::Unknown { excerpts, .. } => {
                for excerpt in excerpts {
                    let _ = writeln!(out, "{excerpt}\n");
                }
            }
            News::Started { .. } | News::End => {}
        }
        out
    }

    /// Writes the summary; the exit code.
    pub(super) fn finish(&self) -> u8 {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = self.begin.elapsed();
        let bad = state.failed + state.cancelled + state.refused;
        if self.style.json {
            let summary = json!({
                "event": "summary", "passed": state.passed, "failed": state.failed,
                "cancelled": state.cancelled, "notRun": state.skipped,
                "packagesRefused": state.refused, "seconds": seconds.as_secs_f64(),
            });
            anstream::println!("{summary}");
        } else {
            let mut text = String::new();
            // Where there is much to read, what matters stands at the end once more.
            if state.passed + state.failures.len() > 1 && !state.failures.is_empty() {
                text.push_str("\nNot passed:\n");
                for failure in &state.failures {
                    let _ = writeln!(text, "  {failure}");
                }
            }
            let color = if bad == 0 { AnsiColor::Green } else { AnsiColor::Red };
            let color = Look::new().bold().fg_color(Some(color.into()));
            let (passed, failed) = (state.passed, state.failed);
            let _ = write!(text, "\n{color}{passed} passed, {failed} failed{color:#}");
            for (number, what) in [(state.cancelled, "cancelled"), (state.skipped, "not run")] {
                if number > 0 {
                    let _ = write!(text, ", {number} {what}");
                }
            }
            if state.refused > 0 {
                let _ = write!(text, ", {} refused", count(state.refused, "package"));
            }
            let _ = writeln!(text, " in {}", duration(seconds));
            write(&mut state.passing, &text);
        }
        match (bad, state.passed + state.failed + state.cancelled) {
            (0, _) => 0,
            (_, 0) => REFUSED,
            _ => 1,
        }
    }
}

/// Writes text in the place of the passing line, if there is one.
fn write(passing: &mut bool, text: &str) {
    if text.is_empty() && !*passing {
        return;
    }
    let clear = if std::mem::take(passing) { "\r\x1b[2K" } else { "" };
    anstream::print!("{clear}{text}");
    let _ = std::io::stdout().flush();
}

fn push_output(out: &mut String, text: &str) {
    let lines = text.lines().count();
    let dim = Look::new().dimmed();
    for line in text.lines().take(SHOWN_LINES) {
        let _ = writeln!(out, "    {dim}│{dim:#} {line}");
    }
    if lines > SHOWN_LINES {
        let more = count(lines - SHOWN_LINES, "more line");
        let _ = writeln!(out, "    {dim}│ … {more}; --json has all{dim:#}");
    }
}

fn indent(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{indent}{line}");
    }
}

/// A test as programs know it.
pub(super) fn test_json(package: &str, test: &Test) -> Value {
    json!({
        "package": package, "test": test.name, "file": test.file,
        "line": test.position.0, "column": test.position.1,
    })
}

fn json_lines(news: &News<'_>) -> String {
    let event = |event: &str, path: &str, test: &Test| {
        let mut object = json!({ "event": event });
        merge(&mut object, test_json(path, test));
        object
    };
    let object = match news {
        News::Package { path, tests } => {
            json!({ "event": "package", "package": path, "tests": tests })
        }
        News::Started { path, test } => event("started", path, test),
        News::Skipped { path, test } => event("notRun", path, test),
        News::Ended { path, test, ended, .. } => {
            let outcome = match ended.failure.as_ref().map(|failure| &failure.kind) {
                None => "passed",
                Some(FailureKind::Cancelled) => "cancelled",
                Some(_) => "failed",
            };
            let mut object = event(outcome, path, test);
            let rest = json!({
                "seconds": ended.time.as_secs_f64(), "stepsRun": ended.steps, "output": ended.output,
            });
            merge(&mut object, rest);
            if let Some(failure) = &ended.failure {
                merge(&mut object, json!({ "failure": failure::to_json(failure) }));
            }
            object
        }
        News::Refused { path, diagnostics, .. } => {
            json!({ "event": "refused", "package": path, "diagnostics": diagnostics })
        }
        News::Unknown { path, diagnostics, .. } => {
            json!({ "event": "diagnostics", "package": path, "diagnostics": diagnostics })
        }
        News::End => return String::new(),
    };
    format!("{object}\n")
}

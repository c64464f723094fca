//! Running tests: packages beside each other, the tests of a package one after the other, as they may share files.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use crossbeam_channel::bounded;
use ko_evaluator::{
    cancel::CancelToken,
    event::{Event, Observer},
    gate_call::GateRunner,
    gates::{ClusterGates, GatesOptions, field_manager},
    host::{Effect, HostAccess},
    run::{Entry, Limits, RunOptions, run as evaluate},
};
use ko_queries::{FunctionKey, RootDatabase, program::FunctionId, program_to_test};
use ko_sandbox::Sandbox;
use ko_schema::Schema;

use super::{
    find::{Package, Test},
    report::{Ended, News, Report},
};
use crate::cli::{execute, failure::Origin, render};

/// How tests are run.
#[derive(Debug)]
pub(super) struct Plan {
    /// Packages that are tested at the same time.
    pub(super) jobs: usize,
    /// Whether no further test begins after one that did not pass.
    pub(super) fail_fast: bool,
    /// Limits of each test.
    pub(super) limits: Limits,
    /// Ends the tests that are running, and begins no other.
    pub(super) cancel: CancelToken,
}

/// A package that is ready to be tested.
struct Ready {
    index: usize,
    package: Package,
    program: Arc<ko_queries::program::Program>,
    origin: Origin,
}

/// Runs all tests and reports what becomes of them.
pub(super) fn run(db: &RootDatabase, packages: Vec<Package>, plan: &Plan, report: &Report) {
    let stopped = AtomicBool::new(false);
    let (sender, queue) = bounded::<Ready>(plan.jobs);
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.min(packages.len()) {
            let (queue, stopped) = (queue.clone(), &stopped);
            scope.spawn(move || {
                for ready in queue {
                    test_package(&ready, plan, stopped, report);
                }
            });
        }
        drop(queue);
        for (index, package) in packages.into_iter().enumerate() {
            let tests = package.tests.iter();
            let entries: Vec<FunctionKey> = tests.map(|test| key(&package, test)).collect();
            report.news(index, News::Package { path: &package.path, tests: entries.len() });
            if entries.is_empty() {
                report.news(index, News::End);
                continue;
            }
            match program_to_test(db, &db.package_files(&package.path), &entries) {
                Ok((program, unknown)) => {
                    let excerpts =
                        unknown.iter().map(|(file, it)| render::excerpt(db, *file, it)).collect();
                    let diagnostics =
                        unknown.iter().map(|(file, it)| render::to_json(db, *file, it)).collect();
                    if !unknown.is_empty() {
                        let path = &package.path;
                        report.news(index, News::Unknown { path, excerpts, diagnostics });
                    }
                    let program = Arc::new(program);
                    let origin = Origin::new(db, program.clone(), None);
                    // Nobody takes it only if no thread could be had.
                    if sender.send(Ready { index, package, program, origin }).is_err() {
                        break;
                    }
                }
                Err(refusal) => {
                    let excerpts =
                        refusal.iter().map(|(file, it)| render::excerpt(db, *file, it)).collect();
                    let diagnostics =
                        refusal.iter().map(|(file, it)| render::to_json(db, *file, it)).collect();
                    report
                        .news(index, News::Refused { path: &package.path, excerpts, diagnostics });
                    report.news(index, News::End);
                }
            }
        }
        drop(sender);
    });
}

fn key(package: &Package, test: &Test) -> FunctionKey {
    FunctionKey { package: package.path.as_str().into(), name: test.name.as_str().into() }
}

fn test_package(ready: &Ready, plan: &Plan, stopped: &AtomicBool, report: &Report) {
    let Ready { index, package, program, origin } = ready;
    for test in &package.tests {
        let path = &package.path;
        if plan.cancel.is_cancelled() || stopped.load(Ordering::Relaxed) {
            report.news(*index, News::Skipped { path, test });
            continue;
        }
        report.news(*index, News::Started { path, test });
        let output = Arc::new(Output::default());
        let gates = test.needs_cluster.then(|| sandbox(path));
        let options = RunOptions {
            limits: plan.limits.clone(),
            // Tests are trusted like the tests of any other language, but must not end the process.
            host: HostAccess::ALL.without(Effect::Exit),
            ..execute::options(gates, output.clone(), plan.cancel.child())
        };
        let begin = Instant::now();
        let result = evaluate(program.clone(), Entry::function(key(package, test)), options);
        let ended = Ended {
            steps: result.steps_run,
            time: begin.elapsed(),
            failure: result.outcome.err(),
            output: output.take(),
        };
        if plan.fail_fast && ended.failure.is_some() {
            stopped.store(true, Ordering::Relaxed);
        }
        report.news(*index, News::Ended { path, test, ended: &ended, origin });
    }
    report.news(*index, News::End);
}

/// A fresh Kubernetes for one test.
fn sandbox(package: &str) -> Arc<dyn GateRunner> {
    let options = GatesOptions { field_manager: field_manager(package), ..GatesOptions::default() };
    Arc::new(ClusterGates::new(Sandbox::new(Schema::builtin()), options))
}

/// Keeps what a test prints.
#[derive(Default)]
struct Output(Mutex<String>);

impl Output {
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Output {
    fn event(&self, event: Event) {
        if let Event::Output { text, .. } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        false
    }
}

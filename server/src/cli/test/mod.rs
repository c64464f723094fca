//! `ko test`: the functions of packages that are tests (specification §9.1): their names begin with `Test`, and they
//! have no parameters.

mod find;
mod report;
mod runner;

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_evaluator::{cancel::CancelToken, run::Limits};

use self::{
    find::Package,
    report::{Report, Style},
};
use super::{complete, execute, limits::LimitOptions, sources::Sources};

/// How long a test may take if nothing is said: long enough for all that are meant to end.
const PATIENCE: Duration = Duration::from_secs(600);

/// Run the tests of packages
#[derive(Debug, Args)]
#[command(after_help = "\
A test is a function whose name begins with Test and that has no parameters. It passes unless it panics or
fails; what it returns does not matter. Each test that calls Kubernetes has a sandbox of its own, fresh.
The tests of a package run one after the other, sorted by name; packages run at the same time.
A test ends after 10 minutes, unless --timeout says otherwise.

Examples:
  ko test                          all packages of this project
  ko test shop                     the folder shop and everything below it
  ko test tools/strings            a package, found in the roots of packages
  ko test ./strings                a folder, and all packages below it
  ko test tools/...                it and all packages below it
  ko test shop/TestPrices          one test
  ko test --filter Price --show-output
  ko test --json | jq -r 'select(.event == \"failed\") | .test'

Exit codes: 0 all passed, 1 one did not pass or a package was refused, 2 no test was run.")]
pub(crate) struct Test {
    /// Packages, folders or files; `...` at the end means everything below
    #[arg(value_name = "PACKAGE", add = ArgValueCompleter::new(complete::testable))]
    targets: Vec<String>,
    /// Only tests whose name contains this; it may be given several times
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Say which tests there are, and run none
    #[arg(long)]
    list: bool,
    /// Begin no further test after one that did not pass
    #[arg(long)]
    fail_fast: bool,
    /// Show what tests print that pass, too
    #[arg(long)]
    show_output: bool,
    /// Packages that are tested at the same time [default: one for each processor]
    #[arg(short, long, value_name = "NUMBER")]
    jobs: Option<std::num::NonZeroUsize>,
    /// Print an event on each line, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitOptions,
}

impl Test {
    /// Runs the tests and says which passed.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let (sources, only) = Sources::of_targets(&self.targets)?;
        if let Some((path, error)) = sources.unreadable.first() {
            bail!("{path}: {error}");
        }
        let filter = find::Filter { only, containing: self.filter.clone() };
        let packages = find::packages(&sources, &filter);
        let count: usize = packages.iter().map(|package| package.tests.len()).sum();
        if count == 0 && !filter.is_empty() {
            bail!("no test has such a name");
        }
        if self.list {
            return Ok(self.list(&packages));
        }
        let style = Style { json: self.json, show_output: self.show_output };
        let report = Report::new(style, packages.len());
        let cancel = CancelToken::new();
        execute::cancel_on_interrupt(cancel.clone());
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let limits = self.limits.limits();
        let plan = runner::Plan {
            jobs: self.jobs.map_or(available, usize::from),
            fail_fast: self.fail_fast,
            limits: Limits { time: limits.time.or(Some(PATIENCE)), ..limits },
            cancel,
        };
        runner::run(&sources.db, packages, &plan, &report);
        Ok(ExitCode::from(report.finish()))
    }

    fn list(&self, packages: &[Package]) -> ExitCode {
        for package in packages {
            for test in &package.tests {
                if self.json {
                    anstream::println!("{}", report::test_json(&package.path, test));
                } else {
                    anstream::println!("{}/{}", package.path, test.name);
                }
            }
        }
        ExitCode::SUCCESS
    }
}

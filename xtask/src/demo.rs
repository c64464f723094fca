//! `cargo xtask demo`: the example program in a real VS Code, for a person or, headless, for a proof.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::browser::{Surroundings, drive};
use crate::workbench::{Kubeconfig, Workbench, workspace};
use crate::{binary, extension, places};

/// Longer than the story ever takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

#[derive(Args)]
pub(crate) struct Options {
    /// Walk through the story without a person, with screenshots and a report in target/demo/
    #[arg(long)]
    headless: bool,
    /// Port of the workbench; by default a free one
    #[arg(long)]
    port: Option<u16>,
}

/// Builds, starts, and tells or walks.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.headless {
        return story();
    }
    let vsix = extension::package(&extension::stage(&binary::build()?)?)?;
    let folder = places::target().join("workbench/demo");
    let mut workbench = Workbench::start(&folder, options.port, Some(&vsix), Kubeconfig::OfUser)?;
    let example = workspace(
        &places::root().join("examples/cockroachdb"),
        &places::target().join("demo-workspace"),
    )?;
    println!("\nVS Code is ready: {}/?folder={}", workbench.address(), example.display());
    println!("The folder is a copy of examples/cockroachdb. Stop with Ctrl+C.");
    workbench.wait()
}

/// The whole story, step by step; fails with the first step that does not happen.
pub(crate) fn story() -> Result<()> {
    let vsix = extension::package(&extension::stage(&binary::build()?)?)?;
    let folder = places::target().join("workbench/story");
    let workbench = Workbench::start(&folder, None, Some(&vsix), Kubeconfig::Own)?;
    let example =
        workspace(&places::root().join("examples/cockroachdb"), &folder.join("cockroachdb"))?;
    let results = places::target().join("demo");
    let at = Surroundings { workspace: &example, results: &results, extension: None };
    drive("story.mjs", &workbench, &at, LIMIT)?;
    println!("screenshots and report: {}", results.display());
    Ok(())
}

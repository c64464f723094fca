//! `cargo xtask test`: every test of every part, one after the other, with a summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::browser::{Surroundings, drive};
use crate::tools::{control_plane, neovim, reference};
use crate::workbench::{Kubeconfig, Workbench, workspace};
use crate::{binary, demo, extension, fuzz, places, process};

#[derive(Args)]
pub(crate) struct Options {
    /// Run only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// List the parts and run nothing
    #[arg(long)]
    list: bool,
}

struct Part {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<()>,
}

/// Cheap checks first: what is wrong shows early.
const PARTS: [Part; 13] = [
    Part { name: "format", about: "cargo fmt --check", run: format },
    Part { name: "types", about: "tsc on the extension and its page", run: types },
    Part { name: "extension", about: "extension build and unit tests", run: unit },
    Part { name: "grammar", about: "TextMate grammar, also against the parser", run: grammar },
    Part { name: "clippy", about: "clippy, warnings denied", run: clippy },
    Part { name: "rust", about: "cargo test of all crates", run: rust },
    Part { name: "fuzz", about: "fuzz targets of the language, briefly", run: fuzz::briefly },
    Part { name: "reference", about: "the suites of the first implementation", run: suites },
    Part { name: "cluster", about: "programs on a real Kubernetes API server", run: cluster },
    Part { name: "docs", about: "cargo doc, warnings denied", run: docs },
    Part { name: "neovim", about: "the plugin in a real Neovim", run: nvim },
    Part { name: "vscode", about: "the extension in a real VS Code, by its API", run: vscode },
    Part { name: "story", about: "cargo xtask demo --headless", run: demo::story },
];

/// Runs the chosen parts, all of them even if some fail; fails if any did.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.list {
        for part in &PARTS {
            println!("{:10} {}", part.name, part.about);
        }
        return Ok(());
    }
    if let Some(unknown) =
        options.only.iter().find(|name| PARTS.iter().all(|part| part.name != name.as_str()))
    {
        bail!("there is no part {unknown}; see cargo xtask test --list");
    }
    let chosen = PARTS.iter().filter(|part| {
        options.only.is_empty() || options.only.iter().any(|name| name == part.name)
    });
    let mut summary = Vec::new();
    let mut failed = 0;
    for part in chosen {
        println!("\n── {}: {}", part.name, part.about);
        let start = Instant::now();
        let result = (part.run)();
        let seconds = start.elapsed().as_secs_f64();
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        summary.push(format!("{verdict:7} {:10} {seconds:6.1} s  {}", part.name, part.about));
        if let Err(error) = result {
            failed += 1;
            println!("{error:#}");
        }
    }
    println!("\n{}\n{} passed, {failed} failed", summary.join("\n"), summary.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} parts failed", summary.len());
    }
    Ok(())
}

fn format() -> Result<()> {
    process::run(process::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    process::run(process::cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn rust() -> Result<()> {
    process::run(process::cargo().args(["test", "--workspace", "--no-fail-fast"]))
}

/// Where its tree cannot be had this says so, loudly, and passes: the module proxy decides, not we.
fn suites() -> Result<()> {
    let tree = match reference::fetch_tree() {
        Ok(tree) => tree,
        Err(reason) => {
            println!("SKIPPED the suites of the first implementation: {reason:#}");
            println!("{}", reference::HOW);
            return Ok(());
        }
    };
    let mut cargo = process::cargo();
    cargo.args(["test", "--package", "ko-tests", "--test", "cli", "first_implementation"]);
    process::run(cargo.env("KO_REFERENCE_TREE", tree))
}

/// Where Go or its module proxy is missing this says so, loudly, and passes.
fn cluster() -> Result<()> {
    let program = match control_plane::install() {
        Ok(program) => program,
        Err(reason) => {
            println!("SKIPPED the tests on a real Kubernetes API server: {reason:#}");
            println!("{}", control_plane::HOW);
            return Ok(());
        }
    };
    let mut cargo = process::cargo();
    cargo.args(["test", "--package", "ko-tests", "--test", "cluster"]);
    process::run(cargo.env("KO_CONTROL_PLANE", program))
}

fn docs() -> Result<()> {
    let mut cargo = process::cargo();
    cargo.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--quiet", "--workspace", "--no-deps"]);
    // The readers are those who work on the crates: private items are documented, too.
    process::run(cargo.arg("--document-private-items"))
}

fn types() -> Result<()> {
    extension::tool("tsc", &["-p", "."])?;
    extension::tool("tsc", &["-p", "webview"])
}

fn unit() -> Result<()> {
    extension::script(&["build.mjs", "--tests"])?;
    extension::script(&["--test", "out/unit/"])
}

fn grammar() -> Result<()> {
    extension::tool(
        "vscode-tmgrammar-test",
        &["-g", "syntaxes/ko.tmLanguage.json", "test/grammar/*.test.ko"],
    )?;
    extension::script(&["test/grammar/agreement.mjs"])
}

fn nvim() -> Result<()> {
    let (ko, nvim) = (binary::build()?, neovim::install()?);
    let root = places::root();
    let folder = places::target().join("workbench/neovim");
    let fixture = workspace(&root.join("tests/editors/fixture"), &folder.join("fixture"))?;
    // A project of its own: the build directory may lie in a repository with other packages, or not.
    std::fs::create_dir_all(fixture.join(".git"))?;
    let parser = folder.join("runtime");
    crate::grammar::compile(&parser.join("parser/ko.so"))?;
    // A script that throws never quits by itself, hence the time limit.
    let mut command = process::command("timeout", &fixture);
    command
        .arg("120")
        .arg(nvim)
        .args(["--headless", "-u"])
        .arg(root.join("tests/editors/nvim/init.lua"));
    command
        .arg("-c")
        .arg(format!("luafile {}", root.join("tests/editors/nvim/suite.lua").display()));
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        command.env(format!("XDG_{name}_HOME"), folder.join(name.to_lowercase()));
    }
    command
        .env("NVIM_LOG_FILE", folder.join("log"))
        .env("KO_REPOSITORY", &root)
        .env("KO_PARSER", &parser)
        .env("KO_PROGRAM", ko);
    // Without one the suite skips what needs it, and says so.
    if let Ok(program) = control_plane::install() {
        command.env("KO_CONTROL_PLANE", program);
    }
    process::run(&mut command)
}

fn vscode() -> Result<()> {
    let stage = extension::stage(&binary::build()?)?;
    let root = places::root();
    let folder = places::target().join("workbench/api");
    let workbench = Workbench::start(&folder, None, None, Kubeconfig::Own)?;
    let fixture = workspace(&root.join("tests/editors/fixture"), &folder.join("fixture"))?;
    let at = Surroundings {
        workspace: &fixture,
        results: &folder.join("results"),
        extension: Some(&stage),
    };
    drive("api.mjs", &workbench, &at, Duration::from_secs(360))
}

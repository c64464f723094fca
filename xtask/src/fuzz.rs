//! `cargo xtask fuzz`: the fuzz targets of the language, guided by coverage, on a stable compiler.
//!
//! `cargo fuzz` needs a nightly compiler for its sanitizers. This project is safe Rust and needs none; what libFuzzer needs
//! is counters in the code, and those are a pass of the compiler that can be asked for on stable
//! (<https://clang.llvm.org/docs/SanitizerCoverage.html>). The folder is laid out as `cargo fuzz` expects it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{places, process};

const TARGETS: [&str; 3] = ["lexer", "parse", "format"];

/// The longest text that is tried, in bytes. Short texts reach all code, and many can be tried.
const LONGEST: u32 = 700;

const INSTRUMENTATION: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

#[derive(Args)]
pub(crate) struct Options {
    /// Fuzz only this target (lexer, parse or format); may be repeated
    #[arg(long, value_name = "TARGET")]
    only: Vec<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Add what reaches new code to the kept corpus, and take out of it what reaches no code of its own
    #[arg(long)]
    keep: bool,
}

/// Fuzzes all targets for a short time, starting with what was kept.
pub(crate) fn briefly() -> Result<()> {
    run(&Options { only: Vec::new(), seconds: 8, keep: false })
}

/// Fuzzes the chosen targets, one after the other.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(unknown) = options.only.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        bail!("there is no fuzz target {unknown}; there are {}", TARGETS.join(", "));
    }
    let programs = build()?;
    for target in TARGETS {
        if options.only.is_empty() || options.only.iter().any(|name| name == target) {
            fuzz(target, &programs.join(target), options)?;
        }
    }
    Ok(())
}

/// Builds all targets; returns the folder of the programs.
fn build() -> Result<PathBuf> {
    let version = process::run_quietly(process::command("rustc", &places::root()).arg("-vV"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    // With a target named, the flags are not those of build scripts.
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc -vV does not name its host")?;
    let folder = places::target().join("fuzz/build");
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "--release", "--bins", "--target", host]);
    cargo.arg("--manifest-path").arg(places::root().join("syntax/fuzz/Cargo.toml"));
    cargo.env("CARGO_TARGET_DIR", &folder).env("RUSTFLAGS", INSTRUMENTATION);
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut cargo).context("the fuzz targets need a C++ compiler, such as g++")?;
    Ok(folder.join(host).join("release"))
}

fn fuzz(target: &str, program: &Path, options: &Options) -> Result<()> {
    let folder = places::target().join("fuzz");
    let (found, crashes) = (folder.join("found").join(target), folder.join("crashes"));
    let kept = places::root().join("syntax/fuzz/corpus").join(target);
    for each in [&found, &crashes, &kept] {
        fs::create_dir_all(each).with_context(|| format!("cannot create {}", each.display()))?;
    }
    let mut command = process::command(program, &folder);
    command.arg(format!("-max_total_time={}", options.seconds));
    command.arg(format!("-max_len={LONGEST}"));
    // A text of this length takes well below a millisecond; one that takes seconds is a bug.
    command.args(["-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"]);
    command.arg(format!("-dict={}", places::root().join("syntax/fuzz/ko.dict").display()));
    command.arg(format!("-artifact_prefix={}/{target}-", crashes.display()));
    command.args([&found, &kept]);
    let output = process::run_quietly(&mut command).with_context(|| {
        format!(
            "the fuzz target {target} found a text that breaks a law: it is the newest file \
             {crashes}/{target}-*. Run it again with\n  {program} FILE\nand put it into {kept} once it is mended, \
             where cargo test replays it",
            crashes = crashes.display(),
            program = program.display(),
            kept = kept.display(),
        )
    })?;
    let log = String::from_utf8_lossy(&output.stderr);
    let count = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    println!("{target}: {} texts in {} s", count.map_or("?", str::trim), options.seconds);
    if options.keep {
        keep(program, &found, &kept)?;
    }
    Ok(())
}

/// Makes the kept corpus the smallest set of texts that reaches what it and what was found reach. Crashes that were mended
/// stay: their names begin with `crash-`.
fn keep(program: &Path, found: &Path, kept: &Path) -> Result<()> {
    let small = kept.with_extension("new");
    fs::create_dir_all(&small)?;
    let mut merge = process::command(program, &places::root());
    // Which code is reached counts here, and not how often: that would keep hundreds of texts more.
    merge
        .args(["-set_cover_merge=1", "-use_counters=0", "-verbosity=0"])
        .arg(format!("-max_len={LONGEST}"));
    merge.args([&small, &kept.to_path_buf(), &found.to_path_buf()]);
    process::run_quietly(&mut merge)?;
    for entry in fs::read_dir(kept)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with("crash-") {
            fs::copy(&path, small.join(name))?;
        }
    }
    fs::remove_dir_all(kept)?;
    fs::rename(&small, kept).with_context(|| format!("cannot move {}", small.display()))?;
    Ok(())
}

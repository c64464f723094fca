//! Running programs: the release build of `ko play` beside that of the first implementation, on the same sources.
//!
//! Each number is that of a whole process, with its start, reading, checking and running: what a user waits for. The row
//! `start` is a program that does nothing.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::measure::{self, Usage};
use crate::{places, process, tools::reference};

/// How many times less processor time than the first implementation we want to take.
const FASTER: f64 = 50.0;

/// How many times less memory we want to take.
const SMALLER: f64 = 2.0;

/// The name of the generated program with one large circuit.
const CIRCUIT: &str = "circuit";

/// The program that shows what starting costs; no goal holds for it.
const START: &str = "start";

/// Measures the programs whose names contain `filter`.
pub(crate) fn run(filter: Option<&str>, times: u32) -> Result<()> {
    let ours = build()?;
    let theirs = match reference::install() {
        Ok(program) => Some(program),
        Err(reason) => {
            println!("SKIPPED the first implementation, so there are no ratios: {reason:#}");
            println!("{}", reference::HOW);
            None
        }
    };
    let root = places::target().join("bench/evaluator");
    let names = write_programs(&root)?;
    println!("the least of {times} runs of each program; memory is the most held at once\n");
    println!(
        "{:12} {:>9} {:>9}  {:>9} {:>9}  {:>7} {:>7}  goal: {FASTER} × faster, {SMALLER} × smaller",
        "program", "ours", "", "theirs", "", "faster", "smaller"
    );
    let chosen = names.iter().filter(|name| filter.is_none_or(|filter| name.contains(filter)));
    let mut failed = 0;
    for name in chosen {
        let our = match measure::best(times, || play(&ours, &root, None, name)) {
            Ok(usage) => usage,
            // The others are still worth measuring.
            Err(error) => {
                failed += 1;
                println!("{name:12} FAILED: {error:#}");
                continue;
            }
        };
        let Some(theirs) = &theirs else {
            println!("{}", row(name, &our, None));
            continue;
        };
        // Minutes, for some of the programs: what is fifty times as long is less disturbed.
        let their = measure::once(&mut play(theirs, &root, reference::tree().as_deref(), name))?;
        if our.output != their.output {
            bail!("{name} gives {:?} with ours and {:?} with theirs", our.output, their.output);
        }
        println!("{}", row(name, &our, Some(&their)));
    }
    if failed > 0 {
        bail!("{failed} programs did not run");
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    println!("building the release of ko …");
    process::run(process::cargo().args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "ko-server",
    ]))?;
    Ok(places::target().join("release/ko"))
}

/// `library` is a root with packages that the program does not bring along itself, as ours does.
fn play(program: &Path, root: &Path, library: Option<&Path>, name: &str) -> Command {
    let mut command = process::command(program, root);
    let mut path = root.as_os_str().to_owned();
    if let Some(library) = library {
        path.push(":");
        path.push(library);
    }
    command.env("KOPATH", path).env_remove("GOPATH").args(["play", &format!("bench/{name}/Main")]);
    command
}

/// Writes the programs where both sides find them, each as a package of its own; returns their names.
fn write_programs(root: &Path) -> Result<Vec<String>> {
    let from = places::root().join("evaluator/benches/programs");
    let mut programs = vec![(CIRCUIT.to_owned(), circuit(10_000))];
    for entry in fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if let (Some(name), Some("ko")) =
            (path.file_stem(), path.extension().and_then(|it| it.to_str()))
        {
            programs.push((name.to_string_lossy().into_owned(), fs::read_to_string(&path)?));
        }
    }
    programs.sort_by_key(|(name, _)| (name != START, name.clone()));
    for (name, text) in &programs {
        let package = root.join("src/bench").join(name);
        fs::create_dir_all(&package)
            .with_context(|| format!("cannot create {}", package.display()))?;
        fs::write(package.join("main.ko"), text)?;
    }
    Ok(programs.into_iter().map(|(name, _)| name).collect())
}

/// A function of this many steps, each of which needs the one before.
fn circuit(steps: usize) -> String {
    let mut text = String::from("Main() {\n  s0: 1\n");
    for step in 1..steps {
        let before = step - 1;
        // Writing to a string never fails.
        let _ = if step % 3 == 0 {
            writeln!(text, "  s{step}: Moduli(s{before}, {})", 1000 + step % 13)
        } else {
            writeln!(text, "  s{step}: Sum(s{before}, {})", step % 7)
        };
    }
    let _ = writeln!(text, "  return: s{}\n}}", steps - 1);
    text
}

fn row(name: &str, ours: &Usage, theirs: Option<&Usage>) -> String {
    let seconds = |usage: &Usage| format!("{:.3} s", usage.user.as_secs_f64());
    let memory = |usage: &Usage| format!("{:.1} MB", usage.memory as f64 / 1e6);
    let mut text = format!("{name:12} {:>9} {:>9}", seconds(ours), memory(ours));
    if let Some(theirs) = theirs {
        let faster = theirs.user.as_secs_f64() / ours.user.as_secs_f64().max(1e-6);
        let smaller = theirs.memory as f64 / ours.memory.max(1) as f64;
        let verdict = match (name == START, faster >= FASTER, smaller >= SMALLER) {
            (true, ..) => "(no goal)",
            (_, true, true) => "met",
            (_, false, true) => "MISSED: time",
            (_, true, false) => "MISSED: memory",
            (_, false, false) => "MISSED: time and memory",
        };
        let _ = write!(
            text,
            "  {:>9} {:>9}  {faster:>5.1} × {smaller:>5.1} ×  {verdict}",
            seconds(theirs),
            memory(theirs)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_row_says_whether_the_goals_are_met() {
        let usage = |user, memory| Usage {
            user: Duration::from_millis(user),
            wall: Duration::from_millis(user),
            memory,
            output: String::new(),
        };
        let (small, large) = (usage(10, 4_000_000), usage(600, 9_000_000));
        assert!(row("loop", &small, Some(&large)).ends_with("60.0 ×   2.2 ×  met"));
        assert!(row("loop", &small, Some(&small)).ends_with("MISSED: time and memory"));
        assert!(row("loop", &small, None).ends_with("0.010 s    4.0 MB"));
    }

    #[test]
    fn the_circuit_has_as_many_steps_as_asked_for() {
        let text = circuit(10);
        assert_eq!(text.lines().filter(|line| line.starts_with("  s")).count(), 10);
        assert!(text.ends_with("return: s9\n}\n"));
    }
}

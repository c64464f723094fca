//! Runs the conformance cases: small programs with what is known to come of them.
//!
//! The cases are not part of this repository; where they are absent the test says so and passes.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write as _;
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use ko_evaluator::{
    print,
    run::{Entry, RunOptions, run},
};
use serde_json::Value as Json;

/// The cases where we differ on purpose, each with the reason.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// The tests of what we do instead, named by quirk.
const QUIRKS: &str = include_str!("quirks.rs");

#[test]
fn every_exception_names_a_quirk_that_has_a_test() {
    let exceptions = EXCEPTIONS.lines().filter(|line| !line.starts_with('#'));
    for line in exceptions {
        let (_, reason) = line.split_once(": ").unwrap();
        let quirk = reason.split(',').next().unwrap();
        assert!(quirk.starts_with('Q'), "{line}: the reason must begin with a number such as Q7");
        let test = format!("fn {}_", quirk.to_lowercase());
        assert!(QUIRKS.contains(&test), "{line}: quirks.rs has no test `{test}…`");
    }
}

struct Case {
    name: String,
    expect: PathBuf,
    /// Path, package and text of each file.
    files: Vec<(String, String, String)>,
}

#[derive(Debug, PartialEq)]
struct Seen {
    kind: &'static str,
    returned: Option<String>,
    stdout: String,
    /// For people only.
    message: String,
}

#[test]
fn all_cases_give_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        #[allow(clippy::print_stderr)]
        {
            // Written past the capture of the test harness, so that it is seen.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: the conformance cases are not at {}",
                root.display()
            );
        }
        return;
    }
    let exceptions: BTreeMap<&str, &str> = EXCEPTIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .collect();
    let cases = cases(&root);
    let next = Mutex::new(cases.iter());
    let failures = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = { next.lock().unwrap().next() } {
                    let verdict = check(case);
                    let excepted = exceptions.contains_key(case.name.as_str());
                    let problem = match (verdict, excepted) {
                        (Some(diff), false) => diff,
                        (None, true) => {
                            "  passes, but is listed in exceptions.txt; remove it there\n"
                                .to_owned()
                        }
                        _ => continue,
                    };
                    failures.lock().unwrap().insert(case.name.clone(), problem);
                }
            });
        }
    });
    for name in exceptions.keys() {
        assert!(
            cases.iter().any(|case| case.name == *name),
            "exceptions.txt names {name}, which is no case"
        );
    }
    let failures = failures.into_inner().unwrap();
    let report: String = failures.iter().fold(String::new(), |mut report, (name, diff)| {
        let _ = write!(report, "{name}\n{diff}\n");
        report
    });
    assert!(failures.is_empty(), "{} of {} cases differ:\n{report}", failures.len(), cases.len());
}

fn cases(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for topic in entries(root).into_iter().filter(|path| path.is_dir()) {
        for path in entries(&topic) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let name = format!("{}/{stem}", topic.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                let mut files = Vec::new();
                let source = path.join("src");
                collect(&source, &source, &mut files);
                cases.push(Case { name, expect: path.join("expect.json"), files });
            } else if path.extension().is_some_and(|extension| extension == "ko") {
                // Some cases hold bytes that are not UTF-8; they are read as an editor would.
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                let files = vec![("case/main.ko".to_owned(), "case".to_owned(), text)];
                cases.push(Case { name, expect: path.with_extension("expect.json"), files });
            }
        }
    }
    assert!(cases.len() > 300, "only {} cases in {}", cases.len(), root.display());
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String, String)>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "ko") {
            let package = folder.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let relative = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.push((
                relative,
                package,
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
            ));
        }
    }
}

/// What differs, or nothing.
fn check(case: &Case) -> Option<String> {
    let expect: Json = serde_json::from_slice(&fs::read(&case.expect).unwrap()).unwrap();
    let text = |name: &str| expect[name].as_str().map(str::to_owned);
    let kind = text("kind").unwrap();
    let seen = execute(case, false);
    let mut diff = String::new();
    let watched = execute(case, true);
    if !comparable(&seen, &watched, &expect) {
        let _ = writeln!(
            diff,
            "  it makes a difference that steps are observed: {seen:?}\n  and {watched:?}"
        );
    }
    if seen.kind != kind {
        let _ = writeln!(diff, "  kind      {kind}\n  but was   {} {}", seen.kind, seen.message);
    } else if kind == "value" && seen.returned != text("returned") {
        let (expected, was) =
            (text("returned").unwrap_or_default(), seen.returned.clone().unwrap_or_default());
        let _ = writeln!(diff, "  returned  {expected}\n  but was   {was}");
    }
    let (expected, was) = (text("stdout").unwrap_or_default(), seen.stdout.clone());
    let same = match text("stdout_order").as_deref() {
        Some("exact") => expected == was,
        Some("any") => sorted(&expected) == sorted(&was),
        _ => true,
    };
    if !same && seen.kind == kind {
        let _ = writeln!(diff, "  stdout    {expected:?}\n  but was   {was:?}");
    }
    if diff.is_empty() {
        return None;
    }
    let source = case.files.iter().map(|(path, _, text)| format!("--- {path}\n{text}\n"));
    let _ = write!(diff, "  quirks    {}\n{}", expect["quirks"], source.collect::<String>());
    Some(diff)
}

/// Whether both runs gave the same; texts may differ where they name memories or times.
fn comparable(a: &Seen, b: &Seen, expect: &Json) -> bool {
    a.kind == b.kind && (expect["kind"] != "value" || a.returned == b.returned)
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn execute(case: &Case, steps: bool) -> Seen {
    let files: Vec<_> =
        case.files.iter().map(|(path, package, text)| (&**path, &**package, &**text)).collect();
    let program = match support::link(&files) {
        Ok(program) => program,
        Err(messages) => {
            return Seen {
                kind: "compile_error",
                returned: None,
                stdout: String::new(),
                message: messages.join("; "),
            };
        }
    };
    let output = Arc::new(support::Output { steps, ..Default::default() });
    let options = RunOptions { observer: output.clone(), ..RunOptions::default() };
    let result = run(program, Entry::function(support::main()), options);
    let (kind, returned, message) = match result.outcome {
        Ok(value) => ("value", Some(print::print(&value)), String::new()),
        Err(failure) => ("runtime_error", None, failure.to_string()),
    };
    Seen { kind, returned, stdout: output.text(), message }
}

//! What is not known, over all programs there are: every expression where knowledge ends, with the reason, in the files
//! of the folder `unknown`. They are expectations, so that whatever adds to them is seen; `UPDATE_EXPECT` rewrites them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use expect_test::{ExpectFile, expect_file};

use ko_queries::circuit::{Circuit, StepId, StepKind, Target};
use ko_queries::diagnostic::FileId;
use ko_queries::items::functions_of_file;
use ko_queries::lower::lower_key;
use ko_queries::types::{At, Inferred, inferred, place};
use ko_queries::{Db, RootDatabase};
use ko_schema::Schema;

/// The programs below a folder: its Ko files, grouped by what is checked together.
pub(crate) fn programs(root: &Path, together: bool) -> Vec<Vec<(PathBuf, String)>> {
    let (mut folders, mut out) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "ko")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                out.push((path, text));
            }
        }
    }
    out.sort();
    let mut groups: BTreeMap<PathBuf, Vec<(PathBuf, String)>> = BTreeMap::new();
    for (path, text) in out {
        let group = match path.components().position(|it| it.as_os_str() == "src") {
            _ if together => root.to_owned(),
            Some(at) => path.components().take(at + 1).collect(),
            None => path.clone(),
        };
        groups.entry(group).or_default().push((path, text));
    }
    groups.into_values().collect()
}

/// The package of a file: the folder below `src`, if there is one.
pub(crate) fn package_of(path: &Path) -> String {
    let mut folders = path.parent().unwrap().components();
    match folders.any(|it| it.as_os_str() == "src") {
        true => folders.collect::<PathBuf>().to_str().unwrap().to_owned(),
        false => "case".to_owned(),
    }
}

/// Why the type of a step is not known, where nothing is wrong with it. An expression without a reason is a gap.
const REASONS: [(&str, &str, &str); 7] = [
    ("15_shared_memory.ko", "Main", "a memory that is passed on may hold anything"),
    ("11_counter.ko", "Main", "a memory that is passed on may hold anything"),
    ("memory.ko", "Main", "a memory that is passed on may hold anything"),
    ("recursion.ko", "", "what contains itself is known down to where it does"),
    ("10_circle", "", "a sequence within a sequence, without end"),
    ("redblack.ko", "insertAt", "a branch of a tree is a tree: it is known down to the next one"),
    ("redblack.ko", "balance", "a branch of a tree is a tree: it is known down to the next one"),
];

fn reason(path: &str, circuit: &Circuit, step: StepId) -> Option<&'static str> {
    let callee = match &circuit.step(step).kind {
        StepKind::Param(_) => return Some("any value will do where it says `_`"),
        StepKind::Apply { callee, .. } => &circuit.step(*callee).kind,
        _ => return None,
    };
    match callee {
        StepKind::Target(Target::Builtin(it)) if it.info().name == "Recover" => {
            return Some("a task may raise any panic");
        }
        StepKind::Target(Target::Builtin(it)) if it.info().name == "Template" => {
            return Some("which fields the template takes is not known");
        }
        StepKind::Target(Target::Function(it)) if it.name.starts_with("Plate") => {
            return Some("which fields the template takes is not known");
        }
        _ => {}
    }
    let name = &circuit.key.name;
    let known = REASONS.iter().find(|it| path.contains(it.0) && (it.1.is_empty() || it.1 == name));
    known.map(|it| it.2)
}

/// Whether a mistake is reported in the expression of the step.
fn is_reported(circuit: &Circuit, inferred: &Inferred, step: StepId) -> bool {
    let (mut work, mut inside) = (vec![step], Vec::new());
    while let Some(step) = work.pop() {
        if inside.contains(&step) {
            continue;
        }
        inside.push(step);
        if let StepKind::Apply { args, .. } = &circuit.step(step).kind {
            work.extend(args.iter().map(|it| it.value));
        }
    }
    inferred.errors.iter().any(|it| match it.at {
        At::Step(at)
        | At::Callee(at)
        | At::Arg(at, _)
        | At::ArgValue(at, _)
        | At::SelectName(at, _) => inside.contains(&at),
    })
}

/// The expressions of the programs whose type is not known although those of their operands are, and all steps there are.
/// What is not known because a mistake is reported there is left out.
fn unknown(root: &Path, programs: Vec<Vec<(PathBuf, String)>>) -> (String, usize) {
    let (mut out, mut all) = (String::new(), 0);
    for files in programs {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        for ((path, text), id) in files.iter().zip(0..) {
            let package = package_of(path);
            db.set_file(FileId(id), path.to_str().unwrap(), &package, text.as_str().into());
        }
        for (id, (path, text)) in (0..).zip(&files) {
            let shown = path.strip_prefix(root).unwrap().to_str().unwrap();
            for function in functions_of_file(&db, db.source_file(FileId(id)).unwrap()) {
                let key = function.key(&db);
                let Some(lowered) = lower_key(&db, &key) else { continue };
                let Some(inferred) = inferred(&db, function) else { continue };
                let circuit = &lowered.circuit;
                let vague = |step: &StepId| inferred.steps[step.0 as usize].is_vague();
                for step in circuit.ids() {
                    all += 1;
                    let explained = match &circuit.step(step).kind {
                        StepKind::Error => true,
                        StepKind::Select { base, .. } => vague(base),
                        StepKind::Apply { callee, args, .. } => {
                            vague(callee) || args.iter().any(|it| vague(&it.value))
                        }
                        _ => false,
                    };
                    if explained || !vague(&step) || is_reported(circuit, &inferred, step) {
                        continue;
                    }
                    let range = place(circuit, &lowered.source_map, text, At::Step(step)).unwrap();
                    let cut = |text: String, to: usize| match text.char_indices().nth(to) {
                        Some((at, _)) => format!("{}…", &text[..at]),
                        None => text,
                    };
                    let words: Vec<&str> = text[range].split_whitespace().collect();
                    let expression = cut(words.join(" "), 70);
                    let ty = cut(inferred.steps[step.0 as usize].to_string(), 100);
                    let why = reason(shown, circuit, step).unwrap_or("NO REASON");
                    writeln!(out, "{shown} {}: {expression} : {ty} -- {why}", key.name).unwrap();
                }
            }
        }
    }
    (out, all)
}

/// Compares the list of the programs in `root`; at least `least` steps have been looked at.
fn check(root: &Path, together: bool, least: usize, expected: ExpectFile) {
    if !root.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: put Ko programs into {}", root.display());
        return;
    }
    let (list, all) = unknown(root, programs(root, together));
    assert!(all >= least, "only {all} steps in {}", root.display());
    expected.assert_eq(&list);
    assert!(!list.contains("NO REASON"), "types that could be known are not:\n{list}");
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn of_the_examples() {
    check(&repository().join("examples"), false, 500, expect_file!["unknown/examples.txt"]);
}

#[test]
fn of_the_library() {
    let root = repository().join("queries/src/lib_ko");
    check(&root, false, 1_000, expect_file!["unknown/library.txt"]);
}

#[test]
fn of_the_literate_programs() {
    let root = repository().join("queries/tests/types");
    check(&root, false, 900, expect_file!["unknown/literate.txt"]);
}

#[test]
fn of_the_conformance_cases() {
    let root = repository().join("../shared/conformance");
    check(&root, false, 3_000, expect_file!["unknown/conformance.txt"]);
}

#[test]
fn of_the_shared_examples() {
    let root = repository().join("../shared/examples");
    check(&root, false, 300, expect_file!["unknown/shared-examples.txt"]);
}

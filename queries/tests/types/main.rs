//! Literate tests: each file of `tests/types` is a program with comments that say what the checker says of the line
//! above them. `// ^^^ error code: message` is a mistake at these characters; all are listed. `// ^^^ : Type` is the
//! type of the expression at these characters.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test that reads programs"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ko_schema::Schema;
use rustc_hash::{FxHashMap, FxHashSet};

use ko_queries::circuit::{Circuit, FunctionKey, StepId};
use ko_queries::diagnostic::{FileId, Severity};
use ko_queries::items::functions_of_file;
use ko_queries::lower::lower_key;
use ko_queries::types::{At, Env, Inferred, Scheme, Suggestion, TypeError, infer_component, place};
use ko_queries::{Db, RootDatabase};

mod diagnostics;
mod edits;
mod laws;
mod programs;
mod scale;
mod unknown;

/// All functions that some functions reach, with what is inferred of them.
struct Checked {
    db: RootDatabase,
    circuits: FxHashMap<FunctionKey, Arc<Circuit>>,
    inferred: FxHashMap<FunctionKey, Inferred>,
}

impl Env for Checked {
    fn schema(&self) -> &Schema {
        Schema::builtin()
    }

    fn scheme(&self, key: &FunctionKey) -> Option<Arc<Scheme>> {
        Some(self.inferred.get(key)?.scheme.clone())
    }
}

impl Checked {
    /// Checks the functions of these files, each with its package.
    fn new(files: &[(&str, &str)]) -> Checked {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        for ((package, text), id) in files.iter().zip(0..) {
            db.set_file(FileId(id), &format!("{id}.ko"), package, (*text).into());
        }
        let mut checked =
            Checked { db, circuits: FxHashMap::default(), inferred: FxHashMap::default() };
        let mut work: Vec<FunctionKey> = Vec::new();
        for id in checked.db.file_ids() {
            let source = checked.db.source_file(id).unwrap();
            work.extend(
                functions_of_file(&checked.db, source).iter().map(|it| it.key(&checked.db)),
            );
        }
        while let Some(key) = work.pop() {
            if checked.circuits.contains_key(&key) {
                continue;
            }
            let Some(lowered) = lower_key(&checked.db, &key) else { continue };
            work.extend(lowered.circuit.callees().cloned());
            checked.circuits.insert(key, lowered.circuit.clone());
        }
        for component in components(&checked.circuits) {
            for (circuit, it) in component.iter().zip(infer_component(&component, &checked)) {
                checked.inferred.insert(circuit.key.clone(), it);
            }
        }
        checked
    }

    fn of(&self, package: &str, name: &str) -> &Inferred {
        &self.inferred[&FunctionKey { package: package.into(), name: name.into() }]
    }

    /// All mistakes in the functions of a package, in the order of the text.
    fn errors(&self, package: &str) -> Vec<(FunctionKey, TypeError)> {
        let mut all: Vec<_> = self.inferred.iter().filter(|it| it.0.package == package).collect();
        all.sort_by_key(|it| it.0);
        all.into_iter()
            .flat_map(|(key, it)| it.errors.iter().map(|error| (key.clone(), error.clone())))
            .collect()
    }
}

/// Strongly connected components, callees first (Tarjan's algorithm, with a stack of its own).
fn components(circuits: &FxHashMap<FunctionKey, Arc<Circuit>>) -> Vec<Vec<Arc<Circuit>>> {
    let mut keys: Vec<&FunctionKey> = circuits.keys().collect();
    keys.sort();
    let index: FxHashMap<&FunctionKey, usize> = keys.iter().copied().zip(0..).collect();
    let edges: Vec<Vec<usize>> = keys
        .iter()
        .map(|key| circuits[*key].callees().filter_map(|it| index.get(it).copied()).collect())
        .collect();
    let (mut number, mut low) = (vec![usize::MAX; keys.len()], vec![0; keys.len()]);
    let (mut stack, mut on_stack, mut count, mut out) = (vec![], FxHashSet::default(), 0, vec![]);
    for root in 0..keys.len() {
        let mut calls = vec![(root, 0)];
        while let Some((node, at)) = calls.pop() {
            if at == 0 {
                if number[node] != usize::MAX {
                    continue;
                }
                (number[node], low[node], count) = (count, count, count + 1);
                stack.push(node);
                on_stack.insert(node);
            } else {
                let done: usize = edges[node][at - 1];
                low[node] = low[node].min(low[done]);
            }
            let mut next = at;
            while next < edges[node].len() && number[edges[node][next]] != usize::MAX {
                let to = edges[node][next];
                if on_stack.contains(&to) {
                    low[node] = low[node].min(number[to]);
                }
                next += 1;
            }
            if next < edges[node].len() {
                calls.push((node, next + 1));
                calls.push((edges[node][next], 0));
                continue;
            }
            if low[node] == number[node] {
                let mut component = vec![];
                while let Some(it) = stack.pop() {
                    on_stack.remove(&it);
                    component.push(circuits[keys[it]].clone());
                    if it == node {
                        break;
                    }
                }
                out.push(component);
            }
        }
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

/// Line from 0, column from 0 in characters, number of characters (cut at the end of the line).
fn position(text: &str, range: text_size::TextRange) -> (usize, usize, usize) {
    let before = &text[..usize::from(range.start())];
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let covered = text[range].lines().next().unwrap_or_default();
    (
        before.matches('\n').count(),
        text[line_start..before.len()].chars().count(),
        covered.chars().count(),
    )
}

/// Rewrites the annotations of a fixture to what the checker says; types stay where they are asked for.
fn annotate(text: &str) -> String {
    let is_annotation = |line: &str| {
        line.trim_start().strip_prefix("//").is_some_and(|it| it.trim_start().starts_with('^'))
    };
    let checked = Checked::new(&[("case", text)]);
    let mut notes: Vec<(usize, usize, usize, String)> = Vec::new();
    let range = |key: &FunctionKey, at: At| {
        let lowered = lower_key(&checked.db, key).unwrap();
        place(&lowered.circuit, &lowered.source_map, text, at).unwrap()
    };
    for (key, error) in checked.errors("case") {
        let (line, column, len) = position(text, range(&key, error.at));
        let mut note = format!("{} {}: {}", severity(error.severity), error.code, error.message);
        if let Some(origin) = &error.origin {
            note.push_str(&format!(" (from {}: {})", origin.function.name, origin.path.join(".")));
        }
        for it in &error.suggestion {
            note.push_str(&match it {
                Suggestion::RenameArg { to, .. } => format!(" [rename to {to}]"),
                Suggestion::RenameSelect { to, .. } => format!(" [select {to}]"),
                Suggestion::ReplaceLiteral { text, .. } => format!(" [write {text}]"),
                Suggestion::AddArgs { names, .. } => format!(
                    " [add {}]",
                    names
                        .iter()
                        .map(|it| format!("{}: {}", it.0, it.1))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                Suggestion::RemoveArg { .. } => " [remove]".to_owned(),
                Suggestion::SelectField { path, .. } => format!(" [append .{path}]"),
            });
        }
        notes.push((line, column, len, note));
    }
    // The types asked for, by the position of the line that they are about.
    let mut about = 0;
    for (number, line) in text.lines().enumerate() {
        if !is_annotation(line) {
            about = number;
            continue;
        }
        let Some((carets, _)) = line.split_once(" : ") else { continue };
        let column = carets.chars().position(|it| it == '^').unwrap();
        let len = carets.matches('^').count();
        let before = notes.len();
        for (key, it) in checked.inferred.iter().filter(|it| it.0.package == "case") {
            for (step, ty) in it.steps.iter().enumerate() {
                let at = position(text, range(key, At::Step(StepId(step as u32))));
                if at == (about, column, len) {
                    notes.push((about, column, len, format!(": {ty}")));
                }
            }
        }
        if notes.len() == before {
            notes.push((about, column, len, ": no expression has these characters".to_owned()));
        }
    }
    notes.sort();
    notes.dedup();
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        if is_annotation(line) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        for (_, column, len, note) in notes.iter().filter(|it| it.0 == number) {
            let carets = "^".repeat((*len).max(1));
            // A comment takes two columns, so what stands before the third is pointed at from there.
            out.push_str(&format!("//{}{carets} {note}\n", " ".repeat(column.saturating_sub(2))));
        }
    }
    out
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "ko"));
    files.sort();
    files
}

/// Set the environment variable `UPDATE_EXPECT` to rewrite the annotations.
#[test]
fn the_checker_says_what_the_comments_say() {
    let files = fixtures();
    assert!(files.len() >= 8, "fixtures are missing");
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let said = annotate(&text);
        if said == text {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&file, said).unwrap();
        } else {
            wrong.push_str(&format!("=== {} should be\n{said}\n", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The chapter on types of the manual lists each program once, with the sentence that it begins with.
#[test]
fn the_manual_lists_every_program() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/types.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let mut listed: Vec<&str> = manual.lines().filter(|it| it.contains("](../queries/")).collect();
    for (number, line) in listed.iter().enumerate() {
        assert!(line.starts_with(&format!("{}. ", number + 1)), "wrong number: {line}");
    }
    for file in fixtures() {
        let text = std::fs::read_to_string(&file).unwrap();
        let about = text.lines().next().unwrap().strip_prefix("// ").unwrap_or_default();
        assert!(about.ends_with('.'), "{} begins with no sentence", file.display());
        let name = file.file_stem().unwrap().to_str().unwrap();
        let entry = format!("[{name}](../queries/tests/types/{name}.ko): {about}");
        let at = listed.iter().position(|it| it.ends_with(&entry));
        listed.remove(at.unwrap_or_else(|| panic!("docs/types.md lacks the line\n{entry}")));
    }
    assert!(listed.is_empty(), "docs/types.md lists what is not there: {listed:?}");
}

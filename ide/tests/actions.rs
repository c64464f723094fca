//! Laws of code actions, on the programs of the repository and on the conformance cases: whatever is offered anywhere gives
//! a text that parses, that is formatted once and for all, and that has no new errors; and what says that it keeps the
//! meaning of a program keeps what the program prints and returns.
//!
//! The conformance cases are not part of this repository; where they are absent the test says so.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that reads programs from the disk"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use ko_evaluator::{
    event::{Event, Observer},
    print,
    run::{Entry, RunOptions, run},
};
use ko_ide::{
    CodeAction, CodeActionKind as Kind, FileEdit, FileId, FileRange, FunctionKey, RootDatabase,
    code_actions, diagnostics, resolve_code_action,
};
use ko_queries::{diagnostic::Severity, program::FunctionId};
use ko_schema::Schema;
use ko_syntax::{ast::AstNode, format::format_text};
use text_size::{TextRange, TextSize};

/// Path, package and text of each file of a program.
type Files = Vec<(String, String, String)>;

/// How many places of a file are tried; of more, every so many. Each costs a check of the program for each action.
const MOST_PLACES: usize = 60;

/// Actions that say that they change nothing of what a program does.
const KEEP_MEANING: &[&str] = &[
    "extract-step",
    "extract-step-all",
    "extract-function",
    "inline-step",
    "inline-step-here",
    "name-argument",
    "unname-argument",
    "organize-imports",
];

#[test]
fn examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let (mut applied, mut problems) = (BTreeMap::new(), Vec::new());
    for folder in folders(&root) {
        let files = read(&folder, "examples");
        if !files.is_empty() {
            problems.extend(check(&files, None, &mut applied));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let kinds: Vec<&str> = applied.keys().map(String::as_str).collect();
    for wanted in ["extract-step", "extract-function", "inline-step", "order-after"] {
        assert!(kinds.contains(&wanted), "{wanted} was never offered: {applied:?}");
    }
}

#[test]
fn shared_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/examples");
    if !root.is_dir() {
        return skipped(&root);
    }
    let (mut applied, mut problems) = (BTreeMap::new(), Vec::new());
    for folder in folders(&root) {
        let files = read(&folder, "examples");
        if !files.is_empty() {
            problems.extend(check(&files, None, &mut applied));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(applied.values().sum::<usize>() > 50, "{applied:?}");
}

#[test]
fn conformance() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !root.is_dir() {
        return skipped(&root);
    }
    let cases: Vec<PathBuf> = folders(&root)
        .into_iter()
        .flat_map(|it| fs::read_dir(it).unwrap())
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "ko"))
        .collect();
    let (applied, problems) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let work = || {
                while let Some(case) = { next.lock().unwrap().next() } {
                    let expect = fs::read_to_string(case.with_extension("expect.json")).unwrap();
                    // What depends on time or names of memories, or never ends, cannot be compared.
                    let comparable = expect.contains("\"kind\": \"value\"");
                    let Ok(text) = fs::read_to_string(case) else { continue };
                    let files = vec![("case/main.ko".to_owned(), "case".to_owned(), text)];
                    let mut own = BTreeMap::new();
                    let main = comparable
                        .then(|| FunctionKey { package: "case".into(), name: "Main".into() });
                    let wrong = check(&files, main, &mut own);
                    problems.lock().unwrap().extend(wrong);
                    let mut all = applied.lock().unwrap();
                    own.into_iter().for_each(|(id, times)| *all.entry(id).or_insert(0) += times);
                }
            };
            std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let (applied, problems) = (applied.into_inner().unwrap(), problems.into_inner().unwrap());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for id in KEEP_MEANING {
        assert!(applied.contains_key(*id), "{id} was never offered: {applied:?}");
    }
}

fn skipped(root: &Path) {
    // Written past the capture of the test harness, so that it is seen.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no programs at {}; nothing was tested",
        root.display()
    );
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(root).unwrap().map(|it| it.unwrap().path());
    let mut folders: Vec<_> = all.filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

fn read(folder: &Path, prefix: &str) -> Files {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let mut files: Files = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "ko"))
        .map(|it| {
            let package = format!("{prefix}/{name}");
            let text = fs::read_to_string(&it).unwrap();
            (it.display().to_string(), package, text)
        })
        .collect();
    files.sort();
    files
}

fn database(files: &Files) -> RootDatabase {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    for ((path, package, text), id) in files.iter().zip(0..) {
        db.set_file(FileId(id), path, package, text.as_str().into());
    }
    db
}

/// The messages of the errors of a program.
fn errors(db: &RootDatabase) -> Vec<String> {
    let all = db.file_ids().into_iter().flat_map(|id| diagnostics(db, id).to_vec());
    all.filter(|it| it.severity == Severity::Error).map(|it| it.message).collect()
}

/// The places of a file: every name and bracket as a cursor, and every value as a selection.
fn places(text: &str) -> Vec<TextRange> {
    let root = ko_syntax::parse(text).syntax_node();
    let mut places = Vec::new();
    for element in root.descendants_with_tokens() {
        match element {
            ko_syntax::SyntaxElement::Token(token) if !token.kind().is_trivia() => {
                places.push(TextRange::empty(token.text_range().start()));
            }
            ko_syntax::SyntaxElement::Node(node) if ko_syntax::ast::Expr::can_cast(node.kind()) => {
                places.push(node.text_range());
            }
            _ => {}
        }
    }
    places.push(TextRange::empty(TextSize::of(text)));
    places
}

/// Applies everything that is offered anywhere in a program, each to the program as it is. Returns what is wrong.
fn check(
    files: &Files,
    main: Option<FunctionKey>,
    applied: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut whole = BTreeSet::new();
    let db = database(files);
    let before = errors(&db);
    let at_once = files
        .iter()
        .any(|it| ["Parallel", "Spin", "ParMap"].iter().any(|word| it.2.contains(word)));
    let evaluates = main.is_some() && before.is_empty();
    let expected = main.as_ref().filter(|_| evaluates).map(|main| evaluate(&db, main, at_once));
    let mut seen: Vec<Vec<FileEdit>> = Vec::new();
    // One that is edited and put back, so that not everything is computed anew for each action.
    let mut edited = database(files);
    for ((path, _, text), id) in files.iter().zip(0..) {
        let places = places(text);
        let step = places.len().div_ceil(MOST_PLACES).max(1);
        for range in places.into_iter().step_by(step) {
            let at = FileRange { file: FileId(id), range };
            for offered in code_actions(&db, at, &|_| true) {
                let action = match &offered.edits {
                    Some(_) => offered,
                    // What is for the whole file is the same everywhere.
                    None if whole.insert((id, offered.id.clone())) => {
                        resolve_code_action(&db, at, &offered.id).unwrap()
                    }
                    None => continue,
                };
                let edits = action.edits.clone().unwrap();
                if action.refused.is_some() || edits.is_empty() || seen.contains(&edits) {
                    continue;
                }
                seen.push(edits.clone());
                let place = format!("{path}: {:?} {:?}", range, action.title);
                apply(files, &edits, &mut edited, &place);
                let id = action.id.split(':').next().unwrap().to_owned();
                *applied.entry(id).or_insert(0) += 1;
                let after = errors(&edited);
                // A fix may show what was hidden behind a mistake; otherwise a mistake may at most be seen elsewhere.
                let fix = matches!(action.kind, Kind::QuickFix | Kind::FixAll);
                if !fix && after.len() > before.len() {
                    let text = show(&edited, &edits);
                    problems.push(format!("{place}: {after:?}\n{text}"));
                }
                if let (Some(expected), Some(main)) = (&expected, &main)
                    && keeps_meaning(&action)
                {
                    let is = evaluate(&edited, main, at_once);
                    if is != *expected {
                        let text = show(&edited, &edits);
                        problems.push(format!(
                            "{place}: {is:?} instead of {expected:?}
{text}"
                        ));
                    }
                }
                for ((path, package, text), id) in files.iter().zip(0..) {
                    edited.set_file(FileId(id), path, package, text.as_str().into());
                }
            }
        }
    }
    problems
}

fn keeps_meaning(action: &CodeAction) -> bool {
    KEEP_MEANING.contains(&action.id.as_str())
}

fn show(db: &RootDatabase, edits: &[FileEdit]) -> String {
    edits.first().and_then(|it| db.text(it.file)).map_or_else(String::new, |it| it.to_string())
}

/// Applies edits, which must be sorted and disjoint, and checks the text by itself.
fn apply(files: &Files, edits: &[FileEdit], db: &mut RootDatabase, place: &str) {
    for ((path, package, text), id) in files.iter().zip(0..) {
        let own: Vec<_> = edits.iter().filter(|it| it.file == FileId(id)).collect();
        if own.is_empty() {
            continue;
        }
        let mut new = text.clone();
        let mut end = usize::MAX;
        for edit in own.iter().rev() {
            let range = std::ops::Range::<usize>::from(edit.range);
            assert!(range.end <= end, "{place}: edits are not sorted or overlap: {edits:?}");
            end = range.start;
            new.replace_range(range, &edit.insert);
        }
        let (was, is) =
            (ko_syntax::parse(text).errors().len(), ko_syntax::parse(&new).errors().len());
        assert!(is <= was, "{place}\n{new}");
        let formatted = format_text(&new);
        assert_eq!(format_text(&formatted), formatted, "{place}\n{new}");
        db.set_file(FileId(id), path, package, new.as_str().into());
    }
}

#[derive(Default)]
struct Output(Mutex<String>);

impl Observer for Output {
    fn event(&self, event: Event) {
        if let Event::Output { text, error: false } = event {
            self.0.lock().unwrap().push_str(&text);
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        false
    }
}

/// What the program returns and prints.
fn evaluate(db: &RootDatabase, main: &FunctionKey, at_once: bool) -> (Result<String, ()>, String) {
    let program = ko_queries::program(db, std::slice::from_ref(main)).unwrap();
    let output = Arc::new(Output::default());
    let options = RunOptions { observer: output.clone(), ..RunOptions::default() };
    let result = run(Arc::new(program), Entry::function(main.clone()), options);
    let value = result.outcome.map(|it| print::print(&it)).map_err(|_| ());
    let printed = output.0.lock().unwrap().clone();
    // What runs at the same time prints in no order.
    let mut lines: Vec<&str> = printed.lines().collect();
    if at_once {
        lines.sort_unstable();
    }
    (value, lines.join("\n"))
}

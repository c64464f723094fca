//! The queries fit the parser, colour as the fixture says, and tell of functions, folds and names what the server tells.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::captures::{Capture, captures};
use ko_ide::{
    DocumentSymbol, FileId, FilePosition, FoldingKind, RootDatabase, SymbolKind, Target,
    document_symbols, folding_ranges, goto_definition,
};
use tree_sitter::Query;

fn queries(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "scm"));
    files.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn queries_fit_the_parser() {
    let all: Vec<_> = ["queries", "../helix/queries/ko"].into_iter().flat_map(queries).collect();
    assert!(all.len() >= 11, "queries are missing");
    for (name, source) in all {
        if let Err(error) = Query::new(&tree_sitter_ko::LANGUAGE.into(), &source) {
            panic!("{name}: {error}");
        }
    }
}

/// The plugin for Neovim brings the queries along, since Neovim looks for them in `queries/ko`.
#[test]
fn the_plugin_has_the_same_queries() {
    let mut compared = 0;
    for (copy, text) in queries("../nvim/queries/ko") {
        let name = Path::new(&copy).file_name().unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries").join(name);
        assert!(fs::read_to_string(&own).unwrap() == text, "copy {} to {copy}", own.display());
        compared += 1;
    }
    assert_eq!(compared, 6);
}

/// Lines of the fixture such as `//   ^^^ capture` tell of the last line that is not one of them; `// <-` of its start.
#[test]
fn colours_are_as_the_fixture_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/highlight/basic.ko");
    // Columns count a tab as four, as it looks.
    let text = fs::read_to_string(file).unwrap().replace('\t', "    ");
    let found = captures(tree_sitter_ko::HIGHLIGHTS_QUERY, &text);
    let (mut at, mut line_start, mut checked) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let mark = line.strip_prefix("//").map(str::trim).unwrap_or_default();
        if let Some((mark, name)) = mark.split_once(' ').filter(|_| mark.starts_with(['^', '<'])) {
            let from = if mark == "<-" { 0 } else { line.find('^').unwrap() };
            let length = if mark == "<-" { 1 } else { mark.len() };
            for place in line_start + from..line_start + from + length {
                let inner = found
                    .iter()
                    .filter(|it| it.range().contains(&place) && it.name != "spell")
                    .min_by_key(|it| it.end - it.start);
                let inner = inner.map_or("nothing", |it| it.name.as_str());
                assert_eq!(inner, name, "at {:?} in {line:?}", &text[place..place + 1]);
            }
            checked += 1;
        } else {
            line_start = at;
        }
        at += line.len();
    }
    assert!(checked > 30, "only {checked} expectations");
}

#[test]
fn no_node_has_two_colours() {
    for source in common::sources() {
        let mut seen = BTreeMap::new();
        for capture in captures(tree_sitter_ko::HIGHLIGHTS_QUERY, &source.text) {
            if capture.name != "spell"
                && let Some(other) = seen.insert((capture.start, capture.end), capture.name.clone())
            {
                let text = &source.text[capture.range()];
                panic!("{}: {text:?} is {other} and {}", source.name, capture.name);
            }
        }
    }
}

fn database(text: &str) -> RootDatabase {
    let mut db = RootDatabase::new(ko_schema::Schema::builtin().clone());
    db.set_file(FileId(1), "app/main.ko", "app", text.into());
    db
}

fn is_sound(text: &str) -> bool {
    ko_syntax::parse(text).errors().is_empty()
}

#[test]
fn tags_are_the_functions_of_the_outline() {
    fn functions(symbols: &[DocumentSymbol], out: &mut BTreeSet<(usize, usize)>) {
        for symbol in symbols {
            if symbol.kind == SymbolKind::Function {
                out.insert((symbol.name_range.start().into(), symbol.range.end().into()));
            }
            functions(&symbol.children, out);
        }
    }
    for source in common::sources().into_iter().filter(|it| is_sound(&it.text)) {
        let mut expected = BTreeSet::new();
        functions(&document_symbols(&database(&source.text), FileId(1)), &mut expected);
        let mut groups: BTreeMap<usize, Vec<Capture>> = BTreeMap::new();
        for capture in captures(tree_sitter_ko::TAGS_QUERY, &source.text) {
            groups.entry(capture.group).or_default().push(capture);
        }
        let mut actual = BTreeSet::new();
        for group in groups.values() {
            let part = |name: &str| group.iter().find(|it| it.name == name);
            if let (Some(function), Some(name)) = (part("definition.function"), part("name")) {
                let tag = (name.start, function.end);
                assert!(actual.insert(tag), "{}: {tag:?} is tagged twice", source.name);
            }
        }
        assert_eq!(actual, expected, "{}", source.name);
    }
}

#[test]
fn tags_have_the_comments_above_as_doc() {
    let text = "// Other.\n\n// One.\n// Two.\nF() { return: g() { return: 1 } }";
    let found = captures(tree_sitter_ko::TAGS_QUERY, text);
    let docs: Vec<_> =
        found.iter().filter(|it| it.name == "doc").map(|it| &text[it.range()]).collect();
    // `#select-adjacent!` drops what is not directly above.
    assert_eq!(docs, ["// Other.", "// One.", "// Two."]);
}

#[test]
fn folds_are_those_of_the_server() {
    let mut compared = 0;
    for source in common::sources().into_iter().filter(|it| is_sound(&it.text)) {
        let text = &source.text;
        let lines = |start: usize, end: usize| {
            let line = |at: usize| text[..at].matches('\n').count();
            (line(start), line(end))
        };
        let (mut expected, mut comments) = (BTreeSet::new(), BTreeSet::new());
        for fold in folding_ranges(&database(text), FileId(1)) {
            let range = lines(fold.range.start().into(), fold.range.end().into());
            if fold.kind == FoldingKind::Comment && text[fold.range].starts_with("//") {
                comments.insert(range);
            } else {
                expected.insert(range);
            }
        }
        let mut groups: BTreeMap<usize, Vec<Capture>> = BTreeMap::new();
        for capture in captures(tree_sitter_ko::FOLDS_QUERY, text) {
            groups.entry(capture.group).or_default().push(capture);
        }
        let (mut actual, mut runs) = (BTreeSet::new(), BTreeSet::new());
        for group in groups.values() {
            let start = group.iter().map(|it| it.start).min().unwrap();
            let end = group.iter().map(|it| it.end).max().unwrap();
            let range = lines(start, end);
            if group[0].kind == "line_comment" {
                runs.insert(range);
            } else if range.0 < range.1 {
                actual.insert(range);
            }
        }
        compared += actual.len();
        assert_eq!(actual, expected, "{}", source.name);
        // A query does not see blank lines, so that comments on both sides of one fold together.
        for comment in comments {
            let held = runs.iter().any(|run| run.0 <= comment.0 && comment.1 <= run.1);
            assert!(held, "{}: {comment:?} is not in {runs:?}", source.name);
        }
    }
    assert!(compared > 20, "only {compared} folds");
}

/// What editors do with `locals.scm`: a reference is what the innermost scope around it defines, then what the file does.
#[test]
fn locals_lead_to_the_definitions_of_the_server() {
    let mut compared = 0;
    for source in common::sources().into_iter().filter(|it| is_sound(&it.text)) {
        let text = &source.text;
        let db = database(text);
        let found = captures(tree_sitter_ko::LOCALS_QUERY, text);
        let scope_of = |at: usize| {
            let scopes = found.iter().filter(|it| it.name == "local.scope");
            let around = scopes
                .filter(|it| it.start <= at && at < it.end && it.start > 0 || it.end == text.len());
            around.min_by_key(|it| it.end - it.start).map(Capture::range)
        };
        for reference in found.iter().filter(|it| it.name == "local.reference") {
            let name = &text[reference.range()];
            let definitions = || {
                found.iter().filter(|it| {
                    it.name.starts_with("local.definition") && &text[it.range()] == name
                })
            };
            let is_global =
                |it: &Capture| it.name.ends_with(".function") || it.name.ends_with(".import");
            let local = definitions()
                .find(|it| !is_global(it) && scope_of(it.start) == scope_of(reference.start));
            let actual = local.or_else(|| definitions().find(|it| is_global(it)));
            if actual.is_some_and(|it| it.name.ends_with(".import")) {
                // The server goes on to the package, which is not there.
                continue;
            }
            let offset = u32::try_from(reference.start).unwrap().into();
            let expected = goto_definition(&db, FilePosition { file: FileId(1), offset });
            // Queries see one file; pages and the library are elsewhere.
            let here = expected.iter().filter_map(|it| match it {
                Target::File(it) if it.file == FileId(1) => Some(it.range.start().into()),
                _ => None,
            });
            let expected: Vec<usize> = here.collect();
            compared += expected.len();
            let actual: Vec<usize> = actual.map(|it| it.start).into_iter().collect();
            assert_eq!(actual, expected, "{}: {name} at {}", source.name, reference.start);
        }
    }
    assert!(compared > 100, "only {compared} references");
}

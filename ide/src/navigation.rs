//! From a name to where it is defined, and to everywhere else where it is used.

use ecow::EcoString;
use ko_queries::{
    Db as _, RootDatabase,
    circuit::StepId,
    items::{Function, find_package, item_tree},
    library::is_own_file,
};
use ko_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode},
};
use text_size::TextRange;

use crate::{
    FileId, FilePosition, FileRange,
    callable::Callable,
    source::{Scope, Source},
    symbol::{Symbol, symbol},
};

/// Where the thing at a place is defined: the name of the function, parameter or label; for an import the files of the
/// package. Nothing for what is not written in Ko.
pub fn goto_definition(db: &RootDatabase, position: FilePosition) -> Vec<FileRange> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(token) = source.token_at(position.offset) else { return Vec::new() };
    match symbol(&source, &token) {
        Some(Symbol::Callable(Callable::Function(function))) => definition(db, function),
        Some(Symbol::Param(scope, index)) => param(&scope, index),
        Some(Symbol::Label(scope, index)) => label(&scope, index),
        Some(Symbol::Argument { callable: Callable::Function(function), name }) => {
            let scope = Scope::new(db, function);
            scope.and_then(|it| it.param(&name).map(|at| param(&it, at))).unwrap_or_default()
        }
        Some(Symbol::Import { path, .. }) => package(db, &path),
        Some(Symbol::Select { scope, base, path }) => field(&scope, base, &path),
        _ => Vec::new(),
    }
}

fn definition(db: &RootDatabase, function: Function<'_>) -> Vec<FileRange> {
    let Some(scope) = Scope::new(db, function) else { return Vec::new() };
    on_disk(scope.file(), scope.map().name)
}

/// Nothing for files that no editor can open.
fn on_disk(file: FileId, range: TextRange) -> Vec<FileRange> {
    if is_own_file(file) {
        return Vec::new();
    }
    vec![FileRange { file, range }]
}

fn param(scope: &Scope<'_>, index: usize) -> Vec<FileRange> {
    let range = scope.map().params.get(index);
    range.map(|it| on_disk(scope.file(), *it)).unwrap_or_default()
}

fn label(scope: &Scope<'_>, index: usize) -> Vec<FileRange> {
    let range = scope.map().labels.get(index);
    range.map(|it| on_disk(scope.file(), *it)).unwrap_or_default()
}

fn package(db: &RootDatabase, path: &str) -> Vec<FileRange> {
    let files = find_package(db, path).map(|it| it.files(db));
    files
        .iter()
        .flat_map(|it| it.iter())
        .flat_map(|it| on_disk(it.id(db), TextRange::default()))
        .collect()
}

/// The label of a field in the structure that the function itself, or the one it calls, writes down.
fn field(scope: &Scope<'_>, base: StepId, path: &[EcoString]) -> Vec<FileRange> {
    crate::symbol::written_field(scope, base, path)
        .map(|(file, range)| on_disk(file, range))
        .unwrap_or_default()
}

/// Everywhere the thing at a place is used in the files that are known; with its definition if `with_definition`.
/// Sorted by file and place.
pub fn references(
    db: &RootDatabase,
    position: FilePosition,
    with_definition: bool,
) -> Vec<FileRange> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(token) = source.token_at(position.offset) else { return Vec::new() };
    let Some(symbol) = symbol(&source, &token) else { return Vec::new() };
    let mut found = usages(&source, &symbol);
    if !with_definition {
        found.retain(|it| !it.definition);
    }
    found.into_iter().map(|it| it.at).collect()
}

/// Everywhere the thing at a place is used in its own file, with its definition.
pub fn document_highlights(db: &RootDatabase, position: FilePosition) -> Vec<TextRange> {
    let all = references(db, position, true);
    all.into_iter().filter(|it| it.file == position.file).map(|it| it.range).collect()
}

/// A place where a name is used or defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) at: FileRange,
    pub(crate) definition: bool,
}

/// Everywhere a symbol is used or defined, sorted.
pub(crate) fn usages(source: &Source<'_>, wanted: &Symbol<'_>) -> Vec<Usage> {
    let Some((name, local)) = search_text(source.db, wanted) else { return Vec::new() };
    let files = match local {
        Some(file) => vec![file],
        None => source.db.file_ids(),
    };
    let mut out = Vec::new();
    for file in files {
        // Cheap look at the text first: most files do not have the word.
        let has_word = source.db.text(file).is_some_and(|text| text.contains(name.as_str()));
        let Some(source) = has_word.then(|| Source::new(source.db, file)).flatten() else {
            continue;
        };
        for token in source.root().descendants_with_tokens().filter_map(|it| it.into_token()) {
            if token.kind() != SyntaxKind::IDENT || token.text() != name {
                continue;
            }
            if symbol(&source, &token).is_some_and(|it| same(source.db, &it, wanted)) {
                let at = FileRange { file, range: token.text_range() };
                out.push(Usage { at, definition: is_definition(&token) });
            }
        }
    }
    out.sort_by_key(|it| (it.at.file, it.at.range.start()));
    out
}

/// The word to look for, and the file if it cannot be in another.
fn search_text(db: &RootDatabase, symbol: &Symbol<'_>) -> Option<(EcoString, Option<FileId>)> {
    Some(match symbol {
        Symbol::Callable(callable) => (callable.name(db), None),
        // Calls name parameters, too.
        Symbol::Param(scope, index) => (scope.circuit().params.get(*index)?.name.clone(), None),
        Symbol::Argument { name, .. } => (name.clone(), None),
        Symbol::Label(scope, index) => {
            (scope.circuit().labels.get(*index)?.0.clone(), Some(scope.file()))
        }
        Symbol::Import { alias, .. } => (alias.clone()?, None),
        Symbol::Field { name, .. } => (name.clone(), None),
        Symbol::Select { .. } => return None,
    })
}

fn same(db: &RootDatabase, a: &Symbol<'_>, b: &Symbol<'_>) -> bool {
    match (a, b) {
        (Symbol::Callable(a), Symbol::Callable(b)) => a == b,
        (Symbol::Label(a, i), Symbol::Label(b, j)) => a.function == b.function && i == j,
        (Symbol::Import { path: a, .. }, Symbol::Import { path: b, .. }) => a == b,
        (Symbol::Field { owner: a, .. }, Symbol::Field { owner: b, .. }) => a == b,
        _ => match (parameter(db, a), parameter(db, b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// The parameter that a symbol is, or that it names at a call.
fn parameter<'db>(
    db: &'db RootDatabase,
    symbol: &Symbol<'db>,
) -> Option<(Callable<'db>, EcoString)> {
    match symbol {
        Symbol::Param(scope, index) => {
            let name = scope.circuit().params.get(*index)?.name.clone();
            Some((Callable::Function(scope.function), name))
        }
        Symbol::Argument { callable, name } => {
            Some((callable.clone(), callable.param(db, name)?.name))
        }
        _ => None,
    }
}

fn is_definition(token: &SyntaxToken) -> bool {
    let Some(parent) = token.parent() else { return false };
    match parent.kind() {
        SyntaxKind::FUNCTION | SyntaxKind::PARAM | SyntaxKind::IMPORT => true,
        SyntaxKind::LABELLED_TERM => {
            parent.parent().is_some_and(|it| it.kind() == SyntaxKind::BODY)
                && ast::LabelledTerm::cast(parent)
                    .and_then(|it| it.label_token())
                    .is_some_and(|it| it == *token)
        }
        _ => false,
    }
}

/// Whether a package has a function of this name, so that another may not get it.
pub(crate) fn function_exists(db: &RootDatabase, file: FileId, name: &str) -> bool {
    let Some(source) = db.source_file(file) else { return false };
    let files = source.package(db).files(db);
    files.iter().any(|it| item_tree(db, *it).functions.iter().any(|it| it.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// The places as `file: text before «name» on its line`.
    fn show(fixture: &Fixture, places: &[FileRange]) -> Vec<String> {
        let place = |it: &FileRange| {
            let text = fixture.db.text(it.file).unwrap();
            let (start, end) = (usize::from(it.range.start()), usize::from(it.range.end()));
            let line = text[..start].matches('\n').count() + 1;
            format!("{}:{line} {}", it.file.0, &text[start..end])
        };
        places.iter().map(place).collect()
    }

    fn goto(marked: &str, others: &[(&str, &str, &str)], expected: &[&str]) {
        let fixture = Fixture::with(marked, others);
        let found = goto_definition(&fixture.db, fixture.position());
        assert_eq!(show(&fixture, &found), expected);
    }

    #[test]
    fn definitions() {
        goto("G() { return: 1 }\nF() { return: G$0() }", &[], &["1:1 G"]);
        goto("F(\n  a\n) { return: a$0 }", &[], &["1:2 a"]);
        goto("F() {\n  x: 1\n  return: x$0.y\n}", &[], &["1:2 x"]);
        goto("F() {\n  r: g(x) {\n return: x$0 }(1), return: r\n}", &[], &["1:2 x"]);
        goto("G(\na) { return: a }\nF() { return: G(a$0: 1) }", &[], &["1:2 a"]);
        goto("F() { return: Len$0(1) }", &[], &[]);
        goto("F() { return: Pick$0(1) }", &[], &[]);
        let lib = [("lib/x", "x.ko", "\nHelp(a) { return: a }")];
        goto("import \"lib/x\"\nF() { return: x.Hel$0p(a: 1) }", &lib, &["2:2 Help"]);
        goto("import \"lib/x\"\nF() { return: x$0.Help(a: 1) }", &lib, &["2:1 "]);
        goto("import \"lib/x$0\"", &lib, &["2:1 "]);
        goto("F() { return: Help$0() }", &[("app", "b.ko", "Help() { return: 1 }")], &["2:1 Help"]);
    }

    #[test]
    fn fields_of_written_structures() {
        goto("F() {\n  x: (\n a: 1)\n  return: x.a$0\n}", &[], &["1:3 a"]);
        goto("G() {\n  return: (\n b: 1)\n}\nF() { x: G(), return: x.b$0 }", &[], &["1:3 b"]);
    }

    fn find(marked: &str, others: &[(&str, &str, &str)], expected: &[&str]) {
        let fixture = Fixture::with(marked, others);
        let found = references(&fixture.db, fixture.position(), true);
        assert_eq!(show(&fixture, &found), expected);
        let without = references(&fixture.db, fixture.position(), false);
        assert!(without.len() < found.len());
    }

    #[test]
    fn uses() {
        let other = [("lib", "o.ko", "import \"app\"\nO() { return: app.G() }\nG() { return: 2 }")];
        find(
            "G$0() { return: 1 }\nF() { return: (G(), H.G) }",
            &other,
            &["1:1 G", "1:2 G", "2:2 G"],
        );
        find(
            "F(a$0) { return: (a: a, b: G(a)) }\nH() { return: F(a: 1) }",
            &[],
            &["1:1 a", "1:1 a", "1:1 a", "1:2 a"],
        );
        find(
            "F() {\n x: 1\n y: x.x\n return: x$0 }\nG(x) { return: x }",
            &[],
            &["1:2 x", "1:3 x", "1:4 x"],
        );
    }

    #[test]
    fn highlights_stay_in_the_file() {
        let other = [("app", "b.ko", "H() { return: G() }")];
        let fixture = Fixture::with("G$0() { return: 1 }\nF() { return: G() }", &other);
        assert_eq!(document_highlights(&fixture.db, fixture.position()).len(), 2);
        assert_eq!(references(&fixture.db, fixture.position(), true).len(), 3);
    }
}

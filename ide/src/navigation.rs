//! From a name to where it is defined, and to everywhere else where it is used.

use ecow::EcoString;
use ko_queries::database::Package;
use ko_queries::{
    Db as _, RootDatabase,
    circuit::StepId,
    items::{Function, item_tree},
    library::own_files,
    projects::find_import,
};
use ko_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode},
};
use text_size::TextRange;

use crate::{
    FileId, FilePosition, FileRange,
    callable::Callable,
    pages::{self, Named, Target},
    source::{Scope, Source},
    symbol::{Symbol, symbol},
    typing,
};

/// Where the thing at a place is defined: the name of the function, parameter or label; for an import the files of the
/// package; for a field of the schema, a gate or a builtin its place on a page.
pub fn goto_definition(db: &RootDatabase, position: FilePosition) -> Vec<Target> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(token) = source.token_at(position.offset) else { return Vec::new() };
    symbol(&source, &token).map(|it| definition(db, it)).unwrap_or_default()
}

/// Where a symbol is defined.
pub(crate) fn definition(db: &RootDatabase, symbol: Symbol<'_>) -> Vec<Target> {
    let one = |file, range: Option<&TextRange>| {
        range.map(|it| Target::File(FileRange { file, range: *it })).into_iter().collect()
    };
    match symbol {
        Symbol::Callable(Callable::Function(function)) => function_name(db, function),
        Symbol::Param(scope, index) => one(scope.file(), scope.map().params.get(index)),
        Symbol::Label(scope, index) => one(scope.file(), scope.map().labels.get(index)),
        Symbol::Argument { callable: Callable::Function(function), name } => {
            let Some(scope) = Scope::new(db, function) else { return Vec::new() };
            let index = scope.param(&name);
            one(scope.file(), index.and_then(|it| scope.map().params.get(it)))
        }
        Symbol::Import { path, from, .. } => package(db, from, &path),
        Symbol::Select { scope, base, path } => field(db, &scope, base, &path),
        Symbol::Callable(_) | Symbol::Argument { .. } | Symbol::Field { .. } => {
            pages::place(db, &Named::Symbol(symbol)).into_iter().collect()
        }
    }
}

/// The name of a function where it is defined.
pub(crate) fn function_name(db: &RootDatabase, function: Function<'_>) -> Vec<Target> {
    let Some(scope) = Scope::new(db, function) else { return Vec::new() };
    vec![Target::File(FileRange { file: scope.file(), range: scope.map().name })]
}

/// The files of the package that an import means in a file of `from`, or the page of one that has none.
pub(crate) fn package(db: &RootDatabase, from: Package, path: &str) -> Vec<Target> {
    let files = find_import(db, Some(from), path).map(|it| it.files(db));
    let range = TextRange::default();
    let file = |file| Target::File(FileRange { file, range });
    let files: Vec<_> = files.iter().flat_map(|it| it.iter()).map(|it| file(it.id(db))).collect();
    if !files.is_empty() {
        return files;
    }
    pages::of_import(db, path).map(|it| Target::Page(it, range)).into_iter().collect()
}

/// The label of a field in the structure that the function itself, or the one it calls, writes down; or else what the
/// schema says about the field.
fn field(db: &RootDatabase, scope: &Scope<'_>, base: StepId, path: &[EcoString]) -> Vec<Target> {
    if let Some((file, range)) = crate::symbol::written_field(scope, base, path) {
        return vec![Target::File(FileRange { file, range })];
    }
    let known = typing::selected(scope, base, path);
    let field = known.and_then(|it| Some(Symbol::Field { owner: it.owner?, name: it.name }));
    field.and_then(|it| pages::place(db, &Named::Symbol(it))).into_iter().collect()
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
    let mut found = usages(db, &symbol);
    if !with_definition {
        found.retain(|it| !it.definition);
    }
    found.into_iter().map(|it| it.at).collect()
}

/// A place to highlight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Highlight {
    /// The characters.
    pub range: TextRange,
    /// Whether the thing is defined here, rather than read.
    pub definition: bool,
}

/// Everywhere the thing at a place is used in its own file, with its definition.
pub fn document_highlights(db: &RootDatabase, position: FilePosition) -> Vec<Highlight> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(token) = source.token_at(position.offset) else { return Vec::new() };
    let Some(symbol) = symbol(&source, &token) else { return Vec::new() };
    usages_of_file(db, &symbol, position.file)
        .into_iter()
        .map(|it| Highlight { range: it.at.range, definition: it.definition })
        .collect()
}

/// A place where a name is used or defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) at: FileRange,
    pub(crate) definition: bool,
}

/// Everywhere a symbol is used or defined in the files of the user and of the library, sorted.
pub(crate) fn usages(db: &RootDatabase, wanted: &Symbol<'_>) -> Vec<Usage> {
    usages_in(db, wanted, |file| match file {
        Some(file) => vec![file],
        None => db.file_ids().into_iter().chain(own_files()).collect(),
    })
}

/// Everywhere a symbol is used or defined in one file, sorted.
pub(crate) fn usages_of_file(db: &RootDatabase, wanted: &Symbol<'_>, file: FileId) -> Vec<Usage> {
    usages_in(
        db,
        wanted,
        |only| if only.is_none_or(|it| it == file) { vec![file] } else { Vec::new() },
    )
}

/// Everywhere a symbol is used or defined in some files, sorted. They are chosen by the only file that can have it, if
/// there is only one.
fn usages_in(
    db: &RootDatabase,
    wanted: &Symbol<'_>,
    files: impl FnOnce(Option<FileId>) -> Vec<FileId>,
) -> Vec<Usage> {
    let Some((name, local)) = search_text(db, wanted) else { return Vec::new() };
    let mut out = Vec::new();
    for file in files(local) {
        // Cheap look at the text first: most files do not have the word.
        let has_word = db.text(file).is_some_and(|text| text.contains(name.as_str()));
        let Some(source) = has_word.then(|| Source::new(db, file)).flatten() else {
            continue;
        };
        for token in source.root().descendants_with_tokens().filter_map(|it| it.into_token()) {
            if token.kind() != SyntaxKind::IDENT || token.text() != name {
                continue;
            }
            if symbol(&source, &token).is_some_and(|it| same(db, &it, wanted)) {
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

/// Whether two symbols are the same thing.
pub(crate) fn same(db: &RootDatabase, a: &Symbol<'_>, b: &Symbol<'_>) -> bool {
    match (a, b) {
        (Symbol::Callable(a), Symbol::Callable(b)) => a == b,
        (Symbol::Label(a, i), Symbol::Label(b, j)) => a.function == b.function && i == j,
        (Symbol::Import { path: a, from, .. }, Symbol::Import { path: b, from: other, .. }) => {
            a == b && find_import(db, Some(*from), a) == find_import(db, Some(*other), b)
        }
        (Symbol::Field { owner: a, name }, Symbol::Field { owner: b, name: other }) => {
            a == b && name == other
        }
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
        let show = |it: &Target| match it {
            Target::File(it) => show(&fixture, &[*it]).remove(0),
            Target::Page(page, range) => {
                let text = crate::page_text(&fixture.db, page);
                let name = &text[std::ops::Range::<usize>::from(*range)];
                format!("{} {name}", crate::page_uri(&fixture.db, page))
            }
        };
        assert_eq!(found.iter().map(show).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn definitions() {
        goto("G() { return: 1 }\nF() { return: G$0() }", &[], &["1:1 G"]);
        goto("F(\n  a\n) { return: a$0 }", &[], &["1:2 a"]);
        goto("F() {\n  x: 1\n  return: x$0.y\n}", &[], &["1:2 x"]);
        goto("F() {\n  r: g(x) {\n return: x$0 }(1), return: r\n}", &[], &["1:2 x"]);
        goto("G(\na) { return: a }\nF() { return: G(a$0: 1) }", &[], &["1:2 a"]);
        goto("F() { return: Len$0(1) }", &[], &["ko-library:///builtins.ko Len"]);
        goto("F() { return: Return$0(1) }", &[], &["4294967295:2 Return"]);
        goto(
            "import \"os\"\nF() { return: os.Mkd$0ir() }",
            &[],
            &["ko-library:///os/builtins.ko Mkdir"],
        );
        goto(
            "F(n) { return: CreateDeployment$0(namespace: n) }",
            &[],
            &["ko-schema:///apps/v1/Deployment.ko CreateDeployment"],
        );
        goto(
            "F(n) { return: CreateDeployment(names$0pace: n) }",
            &[],
            &["ko-schema:///apps/v1/Deployment.ko namespace"],
        );
        goto(
            "F() { return: CreateDeployment(deployment: (spec: (repl$0icas: 1))) }",
            &[],
            &["ko-schema:///types/io.k8s.api.apps.v1.DeploymentSpec.ko replicas"],
        );
        goto(
            "F() { d: GetPod(name: \"a\"), return: d.metadata.ui$0d }",
            &[],
            &["ko-schema:///types/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.ko uid"],
        );
        goto("import \"k8s/apps/v1$0\"", &[], &["ko-schema:///apps/v1.ko "]);
        goto("import \"strings$0\"", &[], &["ko-library:///strings/builtins.ko "]);
        goto("import \"series\"\nF() { return: series.Map$0() }", &[], &["4294966275:2 Map"]);
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
        let found = document_highlights(&fixture.db, fixture.position());
        let definitions: Vec<_> = found.iter().map(|it| it.definition).collect();
        assert_eq!(definitions, [true, false]);
        assert_eq!(references(&fixture.db, fixture.position(), true).len(), 3);
    }
}

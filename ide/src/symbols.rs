//! The outline of a file, and names to jump to in all files.

use ko_queries::projects::import_path;
use ko_queries::{
    Db as _,
    circuit::StepId,
    items::{Function, function_node, item_tree},
};
use ko_syntax::ast::{self, AstNode};
use rustc_hash::FxHashMap;
use text_size::TextRange;

use crate::{FileId, FileRange, RootDatabase, source::Source, typing};

/// An entry of the outline of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSymbol {
    /// The name.
    pub name: String,
    /// Parameters of a function, path of an import.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// Everything that belongs to it.
    pub range: TextRange,
    /// Its name in the text.
    pub name_range: TextRange,
    /// What is inside of it.
    pub children: Vec<DocumentSymbol>,
}

/// What a [`DocumentSymbol`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// An import.
    Import,
    /// A function.
    Function,
    /// A labelled step of a function of whose value nothing more is known.
    Step,
    /// A step that gives text.
    Text,
    /// A step that gives a number.
    Number,
    /// A step that gives a Bool.
    Bool,
    /// A step that gives a sequence.
    Sequence,
    /// A step that gives a structure or map.
    Structure,
    /// A step that gives an object of the schema; on a page, a structure of it.
    Object,
    /// A step that gives a function.
    Variety,
    /// A parameter.
    Parameter,
    /// A field, on a page.
    Field,
}

/// A function of any file. Where in the file it stands is looked up when somebody goes there
/// ([`resolve_workspace_symbol`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// The package that it is in.
    pub package: String,
    /// The file that it is in.
    pub file: FileId,
    /// How many functions of this name stand before it in the file.
    pub nth: u32,
}

/// The outline of a file: imports, and functions with their steps.
pub fn document_symbols(db: &RootDatabase, file: FileId) -> Vec<DocumentSymbol> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    source
        .tree
        .items()
        .filter_map(|item| match item {
            ast::Item::Import(import) => {
                let name_range = import.alias_token().or_else(|| import.path_token())?.text_range();
                Some(DocumentSymbol {
                    name: import.alias()?.to_string(),
                    detail: import.path(),
                    kind: SymbolKind::Import,
                    range: import.syntax().text_range(),
                    name_range,
                    children: Vec::new(),
                })
            }
            ast::Item::Function(function) => outline(&source, &function, 0),
        })
        .collect()
}

/// How deep inline functions are listed.
const MAX_DEPTH: usize = 16;

fn outline(source: &Source<'_>, function: &ast::Function, depth: usize) -> Option<DocumentSymbol> {
    let scope = source.scope_of_function(function);
    let values: FxHashMap<TextRange, StepId> = scope
        .iter()
        .flat_map(|it| it.map().labels.iter().zip(it.circuit().labels.iter()))
        .map(|(range, (_, step))| (*range, *step))
        .collect();
    let name = function.name_token()?;
    let params = function.params().filter_map(|it| {
        let mark = if it.is_monadic() { "?" } else { "" };
        Some(format!("{}{mark}", it.name()?))
    });
    let params: Vec<String> = params.collect();
    let steps = function.body().into_iter().flat_map(|it| it.steps());
    let step = |term: ast::LabelledTerm| {
        let label = term.label_token()?;
        let inline = term
            .syntax()
            .descendants()
            .filter_map(ast::Function::cast)
            .filter(|it| it.enclosing_function().is_some_and(|outer| outer == *function));
        let children = if depth < MAX_DEPTH {
            inline.filter_map(|it| outline(source, &it, depth + 1)).collect()
        } else {
            Vec::new()
        };
        let value = scope.as_ref().zip(values.get(&label.text_range()));
        Some(DocumentSymbol {
            name: label.text().to_owned(),
            detail: value.and_then(|(scope, step)| typing::step(scope, *step)),
            kind: value.map_or(SymbolKind::Step, |(scope, step)| typing::step_kind(scope, *step)),
            range: term.syntax().text_range(),
            name_range: label.text_range(),
            children,
        })
    };
    Some(DocumentSymbol {
        name: name.text().to_owned(),
        detail: Some(format!("({})", params.join(", "))),
        kind: SymbolKind::Function,
        range: function.syntax().text_range(),
        name_range: name.text_range(),
        children: steps.filter_map(step).collect(),
    })
}

/// The most functions that a search gives.
const MAX_FOUND: usize = 256;

/// The functions of all files whose names have the letters of `query` in this order, whatever their case, the best
/// first: the name itself, names that begin with it, that have it at the beginning of a word, that have it anywhere. With
/// a dot in the query, what stands before it is looked for in the path of the package.
pub fn workspace_symbols(db: &RootDatabase, query: &str) -> Vec<WorkspaceSymbol> {
    let (package_query, name_query) = match query.rsplit_once('.') {
        Some((package, name)) => (package.to_lowercase(), name),
        None => (String::new(), query),
    };
    let lower = name_query.to_lowercase();
    let mut found = Vec::new();
    for file in db.file_ids() {
        let Some(source) = db.source_file(file) else { continue };
        let package = source.package(db).path(db);
        if !package.to_lowercase().contains(&package_query) {
            continue;
        }
        for function in &item_tree(db, source).functions {
            let Some(rank) = rank(&function.name, name_query, &lower) else { continue };
            // What others can call comes before what is the business of another function.
            let rank = (rank, function.inline, function.name.len());
            let (name, package) = (function.name.to_string(), import_path(&package).to_owned());
            found.push((rank, WorkspaceSymbol { name, package, file, nth: function.nth }));
        }
    }
    found.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| a.1.name.cmp(&b.1.name))
            .then_with(|| (&a.1.package, a.1.file, a.1.nth).cmp(&(&b.1.package, b.1.file, b.1.nth)))
    });
    found.into_iter().take(MAX_FOUND).map(|it| it.1).collect()
}

/// The name of a function that a search has found, in its file; nothing if it is gone.
pub fn resolve_workspace_symbol(
    db: &RootDatabase,
    file: FileId,
    name: &str,
    nth: u32,
) -> Option<FileRange> {
    let source = db.source_file(file)?;
    let node = function_node(db, Function::new(db, source, ecow::EcoString::from(name), nth))?;
    Some(FileRange { file, range: node.name_token()?.text_range() })
}

/// How well a name answers a query; smaller is better. Nothing if it does not. `lower` is the query in small letters.
fn rank(name: &str, query: &str, lower: &str) -> Option<u8> {
    let small = name.to_lowercase();
    Some(if name == query {
        0
    } else if small == lower {
        1
    } else if name.starts_with(query) {
        2
    } else if small.starts_with(lower) {
        3
    } else if at_words(name, lower) {
        4
    } else if small.contains(lower) {
        5
    } else {
        let mut letters = small.chars();
        lower.chars().all(|wanted| letters.any(|letter| letter == wanted)).then_some(6)?
    })
}

/// Whether the letters of a query are those with which words of a name begin, or follow each other within one from its
/// beginning: `csd` and `crsetdb` are in `createStatefulSetDb`.
fn at_words(name: &str, lower: &str) -> bool {
    let mut wanted = lower.chars().peekable();
    let mut before = '_';
    let mut matched = false;
    for letter in name.chars() {
        let begins = (letter.is_uppercase() && !before.is_uppercase())
            || !before.is_alphanumeric()
            || (letter.is_numeric() && !before.is_numeric());
        before = letter;
        let Some(next) = wanted.peek() else { break };
        matched = (begins || matched) && letter.to_lowercase().eq(std::iter::once(*next));
        if matched {
            wanted.next();
        }
    }
    wanted.peek().is_none()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::Fixture;

    fn show(symbols: &[DocumentSymbol], indent: usize, out: &mut String) {
        for symbol in symbols {
            let detail = symbol.detail.as_deref().unwrap_or_default();
            out.push_str(&format!("{:indent$}{:?} {} {detail}\n", "", symbol.kind, symbol.name));
            assert!(symbol.range.contains_range(symbol.name_range));
            show(&symbol.children, indent + 2, out);
        }
    }

    #[test]
    fn outlines() {
        let fixture = Fixture::new(
            "import \"a/b\" as c\nF(x?, y) {\n  s: Range(with: g(z) { return: z })\n  return: s\n}\nbroken(",
        );
        let mut shown = String::new();
        show(&document_symbols(&fixture.db, fixture.file), 0, &mut shown);
        expect![[r#"
            Import c a/b
            Function F (x?, y)
              Structure s ()
                Function g (z)
                  Step return 
              Structure return ()
            Function broken ()
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn better_answers_come_first() {
        let ranks = |name: &str, queries: &[&str]| -> Vec<Option<u8>> {
            queries.iter().map(|it| rank(name, it, &it.to_lowercase())).collect()
        };
        assert_eq!(
            ranks(
                "createStatefulSet2",
                &["createStatefulSet2", "CREATESTATEFULSET2", "create", "Crea"]
            ),
            [Some(0), Some(1), Some(2), Some(3)]
        );
        assert_eq!(
            ranks("createStatefulSet2", &["css", "crstset", "cs2", "ful", "aefs", "zz", ""]),
            [Some(4), Some(4), Some(4), Some(5), Some(6), None, Some(2)]
        );
    }

    #[test]
    fn names_are_found_by_their_letters() {
        let others = [("lib", "l.ko", "StopAll() { return: 1 }\nother() { return: 2 }")];
        let fixture = Fixture::with("StartAll() { return: 1 }\nSet() { return: 1 }", &others);
        let names = |query: &str| {
            let found = workspace_symbols(&fixture.db, query);
            found.into_iter().map(|it| format!("{}.{}", it.package, it.name)).collect::<Vec<_>>()
        };
        assert_eq!(names("st"), ["lib.StopAll", "app.StartAll", "app.Set"]);
        assert_eq!(names("sall"), ["lib.StopAll", "app.StartAll"]);
        assert_eq!(names("x"), Vec::<String>::new());
        assert_eq!(names("lib.st"), ["lib.StopAll"]);
        assert_eq!(names("li."), ["lib.other", "lib.StopAll"]);
        let found = workspace_symbols(&fixture.db, "set").remove(0);
        let at = resolve_workspace_symbol(&fixture.db, found.file, &found.name, found.nth).unwrap();
        assert_eq!(fixture.slice(at.range), "Set");
        assert_eq!(resolve_workspace_symbol(&fixture.db, found.file, "gone", 0), None);
    }
}

//! The outline of a file, and names to jump to in all files.

use ko_queries::items::{functions_of_file, item_tree};
use ko_syntax::ast::{self, AstNode};
use text_size::TextRange;

use crate::{FileId, FileRange, RootDatabase, source::Source};

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

/// A function of any file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// The package that it is in.
    pub package: String,
    /// Its name in the text.
    pub at: FileRange,
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
            ast::Item::Function(function) => outline(&function, 0),
        })
        .collect()
}

/// How deep inline functions are listed.
const MAX_DEPTH: usize = 16;

fn outline(function: &ast::Function, depth: usize) -> Option<DocumentSymbol> {
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
            inline.filter_map(|it| outline(&it, depth + 1)).collect()
        } else {
            Vec::new()
        };
        Some(DocumentSymbol {
            name: label.text().to_owned(),
            detail: None,
            kind: SymbolKind::Step,
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

/// The functions of all files whose names have the letters of `query` in this order, whatever their case; names that
/// begin with the query first.
pub fn workspace_symbols(db: &RootDatabase, query: &str) -> Vec<WorkspaceSymbol> {
    let query = query.to_lowercase();
    let mut found = Vec::new();
    for file in db.file_ids() {
        let Some(source) = Source::new(db, file) else { continue };
        let names = &item_tree(db, source.file).functions;
        if !names.iter().any(|it| matches(&it.name, &query)) {
            continue;
        }
        let package = source.file.package(db).path(db);
        let named = source.tree.all_functions().filter_map(|it| it.name_token());
        for (function, token) in functions_of_file(db, source.file).into_iter().zip(named) {
            let name = function.name(db);
            if matches(&name, &query) {
                let rank = (!name.to_lowercase().starts_with(&query), name.len());
                let at = FileRange { file, range: token.text_range() };
                let (name, package) = (name.to_string(), package.to_string());
                found.push((rank, WorkspaceSymbol { name, package, at }));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
    found.into_iter().take(MAX_FOUND).map(|it| it.1).collect()
}

fn matches(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().all(|wanted| letters.any(|letter| letter == wanted))
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
              Step s 
                Function g (z)
                  Step return 
              Step return 
            Function broken ()
        "#]]
        .assert_eq(&shown);
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
    }
}

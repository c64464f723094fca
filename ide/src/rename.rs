//! Renames functions, parameters, labels and aliases everywhere at once, and refuses what it cannot do right.

use ko_queries::database::Package;
use ko_queries::{
    RootDatabase, builtins, database::IDIOM_PACKAGE, library::is_own_file,
    names::functions_of_package,
};
use ko_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode},
    is_valid_ident,
};
use text_size::TextRange;

use crate::{
    FileEdit, FileId, FilePosition,
    callable::Callable,
    navigation::{function_exists, usages, usages_of_file},
    source::Source,
    symbol::{Symbol, symbol},
};

/// Why something cannot be renamed, in a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameError(pub String);

/// The name at a place, if it can be renamed.
///
/// # Errors
/// When it cannot, with the reason.
pub fn prepare_rename(
    db: &RootDatabase,
    position: FilePosition,
) -> Result<(TextRange, String), RenameError> {
    let source = source(db, position.file)?;
    let (token, _) = renamed(&source, position)?;
    Ok((token.text_range(), token.text().to_owned()))
}

/// Gives the thing at a place another name, everywhere. The edits are sorted by file and place.
///
/// # Errors
/// When the thing is not the user's to rename, or the new name is not possible.
pub fn rename(
    db: &RootDatabase,
    position: FilePosition,
    new_name: &str,
) -> Result<Vec<FileEdit>, RenameError> {
    let source = source(db, position.file)?;
    let (token, symbol) = renamed(&source, position)?;
    if !is_valid_ident(new_name) {
        return Err(RenameError(format!(
            "`{new_name}` is no name: names are letters, digits and `_`, and start with no digit"
        )));
    }
    if new_name == token.text() {
        return Ok(Vec::new());
    }
    if let Symbol::Import { alias: Some(alias), path, from } = &symbol {
        return rename_import(&source, (alias, path, *from), new_name);
    }
    check_free(db, &symbol, new_name)?;
    let usages = usages(db, &symbol);
    if matches!(symbol, Symbol::Callable(_)) {
        for usage in usages.iter().filter(|it| !it.definition) {
            check_not_hidden(db, usage.at, new_name)?;
        }
    }
    let edit = |at: crate::FileRange| FileEdit {
        file: at.file,
        range: at.range,
        insert: new_name.to_owned(),
    };
    Ok(usages.into_iter().map(|it| edit(it.at)).collect())
}

/// Gives an import another name in its file.
fn rename_import(
    source: &Source<'_>,
    (alias, path, from): (&str, &str, Package),
    new_name: &str,
) -> Result<Vec<FileEdit>, RenameError> {
    let file = source.file.id(source.db);
    let taken = |what: &str| Err(RenameError(format!("there is already {what} `{new_name}`")));
    if source.tree.imports().any(|it| it.alias().is_some_and(|it| it == new_name)) {
        return taken("an import");
    }
    let wanted = Symbol::Import { alias: Some(alias.into()), path: path.into(), from };
    let mut edits = Vec::new();
    for import in source.tree.imports().filter(|it| it.alias().is_some_and(|it| it == alias)) {
        if let (None, Some(path)) = (import.alias_token(), import.path_token()) {
            let range = TextRange::empty(path.text_range().end());
            edits.push(FileEdit { file, range, insert: format!(" as {new_name}") });
        }
    }
    for usage in usages_of_file(source.db, &wanted, file) {
        let scope = source.scope_at(usage.at.range.start()).filter(|_| !usage.definition);
        if let Some(scope) = scope
            && (scope.param(new_name).is_some() || scope.label(new_name).is_some())
        {
            return Err(RenameError(format!(
                "`{}` uses the import and has an argument or step `{new_name}` itself",
                scope.circuit().key.name
            )));
        }
        edits.push(FileEdit { file, range: usage.at.range, insert: new_name.to_owned() });
    }
    Ok(edits)
}

fn source(db: &RootDatabase, file: FileId) -> Result<Source<'_>, RenameError> {
    Source::new(db, file).ok_or_else(|| RenameError("the file is not known".to_owned()))
}

fn renamed<'db>(
    source: &Source<'db>,
    position: FilePosition,
) -> Result<(SyntaxToken, Symbol<'db>), RenameError> {
    let refuse = |reason: &str| Err(RenameError(reason.to_owned()));
    if is_own_file(position.file) {
        return refuse("the library belongs to the language and cannot be changed");
    }
    let token = source.token_at(position.offset).filter(|it| it.kind() == SyntaxKind::IDENT);
    let Some(token) = token else { return refuse("there is no name here") };
    let Some(symbol) = symbol(source, &token) else {
        return refuse("this name means nothing that could be renamed");
    };
    match &symbol {
        Symbol::Callable(Callable::Function(function))
        | Symbol::Argument { callable: Callable::Function(function), .. }
            if is_own_file(function.file(source.db).id(source.db)) =>
        {
            refuse("this function belongs to the language and cannot be renamed")
        }
        Symbol::Callable(Callable::Function(_)) | Symbol::Param(..) => Ok((token, symbol)),
        Symbol::Label(scope, index) => match scope.circuit().labels.get(*index) {
            Some((name, _)) if name == "return" => {
                refuse("`return` names the result of the function and cannot be renamed")
            }
            _ => Ok((token, symbol)),
        },
        Symbol::Argument { callable: callable @ Callable::Function(_), name } => {
            if callable.param(source.db, name).is_none() {
                return refuse("the function has no parameter of this name");
            }
            Ok((token, symbol))
        }
        Symbol::Import { .. } => Ok((token, symbol)),
        Symbol::Callable(_) | Symbol::Argument { .. } => {
            refuse("gates and builtins belong to the language and cannot be renamed")
        }
        Symbol::Field { .. } | Symbol::Select { .. } => refuse(
            "fields belong to the Kubernetes API or to many structures, and cannot be renamed",
        ),
    }
}

/// Refuses a name of a function that something else has where the function is used.
fn check_not_hidden(
    db: &RootDatabase,
    at: crate::FileRange,
    name: &str,
) -> Result<(), RenameError> {
    let Some(source) = Source::new(db, at.file) else { return Ok(()) };
    let path = source.token_at(at.range.start()).and_then(|it| ast::PathExpr::cast(it.parent()?));
    if path.is_some_and(|it| it.idents().count() > 1) {
        // Behind the name of an import, no local name hides anything.
        return Ok(());
    }
    match source.scope_at(at.range.start()) {
        Some(scope) if scope.param(name).is_some() || scope.label(name).is_some() => {
            Err(RenameError(format!(
                "`{}` uses the function and has an argument or step `{name}` itself",
                scope.circuit().key.name
            )))
        }
        _ => Ok(()),
    }
}

/// Refuses names that would collide with others or change what they mean.
fn check_free(db: &RootDatabase, symbol: &Symbol<'_>, name: &str) -> Result<(), RenameError> {
    let taken = |what: &str| Err(RenameError(format!("there is already {what} `{name}`")));
    match symbol {
        Symbol::Callable(Callable::Function(function))
            if function_exists(db, function.file(db).id(db), name) =>
        {
            return taken("a function");
        }
        Symbol::Callable(Callable::Function(_)) => {
            let idioms = functions_of_package(db, None, IDIOM_PACKAGE);
            if builtins::find("", name).is_some() || idioms.iter().any(|it| it == name) {
                return taken("a function of the language");
            }
            if db.schema().gate(name).is_some() {
                return taken("a gate");
            }
        }
        Symbol::Param(scope, _) | Symbol::Label(scope, _) => {
            if name == "return" {
                return taken("a result");
            }
            if scope.param(name).is_some() {
                return taken("a parameter");
            }
            if scope.label(name).is_some() {
                return taken("a step");
            }
            if scope.targets().iter().any(|(range, _)| {
                db.text(scope.file()).is_some_and(|text| {
                    let used = text.get(std::ops::Range::<usize>::from(*range));
                    // Also as the import in `name.Function`.
                    used.and_then(|it| it.split('.').next()).map(str::trim) == Some(name)
                })
            }) {
                return Err(RenameError(format!(
                    "the function uses `{name}` for something else, which the new name would hide"
                )));
            }
        }
        Symbol::Argument { callable: Callable::Function(function), .. } => {
            if let Some(scope) = crate::source::Scope::new(db, *function) {
                return check_free(db, &Symbol::Param(scope, 0), name);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn check(marked: &str, name: &str, expected: Result<&str, &str>) {
        let fixture = Fixture::new(marked);
        let result = rename(&fixture.db, fixture.position(), name).map(|edits| {
            let mut text = fixture.text.clone();
            for edit in edits.iter().rev() {
                text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
            }
            text
        });
        assert_eq!(result.as_deref().map_err(|it| it.0.as_str()), expected);
    }

    #[test]
    fn renames() {
        check(
            "F(a) { return: (a: a.a) }\nG() { return: F(a$0: 1) }",
            "b",
            Ok("F(b) { return: (a: b.a) }\nG() { return: F(b: 1) }"),
        );
        check(
            "F() { x: 1, y: G(x: x$0), return: y }",
            "z",
            Ok("F() { z: 1, y: G(x: z), return: y }"),
        );
        check(
            "Fun$0() { return: 1 }\nG() { return: Fun() }",
            "Run",
            Ok("Run() { return: 1 }\nG() { return: Run() }"),
        );
    }

    #[test]
    fn imports_inline_functions_and_arguments_of_varieties() {
        check(
            "import \"series\"\nF() { return: seri$0es.Map(over: series.Len) }",
            "s",
            Ok("import \"series\" as s\nF() { return: s.Map(over: s.Len) }"),
        );
        check(
            "import \"series\" as s$0\nF() { return: s.Map(over: (s: 1)) }",
            "t",
            Ok("import \"series\" as t\nF() { return: t.Map(over: (s: 1)) }"),
        );
        check(
            "import \"os\"\nimport \"series\" as s$0\nF() { return: s.Map() }",
            "os",
            Err("there is already an import `os`"),
        );
        check(
            "import \"series\" as s$0\nF(t) { return: s.Map(over: t) }",
            "t",
            Err("`F` uses the import and has an argument or step `t` itself"),
        );
        check(
            "import \"series\" as s\nF(t$0) { return: s.Map(over: t) }",
            "s",
            Err("the function uses `s` for something else, which the new name would hide"),
        );
        check(
            "F() { return: Range(over: 1, with: g$0(x?) { return: x }) }\nH() { return: g(1) }",
            "h",
            Ok("F() { return: Range(over: 1, with: h(x?) { return: x }) }\nH() { return: h(1) }"),
        );
        check(
            "F(a$0, b) { return: (a, b) }\nG() { f: F[b: 1], return: f(a: 2) }",
            "c",
            Ok("F(c, b) { return: (c, b) }\nG() { f: F[b: 1], return: f(c: 2) }"),
        );
    }

    #[test]
    fn names_behind_imports_are_not_hidden() {
        let others = [("lib", "l.ko", "import \"app\"\nH(x) { return: app.F(a: x) }")];
        let fixture = Fixture::with("F$0(a) { return: a }", &others);
        let edits = rename(&fixture.db, fixture.position(), "x").unwrap();
        assert_eq!(edits.len(), 2);
    }

    #[test]
    fn refusals() {
        check("F(a$0) { b: 1, return: a }", "b", Err("there is already a step `b`"));
        check(
            "F$0(a) { return: a }\nG() { return: 1 }",
            "G",
            Err("there is already a function `G`"),
        );
        check(
            "F$0(a) { return: a }\nG(b) { return: F(b) }",
            "b",
            Err("`G` uses the function and has an argument or step `b` itself"),
        );
        check(
            "F$0(a) { return: a }",
            "Len",
            Err("there is already a function of the language `Len`"),
        );
        check("F$0(a) { return: a }", "ListPods", Err("there is already a gate `ListPods`"));
        check(
            "F(a$0) { return: Len(a) }",
            "Len",
            Err("the function uses `Len` for something else, which the new name would hide"),
        );
        check(
            "F(a$0) { return: a }",
            "1a",
            Err("`1a` is no name: names are letters, digits and `_`, and start with no digit"),
        );
        check(
            "F() { return: ListPods$0() }",
            "x",
            Err("gates and builtins belong to the language and cannot be renamed"),
        );
        check(
            "F() { ret$0urn: 1 }",
            "x",
            Err("`return` names the result of the function and cannot be renamed"),
        );
    }
}

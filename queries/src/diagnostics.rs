//! Everything that is wrong with a file: syntax, names and types.

use std::sync::Arc;

use ecow::EcoString;
use ko_syntax::{SyntaxError, TextRange, ast::AstNode};

use crate::{
    availability,
    circuit::{Circuit, StepId, StepKind},
    database::{Db, SourceFile},
    diagnostic::{Diagnostic, FileEdit, FileId, Fix, Related, Severity},
    findings::{chosen, form_findings, type_findings},
    items::{
        Function, find_function, function_node, import_nodes, item_tree, package_scope, parse,
    },
    library::is_own_file,
    lints::lints,
    lower::{Lowered, lower, lower_body},
    names::{change, importable_packages, package_exists},
    outline::chunks,
    suggest::{did_you_mean, suggest},
    types::{At, Consumer, Demand, Origin, Source, inferred, locate, place, report},
};

/// What is wrong with a file, in the order of the text; nothing for an unknown file.
pub fn diagnostics(db: &dyn Db, file: FileId) -> Arc<[Diagnostic]> {
    db.source_file(file).map_or_else(|| Arc::from([]), |file| file_diagnostics(db, file))
}

/// As [`diagnostics`], kept until something it depends on changes.
#[salsa::tracked(returns(clone), heap_size = crate::memory::heap_size)]
pub fn file_diagnostics(db: &dyn Db, file: SourceFile) -> Arc<[Diagnostic]> {
    let wrong = chunks(db, file)
        .flat_map(|chunk| chosen(&form_findings(db, chunk).wrong, chunk.functions(db)));
    let mut all = form(db, file, wrong);
    for chunk in chunks(db, file) {
        for function in chosen(type_findings(db, chunk), chunk.functions(db)) {
            if let Some(lowered) = lower(db, function) {
                type_diagnostics(db, function, lowered, &mut all);
            }
        }
    }
    lints(db, file, &mut all);
    all.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    all.into()
}

/// What is wrong with the form of a file: syntax and names, not types.
///
/// This looks at each function and keeps nothing by itself. It asks for nothing but that, least of all for the schema where
/// no name is that of a gate: a program that is about to run does not wait for what only editors say.
pub fn form_diagnostics(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let functions = chunks(db, file).flat_map(|chunk| chunk.functions(db).iter().copied());
    let wrong = |function: &Function<'_>| {
        lower_body(db, *function).as_ref().is_some_and(|body| !body.diagnostics.is_empty())
    };
    form(db, file, functions.filter(wrong))
}

/// What is wrong with the form of a file, of whose functions these have something wrong with their names.
fn form<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    wrong: impl Iterator<Item = Function<'db>>,
) -> Vec<Diagnostic> {
    let id = file.id(db);
    let mut all: Vec<Diagnostic> =
        parse(db, file).errors().iter().map(|error| syntax_diagnostic(id, error)).collect();
    imports(db, file, &mut all);
    duplicate_functions(db, file, &mut all);
    // Where everything stands has to be known only if there is something to say.
    for lowered in wrong.filter_map(|function| lower(db, function).as_ref()) {
        all.extend(lowered.diagnostics.iter().cloned());
    }
    all.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end()));
    all
}

/// Adds what types have against a function.
pub(crate) fn type_diagnostics(
    db: &dyn Db,
    function: Function<'_>,
    lowered: &Lowered,
    out: &mut Vec<Diagnostic>,
) {
    let Some(inferred) = inferred(db, function) else { return };
    let file = function.file(db);
    let text = file.text(db);
    let (circuit, map) = (&lowered.circuit, &lowered.source_map);
    let source = Source { file: file.id(db), text: &text, circuit, map };
    for error in &inferred.errors {
        let Some(mut diagnostic) = report(error, source) else { continue };
        if let Some((related, fix)) = error.origin.as_ref().and_then(|it| origin(db, it)) {
            diagnostic.related.push(related);
            diagnostic.fixes.extend(fix);
        }
        if let Some((related, fix)) = error.consumer.as_ref().and_then(|it| consumer(db, it)) {
            diagnostic.related.push(related);
            diagnostic.fixes.extend(fix);
        }
        out.push(diagnostic);
    }
}

/// The place in another function that an error comes from, and the fix there.
fn origin(db: &dyn Db, origin: &Origin) -> Option<(Related, Option<Fix>)> {
    let function = find_function(db, &origin.function)?;
    let lowered = lower(db, function).as_ref()?;
    let file = function.file(db);
    let (at, followed) = locate(&lowered.circuit, &origin.path)?;
    let range = place(&lowered.circuit, &lowered.source_map, &file.text(db), at)?;
    let message = format!("`{}` returns this", origin.function.name);
    let file = file.id(db);
    let rename = origin.rename.as_ref().filter(|_| followed == origin.path.len());
    let fix = rename.map(|name| change(file, range, name));
    Some((Related { file, range, message }, fix))
}

/// The place in another function that asks for what a value is not, and the fix there.
fn consumer(db: &dyn Db, consumer: &Consumer) -> Option<(Related, Option<Fix>)> {
    let function = find_function(db, &consumer.function)?;
    let file = function.file(db);
    if is_own_file(file.id(db)) {
        return None;
    }
    let (lowered, inferred) = (lower(db, function).as_ref()?, inferred(db, function)?);
    let index = lowered.circuit.params.iter().position(|it| it.name == consumer.param)?;
    let uses = inferred.uses.get(index)?;
    let at = uses.iter().find(|it| it.0 == consumer.demand)?.1;
    let text = file.text(db);
    let range = |at| place(&lowered.circuit, &lowered.source_map, &text, at);
    let (file, name) = (file.id(db), &consumer.function.name);
    if let Some((before, closest)) = &consumer.misspelt
        && let Demand::Field(names, _) = &consumer.demand
        && let Some(wrong) = names.get(..=*before)
    {
        let mut selected: Vec<_> =
            selections(&lowered.circuit, index, wrong).into_iter().filter_map(range).collect();
        selected.sort_by_key(|it| it.start());
        if let Some(range) = selected.first() {
            let related =
                Related { file, range: *range, message: format!("`{name}` selects it here") };
            let fix = closest.as_ref().map(|to| Fix {
                edits: selected.iter().flat_map(|it| change(file, *it, to).edits).collect(),
                title: change(file, *range, to).title,
                snippet: None,
            });
            return Some((related, fix));
        }
    }
    let message = format!("`{name}` uses `{}` here", consumer.param);
    Some((Related { file, range: range(at)?, message }, None))
}

/// Where the last of these names is selected, of what the names before it are, from a parameter; in the order of the steps.
fn selections(circuit: &Circuit, param: usize, names: &[EcoString]) -> Vec<At> {
    let mut found = Vec::new();
    for (step, it) in circuit.steps.iter().enumerate() {
        let StepKind::Select { base, path } = &it.kind else { continue };
        // The names before those of this step.
        let (mut before, mut base) = (Vec::new(), *base);
        let root = loop {
            match circuit.steps.get(base.0 as usize).map(|it| &it.kind) {
                Some(StepKind::Select { base: next, path }) if before.len() <= names.len() => {
                    before.splice(0..0, path.iter());
                    base = *next;
                }
                Some(StepKind::Param(at)) => break Some(*at as usize),
                _ => break None,
            }
        };
        let own = names.len().checked_sub(before.len() + 1);
        if let (Some(own), true) = (own, root == Some(param))
            && own < path.len()
            && before.into_iter().chain(path.iter()).zip(names).all(|it| it.0 == it.1)
        {
            found.push(At::SelectName(StepId(step as u32), own as u32));
        }
    }
    found
}

/// A syntax error as a diagnostic.
pub(crate) fn syntax_diagnostic(file: FileId, error: &SyntaxError) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(error.range, Severity::Error, error.code.code(), error.message.clone());
    for fix in &error.fixes {
        let edit = |edit: &ko_syntax::TextEdit| FileEdit {
            file,
            range: edit.range,
            insert: edit.insert.clone(),
        };
        let edits = fix.edits.iter().map(edit).collect();
        diagnostic.fixes.push(Fix { title: capitalised(&fix.title), edits, snippet: None });
    }
    diagnostic
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What to say about an import of a package that there is not.
fn unknown_package(db: &dyn Db, file: SourceFile, place: TextRange, path: &str) -> Diagnostic {
    let paths = importable_packages(db, Some(file.package(db)));
    let suggestions = suggest(path, paths.iter().map(EcoString::as_str));
    let message = format!(
        "there is no package \"{path}\": neither a folder nor a builtin package has this path{}",
        did_you_mean(&suggestions)
    );
    let mut diagnostic = Diagnostic::new(place, Severity::Error, "unknown-package", message);
    for path in &suggestions {
        let mut fix = change(file.id(db), place, path);
        fix.edits[0].insert = format!("\"{path}\"");
        diagnostic.fixes.push(fix);
    }
    diagnostic
}

fn imports(db: &dyn Db, file: SourceFile, out: &mut Vec<Diagnostic>) {
    let id = file.id(db);
    let tree = item_tree(db, file);
    let nodes = import_nodes(db, file);
    let mut aliases: Vec<(&EcoString, TextRange)> = Vec::new();
    for (import, node) in tree.imports.iter().zip(nodes) {
        let place =
            node.path_token().map_or(node.syntax().text_range(), |token| token.text_range());
        if let Some(path) = &import.path
            && !package_exists(db, Some(file.package(db)), path)
        {
            let gone = availability::import(db, file, place, path);
            out.push(gone.unwrap_or_else(|| unknown_package(db, file, place, path)));
        }
        let Some(alias) = &import.alias else { continue };
        let place = node.alias_token().map_or(place, |token| token.text_range());
        if let Some((_, first)) = aliases.iter().find(|(other, _)| *other == alias) {
            let message = format!(
                "this file already calls another import `{alias}`; give one of them another name with `as`"
            );
            let mut diagnostic =
                Diagnostic::new(place, Severity::Error, "duplicate-alias", message);
            let message = "the other import".to_owned();
            diagnostic.related.push(Related { file: id, range: *first, message });
            out.push(diagnostic);
        } else {
            aliases.push((alias, place));
        }
    }
}

fn duplicate_functions(db: &dyn Db, file: SourceFile, out: &mut Vec<Diagnostic>) {
    let scope = package_scope(db, file.package(db));
    for (name, definition) in &scope.duplicates {
        if definition.file != file {
            continue;
        }
        let function = Function::new(db, file, name.clone(), definition.nth);
        let Some(range) = name_range(db, function) else { continue };
        let message = format!(
            "this package already has a function `{name}`; functions inside functions count too"
        );
        let mut diagnostic = Diagnostic::new(range, Severity::Error, "duplicate-function", message);
        if let Some(first) = scope.functions.get(name) {
            let other = Function::new(db, first.file, name.clone(), first.nth);
            if let Some(range) = name_range(db, other) {
                let message = "the other one".to_owned();
                diagnostic.related.push(Related { file: first.file.id(db), range, message });
            }
        }
        out.push(diagnostic);
    }
}

/// Where the name of a function stands in its file.
pub(crate) fn name_range(db: &dyn Db, function: Function<'_>) -> Option<TextRange> {
    Some(function_node(db, function)?.name_token()?.text_range())
}

//! What is legal and probably not meant: names that nobody reads, imports that nobody uses, functions that hide others.
//! They are hints; editors fade what has no effect.

use ecow::EcoString;
use ko_syntax::{
    SyntaxKind, TextRange, TextSize,
    ast::{AstNode, Import},
};
use rustc_hash::FxHashSet;

use crate::{
    availability, builtins,
    circuit::StepId,
    database::{Db, SourceFile, World},
    diagnostic::{Diagnostic, FileEdit, FileId, Fix, Severity},
    diagnostics::name_range,
    effects::step_acts,
    findings::{chosen, form_findings},
    items::{Function, import_nodes, item_tree, package_scope, parse},
    lower::{Lowered, lower},
    names::package_exists,
    outline::chunks,
};

/// Adds what is legal and probably not meant in a file.
pub(crate) fn lints(db: &dyn Db, file: SourceFile, out: &mut Vec<Diagnostic>) {
    let mut aliases: FxHashSet<&str> = FxHashSet::default();
    for chunk in chunks(db, file) {
        let (findings, functions) = (form_findings(db, chunk), chunk.functions(db));
        aliases.extend(findings.aliases.iter().map(EcoString::as_str));
        for function in chosen(&findings.hiding, functions) {
            hides_builtin(db, function, out);
        }
        for function in chosen(&findings.concerning, functions) {
            availability::gates(db, function, out);
        }
        // Where everything stands has to be known only if there is something to say.
        for function in chosen(&findings.suspicious, functions) {
            if let Some(lowered) = lower(db, function) {
                unread_params(db, function, lowered, out);
                unread_labels(db, function, lowered, out);
                shadowing(db, function, lowered, out);
            }
        }
    }
    unused_imports(db, file, &aliases, out);
}

/// Whether there is a name in a function that nobody reads, or that may hide something.
pub(crate) fn is_suspicious(db: &dyn Db, file: SourceFile, body: &Lowered) -> bool {
    if !body.reads.unread_params.is_empty() || !body.reads.unread_labels.is_empty() {
        return true;
    }
    let imports = &item_tree(db, file).imports;
    let functions = &package_scope(db, file.package(db)).functions;
    let circuit = &body.circuit;
    let names =
        circuit.params.iter().map(|it| &it.name).chain(circuit.labels.iter().map(|it| &it.0));
    names.into_iter().any(|name| {
        functions.contains_key(name) || imports.iter().any(|it| it.alias.as_ref() == Some(name))
    })
}

/// Whether a name says that nobody is meant to read it.
pub(crate) fn says_unused(name: &str) -> bool {
    // A name that means a Boolean cannot be read, which is told as that.
    let boolean = matches!(name, "true" | "false");
    boolean || name.starts_with('_') || name.ends_with('_') || name.starts_with("after")
}

fn faded(range: TextRange, code: &'static str, message: String) -> Diagnostic {
    Diagnostic { unnecessary: true, ..Diagnostic::new(range, Severity::Hint, code, message) }
}

fn unread_params(
    db: &dyn Db,
    function: Function<'_>,
    lowered: &Lowered,
    out: &mut Vec<Diagnostic>,
) {
    let (circuit, map) = (&lowered.circuit, &lowered.source_map);
    let file = function.file(db);
    for index in &lowered.reads.unread_params {
        let index = *index as usize;
        let (Some(param), Some(range)) = (circuit.params.get(index), map.params.get(index)) else {
            continue;
        };
        if says_unused(&param.name) {
            continue;
        }
        let name = &param.name;
        let message = format!(
            "nobody reads the parameter `{name}`: what calls give it is ignored. Remove it; a name that ends with `_` says that this is meant"
        );
        let mut diagnostic = faded(*range, "unused-parameter", message);
        let whole = map.steps.get(index).copied().unwrap_or(*range);
        let title = format!("Remove the parameter `{name}`");
        diagnostic.fixes.push(remove(file.id(db), item(&file.text(db), whole), title));
        out.push(diagnostic);
    }
}

fn unread_labels(
    db: &dyn Db,
    function: Function<'_>,
    lowered: &Lowered,
    out: &mut Vec<Diagnostic>,
) {
    let (circuit, map) = (&lowered.circuit, &lowered.source_map);
    let file = function.file(db);
    for unread in &lowered.reads.unread_labels {
        let index = unread.label as usize;
        let (Some((name, value)), Some(range)) = (circuit.labels.get(index), map.labels.get(index))
        else {
            continue;
        };
        if says_unused(name) || unread.steps.clone().any(|it| step_acts(db, circuit, StepId(it))) {
            continue;
        }
        let message = format!(
            "nobody reads `{name}`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant"
        );
        let mut diagnostic = faded(*range, "unused-step", message);
        // The whole step, unless it repeats a name, whose place here is not in the map.
        if !unread.steps.is_empty()
            && let Some(end) = map.steps.get(value.0 as usize).map(|it| it.end())
            && end >= range.end()
        {
            let whole = TextRange::new(range.start(), end);
            let title = format!("Remove `{name}`");
            diagnostic.fixes.push(remove(file.id(db), item(&file.text(db), whole), title));
        }
        out.push(diagnostic);
    }
}

/// Says which parameters and labels hide an import or a function, which is legal: their names then mean the value.
fn shadowing(db: &dyn Db, function: Function<'_>, lowered: &Lowered, out: &mut Vec<Diagnostic>) {
    let (circuit, map) = (&lowered.circuit, &lowered.source_map);
    let file = function.file(db);
    let imports = &item_tree(db, file).imports;
    let functions = &package_scope(db, file.package(db)).functions;
    let params = circuit.params.iter().map(|it| ("parameter", &it.name)).zip(map.params.iter());
    let labels = circuit.labels.iter().map(|it| ("label", &it.0)).zip(map.labels.iter());
    for ((what, name), range) in params.chain(labels) {
        // A label that is called as a parameter is reported as that.
        if what == "label" && circuit.params.iter().any(|it| it.name == *name) {
            continue;
        }
        let (code, hidden) = if imports.iter().any(|it| it.alias.as_ref() == Some(name)) {
            ("shadows-import", "import")
        } else if functions.contains_key(name) {
            ("shadows-function", "function")
        } else {
            continue;
        };
        let message = format!(
            "the {what} `{name}` hides the {hidden} `{name}`, which cannot be used in this function"
        );
        out.push(Diagnostic::new(*range, Severity::Hint, code, message));
    }
}

/// What the language has under the name of a function: a builtin or a gate, in a word for people.
pub(crate) fn hidden_builtin(db: &dyn Db, function: Function<'_>) -> Option<&'static str> {
    let name = function.name(db);
    let world = World::get(db);
    if function.file(db).package(db) == world.idioms(db) {
        return None;
    }
    let idiom = || {
        let scope = package_scope(db, world.idioms(db));
        scope.functions.get(&name).is_some_and(|it| !it.inline)
    };
    if builtins::find("", &name).is_some() || idiom() {
        Some("builtin")
    } else {
        world.schema(db).gate(&name).map(|_| "gate")
    }
}

/// Says that a function takes the place of a builtin, which the other functions of its package then do not see
/// (specification §3.3).
fn hides_builtin(db: &dyn Db, function: Function<'_>, out: &mut Vec<Diagnostic>) {
    let name = function.name(db);
    let Some(what) = hidden_builtin(db, function) else { return };
    let Some(range) = name_range(db, function) else { return };
    let message = format!(
        "this hides the {what} `{name}`: in this package, `{name}` means this function everywhere"
    );
    out.push(Diagnostic::new(range, Severity::Hint, "shadows-builtin", message));
}

fn unused_imports(
    db: &dyn Db,
    file: SourceFile,
    aliases: &FxHashSet<&str>,
    out: &mut Vec<Diagnostic>,
) {
    let parse = parse(db, file);
    for (item, node) in item_tree(db, file).imports.iter().zip(import_nodes(db, file)) {
        let (Some(path), Some(alias)) = (&item.path, &item.alias) else { continue };
        if aliases.contains(alias.as_str()) || !package_exists(db, Some(file.package(db)), path) {
            continue;
        }
        // Text that does not parse may read it all the same.
        if !parse.errors().is_empty() && is_written(&parse.source_file(), alias) {
            continue;
        }
        let message = format!("nothing in this file uses `{alias}`");
        let mut diagnostic = faded(statement(&node), "unused-import", message);
        let range = line(&file.text(db), statement(&node));
        let title = format!("Remove the import of \"{path}\"");
        diagnostic.fixes.push(remove(file.id(db), range, title));
        out.push(diagnostic);
    }
}

/// Whether a name occurs outside of imports.
fn is_written(tree: &ko_syntax::ast::SourceFile, name: &str) -> bool {
    let tokens = tree.syntax().descendants_with_tokens().filter_map(|it| it.into_token());
    tokens
        .filter(|it| it.kind() == SyntaxKind::IDENT && it.text() == name)
        .any(|it| !it.parent_ancestors().any(|node| Import::can_cast(node.kind())))
}

/// An import without the comments around it.
fn statement(import: &Import) -> TextRange {
    let tokens = import.syntax().children_with_tokens().filter_map(|it| it.into_token());
    let mut solid = tokens.filter(|it| !it.kind().is_trivia());
    let Some(first) = solid.next() else { return import.syntax().text_range() };
    let end = solid.last().unwrap_or_else(|| first.clone()).text_range().end();
    TextRange::new(first.text_range().start(), end)
}

fn remove(file: FileId, range: TextRange, title: String) -> Fix {
    let edits = vec![FileEdit { file, range, insert: String::new() }];
    Fix { title, edits, snippet: None }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

fn range(from: usize, to: usize) -> TextRange {
    let size = |offset| TextSize::try_from(offset).unwrap_or_default();
    TextRange::new(size(from), size(to))
}

/// The whole lines of what stands alone on them, a comment behind it included; otherwise itself.
fn line(text: &str, place: TextRange) -> TextRange {
    let (start, end) = (usize::from(place.start()), usize::from(place.end()));
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return place };
    let before = before.trim_end_matches(is_blank);
    let rest = after.trim_start_matches(is_blank);
    let length = rest.find('\n').map_or(rest.len(), |it| it + 1);
    let alone = rest.starts_with("//") || rest[..length].trim().is_empty();
    if alone && (before.is_empty() || before.ends_with(['\n', '\u{feff}'])) {
        return range(before.len(), text.len() - rest.len() + length);
    }
    place
}

/// An element of a list with what separates it from its neighbours; whole lines where it has them to itself.
pub(crate) fn item(text: &str, place: TextRange) -> TextRange {
    let (start, end) = (usize::from(place.start()), usize::from(place.end()));
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return place };
    let indent = before.trim_end_matches(is_blank);
    let rest = after.trim_start_matches(is_blank);
    if indent.ends_with('\n') && (rest.starts_with('\n') || rest.starts_with("//")) {
        let length = rest.find('\n').map_or(rest.len(), |it| it + 1);
        range(indent.len(), text.len() - rest.len() + length)
    } else if let Some(rest) = rest.strip_prefix([',', ';']) {
        range(start, text.len() - rest.trim_start_matches(is_blank).len())
    } else if indent.ends_with([',', ';']) {
        range(indent.len() - 1, end)
    } else {
        place
    }
}

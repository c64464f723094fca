//! What the editor shows about the thing under the pointer.

#[cfg(test)]
mod library;
mod literal;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use ecow::EcoString;
use ko_queries::availability::concern;
use ko_queries::database::Package;
use ko_queries::projects::import_path;
use ko_queries::{
    builtins::BuiltinId,
    items::{Function, function_doc, param_doc},
    names::{functions_of_package, package_exists},
};
use ko_schema::{GateId, Schema, Type, TypeId, render_gate, render_type};
use ko_syntax::{
    SyntaxToken,
    ast::{self, AstNode},
};
use text_size::TextRange;

use crate::{
    FilePosition, RootDatabase,
    callable::Callable,
    effects::Effects,
    expected,
    source::{Scope, Source},
    symbol::{Symbol, symbol},
    typing,
};

/// What to show, and for which characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The characters it is about.
    pub range: TextRange,
    /// The text, as Markdown.
    pub markdown: String,
}

/// What there is to say about the thing at a place; nothing for white space, punctuation and names that mean nothing.
pub fn hover(db: &RootDatabase, position: FilePosition) -> Option<Hover> {
    let source = Source::new(db, position.file)?;
    let token = source.token_at(position.offset)?;
    let markdown = match symbol(&source, &token) {
        Some(Symbol::Callable(callable)) => {
            let here = result_here(&source, &token, &callable).unwrap_or_default();
            Some(callable_markdown(db, &callable) + &here)
        }
        Some(symbol) => symbol_markdown(db, &symbol),
        None => literal::of_literal(&source, &token).or_else(|| of_bracket(&source, &token)),
    }?;
    Some(Hover { range: token.text_range(), markdown })
}

/// What there is to say about a symbol, as Markdown.
pub(crate) fn symbol_markdown(db: &RootDatabase, symbol: &Symbol<'_>) -> Option<String> {
    match symbol {
        Symbol::Callable(callable) => Some(callable_markdown(db, callable)),
        Symbol::Param(scope, index) => param(scope, *index),
        Symbol::Label(scope, index) => label(scope, *index),
        Symbol::Import { alias, path, from } => Some(import(db, Some(*from), alias.as_ref(), path)),
        Symbol::Argument { callable, name } => argument(db, callable, name),
        Symbol::Field { owner, name } => field_markdown(&db.schema(), *owner, name),
        Symbol::Select { scope, base, path } => select(db, scope, *base, path),
    }
}

/// The documentation of something that can be called.
pub(crate) fn callable_markdown(db: &RootDatabase, callable: &Callable<'_>) -> String {
    match callable {
        Callable::Function(it) => function(db, *it),
        Callable::Gate(id) => gate(db, *id),
        Callable::Builtin(id) => builtin(*id),
    }
}

fn code(text: &str) -> String {
    format!("```ko\n{}\n```\n", text.trim_end())
}

/// The signature on one line, or with a line for each parameter where it would be too long.
fn signature(db: &RootDatabase, callable: &Callable<'_>) -> String {
    let line = callable.signature(db);
    let params = callable.params(db);
    if line.chars().count() <= 90 || params.is_empty() {
        return line;
    }
    let params: Vec<String> = params.iter().map(|it| format!("  {}\n", it.signature())).collect();
    let result = callable.result(db).map(|it| format!(" → {it}")).unwrap_or_default();
    format!("{}(\n{}){result}", callable.name(db), params.concat())
}

fn function(db: &RootDatabase, function: Function<'_>) -> String {
    let callable = Callable::Function(function);
    let mut out = code(&signature(db, &callable));
    let key = function.key(db);
    let _ = write!(out, "\nfunction of package `{}`", import_path(&key.package));
    if let Some(effect) = Effects::new(db).of(&key) {
        let _ = write!(out, " · {}", effect.name());
    }
    out.push('\n');
    if let Some(doc) = function_doc(db, function) {
        let _ = write!(out, "\n{}\n", doc.trim());
    }
    let documented = callable.params(db).into_iter().filter_map(|it| Some((it.name, it.doc?)));
    for (at, (name, doc)) in documented.enumerate() {
        let _ = write!(out, "{}- `{name}`: {}", if at == 0 { "\n" } else { "" }, one_line(&doc));
        out.push('\n');
    }
    out
}

fn gate(db: &RootDatabase, id: GateId) -> String {
    let schema = &db.schema();
    let gate = schema.gate_by_id(id);
    let kind = schema.kind(gate.kind);
    let mut out = code(&render_gate(schema, gate));
    let group = if kind.group.is_empty() { "core" } else { &kind.group };
    let scope = if kind.namespaced { "in a namespace" } else { "cluster-wide" };
    let _ = write!(
        out,
        "\n**{}** · group `{group}` · version `{}` · {scope} · {}\n\n{}\n",
        kind.kind,
        kind.version,
        gate.effect.name(),
        gate.doc(schema)
    );
    if let Some(concern) = concern(db, id) {
        let _ = write!(out, "\n**{}.**\n", concern.message());
    }
    for (at, param) in gate.params.iter().enumerate() {
        let _ = write!(out, "{}- `{}`", if at == 0 { "\n" } else { "" }, param.name);
        if !param.required {
            out.push_str(" (optional)");
        }
        let _ = writeln!(out, ": {}", param.doc);
    }
    if let Some(doc) = schema.type_doc(kind.object) {
        let _ = write!(out, "\n---\n\n{}: {}\n", kind.kind, one_line(doc));
    }
    out
}

fn builtin(id: BuiltinId) -> String {
    let info = id.info();
    let mut out = code(info.signature);
    match info.package {
        "" => out.push_str("\nbuiltin\n"),
        package => {
            let _ = write!(out, "\nbuiltin of package `{package}`\n");
        }
    }
    let _ = write!(out, "\n{}\n", info.doc);
    for (at, param) in info.params.iter().enumerate() {
        let _ = write!(out, "{}- `{}`", if at == 0 { "\n" } else { "" }, param.name);
        if param.optional {
            out.push_str(" (optional)");
        }
        let _ = writeln!(out, ": {}", param.doc);
    }
    if !info.examples.is_empty() {
        let lines: Vec<String> =
            info.examples.iter().map(|(call, prints)| format!("{call}  // {prints}")).collect();
        let _ = write!(out, "\n{}", code(&lines.join("\n")));
    }
    out
}

fn param(scope: &Scope<'_>, index: usize) -> Option<String> {
    let param = scope.circuit().params.get(index)?;
    let mark = if param.monadic { "?" } else { "" };
    let typed = typing::param(scope.db, scope.function, &param.name);
    let ty = typed.and_then(|it| it.ty).map(|it| format!(": {it}")).unwrap_or_default();
    let mut out = code(&format!("{}{mark}{ty}", param.name));
    let _ = write!(out, "\nargument of `{}`", scope.circuit().key.name);
    if param.monadic {
        out.push_str(", taken from the unlabelled value, too");
    }
    out.push('\n');
    if let Some(doc) = param_doc(scope.db, scope.function, &param.name) {
        let _ = write!(out, "\n{}\n", doc.trim());
    }
    Some(out)
}

/// A type on one line is at most this long, in characters; what is longer is unfolded below it.
const MAX_WIDTH: usize = 80;

fn label(scope: &Scope<'_>, index: usize) -> Option<String> {
    let (name, step) = scope.circuit().labels.get(index)?;
    let ty = typing::step_as_given(scope, *step, MAX_WIDTH);
    let what = if name == "return" { "result" } else { "step" };
    let mut out = match &ty {
        Some(ty) => code(&format!("{name}: {ty}")),
        None => code(name),
    };
    if let Some(full) = typing::step_in_full(scope, *step).filter(|it| Some(it) != ty.as_ref()) {
        let _ = write!(out, "\n{}", code(&full));
    }
    let _ = write!(out, "\n{what} of `{}`\n", scope.circuit().key.name);
    let body = scope.node().and_then(|it| it.body());
    let term = body.and_then(|body| body.steps().nth(index));
    if let Some(doc) = term.and_then(|it| it.doc()) {
        let _ = write!(out, "\n{}\n", doc.trim());
    }
    Some(out)
}

/// The documentation of a package by its name in the world.
pub(crate) fn package_markdown(db: &RootDatabase, path: &str) -> String {
    import(db, None, None, path)
}

/// Whether the documentation of a field says that it should no longer be used. The schema has no other mark for it.
pub(crate) fn is_deprecated(doc: Option<&str>) -> bool {
    doc.is_some_and(|doc| {
        let sentence = |doc: &str| {
            let doc = doc.trim_start();
            doc.starts_with("Deprecated:")
                || doc.starts_with("Deprecated.")
                || doc.starts_with("DEPRECATED")
        };
        sentence(doc) || doc.split(". ").any(sentence) || doc.contains(" is deprecated")
    })
}

fn import(
    db: &RootDatabase,
    from: Option<Package>,
    alias: Option<&EcoString>,
    path: &str,
) -> String {
    let shown = import_path(path);
    let mut out = match alias {
        Some(alias) => code(&format!("import \"{shown}\" as {alias}")),
        None => code(&format!("import \"{shown}\"")),
    };
    if !package_exists(db, from, path) {
        out.push_str("\nThere is no such package.\n");
        return out;
    }
    let names = functions_of_package(db, from, path);
    let _ = write!(out, "\npackage with {} functions", names.len());
    for (at, name) in names.iter().take(8).enumerate() {
        let _ = write!(out, "{}`{name}`", if at == 0 { ": " } else { ", " });
    }
    out.push_str(if names.len() > 8 { ", …\n" } else { "\n" });
    out
}

fn argument(db: &RootDatabase, callable: &Callable<'_>, name: &str) -> Option<String> {
    let owner = callable.name(db);
    let Some(param) = callable.param(db, name) else {
        return crate::graph::is_ordering_argument(name).then(|| {
            format!(
                "{}\n`{owner}` waits for this value and does not use it: the argument only says \
                 what comes first.\n",
                code(name)
            )
        });
    };
    let mut out = code(&param.signature());
    let _ = write!(out, "\nargument of `{owner}`");
    if !param.required && param.gate_type.is_some() {
        out.push_str(" (optional)");
    }
    if param.monadic {
        out.push_str(", taken from the unlabelled value, too");
    }
    out.push('\n');
    if let Some(doc) = &param.doc {
        let _ = write!(out, "\n{}\n", doc.trim());
    }
    let schema = db.schema();
    if let Some(gate_type) = &param.gate_type {
        let expected = expected::Expected::Gate(gate_type.clone());
        if let Some(ty) = expected.type_id(&schema) {
            let _ = write!(out, "\n{}", code(&render_type(&schema, ty, 1)));
        }
        let choices = expected::choices(&schema, &expected);
        if !choices.is_empty() {
            let choices: Vec<String> = choices.iter().map(|it| format!("`\"{it}\"`")).collect();
            let _ = write!(out, "\nOne of {}.\n", choices.join(", "));
        }
    }
    Some(out)
}

/// The group and version that a structure is published in, as its name has them: `io.k8s.api.apps.v1.StatefulSet`.
fn group_version(structure: &ko_schema::StructType) -> Option<String> {
    let mut parts = structure.name.strip_prefix("io.k8s.api.")?.split('.');
    Some(format!("{}/{}", parts.next()?, parts.next()?))
}

/// The documentation of a field of the schema.
pub(crate) fn field_markdown(schema: &Schema, owner: TypeId, name: &str) -> Option<String> {
    let (field, ty) = expected::field(schema, owner, name)?;
    let depth = usize::from(matches!(schema.ty(ty), Type::Struct(_)));
    let mark = if field.is_some_and(|it| it.required) { "" } else { "?" };
    let mut out = code(&format!("{name}{mark}: {}", render_type(schema, ty, depth)));
    match field {
        Some(field) => {
            let of = schema.ty(owner).as_struct().map(|it| it.short_name.as_str());
            let _ = write!(out, "\nfield of `{}`", of.unwrap_or("structure"));
            if let Some(version) = schema.ty(owner).as_struct().and_then(group_version) {
                let _ = write!(out, " of `{version}`");
            }
            out.push_str(if field.required { " · required" } else { " · optional" });
            if let Some(default) = &field.default {
                let _ = write!(out, " · default `{default}`");
            }
            if field.server_owned {
                out.push_str(" · set by the server");
            }
            out.push('\n');
            let choices = expected::choices(schema, &expected::Expected::Schema(ty));
            if !choices.is_empty() {
                let choices: Vec<String> = choices.iter().map(|it| format!("`\"{it}\"`")).collect();
                let _ = write!(out, "\nOne of {}.\n", choices.join(", "));
            }
            if let Some(doc) = schema.field_doc(owner, name) {
                if is_deprecated(Some(doc)) {
                    out.push_str("\n**Deprecated**\n");
                }
                let _ = write!(out, "\n{doc}\n");
            }
        }
        None => out.push_str("\nkey of a map\n"),
    }
    Some(out)
}

fn select(
    db: &RootDatabase,
    scope: &Scope<'_>,
    base: ko_queries::circuit::StepId,
    path: &[EcoString],
) -> Option<String> {
    let field = typing::selected(scope, base, path)?;
    let schema = db.schema();
    let mut out = code(&format!("{}: {}", field.name, field.ty));
    if let Some(owner) = field.owner {
        let of = schema.ty(owner).as_struct().map(|it| it.short_name.as_str());
        let _ = write!(out, "\nfield of `{}`\n", of.unwrap_or("structure"));
        if let Some(doc) = schema.field_doc(owner, &field.name) {
            let _ = write!(out, "\n{doc}\n");
        }
    }
    Some(out)
}

/// What a bracket builds or calls.
fn of_bracket(source: &Source<'_>, token: &SyntaxToken) -> Option<String> {
    if !token.kind().is_opener() && !token.kind().is_closer() {
        return None;
    }
    let list = ast::ArgList::cast(token.parent()?)?;
    let whole = list.syntax().parent()?;
    let scope = source.scope_of(&whole)?;
    let step = scope.step_at(whole.text_range())?;
    let full = typing::step_in_full(&scope, step)?;
    Some(code(&full))
}

/// What a call returns here, where the signature cannot say it.
fn result_here(
    source: &Source<'_>,
    token: &SyntaxToken,
    callable: &Callable<'_>,
) -> Option<String> {
    let path = token.parent().filter(|it| ast::PathExpr::can_cast(it.kind()))?;
    let call = ast::CallExpr::cast(path.parent()?)?;
    let scope = source.scope_of(call.syntax())?;
    let ty = typing::step(&scope, scope.step_at(call.syntax().text_range())?)?;
    (callable.result(source.db).as_ref() != Some(&ty)).then(|| format!("\nhere: `{ty}`\n"))
}

/// The first paragraph, on one line.
fn one_line(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

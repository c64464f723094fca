//! What the editor shows about the thing under the pointer.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use ecow::EcoString;
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
        Some(symbol) => symbol_markdown(db, &symbol),
        None => of_literal(&source, &token),
    }?;
    Some(Hover { range: token.text_range(), markdown })
}

/// What there is to say about a symbol, as Markdown.
pub(crate) fn symbol_markdown(db: &RootDatabase, symbol: &Symbol<'_>) -> Option<String> {
    match symbol {
        Symbol::Callable(callable) => Some(callable_markdown(db, callable)),
        Symbol::Param(scope, index) => param(scope, *index),
        Symbol::Label(scope, index) => label(scope, *index),
        Symbol::Import { alias, path } => Some(import(db, alias.as_ref(), path)),
        Symbol::Argument { callable, name } => argument(db, callable, name),
        Symbol::Field { owner, name } => field_markdown(&db.schema(), *owner, name),
        Symbol::Select { scope, base, path } => select(db, scope, *base, path),
    }
}

/// The documentation of something that can be called.
pub(crate) fn callable_markdown(db: &RootDatabase, callable: &Callable<'_>) -> String {
    match callable {
        Callable::Function(it) => function(db, *it),
        Callable::Gate(id) => gate(&db.schema(), *id),
        Callable::Builtin(id) => builtin(*id),
    }
}

fn code(text: &str) -> String {
    format!("```ko\n{}\n```\n", text.trim_end())
}

fn function(db: &RootDatabase, function: Function<'_>) -> String {
    let callable = Callable::Function(function);
    let mut out = code(&callable.signature(db));
    let key = function.key(db);
    let _ = write!(out, "\nfunction of package `{}`", key.package);
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

fn gate(schema: &Schema, id: GateId) -> String {
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

fn import(db: &RootDatabase, alias: Option<&EcoString>, path: &str) -> String {
    let mut out = match alias {
        Some(alias) => code(&format!("import \"{path}\" as {alias}")),
        None => code(&format!("import \"{path}\"")),
    };
    if !package_exists(db, path) {
        out.push_str("\nThere is no such package.\n");
        return out;
    }
    let names = functions_of_package(db, path);
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

/// Literals say what is expected of them.
fn of_literal(source: &Source<'_>, token: &SyntaxToken) -> Option<String> {
    if !token.kind().is_literal_token() {
        return None;
    }
    let literal = ast::Literal::cast(token.parent()?)?;
    let schema = source.db.schema();
    let expected = expected::expected(source, literal.syntax())?;
    let mut out = code(&expected::label(&schema, &expected));
    let term = ast::LabelledTerm::cast(literal.syntax().parent()?);
    if let Some(label) = term.and_then(|it| it.label_token()) {
        let more = symbol(source, &label).and_then(|it| symbol_markdown(source.db, &it));
        if let Some(more) = more {
            return Some(more);
        }
    }
    out.push_str("\nwhat is expected here\n");
    Some(out)
}

/// The first paragraph, on one line.
fn one_line(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

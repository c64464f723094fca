//! The pages of kinds and structures: fields with their types, what must be given, defaults, choices and prose, and the
//! functions for a kind.

use ko_queries::RootDatabase;
use ko_schema::{Effect, Field, Gate, KindId, ListType, Type, TypeId};

use super::{
    Named, Page,
    writer::{Style, Writer},
};
use crate::{
    TokenModifiers, TokenType,
    callable::Callable,
    symbol::Symbol,
    symbols::{DocumentSymbol, SymbolKind},
};

/// A kind: its object, then the functions for it.
pub(super) fn kind_page(db: &RootDatabase, id: KindId) -> Page<'_> {
    let mut out = Writer::new(db);
    let schema = out.schema.clone();
    let kind = schema.kind(id);
    let scope = if kind.namespaced { "in a namespace" } else { "cluster-wide" };
    let path = kind.import_path();
    out.text("import ");
    out.mention(
        &format!("\"k8s/{path}\""),
        Style::plain(TokenType::String),
        Named::Group(path.clone()),
    );
    out.remark(&format!("objects are {scope}"));
    out.text("\n\n");
    structure(&mut out, kind.object, &kind.kind);
    let gates = schema.gates().iter().filter(|it| it.kind == id);
    for gate in gates {
        out.text("\n");
        function(&mut out, gate);
    }
    out.finish()
}

/// A structure inside of kinds.
pub(super) fn type_page(db: &RootDatabase, ty: TypeId) -> Page<'_> {
    let mut out = Writer::new(db);
    let schema = out.schema.clone();
    let Some(it) = schema.ty(ty).as_struct() else { return out.finish() };
    structure(&mut out, ty, &it.short_name);
    out.finish()
}

fn structure(out: &mut Writer<'_>, ty: TypeId, name: &str) {
    let schema = out.schema.clone();
    let Some(it) = schema.ty(ty).as_struct() else { return };
    let start = out.here();
    out.comment("", schema.type_doc(ty).unwrap_or_default());
    let name = out.define(name, TokenType::Type, Named::Type(ty));
    out.text(": (\n");
    let mut fields: Vec<&Field> = it.fields.iter().collect();
    // What must be given, what may be given, what the server says.
    fields.sort_by_key(|field| (!field.writable(), !field.required));
    let mut children: Vec<DocumentSymbol> = Vec::new();
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            out.text("\n");
        }
        children.push(self::field(out, ty, field));
    }
    if it.open {
        out.comment("\t", "Other fields are allowed, too.");
    }
    out.text(")\n");
    let entry = out.symbol(name, start, SymbolKind::Object, children);
    out.outline(entry);
}

fn field(out: &mut Writer<'_>, owner: TypeId, field: &Field) -> DocumentSymbol {
    let schema = out.schema.clone();
    let start = out.here();
    out.comment("\t", schema.field_doc(owner, &field.name).unwrap_or_default());
    out.text("\t");
    let what = Named::Symbol(Symbol::Field { owner, name: field.name.clone() });
    let name = out.define(&field.name, TokenType::Property, what);
    out.text(if field.required || !field.writable() { ": " } else { "?: " });
    out.ty(field.ty);
    if let Some(default) = &field.default {
        out.text(" = ");
        out.token(&default.to_string(), Style::plain(TokenType::String));
    }
    for remark in remarks(out, field) {
        out.remark(&remark);
    }
    out.text("\n");
    out.symbol(name, start, SymbolKind::Field, Vec::new())
}

/// What else the schema says about a field.
fn remarks(out: &Writer<'_>, field: &Field) -> Vec<String> {
    let mut parts = Vec::new();
    if field.injected {
        parts.push("filled in by the functions of the kind".to_owned());
    } else if field.server_owned {
        parts.push("set by the server".to_owned());
    } else if field.required {
        parts.push("required".to_owned());
    }
    match out.schema.ty(field.ty) {
        Type::List { list_type: ListType::Map(keys), .. } => {
            parts.push(format!("elements are told apart by {}", keys.join(", ")));
        }
        Type::List { list_type: ListType::Set, .. } => parts.push("a set".to_owned()),
        _ => {}
    }
    if parts.is_empty() { parts } else { vec![parts.join("; ")] }
}

fn function(out: &mut Writer<'_>, gate: &Gate) {
    let schema = out.schema.clone();
    let callable = || Callable::Gate(gate.id);
    let start = out.here();
    out.comment("", &gate.doc(&schema));
    let needs: Vec<String> =
        gate.needs(&schema).iter().map(|it| format!("{} {}", it.verb, it.resource)).collect();
    out.comment("", &format!("Effect: {}. Needs: {}.", gate.effect.name(), needs.join(", ")));
    let what = Named::Symbol(Symbol::Callable(callable()));
    let name = out.define_call(&gate.name, effect_modifiers(Some(gate.effect)), what);
    out.text("(\n");
    for param in &gate.params {
        out.text("\t");
        let what =
            Named::Symbol(Symbol::Argument { callable: callable(), name: param.name.clone() });
        out.define(&param.name, TokenType::Parameter, what);
        out.text(if param.required { ": " } else { "?: " });
        out.gate_type(&param.ty);
        if let Some(default) = param.default {
            out.text(" = ");
            out.token(default, Style::plain(TokenType::String));
        }
        out.remark(param.doc);
        out.text("\n");
    }
    out.text(") → ");
    out.gate_type(&gate.result);
    out.text("\n");
    let entry = out.symbol(name, start, SymbolKind::Function, Vec::new());
    out.outline(entry);
}

/// How a call with this effect is marked.
fn effect_modifiers(effect: Option<Effect>) -> TokenModifiers {
    TokenModifiers { declaration: true, library: true, ..TokenModifiers::of_effect(effect) }
}

//! What in a file speaks of objects of a cluster: strings that name one or select some, and calls with what they need to be
//! allowed. Whoever is connected can then say what is there. This module asks nobody.

use ko_queries::RootDatabase;
use ko_schema::{GateType, KindId, Schema};
use ko_syntax::{
    LiteralValue,
    ast::{self, AstNode},
};
use text_size::{TextRange, TextSize};

use crate::{
    FileId, FilePosition,
    callable::Callable,
    expected::{self, Expected, Slot},
    source::Source,
    symbol,
};

/// What a string is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveText {
    /// It is the name of an object.
    Name,
    /// It selects objects by their labels.
    LabelSelector,
}

/// A string that is about objects of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSite {
    /// What it is.
    pub what: LiveText,
    /// The kind of the objects.
    pub kind: KindId,
    /// The namespace that the call names, if it does so in a literal.
    pub namespace: Option<String>,
    /// Whether the objects are in a namespace that only the program knows.
    pub computed: bool,
    /// The text.
    pub text: String,
    /// Where it stands, without its quotes.
    pub range: TextRange,
}

/// The string at a place, if it is about objects of a cluster.
pub fn live_site(db: &RootDatabase, at: FilePosition) -> Option<LiveSite> {
    let source = Source::new(db, at.file)?;
    let tokens = ko_syntax::algo::tokens_at_offset(source.root(), at.offset);
    let token = tokens.left_biased().filter(|it| it.kind().is_string())?;
    let literal = ast::Literal::cast(token.parent()?)?;
    let schema = db.schema();
    let call = literal.syntax().ancestors().filter_map(ast::ArgList::cast);
    let (list, gate) =
        call.filter_map(|it| Some((gate_of(&source, &it)?, it))).next().map(|(id, it)| (it, id))?;
    let gate = schema.gate_by_id(gate);
    let term = literal.syntax().parent().and_then(ast::LabelledTerm::cast);
    let named = |name: &str| {
        term.as_ref().and_then(|it| it.label_token()).is_some_and(|it| it.text() == name)
    };
    let (what, kind) = match expected::expected(&source, literal.syntax())? {
        Expected::Gate(GateType::Namespace) => {
            (LiveText::Name, schema.find_kind("v1", "Namespace")?.id)
        }
        Expected::Gate(GateType::LabelSelector) => (LiveText::LabelSelector, gate.kind),
        Expected::Gate(GateType::ObjectOrName(kind) | GateType::ObjectsOrNames(kind)) => {
            (LiveText::Name, kind)
        }
        Expected::Gate(GateType::String) if named("name") => (LiveText::Name, gate.kind),
        _ => return None,
    };
    let (namespace, computed) = match schema.kind(kind).namespaced {
        true => namespace_of(&list),
        false => (None, false),
    };
    let (range, quote) = (token.text_range(), TextSize::of('"'));
    let closed = token.text().len() > 1 && token.text().ends_with(token.text().chars().next()?);
    let start = range.start() + quote;
    let end = if closed { range.end() - quote } else { range.end() }.max(start);
    let range = TextRange::new(start, end);
    if !range.contains_inclusive(at.offset) {
        return None;
    }
    let text = token.text().get(std::ops::Range::<usize>::from(range - token.text_range().start()));
    let text = text.unwrap_or_default().to_owned();
    Some(LiveSite { what, kind, namespace, computed, text, range })
}

fn gate_of(source: &Source<'_>, list: &ast::ArgList) -> Option<ko_schema::GateId> {
    match expected::slot(source, list) {
        Slot::Call(Callable::Gate(id)) => Some(id),
        _ => None,
    }
}

/// The namespace that a call names: in a literal, or else only the program knows it.
fn namespace_of(list: &ast::ArgList) -> (Option<String>, bool) {
    let label =
        |it: &ast::LabelledTerm| it.label_token().is_some_and(|it| it.text() == "namespace");
    let Some(term) = list.labelled_terms().find(label) else { return (None, false) };
    let literal = term.value().and_then(|it| ast::Literal::cast(it.syntax().clone()));
    match literal.and_then(|it| it.value().ok()) {
        Some(LiteralValue::String(text)) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            (Some(text).filter(|it| !it.is_empty()), false)
        }
        _ => (None, true),
    }
}

/// A call of a gate, with what its user must be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// Where the gate is named.
    pub range: TextRange,
    /// The name.
    pub gate: String,
    /// The namespace that the call names, if it does so in a literal; none for what is in no namespace.
    pub namespace: Option<String>,
    /// Verb, group, and resource with its part, as access rules name them.
    pub needs: Vec<(&'static str, String, String)>,
}

/// The calls of a file of which it is known where they go: to a namespace in a literal, or to what is in none.
pub fn live_calls(db: &RootDatabase, file: FileId) -> Vec<LiveCall> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let schema = db.schema();
    let lists = source.root().descendants().filter_map(ast::ArgList::cast);
    lists.filter_map(|list| call(&source, &schema, &list)).collect()
}

fn call(source: &Source<'_>, schema: &Schema, list: &ast::ArgList) -> Option<LiveCall> {
    let callee = ast::CallExpr::cast(list.syntax().parent()?)?.callee()?;
    let Callable::Gate(id) = symbol::callable(source, &callee)? else { return None };
    let gate = schema.gate_by_id(id);
    let kind = schema.kind(gate.kind);
    let namespace = match kind.namespaced {
        // Where it goes must be known; what goes to all namespaces needs rules that hold in all.
        true => Some(namespace_of(list).0?),
        false => None,
    };
    let need = |need: &ko_schema::Need| {
        let (whole, part) = match need.resource.split_once('/') {
            Some((whole, part)) => (whole, format!("/{part}")),
            None => (need.resource.as_str(), String::new()),
        };
        let (plural, group) = whole.split_once('.').unwrap_or((whole, ""));
        (need.verb, group.to_owned(), format!("{plural}{part}"))
    };
    Some(LiveCall {
        range: callee.syntax().text_range(),
        gate: gate.name.to_string(),
        namespace,
        needs: gate.needs(schema).iter().map(need).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[track_caller]
    fn check(text: &str, what: &str) {
        let fixture = Fixture::new(text);
        let site = live_site(&fixture.db, fixture.position());
        let schema = fixture.db.schema();
        let shown = site.map(|it| {
            let kind = &schema.kind(it.kind).kind;
            let place = if it.computed { "?" } else { it.namespace.as_deref().unwrap_or("-") };
            assert_eq!(fixture.slice(it.range), it.text);
            format!("{:?} {kind} {place} {}", it.what, it.text)
        });
        assert_eq!(shown.unwrap_or_default(), what);
    }

    #[test]
    fn strings_that_name_and_select() {
        check(r#"F() { return: ListPods(namespace: "de$0f") }"#, "Name Namespace - def");
        check(r#"F() { return: GetPod(namespace: "x", name: "$0") }"#, "Name Pod x ");
        check(r#"F(ns) { return: GetPod(namespace: ns, name: "a$0b") }"#, "Name Pod ? ab");
        check(
            r#"F() { return: ListPodsByLabelSelector(namespace: "x", labelSelector: "app=$0") }"#,
            "LabelSelector Pod x app=",
        );
        check(r#"F() { return: DeletePods(namespace: "x", pods: ("a", "$0b")) }"#, "Name Pod x b");
        check(r#"F() { return: GetNode(name: "$0") }"#, "Name Node - ");
        check(r#"F() { return: ListPods(namespace: "$0"#, "Name Namespace - ");
        check(r#"F() { return: Sum("$0") }"#, "");
        check(r#"F() { return: CreatePod(namespace: "x", pod: (spec: (nodeName: "$0"))) }"#, "");
    }

    #[test]
    fn calls_that_say_where_they_go() {
        let fixture = Fixture::new(
            "$0F(ns) { a: ListPods(namespace: \"x\"), b: ListPods(namespace: ns), c: ListPods()\n\
             return: ScaleDeployment(namespace: \"y\", name: \"z\", replicas: 1), d: GetNode(name: \"n\") }",
        );
        let calls = live_calls(&fixture.db, fixture.file);
        let shown: Vec<_> = calls
            .iter()
            .map(|it| format!("{} {:?} {:?}", fixture.slice(it.range), it.namespace, it.needs))
            .collect();
        expect_test::expect![[r#"
            ListPods Some("x") [("list", "", "pods")]
            ScaleDeployment Some("y") [("patch", "apps", "deployments/scale")]
            GetNode None [("get", "", "nodes")]"#]]
        .assert_eq(&shown.join("\n"));
    }
}

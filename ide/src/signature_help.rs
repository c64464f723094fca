//! The call around the cursor: what is called, and which argument is being written.

use ko_syntax::{
    SyntaxKind,
    ast::{self, AstNode, Term},
};
use text_size::{TextRange, TextSize};

use crate::{
    FilePosition, RootDatabase,
    callable::ParamInfo,
    expected::{Slot, slot},
    source::{self, Source},
};

/// What is called around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHelp {
    /// The call on one line.
    pub label: String,
    /// What it does.
    pub documentation: Option<String>,
    /// The parameters, in order.
    pub parameters: Vec<SignatureParameter>,
    /// The parameter that is being written, as index into `parameters`.
    pub active: Option<usize>,
}

/// A parameter of a [`SignatureHelp`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParameter {
    /// Where it stands in [`SignatureHelp::label`], in bytes.
    pub range: TextRange,
    /// What it is for.
    pub documentation: Option<String>,
}

/// The innermost call around a place, from behind its opening bracket to its closing one. Brackets that only build values
/// do not count.
pub fn signature_help(db: &RootDatabase, position: FilePosition) -> Option<SignatureHelp> {
    let source = Source::new(db, position.file)?;
    let mut token = ko_syntax::algo::tokens_at_offset(source.root(), position.offset).left_biased();
    if let Some(it) = &token
        && it.kind().is_closer()
        && it.text_range().start() == position.offset
    {
        token = it.prev_token();
    }
    // Brackets instead of nodes: while a call is being written, its nodes may end anywhere.
    let mut opener = token.and_then(|it| source::opener_before(&it));
    while let Some(open) = opener {
        let parent = open.parent()?;
        if parent.kind() == SyntaxKind::BODY {
            return None;
        }
        if let Some(list) = ast::ArgList::cast(parent)
            && let Slot::Call(callable) = slot(&source, &list)
        {
            let params = callable.params(db);
            let active = active(&list, &params, position.offset);
            return Some(render(
                &callable.name(db),
                &params,
                callable.result(db),
                callable.doc(db),
                active,
            ));
        }
        opener = open.prev_token().and_then(|it| source::opener_before(&it));
    }
    None
}

/// The parameter that the term at the cursor is for; behind a separator the first mandatory one that is still missing.
fn active(list: &ast::ArgList, params: &[ParamInfo], offset: TextSize) -> Option<usize> {
    let index = |name: &str| {
        params.iter().position(|it| it.name == name || it.aliases.iter().any(|alias| alias == name))
    };
    let at = list.terms().find(|it| it.syntax().text_range().contains_inclusive(offset));
    match at {
        Some(Term::Labelled(term)) => index(&term.label()?),
        Some(Term::Unlabelled(_)) => params.iter().position(|it| it.monadic),
        None => {
            let given: Vec<_> = list.labelled_terms().filter_map(|it| it.label()).collect();
            let free = |it: &ParamInfo| {
                !given.iter().any(|name| *name == it.name || it.aliases.contains(name))
            };
            let first = params.iter().position(|it| it.required && free(it));
            first.or_else(|| params.iter().position(free))
        }
    }
}

fn render(
    name: &str,
    params: &[ParamInfo],
    result: Option<String>,
    doc: Option<String>,
    active: Option<usize>,
) -> SignatureHelp {
    let mut label = format!("{name}(");
    let mut parameters = Vec::new();
    for (at, param) in params.iter().enumerate() {
        if at > 0 {
            label.push_str(", ");
        }
        let start = TextSize::of(label.as_str());
        label.push_str(&param.signature());
        let range = TextRange::new(start, TextSize::of(label.as_str()));
        parameters.push(SignatureParameter { range, documentation: param.doc.clone() });
    }
    label.push(')');
    if let Some(result) = result {
        label.push_str(" → ");
        label.push_str(&result);
    }
    SignatureHelp { label, documentation: doc, parameters, active }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::Fixture;

    fn check(text: &str, expect: Expect) {
        let fixture = Fixture::new(text);
        let shown = match signature_help(&fixture.db, fixture.position()) {
            None => "nothing".to_owned(),
            Some(help) => {
                let active = help.active.and_then(|it| help.parameters.get(it));
                let active = active.map_or("none", |it| &help.label[it.range]);
                format!("{}\nactive: {active}", help.label)
            }
        };
        expect.assert_eq(&shown);
    }

    #[test]
    fn gates() {
        check(
            "F(ns) { return: CreateStatefulSet($0) }",
            expect![[r#"
            CreateStatefulSet(namespace: String, statefulSet: StatefulSet, ifExists?: "fail" | "reuse" | "apply", timeout?: Duration = 5m) → StatefulSet
            active: namespace: String"#]],
        );
        check(
            "F(ns) { return: CreateStatefulSet(namespace: ns, statefulSet: (a: $0))",
            expect![[r#"
            CreateStatefulSet(namespace: String, statefulSet: StatefulSet, ifExists?: "fail" | "reuse" | "apply", timeout?: Duration = 5m) → StatefulSet
            active: statefulSet: StatefulSet"#]],
        );
        check(
            "F(ns) { return: CreateStatefulSet(namespace: ns, $0",
            expect![[r#"
            CreateStatefulSet(namespace: String, statefulSet: StatefulSet, ifExists?: "fail" | "reuse" | "apply", timeout?: Duration = 5m) → StatefulSet
            active: statefulSet: StatefulSet"#]],
        );
    }

    #[test]
    fn functions_and_builtins() {
        check(
            "G(a?, b) { return: a }\nF() { return: G(b: 1$0) }",
            expect![[r#"
            G(a?, b)
            active: b"#]],
        );
        check(
            "G(a?, b) { return: a }\nF() { return: G(1$0) }",
            expect![[r#"
            G(a?, b)
            active: a?"#]],
        );
        check(
            "F(x) { return: Range(over: x$0) }",
            expect![[r#"
                Range(over?: (T), with: Variety, start?: U, stop?: Variety) → (image: (V), residue: U)
                active: over?: (T)"#]],
        );
    }

    #[test]
    fn outside_of_calls() {
        check("F() { return: $0G() }", expect!["nothing"]);
        check("F() { return: ListPods()$0 }", expect!["nothing"]);
        check("F() { return: (a: $0) }", expect!["nothing"]);
    }
}

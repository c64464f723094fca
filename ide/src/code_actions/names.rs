//! Names for what is newly made: a step after what it calls, a function after the step it was.

use ecow::EcoString;
use ko_queries::{RootDatabase, builtins, database::IDIOM_PACKAGE, names::functions_of_package};
use ko_syntax::{
    SyntaxKind,
    ast::{self, AstNode, Expr},
};

/// A name for the value of an expression: what it calls or selects, or else the label of the argument that it is.
pub(super) fn for_value(value: &Expr) -> String {
    let called = match value {
        Expr::Call(call) => call.callee().and_then(|it| last_name(&it)),
        Expr::Augment(augment) => augment.callee().and_then(|it| last_name(&it)),
        Expr::InlineFunction(_) | Expr::Literal(_) => None,
        other => last_name(other),
    };
    let called = called.map(|it| lower_first(without_verb(&it)));
    let label = || {
        let term = ast::LabelledTerm::cast(value.syntax().parent()?)?;
        term.label().filter(|it| it != "return" && !it.starts_with('_')).map(|it| it.to_string())
    };
    called.or_else(label).unwrap_or_else(|| match value {
        Expr::InlineFunction(_) => "function".to_owned(),
        Expr::Literal(literal)
            if literal.syntax().first_token().is_some_and(|it| it.kind().is_string()) =>
        {
            "text".to_owned()
        }
        Expr::Literal(_) => "number".to_owned(),
        _ => "value".to_owned(),
    })
}

fn last_name(value: &Expr) -> Option<String> {
    let tokens = match value {
        Expr::Path(path) => path.idents().last(),
        Expr::Select(select) => select.idents().last(),
        Expr::Call(call) => return last_name(&call.callee()?),
        Expr::Augment(augment) => return last_name(&augment.callee()?),
        Expr::InlineFunction(function) => function.name_token(),
        Expr::Literal(_) => None,
    };
    tokens.filter(|it| it.kind() == SyntaxKind::IDENT).map(|it| it.text().to_owned())
}

/// `CreateStatefulSet` gives a `StatefulSet`, and `ListPodsByLabelSelector` gives `Pods`.
fn without_verb(name: &str) -> &str {
    const VERBS: &[&str] = &[
        "Get", "List", "Create", "Update", "Patch", "Apply", "Delete", "Watch", "WaitFor", "Make",
    ];
    let rest = VERBS.iter().find_map(|verb| name.strip_prefix(verb));
    let rest = rest.filter(|it| it.starts_with(char::is_uppercase)).unwrap_or(name);
    match rest.split_once("By") {
        Some((what, how)) if !what.is_empty() && how.starts_with(char::is_uppercase) => what,
        _ => rest,
    }
}

/// As labels are written: `Pods` is `pods`.
pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The name, or with the first number from 2 on that makes it another than those.
pub(super) fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let free = |it: &str| !taken(it) && !matches!(it, "true" | "false" | "return");
    if free(name) {
        return name.to_owned();
    }
    let numbered = (2..u32::MAX).map(|number| format!("{name}{number}"));
    numbered.into_iter().find(|it| free(it)).unwrap_or_default()
}

/// Whether a function of this name would be in the way of another one in the package, or hide one of the language.
pub(super) fn function_taken(db: &RootDatabase, package: &EcoString, name: &str) -> bool {
    let is = |it: &EcoString| it == name;
    functions_of_package(db, None, package).iter().any(is)
        || functions_of_package(db, None, IDIOM_PACKAGE).iter().any(is)
        || builtins::find("", name).is_some()
        || db.schema().gate(name).is_some()
}

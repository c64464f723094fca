//! "Run its steps at the same time": a call of a function goes through `Parallel`, or no longer (specification §5.8).

use ko_queries::circuit::Target;
use ko_syntax::ast::{self, AstNode, Expr};
use text_size::TextRange;

use super::{
    CodeAction, Kind,
    arguments::call_around,
    context::{Context, short, top_function},
};

/// The call that the place is in.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    wrap(context).or_else(|| unwrap(context)).into_iter().collect()
}

fn wrap(context: &Context<'_>) -> Option<CodeAction> {
    let call = call_around(context)?;
    let callee = call.callee()?;
    let scope = context.source.scope_of(call.syntax())?;
    let (name, known) = match &callee {
        Expr::Path(path) => {
            let range = path.syntax().text_range();
            (context.slice(range).to_owned(), scope.target_at(range))
        }
        Expr::InlineFunction(function) => (function.name()?.to_string(), None),
        _ => return None,
    };
    // Only functions of Ko have steps to run.
    if !matches!((&callee, known), (Expr::InlineFunction(_), _) | (_, Some(Target::Function(_)))) {
        return None;
    }
    // Inside of it already, or where the name means something else.
    let outer = call.syntax().ancestors().skip(1).filter_map(ast::CallExpr::cast);
    if outer.take(1).any(|it| is_parallel(context, &it)) || !means_parallel(context, &scope) {
        return None;
    }
    let list = call.arg_list()?;
    let (open, close) = (list.open_token()?.text_range(), list.close_token()?.text_range());
    let empty = list.terms().next().is_none();
    let start = TextRange::empty(callee.syntax().text_range().start());
    let mut edits = vec![context.replace(start, "Parallel(")];
    if empty {
        let between = TextRange::new(open.start(), close.end());
        edits.push(context.replace(between, ")"));
    } else {
        edits.push(context.replace(open, "["));
        edits.push(context.replace(close, "])"));
    }
    context.no_new_mistakes(&top_function(call.syntax())?, &edits).ok()?;
    let title = format!("Run the steps of `{}` at the same time, with `Parallel`", short(&name));
    Some(CodeAction::new("wrap-parallel", Kind::Rewrite, title, edits))
}

fn unwrap(context: &Context<'_>) -> Option<CodeAction> {
    let node = context.node()?;
    let inside = node.ancestors().take_while(|it| ast::Body::cast(it.clone()).is_none());
    let call = inside.filter_map(ast::CallExpr::cast).find(|it| is_parallel(context, it))?;
    let mut terms = call.arg_list()?.terms();
    let (ast::Term::Unlabelled(term), None) = (terms.next()?, terms.next()) else { return None };
    let value = term.value()?;
    if !matches!(value, Expr::Augment(_) | Expr::Path(_) | Expr::InlineFunction(_)) {
        return None;
    }
    let (whole, inner) = (call.syntax().text_range(), value.syntax().text_range());
    let before = TextRange::new(whole.start(), inner.start());
    let behind = TextRange::new(inner.end(), whole.end());
    // Comments around the function would be lost.
    if [before, behind].iter().any(|it| context.slice(*it).contains('/')) {
        return None;
    }
    let mut edits = vec![context.replace(before, "")];
    match &value {
        Expr::Augment(augment) => {
            let list = augment.arg_list()?;
            let (open, close) = (list.open_token()?.text_range(), list.close_token()?.text_range());
            edits.push(context.replace(open, "("));
            edits.push(context.replace(TextRange::new(close.start(), whole.end()), ")"));
        }
        _ => edits.push(context.replace(behind, "()")),
    }
    context.no_new_mistakes(&top_function(call.syntax())?, &edits).ok()?;
    let title = "Run the steps one by one, without `Parallel`".to_owned();
    Some(CodeAction::new("unwrap-parallel", Kind::Rewrite, title, edits))
}

fn is_parallel(context: &Context<'_>, call: &ast::CallExpr) -> bool {
    let Some(Expr::Path(path)) = call.callee() else { return false };
    let Some(scope) = context.source.scope_of(call.syntax()) else { return false };
    let target = scope.target_at(path.syntax().text_range());
    matches!(target, Some(Target::Builtin(id)) if id.info().package.is_empty() && id.name() == "Parallel")
}

fn means_parallel(context: &Context<'_>, scope: &crate::source::Scope<'_>) -> bool {
    let package = scope.function.file(context.db).package(context.db).path(context.db);
    let own = ko_queries::names::functions_of_package(context.db, None, &package);
    scope.param("Parallel").is_none()
        && scope.label("Parallel").is_none()
        && !own.iter().any(|it| it == "Parallel")
}

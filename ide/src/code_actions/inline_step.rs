//! "Inline a step": its value takes the place of its label, and the step goes when nothing names it any more.

use ko_syntax::{
    SyntaxToken,
    ast::{self, AstNode, Expr},
};

use super::{
    CodeAction, Kind,
    context::{Context, is_step, own_nodes, top_function},
    edit::{indentation, moved, removal},
};
use crate::{
    source::Scope,
    symbol::{Symbol, symbol},
};

/// At a label or at a name of it: all uses; and at one of several uses, that one.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    found(context).unwrap_or_default()
}

fn found(context: &Context<'_>) -> Option<Vec<CodeAction>> {
    let token = context.token()?;
    let Symbol::Label(scope, index) = symbol(&context.source, &token)? else { return None };
    let label = scope.circuit().labels.get(index)?.0.clone();
    let mut same = scope.circuit().labels.iter().filter(|it| it.0 == label);
    if label == "return" || scope.param(&label).is_some() || same.nth(1).is_some() {
        return None;
    }
    let node = scope.node()?;
    let step = node.body()?.steps().find(|it| it.label().as_ref() == Some(&label))?;
    let value = step.value()?;
    let uses = uses(&node, &label);
    if uses.is_empty() {
        return None;
    }
    let mut actions = vec![inline(context, &scope, &step, &value, &uses, true)?];
    if uses.len() > 1 && uses.contains(&token) {
        let mut one = inline(context, &scope, &step, &value, &[token], false)?;
        one.id = "inline-step-here".to_owned();
        one.title = format!("Inline step `{label}` here only");
        actions.push(one);
    }
    Some(actions)
}

/// The names of the label in the function.
fn uses(function: &ast::Function, label: &str) -> Vec<SyntaxToken> {
    let paths = own_nodes(function.syntax()).into_iter().filter_map(ast::PathExpr::cast);
    let firsts = paths.filter_map(|path| path.idents().next());
    firsts.filter(|it| it.text() == label).collect()
}

fn inline(
    context: &Context<'_>,
    scope: &Scope<'_>,
    step: &ast::LabelledTerm,
    value: &Expr,
    uses: &[SyntaxToken],
    all: bool,
) -> Option<CodeAction> {
    debug_assert!(is_step(step));
    let mut edits = Vec::new();
    for name in uses {
        let indent = indentation(&context.text, name.text_range().start());
        edits.push(context.replace(name.text_range(), moved(context, value.syntax(), indent)));
    }
    if all {
        edits.push(context.replace(removal(&context.text, step.syntax()), ""));
    }
    edits.sort_by_key(|it| it.range.start());
    let function = top_function(step.syntax())?;
    let label = step.label()?;
    let refused = context.same_meaning(&function, &edits, "").err().map(|reason| {
        let id = scope.label(&label).and_then(|it| Some(scope.circuit().labels.get(it)?.1));
        let acts = id.is_some_and(|id| context.observable(scope.circuit(), id));
        match uses.len() {
            times if acts && (times > 1 || !all) => format!(
                "`{label}` does something that can be observed and is used {}: it would run more than once",
                if all { format!("{times} times") } else { "elsewhere too".to_owned() }
            ),
            _ => format!("`{label}` cannot be inlined: {reason}"),
        }
    });
    let title = match uses.len() {
        1 => format!("Inline step `{label}`"),
        times => format!("Inline step `{label}` ({times} uses)"),
    };
    Some(CodeAction { refused, ..CodeAction::new("inline-step", Kind::Inline, title, edits) })
}

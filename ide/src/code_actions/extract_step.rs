//! "Extract into a step": a value inside a step becomes a step of its own, which the old place names.

use ko_syntax::ast::{AstNode, Expr};

use super::{
    CodeAction, Kind,
    context::{Context, is_step, own_nodes, short, step_around, top_function},
    edit::{indentation, insert_step, moved},
    names,
};
use crate::{FileEdit, FilePosition};

/// The value at the place as a step; and, if the function has it more than once, all of them as one.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    let Some(value) = context.value().filter(is_worth_it) else { return Vec::new() };
    let Some(one) = extract(context, std::slice::from_ref(&value)) else { return Vec::new() };
    let same = same_values(context, &value);
    let mut actions = vec![one];
    if same.len() > 1
        && let Some(mut all) = extract(context, &same).filter(|it| it.refused.is_none())
    {
        all.id = "extract-step-all".to_owned();
        all.title = format!("{} ({} times)", all.title, same.len());
        actions.push(all);
    }
    actions
}

/// Whether there is something to gain: not for a plain name, nor for the whole value of a step that has a label.
fn is_worth_it(value: &Expr) -> bool {
    if let Expr::Path(path) = value
        && path.idents().count() < 2
    {
        return false;
    }
    let term = value.syntax().parent().and_then(ko_syntax::ast::LabelledTerm::cast);
    term.is_none_or(|term| !is_step(&term) || term.label().is_some_and(|it| it == "return"))
}

/// The values in the function of this one that are written alike, in the order of the text.
fn same_values(context: &Context<'_>, value: &Expr) -> Vec<Expr> {
    let scope = context.source.scope_of(value.syntax());
    let Some(node) = scope.and_then(|it| it.node()) else { return Vec::new() };
    let text = context.slice(value.syntax().text_range());
    let all = own_nodes(node.syntax()).into_iter().filter_map(Expr::cast);
    all.filter(|it| {
        it.syntax().kind() == value.syntax().kind()
            && context.slice(it.syntax().text_range()) == text
    })
    .collect()
}

/// The values, which are written alike, as one step before the first of them.
fn extract(context: &Context<'_>, values: &[Expr]) -> Option<CodeAction> {
    let first = values.first()?;
    let step = step_around(first.syntax())?;
    let scope = context.source.scope_of(step.syntax())?;
    // What names mean decides whether there is a value at all: `str.Join` is a function of a package.
    if let Expr::Path(_) = first
        && scope.target_at(first.syntax().text_range()).is_some()
    {
        return None;
    }
    let taken = context.taken(&scope);
    let label = names::unique(&names::for_value(first), |it| taken.iter().any(|name| name == it));
    let target = indentation(&context.text, step.syntax().text_range().start());
    let insert = insert_step(context, &step, &label, &moved(context, first.syntax(), target));
    let label_at = insert.range.start();
    let mut edits: Vec<FileEdit> = vec![insert];
    edits.extend(values.iter().map(|it| context.replace(it.syntax().text_range(), label.as_str())));
    let function = top_function(step.syntax())?;
    let refused = context.same_meaning(&function, &edits, "").err();
    Some(CodeAction {
        refused: refused.map(|reason| {
            let value = short(context.slice(first.syntax().text_range()));
            format!("`{value}` cannot be a step before the others: {reason}")
        }),
        rename: Some(FilePosition { file: scope.file(), offset: label_at }),
        ..CodeAction::new(
            "extract-step",
            Kind::Extract,
            format!("Extract into step `{label}`"),
            edits,
        )
    })
}

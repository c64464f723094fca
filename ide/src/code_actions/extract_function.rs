//! "Extract into a function": a value becomes what a new function returns, whose arguments are the names that it needs.

use ecow::EcoString;
use ko_syntax::ast::{self, AstNode, Expr};
use text_size::{TextRange, TextSize};

use super::{
    CodeAction, Kind,
    context::{Context, own_nodes, short, step_around, top_function},
    edit::moved,
    names,
};
use crate::FilePosition;

/// The value at the place as a function behind this one.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    found(context).into_iter().collect()
}

fn found(context: &Context<'_>) -> Option<CodeAction> {
    let value = context.value()?;
    // Names and numbers gain nothing by it, and a function is one already.
    if !matches!(value, Expr::Call(_) | Expr::Augment(_) | Expr::Select(_)) {
        return None;
    }
    let step = step_around(value.syntax())?;
    let scope = context.source.scope_of(step.syntax())?;
    let mut free: Vec<EcoString> = Vec::new();
    for path in own_nodes(value.syntax()).into_iter().filter_map(ast::PathExpr::cast) {
        let Some(first) = path.idents().next() else { continue };
        let name = EcoString::from(first.text());
        let local = scope.param(&name).is_some() || scope.label(&name).is_some();
        let literal = matches!(&*name, "true" | "false");
        if local && !literal && !free.contains(&name) {
            free.push(name);
        }
    }
    // An argument with `_` never arrives (specification §5.3).
    if free.iter().any(|it| it.starts_with('_')) {
        return None;
    }
    let function = top_function(step.syntax())?;
    let package = scope.function.file(context.db).package(context.db).path(context.db);
    let taken = context.taken(&scope);
    let hint = step.label().filter(|it| it != "return" && !it.starts_with('_'));
    let base = match hint {
        Some(label) if step.value().as_ref() == Some(&value) => label.to_string(),
        _ => names::for_value(&value),
    };
    let name = names::unique(&base, |it| {
        names::function_taken(context.db, &package, it) || taken.iter().any(|name| name == it)
    });
    let arguments: Vec<String> = free.iter().map(|it| format!("{it}: {it}")).collect();
    let call =
        context.replace(value.syntax().text_range(), format!("{name}({})", arguments.join(", ")));
    let body = moved(context, value.syntax(), "\t").replace("\r\n", "\n");
    let text = format!("{name}({}) {{\n\treturn: {body}\n}}", free.join(", "));
    let end = end_with_comment(context, &function);
    let added = context
        .replace(TextRange::empty(end), format!("\n\n{text}").replace('\n', context.newline));
    let edits = vec![call, added];
    let refused = context.same_meaning(&function, &edits, &text).err();
    let offset = value.syntax().text_range().start();
    Some(CodeAction {
        refused: refused.map(|reason| {
            format!(
                "`{}` cannot be a function: {reason}",
                short(context.slice(value.syntax().text_range()))
            )
        }),
        rename: Some(FilePosition { file: scope.file(), offset }),
        ..CodeAction::new(
            "extract-function",
            Kind::Extract,
            format!("Extract into function `{name}`"),
            edits,
        )
    })
}

/// The end of a function, with a comment on its last line.
pub(super) fn end_with_comment(context: &Context<'_>, function: &ast::Function) -> TextSize {
    let end = function.syntax().text_range().end();
    let line = context.text[usize::from(end)..].split('\n').next().unwrap_or_default();
    match line.trim() {
        comment if comment.starts_with("//") => end + TextSize::of(line.trim_end()),
        _ => end,
    }
}

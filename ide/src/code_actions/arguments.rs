//! "Name the argument" and back: unlabelled arguments go to the monadic parameter, so its name can be written before them.

use ko_syntax::ast::{self, AstNode, Expr};
use text_size::TextRange;

use super::{
    CodeAction, Kind,
    context::{Context, top_function},
};
use crate::symbol::callable;

/// The call that the place is in writes the name of the monadic parameter, or no longer writes it.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    found(context).into_iter().collect()
}

fn found(context: &Context<'_>) -> Option<CodeAction> {
    let call = call_around(context)?;
    let callee =
        call.callee().filter(|it| matches!(it, Expr::Path(_) | Expr::InlineFunction(_)))?;
    let name = callable(&context.source, &callee)?.monadic(context.db)?.name;
    let terms: Vec<_> = call.arg_list()?.terms().collect();
    let mut edits = Vec::new();
    let labelled = matches!(terms.first()?, ast::Term::Labelled(_));
    for term in &terms {
        let value = term.value()?.syntax().text_range();
        match term {
            ast::Term::Unlabelled(_) => {
                edits.push(context.replace(TextRange::empty(value.start()), format!("{name}: ")));
            }
            ast::Term::Labelled(it) => {
                let label = it.label_token().filter(|it| it.text() == name)?;
                let range = TextRange::new(label.text_range().start(), value.start());
                // A function may stand on another line than its label, behind comments.
                let plain = !context.slice(range).contains(['\n', '/']);
                edits.push(context.replace(plain.then_some(range)?, ""));
            }
        }
    }
    let function = top_function(call.syntax())?;
    context.same_meaning(&function, &edits, "").ok()?;
    let (id, title) = match (labelled, terms.len()) {
        (false, 1) => ("name-argument", format!("Name the argument `{name}`")),
        (false, _) => ("name-argument", format!("Name the arguments `{name}`")),
        (true, 1) => ("unname-argument", format!("Pass `{name}` without its name")),
        (true, _) => ("unname-argument", format!("Pass all `{name}` without their name")),
    };
    Some(CodeAction::new(id, Kind::Rewrite, title, edits))
}

/// The innermost call whose callee or arguments the place is in, without what is inside a function in them.
pub(super) fn call_around(context: &Context<'_>) -> Option<ast::CallExpr> {
    let node = context.node()?;
    let mut inside = node.ancestors().take_while(|it| ast::Body::cast(it.clone()).is_none());
    inside.find_map(|it| ast::CallExpr::cast(it).filter(|call| call.callee().is_some()))
}

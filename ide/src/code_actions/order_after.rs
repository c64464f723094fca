//! "Run after another step": an argument that is thrown away makes a call wait (`_after: step`, specification §5.1).

use ko_queries::circuit::{Circuit, StepId, StepKind};
use ko_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode, Expr},
};
use rustc_hash::FxHashSet;
use text_size::TextRange;

use super::{
    CodeAction, Kind,
    arguments::call_around,
    context::{Context, is_step, top_function},
    edit::{indentation, starts_line},
};
use crate::{FileEdit, symbol::callable};

/// How many steps are offered: lists in editors are short.
const MOST: usize = 8;

/// The steps that the call at the place can be made to wait for, those above it first, the nearest first.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    found(context).unwrap_or_default()
}

fn found(context: &Context<'_>) -> Option<Vec<CodeAction>> {
    let call = step_call(context).or_else(|| call_around(context))?;
    let scope = context.source.scope_of(call.syntax())?;
    let circuit = scope.circuit();
    let id = scope.step_at(call.syntax().text_range())?;
    if !matches!(circuit.step(id).kind, StepKind::Apply { invoke: true, .. }) {
        return None;
    }
    let before = needed(circuit, id);
    let place = scope.map().steps.get(id.0 as usize)?.start();
    let mut candidates: Vec<(usize, StepId)> = Vec::new();
    for (index, (name, step)) in circuit.labels.iter().enumerate() {
        let runs = matches!(circuit.step(*step).kind, StepKind::Apply { invoke: true, .. });
        let known = before.contains(step) || needed(circuit, *step).contains(&id);
        let hidden = scope.param(name).is_some() || name == "return";
        if runs && !known && !hidden && context.observable(circuit, *step) {
            candidates.push((index, *step));
        }
    }
    let distance = |index: usize| {
        let at = scope.map().labels.get(index).map_or(place, |it| it.start());
        (at > place, u32::from(at).abs_diff(u32::from(place)))
    };
    candidates.sort_by_key(|it| distance(it.0));
    let function = top_function(call.syntax())?;
    let callee =
        call.callee().map(|it| super::context::short(context.slice(it.syntax().text_range())));
    let actions = candidates.into_iter().take(MOST).filter_map(|(index, _)| {
        let label = &circuit.labels.get(index)?.0;
        let edits = edits(context, &call, label)?;
        context.no_new_mistakes(&function, &edits).ok()?;
        let title = format!("Run `{}` after `{label}`", callee.as_deref()?);
        Some(CodeAction::new(&format!("order-after:{label}"), Kind::Rewrite, title, edits))
    });
    Some(actions.collect())
}

/// At the label of a step, the call that is its value.
fn step_call(context: &Context<'_>) -> Option<ast::CallExpr> {
    let token = context.token()?;
    let term = ast::LabelledTerm::cast(token.parent()?).filter(is_step)?;
    match term.value()? {
        Expr::Call(call) if term.label_token()? == token => call.callee().is_some().then_some(call),
        _ => None,
    }
}

/// The steps that a step needs, itself included.
fn needed(circuit: &Circuit, id: StepId) -> FxHashSet<StepId> {
    let mut seen = FxHashSet::from_iter([id]);
    let mut queue = vec![id];
    while let Some(id) = queue.pop() {
        circuit.for_each_operand(id, |operand| {
            if seen.insert(operand) {
                queue.push(operand);
            }
        });
    }
    seen
}

/// Adds the argument. Arguments without labels get the name that they go to first: the two do not mix.
fn edits(context: &Context<'_>, call: &ast::CallExpr, label: &str) -> Option<Vec<FileEdit>> {
    let list = call.arg_list()?;
    let terms: Vec<_> = list.terms().collect();
    let mut edits = Vec::new();
    if matches!(terms.first(), Some(ast::Term::Unlabelled(_))) {
        let name = callable(&context.source, &call.callee()?)?.monadic(context.db)?.name;
        for term in &terms {
            let start = term.value()?.syntax().text_range().start();
            edits.push(context.replace(TextRange::empty(start), format!("{name}: ")));
        }
    }
    let argument = format!("_after: {label}");
    let Some(last) = terms.last() else {
        let open = list.open_token()?.text_range().end();
        edits.push(context.replace(TextRange::empty(open), argument));
        return Some(edits);
    };
    let range = last.syntax().text_range();
    if starts_line(&context.text, range.start()) {
        let indent = indentation(&context.text, range.start());
        let end = line_end(last.syntax().last_token()?);
        let insert = format!("{}{indent}{argument}", context.newline);
        edits.push(context.replace(TextRange::empty(end), insert));
    } else {
        edits.push(context.replace(TextRange::empty(range.end()), format!(", {argument}")));
    }
    Some(edits)
}

/// The end of what belongs to a token on its line: separators and comments.
fn line_end(token: SyntaxToken) -> text_size::TextSize {
    let mut end = token.text_range().end();
    let mut next = token.next_token();
    while let Some(token) = next.filter(|it| {
        let kind = it.kind();
        kind != SyntaxKind::NEWLINE && (kind.is_trivia())
    }) {
        if token.kind() != SyntaxKind::WHITESPACE {
            end = token.text_range().end();
        }
        next = token.next_token();
    }
    end
}

//! Ways to mend what is wrong, as the checks that found it propose them.

use ko_queries::diagnostic::Severity;

use super::{CodeAction, Kind, context::Context};

/// The fixes of the problems that touch the place, errors first, those nearest to its start first. Several problems may
/// have one fix, such as straight quotes in the whole file: it is offered once.
pub(super) fn actions(context: &Context<'_>) -> Vec<CodeAction> {
    let all = crate::diagnostics(context.db, context.source.file.id(context.db));
    let at = context.range;
    let mut touching: Vec<_> = all
        .iter()
        .filter(|it| it.range.start() <= at.end() && at.start() <= it.range.end())
        .collect();
    touching.sort_by_key(|it| {
        let distance = u32::from(it.range.start()).abs_diff(u32::from(at.start()));
        (it.severity != Severity::Error, distance)
    });
    let mut actions: Vec<CodeAction> = Vec::new();
    for diagnostic in touching {
        for (rank, fix) in diagnostic.fixes.iter().enumerate() {
            if actions.iter().any(|it| it.edits.as_ref() == Some(&fix.edits)) {
                continue;
            }
            let id = format!("fix:{}:{}", diagnostic.code, fix.title);
            actions.push(CodeAction {
                snippet: fix.snippet.clone().filter(|_| fix.edits.len() == 1),
                diagnostic: Some(diagnostic.code),
                preferred: rank == 0,
                ..CodeAction::new(&id, Kind::QuickFix, fix.title.clone(), fix.edits.clone())
            });
        }
    }
    actions
}

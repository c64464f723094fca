//! Fixes.

use ko_ide::FileRange;
use ls_types::*;

use crate::lsp::{from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// Answers `textDocument/codeAction`.
///
/// # Errors
/// None of its own.
pub(crate) fn code_actions(
    snapshot: &Snapshot,
    params: &CodeActionParams,
) -> Result<Option<CodeActionResponse>, Failure> {
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else { return Ok(None) };
    if file.is_read_only() {
        return Ok(None);
    }
    let range = from_proto::text_range(file, params.range, snapshot.settings.encoding);
    let actions = ko_ide::code_actions(&snapshot.db, FileRange { file: file.id, range });
    let answers = actions.into_iter().filter_map(|action| {
        let wanted = params.context.only.as_deref().is_none_or(|only| {
            // A kind stands for all below it.
            let below = |kind: &str| {
                let rest = action.kind.strip_prefix(kind);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || kind.is_empty())
            };
            only.iter().any(|kind| below(kind.as_str()))
        });
        if !wanted {
            return None;
        }
        let mends = |diagnostic: &&Diagnostic| match (&diagnostic.code, action.diagnostic) {
            (Some(NumberOrString::String(code)), Some(mended)) => code == mended,
            _ => false,
        };
        let diagnostics: Vec<_> =
            params.context.diagnostics.iter().filter(mends).cloned().collect();
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: action.title,
            kind: Some(CodeActionKind::from(action.kind)),
            diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
            edit: Some(to_proto::workspace_edit(snapshot, &action.edits)),
            is_preferred: action.preferred.then_some(true),
            ..CodeAction::default()
        }))
    });
    Ok(Some(answers.collect()))
}

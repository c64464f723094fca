//! Fixes and rewritings: `textDocument/codeAction` and `codeAction/resolve`.

use ko_ide::{CodeAction as Action, CodeActionKind as Kind, FileEdit, FilePosition, FileRange};
use ls_types::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    line_index::LineIndex,
    lsp::{files::File, from_proto, newer, pool::Failure, snapshot::Snapshot, to_proto},
};

/// What the client gives back to have an action worked out.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Uri,
    range: Range,
    id: String,
    /// The version of the text that the action was offered for.
    version: Option<i32>,
}

/// Answers `textDocument/codeAction`. Actions for the whole file are worked out later if the client can ask for that; those
/// that are refused come with the reason if the client can show it.
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
    let at = FileRange { file: file.id, range };
    let wanted = |kind: Kind| {
        let only = params.context.only.as_deref();
        // What puts a whole file in order is not offered at every cursor.
        let whole = kind.is_below("source");
        only.map_or(
            !whole || params.context.trigger_kind != Some(CodeActionTriggerKind::AUTOMATIC),
            |only| only.iter().any(|it| kind.is_below(it.as_str())),
        )
    };
    let mut answers = Vec::new();
    for mut action in ko_ide::code_actions(&snapshot.db, at, &wanted) {
        if action.refused.is_some() && !snapshot.settings.disabled_actions {
            continue;
        }
        if action.edits.is_none() && !snapshot.settings.resolves_actions {
            match ko_ide::resolve_code_action(&snapshot.db, at, &action.id) {
                Some(resolved) => action = resolved,
                None => continue,
            }
        }
        let mends = |diagnostic: &&Diagnostic| match (&diagnostic.code, action.diagnostic) {
            (Some(NumberOrString::String(code)), Some(mended)) => code == mended,
            _ => false,
        };
        let diagnostics: Vec<_> =
            params.context.diagnostics.iter().filter(mends).cloned().collect();
        let lazy = action.edits.is_none();
        let mut answer = answer(snapshot, action);
        answer.diagnostics = (!diagnostics.is_empty()).then_some(diagnostics);
        if lazy {
            let uri = params.text_document.uri.clone();
            let id = answer.data.take().and_then(|it| it.as_str().map(str::to_owned));
            let data = id.map(|id| Data { uri, range: params.range, id, version: file.version });
            answer.data = data.and_then(|data| serde_json::to_value(data).ok());
        }
        answers.push(CodeActionOrCommand::CodeAction(answer));
    }
    Ok(Some(answers))
}

/// Answers `codeAction/resolve`.
///
/// # Errors
/// When the action is not one of ours, or its text has changed.
pub(crate) fn resolve(snapshot: &Snapshot, action: &CodeAction) -> Result<CodeAction, Failure> {
    let Some(data) = &action.data else { return Ok(action.clone()) };
    let data = Data::deserialize(data).map_err(|error| {
        Failure::Refused(format!("the data of the action is not what it was: {error}"))
    })?;
    let file = snapshot.files.by_uri(&data.uri).filter(|it| it.version == data.version);
    let found = file.and_then(|file| {
        let range = from_proto::text_range(file, data.range, snapshot.settings.encoding);
        ko_ide::resolve_code_action(&snapshot.db, FileRange { file: file.id, range }, &data.id)
    });
    let Some(found) = found else { return Err(Failure::Modified) };
    let edits = found.edits.as_deref().unwrap_or_default();
    Ok(CodeAction { edit: Some(to_proto::workspace_edit(snapshot, edits)), ..action.clone() })
}

/// The action in the words of the protocol; its id, of one that is to be worked out later, as data.
fn answer(snapshot: &Snapshot, action: Action) -> CodeAction {
    let rename = action.rename.filter(|_| action.refused.is_none() && snapshot.settings.renames);
    let command = rename.and_then(|at| {
        let (uri, position) = place(snapshot, at, action.edits.as_deref()?)?;
        Some(Command {
            title: "Choose the name".to_owned(),
            command: "ko.rename".to_owned(),
            arguments: Some(vec![json!(uri), json!(position)]),
        })
    });
    let edits = action.edits.as_deref().filter(|_| action.refused.is_none());
    CodeAction {
        title: action.title,
        kind: Some(CodeActionKind::from(action.kind.name())),
        edit: edits.map(|edits| match (&action.snippet, edits) {
            (Some(snippet), [edit]) if snapshot.settings.snippet_edits => {
                newer::snippet_edit(to_proto::workspace_edit(
                    snapshot,
                    &[FileEdit { insert: snippet.clone(), ..edit.clone() }],
                ))
            }
            _ => to_proto::workspace_edit(snapshot, edits),
        }),
        data: action.edits.is_none().then(|| action.id.into()),
        is_preferred: action.preferred.then_some(true),
        disabled: action.refused.map(|reason| CodeActionDisabled { reason }),
        command,
        ..CodeAction::default()
    }
}

/// A place in the text that edits make.
fn place(snapshot: &Snapshot, at: FilePosition, edits: &[FileEdit]) -> Option<(Uri, Position)> {
    let file: &File = snapshot.files.by_id(at.file)?;
    let mut text = file.text.to_string();
    for edit in edits.iter().rev().filter(|it| it.file == at.file) {
        let range = std::ops::Range::<usize>::from(edit.range);
        text.get(range.clone())?;
        text.replace_range(range, &edit.insert);
    }
    let position = LineIndex::new(&text).position(&text, at.offset, snapshot.settings.encoding);
    Some((file.uri.clone(), Position { line: position.line, character: position.col }))
}

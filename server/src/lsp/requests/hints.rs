//! `textDocument/inlayHint` and `inlayHint/resolve`.

use ko_ide::FileRange;
use ls_types::{
    InlayHint, InlayHintKind, InlayHintLabel, InlayHintLabelPart, InlayHintParams,
    InlayHintTooltip, Position, Uri,
};
use serde::{Deserialize, Serialize};

use super::pages;
use crate::lsp::{files::File, from_proto, markup, pool::Failure, snapshot::Snapshot, to_proto};

/// What comes back when a hint is resolved.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Uri,
    position: Position,
}

/// Answers `textDocument/inlayHint`. A client that asks again when somebody points at a hint gets the rest then.
///
/// # Errors
/// None of its own.
pub(crate) fn inlay_hints(
    snapshot: &Snapshot,
    params: &InlayHintParams,
) -> Result<Option<Vec<InlayHint>>, Failure> {
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else { return Ok(None) };
    let encoding = snapshot.settings.encoding;
    let range = from_proto::text_range(file, params.range, encoding);
    let settings = &snapshot.settings.hints;
    let at = FileRange { file: file.id, range };
    let hints = ko_ide::inlay_hints(&snapshot.db, at, settings.config);
    let hint = |it: ko_ide::InlayHint| {
        let part = |value: String| InlayHintLabelPart {
            value,
            tooltip: None,
            location: None,
            command: None,
        };
        let position = to_proto::position(file, it.offset, encoding);
        let data = Data { uri: file.uri.clone(), position };
        let mut hint = InlayHint {
            position,
            label: InlayHintLabel::LabelParts(vec![part(it.prefix.to_owned()), part(it.ty)]),
            kind: Some(InlayHintKind::TYPE),
            text_edits: None,
            tooltip: None,
            padding_left: None,
            padding_right: None,
            data: None,
        };
        match settings.lazy {
            true => hint.data = serde_json::to_value(data).ok(),
            false => add_details(snapshot, file, &mut hint),
        }
        hint
    };
    Ok(Some(hints.into_iter().map(hint).collect()))
}

/// Answers `inlayHint/resolve`: adds the type unfolded, and where it is described. A hint that is not ours, or not there
/// any more, comes back as it is.
///
/// # Errors
/// None of its own.
pub(crate) fn resolve(snapshot: &Snapshot, hint: &InlayHint) -> Result<InlayHint, Failure> {
    let mut hint = hint.clone();
    let data = hint.data.as_ref().and_then(|data| Data::deserialize(data).ok());
    if let Some(data) = data.filter(|it| it.position == hint.position)
        && let Some(file) = snapshot.files.by_uri(&data.uri)
    {
        add_details(snapshot, file, &mut hint);
    }
    Ok(hint)
}

fn add_details(snapshot: &Snapshot, file: &File, hint: &mut InlayHint) {
    let offset = from_proto::offset(file, hint.position, snapshot.settings.encoding);
    let details = ko_ide::inlay_hint_details(&snapshot.db, file.id, offset);
    let Some(details) = details else { return };
    let as_markdown = snapshot.settings.hover_markdown;
    let content = markup::content(details.tooltip, as_markdown);
    hint.tooltip = Some(InlayHintTooltip::MarkupContent(content));
    let place = details.place.and_then(|it| pages::location(snapshot, &it));
    if let InlayHintLabel::LabelParts(parts) = &mut hint.label
        && let Some(last) = parts.last_mut()
    {
        last.location = place;
    }
}

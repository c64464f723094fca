//! Where things are defined and used, and renaming.

use ko_ide::Target;
use ls_types::*;

use super::{cursor::place, pages};
use crate::lsp::{pool::Failure, snapshot::Snapshot, to_proto};

/// Answers `textDocument/definition`.
///
/// # Errors
/// None of its own.
pub(crate) fn definition(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    if let Some((_, page, offset)) = pages::place(snapshot, at) {
        let found = ko_ide::page_definition(&snapshot.db, &page, offset);
        return Ok(Some(targets(snapshot, found.as_slice())));
    }
    let Some((_, position)) = place(snapshot, at) else { return Ok(None) };
    Ok(Some(targets(snapshot, &ko_ide::goto_definition(&snapshot.db, position))))
}

/// Answers `textDocument/declaration`.
///
/// # Errors
/// None of its own.
pub(crate) fn declaration(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    let Some((_, position)) = place(snapshot, at) else { return definition(snapshot, at) };
    Ok(Some(targets(snapshot, &ko_ide::goto_declaration(&snapshot.db, position))))
}

/// Answers `textDocument/typeDefinition`.
///
/// # Errors
/// None of its own.
pub(crate) fn type_definition(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    if let Some((_, page, offset)) = pages::place(snapshot, at) {
        let found = ko_ide::page_type_definition(&snapshot.db, &page, offset);
        return Ok(Some(targets(snapshot, &found)));
    }
    let Some((_, position)) = place(snapshot, at) else { return Ok(None) };
    Ok(Some(targets(snapshot, &ko_ide::goto_type_definition(&snapshot.db, position))))
}

/// The places that the client can show.
fn targets(snapshot: &Snapshot, found: &[Target]) -> GotoDefinitionResponse {
    let places = found.iter().filter_map(|target| pages::location(snapshot, target));
    GotoDefinitionResponse::Array(places.collect())
}

/// Answers `textDocument/references`.
///
/// # Errors
/// None of its own.
pub(crate) fn references(
    snapshot: &Snapshot,
    params: &ReferenceParams,
) -> Result<Option<Vec<Location>>, Failure> {
    let at = &params.text_document_position;
    if let Some((_, page, offset)) = pages::place(snapshot, at) {
        let found = ko_ide::page_references(&snapshot.db, &page, offset);
        return Ok(Some(locations(snapshot, found)));
    }
    let Some((_, position)) = place(snapshot, at) else { return Ok(None) };
    let found = ko_ide::references(&snapshot.db, position, params.context.include_declaration);
    Ok(Some(locations(snapshot, found)))
}

fn locations(snapshot: &Snapshot, found: Vec<ko_ide::FileRange>) -> Vec<Location> {
    found.into_iter().filter_map(|at| to_proto::location(snapshot, at.file, at.range)).collect()
}

/// Answers `textDocument/documentHighlight`.
///
/// # Errors
/// None of its own.
pub(crate) fn highlights(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<Vec<DocumentHighlight>>, Failure> {
    let Some((file, position)) = place(snapshot, at) else { return Ok(None) };
    let found = ko_ide::document_highlights(&snapshot.db, position);
    let highlight = |it: ko_ide::Highlight| DocumentHighlight {
        range: to_proto::range(file, it.range, snapshot.settings.encoding),
        kind: Some(match it.definition {
            true => DocumentHighlightKind::WRITE,
            false => DocumentHighlightKind::READ,
        }),
    };
    Ok(Some(found.into_iter().map(highlight).collect()))
}

/// Answers `textDocument/prepareRename`.
///
/// # Errors
/// When the thing cannot be renamed, with the reason.
pub(crate) fn prepare_rename(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Failure> {
    let Some((file, position)) = place(snapshot, at) else { return Ok(None) };
    let (range, placeholder) = ko_ide::prepare_rename(&snapshot.db, position)
        .map_err(|error| Failure::Refused(error.0))?;
    let range = to_proto::range(file, range, snapshot.settings.encoding);
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }))
}

/// Answers `textDocument/rename`.
///
/// # Errors
/// When the thing cannot be renamed so, with the reason.
pub(crate) fn rename(
    snapshot: &Snapshot,
    params: &RenameParams,
) -> Result<Option<WorkspaceEdit>, Failure> {
    if snapshot.loading {
        let message = "files are still being read; try again in a moment";
        return Err(Failure::Refused(message.to_owned()));
    }
    let Some((_, position)) = place(snapshot, &params.text_document_position) else {
        return Ok(None);
    };
    let edits = ko_ide::rename(&snapshot.db, position, &params.new_name)
        .map_err(|error| Failure::Refused(error.0))?;
    Ok(Some(to_proto::workspace_edit(snapshot, &edits)))
}

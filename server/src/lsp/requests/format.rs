//! Formatting of documents, of ranges, and while typing. The options that clients send are not asked: Ko has one layout.

use ko_syntax::format;
use ls_types::*;

use crate::lsp::{files::File, from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// The characters after which [`on_type`] has something to say.
pub(crate) const TYPED: [&str; 4] = ["\n", "}", ")", "]"];

/// The file at an address, if it can be changed.
fn editable<'s>(snapshot: &'s Snapshot, uri: &Uri) -> Option<&'s File> {
    snapshot.files.by_uri(uri).map(|it| &**it).filter(|it| !it.is_read_only())
}

/// Answers `textDocument/formatting`.
///
/// # Errors
/// None of its own.
pub(crate) fn document(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<Vec<TextEdit>>, Failure> {
    let Some(file) = editable(snapshot, &document.uri) else { return Ok(None) };
    let formatted = format::format(&file.text, &format::FormatOptions::default());
    Ok(Some(edits(snapshot, file, formatted.edits)))
}

/// Answers `textDocument/rangeFormatting`.
///
/// # Errors
/// None of its own.
pub(crate) fn range(
    snapshot: &Snapshot,
    params: &DocumentRangeFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Failure> {
    let Some(file) = editable(snapshot, &params.text_document.uri) else { return Ok(None) };
    let range = from_proto::text_range(file, params.range, snapshot.settings.encoding);
    Ok(Some(edits(snapshot, file, format::format_range(&file.text, range))))
}

/// Answers `textDocument/onTypeFormatting`.
///
/// # Errors
/// None of its own.
pub(crate) fn on_type(
    snapshot: &Snapshot,
    params: &DocumentOnTypeFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Failure> {
    let at = &params.text_document_position;
    let Some(file) = snapshot.files.by_uri(&at.text_document.uri) else { return Ok(None) };
    let mut offset = from_proto::offset(file, at.position, snapshot.settings.encoding);
    let Some(typed) = params.ch.chars().next() else { return Ok(None) };
    if typed == '\n' {
        // The editor may have indented the new line already, and the cursor stands behind that.
        let line = &file.text[..usize::from(offset)];
        let line = line.trim_end_matches([' ', '\t']).len();
        offset = line.try_into().unwrap_or(offset);
    }
    Ok(Some(edits(snapshot, file, format::format_on_type(&file.text, offset, typed))))
}

fn edits(snapshot: &Snapshot, file: &File, edits: Vec<ko_syntax::TextEdit>) -> Vec<TextEdit> {
    let edit = |edit: ko_syntax::TextEdit| TextEdit {
        range: to_proto::range(file, edit.range, snapshot.settings.encoding),
        new_text: edit.insert,
    };
    edits.into_iter().map(edit).collect()
}

//! From our types to those of the protocol.

use ko_queries::diagnostic as data;
use ls_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, DocumentChanges,
    Location, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Position,
    PositionEncodingKind, Range, TextDocumentEdit, TextEdit, WorkspaceEdit,
};
use text_size::{TextRange, TextSize};

use super::{files::File, snapshot::Snapshot};
use crate::line_index::Encoding;

/// The name of a unit of columns.
pub(crate) fn encoding(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

/// The position of an offset.
pub(crate) fn position(file: &File, offset: TextSize, encoding: Encoding) -> Position {
    let position = file.position(offset, encoding);
    Position { line: position.line, character: position.col }
}

/// A range.
pub(crate) fn range(file: &File, range: TextRange, encoding: Encoding) -> Range {
    Range {
        start: position(file, range.start(), encoding),
        end: position(file, range.end(), encoding),
    }
}

/// A place in a file; nothing if the editor cannot open the file.
pub(crate) fn location(
    snapshot: &Snapshot,
    file: data::FileId,
    text_range: TextRange,
) -> Option<Location> {
    let file = snapshot.files.by_id(file)?;
    let range = range(file, text_range, snapshot.settings.encoding);
    Some(Location { uri: file.uri.clone(), range })
}

/// Changes of texts. Of files that no editor can open there are none.
pub(crate) fn workspace_edit(snapshot: &Snapshot, edits: &[data::FileEdit]) -> WorkspaceEdit {
    let encoding = snapshot.settings.encoding;
    let mut files: Vec<(&File, Vec<TextEdit>)> = Vec::new();
    for edit in edits {
        let Some(file) = snapshot.files.by_id(edit.file) else { continue };
        if file.is_read_only() {
            continue;
        }
        let edit =
            TextEdit { range: range(file, edit.range, encoding), new_text: edit.insert.clone() };
        match files.iter_mut().find(|(other, _)| other.id == file.id) {
            Some((_, edits)) => edits.push(edit),
            None => files.push((file, vec![edit])),
        }
    }
    if snapshot.settings.versioned_edits {
        let document = |(file, edits): (&File, Vec<TextEdit>)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                uri: file.uri.clone(),
                version: file.version,
            },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        };
        let edits = DocumentChanges::Edits(files.into_iter().map(document).collect());
        return WorkspaceEdit { document_changes: Some(edits), ..WorkspaceEdit::default() };
    }
    let changes = files.into_iter().map(|(file, edits)| (file.uri.clone(), edits)).collect();
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

/// A diagnostic.
pub(crate) fn diagnostic(
    snapshot: &Snapshot,
    file: &File,
    diagnostic: &data::Diagnostic,
) -> Diagnostic {
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .filter_map(|related| {
            let location = location(snapshot, related.file, related.range)?;
            Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
        })
        .collect();
    let range = range(file, diagnostic.range, snapshot.settings.encoding);
    Diagnostic {
        related_information: (!related.is_empty()).then_some(related),
        ..plain_diagnostic(range, diagnostic)
    }
}

fn tags(diagnostic: &data::Diagnostic) -> Option<Vec<DiagnosticTag>> {
    let unnecessary = diagnostic.unnecessary.then_some(DiagnosticTag::UNNECESSARY);
    let deprecated = diagnostic.deprecated.then_some(DiagnosticTag::DEPRECATED);
    let tags: Vec<_> = unnecessary.into_iter().chain(deprecated).collect();
    (!tags.is_empty()).then_some(tags)
}

/// A diagnostic without related places.
pub(crate) fn plain_diagnostic(range: Range, diagnostic: &data::Diagnostic) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(match diagnostic.severity {
            data::Severity::Error => DiagnosticSeverity::ERROR,
            data::Severity::Warning => DiagnosticSeverity::WARNING,
            data::Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(diagnostic.code.to_owned())),
        source: Some("ko".to_owned()),
        message: diagnostic.message.clone(),
        tags: tags(diagnostic),
        ..Diagnostic::default()
    }
}

//! Diagnostics of one file, sent or asked for.

use std::hash::{DefaultHasher, Hash, Hasher};

use ko_syntax::SyntaxErrorCode;
use ls_types::*;

use crate::lsp::{files::File, pool::Failure, snapshot::Snapshot, to_proto};

/// The diagnostics of a file, as the client gets them. While files are still being read, only those that no other file
/// can take away.
pub(crate) fn of_file(snapshot: &Snapshot, file: &File) -> Vec<Diagnostic> {
    let diagnostics = ko_queries::diagnostics::diagnostics(&snapshot.db, file.id);
    let is_syntax = |code| SyntaxErrorCode::ALL.iter().any(|error| error.code() == code);
    let shown = diagnostics.iter().filter(|it| !snapshot.loading || is_syntax(it.code));
    let mut shown: Vec<Diagnostic> =
        shown.map(|diagnostic| to_proto::diagnostic(snapshot, file, diagnostic)).collect();
    shown.extend(super::live::forbidden(snapshot, file));
    shown
}

/// Answers `textDocument/diagnostic`. A file that is not known has none.
///
/// # Errors
/// None; the type is that of all requests.
pub(crate) fn pull(
    snapshot: &Snapshot,
    params: &DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReportResult, Failure> {
    // Nobody could do anything about the hints on a document that is read only.
    let file = snapshot.files.by_uri(&params.text_document.uri).filter(|it| !it.is_read_only());
    let items = file.map(|file| of_file(snapshot, file)).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&items).unwrap_or_default().hash(&mut hasher);
    let result_id = format!("{:x}", hasher.finish());
    let report = if params.previous_result_id.as_deref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport {
                result_id: Some(result_id),
                items,
            },
        })
    };
    Ok(DocumentDiagnosticReportResult::Report(report))
}

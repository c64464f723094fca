//! `ko/text`: what the server believes a document to be.

use ls_types::TextDocumentIdentifier;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lsp::{pool::Failure, snapshot::Snapshot};

/// Parameters that name a document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
}

/// Answers `{text, version}`, or null for a document that the server does not know.
///
/// # Errors
/// When the parameters name no document.
pub(crate) fn text(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let params: Params = super::params(params)?;
    Ok(match snapshot.files.by_uri(&params.text_document.uri) {
        Some(file) => json!({"text": &*file.text, "version": file.version}),
        None => Value::Null,
    })
}

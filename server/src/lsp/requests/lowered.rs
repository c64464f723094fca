//! `ko/lowered`: the circuits of a document, as text to read.

use ls_types::{Range, TextDocumentIdentifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lsp::{pool::Failure, snapshot::Snapshot, to_proto};

/// Which document, and perhaps which function of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
    function: Option<String>,
}

/// Answers `{version, text, ranges}`, as `ko/syntaxTree` does: a line for each function and each of its steps in the order in
/// which they run, and for each line the place in the document. With `function`, only those of this name. Null for a
/// document that the server does not know.
///
/// # Errors
/// When the parameters name no document.
pub(crate) fn lowered(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let params: Params = super::params(params)?;
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else {
        return Ok(Value::Null);
    };
    let lines = ko_ide::lowered(&snapshot.db, file.id, params.function.as_deref());
    let mut text = String::new();
    let mut ranges: Vec<Range> = Vec::new();
    for line in lines.unwrap_or_default() {
        text += &line.text;
        text.push('\n');
        ranges.push(to_proto::range(file, line.range, snapshot.settings.encoding));
    }
    Ok(json!({"version": file.version.unwrap_or_default(), "text": text, "ranges": ranges}))
}

//! Documents that are in no file: the library, and the pages of builtins and of the schema.

use ko_ide::{PageId, Target};
use ls_types::*;
use serde::Deserialize;
use serde_json::{Value, json};
use text_size::TextSize;

use crate::lsp::{
    files::{File, is_virtual, page_file},
    from_proto,
    pool::Failure,
    snapshot::Snapshot,
    to_proto,
};

/// Parameters that name a document.
#[derive(Debug, Deserialize)]
struct Params {
    uri: Uri,
}

/// Answers `workspace/textDocumentContent` and `ko/virtualDocument`: `{text, languageId}`.
///
/// # Errors
/// When there is no such document.
pub(crate) fn content(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let Params { uri } = super::params(params)?;
    let file = is_virtual(&uri).then(|| snapshot.files.by_uri(&uri)).flatten();
    let text = match file {
        Some(file) => file.text.to_string(),
        None => match page(snapshot, &uri) {
            Some((file, _)) => file.text.to_string(),
            None => {
                let message = format!("there is no document at {}", uri.as_str());
                return Err(Failure::Refused(message));
            }
        },
    };
    Ok(json!({"text": text, "languageId": "ko"}))
}

/// The page at an address, with its text for positions in it; nothing if there is none.
pub(crate) fn page(snapshot: &Snapshot, uri: &Uri) -> Option<(File, PageId)> {
    if !is_virtual(uri) {
        return None;
    }
    let page = ko_ide::page_at(&snapshot.db, uri.as_str())?;
    let text = ko_ide::page_text(&snapshot.db, &page);
    Some((page_file(uri.clone(), text), page))
}

/// The page and the place on it that a request is about; nothing if it is about no page.
pub(crate) fn place(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Option<(File, PageId, TextSize)> {
    let (file, page) = page(snapshot, &at.text_document.uri)?;
    let offset = from_proto::offset(&file, at.position, snapshot.settings.encoding);
    Some((file, page, offset))
}

/// Where a target is; nothing if the client cannot show it.
pub(crate) fn location(snapshot: &Snapshot, target: &Target) -> Option<Location> {
    match target {
        Target::File(at) => to_proto::location(snapshot, at.file, at.range),
        Target::Page(..) if !snapshot.settings.virtual_documents => None,
        Target::Page(page, range) => {
            let uri: Uri = ko_ide::page_uri(&snapshot.db, page).parse().ok()?;
            let file = page_file(uri, ko_ide::page_text(&snapshot.db, page));
            let range = to_proto::range(&file, *range, snapshot.settings.encoding);
            Some(Location { uri: file.uri, range })
        }
    }
}

//! What can be followed in a document.

use ko_ide::{LinkTarget, Target};
use ls_types::*;
use text_size::TextRange;

use super::pages;
use crate::lsp::{files::File, pool::Failure, snapshot::Snapshot, to_proto};

/// Answers `textDocument/documentLink`: the packages of imports, addresses in comments, and the types on a page.
///
/// # Errors
/// None of its own.
pub(crate) fn links(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<Vec<DocumentLink>>, Failure> {
    let link = |file: &File, range: TextRange, target: Uri, tooltip: Option<String>| DocumentLink {
        range: to_proto::range(file, range, snapshot.settings.encoding),
        target: Some(target),
        tooltip,
        data: None,
    };
    if let Some((file, page)) = pages::page(snapshot, &document.uri) {
        let links =
            ko_ide::page_links(&snapshot.db, &page).into_iter().filter_map(|(range, page)| {
                let target = pages::location(snapshot, &Target::Page(page, TextRange::default()))?;
                Some(link(&file, range, target.uri, None))
            });
        return Ok(Some(links.collect()));
    }
    let Some(file) = snapshot.files.by_uri(&document.uri) else { return Ok(None) };
    let links = ko_ide::document_links(&snapshot.db, file.id).into_iter().filter_map(|it| {
        let (target, tooltip) = match &it.target {
            LinkTarget::Url(url) => (url.parse().ok()?, None),
            LinkTarget::Package(target) => {
                (pages::location(snapshot, target)?.uri, Some("Open the package".to_owned()))
            }
        };
        Some(link(file, it.range, target, tooltip))
    });
    Ok(Some(links.collect()))
}

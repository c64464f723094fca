//! Who calls whom: the call hierarchy.

use ko_ide::{Call, CallItem, FileRange, Target};
use ls_types::*;
use text_size::TextRange;

use super::{cursor, pages};
use crate::lsp::{files::File, pool::Failure, snapshot::Snapshot, to_proto};

/// Answers `textDocument/prepareCallHierarchy`.
///
/// # Errors
/// None of its own.
pub(crate) fn prepare(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<Vec<CallHierarchyItem>>, Failure> {
    let Some(target) = target(snapshot, at) else { return Ok(None) };
    let items = ko_ide::prepare_call_hierarchy(&snapshot.db, &target);
    let items: Vec<_> = items.into_iter().filter_map(|it| item(snapshot, it)).collect();
    Ok((!items.is_empty()).then_some(items))
}

/// Answers `callHierarchy/incomingCalls`.
///
/// # Errors
/// None of its own.
pub(crate) fn incoming(
    snapshot: &Snapshot,
    callee: &CallHierarchyItem,
) -> Result<Option<Vec<CallHierarchyIncomingCall>>, Failure> {
    let Some(target) = target_of(snapshot, callee) else { return Ok(None) };
    let calls = ko_ide::incoming_calls(&snapshot.db, &target).into_iter();
    let call = |call: Call| {
        let from_ranges = ranges(snapshot, &call.at);
        Some(CallHierarchyIncomingCall { from: item(snapshot, call.item)?, from_ranges })
    };
    Ok(Some(calls.filter_map(call).collect()))
}

/// Answers `callHierarchy/outgoingCalls`.
///
/// # Errors
/// None of its own.
pub(crate) fn outgoing(
    snapshot: &Snapshot,
    caller: &CallHierarchyItem,
) -> Result<Option<Vec<CallHierarchyOutgoingCall>>, Failure> {
    let Some(target) = target_of(snapshot, caller) else { return Ok(None) };
    let calls = ko_ide::outgoing_calls(&snapshot.db, &target).into_iter();
    let call = |call: Call| {
        let from_ranges = ranges(snapshot, &call.at);
        Some(CallHierarchyOutgoingCall { to: item(snapshot, call.item)?, from_ranges })
    };
    Ok(Some(calls.filter_map(call).collect()))
}

/// The place of a request, in a file or on a page.
fn target(snapshot: &Snapshot, at: &TextDocumentPositionParams) -> Option<Target> {
    if let Some((_, page, offset)) = pages::place(snapshot, at) {
        return Some(Target::Page(page, TextRange::empty(offset)));
    }
    let (_, position) = cursor::place(snapshot, at)?;
    let range = TextRange::empty(position.offset);
    Some(Target::File(FileRange { file: position.file, range }))
}

/// The place of the name of an item that the client gives back.
fn target_of(snapshot: &Snapshot, item: &CallHierarchyItem) -> Option<Target> {
    let text_document = TextDocumentIdentifier { uri: item.uri.clone() };
    let position = item.selection_range.start;
    target(snapshot, &TextDocumentPositionParams { text_document, position })
}

fn ranges(snapshot: &Snapshot, at: &[FileRange]) -> Vec<Range> {
    let range = |it: &FileRange| {
        let file = snapshot.files.by_id(it.file)?;
        Some(to_proto::range(file, it.range, snapshot.settings.encoding))
    };
    at.iter().filter_map(range).collect()
}

/// An item; nothing if the client cannot show where it is.
fn item(snapshot: &Snapshot, item: CallItem) -> Option<CallHierarchyItem> {
    let Location { uri, range: selection_range } = pages::location(snapshot, &item.target)?;
    let encoding = snapshot.settings.encoding;
    let range = match &item.target {
        Target::File(at) => {
            let file: &File = snapshot.files.by_id(at.file)?;
            to_proto::range(file, item.range, encoding)
        }
        Target::Page(..) => selection_range,
    };
    Some(CallHierarchyItem {
        name: item.name.to_string(),
        kind: if item.is_function { SymbolKind::FUNCTION } else { SymbolKind::METHOD },
        tags: None,
        detail: Some(item.detail),
        uri,
        range,
        selection_range,
        data: None,
    })
}

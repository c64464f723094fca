//! `textDocument/completion` and `completionItem/resolve`.
//!
//! The answers are types of this file: those of the framework lack what a list says once for all its items
//! (`CompletionList.itemDefaults` of LSP 3.17), which makes long lists a third of the size.

use ko_ide::{CompletionConfig, CompletionKind, NeededImport};
use ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, Documentation, InsertTextFormat,
    InsertTextMode, Range, TextDocumentPositionParams, TextEdit, Uri,
};
use serde::{Deserialize, Serialize};
use text_size::TextRange;

use super::cursor::place;
use crate::lsp::{
    files::File, markup, pool::Failure, settings::CompletionSettings, snapshot::Snapshot, to_proto,
};

/// A `CompletionList`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    is_incomplete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_defaults: Option<Defaults>,
    items: Vec<Item>,
}

/// What holds of all items that do not say otherwise.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Defaults {
    edit_range: EditRange,
}

/// What an item replaces.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum EditRange {
    /// The same, whether the editor inserts or replaces.
    One(Range),
    /// Up to the cursor, or the whole word.
    Two { insert: Range, replace: Range },
}

/// A `CompletionItem`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_details: Option<LabelDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<CompletionItemKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<Documentation>,
    sort_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insert_text_format: Option<InsertTextFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insert_text_mode: Option<InsertTextMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_edit: Option<ItemEdit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_edit_text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_text_edits: Vec<TextEdit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commit_characters: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<CompletionItemTag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
}

#[derive(Debug, Serialize)]
struct LabelDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// A `TextEdit` or an `InsertReplaceEdit`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemEdit {
    new_text: String,
    #[serde(flatten)]
    range: ItemRange,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ItemRange {
    One { range: Range },
    Two { insert: Range, replace: Range },
}

/// What comes back when an item is resolved.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    /// Whose documentation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// The import that is added, and to which file.
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<ImportData>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ImportData {
    uri: Uri,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

/// Answers `textDocument/completion`.
///
/// # Errors
/// None of its own.
pub(crate) fn completion(
    snapshot: &Snapshot,
    at: &TextDocumentPositionParams,
) -> Result<Option<List>, Failure> {
    let Some((file, position)) = place(snapshot, at) else { return Ok(None) };
    let settings = &snapshot.settings.completion;
    let config = CompletionConfig { snippets: settings.snippets, ..CompletionConfig::default() };
    let Some(list) = ko_ide::completion(&snapshot.db, position, config) else { return Ok(None) };
    let encoding = snapshot.settings.encoding;
    let replace = to_proto::range(file, list.range, encoding);
    let before = TextRange::new(list.range.start(), position.offset.max(list.range.start()));
    let insert = to_proto::range(file, before, encoding);
    let range = match settings.insert_replace && insert != replace {
        true => EditRange::Two { insert, replace },
        false => EditRange::One(replace),
    };
    let item = |it| item(snapshot, file, settings, &range, it);
    let items = list.items.into_iter().map(item).collect();
    let item_defaults = settings.range_once.then(|| Defaults { edit_range: range.clone() });
    Ok(Some(List { is_incomplete: list.incomplete, item_defaults, items }))
}

impl List {
    /// A list of nothing, where only the cluster has something to offer.
    pub(crate) fn empty() -> List {
        List { is_incomplete: false, item_defaults: None, items: Vec::new() }
    }

    /// Offers these texts, too, each with what is said beside it, in place of what stands at `range`. They come first: they
    /// are what is there.
    pub(crate) fn add(&mut self, range: Range, texts: Vec<(String, String)>) {
        let item = |(number, (text, detail)): (usize, (String, String))| Item {
            kind: Some(CompletionItemKind::VALUE),
            detail: (!detail.is_empty()).then_some(detail),
            sort_text: format!("!{number:04}"),
            text_edit: Some(ItemEdit { new_text: text.clone(), range: ItemRange::One { range } }),
            label: text,
            ..Item::default()
        };
        self.items.extend(texts.into_iter().enumerate().map(item));
    }

    /// Says that there is more, which another question may bring.
    pub(crate) fn more(&mut self) {
        self.is_incomplete = true;
    }
}

fn item(
    snapshot: &Snapshot,
    file: &File,
    settings: &CompletionSettings,
    range: &EditRange,
    item: ko_ide::CompletionItem,
) -> Item {
    let mut out = Item { kind: Some(kind(item.kind)), ..Item::default() };
    let proto = |edit: &ko_ide::TextEdit| TextEdit {
        range: to_proto::range(file, edit.range, snapshot.settings.encoding),
        new_text: edit.insert.clone(),
    };
    out.additional_text_edits = item.additional.iter().map(proto).collect();
    if !settings.lazy_edits
        && let Some(import) = &item.import
    {
        let edit = ko_ide::import_edit(&snapshot.db, file.id, import);
        out.additional_text_edits.extend(edit.as_ref().map(proto));
    }
    let import = item.import.filter(|_| settings.lazy_edits).map(|it| ImportData {
        uri: file.uri.clone(),
        path: it.path,
        alias: it.alias,
    });
    if item.data.is_some() || import.is_some() {
        out.data = Some(Data { of: item.data, import });
    }
    if item.snippet && settings.snippets {
        out.insert_text_format = Some(InsertTextFormat::SNIPPET);
        if settings.adjusts_indentation && item.insert.contains('\n') {
            out.insert_text_mode = Some(InsertTextMode::ADJUST_INDENTATION);
        }
    }
    if settings.range_once {
        out.text_edit_text = (item.insert != item.label).then_some(item.insert);
    } else {
        let range = match range {
            EditRange::One(range) => ItemRange::One { range: *range },
            EditRange::Two { insert, replace } => {
                ItemRange::Two { insert: *insert, replace: *replace }
            }
        };
        out.text_edit = Some(ItemEdit { new_text: item.insert, range });
    }
    if settings.label_details {
        let (detail, description) = (item.signature, item.description);
        if detail.is_some() || description.is_some() {
            out.label_details = Some(LabelDetails { detail, description });
        }
    } else {
        let parts: Vec<String> = item.signature.into_iter().chain(item.description).collect();
        out.detail = (!parts.is_empty()).then(|| parts.join("  "));
    }
    if item.commits_at_dot && settings.commit_characters {
        out.commit_characters = vec!["."];
    }
    if item.deprecated && settings.deprecated_tag {
        out.tags = vec![CompletionItemTag::DEPRECATED];
    }
    out.documentation = item.documentation.map(|it| markup::documentation(it, settings.markdown));
    out.label = item.label;
    out.sort_text = item.sort_text;
    out.filter_text = item.filter_text;
    out
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Argument | CompletionKind::Field => CompletionItemKind::FIELD,
        CompletionKind::Parameter | CompletionKind::Label => CompletionItemKind::VARIABLE,
        CompletionKind::Function | CompletionKind::Builtin => CompletionItemKind::FUNCTION,
        CompletionKind::Gate => CompletionItemKind::METHOD,
        CompletionKind::Module => CompletionItemKind::MODULE,
        // The kinds from here on came later; every client that sends a set of kinds has both.
        CompletionKind::EnumValue => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
    }
}

/// Answers `completionItem/resolve`: adds the documentation, and the import if the item needs one. An item that is not
/// ours comes back as it is.
///
/// # Errors
/// None of its own.
pub(crate) fn resolve(
    snapshot: &Snapshot,
    item: &CompletionItem,
) -> Result<CompletionItem, Failure> {
    let mut item = item.clone();
    let Some(Ok(data)) = item.data.as_ref().map(Data::deserialize) else { return Ok(item) };
    if let Some(of) = data.of.filter(|_| item.documentation.is_none()) {
        let markdown = ko_ide::resolve_completion(&snapshot.db, &of);
        let as_markdown = snapshot.settings.completion.markdown;
        item.documentation = markdown.map(|it| markup::documentation(it, as_markdown));
    }
    if let Some(import) = data.import.filter(|_| item.additional_text_edits.is_none())
        && let Some(file) = snapshot.files.by_uri(&import.uri)
    {
        let needed = NeededImport { path: import.path, alias: import.alias };
        let edit = ko_ide::import_edit(&snapshot.db, file.id, &needed);
        item.additional_text_edits = edit.map(|edit| {
            let range = to_proto::range(file, edit.range, snapshot.settings.encoding);
            vec![TextEdit { range, new_text: edit.insert }]
        });
    }
    Ok(item)
}

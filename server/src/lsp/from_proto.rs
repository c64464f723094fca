//! From the types of the protocol to ours.

use std::path::PathBuf;

use ls_types::{
    ClientCapabilities, CompletionClientCapabilities, CompletionItemTag, InitializeParams,
    InsertTextMode, MarkupKind, Position, PositionEncodingKind, Range, SemanticTokensFullOptions,
    SignatureHelpClientCapabilities, TextDocumentClientCapabilities,
    TextDocumentContentChangeEvent, WorkspaceFolder,
};
use serde_json::Value;
use text_size::{TextRange, TextSize};

use super::{
    files::{File, TextChange, path_of},
    run_settings::RunSettings,
    settings::{
        CompletionSettings, Features, FoldingSettings, HintSettings, Settings, SignatureSettings,
    },
};
use crate::line_index::{Encoding, LineCol};

/// A position.
pub(crate) fn line_col(position: Position) -> LineCol {
    LineCol { line: position.line, col: position.character }
}

/// The offset of a position, clamped to the file.
pub(crate) fn offset(file: &File, position: Position, encoding: Encoding) -> TextSize {
    file.offset(line_col(position), encoding)
}

/// The range in a file, clamped to it and put in order.
pub(crate) fn text_range(file: &File, range: Range, encoding: Encoding) -> TextRange {
    file.lines().range(&file.text, line_col(range.start), line_col(range.end), encoding)
}

/// The changes of `textDocument/didChange`.
pub(crate) fn changes(changes: Vec<TextDocumentContentChangeEvent>) -> Vec<TextChange> {
    let change = |change: TextDocumentContentChangeEvent| TextChange {
        range: change.range.map(|range| (line_col(range.start), line_col(range.end))),
        text: change.text,
    };
    changes.into_iter().map(change).collect()
}

/// The directories of folders; those that are on no disk are left out.
pub(crate) fn folders(folders: &[WorkspaceFolder]) -> Vec<PathBuf> {
    folders.iter().filter_map(|folder| path_of(&folder.uri)).collect()
}

/// What `initialize` says about the client.
pub(crate) fn settings(params: &InitializeParams) -> Settings {
    let capabilities = &params.capabilities;
    let workspace = capabilities.workspace.as_ref();
    let text = capabilities.text_document.as_ref();
    let options = params.initialization_options.as_ref();
    let wants = |name: &str| {
        let value = options.and_then(|options| options.get("ko")?.get(name));
        value.and_then(Value::as_bool).unwrap_or(false)
    };
    let (run, problems) = options.and_then(RunSettings::read).unwrap_or_default();
    let actions = text.and_then(|it| it.code_action.as_ref());
    let refreshes_diagnostics =
        workspace.and_then(|it| it.diagnostics.as_ref()?.refresh_support).unwrap_or(false);
    let asks_for_content = capabilities
        .experimental
        .as_ref()
        .is_some_and(|it| it.get(super::newer::CONTENT).is_some_and(Value::is_object));
    Settings {
        virtual_documents: asks_for_content || wants("virtualDocuments"),
        asks_for_content,
        encoding: encoding(capabilities),
        folders: roots(params),
        lenses: wants("lenses"),
        renames: wants("renames"),
        resolves_actions: actions
            .and_then(|it| it.resolve_support.as_ref())
            .is_some_and(|it| it.properties.iter().any(|it| it == "edit")),
        disabled_actions: actions.and_then(|it| it.disabled_support).unwrap_or(false),
        pulls_diagnostics: text.is_some_and(|it| it.diagnostic.is_some()) && refreshes_diagnostics,
        snippet_edits: capabilities
            .experimental
            .as_ref()
            .is_some_and(|it| it.get(super::newer::SNIPPETS) == Some(&Value::Bool(true))),
        versioned_edits: workspace
            .and_then(|it| it.workspace_edit.as_ref()?.document_changes)
            .unwrap_or(false),
        features: text.map(features).unwrap_or_default(),
        completion: completion(text.and_then(|it| it.completion.as_ref())),
        signature: signature(text.and_then(|it| it.signature_help.as_ref())),
        hints: HintSettings {
            config: options.and_then(HintSettings::read).unwrap_or_default(),
            lazy: text
                .and_then(|it| it.inlay_hint.as_ref()?.resolve_support.as_ref())
                .is_some_and(|it| it.properties.iter().any(|it| it == "tooltip")),
        },
        folding: text
            .and_then(|it| it.folding_range.as_ref())
            .map(|it| FoldingSettings {
                lines_only: it.line_folding_only.unwrap_or(false),
                limit: it.range_limit.and_then(|it| usize::try_from(it).ok()),
            })
            .unwrap_or_default(),
        references_lens: wants("references"),
        hover_markdown: has_markdown(
            text.and_then(|it| it.hover.as_ref()?.content_format.as_deref()),
        ),
        nested_symbols: text
            .and_then(|it| it.document_symbol.as_ref()?.hierarchical_document_symbol_support)
            .unwrap_or(false),
        watches_files: workspace
            .and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration)
            .unwrap_or(false),
        refreshes_hints: workspace
            .and_then(|it| it.inlay_hint.as_ref()?.refresh_support)
            .unwrap_or(false),
        refreshes_lenses: workspace
            .and_then(|it| it.code_lens.as_ref()?.refresh_support)
            .unwrap_or(false),
        run,
        problems,
        token_deltas: text
            .and_then(|it| it.semantic_tokens.as_ref()?.requests.full.as_ref())
            .is_some_and(|it| matches!(it, SemanticTokensFullOptions::Delta { delta: Some(true) })),
        refreshes_tokens: workspace
            .and_then(|it| it.semantic_tokens.as_ref()?.refresh_support)
            .unwrap_or(false),
        resolves_symbols: workspace
            .and_then(|it| it.symbol.as_ref()?.resolve_support.as_ref())
            .is_some_and(|it| it.properties.iter().any(|it| it == "location.range")),
        parent: params.process_id,
    }
}

/// Whether one of the formats is Markdown. A client that names none gets it: it shows what it is sent.
fn has_markdown(formats: Option<&[MarkupKind]>) -> bool {
    formats.is_none_or(|it| it.contains(&MarkupKind::Markdown))
}

fn features(text: &TextDocumentClientCapabilities) -> Features {
    Features {
        hover: text.hover.is_some(),
        completion: text.completion.is_some(),
        signature_help: text.signature_help.is_some(),
        inlay_hints: text.inlay_hint.is_some(),
        code_lenses: text.code_lens.is_some(),
        folding: text.folding_range.is_some(),
        selection_ranges: text.selection_range.is_some(),
    }
}

fn completion(client: Option<&CompletionClientCapabilities>) -> CompletionSettings {
    let item = client.and_then(|it| it.completion_item.as_ref());
    let list = client.and_then(|it| it.completion_list.as_ref()?.item_defaults.as_deref());
    let lazy = item.and_then(|it| it.resolve_support.as_ref()).map(|it| it.properties.as_slice());
    let modes = item.and_then(|it| it.insert_text_mode_support.as_ref());
    let tags = item.and_then(|it| it.tag_support.as_ref());
    CompletionSettings {
        snippets: item.and_then(|it| it.snippet_support).unwrap_or(false),
        label_details: item.and_then(|it| it.label_details_support).unwrap_or(false),
        range_once: list.is_some_and(|it| it.iter().any(|it| it == "editRange")),
        insert_replace: item.and_then(|it| it.insert_replace_support).unwrap_or(false),
        lazy_edits: lazy.is_some_and(|it| it.iter().any(|it| it == "additionalTextEdits")),
        commit_characters: item.and_then(|it| it.commit_characters_support).unwrap_or(false),
        deprecated_tag: tags
            .is_some_and(|it| it.value_set.contains(&CompletionItemTag::DEPRECATED)),
        adjusts_indentation: modes
            .is_some_and(|it| it.value_set.contains(&InsertTextMode::ADJUST_INDENTATION)),
        markdown: has_markdown(item.and_then(|it| it.documentation_format.as_deref())),
    }
}

fn signature(client: Option<&SignatureHelpClientCapabilities>) -> SignatureSettings {
    let signature = client.and_then(|it| it.signature_information.as_ref());
    let offsets = signature
        .and_then(|it| it.parameter_information.as_ref()?.label_offset_support)
        .unwrap_or(false);
    SignatureSettings {
        offsets,
        own_active: signature.and_then(|it| it.active_parameter_support).unwrap_or(false),
        markdown: has_markdown(signature.and_then(|it| it.documentation_format.as_deref())),
    }
}

/// The unit of columns: UTF-8, which costs nothing here, if the client has it; else UTF-32; else UTF-16, which it must.
fn encoding(capabilities: &ClientCapabilities) -> Encoding {
    let general = capabilities.general.as_ref();
    let offered = general.and_then(|it| it.position_encodings.as_deref()).unwrap_or_default();
    if offered.contains(&PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offered.contains(&PositionEncodingKind::UTF32) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

/// The folders of the workspace, or the one folder that older clients name.
#[expect(deprecated, reason = "some clients send nothing but `rootUri`")]
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders {
        Some(given) if !given.is_empty() => folders(given),
        _ => params.root_uri.as_ref().and_then(path_of).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings_of(params: Value) -> Settings {
        settings(&serde_json::from_value(params).unwrap())
    }

    #[test]
    fn the_unit_of_columns_is_negotiated() {
        let encoding = |offered: Value| {
            settings_of(json!({"capabilities": {"general": {"positionEncodings": offered}}}))
                .encoding
        };
        assert_eq!(encoding(json!(["utf-16", "utf-8"])), Encoding::Utf8);
        assert_eq!(encoding(json!(["utf-32", "utf-16"])), Encoding::Utf32);
        assert_eq!(encoding(json!(["utf-16"])), Encoding::Utf16);
        assert_eq!(settings_of(json!({"capabilities": {}})).encoding, Encoding::Utf16);
    }

    #[test]
    fn folders_and_wishes_are_read() {
        let settings = settings_of(json!({
            "capabilities": {"textDocument": {"diagnostic": {}}},
            "rootUri": "file:///r",
            "workspaceFolders": [{"uri": "file:///w%20x", "name": "w"}],
            "initializationOptions": {"ko": {"lenses": true}},
        }));
        assert_eq!(settings.folders, [PathBuf::from("/w x")]);
        assert!(settings.lenses);
        assert!(!settings.pulls_diagnostics, "such a client cannot be told to ask again");
        let settings = settings_of(json!({"capabilities": {}, "rootUri": "file:///r"}));
        assert_eq!(settings.folders, [PathBuf::from("/r")]);
    }
}

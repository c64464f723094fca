//! What the server says it can do.

use ls_types::*;

use super::{
    requests::{format, tokens},
    settings::Settings,
    to_proto,
};

/// The answer to `initialize`.
pub(crate) fn initialize_result(settings: &Settings) -> InitializeResult {
    let features = settings.features;
    let capabilities = ServerCapabilities {
        position_encoding: Some(to_proto::encoding(settings.encoding)),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: features.hover.then_some(HoverProviderCapability::Simple(true)),
        completion_provider: features.completion.then(|| CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some(["(", "[", ".", "\"", "/"].map(str::to_owned).into()),
            completion_item: settings
                .completion
                .label_details
                .then_some(CompletionOptionsCompletionItem { label_details_support: Some(true) }),
            ..CompletionOptions::default()
        }),
        signature_help_provider: features.signature_help.then(|| SignatureHelpOptions {
            trigger_characters: Some(["(", "[", ","].map(str::to_owned).into()),
            retrigger_characters: Some(vec![":".to_owned()]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Right(WorkspaceSymbolOptions {
            resolve_provider: Some(settings.resolves_symbols),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: features
            .folding
            .then_some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: features
            .selection_ranges
            .then_some(SelectionRangeProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: format::TYPED[0].to_owned(),
            more_trigger_character: Some(
                format::TYPED[1..].iter().map(|&c| c.to_owned()).collect(),
            ),
        }),
        inlay_hint_provider: features.inlay_hints.then(|| {
            OneOf::Right(InlayHintServerCapabilities::Options(InlayHintOptions {
                work_done_progress_options: WorkDoneProgressOptions::default(),
                resolve_provider: Some(settings.hints.lazy),
            }))
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(
                ko_ide::CodeActionKind::ALL.iter().map(|it| it.name().into()).collect(),
            ),
            resolve_provider: settings.resolves_actions.then_some(true),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: (features.code_lenses && (settings.lenses || settings.references_lens))
            .then_some(CodeLensOptions { resolve_provider: Some(settings.references_lens) }),
        // Whoever has commands of its own has those for clusters, too, and asks for consent.
        execute_command_provider: (!settings.lenses).then(|| ExecuteCommandOptions {
            commands: super::clusters::COMMANDS.map(str::to_owned).into(),
            ..ExecuteCommandOptions::default()
        }),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                range: Some(true),
                full: Some(match settings.token_deltas {
                    true => SemanticTokensFullOptions::Delta { delta: Some(true) },
                    false => SemanticTokensFullOptions::Bool(true),
                }),
                ..SemanticTokensOptions::default()
            },
        )),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        diagnostic_provider: settings.pulls_diagnostics.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("ko".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: false,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        experimental: settings
            .asks_for_content
            .then(|| serde_json::json!({super::newer::CONTENT: {"schemes": ko_ide::SCHEMES}})),
        ..ServerCapabilities::default()
    };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    let server_info = Some(ServerInfo { name: "ko".to_owned(), version });
    InitializeResult { capabilities, server_info, offset_encoding: None }
}

/// Asks the client to tell us when files of Ko source change on the disk.
pub(crate) fn watch_files() -> Registration {
    Registration {
        id: "ko-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(serde_json::json!({
            "watchers": [{"globPattern": "**/*.ko"}, {"globPattern": "**/ko.toml"}],
        })),
    }
}

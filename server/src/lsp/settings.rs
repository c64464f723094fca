//! What the client says about itself when it starts the server, reduced to what decides something here.

use std::path::PathBuf;

use super::run_settings::RunSettings;
use crate::line_index::Encoding;

/// What the client can do and wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The unit of columns.
    pub(crate) encoding: Encoding,
    /// The folders that it has open.
    pub(crate) folders: Vec<PathBuf>,
    /// Whether it has the commands that our code lenses call (`initializationOptions: {"ko": {"lenses": true}}`).
    pub(crate) lenses: bool,
    /// Whether it has the command `ko.rename`, which lets the user choose a new name
    /// (`initializationOptions: {"ko": {"renames": true}}`).
    pub(crate) renames: bool,
    /// Whether it asks for the edits of code actions later.
    pub(crate) resolves_actions: bool,
    /// Whether it shows code actions that cannot be done, with the reason.
    pub(crate) disabled_actions: bool,
    /// Whether it asks for diagnostics by itself, and again when it is told to. Otherwise they are sent to it.
    pub(crate) pulls_diagnostics: bool,
    /// Whether edits may name the version that they are for.
    pub(crate) versioned_edits: bool,
    /// Whether edits may have places to fill in.
    pub(crate) snippet_edits: bool,
    /// Which of the features for one place or document it has.
    pub(crate) features: Features,
    /// How it takes completions.
    pub(crate) completion: CompletionSettings,
    /// How it takes help on calls.
    pub(crate) signature: SignatureSettings,
    /// Which hints it wants between the characters, and how it takes them.
    pub(crate) hints: HintSettings,
    /// How it folds.
    pub(crate) folding: FoldingSettings,
    /// Whether it has the command of the lens that counts the uses of a function (`initializationOptions: {"ko":
    /// {"references": true}}`).
    pub(crate) references_lens: bool,
    /// Whether it shows Markdown at the pointer.
    pub(crate) hover_markdown: bool,
    /// Whether outlines may have levels.
    pub(crate) nested_symbols: bool,
    /// Whether it watches files for us when asked to.
    pub(crate) watches_files: bool,
    /// Whether it asks for inlay hints again when told to.
    pub(crate) refreshes_hints: bool,
    /// Whether it asks for code lenses again when told to.
    pub(crate) refreshes_lenses: bool,
    /// What runs may do and use up.
    pub(crate) run: RunSettings,
    /// What is wrong with what the client has set, in words for the user.
    pub(crate) problems: Vec<String>,
    /// Whether it can show documents that are in no file, such as those of the library: it has
    /// `workspace/textDocumentContent`, or asks for them with `ko/virtualDocument`
    /// (`initializationOptions: {"ko": {"virtualDocuments": true}}`).
    pub(crate) virtual_documents: bool,
    /// Whether it has `workspace/textDocumentContent`.
    pub(crate) asks_for_content: bool,
    /// Whether it can take the difference to the semantic tokens that it has.
    pub(crate) token_deltas: bool,
    /// Whether it asks for semantic tokens again when told to.
    pub(crate) refreshes_tokens: bool,
    /// Whether it asks for the places of the functions of the workspace when somebody goes there.
    pub(crate) resolves_symbols: bool,
    /// The process that ends with us, if it says so.
    pub(crate) parent: Option<u32>,
}

/// The features that the client has; what it has not is not offered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Features {
    /// `textDocument/hover`.
    pub(crate) hover: bool,
    /// `textDocument/completion`.
    pub(crate) completion: bool,
    /// `textDocument/signatureHelp`.
    pub(crate) signature_help: bool,
    /// `textDocument/inlayHint`.
    pub(crate) inlay_hints: bool,
    /// `textDocument/codeLens`.
    pub(crate) code_lenses: bool,
    /// `textDocument/foldingRange`.
    pub(crate) folding: bool,
    /// `textDocument/selectionRange`.
    pub(crate) selection_ranges: bool,
}

/// How the client takes completions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CompletionSettings {
    /// Whether insertions may have places to fill in.
    pub(crate) snippets: bool,
    /// Whether signatures and types are shown beside labels.
    pub(crate) label_details: bool,
    /// Whether a list may say once what all its items replace.
    pub(crate) range_once: bool,
    /// Whether the client chooses between inserting before the rest of a word and replacing the word.
    pub(crate) insert_replace: bool,
    /// Whether imports may be found when an item is chosen.
    pub(crate) lazy_edits: bool,
    /// Whether items may name characters that accept them.
    pub(crate) commit_characters: bool,
    /// Whether items can be marked as those that should no longer be used.
    pub(crate) deprecated_tag: bool,
    /// Whether the client can indent several lines as the place needs it.
    pub(crate) adjusts_indentation: bool,
    /// Whether documentation may be Markdown.
    pub(crate) markdown: bool,
}

/// How the client takes help on calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SignatureSettings {
    /// Whether parameters may be places in the signature.
    pub(crate) offsets: bool,
    /// Whether each signature may have an active parameter of its own.
    pub(crate) own_active: bool,
    /// Whether documentation may be Markdown.
    pub(crate) markdown: bool,
}

/// Hints between the characters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HintSettings {
    /// Which ones, as the user has set it (`ko.inlayHints`).
    pub(crate) config: ko_ide::InlayHintConfig,
    /// Whether tooltips and places are asked for when somebody points at a hint.
    pub(crate) lazy: bool,
}

impl HintSettings {
    /// The user's part of `{"ko": {"inlayHints": {"steps": true, "parameters": true, "maxLength": 32}}}`; what is missing
    /// or of another type stays as it is by default. Nothing if there is no such part.
    pub(crate) fn read(settings: &serde_json::Value) -> Option<ko_ide::InlayHintConfig> {
        let given = settings.get("ko")?.get("inlayHints")?.as_object()?;
        let default = ko_ide::InlayHintConfig::default();
        let flag = |name: &str| given.get(name).and_then(serde_json::Value::as_bool);
        let length = given.get("maxLength").and_then(serde_json::Value::as_u64);
        Some(ko_ide::InlayHintConfig {
            steps: flag("steps").unwrap_or(default.steps),
            parameters: flag("parameters").unwrap_or(default.parameters),
            max_length: length
                .and_then(|it| usize::try_from(it).ok())
                .map_or(default.max_length, |it| it.clamp(4, 200)),
        })
    }
}

/// How the client folds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FoldingSettings {
    /// Whether it folds whole lines only.
    pub(crate) lines_only: bool,
    /// How many folds it wants at most.
    pub(crate) limit: Option<usize>,
}

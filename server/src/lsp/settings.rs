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
    /// Whether insertions may have places to fill in.
    pub(crate) snippets: bool,
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

//! Editor features as pure functions over the queries.
//!
//! Every feature is one function from the database and a place to plain data, without any protocol's types, and one
//! module; its tests stand beside it. Nothing here reads files, waits or remembers. All features work on broken text
//! and say nothing rather than something wrong.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod call_hierarchy;
mod callable;
mod code_actions;
mod code_lenses;
mod completion;
mod declaration;
mod document_links;
mod effects;
mod expected;
#[cfg(test)]
mod fixture;
mod folding;
pub mod graph;
mod hover;
mod inlay_hints;
mod live;
mod lowered;
mod navigation;
mod pages;
mod rename;
mod selection;
mod semantic_tokens;
mod signature_help;
mod source;
mod symbol;
mod symbols;
mod type_definition;
mod typing;

use std::sync::Arc;

pub use ko_queries::{
    RootDatabase,
    circuit::{FunctionKey, StepId},
    diagnostic::{Diagnostic, FileEdit, FileId},
};
use text_size::{TextRange, TextSize};

pub use crate::{
    call_hierarchy::{Call, CallItem, incoming_calls, outgoing_calls, prepare_call_hierarchy},
    code_actions::{CodeAction, Kind as CodeActionKind, code_actions, resolve_code_action},
    code_lenses::{CodeLens, code_lenses, count_references},
    completion::{
        CompletionConfig, CompletionItem, CompletionKind, CompletionList, NeededImport, TextEdit,
        completion, import_edit, resolve_completion,
    },
    declaration::goto_declaration,
    document_links::{DocumentLink, LinkTarget, document_links},
    effects::effect_of_function,
    folding::{FoldingKind, FoldingRange, folding_ranges, selection_ranges},
    graph::node_of_step,
    hover::{Hover, hover},
    inlay_hints::{InlayHint, InlayHintConfig, InlayHintDetails, inlay_hint_details, inlay_hints},
    live::{LiveCall, LiveSite, LiveText, live_calls, live_site},
    lowered::{LoweredLine, lowered},
    navigation::{Highlight, document_highlights, goto_definition, references},
    pages::{
        LibraryFile, PageId, SCHEMES, Target, library_files, page_at, page_definition, page_hover,
        page_links, page_references, page_symbols, page_text, page_tokens, page_uri,
    },
    rename::{RenameError, prepare_rename, rename},
    selection::{NeededArgument, Selection, needed_arguments, selection},
    semantic_tokens::{SemanticToken, TokenModifiers, TokenType, semantic_tokens},
    signature_help::{SignatureHelp, SignatureParameter, signature_help},
    symbols::{
        DocumentSymbol, SymbolKind, WorkspaceSymbol, document_symbols, resolve_workspace_symbol,
        workspace_symbols,
    },
    type_definition::{goto_type_definition, page_type_definition},
};

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FilePosition {
    /// The file.
    pub file: FileId,
    /// How many bytes of its text stand before the place.
    pub offset: TextSize,
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileRange {
    /// The file.
    pub file: FileId,
    /// The characters.
    pub range: TextRange,
}

/// Everything that is wrong with a file, in the order of the text.
pub fn diagnostics(db: &RootDatabase, file: FileId) -> Arc<[Diagnostic]> {
    ko_queries::diagnostics(db, file)
}

/// The graph of the function of this name in a file, laid out. Of several functions of the name the first. None if the
/// file has no such function. Inline functions have graphs of their own.
pub fn graph(db: &RootDatabase, file: FileId, function: &str) -> Option<graph::Graph> {
    graph_view(db, file, function, &graph::View::all())
}

/// As [`graph()`], with as much of a large graph as `view` says.
pub fn graph_view(
    db: &RootDatabase,
    file: FileId,
    function: &str,
    view: &graph::View,
) -> Option<graph::Graph> {
    let source = source::Source::new(db, file)?;
    let scope = source.scope_named(function)?;
    let text = db.text(file)?;
    let schema = db.schema();
    let mut effects = effects::Effects::new(db);
    let known: rustc_hash::FxHashMap<FunctionKey, Option<ko_schema::Effect>> =
        scope.circuit().callees().map(|key| (key.clone(), effects.of(key))).collect();
    let around = graph::Surroundings {
        text: &text,
        schema: &schema,
        builtin_name: &|id| id.name().to_owned(),
        effect_of: &|key| known.get(key).copied().flatten(),
    };
    Some(graph::build(scope.circuit(), scope.map(), &around, view))
}

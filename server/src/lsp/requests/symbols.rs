//! The functions of the workspace, by name.

use ls_types::*;
use serde::{Deserialize, Serialize};

use crate::lsp::{pool::Failure, snapshot::Snapshot, to_proto};

/// What the client gives back when it wants to know where in its file a function stands.
#[derive(Debug, Serialize, Deserialize)]
struct Which {
    name: String,
    nth: u32,
}

/// Answers `workspace/symbol`. A client that can ask later is told the files alone.
///
/// # Errors
/// None of its own.
pub(crate) fn search(
    snapshot: &Snapshot,
    query: &str,
) -> Result<Option<WorkspaceSymbolResponse>, Failure> {
    let found = ko_ide::workspace_symbols(&snapshot.db, query).into_iter().filter_map(|symbol| {
        let which = Which { name: symbol.name.clone(), nth: symbol.nth };
        let (location, data) = if snapshot.settings.resolves_symbols {
            let uri = snapshot.files.by_id(symbol.file)?.uri.clone();
            (OneOf::Right(WorkspaceLocation { uri }), serde_json::to_value(which).ok())
        } else {
            (OneOf::Left(location(snapshot, symbol.file, &which)?), None)
        };
        Some(WorkspaceSymbol {
            name: symbol.name,
            kind: SymbolKind::FUNCTION,
            tags: None,
            container_name: Some(symbol.package),
            location,
            data,
        })
    });
    Ok(Some(WorkspaceSymbolResponse::Nested(found.collect())))
}

fn location(snapshot: &Snapshot, file: ko_ide::FileId, which: &Which) -> Option<Location> {
    let at = ko_ide::resolve_workspace_symbol(&snapshot.db, file, &which.name, which.nth)?;
    to_proto::location(snapshot, at.file, at.range)
}

/// Answers `workspaceSymbol/resolve`: says where in its file the function stands.
///
/// # Errors
/// When the symbol is none of ours, or the function is gone.
pub(crate) fn resolve(
    snapshot: &Snapshot,
    symbol: &WorkspaceSymbol,
) -> Result<WorkspaceSymbol, Failure> {
    let OneOf::Right(place) = &symbol.location else { return Ok(symbol.clone()) };
    let data = symbol.data.clone().unwrap_or_default();
    let which: Which = super::params(&data)?;
    let found = snapshot.files.by_uri(&place.uri).and_then(|it| location(snapshot, it.id, &which));
    let Some(location) = found else {
        let message = format!("{} is not in {} any more", which.name, place.uri.as_str());
        return Err(Failure::Refused(message));
    };
    Ok(WorkspaceSymbol { location: OneOf::Left(location), ..symbol.clone() })
}

//! `textDocument/codeLens` and `codeLens/resolve`: buttons of functions, for a client that has the commands.

use ko_ide::FilePosition;
use ls_types::{CodeLens, Command, Position, TextDocumentIdentifier, Uri};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::lsp::{from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// What comes back when a lens is resolved: the function whose uses are counted.
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Uri,
    position: Position,
}

/// Answers `textDocument/codeLens`.
///
/// # Errors
/// None of its own.
pub(crate) fn lenses(
    snapshot: &Snapshot,
    document: &TextDocumentIdentifier,
) -> Result<Option<Vec<CodeLens>>, Failure> {
    let Some(file) = snapshot.files.by_uri(&document.uri) else { return Ok(None) };
    let settings = &snapshot.settings;
    let mut lenses = Vec::new();
    for lens in ko_ide::code_lenses(&snapshot.db, file.id) {
        let range = to_proto::range(file, lens.range, settings.encoding);
        let button = |title: &str, command: &str| CodeLens {
            range,
            command: Some(Command {
                title: title.to_owned(),
                command: command.to_owned(),
                arguments: Some(vec![json!(file.uri), json!(lens.function)]),
            }),
            data: None,
        };
        if settings.lenses {
            if !lens.broken {
                let title =
                    if lens.test { "▶ Run test in sandbox" } else { "▶ Run in sandbox" };
                lenses.push(button(title, "ko.runInSandbox"));
            }
            lenses.push(button("Show graph", "ko.showGraph"));
        }
        // Nobody calls a test.
        if settings.references_lens && !lens.test {
            let data = Data { uri: file.uri.clone(), position: range.start };
            lenses.push(CodeLens { range, command: None, data: serde_json::to_value(data).ok() });
        }
    }
    Ok(Some(lenses))
}

/// Answers `codeLens/resolve`: counts the uses of the function. A lens that is not ours comes back as it is.
///
/// # Errors
/// None of its own.
pub(crate) fn resolve(snapshot: &Snapshot, lens: &CodeLens) -> Result<CodeLens, Failure> {
    let mut lens = lens.clone();
    let data = lens.data.as_ref().and_then(|data| Data::deserialize(data).ok());
    let Some(data) = data.filter(|_| lens.command.is_none()) else { return Ok(lens) };
    let Some(file) = snapshot.files.by_uri(&data.uri) else { return Ok(lens) };
    let offset = from_proto::offset(file, data.position, snapshot.settings.encoding);
    let position = FilePosition { file: file.id, offset };
    let found = ko_ide::count_references(&snapshot.db, position);
    let places: Vec<_> =
        found.iter().filter_map(|it| to_proto::location(snapshot, it.file, it.range)).collect();
    let title = match places.len() {
        1 => "1 reference".to_owned(),
        count => format!("{count} references"),
    };
    lens.command = Some(Command {
        title,
        command: "ko.showReferences".to_owned(),
        arguments: Some(vec![json!(data.uri), json!(data.position), json!(places)]),
    });
    Ok(lens)
}

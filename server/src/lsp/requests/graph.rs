//! `ko/graph` and `ko/graphText`: the graph of a function.

use ko_ide::graph::{Graph, View};
use ls_types::{Position, TextDocumentIdentifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lsp::{files::File, from_proto, pool::Failure, snapshot::Snapshot, to_proto};

/// Which function: by name, or the one around a position.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
    function: Option<String>,
    position: Option<Position>,
    /// Nodes of a large graph whose folded calls are wanted, by id.
    #[serde(default)]
    expand: Vec<String>,
    /// How far from its ends a large graph is wanted.
    depth: Option<usize>,
}

/// Finds the file and draws the function; nothing if there is no such one.
fn find<'s>(snapshot: &'s Snapshot, params: &Value) -> Result<Option<(&'s File, Graph)>, Failure> {
    let params: Params = super::params(params)?;
    let Some(file) = snapshot.files.by_uri(&params.text_document.uri) else { return Ok(None) };
    let name = match (params.function, params.position) {
        (Some(name), _) => name,
        (None, Some(position)) => {
            let offset = from_proto::offset(file, position, snapshot.settings.encoding);
            let source = ko_syntax::parse(&file.text).source_file();
            match super::functions::named_function_at(&source, offset) {
                Some((name, _)) => name,
                None => return Ok(None),
            }
        }
        (None, None) => {
            let message = "either `function` or `position` must say which function is meant";
            return Err(Failure::Refused(message.to_owned()));
        }
    };
    let view = View { depth: params.depth, expand: params.expand.into_iter().collect() };
    let graph = ko_ide::graph_view(&snapshot.db, file.id, &name, &view);
    Ok(graph.map(|graph| (&**file, graph)))
}

/// Answers `ko/graph`: nodes and lines with their places, for the client to draw.
///
/// # Errors
/// When the parameters say no function.
pub(crate) fn graph(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let Some((file, graph)) = find(snapshot, params)? else { return Ok(Value::Null) };
    let encoding = snapshot.settings.encoding;
    let mut answer =
        ko_ide::graph::json(&graph, &|range| json!(to_proto::range(file, range, encoding)));
    answer["version"] = file.version.unwrap_or_default().into();
    Ok(answer)
}

/// Answers `ko/graphText`: the graph drawn with characters, and for each of its lines the node that it belongs to, where that
/// is written, and how many calls are folded into it.
///
/// # Errors
/// When the parameters say no function.
pub(crate) fn graph_text(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let Some((file, graph)) = find(snapshot, params)? else { return Ok(Value::Null) };
    let picture = ko_ide::graph::text(&graph);
    let lines = picture.lines.iter().map(|it| {
        let range = to_proto::range(file, it.range, snapshot.settings.encoding);
        let node = graph.nodes.get(it.node);
        let folded = node.map_or(0, |node| node.folded.len());
        json!({"line": it.line, "range": range, "node": node.map(|it| &it.id), "folded": folded})
    });
    Ok(json!({"text": picture.text, "lines": lines.collect::<Vec<_>>()}))
}

//! The graph as JSON, in the shape of the protocol's `ko/graph` answer.

use serde_json::{Map, Value, json};
use text_size::TextRange;

use super::Graph;

/// Writes the graph as JSON. `to_range` turns ranges of the text into what the reader of the JSON understands.
///
/// ```json
/// {"function": "F", "width": 200, "height": 120,
///  "nodes": [{"id": "x", "label": "x", "detail": "CreatePod", "arguments": [], "kind": "gate", "effect": "write",
///             "range": …, "x": 24, "y": 24, "width": 80, "height": 46}],
///  "edges": [{"from": "x", "to": "return", "label": "pod", "values": ["pod: x"], "after": false, "points": [[64, 70]]}]}
/// ```
pub fn json(graph: &Graph, to_range: &dyn Fn(TextRange) -> Value) -> Value {
    let nodes: Vec<Value> = graph
        .nodes
        .iter()
        .map(|node| {
            let mut out = Map::new();
            out.insert("id".into(), node.id.as_str().into());
            out.insert("label".into(), node.label.as_str().into());
            out.insert("detail".into(), node.detail.as_str().into());
            out.insert("arguments".into(), json!(node.arguments));
            out.insert("kind".into(), node.kind.name().into());
            if let Some(effect) = node.effect {
                out.insert("effect".into(), effect.name().into());
            }
            out.insert("range".into(), to_range(node.range));
            out.insert("x".into(), number(node.x));
            out.insert("y".into(), number(node.y));
            out.insert("width".into(), number(node.width));
            out.insert("height".into(), number(node.height));
            if !node.folded.is_empty() {
                out.insert("folded".into(), json!(node.folded));
            }
            Value::Object(out)
        })
        .collect();
    let edges: Vec<Value> = graph
        .edges
        .iter()
        .map(|edge| {
            let mut out = Map::new();
            out.insert("from".into(), edge.from.as_str().into());
            out.insert("to".into(), edge.to.as_str().into());
            if let Some(label) = &edge.label {
                out.insert("label".into(), label.as_str().into());
            }
            out.insert("values".into(), json!(edge.values));
            out.insert("after".into(), edge.after.into());
            let points = edge.points.iter().map(|(x, y)| json!([number(*x), number(*y)]));
            out.insert("points".into(), points.collect());
            Value::Object(out)
        })
        .collect();
    json!({
        "function": graph.function,
        "width": number(graph.width),
        "height": number(graph.height),
        "nodes": nodes,
        "edges": edges,
    })
}

/// Tenths as the shortest number that says them; a plain conversion to 64 bits would show the error of 32.
fn number(value: f32) -> Value {
    let tenths = (f64::from(value) * 10.0).round();
    if tenths % 10.0 == 0.0 { json!((tenths / 10.0) as i64) } else { json!(tenths / 10.0) }
}

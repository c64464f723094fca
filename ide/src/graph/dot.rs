//! The graph in the language of Graphviz (<https://graphviz.org/doc/info/lang.html>), for people who have a tool chain
//! for it. Graphviz does its own layout.

use std::fmt::Write as _;

use super::{Graph, NodeKind};

/// Writes the graph as a `digraph`.
pub fn dot(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", quote(&graph.function));
    out.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    for node in &graph.nodes {
        let mut label = node.label.clone();
        if !node.detail.is_empty() {
            let _ = write!(label, "\n{}", node.detail);
        }
        if let Some(effect) = node.effect {
            let _ = write!(label, "\n({})", effect.name());
        }
        let shape = match node.kind {
            NodeKind::Argument => ", shape=ellipse",
            NodeKind::Result => ", peripheries=2",
            NodeKind::Error => ", style=dashed, color=red",
            NodeKind::Gate => ", style=\"rounded,bold\"",
            _ => "",
        };
        let _ = writeln!(out, "  {} [label={}{shape}];", quote(&node.id), quote(&label));
    }
    for edge in &graph.edges {
        let mut attributes = Vec::new();
        if let Some(label) = &edge.label {
            attributes.push(format!("label={}", quote(label)));
        }
        if edge.after {
            attributes.push("style=dashed".to_owned());
        }
        let attributes = match attributes.len() {
            0 => String::new(),
            _ => format!(" [{}]", attributes.join(", ")),
        };
        let _ = writeln!(out, "  {} -> {}{attributes};", quote(&edge.from), quote(&edge.to));
    }
    out.push_str("}\n");
    out
}

fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

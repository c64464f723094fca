//! The graph as a Mermaid flowchart (<https://mermaid.js.org/syntax/flowchart.html>), which many wikis and code hosts
//! draw inside of Markdown. Mermaid does its own layout.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::{Graph, NodeKind};

/// Writes the graph as a flowchart from top to bottom.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TB\n");
    let index: FxHashMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    for (at, node) in graph.nodes.iter().enumerate() {
        let mut label = escape(&node.label);
        if !node.detail.is_empty() {
            let _ = write!(label, "<br/>{}", escape(&node.detail));
        }
        if let Some(effect) = node.effect {
            let _ = write!(label, "<br/>({})", effect.name());
        }
        let (open, close) = match node.kind {
            NodeKind::Argument => ("([", "])"),
            NodeKind::Result => ("[[", "]]"),
            NodeKind::Gate => ("[", "]"),
            _ => ("(", ")"),
        };
        let _ = writeln!(out, "  n{at}{open}\"{label}\"{close}");
    }
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (index.get(edge.from.as_str()), index.get(edge.to.as_str()))
        else {
            continue;
        };
        let arrow = if edge.after { "-.->" } else { "-->" };
        let label =
            edge.label.as_ref().map_or(String::new(), |label| format!("|\"{}\"|", escape(label)));
        let _ = writeln!(out, "  n{from} {arrow}{label} n{to}");
    }
    out
}

/// Mermaid reads entities inside of quoted texts.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

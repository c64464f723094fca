//! The graph as a picture that stands alone: no script, no external font, no style sheet of anyone else. It has a title
//! and a description for people who do not see it, and says nothing by colour only.

use std::fmt::Write as _;

use ko_schema::Effect;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Edge, Graph, Node, NodeKind,
    build::{DETAIL_SIZE, LABEL_SIZE},
    measure::{fit, text_width},
};

/// The colours of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white.
    Light,
    /// Light on near black.
    Dark,
}

/// Font size of the labels of lines.
const EDGE_SIZE: f32 = 10.5;
/// Space below the drawing for the legend.
const LEGEND_HEIGHT: f32 = 34.0;

struct Palette {
    background: &'static str,
    text: &'static str,
    muted: &'static str,
    line: &'static str,
    faint: &'static str,
}

impl Theme {
    fn palette(self) -> Palette {
        match self {
            Theme::Light => Palette {
                background: "#ffffff",
                text: "#1b2430",
                muted: "#566173",
                line: "#6b7789",
                faint: "#b4bdca",
            },
            Theme::Dark => Palette {
                background: "#1d2127",
                text: "#e6eaf0",
                muted: "#a3adbb",
                line: "#8d98a8",
                faint: "#535d6b",
            },
        }
    }

    /// Border and filling of a node.
    fn node(self, look: Look) -> (&'static str, &'static str) {
        match (self, look) {
            (Theme::Light, Look::Argument) => ("#6b7789", "#ffffff"),
            (Theme::Light, Look::Pure) => ("#6b7789", "#f3f5f8"),
            (Theme::Light, Look::Structure) => ("#0f766e", "#e9f7f5"),
            (Theme::Light, Look::Result) => ("#2f6f44", "#e8f5ec"),
            (Theme::Light, Look::Read) => ("#2468b0", "#e8f1fb"),
            (Theme::Light, Look::Write) => ("#b06a10", "#fdf3e2"),
            (Theme::Light, Look::Destructive) => ("#bf2f37", "#fcebec"),
            (Theme::Light, Look::Connect) => ("#6d4bc2", "#f1edfb"),
            (Theme::Light, Look::Error) => ("#bf2f37", "#ffffff"),
            (Theme::Dark, Look::Argument) => ("#8d98a8", "#1d2127"),
            (Theme::Dark, Look::Pure) => ("#7d8898", "#282e36"),
            (Theme::Dark, Look::Structure) => ("#3fb5a7", "#1c3230"),
            (Theme::Dark, Look::Result) => ("#5fb67c", "#1e3226"),
            (Theme::Dark, Look::Read) => ("#5c9fe6", "#1e2d40"),
            (Theme::Dark, Look::Write) => ("#dd9a3e", "#37291a"),
            (Theme::Dark, Look::Destructive) => ("#ee6b72", "#3b2125"),
            (Theme::Dark, Look::Connect) => ("#a68bf0", "#2c2640"),
            (Theme::Dark, Look::Error) => ("#ee6b72", "#1d2127"),
        }
    }
}

/// The looks that nodes have, in the order of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Argument,
    Pure,
    Read,
    Connect,
    Write,
    Destructive,
    Structure,
    Result,
    Error,
}

impl Look {
    fn of(node: &Node) -> Look {
        match (node.kind, node.effect) {
            (NodeKind::Error, _) => Look::Error,
            (NodeKind::Argument, _) => Look::Argument,
            (_, Some(Effect::Read)) => Look::Read,
            (_, Some(Effect::Write)) => Look::Write,
            (_, Some(Effect::Destructive)) => Look::Destructive,
            (_, Some(Effect::Connect)) => Look::Connect,
            (NodeKind::Result, None) => Look::Result,
            (NodeKind::Structure, None) => Look::Structure,
            (NodeKind::Call | NodeKind::Gate | NodeKind::Literal | NodeKind::Select, None) => {
                Look::Pure
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Look::Argument => "argument",
            Look::Pure => "calculates",
            Look::Read => "reads",
            Look::Connect => "connects",
            Look::Write => "writes",
            Look::Destructive => "deletes",
            Look::Structure => "structure",
            Look::Result => "result",
            Look::Error => "mistake",
        }
    }

    /// A mark beside the colour.
    fn mark(self) -> Option<&'static str> {
        match self {
            Look::Read => Some("R"),
            Look::Write => Some("W"),
            Look::Destructive => Some("D"),
            Look::Connect => Some("C"),
            Look::Error => Some("!"),
            Look::Argument | Look::Pure | Look::Structure | Look::Result => None,
        }
    }
}

/// Draws the graph as SVG.
pub fn svg(graph: &Graph, theme: Theme) -> String {
    let palette = theme.palette();
    let mut looks: Vec<Look> = graph.nodes.iter().map(Look::of).collect();
    looks.sort_unstable();
    looks.dedup();
    let any_after = graph.edges.iter().any(|edge| edge.after);
    let legend = Legend::new(&looks, any_after);
    let width = graph.width.max(legend.width).ceil();
    let height = (graph.height + LEGEND_HEIGHT).ceil();
    let shift = ((width - graph.width) / 2.0).floor();

    let mut out = String::new();
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description" font-family="Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif">
<title id="title">{}</title>
<desc id="description">{}</desc>
<defs>
"#,
        escape(&format!("Graph of the function {}", graph.function)),
        escape(&describe(graph)),
    );
    for (id, colour) in [("arrow", palette.line), ("faint", palette.faint)] {
        let _ = writeln!(
            out,
            r#"<marker id="{id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0.5 0.8 L9.5 5 L0.5 9.2 L2.6 5 Z" fill="{colour}"/></marker>"#
        );
    }
    let _ = writeln!(
        out,
        "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
        palette.background
    );
    let _ = writeln!(out, r#"<g transform="translate({shift} 0)">"#);
    let nodes: FxHashMap<&str, &Node> =
        graph.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let faint = |edge: &Edge| {
        nodes.get(edge.from.as_str()).is_some_and(|node| node.kind == NodeKind::Argument)
    };
    // Faint lines first, so that the others lie on top.
    for edge in graph.edges.iter().filter(|edge| faint(edge)) {
        line(&mut out, edge, palette.faint, "faint");
    }
    for edge in graph.edges.iter().filter(|edge| !faint(edge)) {
        line(&mut out, edge, palette.line, "arrow");
    }
    for node in &graph.nodes {
        draw_node(&mut out, node, theme, &palette);
    }
    line_labels(&mut out, graph, &faint, &palette);
    out.push_str("</g>\n");
    legend.draw(&mut out, graph.height, width, theme, &palette);
    out.push_str("</svg>\n");
    out
}

fn line(out: &mut String, edge: &Edge, colour: &str, arrow: &str) {
    let mut path = String::new();
    for (at, (x, y)) in edge.points.iter().enumerate() {
        let _ = write!(path, "{}{x} {y}", if at == 0 { "M" } else { " L" });
    }
    let dashes = if edge.after { r#" stroke-dasharray="5 4""# } else { "" };
    let mut title = edge.values.join("\n");
    if edge.after {
        title.push_str("\n(order only)");
    }
    let _ = writeln!(
        out,
        r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"{dashes} marker-end="url(#{arrow})"><title>{}</title></path>"#,
        escape(&title)
    );
}

fn draw_node(out: &mut String, node: &Node, theme: Theme, palette: &Palette) {
    let look = Look::of(node);
    let (border, filling) = theme.node(look);
    let (x, y, width, height) = (node.x, node.y, node.width, node.height);
    let radius = match node.kind {
        NodeKind::Argument => height / 2.0,
        NodeKind::Structure | NodeKind::Literal | NodeKind::Select => 4.0,
        _ => 9.0,
    };
    let stroke = if matches!(node.kind, NodeKind::Gate | NodeKind::Result) { 2.0 } else { 1.3 };
    let dashes = if node.kind == NodeKind::Error { r#" stroke-dasharray="5 3""# } else { "" };
    let _ = write!(
        out,
        r#"<g><title>{}</title><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{filling}" stroke="{border}" stroke-width="{stroke}"{dashes}/>"#,
        escape(&full_text(node))
    );
    let centre = x + width / 2.0;
    let room = width - 16.0;
    let label = fit(&node.label, LABEL_SIZE, room);
    let detail = fit(&node.detail, DETAIL_SIZE, room);
    let label_y = if detail.is_empty() { y + height / 2.0 + 4.6 } else { y + 19.5 };
    let _ = write!(
        out,
        r#"<text x="{centre}" y="{label_y:.1}" text-anchor="middle" font-size="{LABEL_SIZE}" font-weight="600" fill="{}">{}</text>"#,
        palette.text,
        escape(&label)
    );
    if !detail.is_empty() {
        let _ = write!(
            out,
            r#"<text x="{centre}" y="{:.1}" text-anchor="middle" font-size="{DETAIL_SIZE}" fill="{}">{}</text>"#,
            y + 35.0,
            palette.muted,
            escape(&detail)
        );
    }
    if let Some(mark) = look.mark() {
        // Lines end on the upper edge and begin in the middle of the lower one.
        badge(out, x + width - 14.0, y + height, mark, border, palette.background);
    }
    out.push_str("</g>\n");
}

/// A letter in a disc on the edge of a node.
fn badge(out: &mut String, x: f32, y: f32, mark: &str, colour: &str, ink: &str) {
    let _ = write!(
        out,
        r#"<circle cx="{x:.1}" cy="{y:.1}" r="7.5" fill="{colour}"/><text x="{x:.1}" y="{:.1}" text-anchor="middle" font-size="9.5" font-weight="700" fill="{ink}">{mark}</text>"#,
        y + 3.4
    );
}

/// Beyond this many lines, labels do not look for places where they hide no line.
const MAX_CAREFUL: usize = 400;

/// Writes the labels of lines where they hide nothing: beside the end of the line, or further up. A label without room is
/// left to the tooltip of its line, and so is one that an argument has already at another of its lines.
fn line_labels(out: &mut String, graph: &Graph, faint: &dyn Fn(&Edge) -> bool, palette: &Palette) {
    let mut taken: Vec<[f32; 4]> = graph
        .nodes
        .iter()
        .map(|it| [it.x - 2.0, it.y - 2.0, it.x + it.width + 2.0, it.y + it.height + 2.0])
        .collect();
    let mut said: FxHashSet<(&str, &str)> = FxHashSet::default();
    for (at, edge) in graph.edges.iter().enumerate() {
        let (Some(label), Some((end_x, end_y))) = (&edge.label, edge.points.last()) else {
            continue;
        };
        if faint(edge) && !said.insert((&edge.from, label)) {
            continue;
        }
        let label = fit(label, EDGE_SIZE, 150.0);
        let width = text_width(&label, EDGE_SIZE);
        let spot = |x: f32, baseline: f32| [x, baseline - 9.5, x + width, baseline + 2.5];
        let mut spots =
            vec![spot(end_x + 6.0, end_y - 13.0), spot(end_x - 6.0 - width, end_y - 13.0)];
        for &(x, y) in edge.points.iter().rev().skip(1) {
            spots.push(spot(x + 6.0, y + 3.0));
            spots.push(spot(x - 6.0 - width, y + 3.0));
        }
        let inside = |it: &[f32; 4]| it[0] > 2.0 && it[2] < graph.width - 2.0;
        let free = |it: &[f32; 4]| {
            inside(it)
                && taken.iter().all(|other| {
                    it[0] >= other[2] || other[0] >= it[2] || it[1] >= other[3] || other[1] >= it[3]
                })
        };
        let careful = graph.edges.len() <= MAX_CAREFUL;
        let clear = |it: &[f32; 4]| {
            let mut others = graph.edges.iter().enumerate().filter(|other| other.0 != at);
            careful && !others.any(|(_, other)| passes(&other.points, it))
        };
        let best = spots.iter().find(|it| free(it) && clear(it) && !passes(&edge.points, it));
        let good = || spots.iter().find(|it| free(it) && clear(it));
        let any = || spots.iter().find(|it| free(it));
        if let Some(spot) = best.or_else(good).or_else(any).copied() {
            let _ = writeln!(
                out,
                r#"<text x="{:.1}" y="{:.1}" font-size="{EDGE_SIZE}" fill="{}" stroke="{}" stroke-width="3" paint-order="stroke" stroke-linejoin="round">{}</text>"#,
                spot[0],
                spot[1] + 9.5,
                palette.muted,
                palette.background,
                escape(&label)
            );
            taken.push(spot);
        }
    }
}

/// Whether a line comes near a rectangle; pieces are short or vertical, so their own rectangles will do.
fn passes(points: &[(f32, f32)], area: &[f32; 4]) -> bool {
    points.windows(2).any(|pair| {
        let [(ax, ay), (bx, by)] = [pair[0], pair[1]];
        ax.min(bx) < area[2] + 2.0
            && ax.max(bx) > area[0] - 2.0
            && ay.min(by) < area[3]
            && ay.max(by) > area[1]
    })
}

/// What the colours mean.
struct Legend {
    /// Look, or none for the ordering line, and where it begins.
    entries: Vec<(Option<Look>, f32)>,
    width: f32,
}

impl Legend {
    fn new(looks: &[Look], after: bool) -> Legend {
        let all = looks.iter().map(|it| Some(*it)).chain(after.then_some(None));
        let mut x = 24.0;
        let entries = all
            .map(|look| {
                let start = x;
                x += 24.0 + text_width(look.map_or("order only", Look::name), EDGE_SIZE) + 18.0;
                (look, start)
            })
            .collect();
        Legend { entries, width: x + 6.0 }
    }

    fn draw(&self, out: &mut String, y: f32, width: f32, theme: Theme, palette: &Palette) {
        let _ = writeln!(
            out,
            r#"<g aria-hidden="true"><path d="M24 {y} H{}" stroke="{}" stroke-width="0.6"/>"#,
            width - 24.0,
            palette.faint
        );
        let middle = y + LEGEND_HEIGHT / 2.0 - 1.0;
        for (look, x) in &self.entries {
            match look {
                Some(look) => {
                    let (border, filling) = theme.node(*look);
                    let radius = if *look == Look::Argument { 6.0 } else { 3.0 };
                    let dashes =
                        if *look == Look::Error { r#" stroke-dasharray="3 2""# } else { "" };
                    let _ = write!(
                        out,
                        r#"<rect x="{x}" y="{:.1}" width="18" height="12" rx="{radius}" fill="{filling}" stroke="{border}" stroke-width="1.3"{dashes}/>"#,
                        middle - 6.0
                    );
                    if let Some(mark) = look.mark() {
                        let _ = write!(
                            out,
                            r#"<text x="{:.1}" y="{:.1}" text-anchor="middle" font-size="8.5" font-weight="700" fill="{border}">{mark}</text>"#,
                            x + 9.0,
                            middle + 3.2
                        );
                    }
                }
                None => {
                    let _ = write!(
                        out,
                        r#"<path d="M{x} {middle} h18" stroke="{}" stroke-width="1.4" stroke-dasharray="5 4"/>"#,
                        palette.line
                    );
                }
            }
            let _ = writeln!(
                out,
                r#"<text x="{:.1}" y="{:.1}" font-size="{EDGE_SIZE}" fill="{}">{}</text>"#,
                x + 24.0,
                middle + 3.6,
                palette.muted,
                look.map_or("order only", Look::name)
            );
        }
        out.push_str("</g>\n");
    }
}

/// Everything about a node, for its tooltip.
fn full_text(node: &Node) -> String {
    let mut text = node.label.clone();
    if !node.detail.is_empty() {
        let _ = write!(text, ": {}", node.detail);
    }
    if let Some(effect) = node.effect {
        let _ = write!(text, " ({})", effect.name());
    }
    for argument in &node.arguments {
        let _ = write!(text, "\n{argument}");
    }
    text
}

/// The graph in sentences, for people who do not see it.
fn describe(graph: &Graph) -> String {
    let mut inputs: FxHashMap<&str, Vec<String>> = FxHashMap::default();
    for edge in &graph.edges {
        let values = edge.values.join(", ");
        let text = if edge.after { format!("after {}", edge.from) } else { values };
        inputs.entry(edge.to.as_str()).or_default().push(text);
    }
    let mut out = format!("{} nodes and {} lines.", graph.nodes.len(), graph.edges.len());
    for node in &graph.nodes {
        let _ = write!(out, " {}", full_text(node).replace('\n', ", "));
        if let Some(inputs) = inputs.get(node.id.as_str()) {
            let _ = write!(out, "; takes {}", inputs.join(", "));
        }
        out.push('.');
    }
    out
}

/// Escapes text for XML and leaves out characters that XML 1.0 cannot hold.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

//! The graph as plain text: one node after the other, with its connections drawn as lanes on the left, as version
//! control tools draw history. Fits 80 columns as long as no more than about ten lanes run side by side.

use rustc_hash::FxHashMap;
use text_size::TextRange;

use super::{Graph, Node, NodeKind};

/// Columns that lines are cut to.
const COLUMNS: usize = 80;
/// The widest that the columns of labels and of details get.
const LABEL_COLUMNS: usize = 26;
/// Lanes beyond these are not drawn; the values of a node still say where they come from.
const MAX_LANES: usize = 12;

/// A graph as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPicture {
    /// Lines, each with a line feed at its end.
    pub text: String,
    /// The lines that belong to nodes, in order.
    pub lines: Vec<PictureLine>,
}

/// A line of a [`TextPicture`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLine {
    /// Its number, from 0.
    pub line: usize,
    /// Where the node is written.
    pub range: TextRange,
    /// The position of the node among those of the graph.
    pub node: usize,
}

/// Draws the graph as text.
pub fn text(graph: &Graph) -> TextPicture {
    let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&graph.nodes[*a], &graph.nodes[*b]);
        let (row_a, row_b) = (a.y + a.height / 2.0, b.y + b.height / 2.0);
        // Nodes of one layer are centred on one line.
        row_a.round().total_cmp(&row_b.round()).then(a.x.total_cmp(&b.x))
    });
    let index: FxHashMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut inputs: Vec<Vec<(usize, bool)>> = vec![Vec::new(); graph.nodes.len()];
    let mut values: Vec<Vec<&str>> = vec![Vec::new(); graph.nodes.len()];
    let mut lanes = Lanes { lanes: Vec::new(), uses: vec![0; graph.nodes.len()] };
    for edge in &graph.edges {
        let ends = (index.get(edge.from.as_str()), index.get(edge.to.as_str()));
        if let (Some(&from), Some(&to)) = ends {
            inputs[to].push((from, edge.after));
            // That a node takes another one as it is, the lanes say.
            let giver = graph.nodes[from].label.trim_end_matches('?');
            values[to].extend(edge.values.iter().map(String::as_str).filter(|it| *it != giver));
            lanes.uses[from] += 1;
        }
    }

    let rows: Vec<(usize, String, String)> = order
        .iter()
        .map(|&node| {
            let (row, below) = lanes.draw(node, &graph.nodes[node], &inputs[node]);
            (node, row, below)
        })
        .collect();
    let columns = rows.iter().map(|row| row.1.chars().count().max(row.2.chars().count()));
    let indent = columns.max().unwrap_or(0) + 1;
    let widest = graph.nodes.iter().map(|node| node.label.chars().count()).max().unwrap_or(0);
    let label_columns = widest.min(LABEL_COLUMNS);

    let mut out = TextPicture { text: String::new(), lines: Vec::new() };
    let mut line_number = 0;
    for (at, row, below) in rows {
        let node = &graph.nodes[at];
        let mut line = pad(&row, indent);
        line.push_str(&pad(&node.label, label_columns));
        let about = match (node.detail.as_str(), node.effect) {
            ("", None) => String::new(),
            ("", Some(effect)) => format!("[{}]", effect.name()),
            (detail, None) => detail.to_owned(),
            (detail, Some(effect)) => format!("{detail} [{}]", effect.name()),
        };
        line.push_str("  ");
        line.push_str(&about);
        out.push(&line, at, node, &mut line_number);

        let given: Vec<&str> =
            values[at].iter().copied().chain(node.arguments.iter().map(String::as_str)).collect();
        let is_last = line_number > 0 && below.trim().is_empty();
        if !given.is_empty() {
            let line = format!("{}  {}", pad(&below, indent), given.join(", "));
            out.push(&line, at, node, &mut line_number);
        } else if !is_last {
            out.push(&below, at, node, &mut line_number);
        }
    }
    out
}

impl TextPicture {
    fn push(&mut self, line: &str, at: usize, node: &Node, number: &mut usize) {
        let line = line.trim_end().replace(['\n', '\r', '\t'], " ");
        if line.chars().count() > COLUMNS {
            self.text.extend(line.chars().take(COLUMNS - 1));
            self.text.push('…');
        } else {
            self.text.push_str(&line);
        }
        self.text.push('\n');
        self.lines.push(PictureLine { line: *number, range: node.range, node: at });
        *number += 1;
    }
}

fn pad(text: &str, columns: usize) -> String {
    let used = text.chars().count();
    format!("{text}{}", " ".repeat(columns.saturating_sub(used)))
}

/// The lanes at the left: which node's value runs in which, and how many takers are still to come.
struct Lanes {
    lanes: Vec<Option<usize>>,
    uses: Vec<usize>,
}

impl Lanes {
    /// Draws the lanes on the line of a node, and on the line below it.
    fn draw(&mut self, node: usize, what: &Node, inputs: &[(usize, bool)]) -> (String, String) {
        let mut joins: Vec<usize> = Vec::new();
        let mut ended: Vec<usize> = Vec::new();
        let mut own = None;
        for (from, _) in inputs {
            self.uses[*from] = self.uses[*from].saturating_sub(1);
            let Some(lane) = self.lanes.iter().position(|it| *it == Some(*from)) else { continue };
            joins.push(lane);
            if self.uses[*from] == 0 {
                ended.push(lane);
                own = own.max(Some(lane));
            }
        }
        let free = |it: &Option<usize>| it.is_none();
        let own = own.or_else(|| self.lanes.iter().position(free)).unwrap_or(self.lanes.len());
        if own >= self.lanes.len() {
            self.lanes.resize(own + 1, None);
        }
        let first = joins.iter().copied().chain([own]).min().unwrap_or(own);
        let last = joins.iter().copied().chain([own]).max().unwrap_or(own);

        let mut row = String::new();
        for lane in 0..self.lanes.len().min(MAX_LANES) {
            let crossed = first < lane && lane < last;
            let joined = joins.contains(&lane);
            let goes_on = !ended.contains(&lane);
            row.push(match (lane == own, joined, crossed, goes_on) {
                (true, ..) => symbol(what.kind),
                (_, true, true, true) => '┼',
                (_, true, true, false) => '┴',
                (_, true, false, true) if lane < own => '├',
                (_, true, false, true) => '┤',
                (_, true, false, false) if lane < own => '╰',
                (_, true, false, false) => '╯',
                _ if self.lanes[lane].is_some() => '│',
                _ if crossed => '─',
                _ => ' ',
            });
            row.push(if first <= lane && lane < last { '─' } else { ' ' });
        }
        for lane in ended {
            self.lanes[lane] = None;
        }
        self.lanes[own] = (self.uses[node] > 0).then_some(node);
        while self.lanes.last().is_some_and(Option::is_none) {
            self.lanes.pop();
        }
        let below = self.lanes.iter().take(MAX_LANES);
        let below: String = below.map(|it| if it.is_some() { "│ " } else { "  " }).collect();
        (row.trim_end().to_owned(), below.trim_end().to_owned())
    }
}

fn symbol(kind: NodeKind) -> char {
    match kind {
        NodeKind::Argument => '○',
        NodeKind::Gate => '◆',
        NodeKind::Call => '●',
        NodeKind::Structure | NodeKind::Literal | NodeKind::Select => '□',
        NodeKind::Result => '◎',
        NodeKind::Error => '✗',
    }
}

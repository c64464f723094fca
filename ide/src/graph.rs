//! The graph of a function: what a person would draw on a whiteboard to explain it, laid out and ready to be shown.
//!
//! Nodes are the arguments, the calls and gates, the labelled structures and the result; literals, selections and pure
//! calls inside of arguments go into the nodes and lines that use them. [`build()`] makes it from a circuit, `layout`
//! places it, and the other modules write it down for people and programs. Nothing here runs or checks anything.

mod build;
mod dot;
mod json;
mod layout;
mod measure;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use ko_queries::{builtins::BuiltinId, circuit::FunctionKey, circuit::StepId};
use ko_schema::{Effect, Schema};
use text_size::TextRange;

pub use self::{
    build::{View, build},
    dot::dot,
    json::json,
    mermaid::mermaid,
    svg::{Theme, svg},
    text::{TextPicture, text},
};

/// A function, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The name of the function.
    pub function: String,
    /// Width of the drawing, in the units of [`Node::x`]; one unit is meant to be a pixel at normal size.
    pub width: f32,
    /// Height of the drawing.
    pub height: f32,
    /// The nodes: arguments first, then in the order of the text, the result last.
    pub nodes: Vec<Node>,
    /// The lines, by the nodes they lead to.
    pub edges: Vec<Edge>,
    /// For each step of the circuit the node that shows it, as index into `nodes`.
    pub(crate) node_of_step: Vec<Option<usize>>,
}

/// A node of a [`Graph`].
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name within the graph, made of labels and argument names, so that an edit elsewhere in the function does not
    /// change it: `running`, `argument:ns`, `report/text`.
    pub id: String,
    /// The step it shows; none for the result, which is a reference to one.
    pub step: Option<StepId>,
    /// What stands in large letters: the label or, without one, what is called.
    pub label: String,
    /// What stands below: what is called, the fields of a structure, the text of a literal. May be empty.
    pub detail: String,
    /// The arguments that come from no other node, as in the text: `condition: "Running"`.
    pub arguments: Vec<String>,
    /// What it is.
    pub kind: NodeKind,
    /// What it may do to the cluster, itself or through what it calls.
    pub effect: Option<Effect>,
    /// Where it is written: the label with its value.
    pub range: TextRange,
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Extent.
    pub width: f32,
    /// Extent.
    pub height: f32,
    /// The ids of the nodes that are folded into it, which a [`View`] that expands it shows. Of a graph that is not large
    /// there are none.
    pub folded: Vec<String>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// An argument of the function.
    Argument,
    /// A call of a function or builtin.
    Call,
    /// A call of a gate.
    Gate,
    /// A literal, or a function that is mentioned and not called.
    Literal,
    /// A labelled structure or sequence.
    Structure,
    /// A labelled selection that nothing uses.
    Select,
    /// What the function returns.
    Result,
    /// Text with a mistake.
    Error,
}

impl NodeKind {
    /// The name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Argument => "argument",
            NodeKind::Call => "call",
            NodeKind::Gate => "gate",
            NodeKind::Literal => "literal",
            NodeKind::Structure => "structure",
            NodeKind::Select => "select",
            NodeKind::Result => "result",
            NodeKind::Error => "error",
        }
    }
}

/// A line of a [`Graph`]: a value that goes from one node to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The id of the node that gives the value.
    pub from: String,
    /// The id of the node that takes it.
    pub to: String,
    /// The arguments or fields that take it, where they say more than the names of the nodes.
    pub label: Option<String>,
    /// Everything that goes this way, in full: `replicas: nodes.statefulSet.spec.replicas`.
    pub values: Vec<String>,
    /// Whether the line only orders: the value itself is not used.
    pub after: bool,
    /// The way from node to node.
    pub points: Vec<(f32, f32)>,
}

impl Graph {
    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

/// The id of the node that shows a step: its own one, or the one that the step is part of. None if the step is not of
/// this graph.
pub fn node_of_step(graph: &Graph, step: StepId) -> Option<&str> {
    let node = graph.node_of_step.get(step.0 as usize).copied().flatten()?;
    graph.nodes.get(node).map(|node| node.id.as_str())
}

/// What [`build()`] has to be told about the world around a circuit.
pub struct Surroundings<'a> {
    /// The text that the source map speaks of.
    pub text: &'a str,
    /// The schema that the gates come from.
    pub schema: &'a Schema,
    /// The name of a builtin.
    pub builtin_name: &'a dyn Fn(BuiltinId) -> String,
    /// The most that a function, or anything it calls, does to the cluster.
    pub effect_of: &'a dyn Fn(&FunctionKey) -> Option<Effect>,
}

/// Whether an argument of this name only orders steps and is no value for the callee (specification §6: names that start
/// or end with `_` or start with `after`).
pub(crate) fn is_ordering_argument(name: &str) -> bool {
    name.starts_with('_') || name.ends_with('_') || name.starts_with("after")
}

/// The stronger of two effects.
pub(crate) fn stronger(a: Option<Effect>, b: Option<Effect>) -> Option<Effect> {
    let rank = |effect: Option<Effect>| match effect {
        None => 0,
        Some(Effect::Read) => 1,
        Some(Effect::Connect) => 2,
        Some(Effect::Write) => 3,
        Some(Effect::Destructive) => 4,
    };
    if rank(b) > rank(a) { b } else { a }
}

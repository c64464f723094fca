//! From a circuit to nodes and lines: which steps a person would draw, and what happens to the others.

mod edges;
mod fold;
mod words;

use ko_queries::circuit::{Circuit, Param, SourceMap, Step, StepId, StepKind, Target};
use ko_schema::Effect;
use rustc_hash::{FxHashMap, FxHashSet};
use text_size::TextRange;

pub use self::fold::View;
use super::{
    Edge, Graph, Node, NodeKind, Surroundings,
    layout::{self, Link},
    measure, stronger,
};

/// Font size of labels, as drawn.
pub(super) const LABEL_SIZE: f32 = 13.0;
/// Font size of details, as drawn.
pub(super) const DETAIL_SIZE: f32 = 11.0;
/// The widest that a node gets; longer texts are cut when drawn.
const MAX_WIDTH: f32 = 300.0;
/// Draws a function. Steps with mistakes become error nodes, the rest is drawn as usual.
pub fn build(circuit: &Circuit, map: &SourceMap, around: &Surroundings<'_>, view: &View) -> Graph {
    let mut builder = Builder::new(circuit, map, around);
    builder.make_nodes();
    builder.make_edges();
    builder.assign_folded();
    builder.fold(view);
    builder.lay_out()
}

struct Builder<'a> {
    circuit: &'a Circuit,
    map: &'a SourceMap,
    around: &'a Surroundings<'a>,
    /// How many steps read each step.
    uses: Vec<u32>,
    /// The steps that are called.
    called: FxHashSet<StepId>,
    /// The most that anything mentioned in a step does, without steps that are nodes of their own.
    effects: Vec<Option<Effect>>,
    nodes: Vec<Node>,
    node_of_step: Vec<Option<usize>>,
    edges: Vec<(usize, usize, Edge)>,
    result: Option<usize>,
}

impl<'a> Builder<'a> {
    fn new(circuit: &'a Circuit, map: &'a SourceMap, around: &'a Surroundings<'a>) -> Self {
        let count = circuit.steps.len();
        let mut uses = vec![0; count];
        for id in circuit.ids() {
            circuit.for_each_operand(id, |operand| {
                if let Some(uses) = uses.get_mut(operand.0 as usize) {
                    *uses += 1;
                }
            });
        }
        let called = circuit.steps.iter().filter_map(|it| match it.kind {
            StepKind::Apply { callee, .. } => Some(callee),
            _ => None,
        });
        let called = called.collect();
        let node_of_step = vec![None; count];
        let (nodes, edges, effects) = (Vec::new(), Vec::new(), vec![None; count]);
        Builder {
            circuit,
            map,
            around,
            uses,
            called,
            effects,
            nodes,
            node_of_step,
            edges,
            result: None,
        }
    }

    fn step(&self, id: StepId) -> Option<&'a Step> {
        self.circuit.steps.get(id.0 as usize)
    }

    fn node_of(&self, id: StepId) -> Option<usize> {
        self.node_of_step.get(id.0 as usize).copied().flatten()
    }

    /// What an application applies, if that is a name.
    fn target(&self, id: StepId) -> Option<&'a Target> {
        let StepKind::Apply { callee, .. } = &self.step(id)?.kind else { return None };
        self.named(*callee)
    }

    /// The name that a step is a reference to, through augmentations.
    fn named(&self, id: StepId) -> Option<&'a Target> {
        let mut id = id;
        for _ in 0..64 {
            match &self.step(id)?.kind {
                StepKind::Target(target) => return Some(target),
                StepKind::Apply { callee, invoke: false, .. } => id = *callee,
                _ => return None,
            }
        }
        None
    }

    fn target_effect(&self, target: &Target) -> Option<Effect> {
        match target {
            Target::Gate(id) => self.around.schema.find_gate(*id).map(|gate| gate.effect),
            Target::Function(key) => (self.around.effect_of)(key),
            Target::Builtin(_) | Target::Join => None,
        }
    }

    fn target_name(&self, target: &Target) -> String {
        match target {
            Target::Gate(id) => match self.around.schema.find_gate(*id) {
                Some(gate) => gate.name.to_string(),
                None => "unknown gate".to_owned(),
            },
            Target::Function(key) => key.name.to_string(),
            Target::Builtin(id) => (self.around.builtin_name)(*id),
            Target::Join => String::new(),
        }
    }

    /// Whether the step becomes a node, and of which kind. Operands come first, so `effects` of them is known.
    fn kind_of(&self, id: StepId, step: &Step) -> Option<NodeKind> {
        let labelled = step.label.as_ref();
        let is_return =
            self.circuit.result == Some(id) && labelled.is_some_and(|it| it == "return");
        let unused = self.uses.get(id.0 as usize).is_none_or(|uses| *uses == 0)
            && self.circuit.result != Some(id);
        match &step.kind {
            StepKind::Param(_) => Some(NodeKind::Argument),
            // What is called without being known shows in the call.
            StepKind::Error if self.called.contains(&id) && labelled.is_none() => None,
            StepKind::Error => (!is_return).then_some(NodeKind::Error),
            StepKind::Literal(_) | StepKind::Target(_) => {
                (labelled.is_some() && unused).then_some(NodeKind::Literal)
            }
            StepKind::Select { .. } => (labelled.is_some() && unused).then_some(NodeKind::Select),
            StepKind::Apply { callee, invoke, .. } => {
                let target = self.target(id);
                let unknown = self.step(*callee).is_some_and(|it| it.kind == StepKind::Error);
                match target {
                    _ if unknown => (!is_return).then_some(NodeKind::Error),
                    Some(Target::Join) => {
                        (labelled.is_some() && !is_return).then_some(NodeKind::Structure)
                    }
                    Some(Target::Gate(_)) if *invoke => Some(NodeKind::Gate),
                    Some(Target::Builtin(_)) if is_return && !self.acts(id) => None,
                    _ if labelled.is_some() || (*invoke && self.acts(id)) => Some(NodeKind::Call),
                    _ => None,
                }
            }
        }
    }

    fn acts(&self, id: StepId) -> bool {
        self.effects.get(id.0 as usize).is_some_and(Option::is_some)
    }

    fn make_nodes(&mut self) {
        // Effects first: what a step itself does, and what comes to it from steps inside of it.
        let ids: Vec<StepId> = self.circuit.ids().collect();
        let mut kinds: Vec<Option<NodeKind>> = vec![None; ids.len()];
        for &id in &ids {
            let Some(step) = self.step(id) else { continue };
            let mut effect = match &step.kind {
                StepKind::Target(target) => self.target_effect(target),
                _ => None,
            };
            self.circuit.for_each_operand(id, |operand| {
                let at = operand.0 as usize;
                // A node shows its effect itself; so does a label.
                let own = kinds.get(at).copied().flatten().is_some();
                let shown = own || self.step(operand).is_some_and(|it| it.label.is_some());
                if !shown {
                    effect = stronger(effect, self.effects.get(at).copied().flatten());
                }
            });
            self.effects[id.0 as usize] = effect;
            kinds[id.0 as usize] = self.kind_of(id, step);
        }

        let names = self.names();
        let mut taken: FxHashSet<String> = FxHashSet::default();
        for (&id, kind) in ids.iter().zip(&kinds) {
            let (Some(kind), Some(step)) = (*kind, self.step(id)) else { continue };
            let name = names.get(&id).cloned().unwrap_or_else(|| "step".to_owned());
            let node = self.node(id, step, kind, distinct(name, &mut taken));
            self.node_of_step[id.0 as usize] = Some(self.nodes.len());
            self.nodes.push(node);
        }
        self.make_result(&mut taken);
    }

    /// A name for each step: its label, or the names of the arguments that lead to it from the label it belongs to.
    fn names(&self) -> FxHashMap<StepId, String> {
        let mut names: FxHashMap<StepId, String> = FxHashMap::default();
        // Users have larger ids than what they use, so going down meets the name of the user first.
        for at in (0..self.circuit.steps.len()).rev() {
            let id = StepId(at as u32);
            let Some(step) = self.step(id) else { continue };
            let name = match (&step.kind, &step.label) {
                (StepKind::Param(index), _) => {
                    format!("argument:{}", self.param(*index).map_or("?", |it| it.name.as_str()))
                }
                (_, Some(label)) if label == "return" => "return:value".to_owned(),
                (_, Some(label)) => label.to_string(),
                (_, None) => names.get(&id).cloned().unwrap_or_else(|| "step".to_owned()),
            };
            let mut child = |operand: StepId, part: &str| {
                if self.step(operand).is_some_and(|it| it.label.is_none()) {
                    let full =
                        if part.is_empty() { name.clone() } else { format!("{name}/{part}") };
                    names.entry(operand).or_insert(full);
                }
            };
            match &step.kind {
                StepKind::Select { base, .. } => child(*base, "of"),
                StepKind::Apply { callee, args, .. } => {
                    child(*callee, "function");
                    for (index, arg) in args.iter().enumerate() {
                        match &arg.name {
                            Some(label) => child(arg.value, label),
                            None => child(arg.value, &(index + 1).to_string()),
                        }
                    }
                }
                _ => {}
            }
            names.insert(id, name);
        }
        names
    }

    fn param(&self, index: u32) -> Option<&'a Param> {
        self.circuit.params.get(index as usize)
    }

    fn node(&self, id: StepId, step: &Step, kind: NodeKind, name: String) -> Node {
        let called = self.target(id).map(|it| self.target_name(it));
        let label = match (&step.kind, &step.label) {
            (StepKind::Param(index), _) => match self.param(*index) {
                Some(param) if param.monadic => format!("{}?", param.name),
                Some(param) => param.name.to_string(),
                None => "?".to_owned(),
            },
            (_, Some(label)) if label != "return" => label.to_string(),
            (StepKind::Error, _) if self.excerpt(id).is_empty() => "missing".to_owned(),
            _ => called.clone().unwrap_or_else(|| self.excerpt(id)),
        };
        let detail = match kind {
            NodeKind::Argument => "argument".to_owned(),
            NodeKind::Structure => self.fields(step),
            NodeKind::Error if matches!(step.kind, StepKind::Apply { .. }) => self.excerpt(id),
            NodeKind::Error => "mistake".to_owned(),
            NodeKind::Literal | NodeKind::Select => self.excerpt(id),
            NodeKind::Gate | NodeKind::Call | NodeKind::Result => {
                called.unwrap_or_else(|| self.excerpt(id))
            }
        };
        let detail = if detail == label { String::new() } else { detail };
        let arguments = match kind {
            NodeKind::Gate | NodeKind::Call | NodeKind::Structure => self.constants(step),
            _ => Vec::new(),
        };
        Node {
            id: name,
            step: Some(id),
            label,
            detail,
            arguments,
            kind,
            effect: self.effects.get(id.0 as usize).copied().flatten(),
            range: self.range(id, step),
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
            folded: Vec::new(),
        }
    }

    fn make_result(&mut self, taken: &mut FxHashSet<String>) {
        let Some(id) = self.circuit.result else { return };
        let Some(step) = self.step(id) else { return };
        let folded = self.node_of(id).is_none();
        let is_return = step.label.as_ref().is_some_and(|it| it == "return");
        let detail = match &step.kind {
            _ if !folded => String::new(),
            StepKind::Apply { .. } if matches!(self.target(id), Some(Target::Join)) => {
                self.fields(step)
            }
            _ => self.excerpt(id),
        };
        let kind = match &step.kind {
            StepKind::Error if folded => NodeKind::Error,
            StepKind::Apply { callee, .. }
                if folded && self.step(*callee).is_some_and(|it| it.kind == StepKind::Error) =>
            {
                NodeKind::Error
            }
            _ => NodeKind::Result,
        };
        let label_at = self.circuit.labels.iter().position(|(label, _)| label == "return");
        let label_range = label_at.and_then(|it| self.map.labels.get(it)).copied();
        let range = match label_range {
            Some(range) if is_return && folded => self.range(id, step).cover(range),
            Some(range) => range,
            None => self.range(id, step),
        };
        let node = Node {
            id: distinct("return".to_owned(), taken),
            step: folded.then_some(id),
            label: "return".to_owned(),
            detail,
            arguments: if folded { self.constants(step) } else { Vec::new() },
            kind,
            effect: if folded { self.effects.get(id.0 as usize).copied().flatten() } else { None },
            range,
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
            folded: Vec::new(),
        };
        self.result = Some(self.nodes.len());
        if folded {
            self.node_of_step[id.0 as usize] = self.result;
        }
        self.nodes.push(node);
    }

    /// The label, if any, with the expression.
    fn range(&self, id: StepId, step: &Step) -> TextRange {
        let range = self.map.steps.get(id.0 as usize).copied().unwrap_or(self.map.name);
        if step.label.is_none() {
            return range;
        }
        let labels = self.circuit.labels.iter().zip(self.map.labels.iter());
        let label = labels.into_iter().find(|((name, value), _)| {
            *value == id && step.label.as_ref().is_some_and(|label| label == name)
        });
        label.map_or(range, |(_, label)| label.cover(range))
    }

    /// Steps without a node of their own belong to the first node that uses them.
    fn assign_folded(&mut self) {
        for at in (0..self.circuit.steps.len()).rev() {
            let Some(node) = self.node_of_step[at] else { continue };
            self.circuit.for_each_operand(StepId(at as u32), |operand| {
                if let Some(slot) = self.node_of_step.get_mut(operand.0 as usize) {
                    slot.get_or_insert(node);
                }
            });
        }
    }

    /// Leaves out what nobody wants to see of a large graph.
    fn fold(&mut self, view: &View) {
        let shown = fold::shown_by(&self.nodes, &self.edges, view);
        if shown.iter().enumerate().all(|(at, by)| at == *by) {
            return;
        }
        let places = fold::fold(&mut self.nodes, &mut self.edges, &shown);
        for node in self.node_of_step.iter_mut().chain([&mut self.result]).flatten() {
            *node = places[*node];
        }
    }

    fn lay_out(mut self) -> Graph {
        for node in &mut self.nodes {
            let label = measure::text_width(&node.label, LABEL_SIZE);
            let detail = measure::text_width(&node.detail, DETAIL_SIZE);
            let inset = if node.kind == NodeKind::Argument { 22.0 } else { 14.0 };
            node.width = (label.max(detail) + 2.0 * inset).clamp(72.0, MAX_WIDTH).ceil();
            node.height = if node.detail.is_empty() { 32.0 } else { 46.0 };
        }
        let sizes: Vec<(f32, f32)> = self.nodes.iter().map(|it| (it.width, it.height)).collect();
        let is_argument = |node: usize| self.nodes[node].kind == NodeKind::Argument;
        let links: Vec<Link> = self
            .edges
            .iter()
            .map(|(from, to, edge)| Link {
                from: *from,
                to: *to,
                class: u8::from(edge.after),
                weight: match edge.after {
                    _ if is_argument(*from) => 1.0,
                    true => 3.0,
                    false => 4.0,
                },
            })
            .collect();
        let top: Vec<bool> = (0..self.nodes.len()).map(is_argument).collect();
        let placed = layout::layout(&sizes, &links, &top, self.result);
        for (node, (x, y)) in self.nodes.iter_mut().zip(placed.positions) {
            (node.x, node.y) = (x, y);
        }
        let edges = self.edges.into_iter().zip(placed.routes);
        Graph {
            function: self.circuit.key.name.to_string(),
            width: placed.width,
            height: placed.height,
            nodes: self.nodes,
            edges: edges.map(|((_, _, edge), points)| Edge { points, ..edge }).collect(),
            node_of_step: self.node_of_step,
        }
    }
}

/// `name`, or with the first free number behind it.
fn distinct(name: String, taken: &mut FxHashSet<String>) -> String {
    if taken.insert(name.clone()) {
        return name;
    }
    let mut number = 2;
    loop {
        let candidate = format!("{name}#{number}");
        if taken.insert(candidate.clone()) {
            return candidate;
        }
        number += 1;
    }
}

//! The lines: where the values of a node come from, through the steps that have no node of their own.

use ecow::EcoString;
use ko_queries::circuit::{StepId, StepKind};
use rustc_hash::FxHashMap;

use super::Builder;
use crate::graph::{Edge, is_ordering_argument};

/// The most steps without a node that are looked through to find where one value comes from.
const MAX_FOLDED: usize = 10_000;

/// Where a value comes from, seen from the node that takes it.
pub(super) struct Source {
    node: usize,
    /// The argument or field of the taking node, outermost name first.
    port: Vec<EcoString>,
    /// The fields selected from the giving node, outermost first.
    path: Vec<EcoString>,
    after: bool,
}

impl Builder<'_> {
    /// Calls `found` with every node that the value of `start` comes from, seen from an argument called `port`.
    pub(super) fn sources(
        &self,
        start: StepId,
        port: Vec<EcoString>,
        after: bool,
        found: &mut dyn FnMut(Source),
    ) {
        self.sources_of_selection(start, Vec::new(), port, after, found);
    }

    /// As [`Builder::sources`], for the fields at `path` of `start`.
    fn sources_of_selection(
        &self,
        start: StepId,
        path: Vec<EcoString>,
        port: Vec<EcoString>,
        after: bool,
        found: &mut dyn FnMut(Source),
    ) {
        let mut stack = vec![(start, port, path, after)];
        let mut work = 0;
        while let Some((id, port, path, after)) = stack.pop() {
            work += 1;
            if work > MAX_FOLDED {
                break;
            }
            let Some(step) = self.step(id) else { continue };
            if let Some(node) = self.node_of(id) {
                found(Source { node, port, path, after });
                continue;
            }
            match &step.kind {
                StepKind::Select { base, path: fields } => {
                    let path = fields.iter().cloned().chain(path).collect();
                    stack.push((*base, port, path, after));
                }
                StepKind::Apply { callee, args, .. } => {
                    for arg in args.iter().rev() {
                        let mut port = port.clone();
                        let mut after = after;
                        if let Some(name) = &arg.name {
                            after |= is_ordering_argument(name);
                            // Deep structures need no names for every level.
                            if port.len() < 6 {
                                port.push(name.clone());
                            }
                        }
                        stack.push((arg.value, port, Vec::new(), after));
                    }
                    stack.push((*callee, port, Vec::new(), after));
                }
                _ => {}
            }
        }
    }

    pub(super) fn make_edges(&mut self) {
        let mut index: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        for to in 0..self.nodes.len() {
            let mut sources = Vec::new();
            let mut push = |source| sources.push(source);
            match self.nodes[to].step {
                Some(id) => match self.step(id).map(|it| &it.kind) {
                    Some(StepKind::Select { base, path }) => {
                        let path = path.to_vec();
                        self.sources_of_selection(*base, path, Vec::new(), false, &mut push);
                    }
                    Some(StepKind::Apply { callee, args, .. }) => {
                        self.sources(*callee, Vec::new(), false, &mut push);
                        for arg in args.iter() {
                            let port = arg.name.iter().cloned().collect();
                            let after = arg.name.as_deref().is_some_and(is_ordering_argument);
                            self.sources(arg.value, port, after, &mut push);
                        }
                    }
                    _ => {}
                },
                None => {
                    if let Some(id) = self.circuit.result {
                        self.sources(id, Vec::new(), false, &mut push);
                    }
                }
            }
            for source in sources.into_iter().filter(|source| source.node != to) {
                self.add_edge(&mut index, to, source);
            }
        }
    }

    fn add_edge(
        &mut self,
        index: &mut FxHashMap<(usize, usize), usize>,
        to: usize,
        source: Source,
    ) {
        let from = source.node;
        let giver = self.nodes[from].label.trim_end_matches('?').to_owned();
        let value = source.path.iter().fold(giver.clone(), |text, name| text + "." + name);
        let port = source.port.join(".");
        let text = if port.is_empty() { value } else { format!("{port}: {value}") };
        let at = *index.entry((from, to)).or_insert_with(|| {
            let edge = Edge {
                from: self.nodes[from].id.clone(),
                to: self.nodes[to].id.clone(),
                label: None,
                values: Vec::new(),
                after: true,
                points: Vec::new(),
            };
            self.edges.push((from, to, edge));
            self.edges.len() - 1
        });
        let Some((_, _, edge)) = self.edges.get_mut(at) else { return };
        edge.after &= source.after;
        if edge.values.contains(&text) {
            return;
        }
        edge.values.push(text);
        if !source.after
            && let Some(name) = source.port.first()
            && *name != giver
        {
            match &mut edge.label {
                None => edge.label = Some(name.to_string()),
                Some(label) if label.split(", ").any(|it| it == name) => {}
                Some(label) => {
                    label.push_str(", ");
                    label.push_str(name);
                }
            }
        }
    }
}

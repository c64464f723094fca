//! The labels of a body: which are declared, which name the same step, and which go round in circles.

use ecow::EcoString;
use ko_syntax::{SyntaxKind, TextRange, placed::PlacedNode};
use rustc_hash::FxHashMap;

use super::Mention;
use crate::circuit::StepId;

/// Step ids from here on stand for labels until all labels are lowered. A circuit has fewer steps, since each takes
/// some characters of a text below 4 GiB.
const PLACEHOLDERS: u32 = 1 << 31;

/// The labels of a body, in the order of the text.
#[derive(Default)]
pub(super) struct Labels {
    names: Vec<(EcoString, TextRange)>,
    /// The first label of each name.
    first: FxHashMap<EcoString, usize>,
    /// The number of the circle that a label is part of.
    cycles: Vec<Option<usize>>,
    /// The step of each label that has been lowered, or the placeholder of the label that it is equal to.
    pub(super) values: Vec<StepId>,
}

/// A circle of labels.
pub(super) struct LabelCycle {
    /// The labels, from the one written first round to it.
    pub(super) path: Vec<EcoString>,
    /// Where the value of each mentions the next.
    pub(super) mentions: Vec<TextRange>,
}

impl Labels {
    /// Adds a label. Returns where the name was declared before, if it was.
    pub(super) fn declare(&mut self, name: EcoString, range: TextRange) -> Option<TextRange> {
        let index = self.names.len();
        self.names.push((name.clone(), range));
        self.cycles.push(None);
        let first = *self.first.entry(name).or_insert(index);
        (first != index).then(|| self.names[first].1)
    }

    /// The first label of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.first.get(name).copied()
    }

    /// All names, in the order of the text.
    pub(super) fn names(&self) -> impl Iterator<Item = &EcoString> {
        self.names.iter().map(|(name, _)| name)
    }

    /// Whether `from` and `to` need each other's values.
    pub(super) fn in_cycle(&self, from: usize, to: usize) -> bool {
        self.cycles[from].is_some() && self.cycles[from] == self.cycles[to]
    }

    /// Stands for the step of a label.
    pub(super) fn placeholder(label: usize) -> StepId {
        StepId(PLACEHOLDERS + label as u32)
    }

    /// The step that a placeholder stands for, when all labels are lowered and circles are cut; other ids as they are.
    pub(super) fn step(&self, mut id: StepId) -> StepId {
        while id.0 >= PLACEHOLDERS {
            id = self.values[(id.0 - PLACEHOLDERS) as usize];
        }
        id
    }

    /// Makes room for so many labels.
    pub(super) fn reserve(&mut self, count: usize) {
        self.names.reserve(count);
        self.cycles.reserve(count);
        self.values.reserve(count);
        self.first.reserve(count);
    }

    /// Finds the circles among labels, given what the values of labels name, and remembers them. One is returned for
    /// each set of labels that need each other.
    pub(super) fn find_cycles(&mut self, mentions: &[Mention]) -> Vec<LabelCycle> {
        let mut edges: Vec<Vec<(usize, TextRange)>> = vec![Vec::new(); self.names.len()];
        for mention in mentions {
            edges[mention.from].push((mention.to, mention.range));
        }
        let targets = |label: usize| edges[label].iter().map(|(to, _)| *to).collect::<Vec<_>>();
        let mut cycles = Vec::new();
        for component in crate::graph::components(edges.len(), targets) {
            let Some(first) = component.iter().copied().min() else { continue };
            let round = component.len() > 1 || edges[first].iter().any(|(to, _)| *to == first);
            if !round {
                continue;
            }
            for label in &component {
                self.cycles[*label] = Some(first);
            }
            cycles.extend(self.shortest_cycle(first, &edges));
        }
        cycles.sort_by_key(|cycle| cycle.mentions.first().map(|it| it.start()));
        cycles
    }

    /// The shortest way from a label back to itself along labels of its circle.
    fn shortest_cycle(
        &self,
        first: usize,
        edges: &[Vec<(usize, TextRange)>],
    ) -> Option<LabelCycle> {
        let mut came_from: FxHashMap<usize, usize> = FxHashMap::default();
        let mut queue = std::collections::VecDeque::from([first]);
        while let Some(label) = queue.pop_front() {
            for (to, _) in &edges[label] {
                if *to == first {
                    let mut path = vec![first, label];
                    while path[path.len() - 1] != first {
                        path.push(came_from[&path[path.len() - 1]]);
                    }
                    path.reverse();
                    if label == first {
                        path = vec![first, first];
                    } else {
                        path.push(first);
                        path.dedup();
                    }
                    let mention = |both: &[usize]| {
                        let (_, range) = edges[both[0]].iter().find(|(to, _)| *to == both[1])?;
                        Some(*range)
                    };
                    let name = |label: &usize| self.names[*label].0.clone();
                    return Some(LabelCycle {
                        mentions: path.windows(2).map(mention).collect::<Option<_>>()?,
                        path: path.iter().map(name).collect(),
                    });
                }
                if self.in_cycle(first, *to) && !came_from.contains_key(to) {
                    came_from.insert(*to, label);
                    queue.push_back(*to);
                }
            }
        }
        None
    }
}

/// The Boolean that a name is, where nothing stands behind it (specification §3.3, rule 1).
pub(super) fn boolean_name(name: &str) -> Option<bool> {
    match name {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether a path at the beginning of such a node has something behind it.
fn takes_head(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::CALL_EXPR | SyntaxKind::AUGMENT_EXPR | SyntaxKind::SELECT_EXPR)
}

/// Calls `f` with the names in the value of a step that could be labels, without those inside inline functions, in the
/// order of the text. It looks at every part, also where the text has mistakes.
pub(super) fn names<'t>(value: PlacedNode<'t>, mut f: impl FnMut(&'t str, TextRange)) {
    // Parts that are still to be looked at, the next one last, each with the kind of what it is in.
    let mut open = vec![(value, SyntaxKind::LABELLED_TERM)];
    while let Some((node, above)) = open.pop() {
        let kind = node.kind();
        if !matches!(kind, SyntaxKind::FUNCTION | SyntaxKind::PATH_EXPR) {
            let next = open.len();
            open.extend(node.nodes().map(|node| (node, kind)));
            open[next..].reverse();
            continue;
        }
        // A function stands for its name.
        let mut idents = node.tokens(SyntaxKind::IDENT);
        let Some(name) = idents.next() else { continue };
        let boolean = kind == SyntaxKind::PATH_EXPR
            && boolean_name(name.text()).is_some()
            && !takes_head(above)
            && idents.next().is_none();
        if !boolean {
            f(name.text(), name.range());
        }
    }
}

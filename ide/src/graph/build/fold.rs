//! Large graphs, made small: calls whose values go into one node only are folded into it, until somebody wants to see
//! them.
//!
//! What leads nowhere but to a node, by however many ways, belongs to it: that is its dominated part, seen from where the
//! values go. So the folded graph has the lines of the whole one, as far as its nodes can be seen, and every hidden node
//! has one place. Arguments and what nothing else uses are always shown.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Edge, Node};
use crate::graph::{NodeKind, stronger};

/// Graphs of more nodes than this are folded.
pub(crate) const LIMIT: usize = 300;

/// More values than this of folded lines are not told.
const MAX_VALUES: usize = 20;

/// How much of a large graph is to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// How far from the ends calls are shown: 0 only those that lead to several places or to nowhere. Nothing: as far as
    /// the graph stays of a size that can be looked at.
    pub depth: Option<usize>,
    /// Nodes whose folded calls are shown, by id.
    pub expand: FxHashSet<String>,
}

impl View {
    /// One with everything.
    #[must_use]
    pub fn all() -> View {
        View { depth: Some(usize::MAX), expand: FxHashSet::default() }
    }
}

/// Lines by the nodes that they go from and to.
pub(super) type Lines = Vec<(usize, usize, Edge)>;

/// For each node the one that shows it: itself, or the one that it is folded into.
pub(super) fn shown_by(nodes: &[Node], lines: &Lines, view: &View) -> Vec<usize> {
    let count = nodes.len();
    let itself = || (0..count).collect();
    if view.depth.is_none() && count <= LIMIT {
        return itself();
    }
    let owners = owners(nodes, lines);
    // Owners come after what they own in the text, and before it here.
    let mut depths: Vec<Option<usize>> = vec![None; count];
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for start in 0..count {
        let mut chain = Vec::new();
        let mut at = start;
        while depths[at].is_none() {
            chain.push(at);
            match owners[at] {
                Some(owner) => at = owner,
                None => break,
            }
        }
        while let Some(node) = chain.pop() {
            let above = owners[node].and_then(|owner| depths[owner]);
            depths[node] = Some(above.map_or(0, |depth| depth + 1));
            order.push(node);
        }
    }
    let depth_of = |node: usize| depths[node].unwrap_or_default();
    let depth = view.depth.unwrap_or_else(|| {
        let deepest = (0..count).map(depth_of).max().unwrap_or_default();
        let mut at_depth = vec![0usize; deepest + 1];
        (0..count).for_each(|node| at_depth[depth_of(node)] += 1);
        let mut sum = 0;
        let fits = at_depth.iter().take_while(|more| {
            sum += **more;
            sum <= LIMIT
        });
        fits.count().saturating_sub(1)
    });
    let mut shown: Vec<usize> = itself();
    for node in order {
        let Some(owner) = owners[node] else { continue };
        let open = shown[owner] == owner
            && (depth_of(node) <= depth || view.expand.contains(&nodes[owner].id));
        if !open {
            shown[node] = shown[owner];
        }
    }
    shown
}

/// For each node the nearest one that all ways from it lead through, if there is one.
fn owners(nodes: &[Node], lines: &Lines) -> Vec<Option<usize>> {
    let count = nodes.len();
    let mut takers: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut givers: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to, _) in lines.iter().filter(|(from, to, _)| from != to) {
        takers[*from].push(*to);
        givers[*to].push(*from);
    }
    // From the ends backwards, each node after all that take its value.
    let mut left: Vec<usize> = takers.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..count).filter(|node| left[*node] == 0).collect();
    let mut owners: Vec<Option<usize>> = vec![None; count];
    let mut depths = vec![0usize; count];
    while let Some(node) = ready.pop() {
        for giver in &givers[node] {
            left[*giver] -= 1;
            if left[*giver] == 0 {
                ready.push(*giver);
            }
        }
        if nodes[node].kind == NodeKind::Argument {
            continue;
        }
        let mut common = takers[node].first().copied();
        for taker in takers[node].iter().skip(1) {
            common = common.and_then(|it| meet(it, *taker, &owners, &depths));
        }
        owners[node] = common;
        depths[node] = common.map_or(0, |owner| depths[owner] + 1);
    }
    owners
}

/// The nearest node that owns both, themselves included.
fn meet(a: usize, b: usize, owners: &[Option<usize>], depths: &[usize]) -> Option<usize> {
    let (mut a, mut b) = (a, b);
    while a != b {
        if depths[a] >= depths[b] {
            a = owners[a]?;
        } else {
            b = owners[b]?;
        }
    }
    Some(a)
}

/// Leaves the nodes out that others show, with their lines. Returns the new place of each node.
pub(super) fn fold(nodes: &mut Vec<Node>, lines: &mut Lines, shown: &[usize]) -> Vec<usize> {
    for node in 0..nodes.len() {
        let by = shown[node];
        if by != node {
            let (id, effect) = (nodes[node].id.clone(), nodes[node].effect);
            nodes[by].folded.push(id);
            nodes[by].effect = stronger(nodes[by].effect, effect);
        }
    }
    let mut places = vec![0; nodes.len()];
    let mut kept = Vec::with_capacity(nodes.len());
    for (at, mut node) in std::mem::take(nodes).into_iter().enumerate() {
        if shown[at] == at {
            places[at] = kept.len();
            if !node.folded.is_empty() {
                let space = if node.detail.is_empty() { "" } else { " " };
                node.detail = format!("{}{space}+{}", node.detail, node.folded.len());
            }
            kept.push(node);
        }
    }
    for at in 0..places.len() {
        places[at] = places[shown[at]];
    }
    let mut merged: FxHashMap<(usize, usize), usize> = FxHashMap::default();
    let mut out: Lines = Vec::new();
    for (from, to, mut edge) in std::mem::take(lines) {
        let whole = shown[from] == from && shown[to] == to;
        let (from, to) = (places[from], places[to]);
        if from == to {
            continue;
        }
        match merged.get(&(from, to)).and_then(|at| out.get_mut(*at)) {
            // Several lines between two nodes are one already, unless they were folded.
            Some((_, _, other)) => {
                other.after &= edge.after;
                other.label = None;
                let room = MAX_VALUES.saturating_sub(other.values.len());
                other.values.extend(edge.values.into_iter().take(room));
            }
            None => {
                if !whole {
                    edge.label = None;
                }
                (edge.from, edge.to) = (kept[from].id.clone(), kept[to].id.clone());
                merged.insert((from, to), out.len());
                out.push((from, to, edge));
            }
        }
    }
    (*nodes, *lines) = (kept, out);
    places
}

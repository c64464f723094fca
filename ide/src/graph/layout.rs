//! Places boxes in layers and routes lines between them: the classic layered drawing of a directed acyclic graph.
//!
//! Layers by longest path, invisible vertices where a line passes a layer, fewer crossings by medians and
//! transposition ([`order`]), straight columns and compact rows ([`place`]). Everything is counted, nothing is timed, so
//! the same graph always gives the same picture. Knows boxes and lines only, nothing of the language.

mod order;
mod place;

use rustc_hash::FxHashMap;

/// A line to draw between two boxes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Link {
    /// Index of the box it leaves.
    pub(super) from: usize,
    /// Index of the box it enters.
    pub(super) to: usize,
    /// Lines of the same box share a trunk where they pass layers, unless their class differs.
    pub(super) class: u8,
    /// How much the two boxes want to stand in one column.
    pub(super) weight: f32,
}

/// Where everything goes.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) positions: Vec<(f32, f32)>,
    /// The points of each line, from its first box to its second.
    pub(super) routes: Vec<Vec<(f32, f32)>>,
    /// Extent of the whole drawing, margins included.
    pub(super) width: f32,
    /// Extent of the whole drawing, margins included.
    pub(super) height: f32,
}

/// Space around the drawing.
const MARGIN: f32 = 24.0;
/// Space between two layers, where lines have no labels and hardly cross.
const LAYER_GAP: f32 = 46.0;
/// Free space between the ends of two lines at the same box.
const PORT_GAP: f32 = 16.0;
/// Distance of the ends of lines from the corners of a box.
const PORT_INSET: f32 = 18.0;
/// Beyond this many invisible vertices lines are drawn straight through: the picture is unreadable anyway, and time is
/// better spent elsewhere.
const MAX_DUMMIES: usize = 10_000;

/// The graph with invisible vertices: what ordering and placing work on. The first vertices are the boxes.
pub(super) struct Layered {
    /// Width of each vertex.
    widths: Vec<f32>,
    /// Layer of each vertex.
    layer_of: Vec<usize>,
    /// The vertices of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    /// Neighbours in the layer above, with weights.
    up: Vec<Vec<(usize, f32)>>,
    /// Neighbours in the layer below, with weights.
    down: Vec<Vec<(usize, f32)>>,
    /// How many vertices are boxes.
    boxes: usize,
}

impl Layered {
    fn is_box(&self, vertex: usize) -> bool {
        vertex < self.boxes
    }
}

/// Lays out boxes of the given sizes. `top` tells of each box whether it stays at the top even if nothing near
/// uses it; other boxes without input move down to what uses them. `last` is the box to put into the last layer.
pub(super) fn layout(
    sizes: &[(f32, f32)],
    links: &[Link],
    top: &[bool],
    last: Option<usize>,
) -> Layout {
    if sizes.is_empty() {
        return Layout { width: 2.0 * MARGIN, height: 2.0 * MARGIN, ..Layout::default() };
    }
    let layer_of = assign_layers(sizes.len(), links, top, last);
    let (mut graph, chains) = build(sizes, links, layer_of);
    order::reduce_crossings(&mut graph);
    let centres = place::place(&graph);
    finish(sizes, links, &graph, &chains, &centres)
}

/// The layer of each box: one below the lowest box that it depends on.
fn assign_layers(count: usize, links: &[Link], top: &[bool], last: Option<usize>) -> Vec<usize> {
    let mut successors: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut pending = vec![0usize; count];
    for link in links.iter().filter(|link| link.from != link.to) {
        successors[link.from].push(link.to);
        pending[link.to] += 1;
    }
    let mut layers = vec![0usize; count];
    let mut done = vec![false; count];
    let mut ready: Vec<usize> = (0..count).rev().filter(|it| pending[*it] == 0).collect();
    let mut sorted = Vec::with_capacity(count);
    let mut next_unsorted = 0;
    while sorted.len() < count {
        // Circuits have no cycles; if there is one all the same, it is cut at its first box.
        let vertex = ready.pop().or_else(|| {
            while next_unsorted < count && done[next_unsorted] {
                next_unsorted += 1;
            }
            (next_unsorted < count).then_some(next_unsorted)
        });
        let Some(vertex) = vertex else { break };
        if std::mem::replace(&mut done[vertex], true) {
            continue;
        }
        sorted.push(vertex);
        for &successor in &successors[vertex] {
            if done[successor] {
                continue;
            }
            layers[successor] = layers[successor].max(layers[vertex] + 1);
            pending[successor] -= 1;
            if pending[successor] == 0 {
                ready.push(successor);
            }
        }
    }
    // What nothing leads to stands just above what needs it, unless it belongs to the top.
    let mut has_input = vec![false; count];
    links.iter().for_each(|link| has_input[link.to] = true);
    for vertex in (0..count).filter(|it| !has_input[*it] && !top[*it]) {
        if let Some(first) = successors[vertex].iter().map(|it| layers[*it]).min() {
            layers[vertex] = first.saturating_sub(1);
        }
    }
    if let Some(last) = last.filter(|it| successors[*it].is_empty()) {
        let others = (0..count).filter(|it| *it != last).map(|it| layers[it]).max().unwrap_or(0);
        layers[last] = layers[last].max(others);
    }
    layers
}

/// Adds invisible vertices. The second result has for each link the invisible vertices that it passes.
fn build(
    sizes: &[(f32, f32)],
    links: &[Link],
    mut layer_of: Vec<usize>,
) -> (Layered, Vec<Vec<usize>>) {
    let boxes = sizes.len();
    let mut widths: Vec<f32> = sizes.iter().map(|it| it.0).collect();
    let mut edges: FxHashMap<(usize, usize), f32> = FxHashMap::default();
    let mut edge_order = Vec::new();
    let mut add = |upper: usize, lower: usize, weight: f32| {
        let known = edges.entry((upper, lower)).or_insert_with(|| {
            edge_order.push((upper, lower));
            0.0
        });
        *known = known.max(weight);
    };
    let mut trunks: FxHashMap<(usize, u8, usize), usize> = FxHashMap::default();
    let mut chains = Vec::with_capacity(links.len());
    for link in links {
        let (from, to) = (layer_of[link.from], layer_of[link.to]);
        let mut chain = Vec::new();
        let span = to.saturating_sub(from);
        if span == 1 {
            add(link.from, link.to, link.weight);
        } else if span > 1 && widths.len() - boxes + span <= MAX_DUMMIES {
            let mut previous = link.from;
            for layer in from + 1..to {
                let dummy = *trunks.entry((link.from, link.class, layer)).or_insert_with(|| {
                    widths.push(2.0);
                    layer_of.push(layer);
                    widths.len() - 1
                });
                // Long lines want to be straight, more than boxes want to stand below each other.
                let weight = if previous == link.from { link.weight * 0.5 } else { 12.0 };
                add(previous, dummy, weight);
                chain.push(dummy);
                previous = dummy;
            }
            add(previous, link.to, link.weight * 0.5);
        }
        chains.push(chain);
    }
    let count = widths.len();
    let (mut up, mut down) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (upper, lower) in edge_order {
        let weight = edges.get(&(upper, lower)).copied().unwrap_or(1.0);
        down[upper].push((lower, weight));
        up[lower].push((upper, weight));
    }
    let mut layers = vec![Vec::new(); layer_of.iter().max().map_or(0, |it| it + 1)];
    for (vertex, layer) in layer_of.iter().enumerate() {
        layers[*layer].push(vertex);
    }
    (Layered { widths, layer_of, layers, up, down, boxes }, chains)
}

/// Turns centres into corners and lines.
fn finish(
    sizes: &[(f32, f32)],
    links: &[Link],
    graph: &Layered,
    chains: &[Vec<usize>],
    centres: &[f32],
) -> Layout {
    // The top and bottom of each layer.
    let mut rows = Vec::with_capacity(graph.layers.len());
    let mut y = MARGIN;
    for layer in &graph.layers {
        let tallest = layer.iter().filter_map(|it| sizes.get(*it)).map(|it| it.1);
        let height = tallest.fold(0.0, f32::max);
        rows.push((y, y + height));
        // Where many lines turn, a little more room lets one follow them.
        let lines: usize = layer.iter().map(|it| graph.down[*it].len()).sum();
        y += height + LAYER_GAP + (lines.saturating_sub(layer.len()) as f32 * 1.5).min(40.0);
    }
    let left = (0..centres.len())
        .map(|it| centres[it] - graph.widths[it] / 2.0)
        .fold(f32::INFINITY, f32::min);
    let x_of = |vertex: usize| round(centres[vertex] - left + MARGIN);
    let width = (0..centres.len()).map(|it| x_of(it) + graph.widths[it] / 2.0).fold(0.0, f32::max);
    let positions: Vec<(f32, f32)> = (0..sizes.len())
        .map(|it| {
            let (top, bottom) = rows[graph.layer_of[it]];
            let y = top + (bottom - top - sizes[it].1) / 2.0;
            (round(x_of(it) - sizes[it].0 / 2.0), round(y))
        })
        .collect();

    // Where lines come in: as straight as they can, apart from each other.
    let mut incoming: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    for (index, link) in links.iter().enumerate() {
        incoming[link.to].push(index);
    }
    let origin =
        |index: usize| -> f32 { x_of(chains[index].last().copied().unwrap_or(links[index].from)) };
    let mut ports = vec![0.0f32; links.len()];
    for (vertex, lines) in incoming.iter_mut().enumerate() {
        lines.sort_by(|a, b| origin(*a).total_cmp(&origin(*b)).then(a.cmp(b)));
        let wanted: Vec<f32> = lines.iter().map(|it| origin(*it)).collect();
        let x = positions[vertex].0;
        let places = spread(&wanted, x, x + sizes[vertex].0);
        for (line, place) in lines.iter().zip(places) {
            ports[*line] = round(place);
        }
    }
    let routes = links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let mut points = Vec::new();
            let start = (x_of(link.from), positions[link.from].1 + sizes[link.from].1);
            points.push(start);
            for dummy in &chains[index] {
                let (top, bottom) = rows[graph.layer_of[*dummy]];
                curve(&mut points, (x_of(*dummy), top));
                points.push((x_of(*dummy), bottom));
            }
            curve(&mut points, (ports[index], positions[link.to].1));
            straighten(points)
        })
        .collect();
    let bottom = rows.last().map_or(MARGIN, |row| row.1);
    Layout { positions, routes, width: round(width + MARGIN), height: round(bottom + MARGIN) }
}

/// Puts sorted wishes between `left` and `right`, with a gap between them, each as near to its wish as that allows.
fn spread(wanted: &[f32], left: f32, right: f32) -> Vec<f32> {
    let inset = PORT_INSET.min((right - left) / 4.0);
    let (left, right) = (left + inset, right - inset);
    let gaps = wanted.len().saturating_sub(1) as f32;
    let gap = if gaps > 0.0 { PORT_GAP.min((right - left) / gaps) } else { 0.0 };
    let mut places: Vec<f32> = wanted.iter().map(|it| it.clamp(left, right)).collect();
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + gap);
    }
    let mut limit = right;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - gap;
    }
    places
}

/// Appends points on the way from the last point to `end`: a curve that leaves and arrives vertically.
fn curve(points: &mut Vec<(f32, f32)>, end: (f32, f32)) {
    const PIECES: usize = 14;
    let Some(&start) = points.last() else { return points.push(end) };
    if (start.0 - end.0).abs() >= 0.5 {
        for piece in 1..PIECES {
            let t = piece as f32 / PIECES as f32;
            // A cubic Bézier curve whose handles are half the height long.
            let (a, b) = (3.0 * (1.0 - t) * t, t * t * t);
            let x = start.0 + (end.0 - start.0) * (a * t + b);
            let middle = (start.1 + end.1) / 2.0;
            let y = start.1 * (1.0 - t).powi(3) + middle * a + end.1 * b;
            points.push((round(x), round(y)));
        }
    }
    points.push(end);
}

/// Leaves out points in the middle of vertical stretches.
fn straighten(points: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
    let mut out: Vec<(f32, f32)> = Vec::with_capacity(points.len());
    for point in points {
        if let [.., a, b] = out.as_slice()
            && a.0 == b.0
            && b.0 == point.0
        {
            out.pop();
        }
        out.push(point);
    }
    out
}

/// Tenths are exact enough, and keep the output short.
fn round(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: usize, to: usize) -> Link {
        Link { from, to, class: 0, weight: 4.0 }
    }

    fn layers(count: usize, links: &[Link], top: &[usize], last: Option<usize>) -> Vec<usize> {
        let top: Vec<bool> = (0..count).map(|it| top.contains(&it)).collect();
        assign_layers(count, links, &top, last)
    }

    #[test]
    fn layers_follow_the_longest_path() {
        let links = [link(0, 1), link(1, 2), link(0, 2), link(3, 2)];
        assert_eq!(layers(4, &links, &[], None), [0, 1, 2, 1], "3 moves down to its use");
        assert_eq!(layers(4, &links, &[3], None), [0, 1, 2, 0], "3 belongs to the top");
        assert_eq!(layers(3, &[link(0, 1)], &[], Some(2)), [0, 1, 1]);
    }

    #[test]
    fn a_cycle_is_cut_and_does_not_hang() {
        let links = [link(0, 1), link(1, 0), link(1, 1)];
        assert_eq!(layers(2, &links, &[], None).len(), 2);
        let drawn = layout(&[(50.0, 20.0); 2], &links, &[false; 2], None);
        assert_eq!(drawn.routes.len(), 3);
    }

    #[test]
    fn a_chain_is_one_straight_column() {
        let sizes = [(100.0, 40.0), (180.0, 40.0), (60.0, 40.0)];
        let drawn = layout(&sizes, &[link(0, 1), link(1, 2)], &[false; 3], None);
        let centres: Vec<f32> =
            (0..3).map(|it| drawn.positions[it].0 + sizes[it].0 / 2.0).collect();
        assert_eq!(centres, [centres[0]; 3]);
        assert!(drawn.routes.iter().all(|route| route.len() == 2), "{:?}", drawn.routes);
    }

    #[test]
    fn boxes_do_not_overlap_and_lines_go_down() {
        let (sizes, links) = random(300, 500);
        let top = vec![false; sizes.len()];
        let drawn = layout(&sizes, &links, &top, None);
        let overlaps = |a: usize, b: usize| {
            let ((ax, ay), (bx, by)) = (drawn.positions[a], drawn.positions[b]);
            ax < bx + sizes[b].0
                && bx < ax + sizes[a].0
                && ay < by + sizes[b].1
                && by < ay + sizes[a].1
        };
        for (a, size) in sizes.iter().enumerate() {
            for b in 0..a {
                assert!(
                    !overlaps(a, b),
                    "{a} and {b}: {:?}",
                    (drawn.positions[a], drawn.positions[b])
                );
            }
            let (x, y) = drawn.positions[a];
            assert!(x >= 0.0 && x + size.0 <= drawn.width);
            assert!(y >= 0.0 && y + size.1 <= drawn.height);
        }
        for route in &drawn.routes {
            assert!(route.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{route:?}");
        }
    }

    #[test]
    fn the_same_graph_gives_the_same_picture() {
        let (sizes, links) = random(120, 200);
        let top = vec![false; sizes.len()];
        let (a, b) = (layout(&sizes, &links, &top, None), layout(&sizes, &links, &top, None));
        assert_eq!(a.positions, b.positions);
        assert_eq!(a.routes, b.routes);
    }

    #[test]
    fn two_thousand_boxes_stay_within_the_budget() {
        let (sizes, links) = random(2_000, 3_000);
        let top = vec![false; sizes.len()];
        let start = std::time::Instant::now();
        let drawn = layout(&sizes, &links, &top, None);
        let time = start.elapsed();
        assert_eq!(drawn.positions.len(), 2_000);
        // An unoptimised build says nothing about the budget of 100 ms; there it counts that the work ends.
        assert!(cfg!(debug_assertions) || time.as_millis() < 100, "took {time:?}");
    }

    #[test]
    fn ends_of_lines_keep_apart() {
        assert_eq!(spread(&[50.0], 0.0, 100.0), [50.0]);
        assert_eq!(spread(&[-40.0, 50.0], 0.0, 100.0), [18.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 0.0, 100.0), [50.0, 66.0]);
        assert_eq!(spread(&[200.0, 200.0], 0.0, 100.0), [66.0, 82.0]);
    }

    /// A random circuit: each box uses a few of those before it, mostly near ones.
    fn random(count: usize, links: usize) -> (Vec<(f32, f32)>, Vec<Link>) {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below.max(1) as u64) as usize
        };
        let sizes = (0..count).map(|_| (60.0 + next(160) as f32, 44.0)).collect();
        let links = (0..links)
            .map(|at| {
                let to = 1 + at % (count - 1);
                let reach = if next(8) == 0 { to } else { to.min(12) };
                link(to - 1 - next(reach), to)
            })
            .collect();
        (sizes, links)
    }
}

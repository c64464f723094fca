//! Orders the vertices of each layer so that few lines cross: sweeps that sort a layer by the medians of its neighbours,
//! then swaps of adjacent vertices as long as they help. Bounded by a count of operations.

use super::Layered;

/// How many sweeps, at most.
const SWEEPS: usize = 24;
/// Sweeps without improvement before giving up.
const PATIENCE: usize = 5;
/// Rounds of swaps after a sweep.
const SWAP_ROUNDS: usize = 4;
/// How many line ends may be looked at in all, so that large graphs stay within their time.
const WORK: usize = 1_000_000;

/// Reorders `graph.layers`. Among equally good orders the first one found wins, so the order of the text shows through.
pub(super) fn reduce_crossings(graph: &mut Layered) {
    let mut state = State::new(graph);
    let mut best = graph.layers.clone();
    let mut best_crossings = state.crossings(graph);
    let lines: usize = graph.down.iter().map(Vec::len).sum();
    let mut work = 0;
    let mut idle = 0;
    for sweep in 0..SWEEPS {
        if best_crossings == 0 || idle >= PATIENCE || work > WORK {
            break;
        }
        state.sort_layers(graph, sweep % 2 == 0);
        work += 3 * lines + state.swap_neighbours(graph);
        let crossings = state.crossings(graph);
        if crossings < best_crossings {
            best_crossings = crossings;
            best.clone_from(&graph.layers);
            idle = 0;
        } else {
            idle += 1;
        }
    }
    graph.layers = best;
}

/// Where each vertex stands in its layer.
struct State {
    place: Vec<usize>,
}

impl State {
    fn new(graph: &Layered) -> State {
        let mut state = State { place: vec![0; graph.widths.len()] };
        (0..graph.layers.len()).for_each(|layer| state.note(graph, layer));
        state
    }

    fn note(&mut self, graph: &Layered, layer: usize) {
        for (place, vertex) in graph.layers[layer].iter().enumerate() {
            self.place[*vertex] = place;
        }
    }

    /// Puts the places of the neighbours into `places`, sorted.
    fn places(&self, neighbours: &[(usize, f32)], places: &mut Vec<usize>) {
        places.clear();
        places.extend(neighbours.iter().map(|it| self.place[it.0]));
        if places.len() > 1 {
            places.sort_unstable();
        }
    }

    fn sort_layers(&mut self, graph: &mut Layered, downwards: bool) {
        let count = graph.layers.len();
        let mut places = Vec::new();
        for step in 1..count {
            let layer = if downwards { step } else { count - 1 - step };
            let neighbours = if downwards { &graph.up } else { &graph.down };
            let medians: Vec<(usize, Option<f32>)> = graph.layers[layer]
                .iter()
                .map(|vertex| {
                    self.places(&neighbours[*vertex], &mut places);
                    (*vertex, median(&places))
                })
                .collect();
            // Vertices without neighbours keep their places; the others are sorted around them.
            let mut sorted: Vec<(usize, f32)> =
                medians.iter().filter_map(|(vertex, median)| Some((*vertex, (*median)?))).collect();
            sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
            let mut sorted = sorted.into_iter();
            graph.layers[layer] = medians
                .iter()
                .filter_map(|(vertex, median)| match median {
                    None => Some(*vertex),
                    Some(_) => sorted.next().map(|it| it.0),
                })
                .collect();
            self.note(graph, layer);
        }
    }

    /// Swaps neighbours where that removes crossings; returns the number of line ends it looked at.
    fn swap_neighbours(&mut self, graph: &mut Layered) -> usize {
        let mut work = 0;
        let (mut places_a, mut places_b) = (Vec::new(), Vec::new());
        // Only layers beside one that has changed can have become better to change.
        let mut dirty = vec![true; graph.layers.len()];
        for _ in 0..SWAP_ROUNDS {
            let mut improved = false;
            let mut changed = vec![false; graph.layers.len()];
            for layer in 0..graph.layers.len() {
                let near = layer.saturating_sub(1)..(layer + 2).min(dirty.len());
                if !near.clone().any(|it| dirty[it] || changed[it]) {
                    continue;
                }
                for at in 1..graph.layers[layer].len() {
                    let (left, right) = (graph.layers[layer][at - 1], graph.layers[layer][at]);
                    let (mut now, mut swapped) = (0, 0);
                    for neighbours in [&graph.up, &graph.down] {
                        let (a, b) = (&neighbours[left], &neighbours[right]);
                        if a.is_empty() || b.is_empty() {
                            continue;
                        }
                        work += a.len() + b.len();
                        if let ([a], [b]) = (a.as_slice(), b.as_slice()) {
                            let (a, b) = (self.place[a.0], self.place[b.0]);
                            now += usize::from(a > b);
                            swapped += usize::from(b > a);
                            continue;
                        }
                        self.places(a, &mut places_a);
                        self.places(b, &mut places_b);
                        now += crossings_of_pair(&places_a, &places_b);
                        swapped += crossings_of_pair(&places_b, &places_a);
                    }
                    if swapped < now {
                        graph.layers[layer].swap(at - 1, at);
                        self.place[left] = at;
                        self.place[right] = at - 1;
                        improved = true;
                        changed[layer] = true;
                    }
                }
            }
            if !improved {
                break;
            }
            dirty = changed;
        }
        work
    }

    /// How many pairs of lines cross.
    fn crossings(&self, graph: &Layered) -> usize {
        let pairs = graph.layers.windows(2);
        let mut buffers = (Vec::new(), Vec::new());
        pairs.map(|pair| self.crossings_between(graph, &pair[0], pair[1].len(), &mut buffers)).sum()
    }

    fn crossings_between(
        &self,
        graph: &Layered,
        upper: &[usize],
        lower: usize,
        (tree, places): &mut (Vec<usize>, Vec<usize>),
    ) -> usize {
        // Counts inversions among the lower ends, the lines sorted by their upper ends, with a Fenwick tree.
        tree.clear();
        tree.resize(lower + 1, 0);
        let (mut seen, mut crossings) = (0, 0);
        for vertex in upper {
            self.places(&graph.down[*vertex], places);
            for place in places.iter() {
                let mut not_right = 0;
                let mut at = place + 1;
                while at > 0 {
                    not_right += tree[at];
                    at &= at - 1;
                }
                crossings += seen - not_right;
            }
            for place in places.iter() {
                let mut at = place + 1;
                while at <= lower {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
            seen += places.len();
        }
        crossings
    }
}

/// The middle of sorted places; of an even number, the mean of the two in the middle.
fn median(places: &[usize]) -> Option<f32> {
    let middle = places.len() / 2;
    let high = *places.get(middle)?;
    let low = if places.len() % 2 == 1 { high } else { *places.get(middle.checked_sub(1)?)? };
    Some((low + high) as f32 / 2.0)
}

/// Crossings between the lines of two vertices, the first one standing left, given their sorted neighbours' places.
fn crossings_of_pair(left: &[usize], right: &[usize]) -> usize {
    let (mut crossings, mut smaller) = (0, 0);
    for place in left {
        while smaller < right.len() && right[smaller] < *place {
            smaller += 1;
        }
        crossings += smaller;
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(layers: &[usize], lines: &[(usize, usize)]) -> Layered {
        let count: usize = layers.iter().sum();
        let (mut up, mut down) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (upper, lower) in lines {
            down[*upper].push((*lower, 1.0));
            up[*lower].push((*upper, 1.0));
        }
        let mut first = 0;
        let rows: Vec<Vec<usize>> = layers
            .iter()
            .map(|size| {
                first += size;
                (first - size..first).collect()
            })
            .collect();
        let layer_of =
            (0..count).map(|it| rows.iter().position(|row| row.contains(&it)).unwrap()).collect();
        Layered { widths: vec![1.0; count], layer_of, layers: rows, up, down, boxes: count }
    }

    #[test]
    fn crossings_are_counted() {
        let graph = graph(&[2, 2], &[(0, 3), (1, 2)]);
        assert_eq!(State::new(&graph).crossings(&graph), 1);
        let full = graph_full(3);
        assert_eq!(State::new(&full).crossings(&full), 9);
    }

    fn graph_full(side: usize) -> Layered {
        let lines: Vec<_> = (0..side).flat_map(|a| (0..side).map(move |b| (a, side + b))).collect();
        graph(&[side, side], &lines)
    }

    #[test]
    fn avoidable_crossings_go_away() {
        let mut crossed = graph(&[3, 3, 3], &[(0, 5), (1, 4), (2, 3), (3, 8), (4, 7), (5, 6)]);
        reduce_crossings(&mut crossed);
        assert_eq!(State::new(&crossed).crossings(&crossed), 0);
    }

    #[test]
    fn what_needs_no_change_is_not_changed() {
        let mut tidy = graph(&[2, 2], &[(0, 2), (1, 3)]);
        reduce_crossings(&mut tidy);
        assert_eq!(tidy.layers, [[0, 1], [2, 3]]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3]), Some(3.0));
        assert_eq!(median(&[1, 2]), Some(1.5));
        assert_eq!(median(&[1, 2, 9]), Some(2.0));
    }
}

//! Gives every vertex its horizontal place. Vertices that belong together are tied into columns first, so that chains and
//! long lines become exactly straight; then the columns move towards what they are connected with, as far as their
//! neighbours let them.

use std::collections::BTreeMap;

use super::Layered;

/// Space between two boxes of a layer.
const BOX_GAP: f32 = 30.0;
/// Space beside a line that passes a layer.
const LINE_GAP: f32 = 14.0;
/// How often columns move; even long chains of them have settled by then.
const SWEEPS: usize = 24;

/// The centre of each vertex. The leftmost end of the drawing may be anywhere.
pub(super) fn place(graph: &Layered) -> Vec<f32> {
    let column_of = tie(graph);
    let columns = Columns::new(graph, &column_of);
    let centres = columns.settle();
    column_of.iter().map(|column| centres[*column]).collect()
}

/// The column of each vertex, numbered from 0. A vertex is tied to at most one above and one below, heaviest lines first,
/// and no two ties cross, which is what makes the columns possible.
fn tie(graph: &Layered) -> Vec<usize> {
    let count = graph.widths.len();
    let mut place = vec![0; count];
    for layer in &graph.layers {
        layer.iter().enumerate().for_each(|(at, vertex)| place[*vertex] = at);
    }
    let mut above: Vec<Option<usize>> = vec![None; count];
    for layer in &graph.layers {
        let mut candidates: Vec<(f32, f32, usize, usize)> = Vec::new();
        for upper in layer {
            for (lower, weight) in &graph.down[*upper] {
                // Of several equal lines the middle one makes a symmetric picture.
                let off = off_centre(&graph.down[*upper], *lower, &place)
                    + off_centre(&graph.up[*lower], *upper, &place);
                candidates.push((*weight, off, *upper, *lower));
            }
        }
        candidates.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then(a.1.total_cmp(&b.1))
                .then(place[a.2].cmp(&place[b.2]))
                .then(place[a.3].cmp(&place[b.3]))
        });
        // Place of the upper end → place of the lower end.
        let mut ties: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, _, upper, lower) in candidates {
            let (u, l) = (place[upper], place[lower]);
            let left = ties.range(..=u).next_back();
            let right = ties.range(u..).next();
            let fits = left.is_none_or(|tie| *tie.0 < u && *tie.1 < l)
                && right.is_none_or(|tie| *tie.0 > u && *tie.1 > l);
            if fits {
                ties.insert(u, l);
                above[lower] = Some(upper);
            }
        }
    }
    let mut columns = vec![usize::MAX; count];
    let mut next = 0;
    for vertex in graph.layers.iter().flatten() {
        columns[*vertex] = match above[*vertex] {
            Some(upper) => columns[upper],
            None => {
                next += 1;
                next - 1
            }
        };
    }
    columns
}

/// How far `vertex` is from the middle of `neighbours`, counted in neighbours.
fn off_centre(neighbours: &[(usize, f32)], vertex: usize, place: &[usize]) -> f32 {
    let left = neighbours.iter().filter(|it| place[it.0] < place[vertex]).count();
    (left as f32 - (neighbours.len() as f32 - 1.0) / 2.0).abs()
}

struct Columns {
    /// All columns, each after those that stand left of it.
    sorted: Vec<usize>,
    /// For each column, those directly left of it in some layer, and the least distance of the centres.
    left: Vec<Vec<(usize, f32)>>,
    /// The same to the right.
    right: Vec<Vec<(usize, f32)>>,
    /// For each column, those it is connected with, and how strongly.
    pulls: Vec<Vec<(usize, f32)>>,
}

impl Columns {
    fn new(graph: &Layered, column_of: &[usize]) -> Columns {
        let count = column_of.iter().max().map_or(0, |it| it + 1);
        let mut columns = Columns {
            sorted: Vec::with_capacity(count),
            left: vec![Vec::new(); count],
            right: vec![Vec::new(); count],
            pulls: vec![Vec::new(); count],
        };
        for pair in graph.layers.iter().flat_map(|layer| layer.windows(2)) {
            let (a, b) = (pair[0], pair[1]);
            let gap = if graph.is_box(a) && graph.is_box(b) { BOX_GAP } else { LINE_GAP };
            let distance = (graph.widths[a] + graph.widths[b]) / 2.0 + gap;
            columns.right[column_of[a]].push((column_of[b], distance));
            columns.left[column_of[b]].push((column_of[a], distance));
        }
        for (upper, lines) in graph.down.iter().enumerate() {
            for (lower, weight) in lines {
                let (a, b) = (column_of[upper], column_of[*lower]);
                if a != b {
                    columns.pulls[a].push((b, *weight));
                    columns.pulls[b].push((a, *weight));
                }
            }
        }
        let mut pending: Vec<usize> = columns.left.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..count).rev().filter(|it| pending[*it] == 0).collect();
        while let Some(column) = ready.pop() {
            columns.sorted.push(column);
            for (right, _) in &columns.right[column] {
                pending[*right] -= 1;
                if pending[*right] == 0 {
                    ready.push(*right);
                }
            }
        }
        columns
    }

    fn settle(&self) -> Vec<f32> {
        let mut x = vec![0.0f32; self.left.len()];
        for column in &self.sorted {
            x[*column] = self.left_limit(*column, &x).max(0.0);
        }
        for sweep in 0..SWEEPS {
            // From the right, so that the space there is used first; then back.
            let column = |at: usize| {
                let at = if sweep % 2 == 0 { self.sorted.len() - 1 - at } else { at };
                self.sorted[at]
            };
            for column in (0..self.sorted.len()).map(column) {
                let (mut sum, mut weights) = (0.0, 0.0);
                for (other, weight) in &self.pulls[column] {
                    sum += x[*other] * weight;
                    weights += weight;
                }
                let left = self.left_limit(column, &x);
                let right = self.right_limit(column, &x);
                let wanted = if weights > 0.0 { sum / weights } else { x[column] };
                x[column] = wanted.min(right).max(left);
            }
        }
        x
    }

    fn left_limit(&self, column: usize, x: &[f32]) -> f32 {
        self.left[column].iter().map(|(it, distance)| x[*it] + distance).fold(f32::MIN, f32::max)
    }

    fn right_limit(&self, column: usize, x: &[f32]) -> f32 {
        self.right[column].iter().map(|(it, distance)| x[*it] - distance).fold(f32::MAX, f32::min)
    }
}

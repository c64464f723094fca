/**
 * Finds nodes of a graph by place: for the cursor, and for the arrow keys. Pure.
 */
import type { Graph, GraphNode, Position, Range } from '../protocol';

function before(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

function contains(range: Range, at: Position): boolean {
  return !before(at, range.start) && !before(range.end, at);
}

function within(inner: Range, outer: Range): boolean {
  return !before(inner.start, outer.start) && !before(outer.end, inner.end);
}

/** The node whose text is the smallest around a position. */
export function nodeAt(graph: Graph, at: Position): GraphNode | undefined {
  let best: GraphNode | undefined;
  for (const node of graph.nodes) {
    if (contains(node.range, at) && (best === undefined || within(node.range, best.range))) best = node;
  }
  return best;
}

/** The nodes that feed `id`, or that it feeds, from left to right. */
export function neighbours(graph: Graph, id: string, side: 'producers' | 'consumers'): GraphNode[] {
  const ids = new Set(
    graph.edges
      .filter((edge) => (side === 'producers' ? edge.to : edge.from) === id)
      .map((edge) => (side === 'producers' ? edge.from : edge.to)),
  );
  return graph.nodes.filter((node) => ids.has(node.id)).sort((a, b) => a.x - b.x);
}

/**
 * The node to go to from `id` with an arrow key. Up and down follow edges, towards producers and consumers;
 * left and right go along the layer. Undefined at the border.
 */
export function step(graph: Graph, id: string, key: 'up' | 'down' | 'left' | 'right'): GraphNode | undefined {
  const here = graph.nodes.find((node) => node.id === id);
  if (here === undefined) return graph.nodes[0];
  const centre = (node: GraphNode) => node.x + node.width / 2;
  const away = (node: GraphNode) => Math.abs(centre(node) - centre(here));
  if (key === 'up' || key === 'down') {
    const down = graph.edges.length > 0 && flowsDown(graph);
    const side = (key === 'down') === down ? 'consumers' : 'producers';
    return neighbours(graph, id, side).sort((a, b) => away(a) - away(b))[0];
  }
  const layer = graph.nodes.filter((node) => Math.abs(node.y - here.y) < here.height / 2);
  const ahead = layer.filter((node) => (key === 'left' ? centre(node) < centre(here) : centre(node) > centre(here)));
  return ahead.sort((a, b) => away(a) - away(b))[0];
}

/** Whether consumers stand below their producers, so that the keys follow the picture. */
function flowsDown(graph: Graph): boolean {
  const y = new Map(graph.nodes.map((node) => [node.id, node.y]));
  let sum = 0;
  for (const edge of graph.edges) sum += Math.sign((y.get(edge.to) ?? 0) - (y.get(edge.from) ?? 0));
  return sum >= 0;
}

/**
 * Draws a graph as SVG elements and keeps their state. Knows nothing of messages, keys or zoom.
 *
 * No style attributes: the content policy of the page forbids them.
 */
import { type NodeRun, type NodeRuns, runOf } from '../src/graph/messages';
import type { Graph, GraphEdge, GraphNode } from '../src/protocol';

const SVG = 'http://www.w3.org/2000/svg';

/** State by shape, beside the colour. */
const MARKS = { pending: '○', running: '▶', succeeded: '✓', failed: '✗', cancelled: '■' } as const;

/** Space between the border of a box and its text. */
const PADDING = 8;
/** Width of a character of the label, close enough to know when to cut a text. */
const CHARACTER = 6.6;

export interface Scene {
  /** Everything that moves with the view. */
  root: SVGGElement;
  nodes: Map<string, SVGGElement>;
  edges: { edge: GraphEdge; element: SVGGElement }[];
}

/** An SVG element with attributes. */
export function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** Replaces what `svg` shows by a graph. */
export function draw(svg: SVGSVGElement, graph: Graph, expanded: readonly string[]): Scene {
  const root = element('g', { role: 'presentation' });
  const edges = graph.edges.map((edge) => ({ edge, element: drawEdge(edge) }));
  const nodes = new Map(graph.nodes.map((node) => [node.id, drawNode(node, expanded.includes(node.id))]));
  root.append(...edges.map((each) => each.element), ...nodes.values());
  const arrow = element(
    'marker',
    { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerUnits: 'userSpaceOnUse', markerWidth: 9, markerHeight: 9, orient: 'auto' },
    element('path', { d: 'M0 0 L8 4 L0 8 z' }),
  );
  svg.replaceChildren(element('defs', {}, arrow), root);
  svg.setAttribute('aria-label', `Graph of ${graph.function}`);
  return { root, nodes, edges };
}

function drawEdge(edge: GraphEdge): SVGGElement {
  const d = edge.points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
  const group = element('g', { class: edge.after ? 'edge after' : 'edge', 'aria-hidden': 'true' });
  group.append(element('path', { d, 'marker-end': 'url(#arrow)' }));
  const half = Math.floor((edge.points.length - 1) / 2);
  const [one, other] = [edge.points[half], edge.points[half + 1]];
  const label = edge.label ?? (edge.after ? 'after' : '');
  group.append(element('title', {}, `${edge.from} → ${edge.to}${label === '' ? '' : ` (${label})`}`));
  // A text on every edge would hide the picture; the title has it for the pointer.
  if (one !== undefined && other !== undefined && edge.after) {
    group.append(element('text', { x: (one[0] + other[0]) / 2 + 4, y: (one[1] + other[1]) / 2 }, label));
  }
  return group;
}

function drawNode(node: GraphNode, expanded: boolean): SVGGElement {
  const { x, y, width, height } = node;
  const group = element('g', {
    class: nodeClass(node, undefined),
    role: 'treeitem',
    tabindex: -1,
    'data-id': node.id,
    transform: `translate(${x} ${y})`,
  });
  const round = { argument: height / 2, literal: height / 2, result: 2 }[node.kind as string] ?? 5;
  const fit = Math.max(3, Math.floor((width - 2 * PADDING) / CHARACTER));
  const twoLines = node.detail !== '' && height >= 30;
  group.append(
    element('rect', { class: 'halo', x: -4, y: -4, width: width + 8, height: height + 8, rx: round + 3 }),
    element('rect', { class: 'box', width, height, rx: round }),
    element('text', { class: 'label', x: PADDING, y: twoLines ? height / 2 - 4 : height / 2 + 4 }, cut(node.label, fit)),
  );
  if (twoLines) group.append(element('text', { class: 'detail', x: PADDING, y: height / 2 + 12 }, cut(node.detail, fit)));
  const folded = node.folded?.length ?? 0;
  if (folded > 0 || expanded) {
    const text = folded > 0 ? `+${folded}` : '−';
    const wide = text.length * CHARACTER + PADDING;
    group.setAttribute('aria-expanded', String(folded === 0));
    group.append(
      element(
        'g',
        { class: 'fold', transform: `translate(${width - wide / 2} ${height})` },
        element('title', {}, folded > 0 ? `show the ${folded} calls that are folded here` : 'fold again'),
        element('rect', { x: -wide / 2, y: -8, width: wide, height: 16, rx: 8 }),
        element('text', { y: 4 }, text),
      ),
    );
  }
  group.append(element('text', { class: 'mark', x: width - 5, y: 14 }), element('title'));
  describe(group, node, undefined);
  return group;
}

function nodeClass(node: GraphNode, run: NodeRun | undefined): string {
  return ['node', node.kind, node.effect, run?.status].filter((each) => each !== undefined).join(' ');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** All that there is to say about a node, one fact a line. */
export function description(node: GraphNode, run: NodeRun | undefined): string {
  const lines = [node.detail === '' || node.detail === node.label ? node.label : `${node.label}: ${node.detail}`];
  if (node.effect !== undefined) lines.push(`effect: ${node.effect}`);
  if (node.folded !== undefined) lines.push(`${node.folded.length} calls are folded here (e shows them)`);
  if (run !== undefined) {
    const time = run.durationMs === undefined ? '' : ` in ${Math.round(run.durationMs)} ms`;
    lines.push(`${run.status}${time}`);
    if (run.value !== undefined) lines.push(run.value);
  }
  return lines.join('\n');
}

function describe(group: SVGGElement, node: GraphNode, run: NodeRun | undefined): void {
  const text = description(node, run);
  group.querySelector(':scope > title')?.replaceChildren(text);
  group.setAttribute('aria-label', text.replaceAll('\n', ', '));
}

/** Marks how nodes stand; nodes that `runs` does not name look as if nothing had been run. */
export function markRuns(scene: Scene, graph: Graph, runs: NodeRuns): void {
  for (const node of graph.nodes) {
    const group = scene.nodes.get(node.id);
    if (group === undefined) continue;
    const run = runOf(node, runs);
    const current = group.classList.contains('current');
    group.setAttribute('class', nodeClass(node, run));
    group.classList.toggle('current', current);
    group.querySelector('.mark')?.replaceChildren(run === undefined ? '' : MARKS[run.status]);
    if (run === undefined) group.removeAttribute('data-status');
    else group.setAttribute('data-status', run.status);
    describe(group, node, run);
  }
}

/** Marks one node as the current one, and the edges at it. */
export function markCurrent(scene: Scene, id: string | null): void {
  for (const [each, group] of scene.nodes) {
    const current = each === id;
    group.classList.toggle('current', current);
    group.setAttribute('aria-selected', String(current));
  }
  for (const { edge, element: group } of scene.edges) {
    group.classList.toggle('near', id !== null && (edge.from === id || edge.to === id));
  }
}

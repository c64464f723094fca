/**
 * The page of the graph: takes messages of the extension, draws, and answers pointer and keys.
 *
 * One node at a time can be reached with Tab; arrow keys go from there along the edges and the layers, Enter moves
 * the editor's cursor to the node, e shows what is folded into it or folds it again.
 */
import { step } from '../src/graph/find';
import { type FromPage, type NodeRuns, type PageState, runOf, type ToPage } from '../src/graph/messages';
import type { Graph, GraphNode } from '../src/protocol';
import { Camera } from './camera';
import { description, draw, markCurrent, markRuns, type Scene } from './scene';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void; setState(state: PageState): void };

const host = acquireVsCodeApi();
const svg = find<SVGSVGElement>('#graph');
const message = find<HTMLElement>('#message');
const details = find<HTMLElement>('#details');
const camera = new Camera(svg);

let graph: Graph | undefined;
let scene: Scene | undefined;
let runs: NodeRuns = {};
let current: string | null = null;
/** Name of the function that the view was fitted to: later pictures of it keep the view. */
let fitted: string | undefined;

function find<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

function show(next: Graph, uri: string, expanded: readonly string[]): void {
  const focused = document.activeElement?.getAttribute('data-id');
  graph = next;
  scene = draw(svg, next, expanded);
  camera.aim(scene.root);
  if (fitted !== `${uri}#${next.function}`) {
    camera.fit(next.width, next.height);
    fitted = `${uri}#${next.function}`;
  }
  message.textContent = '';
  markRuns(scene, next, runs);
  const first = next.nodes.find((node) => node.id === current) ?? next.nodes[0];
  if (first !== undefined) scene.nodes.get(first.id)?.setAttribute('tabindex', '0');
  if (focused != null) scene.nodes.get(focused)?.focus();
}

function select(id: string | null): void {
  current = id;
  if (scene === undefined || graph === undefined) return;
  markCurrent(scene, id);
  const node = graph.nodes.find((each) => each.id === id);
  if (node !== undefined) camera.ensureVisible(node);
  showDetails(node);
}

function showDetails(node: GraphNode | undefined): void {
  details.textContent = node === undefined ? '' : description(node, runOf(node, runs));
}

function focus(node: GraphNode | undefined): void {
  const group = node === undefined ? undefined : scene?.nodes.get(node.id);
  if (node === undefined || group === undefined) return;
  for (const other of scene?.nodes.values() ?? []) other.setAttribute('tabindex', '-1');
  group.setAttribute('tabindex', '0');
  group.focus();
  camera.ensureVisible(node);
  showDetails(node);
}

function nodeOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? (target.closest('.node')?.getAttribute('data-id') ?? undefined) : undefined;
}

function reveal(id: string): void {
  select(id);
  host.postMessage({ type: 'reveal', id });
}

function toggle(id: string): void {
  host.postMessage({ type: 'toggle', id });
}

const KEYS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const;

svg.addEventListener('click', (event) => {
  const id = nodeOf(event.target);
  if (id === undefined) return;
  if (event.target instanceof Element && event.target.closest('.fold') !== null) toggle(id);
  else reveal(id);
});

document.addEventListener('keydown', (event) => {
  if (graph === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const id = nodeOf(document.activeElement);
  if (event.key in KEYS) {
    focus(step(graph, id ?? '', KEYS[event.key as keyof typeof KEYS]));
  } else if (event.key === 'Home') {
    focus(graph.nodes[0]);
  } else if (event.key === 'End') {
    focus(graph.nodes.at(-1));
  } else if ((event.key === 'Enter' || event.key === ' ') && id !== undefined) {
    reveal(id);
  } else if (event.key === 'e' && id !== undefined) {
    toggle(id);
  } else if (event.key === '+' || event.key === '-') {
    camera.zoom(event.key === '+' ? 1.25 : 0.8);
  } else if (event.key === '0') {
    camera.fit(graph.width, graph.height);
  } else {
    return;
  }
  event.preventDefault();
});

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'graph':
      runs = data.runs;
      current = data.highlight;
      show(data.graph, data.uri, data.expanded);
      select(data.highlight);
      host.setState({ uri: data.uri, function: data.graph.function });
      break;
    case 'empty':
      graph = undefined;
      scene = undefined;
      fitted = undefined;
      svg.replaceChildren();
      details.textContent = '';
      message.textContent = data.reason;
      if (data.function !== '') host.setState({ uri: data.uri, function: data.function });
      break;
    case 'runs':
      runs = data.runs;
      if (scene !== undefined && graph !== undefined) markRuns(scene, graph, runs);
      showDetails(graph?.nodes.find((node) => node.id === current));
      break;
    case 'highlight':
      select(data.id);
      break;
  }
  // Says that the page shows what it was sent, and which; tests and screen readers' users need nothing else.
  document.body.dataset['ready'] = '1';
  document.body.dataset['function'] = graph?.function ?? '';
});

host.postMessage({ type: 'ready' });

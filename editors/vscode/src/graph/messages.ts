/**
 * What the extension and the page of the graph say to each other.
 */
import type { Graph, GraphNode, RunEvent, RunResult } from '../protocol';

/** How a node stands in the last run. */
export type NodeStatus = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface NodeRun {
  status: NodeStatus;
  /** The captured value, shortened. */
  value?: string | undefined;
  durationMs?: number | undefined;
}

/** By node id. */
export type NodeRuns = Record<string, NodeRun>;

export type ToPage =
  | { type: 'graph'; uri: string; graph: Graph; expanded: string[]; runs: NodeRuns; highlight: string | null }
  /** There is nothing to draw; `reason` is a sentence. */
  | { type: 'empty'; uri: string; function: string; reason: string }
  | { type: 'runs'; runs: NodeRuns }
  | { type: 'highlight'; id: string | null };

/** `toggle` shows what is folded into a node, or folds it again. */
export type FromPage = { type: 'ready' } | { type: 'reveal' | 'toggle'; id: string };

/** What the page keeps, and gets back when the window is opened again. */
export interface PageState {
  uri: string;
  function: string;
}

/** Of several states of one node the one that matters most comes first. */
const WEIGHT: NodeStatus[] = ['failed', 'running', 'cancelled', 'pending', 'succeeded'];

/** How a node stands: itself and, where it has its own state, what is folded into it. */
export function runOf(node: GraphNode, runs: NodeRuns): NodeRun | undefined {
  const own = runs[node.id];
  if (node.folded === undefined) return own;
  const all = [node.id, ...node.folded].map((id) => runs[id]?.status);
  const status = WEIGHT.find((each) => all.includes(each));
  return status === undefined ? undefined : { ...own, status };
}

/** The state of a node after an event; events that say nothing about one leave it as it is. */
export function applyEvent(before: NodeRun | undefined, event: RunEvent): NodeRun | undefined {
  const details = {
    value: event.value ?? before?.value,
    durationMs: event.durationMs ?? before?.durationMs,
  };
  switch (event.event) {
    case 'started':
      return { status: 'running' };
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return { status: event.event, ...details };
    default:
      return before;
  }
}

/** All steps that a run of the whole function is going to do. */
export function pendingNodes(graph: Graph): NodeRuns {
  const steps = graph.nodes.filter(({ kind }) => kind !== 'argument' && kind !== 'literal' && kind !== 'error');
  return Object.fromEntries(steps.map(({ id }) => [id, { status: 'pending' } as const]));
}

/** How the nodes stand when the run is over: what never began is unmarked, what never ended was cut off. */
export function settle(nodes: NodeRuns, status: RunResult['status']): NodeRuns {
  const cutOff = status === 'failed' ? 'failed' : 'cancelled';
  const settled: NodeRuns = {};
  for (const [id, run] of Object.entries(nodes)) {
    if (run.status === 'running') settled[id] = status === 'succeeded' ? { ...run, status } : { ...run, status: cutOff };
    else if (run.status !== 'pending') settled[id] = run;
  }
  return settled;
}

/**
 * What the extension and the page of the graph say to each other.
 */
import type { Graph, RunEvent } from '../protocol';

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
  | { type: 'graph'; uri: string; graph: Graph; runs: NodeRuns; highlight: string | null }
  /** There is nothing to draw; `reason` is a sentence. */
  | { type: 'empty'; uri: string; function: string; reason: string }
  | { type: 'runs'; runs: NodeRuns }
  | { type: 'highlight'; id: string | null };

export type FromPage = { type: 'ready' } | { type: 'reveal'; id: string };

/** What the page keeps, and gets back when the window is opened again. */
export interface PageState {
  uri: string;
  function: string;
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

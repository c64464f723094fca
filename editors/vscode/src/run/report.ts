/**
 * How a run reads: in the progress notification, in the status, in the output channel. Pure.
 */
import type { Confirm, RunEvent, RunResult } from '../protocol';

/** A duration in milliseconds as people write it. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
}

/** Line under the progress bar of a run of `name`, for events that change it. Names other functions only. */
export function progressText(event: RunEvent, name: string): string | undefined {
  const where = [event.function === name ? undefined : event.function, event.node].filter(Boolean).join(': ') || name;
  const clock = event.virtualMs === undefined ? '' : ` (at ${duration(event.virtualMs)})`;
  if (event.event === 'started') return `${where}${clock}`;
  const told = event.output ?? event.value;
  if (event.event === 'progress' && told !== undefined) return `${where}: ${told}${clock}`;
  return undefined;
}

/** One line about how a run ended. */
export function outcome(result: RunResult): string {
  const steps = `${result.steps.run} ${result.steps.run === 1 ? 'step' : 'steps'}`;
  switch (result.status) {
    case 'succeeded':
      return `succeeded: ${steps} in ${duration(result.durationMs)}`;
    case 'cancelled':
      return `cancelled after ${steps}`;
    case 'failed':
      return `failed after ${steps}`;
    case 'refused':
      return 'was not run';
    case 'confirm':
      return 'waits for your consent';
  }
}

/** The end of a run for the output channel: how it ended stands last, where it can be seen below a long value. */
export function report(result: RunResult): string {
  const mark = { succeeded: '✓', failed: '✗', cancelled: '■', refused: '✗', confirm: '?' }[result.status];
  const lines: string[] = [];
  if (result.value !== undefined) lines.push(result.value);
  if (result.error !== undefined) {
    lines.push(result.error.message, ...result.error.trace.map((call) => `  in ${call}`));
  }
  for (const warning of result.warnings ?? []) lines.push(`warning of the server: ${warning}`);
  lines.push(`${mark} ${outcome(result)}`);
  return `${lines.join('\n')}\n`;
}

/** What the user is asked before a program writes to a cluster: what runs, where, what it does how often. */
export function question(name: string, confirm: Confirm): { message: string; detail: string; button: string } {
  const gates = confirm.gates.map(({ name, calls, destructive }) => `    ${calls} × ${name}${destructive ? ', which removes objects' : ''}`);
  const places = [...confirm.namespaces];
  if (confirm.computedNamespaces) places.push('others that are known only when it runs');
  const detail = [`Server: ${confirm.server}`, ...(places.length === 0 ? [] : [`Namespaces: ${places.join(', ')}`]), '', 'It would write:', ...gates];
  return {
    message: `Run ${name} on ${confirm.context}?`,
    detail: detail.join('\n'),
    button: confirm.destructive ? 'Run and Remove Objects' : 'Run',
  };
}

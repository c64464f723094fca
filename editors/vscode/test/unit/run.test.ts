/** How runs read, and what events do to nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyEvent, runOf, settle } from '../../src/graph/messages';
import { html } from '../../src/graph/html';
import { duration, outcome, progressText, question, report } from '../../src/run/report';

const EVENT = { runId: '1', function: 'F', node: 'a' };

test('durations', () => {
  assert.equal(duration(3.4), '3 ms');
  assert.equal(duration(1500), '1.5 s');
  assert.equal(duration(42_000), '42 s');
  assert.equal(duration(125_000), '2 min 5 s');
});

test('a node runs, then keeps value and time', () => {
  const running = applyEvent(undefined, { ...EVENT, event: 'started' });
  assert.deepEqual(running, { status: 'running' });
  const done = applyEvent(running, { ...EVENT, event: 'succeeded', value: '3', durationMs: 5 });
  assert.deepEqual(done, { status: 'succeeded', value: '3', durationMs: 5 });
});

test('output changes no node', () => {
  const before = { status: 'running' } as const;
  assert.equal(applyEvent(before, { ...EVENT, event: 'output', output: 'hello' }), before);
});

test('a second run forgets the value of the first', () => {
  const done = { status: 'succeeded', value: '3' } as const;
  assert.deepEqual(applyEvent(done, { ...EVENT, event: 'started' }), { status: 'running' });
});

test('progress names the step and the time in the sandbox', () => {
  assert.equal(progressText({ ...EVENT, event: 'started', virtualMs: 12_000 }, 'F'), 'a (at 12 s)');
  assert.equal(progressText({ ...EVENT, event: 'started' }, 'G'), 'F: a');
  assert.equal(progressText({ ...EVENT, event: 'progress', output: '1 of 3 pods' }, 'F'), 'a: 1 of 3 pods');
  assert.equal(progressText({ ...EVENT, event: 'output', output: 'x' }, 'F'), undefined);
});

test('the report of a success and of a failure', () => {
  const base = { steps: { run: 1 }, durationMs: 20 };
  assert.equal(report({ ...base, status: 'succeeded', value: '(a: 1)' }), '(a: 1)\n✓ succeeded: 1 step in 20 ms\n');
  assert.equal(
    report({ ...base, status: 'failed', error: { message: 'no such thing', trace: ['F', 'G'] } }),
    'no such thing\n  in F\n  in G\n✗ failed after 1 step\n',
  );
  assert.equal(outcome({ ...base, steps: { run: 2 }, status: 'cancelled' }), 'cancelled after 2 steps');
});

test('the page runs only the script with its nonce', () => {
  const page = html({ cspSource: 'https://w', script: 'https://w/graph.js', style: 'https://w/graph.css', nonce: 'abc' });
  assert.match(page, /default-src 'none'; style-src https:\/\/w; script-src 'nonce-abc';/);
  assert.doesNotMatch(page, /unsafe|style="/);
});

test('after a run nothing is pending or running', () => {
  const nodes = { a: { status: 'succeeded' }, b: { status: 'running' }, c: { status: 'pending' } } as const;
  assert.deepEqual(settle(nodes, 'succeeded'), { a: { status: 'succeeded' }, b: { status: 'succeeded' } });
  assert.deepEqual(settle(nodes, 'failed'), { a: { status: 'succeeded' }, b: { status: 'failed' } });
  assert.deepEqual(settle(nodes, 'cancelled'), { a: { status: 'succeeded' }, b: { status: 'cancelled' } });
});

test('a folded node stands as the worst of what is in it', () => {
  const at = { line: 0, character: 0 };
  const node = {
    id: 'a', label: 'a', detail: '', kind: 'call', range: { start: at, end: at }, x: 0, y: 0, width: 1, height: 1,
    folded: ['b', 'c'],
  } as const;
  const graphNode = { ...node, folded: [...node.folded] };
  assert.equal(runOf(graphNode, {}), undefined);
  assert.deepEqual(runOf(graphNode, { a: { status: 'pending' }, b: { status: 'running' } }), { status: 'running' });
  assert.deepEqual(
    runOf(graphNode, { a: { status: 'succeeded', value: '1' }, b: { status: 'succeeded' }, c: { status: 'failed' } }),
    { status: 'failed', value: '1' },
  );
});

test('a program that writes to a cluster is asked about with where, what and how often', () => {
  const gates = [
    { name: 'CreateService', calls: 2, destructive: false },
    { name: 'DeleteJobs', calls: 1, destructive: true },
  ];
  const confirm = { context: 'dev', server: 'https://one', gates, namespaces: ['web'], computedNamespaces: true, destructive: true, summary: '', agreement: '1' };
  const asked = question('Stop', confirm);
  assert.equal(asked.message, 'Run Stop on dev?');
  assert.equal(
    asked.detail,
    'Server: https://one\nNamespaces: web, others that are known only when it runs\n\nIt would write:\n    2 × CreateService\n    1 × DeleteJobs, which removes objects',
  );
  assert.equal(asked.button, 'Run and Remove Objects');
  assert.equal(question('Start', { ...confirm, destructive: false }).button, 'Run');
});

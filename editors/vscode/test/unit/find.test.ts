/** Nodes by cursor and by arrow key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neighbours, nodeAt, step } from '../../src/graph/find';
import type { Graph, GraphNode } from '../../src/protocol';

function node(id: string, x: number, y: number, line: number, end = line): GraphNode {
  return {
    id,
    label: id,
    detail: '',
    kind: 'call',
    range: { start: { line, character: 1 }, end: { line: end, character: 20 } },
    x,
    y,
    width: 100,
    height: 40,
  };
}

/** a and b feed c; c feeds d. */
const GRAPH: Graph = {
  function: 'F',
  width: 300,
  height: 240,
  version: 1,
  nodes: [node('a', 0, 0, 1), node('b', 150, 0, 2), node('c', 60, 80, 3, 9), node('d', 60, 160, 5)],
  edges: [
    { from: 'a', to: 'c', after: false, points: [] },
    { from: 'b', to: 'c', after: false, points: [] },
    { from: 'c', to: 'd', after: true, points: [] },
  ],
};

test('the smallest node around the cursor', () => {
  assert.equal(nodeAt(GRAPH, { line: 4, character: 0 })?.id, 'c');
  assert.equal(nodeAt(GRAPH, { line: 5, character: 3 })?.id, 'd');
  assert.equal(nodeAt(GRAPH, { line: 1, character: 20 })?.id, 'a');
  assert.equal(nodeAt(GRAPH, { line: 12, character: 0 }), undefined);
});

test('neighbours follow edges, from left to right', () => {
  assert.deepEqual(neighbours(GRAPH, 'c', 'producers').map(({ id }) => id), ['a', 'b']);
  assert.deepEqual(neighbours(GRAPH, 'c', 'consumers').map(({ id }) => id), ['d']);
});

test('arrow keys go along edges and layers, and stop at the border', () => {
  assert.equal(step(GRAPH, 'a', 'down')?.id, 'c');
  assert.equal(step(GRAPH, 'c', 'up')?.id, 'a');
  assert.equal(step(GRAPH, 'c', 'down')?.id, 'd');
  assert.equal(step(GRAPH, 'a', 'right')?.id, 'b');
  assert.equal(step(GRAPH, 'b', 'left')?.id, 'a');
  assert.equal(step(GRAPH, 'b', 'right'), undefined);
  assert.equal(step(GRAPH, 'd', 'down'), undefined);
});

test('a node that is gone leads to the first one', () => {
  assert.equal(step(GRAPH, 'gone', 'down')?.id, 'a');
});

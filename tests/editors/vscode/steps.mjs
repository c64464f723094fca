// What has to happen, in order. Each step gets the editor, throws if it does not happen, and returns a fact for the report.
import assert from 'node:assert/strict';
import { command, popup } from './browser.mjs';

const START = 'StartCockroachDB';
const STOP = 'StopCockroachDB';

export const steps = [
  { title: 'The example opens without an error', run: opens },
  { title: 'A misspelt field is an error', run: breaks },
  { title: 'The fix is offered', run: offersFix },
  { title: 'The fix is applied', run: fixes },
  { title: 'Completion offers the fields of the stateful set', run: completes },
  { title: 'Hover explains a gate', run: hovers },
  { title: 'Calls that read, change and remove have three colours', run: colours },
  { title: 'A gate leads to the page of its kind, and that to the page of a type', run: reads },
  { title: 'The graph opens beside the editor', run: draws },
  { title: 'A click on a node moves the cursor', run: clicks },
  { title: 'The node of the cursor is marked', run: follows },
  { title: 'The arrow keys walk the graph', run: walks },
  { title: 'Run in sandbox asks for ns', run: asks },
  { title: 'The run shows progress and marks the nodes', run: runs },
  { title: 'Hover on a step shows its value', run: shows },
  { title: 'Run selection runs the chosen steps', run: selects },
  { title: 'Stop takes it down again', run: stops },
  { title: 'The graph is there again after a restart of the window', run: reloads },
];

async function opens(editor) {
  // Lenses come from the server: when they are there, the file has been read.
  await editor.page.locator('.codelens-decoration a', { hasText: /run in sandbox/i }).first().waitFor({ timeout: 60_000 });
  await editor.page.waitForTimeout(1500);
  assert.equal(await editor.squiggle().count(), 0, 'an error is shown');
  const problems = await editor.page.locator('#status\\.problems').getAttribute('aria-label');
  assert.match(problems ?? '', /No Problems/, problems);
  return 'The status bar says “No Problems”.';
}

async function breaks(editor) {
  await editor.goTo('serviceName:', { offset: 'serviceName'.length });
  await editor.page.keyboard.press('Backspace');
  await editor.squiggle().first().waitFor({ state: 'attached', timeout: 15_000 });
  await editor.page.keyboard.press('ArrowLeft');
  return (await editor.hover(['serviceNam'])).split('\n')[0];
}

function fixMenu(editor) {
  return editor.page.locator('.action-widget .monaco-list-row', { hasText: 'serviceName' }).first();
}

async function offersFix(editor) {
  const row = await popup(editor.page, ['Control+.'], fixMenu(editor));
  return `“${(await row.innerText()).trim()}”`;
}

async function fixes(editor) {
  const { page } = editor;
  await popup(page, ['Control+.'], fixMenu(editor));
  // The menu takes no clicks until the pointer has moved; keys work at once.
  const focused = page.locator('.action-widget .monaco-list-row.focused', { hasText: 'serviceName' });
  for (let tries = 0; (await focused.count()) === 0 && tries < 10; tries++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await editor.squiggle().first().waitFor({ state: 'detached', timeout: 15_000 });
  await page.locator('.view-line', { hasText: 'serviceName:' }).first().waitFor();
  return 'The line reads serviceName again.';
}

async function completes(editor) {
  const { page } = editor;
  const { line } = editor.find('serviceName:');
  // The line before it is the `spec: (` of the stateful set.
  assert.match(editor.lines[line - 2], /spec: \($/);
  await editor.goTo('serviceName:');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const row = page.locator('.suggest-widget.visible .monaco-list-row[aria-label^="minReadySeconds"]');
  await page.keyboard.type('min');
  await popup(page, ['Control+Space'], row.first());
  const focused = page.locator('.suggest-widget.visible .monaco-list-row.focused[aria-label^="minReadySeconds"]');
  for (let tries = 0; (await focused.count()) === 0 && tries < 10; tries++) await page.keyboard.press('ArrowDown');
  const details = page.locator('.suggest-details-container .suggest-details:visible, .suggest-details:visible').first();
  for (let tries = 0; !(await details.isVisible()) && tries < 4; tries++) {
    await page.keyboard.press('Control+Space');
    await page.waitForTimeout(800);
  }
  const text = (await details.innerText()).trim();
  assert.match(text, /minimum number of seconds/i, text);
  await page.waitForTimeout(300);
  return `minReadySeconds: ${text.split('\n').filter(Boolean).slice(0, 2).join(' ')}`;
}

async function hovers(editor) {
  const { page } = editor;
  // Takes back what the step before typed.
  await command(page, 'File: Revert File');
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  await editor.squiggle().first().waitFor({ state: 'detached', timeout: 15_000 });
  await editor.goTo('CreateStatefulSet', { offset: 3 });
  const text = await editor.hover(['StatefulSet', 'apps', 'v1', 'namespace']);
  return text.split('\n').filter(Boolean).slice(0, 3).join(' · ');
}

async function colours(editor) {
  const { page } = editor;
  const shown = [];
  for (const name of ['CreateNamespace', 'ListStatefulSetsByLabelSelector', 'DeleteStatefulSets']) {
    await editor.goTo(`${name}(`);
    const word = page.locator('.view-line span[class*="mtk"]', { hasText: new RegExp(`^${name}$`) }).first();
    await word.waitFor({ timeout: 15_000 });
    shown.push({ name, colour: await word.evaluate((it) => getComputedStyle(it).color) });
  }
  assert.equal(new Set(shown.map(({ colour }) => colour)).size, 3, JSON.stringify(shown));
  return shown.map(({ name, colour }) => `${name} ${colour}`).join(', ');
}

async function reads(editor) {
  const { page } = editor;
  const line = (text) => page.locator('.view-line', { hasText: text }).first();
  await editor.goTo('CreateStatefulSet', { offset: 3 });
  await page.keyboard.press('F12');
  await page.locator('.tab.active[aria-label^="StatefulSet.ko"]').waitFor({ timeout: 15_000 });
  await line('CreateStatefulSet(').waitFor();
  // Up to the field, and on to its type.
  await command(page, 'Find');
  await page.keyboard.type('StatefulSetSpec');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('F12');
  const name = 'io.k8s.api.apps.v1.StatefulSetSpec.ko';
  await page.locator(`.tab.active[aria-label^="${name}"]`).waitFor({ timeout: 15_000 });
  await line('StatefulSetSpec: (').waitFor();
  return `${await page.locator('.tab.active').getAttribute('aria-label')}`;
}

/** Closes what the step before has opened. */
async function backToFile(page) {
  // One tab or two, depending on whether the second took the place of the first.
  const back = page.locator('.tab.active[aria-label^="cockroachdb.ko"]');
  for (let tries = 0; (await back.count()) === 0 && tries < 2; tries++) {
    await command(page, 'View: Close Editor');
    await page.waitForTimeout(300);
  }
  await back.waitFor({ timeout: 5_000 });
}

async function draws(editor) {
  await backToFile(editor.page);
  await editor.clickLens(`${START}(`, /graph/i);
  const graph = await editor.graphOf(START);
  await editor.node('namespace').waitFor();
  const count = await graph.locator('.node').count();
  assert.ok(count >= 7, `${count} nodes`);
  return `${count} nodes, ${await graph.locator('.edge').count()} edges.`;
}

async function clicks(editor) {
  const { line } = editor.find('initJob:');
  await editor.node('initJob').click();
  await editor.cursorInLine(line);
  return `The cursor is in line ${line}, at initJob.`;
}

async function follows(editor) {
  await editor.goTo('running:', { offset: 2 });
  await editor.graph().locator('.node.current', { hasText: 'running' }).waitFor({ timeout: 10_000 });
  return 'running';
}

async function walks(editor) {
  const { page } = editor;
  const node = editor.node('nodes');
  await node.focus();
  await page.keyboard.press('ArrowDown');
  const focused = editor.graph().locator('.node:focus');
  const label = await focused.getAttribute('aria-label');
  assert.ok(label !== null && !label.startsWith('nodes:'), `the focus stays on ${label}`);
  const id = await focused.getAttribute('data-id');
  await page.keyboard.press('Enter');
  await editor.graph().locator(`.node.current[data-id="${id}"]`).waitFor();
  return `Arrow down from nodes leads to “${label}”.`;
}

async function asks(editor) {
  await editor.watchNotifications();
  await editor.clickLens(`${START}(`, /run in sandbox/i);
  const title = editor.page.locator('.quick-input-widget .quick-input-title', { hasText: 'ns' });
  await title.waitFor({ timeout: 10_000 });
  const doc = await editor.page.locator('.quick-input-widget .quick-input-message').innerText();
  assert.match(doc, /namespace/i);
  return `${await title.innerText()}: “${doc}”`;
}

async function runs(editor) {
  // Escape between the steps has closed the question.
  await editor.clickLens(`${START}(`, /run in sandbox/i);
  await editor.answer('ns', 'demo');
  const text = await editor.output(['succeeded', 'readyReplicas: 3']);
  const seen = await editor.seenNotifications();
  assert.ok(seen.some((each) => each.includes(`Ko: ${START}`)), `no progress among: ${seen.join(' | ')}`);
  const graph = editor.graph();
  for (const label of ['namespace', 'nodes', 'running', 'initJob', 'initDone', 'ready']) {
    await editor.nodeIs(label, 'succeeded');
  }
  assert.equal(await graph.locator('.node.failed, .node.running').count(), 0);
  return text.split('\n').find((line) => line.includes('succeeded'));
}

async function shows(editor) {
  await editor.goTo('namespace: CreateNamespace', { offset: 2 });
  const text = await editor.hover(['demo']);
  const title = await editor.node('namespace').locator('title').textContent();
  assert.match(title, /succeeded/);
  assert.match(title, /demo/);
  return text.split('\n').filter(Boolean).slice(0, 2).join(' · ');
}

async function selects(editor) {
  const { page } = editor;
  const from = await editor.goTo('namespace: CreateNamespace');
  const to = editor.find('nodes: startCockroachDBNodes').line;
  for (let line = from; line < to; line++) await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+End');
  await command(page, 'Ko: Run Selection in Sandbox');
  await editor.answer('ns', 'second');
  // Steps outside of the selection have not run: what the run before left is gone.
  for (const label of ['initJob', 'ready']) await editor.nodeIs(label, null);
  for (const label of ['namespace', 'nodes']) await editor.nodeIs(label, 'succeeded');
  await editor.output(['✓ succeeded']);
  return 'namespace and nodes ran, initJob and ready did not.';
}

async function stops(editor) {
  await editor.clickLens(`${STOP}(`, /run in sandbox/i);
  await editor.answer('ns', 'demo');
  const text = await editor.output(['succeeded', 'statefulSets: 1', 'jobs: 1']);
  return text.split('\n').find((line) => line.includes('succeeded'));
}

async function reloads(editor) {
  // The window writes down what is open a moment after it changes.
  await editor.page.waitForTimeout(1500);
  await editor.reopen();
  await editor.graphOf(START);
  await editor.node('namespace').waitFor();
  return `The panel draws ${START}.`;
}

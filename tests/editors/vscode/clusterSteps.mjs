// What has to happen with a real cluster, in order, after the steps in the sandbox. Each step gets the editor and the cluster.
import assert from 'node:assert/strict';
import { command, quickInput } from './browser.mjs';

const START = 'StartCockroachDB';
const SPACE = '/api/v1/namespaces/on-cluster';

/** The steps, for the story. */
export function clusterSteps(cluster) {
  const steps = [
    { title: 'No cluster is connected until somebody asks', run: offline },
    { title: 'The contexts are offered with server, user and namespace', run: offers },
    { title: 'A program that signs in is shown first', run: asksForPlugin },
    { title: 'The status bar says which cluster is connected', run: connects },
    { title: 'A run that would write says what, and asks', run: confirms },
    { title: 'What was agreed to runs on the cluster', run: runs },
    { title: 'The status item leads to another context', run: switches },
    { title: 'A viewer is refused by name', run: refuses },
    { title: 'Who is signed out is told the way back', run: signedOut },
    { title: 'Who may read no schema gets the built-in one', run: forbidden },
    { title: 'A server that is away is said where the status is', run: away },
    { title: 'Disconnected, the built-in schema is back', run: disconnects },
  ];
  return steps.map(({ title, run }) => ({ title, run: (editor) => run(editor, cluster) }));
}

function item(page) {
  return page.locator('[id="ko-language.ko.ko.cluster"]');
}

/** Waits until the item of the status bar shows a text. */
async function shows(page, text) {
  const wanted = new RegExp(`^\\s*${text}\\s*$`);
  await item(page).filter({ hasText: wanted }).waitFor({ timeout: 20_000 }).catch(async () => {
    throw new Error(`the status item shows “${await item(page).innerText()}”, not “${text}”`);
  });
}

/** What it says to whoever points at it. */
async function tooltip(page) {
  // A pointer that rests there already says nothing new.
  await page.mouse.move(700, 450);
  await item(page).hover();
  const hover = page.locator('.workbench-hover-container:visible, .monaco-hover:visible').last();
  await hover.waitFor({ timeout: 10_000 });
  return (await hover.innerText()).replaceAll('\u00a0', ' ');
}

function rows(page) {
  return page.locator('.quick-input-widget:not([style*="display: none"]) .monaco-list-row');
}

/** Opens the picker of contexts and takes one; undefined leaves it open. */
async function choose(page, name) {
  await command(page, 'Ko: Connect to Cluster…');
  await page.locator('.quick-input-title', { hasText: 'Connect to Cluster' }).waitFor({ timeout: 10_000 });
  if (name === undefined) return;
  await quickInput(page).fill(name);
  await rows(page).filter({ hasText: name }).first().click();
}

function dialog(page) {
  return page.locator('.monaco-dialog-box');
}

async function saidBy(box) {
  await box.waitFor({ timeout: 20_000 });
  return (await box.innerText()).replaceAll('\u00a0', ' ');
}

async function offline({ page }) {
  await shows(page, 'Ko: offline');
  return (await tooltip(page)).split('\n').join(' ');
}

async function offers({ page }, { server }) {
  await choose(page);
  await rows(page).first().waitFor();
  const shown = (await rows(page).allInnerTexts()).map((it) => it.replaceAll(/\s+/g, ' ').trim());
  assert.equal(shown[0].replaceAll(' ', ''), `admin user admin · namespace shop · current ${server}`.replaceAll(' ', ''));
  assert.equal(shown.length, 6, shown.join(' | '));
  const plugin = shown.find((it) => it.startsWith('single-sign-on'));
  assert.match(plugin, /signs in with sign-in/);
  return shown.join(' | ');
}

async function asksForPlugin({ page }) {
  await choose(page, 'single-sign-on');
  const text = await saidBy(dialog(page));
  for (const part of ['single-sign-on', '/sign-in --realm test', 'REALM_CACHE', 'Run Program']) {
    assert.ok(text.includes(part), `no ${part}: ${text}`);
  }
  // Nobody has agreed: nothing has run, nothing is connected.
  await shows(page, 'Ko: offline');
  return text.split('\n').filter(Boolean).slice(0, 2).join(' ');
}

async function connects({ page }, { server }) {
  await choose(page, 'admin');
  await shows(page, 'admin');
  const said = await tooltip(page);
  for (const part of ['Connected to admin', 'v1.36', server]) assert.ok(said.includes(part), `no ${part}: ${said}`);
  return said.split('\n').join(' ');
}

/** Asks for a run on the cluster, up to the question. */
async function ask(editor, namespace) {
  await editor.goTo(`${START}(`, { offset: 2 });
  await command(editor.page, 'Ko: Run on Cluster…');
  await editor.answer('ns', namespace);
  return saidBy(dialog(editor.page));
}

function press(page, button) {
  return dialog(page).locator('.monaco-button', { hasText: new RegExp(`^${button}$`) }).click();
}

async function confirms(editor, cluster) {
  const text = await ask(editor, 'on-cluster');
  const parts = [`Run ${START} on admin?`, cluster.server, '1 × CreateNamespace', '2 × CreateService', 'Namespaces: on-cluster', 'Run', 'Cancel'];
  for (const part of parts) assert.ok(text.includes(part), `no ${part}: ${text}`);
  assert.equal((await cluster.get(SPACE)).status, 404, 'something was sent before anybody agreed');
  return text.split('\n').filter(Boolean).join(' · ');
}

async function runs(editor, cluster) {
  await ask(editor, 'on-cluster');
  await press(editor.page, 'Run');
  const text = await editor.output(['succeeded', 'readyReplicas: 3']);
  for (const label of ['namespace', 'nodes', 'running', 'initJob', 'initDone', 'ready']) await editor.nodeIs(label, 'succeeded');
  const { body } = await cluster.get('/apis/apps/v1/namespaces/on-cluster/statefulsets/cockroachdb');
  assert.equal(body.status?.readyReplicas, 3, JSON.stringify(body));
  return text.split('\n').find((line) => line.includes('succeeded'));
}

async function switches({ page }) {
  await item(page).click();
  await rows(page).filter({ hasText: 'Switch Cluster…' }).click();
  await page.locator('.quick-input-title', { hasText: 'Connect to Cluster' }).waitFor({ timeout: 10_000 });
  await quickInput(page).fill('viewer');
  await rows(page).filter({ hasText: 'viewer' }).first().click();
  await shows(page, 'viewer');
  return 'viewer';
}

async function refuses(editor, cluster) {
  const { page } = editor;
  const text = await ask(editor, 'not-mine');
  assert.ok(text.includes(`Run ${START} on viewer?`), text);
  await press(page, 'Run');
  const toast = page.locator('.notification-toast', { hasText: 'cannot create resource "namespaces"' });
  await toast.waitFor({ timeout: 20_000 });
  await editor.output(['✗ failed']);
  await editor.nodeIs('namespace', 'failed');
  assert.equal((await cluster.get('/api/v1/namespaces/not-mine')).status, 404);
  return (await toast.locator('.notification-list-item-message').innerText()).trim();
}

async function signedOut({ page }) {
  await command(page, 'Notifications: Clear All Notifications');
  await choose(page, 'expired');
  await shows(page, 'expired: signed out');
  await item(page).click();
  await rows(page).first().waitFor();
  const ways = (await rows(page).allInnerTexts()).map((it) => it.trim().split('\n')[0]);
  assert.deepEqual(ways, ['Sign In Again', 'Switch Cluster…', 'Disconnect']);
  return ways.join(', ');
}

async function forbidden({ page }) {
  await choose(page, 'guest');
  await shows(page, 'guest: built-in schema');
  const said = await tooltip(page);
  assert.match(said, /built-in schema of Kubernetes/);
  assert.match(said, /system:discovery/);
  return said.split('\n').join(' ');
}

async function away({ page }) {
  await choose(page, 'away');
  await shows(page, 'Ko: offline');
  const said = await tooltip(page);
  assert.match(said, /Not connected to away/);
  return said.split('\n').join(' ');
}

async function disconnects({ page }) {
  await choose(page, 'admin');
  await shows(page, 'admin');
  await command(page, 'Ko: Disconnect from Cluster');
  await shows(page, 'Ko: offline');
  return 'Ko: offline';
}

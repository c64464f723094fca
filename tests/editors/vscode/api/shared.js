// The checks of expected.json, as VS Code sees them.
const assert = require('node:assert/strict');
const path = require('node:path');
const vscode = require('vscode');
const { containsAll, eventually, open, position, rangeOf } = require('./tools');

const KINDS = { callers, completion, definition, diagnostics, fix, hover, lenses, links, tokens, typeDefinition, folds, grow, hints, signature };

/** One case per check. */
exports.cases = function cases(folder, { checks }) {
  return checks.map((check) => ({
    name: check.name,
    run: async () => KINDS[check.kind](await open(folder, check.file), check, folder),
  }));
};

async function diagnostics(document, { expect }) {
  const severities = ['error', 'warning', 'information', 'hint'];
  // A file without errors looks like one that has not been checked yet: a hover comes after the first check.
  await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri);
  await eventually(
    () => vscode.languages.getDiagnostics(document.uri),
    (found) => {
      const shown = found.map((each) => `${each.range.start.line + 1}: ${each.message}`).join('\n');
      assert.equal(found.length, expect.length, `diagnostics:\n${shown}`);
      for (const wanted of expect) {
        const range = rangeOf(document, wanted.text);
        const here = found.find((each) => each.range.isEqual(range));
        assert.ok(here, `nothing exactly at ${wanted.text}:\n${shown}`);
        assert.equal(severities[here.severity], wanted.severity);
        containsAll(here.message, wanted.message);
      }
    },
  );
}

async function hover(document, { at, expect }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, position(document, at)),
    (hovers) => containsAll(hovers.flatMap((each) => each.contents.map((part) => part.value ?? part)).join('\n'), expect),
  );
}

async function completion(document, { at, expect, import: needed }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, position(document, at)),
    (list) => {
      const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      for (const wanted of expect) assert.ok(labels.includes(wanted), `${wanted} is not among ${labels.slice(0, 40).join(', ')}`);
    },
  );
  if (needed === undefined) return;
  // With the number of items to resolve, as if each had been looked at.
  const where = position(document, at);
  const { items } = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, where, undefined, 1000);
  const item = items.find(({ label }) => (typeof label === 'string' ? label : label.label) === needed.label);
  containsAll((item.additionalTextEdits ?? []).map(({ newText }) => newText).join(), [needed.text]);
}

async function signature(document, { at, expect }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeSignatureHelpProvider', document.uri, position(document, at)),
    (help) => {
      const [shown] = help.signatures;
      assert.ok(shown.label.startsWith(expect.label), shown.label);
      const { label } = shown.parameters[shown.activeParameter ?? help.activeParameter];
      const text = typeof label === 'string' ? label : shown.label.slice(...label);
      assert.ok(text.startsWith(expect.active), text);
    },
  );
}

async function hints(document, { expect }) {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeInlayHintProvider', document.uri, whole),
    (found) => {
      const shown = found.map(({ label }) => (typeof label === 'string' ? label : label.map(({ value }) => value).join('')));
      for (const wanted of expect) assert.ok(shown.includes(wanted), `${wanted} is not among ${shown.join(' ')}`);
    },
  );
}

async function folds(document, { expect }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeFoldingRangeProvider', document.uri),
    (found) => {
      const shown = found.map(({ start, end }) => `${start}-${end}`).join(' ');
      for (const [start, end] of expect) assert.ok(found.some((it) => it.start === start && it.end >= end), `${start}-${end}: ${shown}`);
    },
  );
}

async function grow(document, { at, expect }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeSelectionRangeProvider', document.uri, [position(document, at)]),
    ([innermost]) => {
      const shown = [];
      for (let each = innermost; each !== undefined; each = each.parent) shown.push(document.getText(each.range));
      for (const wanted of expect) assert.ok(shown.includes(wanted), shown.slice(0, 8).join(' | '));
    },
  );
}

async function fix(document, { at, title, line, gone = [] }, folder) {
  const where = position(document, at);
  const actions = await eventually(
    () => vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, new vscode.Range(where, where), undefined, 20),
    (found) => containsAll(found.map((each) => each.title).join('\n'), title),
  );
  const action = actions.find((each) => title.every((part) => each.title.toLowerCase().includes(part.toLowerCase())));
  assert.ok(action?.edit, `no edit in ${actions.map((each) => each.title).join(', ')}`);
  assert.ok(await vscode.workspace.applyEdit(action.edit));
  const text = document.getText();
  assert.ok(text.split('\n').includes(line), text);
  for (const part of gone) assert.ok(!text.includes(part), text);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(path.join(folder, path.basename(document.fileName))));
  await vscode.commands.executeCommand('workbench.action.files.revert');
}

function definition(document, check) {
  return goes('vscode.executeDefinitionProvider', document, check);
}

function typeDefinition(document, check) {
  return goes('vscode.executeTypeDefinitionProvider', document, check);
}

async function goes(command, document, { at, expect }) {
  const places = await eventually(
    () => vscode.commands.executeCommand(command, document.uri, position(document, at)),
    (found) => {
      assert.ok(found.length > 0, 'it leads nowhere');
      if (expect.uri !== undefined) return;
      const lines = found.map((each) => (each.targetRange ?? each.range).start.line);
      assert.deepEqual(lines, [rangeOf(document, expect.text).start.line]);
    },
  );
  if (expect.uri === undefined) return;
  // A document that is in no file: it can be opened, has the line, and the server answers in it.
  const [place] = places;
  const uri = place.targetUri ?? place.uri;
  assert.equal(uri.toString(), expect.uri);
  const shown = await vscode.workspace.openTextDocument(uri);
  assert.equal(shown.languageId, 'ko');
  const { line } = (place.targetSelectionRange ?? place.targetRange ?? place.range).start;
  containsAll(shown.lineAt(line).text, [expect.line]);
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', uri),
    (symbols) => assert.ok(symbols?.length > 0, 'no outline'),
  );
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeHoverProvider', uri, new vscode.Position(line, 1)),
    (hovers) => assert.ok(hovers.length > 0, 'no hover'),
  );
}

async function callers(document, { at, expect }) {
  const [item] = await eventually(
    () => vscode.commands.executeCommand('vscode.prepareCallHierarchy', document.uri, position(document, at)),
    (items) => assert.equal(items?.length, 1),
  );
  const calls = await vscode.commands.executeCommand('vscode.provideIncomingCalls', item);
  assert.deepEqual(
    calls.map(({ from }) => from.name),
    expect,
  );
}

async function links(document, { expect }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeLinkProvider', document.uri, 100),
    (found) => {
      const targets = found.map(({ target }) => target?.toString());
      for (const wanted of expect) assert.ok(targets.includes(wanted), targets.join(', '));
    },
  );
}

async function tokens(document, { tokens: wanted }) {
  const legend = await vscode.commands.executeCommand('vscode.provideDocumentSemanticTokensLegend', document.uri);
  const { data } = await vscode.commands.executeCommand('vscode.provideDocumentSemanticTokens', document.uri);
  const found = [];
  let [line, column] = [0, 0];
  for (let at = 0; at < data.length; at += 5) {
    const [down, right, length, , bits] = data.slice(at, at + 5);
    column = down === 0 ? column + right : right;
    line += down;
    const text = document.getText(new vscode.Range(line, column, line, column + length));
    found.push({ text, modifiers: legend.tokenModifiers.filter((_, bit) => bits & (1 << bit)) });
  }
  for (const { text, modifier } of wanted) {
    const token = found.find((each) => each.text === text);
    assert.ok(token?.modifiers.includes(modifier), `${text}: ${token?.modifiers}`);
  }
}

async function lenses(document, { commands }) {
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 100),
    (found) => {
      const counted = 'ko.showReferences';
      const shown = found.map(({ command: it }) => `${it?.command} ${it?.command === counted ? it.title : it?.arguments?.[1]}`);
      for (const wanted of commands) assert.ok(shown.includes(`${wanted.command} ${wanted.function ?? wanted.title}`), shown.join(', '));
    },
  );
}

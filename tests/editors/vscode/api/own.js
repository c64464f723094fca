// What the extension adds: commands, the graph panel, runs.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { containsAll, eventually, open } = require('./tools');

const ID = 'ko-language.ko';

/** The cases, in the order in which they depend on each other. */
exports.cases = function cases(folder, { graph, runs }) {
  return [
    { name: 'the extension is active and has its commands', run: () => active() },
    { name: 'the version of the server is that of the bundled program', run: () => version() },
    { name: 'the graph opens in a panel beside the editor', run: () => panel(folder, graph) },
    { name: 'the syntax tree follows edits and the cursor', run: () => syntaxTree(folder, graph) },
    { name: 'the lowered circuit follows the cursor', run: () => loweredCircuit(folder, graph) },
    { name: 'a value becomes a step by a code action, and its name is asked for', run: () => extract(folder, graph) },
    ...runs.map((wanted, index) => ({ name: `run ${index + 1}: ${wanted.function}`, run: () => run(folder, graph.file, wanted) })),
    { name: 'an unknown function is refused with a message, and the server lives', run: () => unknown(folder, graph.file) },
    { name: 'a run that does not end is cancelled', run: () => cancel(folder, graph.file) },
    { name: 'the sandbox can be emptied', run: () => reset(folder, graph.file) },
    { name: 'the server can be restarted', run: () => restart(folder, graph.file) },
  ];
};

async function active() {
  const extension = vscode.extensions.getExtension(ID);
  assert.ok(extension, `${ID} is not installed`);
  await extension.activate();
  const commands = await vscode.commands.getCommands(true);
  for (const { command } of extension.packageJSON.contributes.commands) assert.ok(commands.includes(command), command);
}

async function version() {
  const text = await vscode.commands.executeCommand('ko.showServerVersion');
  containsAll(text, ['ko ', 'from bundled']);
  await vscode.commands.executeCommand('notifications.clearAll');
}

async function panel(folder, { file, function: name }) {
  const document = await open(folder, file);
  await vscode.commands.executeCommand('ko.showGraph', document.uri.toString(), name);
  await eventually(
    () => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => ({ label: tab.label, column: group.viewColumn }))),
    (tabs) => {
      const found = tabs.find(({ label }) => label === `Graph: ${name}`);
      assert.ok(found, tabs.map(({ label }) => label).join(', '));
      assert.equal(found.column, vscode.ViewColumn.Two);
    },
  );
}

async function syntaxTree(folder, { file }) {
  const document = await open(folder, file);
  const editor = vscode.window.activeTextEditor;
  await vscode.commands.executeCommand('ko.showSyntaxTree');
  const shown = () => vscode.window.visibleTextEditors.find((it) => it.document.uri.scheme === 'ko-syntax');
  await eventually(
    () => shown()?.document.getText() ?? '',
    (text) => containsAll(text, ['SOURCE_FILE@0', 'name: IDENT@']),
  );
  assert.equal(shown().viewColumn, vscode.ViewColumn.Two);
  const added = '/* é */ Fresh() { return: 1 }\n';
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), added);
  assert.ok(await vscode.workspace.applyEdit(edit));
  await eventually(
    () => shown().document.getText(),
    (text) => containsAll(text, ['name: IDENT@9..14 "Fresh"']),
  );
  editor.selection = new vscode.Selection(0, 10, 0, 10);
  await eventually(
    () => shown().document.lineAt(shown().selection.active.line).text,
    (line) => containsAll(line, ['"Fresh"']),
  );
  await vscode.commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
  await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  await vscode.commands.executeCommand('undo');
  assert.ok(!document.getText().startsWith(added));
}

async function loweredCircuit(folder, { file }) {
  const document = await open(folder, file);
  const editor = vscode.window.activeTextEditor;
  await vscode.commands.executeCommand('ko.showLoweredCircuit');
  const shown = () => vscode.window.visibleTextEditors.find((it) => it.document.uri.scheme === 'ko-lowered');
  await eventually(
    () => shown()?.document.getText() ?? '',
    (text) => containsAll(text, ['StartShop()', 'CreateNamespace(namespace: %', '[write]']),
  );
  const at = document.positionAt(document.getText().indexOf('namespace.metadata.name') + 3);
  editor.selection = new vscode.Selection(at, at);
  await eventually(
    () => shown().document.lineAt(shown().selection.active.line).text,
    (line) => containsAll(line, ['namespace.metadata.name']),
  );
  await vscode.commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
}

async function extract(folder, { file }) {
  const document = await open(folder, file);
  const before = document.getText();
  const at = document.positionAt(before.indexOf('Len(deleted)') + 1);
  const kind = vscode.CodeActionKind.RefactorExtract.value;
  const actions = await eventually(
    () => vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, new vscode.Range(at, at), kind, 20),
    (found) => assert.ok(found.some(({ title }) => title.startsWith('Extract into step')), JSON.stringify(found)),
  );
  const { edit, command } = actions.find(({ title }) => title.startsWith('Extract into step'));
  assert.ok(await vscode.workspace.applyEdit(edit));
  containsAll(document.getText(), ['\tlen: Len(deleted)\n\treturn: len\n']);
  assert.equal(command.command, 'ko.rename');
  await vscode.commands.executeCommand(command.command, ...command.arguments);
  // The cursor is at the new label, where the editor asks for its name.
  const { active } = vscode.window.activeTextEditor.selection;
  assert.equal(document.getText(document.getWordRangeAtPosition(active)), 'len');
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await eventually(
    () => document.getText(),
    (text) => assert.equal(text, before),
  );
}

async function run(folder, file, { function: name, status, value }) {
  const document = await open(folder, file);
  const result = await vscode.commands.executeCommand('ko.runInSandbox', document.uri.toString(), name);
  assert.equal(result?.status, status, JSON.stringify(result));
  if (value !== undefined) containsAll(result.value ?? '', [value]);
}

async function unknown(folder, file) {
  const document = await open(folder, file);
  const result = await vscode.commands.executeCommand('ko.runInSandbox', document.uri.toString(), 'NoSuchFunction');
  assert.notEqual(result?.status, 'succeeded');
  await run(folder, file, { function: 'StopShop', status: 'succeeded' });
}

async function cancel(folder, file) {
  const document = await open(folder, file);
  let result;
  const run = vscode.commands.executeCommand('ko.runInSandbox', document.uri.toString(), 'Wait').then((ended) => {
    result = ended;
  });
  // The command does nothing as long as the run has not begun.
  await eventually(
    () => vscode.commands.executeCommand('ko.cancelRun'),
    () => assert.ok(result, 'the run goes on'),
  );
  await run;
  assert.equal(result.status, 'cancelled', JSON.stringify(result));
}

async function reset(folder, file) {
  await run(folder, file, { function: 'StartShop', status: 'succeeded' });
  await vscode.commands.executeCommand('ko.resetSandbox');
  await run(folder, file, { function: 'StopShop', status: 'succeeded', value: '0' });
}

async function restart(folder, file) {
  const document = await open(folder, file);
  await vscode.commands.executeCommand('ko.restartServer');
  await eventually(
    () => vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri),
    (symbols) => assert.ok(symbols.some(({ name }) => name === 'StartShop')),
  );
}

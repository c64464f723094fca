// The cluster of the editor by its commands: what they answer, and how it stands after each. What is asked and shown is a matter of the story.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { containsAll, eventually, open } = require('./tools');

/** The cases, in the order in which they depend on each other; they end offline. */
exports.cases = function cases(folder, { graph }) {
  return [
    { name: 'cluster: offline until somebody connects', run: () => offline() },
    { name: 'cluster: a viewer is connected, and reads without a question', run: () => reads(folder, graph.file) },
    { name: 'cluster: a credential at its end', run: () => connects('expired', 'signedOut', ['does not accept the credential']) },
    { name: 'cluster: nobody in particular gets the built-in schema', run: () => connects('guest', 'forbidden', ['built-in schema']) },
    { name: 'cluster: a server that is away', run: () => connects('away', 'offline', ['Not connected to away']) },
    { name: 'cluster: a context that there is not', run: () => unknown() },
    { name: 'cluster: disconnected, the sandbox is still there', run: () => disconnects(folder, graph.file) },
  ];
};

function status() {
  return vscode.commands.executeCommand('ko.clusterStatus');
}

async function offline() {
  assert.equal((await status())?.state, 'offline');
}

async function connects(context, state, parts) {
  assert.equal(await vscode.commands.executeCommand('ko.connectCluster', context), state);
  await eventually(status, (it) => {
    assert.equal(it.state, state, JSON.stringify(it));
    containsAll(it.message, parts);
    assert.ok(it.waysOut.length > 0, 'no way out');
  });
}

async function reads(folder, file) {
  await connects('viewer', 'connected', ['Connected to viewer']);
  const document = await open(folder, file);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), 'Spaces() { return: Len(FindNamespace(name: "default")) }\n');
  assert.ok(await vscode.workspace.applyEdit(edit));
  const result = await vscode.commands.executeCommand('ko.runOnCluster', document.uri.toString(), 'Spaces');
  assert.equal(result?.status, 'succeeded', JSON.stringify(result));
  assert.equal(result.value, '1', JSON.stringify(result));
  await vscode.commands.executeCommand('workbench.action.files.revert');
}

async function unknown() {
  // The message is shown; the command itself never throws.
  assert.equal(await vscode.commands.executeCommand('ko.connectCluster', 'no-such-context'), undefined);
  await vscode.commands.executeCommand('notifications.clearAll');
  assert.equal((await status()).state, 'offline');
}

async function disconnects(folder, file) {
  await connects('viewer', 'connected', []);
  await vscode.commands.executeCommand('ko.disconnectCluster');
  await offline();
  const document = await open(folder, file);
  const result = await vscode.commands.executeCommand('ko.runInSandbox', document.uri.toString(), 'StopShop');
  assert.equal(result?.status, 'succeeded', JSON.stringify(result));
}

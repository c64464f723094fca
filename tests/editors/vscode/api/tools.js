// Small helpers of the suite: documents, places, waiting.
const assert = require('node:assert/strict');
const path = require('node:path');
const vscode = require('vscode');

/** Opens a file of the fixture and shows it. */
async function open(folder, file) {
  const document = await vscode.workspace.openTextDocument(path.join(folder, file));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
  return document;
}

/** Where a text stands for the first time. */
function rangeOf(document, text) {
  const at = document.getText().indexOf(text);
  assert.notEqual(at, -1, `${document.fileName} does not contain ${text}`);
  return new vscode.Range(document.positionAt(at), document.positionAt(at + text.length));
}

/** A place as expected.json writes it. */
function position(document, { text, offset }) {
  return rangeOf(document, text).start.translate(0, offset);
}

/** Asks until `good(answer)`; the error of the last try if it never is. */
async function eventually(ask, good, limit = 20_000) {
  const deadline = Date.now() + limit;
  for (;;) {
    let failure;
    try {
      const answer = await ask();
      good(answer);
      return answer;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Fails unless `text` contains all of `parts`. */
function containsAll(text, parts) {
  for (const part of parts) {
    assert.ok(text.toLowerCase().includes(part.toLowerCase()), `“${part}” is missing in: ${text}`);
  }
}

module.exports = { open, rangeOf, position, eventually, containsAll };

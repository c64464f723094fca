// Entry of the suite inside the extension host: the shared checks, then what only VS Code has.
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const shared = require('./shared');
const own = require('./own');
const cluster = require('./cluster');

/** Called by the extension host; a rejection fails the run. */
exports.run = async function run() {
  const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
  const { report, tests, hasCluster } = JSON.parse(fs.readFileSync(path.join(folder, '.suite.json'), 'utf8'));
  const expected = JSON.parse(fs.readFileSync(path.join(tests, 'expected.json'), 'utf8'));
  const cases = [...shared.cases(folder, expected), ...own.cases(folder, expected), ...(hasCluster ? cluster.cases(folder, expected) : [])];
  const failed = [];
  const say = (line) => {
    console.log(`suite:${line}`);
    fs.appendFileSync(report, `${line}\n`);
  };
  for (const { name, run: check } of cases) {
    const start = Date.now();
    try {
      await check();
      say(`ok ${name} (${Date.now() - start} ms)`);
    } catch (error) {
      failed.push(name);
      say(`not ok ${name}\n  ${String(error?.stack ?? error).replaceAll('\n', '\n  ')}`);
    }
  }
  say(`${cases.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new Error(`failed: ${failed.join('; ')}`);
};

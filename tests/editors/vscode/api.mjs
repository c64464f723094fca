// Runs api/index.js inside the extension host of a real VS Code, and prints what it reports.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { open, remote, settings, withPage, workbenchUrl } from './browser.mjs';
import { startCluster } from './cluster.mjs';

const given = settings();
const cluster = await startCluster(given);
const report = path.join(given.results, 'report.txt');
// The suite runs in another process, which gets nothing from here but files.
writeFileSync(path.join(given.workspace, '.suite.json'), JSON.stringify({ report, tests: given.tests, hasCluster: cluster !== undefined }));

const code = await withPage(given, async (page) => {
  const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    const text = args.map(String).join(' ');
    if (text.startsWith('suite:')) console.log(text.slice('suite:'.length));
    else if (type === 'error' && process.env.KO_VERBOSE) console.error(text);
  });
  const payload = [
    ['extensionDevelopmentPath', remote(given.address, given.extension)],
    ['extensionTestsPath', remote(given.address, path.join(given.tests, 'vscode/api/index.js'))],
    ['skipWelcome', 'true'],
  ];
  await open(page, workbenchUrl(given.address, given.workspace, payload));
  // Must not keep this process alive by itself.
  const limit = new Promise((resolve) => setTimeout(() => resolve('no end within 300 s'), 300_000).unref());
  return Promise.race([ended, limit]);
});
await cluster?.stop();
if (code !== 0) {
  console.error(`the suite ended with ${code}`);
  process.exit(1);
}

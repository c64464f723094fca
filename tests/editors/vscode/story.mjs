// The story of the demo, walked in a real VS Code: each step either happens, with a screenshot, or fails the run.
import { writeFileSync } from 'node:fs';
import { command, open, remote, settings, withPage, workbenchUrl } from './browser.mjs';
import { startCluster } from './cluster.mjs';
import { clusterSteps } from './clusterSteps.mjs';
import { Editor } from './editor.mjs';
import { steps } from './steps.mjs';

const given = settings();
const FILE = 'cockroachdb.ko';

const cluster = await startCluster(given);
const story = [...steps, ...(cluster === undefined ? [] : clusterSteps(cluster))];

const failure = await withPage(given, async (page) => {
  const payload = [['openFile', remote(given.address, `${given.workspace}/${FILE}`)]];
  await open(page, workbenchUrl(given.address, given.workspace, payload));
  await page.locator(`.tab.active[aria-label^="${FILE}"]`).waitFor({ timeout: 30_000 });
  const editor = new Editor(page, `${given.workspace}/${FILE}`, workbenchUrl(given.address, given.workspace, []));
  const report = ['# The story of the demo', '', '`cargo xtask demo --headless` walked these steps in a real VS Code.', ''];
  let problem;
  for (const [index, { title, run }] of story.entries()) {
    const number = String(index + 1).padStart(2, '0');
    const picture = `${number}-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}.png`;
    const start = Date.now();
    try {
      const facts = await run(editor);
      report.push(`## ${number} ${title}`, '', `Happened in ${Date.now() - start} ms. ${facts ?? ''}`, '', `![${title}](${picture})`, '');
      console.log(`ok ${number} ${title} (${Date.now() - start} ms)`);
    } catch (error) {
      problem = error;
      report.push(`## ${number} ${title}`, '', 'Did **not** happen:', '', '```', String(error), '```', '', `![${title}](${picture})`, '');
      console.log(`not ok ${number} ${title}\n${error.stack ?? error}`);
    }
    // What the workbench complained of may be the cause.
    if (problem !== undefined) await command(page, 'Notifications: Show Notifications').catch(() => {});
    // Popups fade in.
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${given.results}/${picture}` });
    if (problem !== undefined) break;
    await editor.calm();
  }
  writeFileSync(`${given.results}/report.md`, `${report.join('\n')}\n`);
  return problem;
});
await cluster?.stop();
if (failure !== undefined) process.exit(1);

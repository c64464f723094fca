// A page with a VS Code workbench in it, and the few things that are hard to do right with one.
import { createRequire } from 'node:module';

/** The settings that `cargo xtask` hands to a script. */
export function settings() {
  return JSON.parse(process.argv[2]);
}

/** Path of a file as the workbench names it. */
export function remote(address, file) {
  return `vscode-remote://${new URL(address).host}${file}`;
}

/**
 * Opens a browser and a page that can reach this machine only. `use(page)` gets the page; the browser is closed after it.
 */
export async function withPage({ playwright, browser }, use) {
  const { chromium } = createRequire(import.meta.url)(playwright);
  const instance = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  try {
    const context = await instance.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-US',
      reducedMotion: 'reduce',
    });
    await context.route((url) => url.hostname !== '127.0.0.1', (route) => route.abort());
    return await use(await context.newPage());
  } finally {
    await instance.close();
  }
}

/** Address of a workbench on a folder; `payload` are pairs for its startup. */
export function workbenchUrl(address, folder, payload) {
  return `${address}/?folder=${folder}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** Loads a workbench and waits until it is there. */
export async function open(page, url) {
  await page.goto(url);
  // The last things that it puts into its parts.
  await page.locator('.monaco-workbench .statusbar-item[id="status.problems"]').waitFor({ timeout: 60_000 });
  await page.locator('.monaco-workbench .explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
}

const QUICK_INPUT = '.quick-input-widget:not([style*="display: none"])';

/** The visible box of the palette or of a question. */
export function quickInput(page) {
  return page.locator(`${QUICK_INPUT} input[type=text]`);
}

/** Runs a command of the palette by its exact title: Enter alone may take one that fits as well. */
export async function command(page, title) {
  await page.keyboard.press('F1');
  await quickInput(page).fill(`>${title}`);
  await page.locator(`${QUICK_INPUT} .monaco-list-row[aria-label^="${title}"]`).first().click();
}

/** Presses keys until what they open is there: popups close when an event of the workbench comes at the wrong time. */
export async function popup(page, keys, locator, tries = 5) {
  for (let attempt = 1; ; attempt++) {
    for (const key of keys) await page.keyboard.press(key);
    try {
      await locator.waitFor({ timeout: 4000 });
      return locator;
    } catch (error) {
      if (attempt === tries) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Puts the cursor before the `column`-th character (from 1) of a line (from 1) of the active editor. */
export async function goTo(page, line, column) {
  // Columns of the box mean characters in some versions and screen columns in others: only its lines are used.
  await page.keyboard.press('Control+g');
  await quickInput(page).fill(`:${line}`);
  await page.keyboard.press('Enter');
  await page.locator('#status\\.editor\\.selection', { hasText: `Ln ${line},` }).waitFor();
  for (const key of ['End', 'Home', 'Home']) await page.keyboard.press(key);
  for (let count = 1; count < column; count++) await page.keyboard.press('ArrowRight');
}

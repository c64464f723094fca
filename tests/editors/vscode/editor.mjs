// The one editor of the story, its lenses, its output, and the graph beside it.
import { readFileSync } from 'node:fs';
import { command, goTo, open, popup, quickInput } from './browser.mjs';

export class Editor {
  /** `plain` is the address of the workbench that opens what was open before. */
  constructor(page, file, plain) {
    this.page = page;
    this.plain = plain;
    this.lines = readFileSync(file, 'utf8').split('\n');
  }

  /** Loads the window anew. */
  async reopen() {
    await open(this.page, this.plain);
  }

  /** Line and column, from 1, of the `nth` occurrence of a text in the file as it is on disk. */
  find(text, nth = 1) {
    let left = nth;
    for (const [index, line] of this.lines.entries()) {
      for (let at = line.indexOf(text); at !== -1; at = line.indexOf(text, at + 1)) {
        if (--left === 0) return { line: index + 1, column: at + 1 };
      }
    }
    throw new Error(`the file does not contain ${text} ${nth} times`);
  }

  /** Puts the cursor into the file, before `text` plus `offset` characters. */
  async goTo(text, { nth = 1, offset = 0 } = {}) {
    await command(this.page, 'View: Focus First Editor Group').catch(() => this.page.keyboard.press('Control+1'));
    const { line, column } = this.find(text, nth);
    await goTo(this.page, line, column + offset);
    return line;
  }

  /** Waits until the cursor is in a line. */
  async cursorInLine(line) {
    await this.page.locator('#status\\.editor\\.selection', { hasText: `Ln ${line},` }).waitFor({ timeout: 10_000 });
  }

  squiggle() {
    return this.page.locator('.squiggly-error');
  }

  /** Opens the hover at the cursor, and waits until it contains all of `parts`; returns its text. */
  async hover(parts) {
    let contents = this.page.locator('.monaco-hover:not(.hidden) .hover-contents');
    for (const part of parts) contents = contents.filter({ hasText: part });
    await popup(this.page, ['Control+k', 'Control+i'], contents.first());
    return (await contents.first().innerText()).replaceAll('\u00a0', ' ');
  }

  /** Clicks the lens with this text above the header of a function. */
  async clickLens(header, text) {
    await this.goTo(header);
    const line = this.page.locator('.view-line', { hasText: header }).first();
    await line.waitFor();
    const lenses = this.page.locator('.codelens-decoration a:visible', { hasText: text });
    const deadline = Date.now() + 20_000;
    let before;
    for (;;) {
      // Lenses come after the lines, and move them: the place counts when it is the same twice.
      const y = (await line.boundingBox())?.y ?? -1;
      let best;
      for (const lens of await lenses.all()) {
        const box = await lens.boundingBox().catch(() => null);
        const near = box !== null && box.y <= y && y - box.y < 60;
        if (near && (best === undefined || box.y > best.y)) best = { y: box.y, lens };
      }
      if (best !== undefined && best.y === before) return best.lens.click();
      before = best?.y;
      if (Date.now() > deadline) throw new Error(`there is no lens ${text} above ${header}`);
      await this.page.waitForTimeout(300);
    }
  }

  /** Answers the question whose title contains `title`. */
  async answer(title, value) {
    await this.page.locator('.quick-input-widget .quick-input-title', { hasText: title }).waitFor({ timeout: 10_000 });
    await quickInput(this.page).fill(value);
    await this.page.keyboard.press('Enter');
  }

  /** The page of the graph. */
  graph() {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** Waits until the graph of a function is drawn. */
  async graphOf(name) {
    await this.graph().locator(`body[data-ready="1"][data-function="${name}"]`).waitFor({ timeout: 20_000 });
    return this.graph();
  }

  /** The node of a step. */
  node(label) {
    return this.graph().locator('.node').filter({ has: this.page.locator(`text.label:text-is("${label}")`) }).first();
  }

  /** Waits until the node of a step has a status; null is none. */
  async nodeIs(label, status) {
    const mark = { succeeded: '✓', failed: '✗', running: '▶', pending: '○', cancelled: '■' }[status] ?? '';
    const deadline = Date.now() + 10_000;
    for (;;) {
      const told = await this.node(label).getAttribute('data-status');
      const shown = await this.node(label).locator('text.mark').textContent();
      if (told === status && shown === mark) return;
      if (Date.now() > deadline) throw new Error(`${label} is ${told} and shows ${shown}, not ${status} and ${mark}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Waits until the output panel shows all of `parts` after its last start mark; returns that part. */
  async output(parts) {
    const view = this.page.locator('.output-view .view-lines, .output-view-content .view-lines').first();
    const deadline = Date.now() + 30_000;
    for (;;) {
      const lines = await view.locator('.view-line').evaluateAll((all) =>
        all
          .map((line) => ({ top: Number.parseInt(line.style.top, 10), text: line.textContent }))
          .sort((a, b) => a.top - b.top)
          .map(({ text }) => text.replaceAll('\u00a0', ' ')),
      ).catch(() => []);
      const text = lines.join('\n');
      const last = text.slice(Math.max(0, text.lastIndexOf('▶')));
      if (parts.every((part) => last.includes(part))) return last;
      if (Date.now() > deadline) throw new Error(`the output does not show ${parts.join(', ')}:\n${text}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Remembers from now on which progress notifications appear. */
  async watchNotifications() {
    await this.page.evaluate(() => {
      window.koSeen ??= [];
      const look = () => {
        for (const each of document.querySelectorAll('.notification-list-item')) window.koSeen.push(each.textContent);
      };
      window.koObserver ??= new MutationObserver(look);
      window.koObserver.observe(document.body, { childList: true, subtree: true, characterData: true });
    });
  }

  /** All texts of notifications seen since the watch began. */
  seenNotifications() {
    return this.page.evaluate(() => [...new Set(window.koSeen)]);
  }

  /** Closes what a step left open: hovers, menus, lists. */
  async calm() {
    for (let count = 0; count < 2; count++) await this.page.keyboard.press('Escape');
  }
}

/**
 * The panel that shows the graph of one function beside its editor, and keeps both in step.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { GRAPH, type Graph, type GraphParams } from '../protocol';
import type { Runs } from '../run/runs';
import type { Server } from '../server/client';
import { nodeAt } from './find';
import { html } from './html';
import type { FromPage, NodeRuns, PageState, ToPage } from './messages';

/** Type of the panel, as in `onWebviewPanel:` of the manifest. */
export const VIEW_TYPE = 'ko.graph';

/** How long the text has to rest before the graph is drawn again. */
const EDIT_PAUSE_MS = 120;

/** How long changes of nodes are gathered: a run makes more of them than anyone can see. */
const RUNS_PAUSE_MS = 40;

/** Owns the one panel: showing another function replaces the picture. */
export class GraphPanel implements vscode.Disposable, vscode.WebviewPanelSerializer<PageState> {
  private panel: vscode.WebviewPanel | undefined;
  private shown: PageState | undefined;
  private graph: Graph | undefined;
  private timer: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private latest: NodeRuns = {};
  /** Nodes of a large graph whose folded calls are shown, by id. */
  private expanded = new Set<string>();
  /** Counts requests, so that a late answer cannot replace a newer one. */
  private asked = 0;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    private readonly extension: vscode.Uri,
    private readonly server: Server,
    private readonly runs: Runs,
  ) {
    this.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.toString() !== this.shown?.uri) return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.draw(), EDIT_PAUSE_MS);
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.follow(textEditor)),
      runs.onDidChange(({ uri, function: name, nodes }) => {
        if (uri !== this.shown?.uri || name !== this.graph?.function) return;
        this.latest = nodes;
        this.gathering ??= setTimeout(() => this.postRuns(), RUNS_PAUSE_MS);
      }),
      server.onDidChangeState((state) => {
        if (state.kind === 'ready') void this.draw();
      }),
    );
  }

  /** Opens or moves the panel to the graph of a function. */
  async show(state: PageState): Promise<void> {
    if (state.uri !== this.shown?.uri || state.function !== this.shown.function) this.expanded.clear();
    this.shown = state;
    if (this.panel === undefined) {
      const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.adopt(vscode.window.createWebviewPanel(VIEW_TYPE, 'Ko Graph', column));
    } else {
      this.panel.reveal(undefined, true);
      await this.draw();
    }
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: PageState | undefined): Promise<void> {
    this.shown = state;
    this.adopt(panel);
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.gathering);
    this.panel?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    const media = vscode.Uri.joinPath(this.extension, 'dist');
    const styles = vscode.Uri.joinPath(this.extension, 'media');
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'icons', 'ko-file.svg');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media, styles] };
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.graph = undefined;
    });
    panel.webview.onDidReceiveMessage((message: FromPage) => {
      if (message.type === 'ready') void this.draw();
      else if (message.type === 'reveal') void this.reveal(message.id);
      else this.toggle(message.id);
    });
    panel.webview.html = html({
      cspSource: panel.webview.cspSource,
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(media, 'graph.js')).toString(),
      style: panel.webview.asWebviewUri(vscode.Uri.joinPath(styles, 'graph.css')).toString(),
      nonce: randomBytes(16).toString('base64'),
    });
  }

  private post(message: ToPage): void {
    void this.panel?.webview.postMessage(message);
  }

  private postRuns(): void {
    this.gathering = undefined;
    this.post({ type: 'runs', runs: this.latest });
  }

  private async draw(): Promise<void> {
    const { panel, shown } = this;
    if (panel === undefined) return;
    if (shown === undefined) {
      this.post({ type: 'empty', uri: '', function: '', reason: 'Open a Ko file and use "Ko: Show Graph" in a function.' });
      return;
    }
    const asked = ++this.asked;
    panel.title = `Graph: ${shown.function}`;
    let graph: Graph | null;
    let reason = `There is no function ${shown.function} in ${vscode.workspace.asRelativePath(vscode.Uri.parse(shown.uri))}.`;
    try {
      const params: GraphParams = { textDocument: { uri: shown.uri }, function: shown.function, expand: [...this.expanded] };
      // The server knows only open documents' unsaved text, and a restored panel may be the only one that needs it.
      await vscode.workspace.openTextDocument(vscode.Uri.parse(shown.uri));
      graph = await this.server.connection().sendRequest<Graph | null>(GRAPH, params);
    } catch (error) {
      graph = null;
      reason = error instanceof Error ? error.message : String(error);
    }
    if (asked !== this.asked) return;
    if (graph === null) {
      this.graph = undefined;
      this.post({ type: 'empty', ...shown, reason });
      return;
    }
    this.graph = graph;
    const editor = vscode.window.visibleTextEditors.find((each) => each.document.uri.toString() === shown.uri);
    this.post({
      type: 'graph',
      uri: shown.uri,
      graph,
      expanded: [...this.expanded],
      runs: this.runs.nodesOf(shown.uri, graph.function),
      highlight: (editor && nodeAt(graph, editor.selection.active)?.id) ?? null,
    });
  }

  private follow(editor: vscode.TextEditor): void {
    if (this.graph === undefined || editor.document.uri.toString() !== this.shown?.uri) return;
    this.post({ type: 'highlight', id: nodeAt(this.graph, editor.selection.active)?.id ?? null });
  }

  private toggle(id: string): void {
    if (!this.expanded.delete(id)) this.expanded.add(id);
    void this.draw();
  }

  /** Moves the cursor to where a node is written. */
  private async reveal(id: string): Promise<void> {
    const node = this.graph?.nodes.find((each) => each.id === id);
    if (node === undefined || this.shown === undefined) return;
    const uri = vscode.Uri.parse(this.shown.uri);
    const open = vscode.window.visibleTextEditors.find((each) => each.document.uri.toString() === uri.toString());
    const { line, character } = node.range.start;
    const start = new vscode.Position(line, character);
    await vscode.window.showTextDocument(uri, {
      viewColumn: open?.viewColumn ?? vscode.ViewColumn.One,
      selection: new vscode.Range(start, start),
    });
  }
}

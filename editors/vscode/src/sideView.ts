/**
 * A text of the server about a file, its syntax tree or its circuits, as a read-only document beside it. It follows the edits
 * and the cursor of the file, and what its own cursor is on is marked in the file.
 */
import * as vscode from 'vscode';
import { LOWERED, type SideText, type SideTextParams, SYNTAX_TREE } from './protocol';
import type { Server } from './server/client';

/** What there is to see of a file. */
interface Kind {
  /** Of the documents; also how their names end, which is something that no language claims. */
  scheme: string;
  request: string;
}

export const SYNTAX: Kind = { scheme: 'ko-syntax', request: SYNTAX_TREE };
export const CIRCUIT: Kind = { scheme: 'ko-lowered', request: LOWERED };

/** How long an edit waits for the next one. */
const DELAY_MS = 150;

export class SideView implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  /** Where the lines of each tree that is open stand in its source, by the URI of the source. */
  private readonly places = new Map<string, vscode.Range[]>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly mark = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.symbolHighlightBackground'),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly kind: Kind,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(kind.scheme, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.edited(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === this.kind.scheme) this.closed(uri);
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
        if (textEditor.document.uri.scheme === this.kind.scheme) {
          // Not when this class has moved the cursor.
          if (kind !== undefined && kind !== vscode.TextEditorSelectionChangeKind.Command) this.markSource(textEditor);
        } else {
          this.markTree(textEditor);
        }
      }),
      this.changed,
      this.mark,
    ];
  }

  /** Opens the tree of a file beside it; the cursor stays in the file. */
  async show(editor: vscode.TextEditor): Promise<void> {
    this.server.connection();
    const tree = await vscode.workspace.openTextDocument(this.uriOf(editor.document.uri));
    await vscode.window.showTextDocument(tree, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
    this.markTree(editor);
  }

  /** Called by VS Code for the text of a tree. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const source = sourceUri(uri);
    const client = this.server.connection();
    const params: SideTextParams = { textDocument: { uri: client.code2ProtocolConverter.asUri(source) } };
    const answer = await client.sendRequest<SideText | null>(this.kind.request, params);
    if (answer === null) return `The server does not know ${source.toString()}: open it first.\n`;
    const range = ({ start, end }: SideText['ranges'][number]) =>
      new vscode.Range(start.line, start.character, end.line, end.character);
    this.places.set(source.toString(), answer.ranges.map(range));
    return answer.text;
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const each of this.subscriptions) each.dispose();
  }

  private edited(document: vscode.TextDocument): void {
    if (document.uri.scheme === this.kind.scheme) {
      const source = editorOf(sourceUri(document.uri));
      if (source !== undefined) this.markTree(source);
      return;
    }
    const key = document.uri.toString();
    if (!this.places.has(key)) return;
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => this.changed.fire(this.uriOf(document.uri)), DELAY_MS),
    );
  }

  private closed(tree: vscode.Uri): void {
    const source = sourceUri(tree);
    const key = source.toString();
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.places.delete(key);
    editorOf(source)?.setDecorations(this.mark, []);
  }

  /** The document about a file. */
  private uriOf(source: vscode.Uri): vscode.Uri {
    const { scheme } = this.kind;
    return vscode.Uri.from({ scheme, path: `${source.path}.${scheme}`, query: source.toString() });
  }

  /** Goes to the innermost line of the text around the selection of the source. */
  private markTree(source: vscode.TextEditor): void {
    const places = this.places.get(source.document.uri.toString());
    const tree = editorOf(this.uriOf(source.document.uri));
    if (places === undefined || tree === undefined) return;
    source.setDecorations(this.mark, []);
    const selection = source.selection;
    let line = -1;
    places.forEach((range, index) => {
      const inside = range.contains(selection) && (!selection.isEmpty || !range.end.isEqual(selection.active));
      const inner = line < 0 || (places[line]?.contains(range) ?? true);
      if (inside && inner && index < tree.document.lineCount) line = index;
    });
    if (line < 0) return;
    const range = tree.document.lineAt(line).range;
    tree.setDecorations(this.mark, [range]);
    tree.selection = new vscode.Selection(range.start, range.start);
    tree.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Marks what the cursor of the tree is on. */
  private markSource(tree: vscode.TextEditor): void {
    const uri = sourceUri(tree.document.uri);
    const range = this.places.get(uri.toString())?.[tree.selection.active.line];
    const source = editorOf(uri);
    if (range === undefined || source === undefined) return;
    source.setDecorations(this.mark, [range]);
    source.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

function sourceUri(tree: vscode.Uri): vscode.Uri {
  return vscode.Uri.parse(tree.query, true);
}

function editorOf(uri: vscode.Uri): vscode.TextEditor | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
}

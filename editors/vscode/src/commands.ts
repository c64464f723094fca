/**
 * The commands of the palette and of the code lenses.
 */
import * as vscode from 'vscode';
import type { Location } from 'vscode-languageclient/node';
import type { Cluster } from './cluster';
import type { GraphPanel } from './graph/panel';
import { GRAPH, type Graph, type GraphParams, MEMORY, type Memory, type Position, RESET_SANDBOX } from './protocol';
import type { Runs } from './run/runs';
import type { Server } from './server/client';
import type { SideView } from './sideView';

interface Parts {
  server: Server;
  cluster: Cluster;
  runs: Runs;
  graph: GraphPanel;
  tree: SideView;
  circuit: SideView;
}

interface Place {
  uri: string;
  function: string;
}

/** Registers them all. A command that cannot be done says so in a message; it never throws at the user. */
export function registerCommands({ server, cluster, runs, graph, tree, circuit }: Parts): vscode.Disposable[] {
  const register = (id: string, work: (...given: unknown[]) => Promise<unknown> | unknown) =>
    vscode.commands.registerCommand(id, async (...given: unknown[]) => {
      try {
        return await work(...given);
      } catch (error) {
        void vscode.window.showErrorMessage(`Ko: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    });
  return [
    register('ko.restartServer', () => server.restart()),
    register('ko.showOutput', () => server.output.show()),
    register('ko.showServerVersion', async () => {
      const version = server.version();
      // The message stays until it is closed; the command is done before that.
      void vscode.window.showInformationMessage(version);
      return version;
    }),
    register('ko.showGraph', async (...given) => graph.show(await place(server, given))),
    register('ko.showMemory', async () => {
      const memory = await server.connection().sendRequest<Memory>(MEMORY, {});
      const content = await vscode.workspace.openTextDocument({ content: memory.text, language: 'plaintext' });
      await vscode.window.showTextDocument(content, { preview: true });
      return memory.total;
    }),
    register('ko.showSyntaxTree', () => tree.show(koEditor())),
    register('ko.showLoweredCircuit', () => circuit.show(koEditor())),
    register('ko.runInSandbox', async (...given) => runs.run(await place(server, given))),
    register('ko.runSelection', async () => {
      const editor = koEditor();
      if (editor.selection.isEmpty) throw new Error('Select the steps or the expression to run first.');
      return runs.run({ ...(await place(server, [])), selection: editor.selection });
    }),
    register('ko.runOnCluster', async (...given) => runs.run(await place(server, given), 'cluster')),
    register('ko.runSelectionOnCluster', async () => {
      const editor = koEditor();
      if (editor.selection.isEmpty) throw new Error('Select the steps or the expression to run first.');
      return runs.run({ ...(await place(server, [])), selection: editor.selection }, 'cluster');
    }),
    register('ko.connectCluster', (context) => cluster.connect(context)),
    register('ko.switchCluster', (context) => cluster.connect(context)),
    register('ko.disconnectCluster', () => cluster.disconnect()),
    register('ko.clusterActions', () => cluster.actions()),
    register('ko.clusterStatus', () => cluster.current),
    register('ko.resetSandbox', async () => {
      await server.connection().sendRequest(RESET_SANDBOX, {});
      vscode.window.setStatusBarMessage('The sandbox is empty again.', 4000);
    }),
    register('ko.cancelRun', () => runs.cancel()),
    register('ko.rename', rename),
    register('ko.showReferences', async (...given) => showReferences(server, given)),
  ];
}

/** Called by code actions that have made something: lets the user choose the name of what is at a place. */
async function rename(uri: unknown, at: unknown): Promise<void> {
  if (typeof uri !== 'string' || !isPosition(at)) throw new Error('There is nothing to name: a code action calls this.');
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
  const editor = await vscode.window.showTextDocument(document);
  const position = new vscode.Position(at.line, at.character);
  editor.selection = new vscode.Selection(position, position);
  // Not awaited: it ends when the user has chosen a name, and whoever called this need not wait for that.
  void vscode.commands.executeCommand('editor.action.rename');
}

function isPosition(value: unknown): value is Position {
  const { line, character } = (value ?? {}) as Partial<Position>;
  return typeof line === 'number' && typeof character === 'number';
}

/** What the lens that counts the uses of a function does: the editor's own view of references, at its places. */
async function showReferences(server: Server, [uri, position, places]: unknown[]): Promise<void> {
  if (typeof uri !== 'string' || position === undefined) throw new Error('This command belongs to a code lens.');
  const convert = server.connection().protocol2CodeConverter;
  await vscode.commands.executeCommand(
    'editor.action.showReferences',
    vscode.Uri.parse(uri),
    convert.asPosition(position as Position),
    ((places ?? []) as Location[]).map((it) => convert.asLocation(it)),
  );
}

function koEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== 'ko') throw new Error('Open a Ko file and put the cursor into a function first.');
  return editor;
}

/** What a lens names, or the function around the cursor. */
async function place(server: Server, [uri, name]: unknown[]): Promise<Place> {
  if (typeof uri === 'string' && typeof name === 'string') return { uri, function: name };
  const editor = koEditor();
  const client = server.connection();
  const params: GraphParams = {
    textDocument: { uri: editor.document.uri.toString() },
    position: client.code2ProtocolConverter.asPosition(editor.selection.start),
  };
  const found = await client.sendRequest<Graph | null>(GRAPH, params);
  if (found === null) throw new Error('The cursor is not in a function.');
  return { uri: editor.document.uri.toString(), function: found.function };
}

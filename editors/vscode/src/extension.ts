/**
 * Entry point of the extension: puts the parts together.
 */
import * as vscode from 'vscode';
import { Cluster } from './cluster';
import { registerCommands } from './commands';
import { GraphPanel } from './graph/panel';
import { Runs } from './run/runs';
import { Server } from './server/client';
import { CIRCUIT, SideView, SYNTAX } from './sideView';
import { Status } from './status';

/** Called by VS Code once, when the first Ko file, command or restored graph needs the extension. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Ko', { log: true });
  const results = vscode.window.createOutputChannel('Ko Runs');
  const server = new Server(context, log);
  const status = new Status(server);
  const cluster = new Cluster(server);
  const runs = new Runs(server, results, status);
  const graph = new GraphPanel(context.extensionUri, server, runs);
  const tree = new SideView(server, SYNTAX);
  const circuit = new SideView(server, CIRCUIT);
  context.subscriptions.push(log, results, server, status, cluster, runs, graph, tree, circuit, ...registerCommands({ server, cluster, runs, graph, tree, circuit }));
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('ko.server')) void server.restart();
      if (change.affectsConfiguration('ko.run') || change.affectsConfiguration('ko.inlayHints')) void server.configure();
    }),
    // Workspace values of restricted settings count from here on.
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
  );
  await server.restart();
}

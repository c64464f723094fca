/**
 * The cluster of the editor: chooses a context, connects, switches, disconnects, and shows how it stands in one item of the
 * status bar. Nothing here connects by itself.
 */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  CLUSTER_CONTEXTS,
  CLUSTER_STATUS,
  type ClusterContext,
  type ClusterContexts,
  type ClusterStatus,
  CONNECT,
  type ConnectAnswer,
  type ConnectParams,
  type CredentialPlugin,
  DISCONNECT,
  RECONNECT,
} from './protocol';
import type { Server } from './server/client';

const ICONS: Record<ClusterStatus['state'], string> = {
  offline: '$(debug-disconnect)',
  connecting: '$(sync~spin)',
  connected: '$(plug)',
  stale: '$(warning)',
  signedOut: '$(key)',
  forbidden: '$(lock)',
};

const LABELS: Record<ClusterStatus['state'], string> = {
  offline: 'offline',
  connecting: 'connecting',
  connected: '',
  stale: 'not heard',
  signedOut: 'signed out',
  forbidden: 'built-in schema',
};

export class Cluster implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('ko.cluster', vscode.StatusBarAlignment.Left, 0);
  private readonly subscription: vscode.Disposable;
  private status: ClusterStatus | undefined;

  constructor(private readonly server: Server) {
    this.item.name = 'Ko Cluster';
    this.item.command = 'ko.clusterActions';
    server.onConnect.push((client: LanguageClient) => {
      client.onNotification(CLUSTER_STATUS, (status: ClusterStatus) => this.show(status));
    });
    // A new server is connected to nothing.
    this.subscription = server.onDidChangeState(async (state) => {
      if (state.kind !== 'ready') return this.item.hide();
      this.show(await server.connection().sendRequest<ClusterStatus>(CLUSTER_STATUS, {}));
    });
  }

  /** How it stands; undefined before the server has said it. */
  get current(): ClusterStatus | undefined {
    return this.status;
  }

  /** Connects to a context; asks which, unless it is named. The state after that, undefined when the user gave up. */
  async connect(named?: unknown): Promise<ClusterStatus['state'] | undefined> {
    const context = typeof named === 'string' ? named : await this.choose();
    if (context === undefined) return undefined;
    const params: ConnectParams = { context, ...this.kubeconfig() };
    return this.settle(await this.send<ConnectAnswer>(CONNECT, params), params);
  }

  /** Goes back to the built-in schema. */
  async disconnect(): Promise<void> {
    this.show(await this.server.connection().sendRequest<ClusterStatus>(DISCONNECT, {}));
  }

  /** What the item of the status bar does: what is so, and the ways out. */
  async actions(): Promise<void> {
    const status = this.status;
    if (status === undefined) return;
    // The box shows one line of what is so, and the rest stands below the best way out.
    const [first = '', ...rest] = status.message.split('\n');
    const picks = status.waysOut.map((way, index) => ({
      label: way.title,
      action: way.action,
      ...(index === 0 && rest.length > 0 ? { detail: rest.join(' ') } : {}),
    }));
    const chosen = await vscode.window.showQuickPick(picks, {
      title: status.context === undefined ? 'Ko Cluster' : `Ko Cluster: ${status.context}`,
      placeHolder: first,
    });
    if (chosen?.action === 'connect') await this.connect();
    if (chosen?.action === 'disconnect') await this.disconnect();
    if (chosen?.action === 'reconnect') {
      const answer = await this.send<ConnectAnswer>(RECONNECT, {});
      await this.settle(answer, { context: status.context ?? '', ...this.kubeconfig() });
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  /** The file that the user has named instead of the usual one. */
  private kubeconfig(): { kubeconfig?: string } {
    const kubeconfig = vscode.workspace.getConfiguration('ko.cluster').get<string>('kubeconfig', '');
    return kubeconfig === '' ? {} : { kubeconfig };
  }

  private async choose(): Promise<string | undefined> {
    const found = await this.server.connection().sendRequest<ClusterContexts>(CLUSTER_CONTEXTS, this.kubeconfig());
    const picks = found.contexts.map((it) => ({ label: it.name, description: describe(it), detail: it.server, name: it.name }));
    // The current one first, as `kubectl` would take it.
    picks.sort((a, b) => Number(current(found, b.name)) - Number(current(found, a.name)));
    if (picks.length === 0) throw new Error('The kubeconfig has no contexts.');
    const chosen = await vscode.window.showQuickPick(picks, {
      title: 'Connect to Cluster',
      placeHolder: 'Checks against its schema, and runs there when you say so. Asks before it writes.',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return chosen?.name;
  }

  /** Sends something that may take a while; that shows in the status bar. */
  private send<T>(method: string, params: object): Thenable<T> {
    const options = { location: vscode.ProgressLocation.Window, title: 'Ko: connecting' };
    return vscode.window.withProgress(options, () => this.server.connection().sendRequest<T>(method, params));
  }

  /** Asks for the consent that an answer wants. */
  private async settle(answer: ConnectAnswer, params: ConnectParams): Promise<ClusterStatus['state'] | undefined> {
    if (answer.outcome !== 'consent') {
      if (answer.status !== undefined) this.show(answer.status);
      return answer.status?.state;
    }
    const plugin = answer.plugin as CredentialPlugin;
    const detail = [
      [plugin.command, ...plugin.arguments].join(' '),
      ...(plugin.variables.length > 0 ? [`It is given the variables ${plugin.variables.join(', ')}.`] : []),
      'If you agree, Ko remembers that for you, in all workspaces. The program cannot ask you anything.',
    ];
    const run = 'Run Program';
    const choice = await vscode.window.showWarningMessage(
      `Signing in to ${answer.context ?? params.context} runs a program.`,
      { modal: true, detail: detail.join('\n\n') },
      run,
    );
    if (choice !== run) return undefined;
    const agreedPlugin = { command: plugin.command, arguments: plugin.arguments };
    const again = await this.send<ConnectAnswer>(CONNECT, { ...params, agreedPlugin });
    if (again.status !== undefined) this.show(again.status);
    return again.status?.state;
  }

  private show(status: ClusterStatus): void {
    this.status = status;
    const name = status.context ?? 'Ko';
    const label = LABELS[status.state];
    this.item.text = `${ICONS[status.state]} ${name}${label === '' ? '' : `: ${label}`}`;
    const lines = [status.message, said('Server', status.server), said('User', status.user), ...(status.notes ?? [])];
    this.item.tooltip = lines.filter((line) => line !== undefined && line !== '').join('\n');
    const calm = status.state === 'offline' || status.state === 'connecting' || status.state === 'connected';
    this.item.backgroundColor = calm ? undefined : new vscode.ThemeColor('statusBarItem.warningBackground');
    this.item.show();
    void vscode.commands.executeCommand('setContext', 'ko.connected', status.state !== 'offline' && status.state !== 'connecting');
  }
}

/** A fact with its name; nothing where it is not known. */
function said(what: string, value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : `${what} ${value}`;
}

function current(found: ClusterContexts, name: string): boolean {
  return found.contexts.some((it) => it.name === name && it.current);
}

/** The second line of a context: as whom, where, and what a careful person wants to see. */
function describe(context: ClusterContext): string {
  const parts = context.user === '' ? [] : [`user ${context.user}`];
  if (context.namespace !== undefined) parts.push(`namespace ${context.namespace}`);
  if (context.impersonates !== undefined) parts.push(`as ${context.impersonates}`);
  if (context.insecure) parts.push('certificate unchecked');
  if (context.plugin !== undefined) parts.push(`signs in with ${path.basename(context.plugin.command)}`);
  if (context.current) parts.push('current');
  return parts.join(' · ');
}

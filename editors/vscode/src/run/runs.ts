/**
 * Runs functions in the sandbox, or on the cluster that the editor is connected to: asks for arguments, starts, follows and cancels runs, and keeps what each node did.
 */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { applyEvent, type NodeRuns, pendingNodes, settle } from '../graph/messages';
import { GRAPH, type Graph, type GraphParams, RUN, RUN_EVENT, type Confirm, type RunEvent, type RunMode, type RunParams, type RunResult } from '../protocol';
import type { Server } from '../server/client';
import type { Status } from '../status';
import { askArguments } from './arguments';
import { outcome, progressText, question, report } from './report';

/** What a run does to the nodes of one function. */
export interface RunsChange {
  uri: string;
  function: string;
  nodes: NodeRuns;
}

/** What to run; `selection` limits it to the steps in there and what they need. */
export interface Target {
  uri: string;
  function: string;
  selection?: vscode.Range | undefined;
}

interface Running {
  uri: string;
  function: string;
  cancel: vscode.CancellationTokenSource;
  progress: vscode.Progress<{ message?: string }>;
  /** Says in the output that it has begun; once, and not of a run that only asks for consent. */
  announce: () => void;
}

export class Runs implements vscode.Disposable {
  private readonly running = new Map<string, Running>();
  private readonly nodes = new Map<string, NodeRuns>();
  private readonly changed = new vscode.EventEmitter<RunsChange>();
  /** Tells how nodes stand, while a run goes on and after it. */
  readonly onDidChange = this.changed.event;
  private count = 0;

  constructor(
    private readonly server: Server,
    private readonly output: vscode.OutputChannel,
    private readonly status: Status,
  ) {
    server.onConnect.push((client: LanguageClient) => {
      client.onNotification(RUN_EVENT, (event: RunEvent) => this.receive(event));
    });
  }

  /** How the nodes of a function stand in the last run. */
  nodesOf(uri: string, name: string): NodeRuns {
    return this.nodes.get(key(uri, name)) ?? {};
  }

  /** Asks, runs, reports. Undefined when the user gave up before the run. */
  async run(target: Target, mode: RunMode = 'sandbox'): Promise<RunResult | undefined> {
    if (!vscode.workspace.isTrusted) {
      throw new Error('Ko programs run only in a workspace that you trust.');
    }
    const values = await askArguments(this.server.connection(), target);
    if (values === undefined) return undefined;
    const title = `Ko: ${target.selection === undefined ? target.function : `selection of ${target.function}`}`;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    const run = (agreement?: string) =>
      vscode.window.withProgress(options, (progress, token) => this.execute(target, { values, mode, agreement }, progress, token));
    const result = await run();
    if (result.confirm === undefined) return result;
    return (await agrees(target.function, result.confirm)) ? run(result.confirm.agreement) : undefined;
  }

  /** Cancels every run that goes on. */
  cancel(): void {
    for (const run of this.running.values()) run.cancel.cancel();
  }

  dispose(): void {
    this.cancel();
    this.changed.dispose();
  }

  private async execute(
    target: Target,
    { values, mode, agreement }: { values: Record<string, string>; mode: RunMode; agreement: string | undefined },
    progress: vscode.Progress<{ message?: string }>,
    token: vscode.CancellationToken,
  ): Promise<RunResult> {
    const runId = `${Date.now()}-${++this.count}`;
    const cancel = new vscode.CancellationTokenSource();
    token.onCancellationRequested(() => cancel.cancel());
    let announced = false;
    const announce = () => {
      if (announced) return;
      announced = true;
      const given = Object.entries(values).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
      this.output.appendLine(`▶ ${target.function}(${given.join(', ')})${mode === 'cluster' ? ' on the cluster' : ''}`);
    };
    this.running.set(runId, { uri: target.uri, function: target.function, cancel, progress, announce });
    this.update(target.uri, target.function, target.selection === undefined ? await this.pending(target) : {});
    await vscode.commands.executeCommand('setContext', 'ko.running', true);
    this.status.showRun(`Running ${target.function}`, true);
    const params: RunParams = {
      textDocument: { uri: target.uri },
      function: target.function,
      arguments: values,
      mode,
      runId,
      ...(target.selection === undefined ? {} : { selection: plain(target.selection) }),
      ...(agreement === undefined ? {} : { agreement }),
    };
    let result: RunResult;
    try {
      result = await this.server.connection().sendRequest<RunResult>(RUN, params, cancel.token);
    } catch (error) {
      // A cancelled request may be answered by an error instead of a result.
      const message = error instanceof Error ? error.message : String(error);
      const status = cancel.token.isCancellationRequested ? 'cancelled' : 'failed';
      result = { status, error: { message, trace: [] }, steps: { run: 0 }, durationMs: 0 };
    } finally {
      this.running.delete(runId);
      cancel.dispose();
      await vscode.commands.executeCommand('setContext', 'ko.running', this.running.size > 0);
    }
    this.update(target.uri, target.function, settle(this.nodesOf(target.uri, target.function), result.status));
    this.status.showRun(`${target.function} ${outcome(result)}`, false);
    // Nothing has run yet.
    if (result.status === 'confirm') return result;
    announce();
    this.output.appendLine(report(result));
    this.output.show(true);
    if (result.status === 'failed' || result.status === 'refused') void showFailure(result, target.uri);
    return result;
  }

  /** The nodes of a function before anything has run; none when there is no graph of it. */
  private async pending(target: Target): Promise<NodeRuns> {
    const params: GraphParams = { textDocument: { uri: target.uri }, function: target.function };
    try {
      const graph = await this.server.connection().sendRequest<Graph | null>(GRAPH, params);
      return graph === null ? {} : pendingNodes(graph);
    } catch {
      // The run itself will say what is wrong.
      return {};
    }
  }

  private receive(event: RunEvent): void {
    const run = this.running.get(event.runId);
    if (run === undefined) return;
    run.announce();
    if (event.event === 'output' && event.output !== undefined) this.output.append(event.output.endsWith('\n') ? event.output : `${event.output}\n`);
    const message = progressText(event, run.function);
    if (message !== undefined) run.progress.report({ message });
    if (event.node === undefined) return;
    const nodes = { ...this.nodesOf(run.uri, event.function) };
    const after = applyEvent(nodes[event.node], event);
    if (after !== undefined) nodes[event.node] = after;
    this.update(run.uri, event.function, nodes);
  }

  private update(uri: string, name: string, nodes: NodeRuns): void {
    this.nodes.set(key(uri, name), nodes);
    this.changed.fire({ uri, function: name, nodes });
  }
}

function key(uri: string, name: string): string {
  return `${uri}#${name}`;
}

function plain({ start, end }: vscode.Range): RunParams['selection'] & object {
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}

/** Whether the user agrees to what a program would write. Closing the question is no. */
async function agrees(name: string, confirm: Confirm): Promise<boolean> {
  const { message, detail, button } = question(name, confirm);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) === button;
}

/** Shows why a run failed, with a way to the place. */
async function showFailure({ error }: RunResult, uri: string): Promise<void> {
  const range = error?.range;
  const choices = range === undefined ? [] : ['Go to Step'];
  const choice = await vscode.window.showErrorMessage(`Ko: ${error?.message ?? 'the run failed'}`, ...choices);
  if (choice === undefined || range === undefined) return;
  const start = new vscode.Position(range.start.line, range.start.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(error?.uri ?? uri), { selection: new vscode.Range(start, start) });
}

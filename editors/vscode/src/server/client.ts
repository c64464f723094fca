/**
 * The connection to `ko lsp`: finds the program, starts it, restarts it, says how it is.
 */
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { type Executable, LanguageClient, type LanguageClientOptions, State } from 'vscode-languageclient/node';
import type { InitializationOptions, InlayHintSettings, RunSettings } from '../protocol';
import { type Located, locate } from './locate';

/** Documents that the server looks after. */
export const SELECTOR = [
  { language: 'ko', scheme: 'file' },
  { language: 'ko', scheme: 'untitled' },
  // What the server has in no file: the library, and pages of builtins and of the schema. The client library asks for
  // their texts (`workspace/textDocumentContent`).
  { scheme: 'ko-library' },
  { scheme: 'ko-schema' },
];

export type ServerState =
  | { kind: 'stopped' }
  | { kind: 'starting' }
  | { kind: 'ready'; version: string; program: string }
  | { kind: 'failed'; reason: string };

/** How often a crashed server is started again before the user has to. */
const MAX_RESTARTS = 5;

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private located: (Located & { version: string }) | undefined;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  /** Tells each change of state. */
  readonly onDidChangeState = this.changed.event;
  /** Called for each new connection, before it starts: the place to register notification handlers. */
  readonly onConnect: ((client: LanguageClient) => void)[] = [];
  /** One start or stop at a time. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly output: vscode.LogOutputChannel,
  ) {}

  /** The running connection; throws a sentence for the user when there is none. */
  connection(): LanguageClient {
    if (this.client?.state !== State.Running) {
      throw new Error('The Ko server is not running. See the output channel "Ko", then use "Ko: Restart Server".');
    }
    return this.client;
  }

  /** Version text of the program in use, or why there is none. */
  version(): string {
    return this.located === undefined
      ? 'No Ko server has been started.'
      : `${this.located.version} (${this.located.program}, from ${this.located.origin})`;
  }

  /** Stops the server if it runs, and starts it anew. Errors are shown, not thrown. */
  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  /** Tells the running server the settings of runs and hints; one that starts later gets them when it does. */
  async configure(): Promise<void> {
    if (this.client?.state !== State.Running) return;
    await this.client.sendNotification('workspace/didChangeConfiguration', {
      settings: { ko: { run: runSettings(), inlayHints: inlayHints() } },
    });
  }

  async dispose(): Promise<void> {
    await this.enqueue(() => this.stopNow());
    this.changed.dispose();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work, work);
    return this.queue;
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // A server that is still starting or already dead refuses to stop; there is nothing more to do for it.
    await client?.dispose(2000).catch((error: unknown) => this.output.warn(`stop: ${String(error)}`));
  }

  private async startNow(): Promise<void> {
    this.changed.fire({ kind: 'starting' });
    try {
      this.located = await this.find();
      const { program, version, origin } = this.located;
      this.output.info(`starting ${program} lsp (${version}, from ${origin})`);
      const client = this.connect(program);
      this.client = client;
      for (const register of this.onConnect) register(client);
      client.onDidChangeState(({ newState }) => {
        if (this.client !== client) return;
        if (newState === State.Running) this.changed.fire({ kind: 'ready', version, program });
        else if (newState === State.Stopped) this.changed.fire({ kind: 'stopped' });
        else this.changed.fire({ kind: 'starting' });
      });
      await client.start();
      refreshPages(client);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.output.error(reason);
      this.changed.fire({ kind: 'failed', reason });
      // Not awaited: a message that nobody answers must not hold up the next start.
      void this.explain(reason);
    }
  }

  private async explain(reason: string): Promise<void> {
    const choice = await vscode.window.showErrorMessage(`Ko: ${reason}`, 'Open Setting', 'Show Output');
    if (choice === 'Open Setting') await vscode.commands.executeCommand('workbench.action.openSettings', 'ko.server.path');
    if (choice === 'Show Output') this.output.show();
  }

  private async find(): Promise<Located & { version: string }> {
    const found = locate(
      {
        setting: vscode.workspace.getConfiguration('ko').get<string>('server.path', ''),
        extension: this.context.extensionPath,
        workspace: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
        path: process.env['PATH'] ?? '',
        home: homedir(),
        windows: process.platform === 'win32',
      },
      isFile,
    );
    if (typeof found === 'string') throw new Error(found);
    if (found.origin === 'bundled') makeExecutable(found.program);
    // A wrong build (another platform, another program called ko) shows here with its own words.
    try {
      const { stdout } = await promisify(execFile)(found.program, ['--version'], { timeout: 10_000 });
      return { ...found, version: stdout.trim() };
    } catch (error) {
      throw new Error(`${found.program} --version does not work: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private connect(program: string): LanguageClient {
    const extra = vscode.workspace.getConfiguration('ko').get<Record<string, string>>('server.extraEnv', {});
    const executable: Executable = { command: program, args: ['lsp'], options: { env: { ...process.env, ...extra } } };
    // A function, so that a server that is started again after a crash gets the settings of then.
    const initializationOptions = (): InitializationOptions => ({ ko: { lenses: true, renames: true, commands: true, references: true, inlayHints: inlayHints(), run: runSettings() } });
    const options: LanguageClientOptions = {
      documentSelector: SELECTOR,
      initializationOptions,
      outputChannel: this.output,
      connectionOptions: { maxRestartCount: MAX_RESTARTS },
    };
    return new LanguageClient('ko', 'Ko', executable, options);
  }
}

/**
 * Documents that are in no file and that VS Code restored before there was a server have stayed empty: they are asked for
 * again.
 */
function refreshPages(client: LanguageClient): void {
  const providers = client.getFeature('workspace/textDocumentContent')?.getProviders() ?? [];
  const open = new Map<string, vscode.Uri>();
  for (const { uri } of vscode.workspace.textDocuments) open.set(uri.toString(), uri);
  for (const tab of vscode.window.tabGroups.all.flatMap((group) => group.tabs)) {
    if (tab.input instanceof vscode.TabInputText) open.set(tab.input.uri.toString(), tab.input.uri);
  }
  for (const uri of open.values()) {
    for (const provider of providers) if (provider.scheme === uri.scheme) provider.onDidChangeEmitter.fire(uri);
  }
}

/** What the user allows runs. The scope of these settings is the machine, so VS Code ignores what a workspace says. */
function runSettings(): RunSettings {
  const settings = vscode.workspace.getConfiguration('ko.run');
  return {
    allow: settings.get<string[]>('allow', []),
    timeout: settings.get<string>('timeout', '5m'),
    maxMemory: settings.get<string>('maxMemory', '1G'),
  };
}

/** Which hints the user wants between the characters. */
function inlayHints(): InlayHintSettings {
  const settings = vscode.workspace.getConfiguration('ko.inlayHints');
  return {
    steps: settings.get<boolean>('steps', true),
    parameters: settings.get<boolean>('parameters', true),
    maxLength: settings.get<number>('maxLength', 32),
  };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Packages lose the executable bit on some ways to the user. */
function makeExecutable(program: string): void {
  if (process.platform === 'win32') return;
  try {
    accessSync(program, constants.X_OK);
  } catch {
    chmodSync(program, 0o755);
  }
}

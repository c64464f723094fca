/**
 * The language status item (the `{}` in the status bar): how the server is, and whether a run goes on.
 */
import * as vscode from 'vscode';
import { SELECTOR, type Server } from './server/client';

export class Status implements vscode.Disposable {
  private readonly server = vscode.languages.createLanguageStatusItem('ko.status', SELECTOR);
  private readonly run = vscode.languages.createLanguageStatusItem('ko.run', SELECTOR);
  private readonly subscription: vscode.Disposable;

  constructor(server: Server) {
    this.server.name = 'Ko Server';
    this.server.text = 'Ko';
    this.server.command = { command: 'ko.showOutput', title: 'Show Output' };
    this.run.name = 'Ko Run';
    this.showRun('Nothing has been run', false);
    this.subscription = server.onDidChangeState((state) => {
      this.server.busy = state.kind === 'starting';
      this.server.severity =
        state.kind === 'failed' || state.kind === 'stopped'
          ? vscode.LanguageStatusSeverity.Error
          : vscode.LanguageStatusSeverity.Information;
      switch (state.kind) {
        case 'ready':
          this.server.text = state.version;
          this.server.detail = state.program;
          break;
        case 'failed':
          this.server.text = 'Ko server failed';
          this.server.detail = state.reason;
          break;
        default:
          this.server.text = `Ko server ${state.kind}`;
      }
    });
  }

  /** Says what the last or present run is about. */
  showRun(text: string, busy: boolean): void {
    this.run.text = text;
    this.run.busy = busy;
  }

  dispose(): void {
    this.subscription.dispose();
    this.server.dispose();
    this.run.dispose();
  }
}

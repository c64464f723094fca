/**
 * Asks for the arguments that a run needs.
 */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { FUNCTION_ARGUMENTS, type FunctionArgument, type FunctionArgumentsParams } from '../protocol';
import type { Target } from './runs';

/**
 * One input box per argument, with what was given last time. An argument left empty is not passed.
 * Undefined when the user closes a box: nothing is to be run then.
 */
export async function askArguments(client: LanguageClient, target: Target): Promise<Record<string, string> | undefined> {
  const params: FunctionArgumentsParams = {
    textDocument: { uri: target.uri },
    function: target.function,
    ...(target.selection === undefined ? {} : { selection: client.code2ProtocolConverter.asRange(target.selection) }),
  };
  const missing = (await client.sendRequest<FunctionArgument[] | null>(FUNCTION_ARGUMENTS, params)) ?? [];
  const values: Record<string, string> = {};
  for (const [index, argument] of missing.entries()) {
    const value = await vscode.window.showInputBox({
      title: `${target.function}: ${argument.name}${missing.length > 1 ? ` (${index + 1}/${missing.length})` : ''}`,
      prompt: argument.doc?.trim() || `Value of the argument ${argument.name}.`,
      placeHolder: argument.type ?? 'String',
      value: argument.last ?? '',
      ignoreFocusOut: true,
    });
    if (value === undefined) return undefined;
    if (value !== '') values[argument.name] = value;
  }
  return values;
}

/**
 * What the Ko server understands beyond the Language Server Protocol: names and shapes of its own messages.
 *
 * Plain types only, so that the page of the graph and the tests can use them without VS Code. Positions are those of
 * the protocol: zero-based lines, UTF-16 columns.
 */

/** A place in a document. */
export interface Position {
  line: number;
  character: number;
}

/** A stretch of a document; `end` is exclusive. */
export interface Range {
  start: Position;
  end: Position;
}

/** Names a document. */
export interface TextDocumentIdentifier {
  uri: string;
}

/** The settings `ko.inlayHints`. */
export interface InlayHintSettings {
  steps: boolean;
  parameters: boolean;
  maxLength: number;
}

/** What the client promises in `initializationOptions`: which parts of the server's own protocol it draws and runs. */
export interface InitializationOptions {
  ko: {
    /** The lens that counts the uses of a function may call `ko.showReferences`. */
    references: boolean;
    /** Which hints to show between the characters. */
    inlayHints: InlayHintSettings;
    /** Code lenses may call `ko.runInSandbox` and `ko.showGraph`. */
    lenses: boolean;
    /** Code actions may call `ko.rename` with a URI and a position: the user chooses the name of what is there. */
    renames: boolean;
    /** The client has the commands of this file, and takes `ko/runEvent`. */
    commands: boolean;
    /** What runs may do and use up. */
    run: RunSettings;
  };
}

/** The settings below `ko.run`; `workspace/didChangeConfiguration` brings them again, as `{ ko: { run } }`. */
export interface RunSettings {
  allow: string[];
  timeout: string;
  maxMemory: string;
}

/** Request `ko/graph`: the graph of one function, laid out by the server. Answer: `Graph | null`. */
export const GRAPH = 'ko/graph';

/** Which function to draw: by name, or the one around a position. */
export interface GraphParams {
  textDocument: TextDocumentIdentifier;
  function?: string;
  position?: Position;
  /** Nodes of a large graph whose folded calls are wanted, by id. */
  expand?: string[];
}

/** What a node stands for. */
export type NodeKind = 'argument' | 'call' | 'gate' | 'literal' | 'structure' | 'select' | 'result' | 'error';

/** What a gate does to the cluster. */
export type Effect = 'read' | 'write' | 'destructive' | 'connect';

/** One step of the circuit. Coordinates are those of the upper left corner, in units of the drawing. */
export interface GraphNode {
  /** Stable while the step keeps its name. */
  id: string;
  label: string;
  /** The function or gate called, the value of a literal, … */
  detail: string;
  kind: NodeKind;
  effect?: Effect;
  /** Where the step is written. */
  range: Range;
  x: number;
  y: number;
  width: number;
  height: number;
  /** The ids of the nodes that are folded into it, in a large graph. */
  folded?: string[];
}

/** One value that flows from a step to another. */
export interface GraphEdge {
  from: string;
  to: string;
  /** The argument that receives the value. */
  label?: string;
  /** The edge only orders: the value is not used. */
  after: boolean;
  points: [number, number][];
}

/** A drawn function. */
export interface Graph {
  function: string;
  width: number;
  height: number;
  /** Version of the document that was drawn. */
  version: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** Request `ko/memory`, with `{}`: the bytes of each query and input of the server. Answer: `Memory`. */
export const MEMORY = 'ko/memory';

/** Where the memory of the server is. Sizes are bytes. */
export interface Memory {
  /** The same as a table to read. */
  text: string;
  total: number;
  /** Of the whole process, where the system says so. */
  process: number | null;
}

/** Request `ko/syntaxTree`: the syntax tree as text to read. Answer: `SideText | null`. */
export const SYNTAX_TREE = 'ko/syntaxTree';

/** Request `ko/lowered`: the circuits, a line for each step in the order of the run. Answer: `SideText | null`. */
export const LOWERED = 'ko/lowered';

/** What both take. */
export interface SideTextParams {
  textDocument: TextDocumentIdentifier;
}

/** A text about a document. */
export interface SideText {
  /** Version of the document. */
  version: number;
  /** A line for each part of the document. */
  text: string;
  /** Where each line stands in the document. */
  ranges: Range[];
}

/** Request `ko/functionArguments`: what a run has to ask for. Answer: `FunctionArgument[]`. */
export const FUNCTION_ARGUMENTS = 'ko/functionArguments';

export interface FunctionArgumentsParams {
  textDocument: TextDocumentIdentifier;
  function: string;
  selection?: Range;
}

/** One argument that a run needs from the user. */
export interface FunctionArgument {
  name: string;
  doc?: string;
  monadic: boolean;
  type?: string;
  /** What was given last time. */
  last?: string;
}

/** Where a run goes. */
export type RunMode = 'sandbox' | 'cluster';

/** Request `ko/run`: runs a function, or the selected steps of it and what they need. Answer: `RunResult`. */
export const RUN = 'ko/run';

export interface RunParams {
  textDocument: TextDocumentIdentifier;
  function: string;
  arguments: Record<string, string>;
  selection?: Range;
  /** The sandbox of the workspace, or the cluster that the editor is connected to. */
  mode: RunMode;
  /** What an answer `confirm` has given, once the user has agreed to it. */
  agreement?: string;
  /** Chosen by the client; comes back in every `ko/runEvent`. */
  runId: string;
}

export interface RunError {
  message: string;
  range?: Range;
  uri?: string;
  /** The calls that led there, outermost first. */
  trace: string[];
}

/** What a program would write to a cluster. */
export interface Confirm {
  context: string;
  server: string;
  gates: { name: string; calls: number; destructive: boolean }[];
  namespaces: string[];
  /** Whether some namespaces are known only when it runs. */
  computedNamespaces: boolean;
  destructive: boolean;
  /** All of this as one line. */
  summary: string;
  agreement: string;
}

export interface RunResult {
  /**
   * `refused`: nothing was run, `error` says why. `confirm`: nothing was sent; the user has to agree to what `confirm` says, and
   * the same request with its agreement runs.
   */
  status: 'succeeded' | 'failed' | 'cancelled' | 'refused' | 'confirm';
  confirm?: Confirm;
  /** What the server of the cluster warned of. */
  warnings?: string[];
  /** The result as Ko prints it. */
  value?: string;
  error?: RunError;
  /** How many steps ran. */
  steps: { run: number };
  durationMs: number;
}

/** Notification of the server `ko/runEvent`: something happened in a run. */
export const RUN_EVENT = 'ko/runEvent';

export interface RunEvent {
  runId: string;
  function: string;
  /** `GraphNode.id` of the step concerned; absent when the run as a whole is. */
  node?: string;
  event: 'started' | 'succeeded' | 'failed' | 'cancelled' | 'output' | 'progress';
  /** The step's value, shortened for display. */
  value?: string;
  /** What the program wrote (`output`), or how far a step is (`progress`). */
  output?: string;
  durationMs?: number;
  /** Time in the sandbox, whose clock is virtual. */
  virtualMs?: number;
}

/** Request `ko/resetSandbox`: throws the workspace's sandbox away. Answer: null. */
export const RESET_SANDBOX = 'ko/resetSandbox';

/** Request `ko/clusterContexts`: what there is to connect to, from the kubeconfig alone. Answer: `ClusterContexts`. */
export const CLUSTER_CONTEXTS = 'ko/clusterContexts';

export interface ClusterContexts {
  contexts: ClusterContext[];
  status: ClusterStatus;
}

/** A context of the kubeconfig; nothing of it is secret. */
export interface ClusterContext {
  name: string;
  cluster: string;
  server: string;
  user: string;
  namespace?: string;
  current: boolean;
  /** The certificate of the server goes unchecked. */
  insecure: boolean;
  impersonates?: string;
  plugin?: CredentialPlugin & { agreed: boolean };
}

/** A program that has to run to sign in. */
export interface CredentialPlugin {
  command: string;
  arguments: string[];
  /** The names of the variables that it is given. */
  variables: string[];
  hint: string | null;
}

/** Request `ko/connect`: connects to a context, instead of the one before. Answer: `ConnectAnswer`. */
export const CONNECT = 'ko/connect';

export interface ConnectParams {
  context: string;
  kubeconfig?: string;
  /** The plugin that the user was shown and has agreed to run. */
  agreedPlugin?: { command: string; arguments: string[] };
}

export interface ConnectAnswer {
  /** A state of the connection; `consent` if the user has to agree to a plugin first; `cancelled` by another request. */
  outcome: ClusterStatus['state'] | 'consent' | 'cancelled';
  status?: ClusterStatus;
  context?: string;
  plugin?: CredentialPlugin;
}

/** Request `ko/reconnect`, with `{}`: the same context again. Answer: `ConnectAnswer`. */
export const RECONNECT = 'ko/reconnect';

/** Request `ko/disconnect`, with `{}`. Answer: `ClusterStatus`. */
export const DISCONNECT = 'ko/disconnect';

/** Notification of the server, and a request with `{}`: how it stands with the cluster. */
export const CLUSTER_STATUS = 'ko/clusterStatus';

export interface ClusterStatus {
  state: 'offline' | 'connecting' | 'connected' | 'stale' | 'signedOut' | 'forbidden';
  context?: string;
  server?: string;
  user?: string;
  namespace?: string;
  version?: string;
  message: string;
  /** What the user can do, the best first. */
  waysOut: { action: 'connect' | 'reconnect' | 'disconnect'; title: string }[];
  notes?: string[];
}

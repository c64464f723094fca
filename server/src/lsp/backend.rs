//! The handlers of the protocol's methods. They hold no logic: each puts one message into the queue of the main loop
//! before its first `await`, and a request then waits for its answer, and for nothing else.

use std::sync::OnceLock;

use crossbeam_channel::Sender;
use ls_types::*;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::{
    LanguageServer,
    jsonrpc::{Error, Result},
};

use super::{
    capabilities,
    clusters::{Clusters, Timely},
    from_proto,
    main_loop::{Message, Query},
    outbox::{Outbox, Outgoing},
    pool::{Failure, Job, Stop, Urgency},
    requests,
    run_settings::RunSettings,
    settings::{HintSettings, Settings},
    snapshot::Snapshot,
};

/// How often a question about a whole document is asked again when the text changes under it.
const RETRIES: u32 = 5;

/// The handlers.
pub(crate) struct Backend {
    queue: Sender<Message>,
    outbox: Outbox,
    settings: OnceLock<Settings>,
    clusters: Clusters,
    parent: Box<dyn Fn(u32) + Send + Sync>,
}

/// What becomes of a question when the text changes before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnEdit {
    /// It is about a position in the old text, so it has no answer any more (`ContentModified`).
    Fail,
    /// It is about a document or the workspace: it is asked again of the new text.
    Retry,
}

/// A question about the cursor.
const CURSOR: (Urgency, OnEdit) = (Urgency::High, OnEdit::Fail);
/// A question about a whole document that somebody is looking at.
const DOCUMENT: (Urgency, OnEdit) = (Urgency::High, OnEdit::Retry);
/// A question that may take a while.
const WORKSPACE: (Urgency, OnEdit) = (Urgency::Low, OnEdit::Retry);

impl Backend {
    /// Handlers that put their messages into `queue` and call `parent` with the process that the client wants us to
    /// end with.
    pub(crate) fn new(
        queue: Sender<Message>,
        outbox: Outbox,
        clusters: Clusters,
        parent: impl Fn(u32) + Send + Sync + 'static,
    ) -> Backend {
        Backend { queue, outbox, settings: OnceLock::new(), clusters, parent: Box::new(parent) }
    }

    /// Puts a message into the queue of the main loop.
    fn tell(&self, message: Message) {
        // The main loop ends only after this sender is gone.
        let _ = self.queue.send(message);
    }

    /// Tells the user what is wrong with the settings.
    fn warn(&self, problems: Vec<String>) {
        for problem in problems {
            self.outbox.send(Outgoing::Warning(format!("Ko: {problem}")));
        }
    }

    /// Asks the main loop, in turn with the edits, and waits for the answer. If the request is cancelled, which drops
    /// this future, so is the work.
    async fn ask<T, F>(&self, (urgency, on_edit): (Urgency, OnEdit), work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Snapshot) -> std::result::Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let stop = Stop::default();
        let retries = if on_edit == OnEdit::Retry { RETRIES } else { 0 };
        let (queue, stopped) = (self.queue.clone(), stop.clone());
        let job = Ask { work, result: None, reply, retries, urgency, queue, stop: stopped };
        let query = Query { urgency, job: Box::new(job), stop: stop.clone() };
        self.tell(Message::Query(query));
        let _guard = StopOnDrop(stop);
        answer.await.unwrap_or_else(|_| Err(Error::request_cancelled()))
    }
}

/// Stops the work for a request that nobody waits for any more.
pub(crate) struct StopOnDrop(pub(crate) Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// One request, from the queue to its answer.
struct Ask<T, F> {
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T>>,
    retries: u32,
    urgency: Urgency,
    queue: Sender<Message>,
    stop: Stop,
}

impl<T, F> Job for Ask<T, F>
where
    T: Send + 'static,
    F: Fn(&Snapshot) -> std::result::Result<T, Failure> + Send + 'static,
{
    fn run(&mut self, snapshot: &Snapshot) -> std::result::Result<(), Failure> {
        self.result = Some((self.work)(snapshot)?);
        Ok(())
    }

    fn finish(mut self: Box<Self>, result: std::result::Result<(), Failure>) {
        let answer = match result {
            Err(Failure::Modified) if self.retries > 0 => {
                self.retries -= 1;
                let (urgency, stop) = (self.urgency, self.stop.clone());
                let queue = self.queue.clone();
                let _ = queue.send(Message::Query(Query { urgency, job: self, stop }));
                return;
            }
            Err(failure) => Err(failure.into()),
            Ok(()) => self.result.take().ok_or_else(Error::internal_error),
        };
        // The receiver is gone if the request was cancelled.
        let _ = self.reply.send(answer);
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let settings = from_proto::settings(&params);
        if let Some(parent) = settings.parent {
            (self.parent)(parent);
        }
        let result = capabilities::initialize_result(&settings);
        let _ = self.settings.set(settings.clone());
        self.tell(Message::Initialize(settings));
        Ok(result)
    }

    async fn initialized(&self, _: InitializedParams) {
        let Some(settings) = self.settings.get() else { return };
        if settings.watches_files {
            self.outbox.send(Outgoing::Register(capabilities::watch_files()));
        }
        self.warn(settings.problems.clone());
        self.clusters.begin();
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, version, text, .. } = params.text_document;
        self.tell(Message::Open { uri, version, text });
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        let changes = from_proto::changes(params.content_changes);
        self.tell(Message::Change { uri, version, changes });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Message::Close { uri: params.text_document.uri });
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {}

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        if let Some(hints) = HintSettings::read(&params.settings) {
            self.tell(Message::HintSettings(hints));
        }
        if let Some((run, problems)) = RunSettings::read(&params.settings) {
            self.warn(problems);
            self.tell(Message::RunSettings(run));
        }
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris = params.changes.iter().map(|change| &change.uri);
        self.tell(Message::Disk(uris.filter_map(super::files::path_of).collect()));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let added = from_proto::folders(&params.event.added);
        let removed = from_proto::folders(&params.event.removed);
        self.tell(Message::Folders { added, removed });
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        let work = move |snapshot: &Snapshot| {
            let hover = requests::cursor::hover(snapshot, &at)?;
            let markdown = snapshot.settings.hover_markdown;
            Ok((hover, requests::live::site(snapshot, &at).map(|it| (it, markdown))))
        };
        let (hover, site) = self.ask(CURSOR, work).await?;
        let named = site.filter(|(it, _)| it.is_a_name());
        let Some((site, markdown)) = named else { return Ok(hover) };
        let (namespace, name) = (site.site.namespace.as_deref(), &site.site.text);
        Ok(match site.live.glance(&site.resource, namespace, name).await {
            Timely::Known(Some(glance)) => {
                let text = requests::live::glance_markdown(&site, (*glance).as_ref());
                Some(requests::live::with_glance(hover, text, site.range, markdown))
            }
            _ => hover,
        })
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        self.ask(DOCUMENT, move |snapshot| requests::completion::resolve(snapshot, &item)).await
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::cursor::signature_help(snapshot, &at)).await
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::navigation::definition(snapshot, &at)).await
    }

    async fn goto_declaration(
        &self,
        params: request::GotoDeclarationParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::navigation::declaration(snapshot, &at)).await
    }

    async fn goto_type_definition(
        &self,
        params: request::GotoTypeDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::navigation::type_definition(snapshot, &at)).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        self.ask(CURSOR, move |snapshot| requests::navigation::references(snapshot, &params)).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::navigation::highlights(snapshot, &at)).await
    }

    async fn prepare_rename(
        &self,
        at: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        self.ask(CURSOR, move |snapshot| requests::navigation::prepare_rename(snapshot, &at)).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        self.ask(CURSOR, move |snapshot| requests::navigation::rename(snapshot, &params)).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask(CURSOR, move |snapshot| requests::actions::code_actions(snapshot, &params)).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        self.ask(CURSOR, move |snapshot| requests::actions::resolve(snapshot, &action)).await
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let document = params.text_document;
        self.ask(DOCUMENT, move |snapshot| requests::document::symbols(snapshot, &document)).await
    }

    async fn symbol(
        &self,
        params: WorkspaceSymbolParams,
    ) -> Result<Option<WorkspaceSymbolResponse>> {
        let query = params.query;
        self.ask(WORKSPACE, move |snapshot| requests::symbols::search(snapshot, &query)).await
    }

    async fn symbol_resolve(&self, symbol: WorkspaceSymbol) -> Result<WorkspaceSymbol> {
        self.ask(DOCUMENT, move |snapshot| requests::symbols::resolve(snapshot, &symbol)).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let document = params.text_document;
        self.ask(DOCUMENT, move |snapshot| requests::links::links(snapshot, &document)).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let at = params.text_document_position_params;
        self.ask(CURSOR, move |snapshot| requests::calls::prepare(snapshot, &at)).await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.ask(WORKSPACE, move |snapshot| requests::calls::incoming(snapshot, &params.item)).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.ask(WORKSPACE, move |snapshot| requests::calls::outgoing(snapshot, &params.item)).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let document = params.text_document;
        self.ask(DOCUMENT, move |snapshot| requests::document::folds(snapshot, &document)).await
    }

    async fn selection_range(
        &self,
        params: SelectionRangeParams,
    ) -> Result<Option<Vec<SelectionRange>>> {
        self.ask(CURSOR, move |snapshot| requests::document::selection_ranges(snapshot, &params))
            .await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let document = params.text_document;
        self.ask(CURSOR, move |snapshot| requests::format::document(snapshot, &document)).await
    }

    async fn range_formatting(
        &self,
        params: DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        self.ask(CURSOR, move |snapshot| requests::format::range(snapshot, &params)).await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        self.ask(CURSOR, move |snapshot| requests::format::on_type(snapshot, &params)).await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let document = params.text_document;
        let tokens =
            self.ask(DOCUMENT, move |snapshot| requests::tokens::full(snapshot, &document));
        Ok(tokens.await?.map(SemanticTokensResult::Tokens))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        self.ask(DOCUMENT, move |snapshot| requests::tokens::delta(snapshot, &params)).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let tokens = self.ask(CURSOR, move |snapshot| requests::tokens::range(snapshot, &params));
        Ok(tokens.await?.map(SemanticTokensRangeResult::Tokens))
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.ask(CURSOR, move |snapshot| requests::hints::inlay_hints(snapshot, &params)).await
    }

    async fn inlay_hint_resolve(&self, hint: InlayHint) -> Result<InlayHint> {
        self.ask(DOCUMENT, move |snapshot| requests::hints::resolve(snapshot, &hint)).await
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        self.ask(WORKSPACE, move |snapshot| requests::lenses::resolve(snapshot, &lens)).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let document = params.text_document;
        self.ask(DOCUMENT, move |snapshot| requests::lenses::lenses(snapshot, &document)).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let done = self.clusters.command(&params.command, &params.arguments).await?;
        let Some((answer, said)) = done else {
            let text = format!("there is no command {}", params.command);
            return Err(Failure::Refused(text).into());
        };
        self.outbox.send(Outgoing::Information(format!("Ko: {said}")));
        Ok(Some(answer))
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReportResult> {
        self.ask(WORKSPACE, move |snapshot| requests::diagnostics::pull(snapshot, &params)).await
    }
}

/// Requests that are not part of the protocol.
impl Backend {
    /// `textDocument/completion`, see [`super::front::COMPLETION`].
    pub(crate) async fn completion_list(
        &self,
        params: CompletionParams,
    ) -> Result<Option<requests::completion::List>> {
        let at = params.text_document_position;
        let work = move |snapshot: &Snapshot| {
            let list = requests::completion::completion(snapshot, &at)?;
            Ok((list, requests::live::site(snapshot, &at)))
        };
        let (list, site) = self.ask(CURSOR, work).await?;
        let Some(site) = site else { return Ok(list) };
        // Not on the pool: only this answer waits, and not for long.
        let found = site.live.names(&site.resource, site.site.namespace.as_deref()).await;
        let mut list = list.unwrap_or_else(requests::completion::List::empty);
        match found {
            Timely::Known(Some(found)) => {
                list.add(site.range, requests::live::choices(&site.site, &found));
            }
            Timely::Known(None) => {}
            Timely::Late => list.more(),
        }
        Ok(Some(list))
    }

    /// `ko/text`: the text and version that the server has of a document, for tests and bug reports.
    pub(crate) async fn text(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::text::text(snapshot, &params)).await
    }

    /// `workspace/textDocumentContent` and `ko/virtualDocument`: the text of a document that is in no file.
    pub(crate) async fn virtual_document(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::pages::content(snapshot, &params)).await
    }

    /// `ko/syntaxTree`: the syntax tree of a document, as text to read.
    pub(crate) async fn syntax_tree(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::syntax_tree::syntax_tree(snapshot, &params))
            .await
    }

    /// `ko/lowered`: the circuits of a document, as text to read.
    pub(crate) async fn lowered(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::lowered::lowered(snapshot, &params)).await
    }

    /// `ko/graph`: the graph of a function, laid out.
    pub(crate) async fn graph(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::graph::graph(snapshot, &params)).await
    }

    /// `ko/graphText`: the graph of a function, drawn with characters.
    pub(crate) async fn graph_text(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::graph::graph_text(snapshot, &params)).await
    }

    /// `ko/functionArguments`: what a run has to be given.
    pub(crate) async fn function_arguments(&self, params: Value) -> Result<Value> {
        self.ask(DOCUMENT, move |snapshot| requests::run::arguments(snapshot, &params)).await
    }

    /// `ko/run`: runs a function in the sandbox of the workspace.
    pub(crate) async fn run(&self, params: Value) -> Result<Value> {
        let encoding = self.settings.get().map_or_else(Default::default, |it| it.encoding);
        let (reply, answer) = oneshot::channel();
        // Dropped with this future, which is what a cancellation does.
        let (_alive, cancelled) = crossbeam_channel::bounded(0);
        let order = requests::run::order(&params, encoding, reply, cancelled)?;
        self.tell(Message::Run(order));
        answer.await.map_err(|_| Error::internal_error())
    }

    /// `ko/memory`: the bytes of every query and input, as data and as a text to show.
    pub(crate) async fn memory(&self, _: Value) -> Result<Value> {
        let (reply, answer) = oneshot::channel();
        self.tell(Message::Memory(reply));
        let report = answer.await.map_err(|_| Error::internal_error())?;
        let mut value = report.to_json();
        value["text"] = report.to_text().into();
        Ok(value)
    }

    /// `ko/resetSandbox`: empties the sandbox of the workspace.
    pub(crate) async fn reset_sandbox(&self, _: Value) -> Result<Value> {
        let (done, is_done) = oneshot::channel();
        self.tell(Message::ResetSandbox(done));
        is_done.await.map_err(|_| Error::internal_error())?;
        Ok(Value::Null)
    }

    /// `ko/clusterContexts`: the contexts that can be connected to.
    pub(crate) async fn cluster_contexts(&self, params: Value) -> Result<Value> {
        Ok(self.clusters.contexts(&params)?)
    }

    /// `ko/clusterStatus`: how it stands with the cluster.
    pub(crate) async fn cluster_status(&self, _: Value) -> Result<Value> {
        Ok(self.clusters.status())
    }

    /// `ko/connect`: connects to a context.
    pub(crate) async fn connect(&self, params: Value) -> Result<Value> {
        Ok(self.clusters.connect(&params).await?)
    }

    /// `ko/reconnect`: connects to the same context again.
    pub(crate) async fn reconnect(&self, _: Value) -> Result<Value> {
        Ok(self.clusters.reconnect().await?)
    }

    /// `ko/disconnect`: goes back to the built-in schema.
    pub(crate) async fn disconnect(&self, _: Value) -> Result<Value> {
        Ok(self.clusters.disconnect().await)
    }
}

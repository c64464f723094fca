//! What the server sends without being asked, in order, from any thread, never waiting for the client; but for what happens
//! in a run, which has to come before its answer and goes through a [`Notifier`](super::transport::Notifier).

use ls_types::{Diagnostic, MessageType, Registration, Uri};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp_server::Client;

/// A message to the client.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// `textDocument/publishDiagnostics`.
    Diagnostics(Uri, Vec<Diagnostic>, Option<i32>),
    /// `workspace/diagnostic/refresh`.
    RefreshDiagnostics,
    /// `workspace/inlayHint/refresh`.
    RefreshHints,
    /// `workspace/codeLens/refresh`.
    RefreshLenses,
    /// `workspace/semanticTokens/refresh`.
    RefreshTokens,
    /// `client/registerCapability`.
    Register(Registration),
    /// `window/showMessage`: something that the user has to mend.
    Warning(String),
    /// `window/showMessage`: what came of something that the user has asked for.
    Information(String),
}

/// Where messages to the client go.
#[derive(Debug, Clone)]
pub(crate) struct Outbox(UnboundedSender<Outgoing>);

impl Outbox {
    /// An outbox and what [`deliver`] takes.
    pub(crate) fn new() -> (Outbox, UnboundedReceiver<Outgoing>) {
        let (sender, receiver) = unbounded_channel();
        (Outbox(sender), receiver)
    }

    /// Puts a message in. Returns at once; a message after the end is dropped.
    pub(crate) fn send(&self, message: Outgoing) {
        let _ = self.0.send(message);
    }
}

/// Sends what is put into the outbox, until the client is gone. Requests are not awaited in turn: a client that does
/// not answer one still gets everything after it.
pub(crate) async fn deliver(client: Client, mut outbox: UnboundedReceiver<Outgoing>) {
    while let Some(message) = outbox.recv().await {
        match message {
            Outgoing::Diagnostics(uri, diagnostics, version) => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            Outgoing::Warning(text) => client.show_message(MessageType::WARNING, text).await,
            Outgoing::Information(text) => client.show_message(MessageType::INFO, text).await,
            request => {
                let client = client.clone();
                tokio::spawn(async move {
                    let result = match request {
                        Outgoing::RefreshDiagnostics => client.workspace_diagnostic_refresh().await,
                        Outgoing::RefreshHints => client.inlay_hint_refresh().await,
                        Outgoing::RefreshTokens => client.semantic_tokens_refresh().await,
                        Outgoing::RefreshLenses => client.code_lens_refresh().await,
                        Outgoing::Register(registration) => {
                            client.register_capability(vec![registration]).await
                        }
                        _ => Ok(()),
                    };
                    if let Err(error) = result {
                        tracing::warn!("the client refuses a request: {error}");
                    }
                });
            }
        }
    }
}

//! The language server: `ko lsp`.
//!
//! A message comes in through [`transport`], passes [`front`] in its order, is put into the queue of [`main_loop`] by a
//! handler in [`backend`], is answered on the [`pool`] by a function in [`requests`], and goes out again. Protocol types
//! are made and taken apart in `from_proto` and `to_proto` and the functions of `requests` only.

mod backend;
mod capabilities;
mod captured;
mod clusters;
mod diagnostics;
mod files;
mod from_proto;
mod front;
mod main_loop;
mod manifests;
mod markup;
mod newer;
mod outbox;
mod parent;
mod pool;
mod requests;
mod run_settings;
mod runs;
mod settings;
mod snapshot;
mod to_proto;
mod token_cache;
mod transport;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tower_lsp_server::{LspService, Server};

use self::backend::Backend;

/// How long answers may still take after the input has ended.
const GRACE: Duration = Duration::from_millis(200);

/// Speaks the protocol on standard input and output until the client says `exit`, its process ends, or the input does.
/// `cluster` is connected to once the client is there. The code is 0 if the client had said `shutdown` before, else 1, as the protocol wants it.
///
/// # Errors
/// When the operating system gives no threads.
pub(crate) fn serve(cluster: Option<clusters::Chosen>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shutdown = Arc::new(AtomicBool::new(false));
    let written = runtime.block_on(serve_async(shutdown.clone(), cluster))?;
    runtime.shutdown_background();
    written.wait(Duration::from_secs(2));
    Ok(if shutdown.load(Ordering::Acquire) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn serve_async(
    shutdown: Arc<AtomicBool>,
    cluster: Option<clusters::Chosen>,
) -> anyhow::Result<transport::Written> {
    let (output, written) = transport::Output::start()?;
    let (input, ended) = transport::Input::start(&output)?;
    let (queue, messages) = crossbeam_channel::unbounded();
    let (outbox, outgoing) = outbox::Outbox::new();
    let (parent_sender, parent) = tokio::sync::oneshot::channel();
    let parent_sender = std::sync::Mutex::new(Some(parent_sender));
    let watch_parent = move |process| {
        let sender = parent_sender.lock().ok().and_then(|mut sender| sender.take());
        if let Some(sender) = sender {
            let _ = sender.send(process);
        }
    };
    main_loop::start(queue.clone(), messages, outbox.clone(), output.notifier())?;
    let clusters = clusters::Clusters::new(output.notifier(), queue.clone(), cluster);
    let (service, socket) = LspService::build(|client| {
        tokio::spawn(outbox::deliver(client, outgoing));
        Backend::new(queue, outbox, clusters, watch_parent)
    })
    .custom_method(front::COMPLETION, Backend::completion_list)
    .custom_method("ko/text", Backend::text)
    .custom_method("workspace/textDocumentContent", Backend::virtual_document)
    .custom_method("ko/virtualDocument", Backend::virtual_document)
    .custom_method("ko/syntaxTree", Backend::syntax_tree)
    .custom_method("ko/lowered", Backend::lowered)
    .custom_method("ko/graph", Backend::graph)
    .custom_method("ko/graphText", Backend::graph_text)
    .custom_method("ko/functionArguments", Backend::function_arguments)
    .custom_method("ko/memory", Backend::memory)
    .custom_method("ko/run", Backend::run)
    .custom_method("ko/resetSandbox", Backend::reset_sandbox)
    .custom_method("ko/clusterContexts", Backend::cluster_contexts)
    .custom_method("ko/clusterStatus", Backend::cluster_status)
    .custom_method("ko/connect", Backend::connect)
    .custom_method("ko/reconnect", Backend::reconnect)
    .custom_method("ko/disconnect", Backend::disconnect)
    .finish();
    let front = front::Front::new(service, shutdown);
    let server = Server::new(input, output, socket).concurrency_level(usize::MAX).serve(front);
    tokio::select! {
        () = server => {}
        () = async {
            let _ = ended.await;
            tokio::time::sleep(GRACE).await;
        } => {}
        () = async {
            match parent.await {
                Ok(process) => match parent::watch(process) {
                    Ok(ended) => drop(ended.await),
                    Err(_) => std::future::pending().await,
                },
                Err(_) => std::future::pending().await,
            }
            tracing::info!("the process of the client has ended");
        } => {}
    }
    Ok(written)
}

//! The cluster of the editor: which contexts there are, the connection that the user asks for, and what is known of it.
//!
//! Nothing is sent to a network and no program is started before the user connects. All of it lives on a thread of its
//! own ([`session`]), which starts with the first connection: the main loop gets nothing but finished schemas.

mod commands;
mod live;
mod progress;
mod questions;
mod session;
mod status;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crossbeam_channel::Sender;
use ko_cluster::{Context, Contexts, Plugin};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::{commands::COMMANDS, live::Live, questions::Timely};
use self::{
    session::{Errand, Order},
    status::Board,
};
use super::{main_loop::Message, pool::Failure, transport::Notifier};
use crate::clusters::consent::Consents;

/// Where requests about clusters go.
pub(crate) struct Clusters {
    shared: Arc<Shared>,
    errands: OnceLock<mpsc::UnboundedSender<Errand>>,
    /// What the command line says.
    chosen: Mutex<Option<Chosen>>,
}

/// A cluster that the command line of the server names: the context, the kubeconfig, whether its plugin may run.
pub(crate) type Chosen = (Option<String>, Option<PathBuf>, bool);

/// What the thread of the connection and the handlers of requests have in common.
struct Shared {
    board: Board,
    main: Sender<Message>,
    /// The last order that the user gave, to connect again.
    last: Mutex<Option<Order>>,
}

/// A connection that stands.
#[derive(Clone)]
pub(crate) struct Session {
    /// The name of the context.
    pub(crate) context: String,
    /// What can be asked of it while somebody writes.
    pub(crate) live: Arc<Live>,
    /// The file that its schema is in; none if that is the built-in one, or could not be kept.
    pub(crate) schema: Option<PathBuf>,
    /// Where the context was found, if the user named a file.
    pub(crate) kubeconfig: Option<PathBuf>,
}

impl Shared {
    /// Makes this the schema of the editor, and this the cluster that runs may go to.
    fn enter(&self, schema: ko_schema::Schema, session: Option<Session>) {
        // The main loop is gone: so is the editor.
        let _ = self.main.send(Message::Cluster(schema, session.map(Arc::new)));
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContextsParams {
    kubeconfig: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConnectParams {
    context: Option<String>,
    kubeconfig: Option<PathBuf>,
    /// The plugin that the user was shown and has agreed to run.
    agreed_plugin: Option<PluginParams>,
    work_done_token: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PluginParams {
    command: String,
    #[serde(default)]
    arguments: Vec<String>,
}

impl Clusters {
    /// Nothing is done yet. Schemas go to `main`, statuses to `notifier`.
    pub(crate) fn new(
        notifier: Notifier,
        main: Sender<Message>,
        chosen: Option<Chosen>,
    ) -> Clusters {
        let shared = Shared { board: Board::new(notifier), main, last: Mutex::default() };
        let (shared, errands) = (Arc::new(shared), OnceLock::new());
        Clusters { shared, errands, chosen: Mutex::new(chosen) }
    }

    /// Answers `ko/clusterContexts`: the contexts of the kubeconfig, as far as nothing of them is secret, and the status. A
    /// file is read, and nothing else is done.
    ///
    /// # Errors
    /// When there is no kubeconfig, or it cannot be read.
    pub(crate) fn contexts(&self, params: &Value) -> Result<Value, Failure> {
        let params: ContextsParams = read(params)?;
        let contexts = Contexts::read(params.kubeconfig.as_deref())
            .map_err(|error| Failure::Refused(error.to_string()))?;
        let consents = Consents::load();
        let contexts: Vec<Value> =
            contexts.all().iter().map(|it| describe(it, &consents)).collect();
        Ok(json!({"contexts": contexts, "status": self.shared.board.get()}))
    }

    /// Answers `ko/clusterStatus`.
    pub(crate) fn status(&self) -> Value {
        json!(self.shared.board.get())
    }

    /// Answers `ko/connect`. Dropping the future, which is what a cancellation does, ends the attempt.
    ///
    /// # Errors
    /// When there is no such context, or the parameters are not as they should be.
    pub(crate) async fn connect(&self, params: &Value) -> Result<Value, Failure> {
        let params: ConnectParams = read(params)?;
        let order = Order {
            context: params.context,
            kubeconfig: params.kubeconfig,
            agreed: params.agreed_plugin,
            token: params.work_done_token,
        };
        self.order(order).await
    }

    /// Answers `ko/reconnect`: the last context again.
    ///
    /// # Errors
    /// When there was none.
    pub(crate) async fn reconnect(&self) -> Result<Value, Failure> {
        let last = self.shared.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = || Failure::Refused("no cluster has been chosen yet".to_owned());
        self.order(last.ok_or_else(refused)?).await
    }

    /// Connects as the command line of the server says, if it does. What comes of it is told by the status alone.
    pub(crate) fn begin(&self) {
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((context, kubeconfig, agreed)) = chosen else { return };
        let contexts = Contexts::read(kubeconfig.as_deref());
        // Who writes `--allow-plugin` has seen the kubeconfig.
        let plugin = contexts.ok().and_then(|it| {
            let plugin = it.choose(context.as_deref()).ok()?.plugin.clone()?;
            agreed.then(|| PluginParams::from(&plugin))
        });
        let (reply, _) = oneshot::channel();
        let order = Order { context, kubeconfig, agreed: plugin, token: None };
        self.send(Errand::Connect { order, reply, attended: false });
    }

    /// Answers `ko/disconnect`.
    pub(crate) async fn disconnect(&self) -> Value {
        if self.errands.get().is_some() {
            let (reply, done) = oneshot::channel();
            self.send(Errand::Disconnect(reply));
            let _ = done.await;
        }
        self.status()
    }

    async fn order(&self, order: Order) -> Result<Value, Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Errand::Connect { order, reply, attended: true });
        match answer.await {
            Ok(answer) => answer.map_err(Failure::Refused),
            // Another errand came in between.
            Err(_) => Ok(json!({"outcome": "cancelled", "status": self.status()})),
        }
    }

    fn send(&self, errand: Errand) {
        let errands = self.errands.get_or_init(|| session::start(self.shared.clone()));
        let _ = errands.send(errand);
    }
}

impl From<&Plugin> for PluginParams {
    fn from(plugin: &Plugin) -> PluginParams {
        PluginParams { command: plugin.command.clone(), arguments: plugin.arguments.clone() }
    }
}

/// A context for the client.
fn describe(context: &Context, consents: &Consents) -> Value {
    let mut value = json!({
        "name": context.name,
        "cluster": context.cluster,
        "server": context.server,
        "user": context.user,
        "current": context.current,
        "insecure": context.insecure,
    });
    if let Some(namespace) = &context.namespace {
        value["namespace"] = namespace.as_str().into();
    }
    if let Some(other) = &context.impersonates {
        value["impersonates"] = other.as_str().into();
    }
    if let Some(plugin) = &context.plugin {
        value["plugin"] = describe_plugin(plugin);
        value["plugin"]["agreed"] = consents.covers(plugin).into();
    }
    value
}

/// A credential plugin for the client: what would run, and the names of what it is given.
fn describe_plugin(plugin: &Plugin) -> Value {
    json!({
        "command": plugin.command,
        "arguments": plugin.arguments,
        "variables": plugin.variables,
        "hint": plugin.hint,
    })
}

fn read<T: for<'a> Deserialize<'a> + Default>(params: &Value) -> Result<T, Failure> {
    if params.is_null() {
        return Ok(T::default());
    }
    T::deserialize(params).map_err(|error| {
        Failure::Refused(format!("the parameters are not as they should be: {error}"))
    })
}

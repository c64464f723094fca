//! The thread on which the connection of the editor lives: it connects, fetches the schema, and follows what the cluster
//! publishes until the user disconnects. One connection at a time; the next errand ends what the one before was doing.

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use ko_cluster::{
    Changes, ClusterSchema, ConnectError, Connection, Context, Contexts, Heard, Plugins, Published,
    SchemaError,
};
use ko_schema::Schema;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Live, PluginParams, Session, Shared, describe_plugin, progress,
    status::{State, Status},
};
use crate::{clusters::consent::Consents, state};

/// How long a cluster may take to publish what it was told to, after it has said that something changed.
const SETTLE: [Duration; 5] = [
    Duration::from_millis(150),
    Duration::from_millis(350),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// How long to wait before a cluster that is not heard is asked again: at first, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What the user wants.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) context: Option<String>,
    pub(super) kubeconfig: Option<PathBuf>,
    /// The plugin that the user has agreed to run.
    pub(super) agreed: Option<PluginParams>,
    /// Where to report progress.
    pub(super) token: Option<Value>,
}

/// The answer to an order, or why it cannot be carried out.
type Answer = Result<Value, String>;

pub(super) enum Errand {
    Connect {
        order: Order,
        reply: oneshot::Sender<Answer>,
        /// Whether somebody waits for the answer; else a refusal is a status.
        attended: bool,
    },
    Disconnect(oneshot::Sender<()>),
}

/// Starts the thread. It ends when the sender is gone.
pub(super) fn start(shared: Arc<Shared>) -> mpsc::UnboundedSender<Errand> {
    let (sender, errands) = mpsc::unbounded_channel();
    let board = shared.clone();
    let started = thread::Builder::new().name("ko-clusters".to_owned()).spawn(move || {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            // What a connection does stays on this thread.
            Ok(runtime) => tokio::task::LocalSet::new().block_on(&runtime, serve(&shared, errands)),
            Err(error) => shared.board.set(Status::offline(Some(error.to_string()))),
        }
    });
    if let Err(error) = started {
        board.board.set(Status::offline(Some(error.to_string())));
    }
    sender
}

async fn serve(shared: &Arc<Shared>, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let mut current: Option<tokio::task::JoinHandle<()>> = None;
    while let Some(errand) = errands.recv().await {
        match errand {
            Errand::Connect { order, mut reply, attended } => {
                let mut prepared = match prepare(&order) {
                    Ok(Prepared::Ready(prepared)) => prepared,
                    other => {
                        let status = shared.board.get();
                        let answer = match other {
                            Ok(Prepared::Asks(question)) => Ok(question),
                            Err(error) => Err(error),
                            Ok(Prepared::Ready(_)) => continue,
                        };
                        if !attended && status.state == State::Offline {
                            shared.board.set(Status::offline(Some(match answer {
                                Ok(_) => {
                                    "Connecting runs a credential plugin, which needs your consent."
                                        .to_owned()
                                }
                                Err(error) => error,
                            })));
                        } else {
                            let _ = reply.send(answer);
                        }
                        continue;
                    }
                };
                stop(&mut current).await;
                *shared.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                    Some(Order { agreed: None, token: None, ..order.clone() });
                let shared = shared.clone();
                current = Some(tokio::task::spawn_local(async move {
                    let connected = {
                        let connect = prepared.connect(&shared, order.token.as_ref());
                        tokio::select! {
                            connected = connect => Some(connected),
                            () = reply.closed(), if attended => None,
                        }
                    };
                    match connected {
                        None => disconnected(&shared, Some("Connecting was cancelled.".to_owned())),
                        Some(followed) => {
                            let outcome = shared.board.get();
                            let _ = reply
                                .send(Ok(json!({"outcome": outcome.state, "status": outcome})));
                            if let Some(followed) = followed {
                                followed.follow(&shared).await;
                            }
                        }
                    }
                }));
            }
            Errand::Disconnect(done) => {
                stop(&mut current).await;
                disconnected(shared, None);
                let _ = done.send(());
            }
        }
    }
}

/// Ends what was under way, for certain.
async fn stop(current: &mut Option<tokio::task::JoinHandle<()>>) {
    if let Some(task) = current.take() {
        task.abort();
        let _ = task.await;
    }
}

fn disconnected(shared: &Shared, why: Option<String>) {
    shared.enter(Schema::builtin().clone(), None);
    shared.board.set(Status::offline(why));
}

/// An order that can be carried out.
struct Ready {
    contexts: Contexts,
    context: Context,
    plugins: Plugins,
    kubeconfig: Option<PathBuf>,
}

enum Prepared {
    Ready(Box<Ready>),
    /// The user has to be asked first; the answer says what.
    Asks(Value),
}

/// Looks up what was ordered. Reads the kubeconfig, and does nothing else.
fn prepare(order: &Order) -> Result<Prepared, String> {
    let contexts =
        Contexts::read(order.kubeconfig.as_deref()).map_err(|error| error.to_string())?;
    let context =
        contexts.choose(order.context.as_deref()).map_err(|error| error.to_string())?.clone();
    let mut plugins = Plugins::Refuse;
    if let Some(plugin) = &context.plugin {
        let mut consents = Consents::load();
        // What was agreed to is what was shown: the kubeconfig may have changed since.
        let agreed = order.agreed.as_ref().is_some_and(|it| *it == PluginParams::from(plugin));
        if !agreed && !consents.covers(plugin) {
            return Ok(Prepared::Asks(json!({
                "outcome": "consent",
                "context": context.name,
                "plugin": describe_plugin(plugin),
            })));
        }
        if let Err(error) = consents.agree(plugin) {
            tracing::warn!("the consent is not remembered: {error:#}");
        }
        plugins = Plugins::Allow;
    }
    let kubeconfig = order.kubeconfig.clone();
    Ok(Prepared::Ready(Box::new(Ready { contexts, context, plugins, kubeconfig })))
}

impl Ready {
    /// Connects, and sets the schema and the status. What is to be followed from now on, if there is a connection.
    async fn connect(&mut self, shared: &Shared, token: Option<&Value>) -> Option<Followed> {
        let context = &self.context;
        let text = format!("Connecting to {} ({}) …", context.name, context.server);
        shared.board.set(Status::of(context, State::Connecting, text));
        let connection =
            match Connection::new(&self.contexts, Some(&context.name), self.plugins).await {
                Ok(connection) => connection,
                Err(error) => {
                    disconnected(shared, Some(error.to_string()));
                    return None;
                }
            };
        // Where nothing can be kept, everything is fetched.
        let folder = state::cache("schemas").ok();
        let title = format!("Ko: {}", context.name);
        let asked = ko_cluster::schema(&connection, folder.as_deref());
        let found = progress::shown(shared.board.notifier(), token, title, asked).await;
        let mut followed = Followed {
            context: context.clone(),
            kubeconfig: self.kubeconfig.clone(),
            live: Arc::new(Live::new(
                connection.clone(),
                shared.main.clone(),
                tokio::runtime::Handle::current(),
            )),
            connection,
            folder,
            version: String::new(),
            published: Published::default(),
            schema: Schema::builtin().clone(),
            untyped: Vec::new(),
        };
        match found {
            Ok(found) => {
                followed.take(shared, found);
                followed.say(shared, State::Connected, followed.connected());
            }
            Err(error) => {
                let last = followed.folder.as_deref();
                let last = last.and_then(|it| ko_cluster::last_schema(&followed.connection, it));
                match error {
                    SchemaError::Forbidden(why) => {
                        followed.enter(shared, None);
                        followed.say(shared, State::Forbidden, format!(
                            "{why}: ask whoever runs the cluster for the role system:discovery. Until then the built-in schema \
                             of Kubernetes {} is used.", Schema::builtin().version()
                        ));
                    }
                    SchemaError::Connect(ConnectError::SignedOut(why)) => {
                        followed.fall_back(shared, last);
                        followed.signed_out(shared, &why);
                    }
                    SchemaError::Connect(ConnectError::Unreachable(why)) if last.is_some() => {
                        followed.fall_back(shared, last);
                        followed.lost(shared, &why);
                    }
                    other => {
                        let why = format!("Not connected to {}: {other}", context.name);
                        disconnected(shared, Some(why));
                        return None;
                    }
                }
            }
        }
        Some(followed)
    }
}

/// A connection whose changes are followed.
struct Followed {
    context: Context,
    kubeconfig: Option<PathBuf>,
    connection: Connection,
    live: Arc<Live>,
    folder: Option<PathBuf>,
    version: String,
    published: Published,
    /// The one that the database has, ids included.
    schema: Schema,
    untyped: Vec<String>,
}

impl Followed {
    /// Makes the schema the one of the database.
    fn take(&mut self, shared: &Shared, found: ClusterSchema) {
        // Whatever the database knows by id and has not changed stays as it is.
        self.schema = found.schema.aligned_to(&self.schema);
        self.version = found.version;
        self.published = found.published;
        self.untyped = found.untyped;
        self.enter(shared, found.file);
    }

    /// Uses what is kept of an earlier time, if there is something.
    fn fall_back(&mut self, shared: &Shared, last: Option<ClusterSchema>) {
        match last {
            Some(last) => self.take(shared, last),
            None => self.enter(shared, None),
        }
    }

    fn enter(&self, shared: &Shared, schema: Option<PathBuf>) {
        let (context, kubeconfig) = (self.context.name.clone(), self.kubeconfig.clone());
        let session = Session { context, kubeconfig, live: self.live.clone(), schema };
        shared.enter(self.schema.clone(), Some(session));
    }

    fn say(&self, shared: &Shared, state: State, message: String) {
        let mut status = Status::of(&self.context, state, message);
        status.version = (!self.version.is_empty()).then(|| self.version.clone());
        if self.context.insecure {
            status.notes.push("The certificate of the server is not checked.".to_owned());
        }
        if let Some(other) = &self.context.impersonates {
            status.notes.push(format!("Acting as {other} (impersonation)."));
        }
        if !self.untyped.is_empty() {
            let untyped = self.untyped.join(", ");
            status.notes.push(format!("No schema for {untyped}: their objects have no types."));
        }
        shared.board.set(status);
    }

    fn connected(&self) -> String {
        format!("Connected to {}, Kubernetes {}.", self.context.name, self.version)
    }

    fn lost(&self, shared: &Shared, why: &str) {
        let text = format!(
            "{why}\nKo goes on with what it knows of {}, and asks again by itself.",
            self.context.name
        );
        self.say(shared, State::Stale, text);
    }

    fn signed_out(&self, shared: &Shared, why: &str) {
        let known = if self.version.is_empty() {
            "the built-in schema".to_owned()
        } else {
            format!("the schema that is known of {}", self.context.name)
        };
        self.say(shared, State::SignedOut, format!("{why}\nKo goes on with {known}."));
    }

    /// Follows what the cluster publishes. Ends when the user has to do something; else never.
    async fn follow(mut self, shared: &Shared) {
        let mut changes = Changes::new(&self.connection);
        let mut wait = BACKOFF.0;
        loop {
            let heard = match changes.next().await {
                Ok(heard) => self.refresh(shared, heard).await,
                Err(error) => Err(SchemaError::Connect(error)),
            };
            match heard {
                Ok(()) => {
                    wait = BACKOFF.0;
                    continue;
                }
                Err(SchemaError::Connect(ConnectError::SignedOut(why))) => {
                    self.signed_out(shared, &why);
                    // Until somebody signs in and connects again: asking more often helps nobody.
                    return;
                }
                Err(SchemaError::Forbidden(_)) if shared.board.get().state == State::Forbidden => {}
                Err(error) => self.lost(shared, &error.to_string()),
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }

    /// Looks whether the cluster publishes something else than before, and takes it over.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn refresh(&mut self, shared: &Shared, heard: Heard) -> Result<(), SchemaError> {
        // Where nothing was heard to change there is nothing to wait for.
        let pauses = if heard == Heard::Change { &SETTLE[..] } else { &[Duration::ZERO] };
        for pause in pauses {
            sleep(*pause).await;
            if ko_cluster::is_current(&self.connection, &self.published).await? {
                continue;
            }
            let begin = Instant::now();
            let found = ko_cluster::schema(&self.connection, self.folder.as_deref()).await?;
            if found.published != self.published {
                tracing::debug!("the schema of the cluster is new, after {:?}", begin.elapsed());
                self.take(shared, found);
            }
            break;
        }
        self.say(shared, State::Connected, self.connected());
        Ok(())
    }
}

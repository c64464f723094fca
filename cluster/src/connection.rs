//! A connection to an API server: made from a context when the user asks for it, and signed in anew when the credential
//! ends.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use ko_evaluator::cluster::{ApiError, ExecOptions, ExecOutput};
use kube::Client;
use kube::client::Body;
use kube::config::{Config, ExecConfig, KubeConfigOptions};
use tokio::sync::{Mutex, mpsc};

use crate::contexts::{ContextError, Contexts, Plugin, explain};
use crate::io::Io;
use crate::{events, plugin, warnings};

/// How long the server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The most that is read of one answer, in bytes. A page of a list is some megabytes.
const MOST: usize = 256 << 20;

/// The most that is read of a refusal, in bytes.
const MOST_OF_REFUSAL: usize = 1 << 20;

/// How often a busy server is asked again for what it publishes.
const BUSY_TRIES: u32 = 3;

/// The first rest in between; each further one is twice as long.
const FIRST_REST: Duration = Duration::from_millis(250);

/// The longest rest, also if the server asks for a longer one: people wait for this.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// How many events of a watch may wait for their reader; the server waits then.
const WATCH_BUFFER: usize = 64;

/// Whether a credential plugin may run: only the user can say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugins {
    /// The user has not agreed to it.
    Refuse,
    /// The user has agreed to run the plugin of this context.
    Allow,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The context cannot be had.
    Context(ContextError),
    /// Signing in runs this program, and the user has not agreed to that.
    Consent(Plugin),
    /// The credential is missing, wrong or at its end; the text says which.
    SignedOut(String),
    /// What the kubeconfig says of the server or of the credential cannot be used.
    Configuration(String),
    /// The server does not answer.
    Unreachable(String),
    /// The server answers more than anybody can want to know.
    TooLarge(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Context(error) => error.fmt(f),
            ConnectError::Consent(plugin) => {
                write!(f, "signing in runs the program `{plugin}`, which needs your consent")
            }
            ConnectError::SignedOut(text)
            | ConnectError::Configuration(text)
            | ConnectError::Unreachable(text)
            | ConnectError::TooLarge(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<ContextError> for ConnectError {
    fn from(error: ContextError) -> ConnectError {
        ConnectError::Context(error)
    }
}

/// A connection. Cheap to clone; all clones share the sockets and the credential.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    server: String,
    namespace: String,
    authority: Vec<u8>,
    /// Without credential if there is a plugin that gives one.
    config: Config,
    exec: Option<ExecConfig>,
    client: Mutex<Option<SignedIn>>,
    warnings: warnings::Collector,
    io: Io,
}

#[derive(Clone)]
struct SignedIn {
    client: Client,
    until: Option<jiff::Timestamp>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.shared.name)
            .field("server", &self.shared.server)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Prepares a connection to the context of this name, or to the current one. Nothing is sent and no program started
    /// until the first request.
    ///
    /// # Errors
    /// When there is no such context, its entries cannot be used, or it has a plugin that may not run.
    pub async fn new(
        contexts: &Contexts,
        name: Option<&str>,
        plugins: Plugins,
    ) -> Result<Connection, ConnectError> {
        let context = contexts.choose(name)?;
        if let (Some(plugin), Plugins::Refuse) = (&context.plugin, plugins) {
            return Err(ConnectError::Consent(plugin.clone()));
        }
        let options =
            KubeConfigOptions { context: Some(context.name.clone()), ..Default::default() };
        let mut config = Config::from_custom_kubeconfig(contexts.config().clone(), &options)
            .await
            .map_err(|error| {
                let text = explain(&error);
                ConnectError::Configuration(format!("the context `{}`: {text}", context.name))
            })?;
        config.connect_timeout = Some(CONNECT);
        // Gates ask again by themselves: they know what may be asked twice, and until when.
        config.default_retry = false;
        // A watch is silent for long, but no longer than the server keeps it open.
        config.read_timeout = Some(Duration::from_secs(330));
        let exec = config.auth_info.exec.take();
        let io = Io::start().map_err(|error| ConnectError::Configuration(error.to_string()))?;
        let authority = config.root_cert.iter().flatten().flatten().copied().collect();
        Ok(Connection {
            shared: Arc::new(Shared {
                name: context.name.clone(),
                server: context.server.clone(),
                namespace: config.default_namespace.clone(),
                authority,
                config,
                exec,
                client: Mutex::default(),
                warnings: warnings::Collector::default(),
                io,
            }),
        })
    }

    /// The name of the context.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The address of the server, as the kubeconfig says it.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.shared.server
    }

    /// The namespace of the context, or `default`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.shared.namespace
    }

    /// What makes two connections lead to the same cluster: address and authority of the server, never the name of the
    /// context.
    #[must_use]
    pub(crate) fn identity(&self) -> Vec<u8> {
        [self.shared.server.as_bytes(), &[0], &self.shared.authority].concat()
    }

    /// The warnings of the server since the last call, without repetitions.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.shared.warnings.take()
    }

    /// Sends a request and reads the answer to its end. If the server does not accept the credential and a plugin can
    /// give another one, this asks once more.
    ///
    /// # Errors
    /// When no answer comes, or the credential is not accepted.
    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, ConnectError> {
        let connection = self.clone();
        self.elsewhere(async move {
            let answer = connection.exchange(request.clone()).await?;
            if answer.status == StatusCode::UNAUTHORIZED && connection.sign_out().await {
                return connection.exchange(request).await;
            }
            Ok(answer)
        })
        .await
    }

    /// The answer to a `GET`. A busy server is asked again a few times.
    ///
    /// # Errors
    /// As [`Connection::send`]; a credential that is not accepted is an error, too.
    pub(crate) async fn get(&self, path: &str, accept: &str) -> Result<Answer, ConnectError> {
        self.get_unless(path, accept, "").await
    }

    /// The answer to a `GET`; its status is 304 if the server still has what it called `etag`. An empty one is none.
    ///
    /// # Errors
    /// As [`Connection::get`].
    pub(crate) async fn get_unless(
        &self,
        path: &str,
        accept: &str,
        etag: &str,
    ) -> Result<Answer, ConnectError> {
        let mut request = Request::get(path).header(header::ACCEPT, accept);
        if !etag.is_empty() {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = request
            .body(Vec::new())
            .map_err(|error| ConnectError::Configuration(error.to_string()))?;
        let connection = self.clone();
        let mut tries = 0;
        let answer = self.elsewhere(async move {
            loop {
                let answer = connection.send(request.clone()).await?;
                let busy = matches!(answer.status.as_u16(), 429 | 503 | 504);
                if !busy || tries == BUSY_TRIES {
                    return Ok(answer);
                }
                let rest = FIRST_REST * (1 << tries);
                tokio::time::sleep(answer.retry_after.unwrap_or(rest).min(LONGEST_REST)).await;
                tries += 1;
            }
        });
        let answer = answer.await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(ConnectError::SignedOut(format!(
                "the server does not accept the credential of the context `{}`: sign in again",
                self.name()
            )));
        }
        Ok(answer)
    }

    /// The events of a watch, as they come. Dropping the receiver ends the watch.
    pub(crate) fn watch(&self, request: Request<Vec<u8>>) -> mpsc::Receiver<events::Item> {
        let (send, receive) = mpsc::channel(WATCH_BUFFER);
        let connection = self.clone();
        let task = self.shared.io.spawn(async move {
            // Not by the connection that the task keeps alive: the task ends with its receiver.
            let client = match connection.client().await {
                Ok(client) => client,
                Err(error) => {
                    let _ = send.send(Err(crate::answer::unconnected(&error))).await;
                    return;
                }
            };
            drop(connection);
            let mut events = match open_watch(&client, request).await {
                Ok(events) => events,
                Err(error) => {
                    let _ = send.send(Err(error)).await;
                    return;
                }
            };
            loop {
                let event = tokio::select! {
                    event = events.next() => event,
                    () = send.closed() => return,
                };
                let Some(event) = event else { return };
                if send.send(event).await.is_err() {
                    return;
                }
            }
        });
        if let Some(task) = task {
            task.detach();
        }
        receive
    }

    /// Runs a program in a container.
    ///
    /// # Errors
    /// When it cannot run, or the connection breaks off.
    pub(crate) async fn exec(
        &self,
        namespace: String,
        pod: String,
        options: ExecOptions,
    ) -> Result<ExecOutput, ApiError> {
        let connection = self.clone();
        self.elsewhere(async move {
            let client = connection.client().await?;
            Ok(crate::exec::run(client, &namespace, &pod, &options).await)
        })
        .await
        .unwrap_or_else(|error| Err(crate::answer::unconnected(&error)))
    }

    /// Does something where the sockets live.
    pub(crate) async fn elsewhere<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, ConnectError>> + Send + 'static,
    ) -> Result<T, ConnectError> {
        let gone = || ConnectError::Unreachable("the connection is closed".to_owned());
        self.shared.io.spawn(future).ok_or_else(gone)?.result().await.ok_or_else(gone)?
    }

    /// Sends a request, without signing in anew.
    pub(crate) async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Answer, ConnectError> {
        let response =
            self.client().await?.send(request.map(Body::from)).await.map_err(unreachable)?;
        let status = response.status();
        let media_type = text_of(response.headers(), &header::CONTENT_TYPE);
        let etag = text_of(response.headers(), &header::ETAG);
        let retry_after = crate::answer::retry_after(response.headers());
        let body = Limited::new(response.into_body(), MOST).collect().await;
        let body = body.map_err(|error| {
            let text = format!("the answer of the server: {error}");
            if error.is::<LengthLimitError>() {
                ConnectError::TooLarge(text)
            } else {
                ConnectError::Unreachable(text)
            }
        })?;
        Ok(Answer { status, media_type, etag, retry_after, body: body.to_bytes().to_vec() })
    }

    /// The client, signed in.
    async fn client(&self) -> Result<Client, ConnectError> {
        let mut slot = self.shared.client.lock().await;
        if let Some(it) = slot.as_ref().filter(|it| !it.is_ending()) {
            return Ok(it.client.clone());
        }
        let mut config = self.shared.config.clone();
        let mut until = None;
        if let Some(exec) = &self.shared.exec {
            let (credentials, end) =
                plugin::sign_in(&config.auth_info, exec).await.map_err(ConnectError::SignedOut)?;
            config.auth_info = credentials;
            until = end;
        }
        let client = warnings::client(config, &self.shared.warnings)
            .map_err(|error| ConnectError::Configuration(explain(&error)))?;
        Ok(slot.insert(SignedIn { client, until }).client.clone())
    }

    /// Forgets the credential, so that the next request signs in anew. Whether that can help.
    async fn sign_out(&self) -> bool {
        *self.shared.client.lock().await = None;
        self.shared.exec.is_some()
    }
}

/// The events of a watch.
pub(crate) type Events = Pin<Box<dyn Stream<Item = events::Item> + Send>>;

/// Opens a watch.
///
/// # Errors
/// When the server refuses, or does not answer.
pub(crate) async fn open_watch(
    client: &Client,
    request: Request<Vec<u8>>,
) -> Result<Events, ApiError> {
    let sent = client.send(request.map(Body::from)).await;
    let response = sent.map_err(|error| crate::answer::failure(&error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(events::decode(response.into_body()).boxed());
    }
    let retry_after = crate::answer::retry_after(response.headers());
    let body = Limited::new(response.into_body(), MOST_OF_REFUSAL).collect().await;
    let body = body.map(|it| it.to_bytes()).unwrap_or_default();
    match crate::answer::read(status.as_u16(), retry_after, &body) {
        Err(error) => Err(error),
        Ok(_) => Err(crate::answer::unreadable(format!("HTTP {status} instead of events"))),
    }
}

impl SignedIn {
    /// Whether the credential is good for less than half a minute: a request takes time, too.
    fn is_ending(&self) -> bool {
        self.until
            .is_some_and(|it| it < jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30))
    }
}

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) media_type: String,
    /// What the server calls this content; empty if it has no name for it.
    pub(crate) etag: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// The text of a header; empty if there is none.
fn text_of(headers: &http::HeaderMap, name: &header::HeaderName) -> String {
    let value = headers.get(name).and_then(|it| it.to_str().ok());
    value.unwrap_or_default().to_owned()
}

fn unreachable(error: kube::Error) -> ConnectError {
    ConnectError::Unreachable(crate::answer::failure(&error).message)
}

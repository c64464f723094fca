//! A client of the Language Server Protocol that talks to a real `ko lsp` through pipes.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::binary::ko;

/// How long anything may take. Generous: other things may run on the same machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The error of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestError {
    /// The code.
    pub code: i64,
    /// The message.
    pub message: String,
}

/// A server process and the conversation with it. The process is killed when this is dropped.
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    incoming: Receiver<Value>,
    next_id: i64,
    responses: VecDeque<Value>,
    notifications: VecDeque<Value>,
    /// The folder of the workspace.
    pub folder: PathBuf,
    /// The user's state folder: not the one of whoever runs the tests, and outside of the workspace.
    pub state: tempfile::TempDir,
}

impl Client {
    /// Starts a server without saying anything yet.
    ///
    /// # Panics
    /// When it does not start.
    pub fn spawn(folder: &Path) -> Client {
        Client::spawn_with(folder, &[])
    }

    /// As [`Client::spawn`], with more words on its command line.
    ///
    /// # Panics
    /// When it does not start.
    pub fn spawn_with(folder: &Path, arguments: &[&str]) -> Client {
        let state = tempfile::tempdir()
            .unwrap_or_else(|error| panic!("no folder for the state of the server: {error}"));
        let mut child = Command::new(ko())
            .args(["lsp", "--stdio"])
            .args(arguments)
            .env_remove("KOPATH")
            .env("KO_LOG", "error")
            .env("XDG_STATE_HOME", state.path())
            .env("XDG_CACHE_HOME", state.path().join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", ko().display()));
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let (sender, incoming) = channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout?);
            while let Some(message) = read_message(&mut reader) {
                sender.send(message).ok()?;
            }
            Some(())
        });
        let (responses, notifications) = (VecDeque::new(), VecDeque::new());
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Client { child, stdin, incoming, next_id: 1, responses, notifications, folder, state }
    }

    /// Starts a server on a folder, as an editor that asks for lenses and gets diagnostics sent.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn start(folder: &Path) -> Client {
        Client::start_with(folder, everyday(), &["utf-16"])
    }

    /// As [`Client::start`], with capabilities of the client and the units of columns that it offers.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn start_with(folder: &Path, capabilities: Value, encodings: &[&str]) -> Client {
        Client::start_set(folder, capabilities, encodings, Value::Null)
    }

    /// As [`Client::start`], with the settings of runs, as a user writes them.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn start_with_runs(folder: &Path, run: Value) -> Client {
        Client::start_set(folder, json!({}), &["utf-16"], run)
    }

    fn start_set(folder: &Path, mut capabilities: Value, encodings: &[&str], run: Value) -> Client {
        let mut client = Client::spawn(folder);
        capabilities["general"] = json!({"positionEncodings": encodings});
        let params = json!({
            "processId": std::process::id(),
            "capabilities": capabilities,
            "workspaceFolders": [{"uri": client.uri(""), "name": "test"}],
            "initializationOptions": {"ko": {"lenses": true, "commands": true, "run": run}},
        });
        client.ok("initialize", params);
        client.notify("initialized", json!({}));
        client
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process as a crash would: without a chance to clean up.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("the server can be killed");
    }

    /// The address of a file in the folder.
    pub fn uri(&self, name: &str) -> String {
        let path = if name.is_empty() { self.folder.clone() } else { self.folder.join(name) };
        format!("file://{}", path.to_string_lossy().replace(' ', "%20"))
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When the server does not take them.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the input was closed before");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server takes the message");
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and returns its id.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// When the server answers with an error.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, RequestError> {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Sends a request and waits for its answer, which must not be an error.
    ///
    /// # Panics
    /// When it is.
    pub fn ok(&mut self, method: &str, params: Value) -> Value {
        self.request(method, params).unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// As [`Client::ok`], for what needs every file of the workspace: asks again as long as the server says that it is still
    /// reading them.
    ///
    /// # Panics
    /// When the answer is another error, or it reads for too long.
    pub fn ok_once_read(&mut self, method: &str, params: &Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.request(method, params.clone()) {
                Ok(answer) => return answer,
                Err(error)
                    if error.message.contains("still being read") && Instant::now() < deadline => {}
                Err(error) => panic!("{method}: {error:?}"),
            }
        }
    }

    /// Waits for the answer to a request.
    ///
    /// # Errors
    /// When the server answers with an error.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub fn answer(&mut self, id: i64) -> Result<Value, RequestError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.responses.iter().position(|response| response["id"] == id) {
                let mut response = self.responses.remove(at).unwrap_or_default();
                if let Some(error) = response.get("error") {
                    let code = error["code"].as_i64().unwrap_or_default();
                    let message = error["message"].as_str().unwrap_or_default().to_owned();
                    return Err(RequestError { code, message });
                }
                return Ok(response["result"].take());
            }
            self.receive(deadline);
        }
    }

    /// Waits for an answer that names no request: what a message that could not be read gets.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn anonymous_error(&mut self) -> i64 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let anonymous = |response: &Value| response["id"].is_null();
            if let Some(at) = self.responses.iter().position(anonymous) {
                let response = self.responses.remove(at).unwrap_or_default();
                return response["error"]["code"].as_i64().unwrap_or_default();
            }
            self.receive(deadline);
        }
    }

    /// Waits for a notification for which `wanted` holds; earlier ones of other kinds stay, earlier ones of the same
    /// method are dropped.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn notification(&mut self, method: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(at) = self.notifications.iter().position(|it| it["method"] == method) {
                let mut message = self.notifications.remove(at).unwrap_or_default();
                let params = message["params"].take();
                if wanted(&params) {
                    return params;
                }
            }
            self.receive(deadline);
        }
    }

    /// Takes all notifications of a method that have come so far.
    pub fn taken(&mut self, method: &str) -> Vec<Value> {
        while let Ok(message) = self.incoming.try_recv() {
            self.sort(message);
        }
        let (taken, rest) = std::mem::take(&mut self.notifications)
            .into_iter()
            .partition::<Vec<_>, _>(|message| message["method"] == method);
        self.notifications = rest.into();
        taken.into_iter().map(|mut message| message["params"].take()).collect()
    }

    fn receive(&mut self, deadline: Instant) {
        let wait = deadline.saturating_duration_since(Instant::now());
        match self.incoming.recv_timeout(wait) {
            Ok(message) => self.sort(message),
            Err(RecvTimeoutError::Timeout) => panic!(
                "nothing came in {PATIENCE:?}; {} answers and {} notifications are unread",
                self.responses.len(),
                self.notifications.len()
            ),
            Err(RecvTimeoutError::Disconnected) => panic!("the server has ended"),
        }
    }

    fn sort(&mut self, message: Value) {
        if message.get("method").is_none() {
            self.responses.push_back(message);
        } else if let Some(id) = message.get("id") {
            // A request of the server: agreed to.
            let reply = json!({"jsonrpc": "2.0", "id": id, "result": null});
            self.notifications.push_back(message);
            self.send(&reply);
        } else {
            self.notifications.push_back(message);
        }
    }

    /// Opens a document.
    pub fn open(&mut self, uri: &str, version: i64, text: &str) {
        let document = json!({"uri": uri, "languageId": "ko", "version": version, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces the whole text of a document.
    pub fn replace(&mut self, uri: &str, version: i64, text: &str) {
        self.change(uri, version, json!([{"text": text}]));
    }

    /// Changes a document.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.notify("textDocument/didChange", params);
    }

    /// The text and version that the server has of a document; null for an unknown one.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn text(&mut self, uri: &str) -> Value {
        self.ok("ko/text", json!({"textDocument": {"uri": uri}}))
    }

    /// Waits for the diagnostics that were sent for a version of a document.
    ///
    /// # Panics
    /// When none are in time.
    pub fn diagnostics(&mut self, uri: &str, version: i64) -> Vec<Value> {
        let of_it = |params: &Value| params["uri"] == uri && params["version"] == version;
        let mut params = self.notification("textDocument/publishDiagnostics", of_it);
        serde_json::from_value(params["diagnostics"].take()).unwrap_or_default()
    }

    /// Closes the input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the process to end by itself, for at most `patience`.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server has not ended in {patience:?}")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a plain editor says that it can do: every feature, in its simplest form, with diagnostics sent to it.
pub fn everyday() -> Value {
    let features = [
        "callHierarchy",
        "codeAction",
        "codeLens",
        "completion",
        "declaration",
        "definition",
        "documentHighlight",
        "documentLink",
        "documentSymbol",
        "foldingRange",
        "formatting",
        "hover",
        "implementation",
        "inlayHint",
        "onTypeFormatting",
        "rangeFormatting",
        "references",
        "rename",
        "selectionRange",
        "signatureHelp",
        "typeDefinition",
    ];
    let text: serde_json::Map<String, Value> =
        features.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({"textDocument": text, "workspace": {"symbol": {}}})
}

/// Reads one message; nothing at the end of the stream.
fn read_message(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok();
        }
    }
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

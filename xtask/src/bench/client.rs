//! A client of the Language Server Protocol that does to any server what an editor does, and reads the system's figures
//! about it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// How long an answer may take before the server counts as hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that runs, with one open text.
pub(crate) struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    next: i64,
    uri: String,
    version: i32,
    /// Diagnostics that came without being asked for.
    pushed: usize,
}

/// What the client says it can do about diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Diagnostics {
    /// It asks for them.
    Pull,
    /// They are sent to it.
    Push,
}

/// A place: line and character, from 0.
pub(crate) type Place = (usize, usize);

impl Client {
    /// Starts a server and initializes it; also says how long that took, from the start of the process to the answer.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub(crate) fn start(
        command: &mut Command,
        folder: &Path,
        diagnostics: Diagnostics,
    ) -> Result<(Client, Duration)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = command.spawn().context("cannot start the server")?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the server has no standard input and output");
        };
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(Some(message)) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (uri, version) = (String::new(), 0);
        let mut client = Client { child, stdin, messages, next: 0, uri, version, pushed: 0 };
        let root = format!("file://{}", folder.display());
        let mut text = json!({
            "synchronization": {"didSave": true},
            "completion": {"completionItem": {"snippetSupport": true, "documentationFormat": ["markdown"],
                "resolveSupport": {"properties": ["documentation", "detail", "additionalTextEdits"]}}},
            "hover": {"contentFormat": ["markdown"]},
            "semanticTokens": {"requests": {"range": true, "full": true}, "formats": ["relative"],
                "tokenTypes": ["function", "parameter", "variable", "property", "namespace", "string", "number",
                    "comment", "keyword", "class"],
                "tokenModifiers": ["declaration", "readonly", "defaultLibrary"]},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
        });
        if diagnostics == Diagnostics::Pull {
            text["diagnostic"] =
                json!({"dynamicRegistration": false, "relatedDocumentSupport": true});
        }
        let id = client.ask(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": "bench"}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-8", "utf-16"]},
                    "textDocument": text,
                    "workspace": {"workspaceFolders": true},
                },
            }),
        )?;
        client.answer(id)?;
        let took = start.elapsed();
        client.tell("initialized", json!({}))?;
        Ok((client, took))
    }

    /// Opens a text.
    pub(crate) fn open(&mut self, path: &Path, language: &str, text: &str) -> Result<()> {
        self.uri = format!("file://{}", path.display());
        self.version = 1;
        self.tell(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": self.uri, "languageId": language, "version": 1, "text": text}}),
        )
    }

    /// Replaces a piece of a line.
    pub(crate) fn change(&mut self, (line, from): Place, to: usize, text: &str) -> Result<()> {
        self.version += 1;
        self.tell(
            "textDocument/didChange",
            json!({
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [{
                    "range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}},
                    "text": text,
                }],
            }),
        )
    }

    /// Asks about a place in the open text.
    pub(crate) fn ask_at(&mut self, method: &str, (line, character): Place) -> Result<i64> {
        let at = json!({"line": line, "character": character});
        self.ask(method, json!({"textDocument": {"uri": self.uri}, "position": at}))
    }

    /// Asks about the open text.
    pub(crate) fn ask_of_text(&mut self, method: &str) -> Result<i64> {
        self.ask(method, json!({"textDocument": {"uri": self.uri}}))
    }

    /// Waits for an answer.
    ///
    /// # Errors
    /// When it is an error, or none comes.
    pub(crate) fn answer(&mut self, id: i64) -> Result<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let mut message = self.message(end)?;
            if message["id"] == id && message.get("method").is_none() {
                if let Some(error) = message.get("error").filter(|it| !is_outdated(it)) {
                    bail!("the server answers with an error: {error}");
                }
                return Ok(message["result"].take());
            }
        }
    }

    /// Waits for several answers, in whatever order they come.
    ///
    /// # Errors
    /// As [`Client::answer`].
    pub(crate) fn answers(&mut self, ids: &[i64]) -> Result<()> {
        let mut left = ids.to_vec();
        let end = Instant::now() + PATIENCE;
        while !left.is_empty() {
            let message = self.message(end)?;
            if message.get("method").is_none()
                && let Some(at) = left.iter().position(|id| message["id"] == *id)
            {
                if let Some(error) = message.get("error").filter(|it| !is_outdated(it)) {
                    bail!("the server answers with an error: {error}");
                }
                left.swap_remove(at);
            }
        }
        Ok(())
    }

    /// Waits for diagnostics that the server sends by itself; at once if some came since the last call.
    pub(crate) fn diagnostics(&mut self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while self.pushed == 0 {
            self.message(end)?;
        }
        self.pushed = 0;
        Ok(())
    }

    /// The next message, after what every client does with it.
    fn message(&mut self, end: Instant) -> Result<Value> {
        let left = end.saturating_duration_since(Instant::now());
        let message =
            self.messages.recv_timeout(left).context("the server has ended, or does not answer")?;
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => self.pushed += 1,
            Some(method) if message.get("id").is_some() => {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                let result = if method == "workspace/configuration" {
                    Value::Array(vec![Value::Null; items])
                } else {
                    Value::Null
                };
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}))?;
            }
            _ => {}
        }
        Ok(message)
    }

    /// Sends a request; returns its number.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<i64> {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}))?;
        Ok(self.next)
    }

    fn tell(&mut self, method: &str, params: Value) -> Result<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        let whole = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.stdin.write_all(whole.as_bytes()).context("the server does not read any more")
    }

    /// Processor time of the server so far, its own and that of the kernel for it. Nothing where the system does not say.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        // Since Linux 2.6: proc_pid_stat(5). The times are in units of a hundredth of a second everywhere.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    }

    /// Memory that the server has in use, in bytes. Nothing where the system does not say.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        kilobytes(&status, "VmRSS:")
    }

    /// The most memory that the server has had in use at once, in bytes. Nothing where the system does not say.
    pub(crate) fn peak(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        kilobytes(&status, "VmHWM:")
    }

    /// Ends the server as the protocol wants it.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = self.ask("shutdown", Value::Null)?;
        self.answer(id)?;
        self.tell("exit", Value::Null)?;
        self.child.wait().context("the server does not end")?;
        Ok(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It has ended already, or something went wrong.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether an error only says that the text has changed meanwhile, which is an answer to an editor, too.
///
/// Source: Language Server Protocol 3.17, `ErrorCodes`: `ContentModified`, `ServerCancelled`.
fn is_outdated(error: &Value) -> bool {
    error["code"] == -32801 || error["code"] == -32802
}

/// A figure of proc_pid_status(5), in bytes.
fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Reads one message; nothing at the end.
fn read(input: &mut impl BufRead) -> Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        match (line.split_once(':'), length) {
            (None, Some(length)) if line.is_empty() => {
                let mut body = vec![0; length];
                input.read_exact(&mut body)?;
                return Ok(Some(serde_json::from_slice(&body)?));
            }
            (Some((name, value)), _) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_are_read_one_by_one() {
        let text =
            b"Content-Length: 2\r\n\r\n{}Content-Type: x\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        let mut input = &text[..];
        assert_eq!(read(&mut input).unwrap().unwrap(), json!({}));
        assert_eq!(read(&mut input).unwrap().unwrap(), json!({"a": 1}));
        assert!(read(&mut input).unwrap().is_none());
    }
}

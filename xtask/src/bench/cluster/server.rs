//! The server with much in it, in a process of its own: the memory of a process counts for those that it starts, until they
//! have begun, and the server would be the largest of all.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use ko_tests::scale::{Definitions, ScaleServer};
use serde_json::{Value, json};

/// A server in another process, which ends with this.
pub(super) struct Server {
    process: Child,
    lines: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    kubeconfig: String,
    /// How many bytes its OpenAPI documents take.
    pub(super) size: u64,
}

impl Server {
    /// Starts one with so many kinds, whose documents take so many bytes.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(kinds: usize, bytes: usize) -> Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "serve"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start the server")?;
        let input = process.stdin.take().context("no standard input")?;
        let output = BufReader::new(process.stdout.take().context("no standard output")?);
        let lines = Mutex::new((input, output));
        let mut server = Server { process, lines, kubeconfig: String::new(), size: 0 };
        let begun = server.ask(&json!([kinds, bytes]))?;
        server.kubeconfig = begun["kubeconfig"].as_str().unwrap_or_default().to_owned();
        server.size = begun["size"].as_u64().unwrap_or_default();
        Ok(server)
    }

    /// The text of a kubeconfig with one context of this name that leads there.
    pub(super) fn kubeconfig(&self, context: &str) -> String {
        self.kubeconfig.replace("CONTEXT", context)
    }

    /// Makes so many pods of an application; those that are there already become as new.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) fn fill(&self, count: usize, app: &str, ready: bool) -> Result<()> {
        self.ask(&json!({"fill": count, "app": app, "ready": ready})).map(drop)
    }

    /// Makes all pods ready, so many a second. Returns when it is done.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) fn get_ready(&self, each_second: u32) -> Result<()> {
        self.ask(&json!({"getReady": each_second})).map(drop)
    }

    /// How many pods there are.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) fn count(&self) -> Result<u64> {
        Ok(self.ask(&json!({"count": true}))?["count"].as_u64().unwrap_or_default())
    }

    fn ask(&self, errand: &Value) -> Result<Value> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(lines.0, "{errand}").context("the server has ended")?;
        let mut line = String::new();
        ensure!(lines.1.read_line(&mut line)? > 0, "the server has ended");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, or does now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the other process does: an errand a line, and an answer to each.
///
/// # Errors
/// When it is told what it does not know.
pub(super) fn serve() -> Result<()> {
    let mut lines = std::io::stdin().lines();
    let first = lines.next().context("nobody says what to serve")??;
    let (kinds, bytes) = serde_json::from_str(&first)?;
    let server = ScaleServer::start(Definitions::generate(kinds, bytes))?;
    println!("{}", json!({"kubeconfig": server.kubeconfig("CONTEXT"), "size": server.size()}));
    for line in lines {
        let errand: Value = serde_json::from_str(&line?)?;
        if let Some(count) = errand["fill"].as_u64() {
            let (app, ready) =
                (errand["app"].as_str().unwrap_or_default(), errand["ready"] == true);
            server.pods().fill(usize::try_from(count)?, app, ready);
        } else if let Some(each_second) = errand["getReady"].as_u64() {
            server.pods().get_ready(u32::try_from(each_second)?);
        } else if errand["count"] != true {
            bail!("an unknown errand: {errand}");
        }
        println!("{}", json!({"count": server.pods().count()}));
    }
    Ok(())
}

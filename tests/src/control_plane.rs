//! A real Kubernetes control plane for a suite of tests: started at the first use, ended with the process.
//!
//! The program comes from `tests/controlplane/`; `cargo xtask test --only cluster` builds it and names it in
//! `KO_CONTROL_PLANE`. Without it the tests skip, loudly.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Once, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A running control plane.
pub struct ControlPlane {
    kubeconfig: PathBuf,
    version: String,
    // The program ends when its standard input does, however this process ends.
    _input: ChildStdin,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl ControlPlane {
    /// The control plane that all tests of a program share; `None`, with a line that says why, where there is none.
    ///
    /// # Panics
    /// When it is there and does not start.
    pub fn shared() -> Option<&'static ControlPlane> {
        static SHARED: OnceLock<Option<ControlPlane>> = OnceLock::new();
        SHARED
            .get_or_init(|| {
                let Some(program) = std::env::var_os("KO_CONTROL_PLANE") else {
                    skip();
                    return None;
                };
                let started = ControlPlane::start(Path::new(&program));
                Some(started.unwrap_or_else(|error| panic!("the control plane: {error:#}")))
            })
            .as_ref()
    }

    /// Starts the program of `tests/controlplane/`; what it serves ends when this is dropped.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start(program: &Path) -> Result<ControlPlane> {
        let folder = tempfile::Builder::new().prefix("ko-control-plane-").tempdir()?;
        let log = std::fs::File::create(folder.path().join("log"))?;
        let mut process = Command::new(program)
            .arg("-exit-on-stdin-eof")
            .arg("-dir")
            .arg(folder.path().join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let input = process.stdin.take().context("no standard input")?;
        let output = process.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line).with_context(|| {
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            format!(
                "it did not become ready:\n{}",
                lines[lines.len().saturating_sub(20)..].join("\n")
            )
        })?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(ControlPlane {
            kubeconfig: text("kubeconfig").into(),
            version: text("version"),
            _input: input,
            _process: process,
            _folder: folder,
        })
    }

    /// The kubeconfig: a context for each of the users `admin`, `viewer`, `patcher` and `nobody`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The version of the API server, such as `v1.36.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A name that no other test of this process uses, for its namespace.
    pub fn fresh_name(&self, stem: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

fn skip() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Past the test harness, which would keep it for itself.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED the tests on a real Kubernetes API server: run `cargo xtask test --only cluster`, which builds it \
             with Go 1.26 and names it in KO_CONTROL_PLANE"
        );
    });
}

//! A running VS Code server with a folder of its own for settings and extensions.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::tools::{node, vscode};

/// Nothing that asks, moves, blinks or speaks to the network.
const SETTINGS: &str = r#"{
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "git.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "editor.cursorBlinking": "solid"
}
"#;

/// Stops the server when dropped.
pub(crate) struct Workbench {
    server: Child,
    port: u16,
    kubeconfig: PathBuf,
}

/// Whose clusters the editor sees.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kubeconfig {
    /// Those of the person in front of it.
    OfUser,
    /// Those in a file of its own, which a script may write.
    Own,
}

impl Workbench {
    /// Starts a server whose data live in `folder`, which is emptied first, with `vsix` installed if given.
    pub(crate) fn start(
        folder: &Path,
        port: Option<u16>,
        vsix: Option<&Path>,
        clusters: Kubeconfig,
    ) -> Result<Self> {
        let (node, program) = (node::node()?, vscode::install()?);
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        // The server dies if the parents of its own folders are missing.
        let settings = folder.join("user/User/settings.json");
        fs::create_dir_all(folder.join("user/User"))?;
        fs::write(&settings, SETTINGS)
            .with_context(|| format!("cannot write {}", settings.display()))?;
        let directories = [("--server-data-dir", "server"), ("--extensions-dir", "extensions")];
        let kubeconfig = folder.join("kubeconfig");
        let server = || {
            let mut server = Command::new(&node);
            server.current_dir(folder).arg(&program).stdin(Stdio::null());
            server.env("EXTENSIONS_GALLERY", r#"{"serviceUrl":""}"#);
            server.env("XDG_STATE_HOME", folder.join("state"));
            if clusters == Kubeconfig::Own {
                server.env("KUBECONFIG", &kubeconfig).env("XDG_CACHE_HOME", folder.join("cache"));
            }
            for (option, name) in directories {
                server.arg(option).arg(folder.join(name));
            }
            server
        };
        if let Some(vsix) = vsix {
            process::run_quietly(server().arg("--install-extension").arg(vsix).arg("--force"))?;
        }
        let port = port.map_or_else(free_port, Ok)?;
        let log = folder.join("log");
        let output =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = server();
        command.args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--without-connection-token",
        ]);
        command.args(["--accept-server-license-terms", "--disable-telemetry"]);
        if vsix.is_none() {
            // What runs suites in the extension host. With it VS Code refuses to show any dialog.
            command.arg("--enable-smoke-test-driver");
        }
        command.arg("--user-data-dir").arg(folder.join("user"));
        command.stdout(output.try_clone()?).stderr(output);
        let server = command.spawn().context("cannot start the VS Code server")?;
        let mut started = Self { server, port, kubeconfig };
        started.wait_until_ready(&log)?;
        Ok(started)
    }

    /// Where the workbench answers.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The kubeconfig of the editor, if it has one of its own.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Returns when the server ends, or the user stops this program.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let status = self.server.wait()?;
        bail!("the VS Code server ended with {status}");
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.answers() {
            if let Some(status) = self.server.try_wait()? {
                bail!("the VS Code server ended with {status}; see {}", log.display());
            }
            if Instant::now() > deadline {
                bail!(
                    "the VS Code server does not answer at {}; see {}",
                    self.address(),
                    log.display()
                );
            }
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn answers(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            stream.write_all(b"GET /version HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
            let mut answer = [0; 15];
            stream.read_exact(&mut answer)?;
            Ok(answer.ends_with(b" 200 O") || answer.windows(5).any(|part| part == b" 200 "))
        };
        ask().unwrap_or(false)
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // Asked, not killed: its own children end with it only if it can tell them. They share the terminal's process
        // group, so that Ctrl+C reaches them all without this program. Nothing to do if it is gone already.
        let server = self.server.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &server]).stderr(Stdio::null()).status();
        let _ = self.server.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// A fresh copy of a folder of the repository, so that nothing that an editor saves comes back into it.
pub(crate) fn workspace(from: &Path, to: &Path) -> Result<PathBuf> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot empty {}", to.display()))?;
    }
    crate::extension::copy(from, to)?;
    Ok(to.to_path_buf())
}

//! The program on a real Kubernetes API server: see [`ControlPlane`]. One server for all tests, a namespace for each.
#![allow(clippy::unwrap_used)]

mod agreement;
mod connecting;
mod custom;
mod editor;
mod explained;
mod faults;
mod faults_inside;
mod gates;
mod live;
mod programs;
mod restricted;
mod rules;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use ko_tests::{binary::ko, control_plane::ControlPlane};

/// What a command left.
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Done {
    /// That it went well; shows what it said otherwise.
    #[track_caller]
    fn well(self) -> Done {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }
}

/// Runs `ko` in a folder, as somebody whose home that is, without a terminal.
fn ko_in(folder: &Path, arguments: &[&str]) -> Done {
    let output = Command::new(ko())
        .args(arguments)
        .current_dir(folder)
        .env_remove("KOPATH")
        .env_remove("GOPATH")
        .env_remove("KUBECONFIG")
        .env("HOME", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A command line on a cluster as one of its users; the words after `command` come after these.
fn on(cluster: &ControlPlane, user: &str, folder: &Path, command: &str, more: &[&str]) -> Done {
    let kubeconfig = cluster.kubeconfig().display().to_string();
    let mut arguments = vec![command, "--kubeconfig", &kubeconfig, "--context", user];
    arguments.extend(more);
    ko_in(folder, &arguments)
}

/// A folder with a package of one file, named `main.ko`.
fn package(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.ko"), text).unwrap();
    folder
}

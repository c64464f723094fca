//! What happens, and what does not, before a program speaks to a cluster.

use ko_tests::control_plane::ControlPlane;
use serde_json::Value;

use crate::{ko_in, on, package};

const CREATES: &str = "Make(ns) { return: CreateNamespace(namespace: ns) }\n\
                       Look(ns) { return: FindNamespace(name: ns) }\n";

#[test]
fn what_would_write_is_not_run_without_consent() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(CREATES);
    let path = folder.path().display().to_string();
    let name = cluster.fresh_name("unasked");
    let ns = format!("ns={name}");
    let run = |more: &[&str]| {
        let arguments = [&[path.as_str()], more].concat();
        on(cluster, "admin", folder.path(), "run", &arguments)
    };
    let refused = run(&["Make", &ns]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("CreateNamespace (1)"), "{}", refused.err);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    // Reading asks nobody, and shows that nothing was made.
    let look = run(&["--json", "Look", &ns]).well();
    let answer: Value = serde_json::from_str(&look.out).unwrap();
    assert!(answer["value"].is_null(), "{answer}");

    run(&["--yes", "Make", &ns]).well();
    let look = run(&["--json", "Look", &ns]).well();
    let answer: Value = serde_json::from_str(&look.out).unwrap();
    assert_eq!(answer["value"]["metadata"]["name"], name.as_str(), "{answer}");
}

#[test]
fn an_unknown_context_is_answered_with_those_there_are() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(CREATES);
    let done = on(cluster, "adnim", folder.path(), "run", &[".", "Look", "ns=x"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("no context `adnim`: it has"), "{}", done.err);
    let none = ko_in(folder.path(), &["run", "--context", "x", ".", "Look", "ns=x"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("there is no kubeconfig at"), "{}", none.err);
}

/// The plugin writes a file when it runs: it must not, until somebody agreed.
#[cfg(unix)]
#[test]
fn a_credential_plugin_runs_only_with_consent() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(CREATES);
    let text = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    // The credential of the admin, given by a program instead of the file.
    let after = text.split("name: admin\n").last().unwrap();
    let token = after.split("token: ").nth(1).unwrap().lines().next().unwrap().trim();
    let marker = folder.path().join("ran");
    let answer = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{token}"}}}}"#
    );
    let script = folder.path().join("sign-in");
    let line = format!("#!/bin/sh\ntouch {}\necho '{answer}'\n", marker.display());
    std::fs::write(&script, line).unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    let user = format!(
        "- name: by-plugin\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      \
         args: [now]\n      interactiveMode: IfAvailable\n",
        script.display()
    );
    let context = "- name: by-plugin\n  context: {cluster: test, user: by-plugin}\n";
    let text = text.replacen("users:\n", &format!("users:\n{user}"), 1);
    let text = text.replacen("contexts:\n", &format!("contexts:\n{context}"), 1);
    std::fs::write(&kubeconfig, text).unwrap();
    let kubeconfig = kubeconfig.display().to_string();
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "--kubeconfig", &kubeconfig, "--context", "by-plugin"];
        arguments.extend(more);
        arguments.extend([".", "Look", "ns=default"]);
        ko_in(folder.path(), &arguments)
    };
    let refused = run(&[]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("sign-in now") && refused.err.contains("--allow-plugin"),
        "{}",
        refused.err
    );
    assert!(!marker.exists(), "the plugin ran");
    let done = run(&["--allow-plugin"]).well();
    assert!(marker.exists());
    assert!(!done.err.contains(token) && !done.out.contains(token));
}

/// Runs `ko` on the cluster with a text on its standard input.
fn on_with_input(
    cluster: &ControlPlane,
    folder: &std::path::Path,
    more: &[&str],
    input: &str,
) -> (i32, String, String) {
    use std::io::Write as _;
    let mut child = std::process::Command::new(ko_tests::binary::ko())
        .arg(more[0])
        .args(["--kubeconfig", &cluster.kubeconfig().display().to_string(), "--context", "admin"])
        .args(&more[1..])
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn expressions_sessions_and_played_functions_go_to_the_cluster_and_ask_likewise() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(CREATES);
    let name = cluster.fresh_name("expressions");
    let look = format!("FindNamespace(name: \"{name}\").metadata.name");
    let make = format!("CreateNamespace(namespace: \"{name}\").metadata.name");
    let eval = |more: &[&str]| on(cluster, "admin", folder.path(), "eval", more);
    let refused = eval(&["-e", &make]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("CreateNamespace (1)"), "{}", refused.err);
    assert!(!eval(&["-e", &look]).well().out.contains(&name), "something was sent");

    let session = format!("{make}\n");
    let (code, out, err) = on_with_input(cluster, folder.path(), &["repl"], &session);
    assert!(code == 1 && err.contains("--yes") && !out.contains(&name), "{out}{err}");
    let (code, out, err) = on_with_input(cluster, folder.path(), &["repl", "--yes"], &session);
    assert!(code == 0 && out.contains(&name), "{out}{err}");
    assert!(eval(&["-e", &look]).well().out.contains(&name));

    let kopath = tempfile::tempdir().unwrap();
    let source = kopath.path().join("src/spaces");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("spaces.ko"), CREATES).unwrap();
    let kopath = kopath.path().display().to_string();
    let ns = format!("ns={name}");
    let played =
        on(cluster, "admin", folder.path(), "play", &["--kopath", &kopath, "spaces/Look", &ns])
            .well();
    assert!(played.out.contains(&name), "{}", played.out);
}

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

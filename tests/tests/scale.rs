//! Many objects and many kinds, on a server of ours: what takes pages, and is done several at a time, is complete. How fast
//! it is says `cargo xtask bench cluster`.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Stdio};

use ko_tests::{
    binary::ko,
    scale::{Definitions, ScaleServer},
};

const PROGRAM: &str = r#"
Count(label) { return: Len(ListPodsByLabelSelector(namespace: "many", labelSelector: label)) }
Wait(label) { return: Len(WaitForPodsByLabelSelector(namespace: "many", labelSelector: label, timeout: "1m")) }
Delete(label) {
	found: ListPodsByLabelSelector(namespace: "many", labelSelector: label)
	return: Len(DeletePods(namespace: "many", pods: found, timeout: "1m"))
}
"#;

#[test]
fn a_thousand_pods_are_listed_waited_for_and_deleted_and_no_other() {
    let server = ScaleServer::start(Definitions::generate(20, 300_000)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.ko"), PROGRAM).unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, server.kubeconfig("scale")).unwrap();
    let run = |words: &[&str]| {
        let output = Command::new(ko())
            .args(words)
            .args(["--context", "scale", "--kubeconfig"])
            .arg(&kubeconfig)
            .current_dir(folder.path())
            .env_remove("KOPATH")
            .env("HOME", folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let function = |name, label| run(&["run", "--yes", "--quiet", ".", name, label]);

    let (kind, _) = Definitions::kind(19);
    assert!(run(&["api", &format!("Create{kind}")]).contains(&kind));
    server.pods().fill(1_200, "web", false);
    server.pods().fill(30, "other", true);
    assert_eq!(function("Count", "label=app=web"), "1200");
    std::thread::scope(|scope| {
        scope.spawn(|| server.pods().get_ready(1_000));
        assert_eq!(function("Wait", "label=app=web"), "1200");
    });
    assert_eq!(function("Delete", "label=app=web"), "1200");
    assert_eq!(server.pods().count(), 30);
}

//! The examples, started and stopped for real.

use ko_tests::{binary::repository, control_plane::ControlPlane};
use serde_json::Value;

use crate::{on, package};

/// The steps of the article: start, start again without a change, stop, stop again without anything left to do.
#[test]
fn cockroachdb_starts_once_and_stops() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let home = tempfile::tempdir().unwrap();
    let example = repository().join("examples/cockroachdb").display().to_string();
    let ns = format!("ns={}", cluster.fresh_name("cockroach"));
    let run = |function: &str| {
        on(cluster, "admin", home.path(), "run", &["--yes", "--json", &example, function, &ns])
            .well()
    };
    let first = run("StartCockroachDB");
    let value: Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(value["status"], "succeeded", "{value}");

    let versions = objects(cluster, &ns[3..]);
    assert!(versions.len() >= 5, "{versions:?}");
    let again = ["--yes", &example, "StartCockroachDB", &ns];
    let second = on(cluster, "admin", home.path(), "run", &again).well();
    let said = "CreateStatefulSet  cockroachdb unchanged";
    assert!(second.err.contains(said), "the second start does not say so: {}", second.err);
    assert_eq!(objects(cluster, &ns[3..]), versions, "the second start changed something");

    run("StopCockroachDB");
    let left = objects(cluster, &ns[3..]);
    assert!(left.iter().all(|it| !it.starts_with("StatefulSet")), "{left:?}");
    run("StopCockroachDB");
}

/// The objects of a namespace that a program makes, each with the version of its specification.
fn objects(cluster: &ControlPlane, namespace: &str) -> Vec<String> {
    let kinds = [
        ("StatefulSet", "ListStatefulSets"),
        ("Service", "ListServices"),
        ("Job", "ListJobs"),
        ("PodDisruptionBudget", "ListPodDisruptionBudgets"),
    ];
    let home = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for (kind, gate) in kinds {
        let folder = package(&format!("All(ns) {{ return: {gate}(namespace: ns) }}\n"));
        let path = folder.path().display().to_string();
        let ns = format!("ns={namespace}");
        let done = on(cluster, "admin", home.path(), "run", &["--json", &path, "All", &ns]).well();
        let answer: Value = serde_json::from_str(&done.out).unwrap();
        let items = answer["value"].as_array().cloned().unwrap_or_default();
        for item in items {
            let metadata = &item["metadata"];
            found.push(format!("{kind} {} {}", metadata["name"], metadata["generation"]));
        }
    }
    found
}

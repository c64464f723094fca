//! Who may see whom: the crates of the workspace reach only what the architecture allows them to.
//!
//! Reads the resolved dependency graph, so that a forbidden library that comes in through another one is found, too.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// For each crate, packages that it must never reach, directly or not, in what it ships.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "ko-syntax",
        &["salsa", "ls-types", "tower-lsp-server", "tokio", "kube", "ko-schema", "ko-queries"],
    ),
    (
        "ko-schema",
        &["salsa", "ls-types", "tower-lsp-server", "tokio", "kube", "rowan", "ko-syntax"],
    ),
    ("ko-queries", &["ls-types", "tower-lsp-server", "tokio", "kube", "ko-ide", "ko-evaluator"]),
    ("ko-ide", &["ls-types", "tower-lsp-server", "tokio", "kube", "ko-evaluator"]),
    (
        "ko-evaluator",
        &["ls-types", "tower-lsp-server", "kube", "ko-ide", "ko-sandbox", "ko-cluster"],
    ),
    ("ko-cluster", &["ls-types", "tower-lsp-server", "ko-ide", "ko-sandbox"]),
    ("ko-sandbox", &["ls-types", "tower-lsp-server", "kube", "ko-ide", "ko-cluster"]),
];

/// What a crate must not name itself, though a crate below it does.
const FORBIDDEN_DIRECT: &[(&str, &[&str])] = &[
    ("ko-evaluator", &["salsa", "rowan", "ko-syntax"]),
    ("ko-cluster", &["salsa", "rowan", "ko-syntax"]),
    ("ko-sandbox", &["salsa", "rowan", "ko-syntax"]),
];

/// Names of the direct dependencies of every package that are not only for tests or builds.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    // Only what this machine builds: packages for others may not be downloaded.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--offline",
            "--locked",
            "--filter-platform",
            host,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name_of: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let normal = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
    };
    metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let below = node["deps"].as_array().unwrap().iter().filter(normal);
            let below = below
                .map(|dependency| name_of[dependency["pkg"].as_str().unwrap()].to_owned())
                .collect();
            (name_of[node["id"].as_str().unwrap()].to_owned(), below)
        })
        .collect()
}

#[test]
fn crates_reach_only_what_they_may() {
    let below = dependencies();
    let mut found = Vec::new();
    for (krate, forbidden) in FORBIDDEN {
        let mut reached = BTreeSet::new();
        let mut open = vec![*krate];
        while let Some(package) = open.pop() {
            for dependency in below.get(package).into_iter().flatten() {
                if reached.insert(dependency.as_str()) {
                    open.push(dependency);
                }
            }
        }
        assert!(!reached.is_empty(), "{krate} has no dependencies: is it still called that?");
        found.extend(
            forbidden
                .iter()
                .filter(|name| reached.contains(**name))
                .map(|name| format!("{krate} reaches {name}")),
        );
    }
    for (krate, forbidden) in FORBIDDEN_DIRECT {
        let direct = &below[*krate];
        found.extend(
            forbidden
                .iter()
                .filter(|name| direct.contains(**name))
                .map(|name| format!("{krate} names {name}")),
        );
    }
    assert!(found.is_empty(), "ARCHITECTURE.md, \"Who may see whom\":\n{}", found.join("\n"));
}

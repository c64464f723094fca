//! The test suites that the first implementation of Ko has for its library and its bootstrap pass with `ko test`.
//!
//! Its source tree is no part of this repository. `cargo xtask test --only reference` fetches it where Go's module proxy
//! serves it; where it does not, `KO_REFERENCE_TREE` names a folder with `src/github.com/kocircuit/kocircuit` in it.

use std::{collections::BTreeSet, io::Write as _, path::PathBuf};

use serde_json::Value;

use super::{Ko, folder};

const ROOT: &str = "github.com/kocircuit/kocircuit/";

/// Tests that do not pass, with the reason: each of them must fail.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("bootstrap/TestAll", "encodes as protobuf, which is not supported"),
    ("bootstrap/integrate/TestAll", "encodes as protobuf"),
    ("bootstrap/integrate/shapers/TestProto", "encodes as protobuf"),
    ("bootstrap/types/TestAll", "encodes as protobuf"),
    ("bootstrap/types/TestProto", "encodes as protobuf"),
];

/// What these test depends on sites of the Internet: they may pass or not.
const INTERNET: &str = "lib/net/http/";

#[test]
fn its_suites_pass() {
    let Some(tree) = std::env::var_os("KO_REFERENCE_TREE").map(PathBuf::from) else {
        // Written past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED the suites of the first implementation: run `cargo xtask test --only reference`, or set \
             KO_REFERENCE_TREE to a folder with src/{ROOT} in it"
        );
        return;
    };
    let elsewhere = folder(&[("ko.toml", "")]);
    let temporary = elsewhere.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let (library, bootstrap) = (format!("{ROOT}lib/..."), format!("{ROOT}bootstrap/..."));
    let done = Ko::new(elsewhere.path(), &["test", "--json", &library, &bootstrap])
        .env("KOPATH", tree)
        .env("TMPDIR", &temporary)
        .done();
    let events: Vec<Value> =
        done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| -> BTreeSet<String> {
        let events = events.iter().filter(|it| it["event"] == kind);
        let name = |it: &Value| {
            let package = it["package"].as_str().unwrap_or_default();
            let package = package.strip_prefix(ROOT).unwrap_or(package);
            format!("{package}/{}", it["test"].as_str().unwrap_or_default())
        };
        events.map(name).filter(|it| !it.starts_with(INTERNET)).collect()
    };
    assert_eq!(of("refused"), BTreeSet::new(), "{}", done.out);
    let expected: BTreeSet<String> = EXCEPTIONS.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(of("failed"), expected, "{}", done.out);
    let passed = of("passed");
    assert!(passed.len() > 45, "only {} passed: {passed:?}", passed.len());
}

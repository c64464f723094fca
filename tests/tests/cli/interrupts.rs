//! Ctrl+C while a program runs: it stops, says how far it came, and the exit code is that of a run that failed.
#![cfg(unix)]

use serde_json::Value;

use crate::{Ko, folder, run};

const BUSY: &str = "Main() {\n\ta: Show(\"begun\")\n\tb: Busy(a)\n\tc: Show(b)\n\treturn: c\n}\n\
    Busy(x?) {\n\treturn: Loop(start: x, step: Same, stop: Never)\n}\n\
    Same(x?) { return: x }\nNever(x?) { return: false }\n";

const FAR: &str = "steps of shop.Main: ran a; running b; not begun c";

#[test]
fn a_run_says_which_steps_had_run() {
    let folder = folder(&[("shop/a.ko", BUSY)]);
    for arguments in [&["play", "shop/Main"][..], &["run", "--sandbox", "shop", "Main"]] {
        let done = Ko::new(folder.path(), arguments).interrupted("begun");
        assert_eq!((done.code, done.out.as_str()), (1, "\"begun\"\n"), "{arguments:?}");
        assert!(done.err.contains("shop/a.ko:8:10: cancelled:"), "{}", done.err);
        assert!(done.err.contains(FAR), "{}", done.err);
        assert!(done.err.contains("in shop.Main, b (shop/a.ko:3:5)"), "{}", done.err);
    }
    // So does the journal.
    let done = run(folder.path(), &["runs", "show", "last"]);
    assert!(done.out.contains(FAR), "{}{}", done.out, done.err);
}

#[test]
fn programs_are_told_in_json() {
    let folder = folder(&[("shop/a.ko", BUSY)]);
    let play = ["play", "--json", "shop/Main"];
    let run = ["run", "--json", "--sandbox", "shop", "Main"];
    for arguments in [&play[..], &run] {
        let done = Ko::new(folder.path(), arguments).interrupted("begun");
        assert_eq!(done.code, 1, "{arguments:?}");
        let json: Value =
            serde_json::from_str(done.out.strip_prefix("\"begun\"\n").unwrap()).unwrap();
        assert_eq!(json["status"], "cancelled", "{json}");
        assert!(json["message"].as_str().unwrap().contains(FAR), "{json}");
        assert!(json["stepsRun"].as_u64().unwrap() >= 1, "{json}");
    }
}

#[test]
fn an_expression_stops_at_its_place() {
    let folder = folder(&[]);
    let text = "F(a) { return: Loop(start: a, step: Return) }(a: Show(\"begun\"))";
    let done = Ko::new(folder.path(), &["eval", "-e", text]).interrupted("begun");
    assert_eq!((done.code, done.out.as_str()), (1, "\"begun\"\n"));
    assert!(done.err.contains("expression:1:16: cancelled:"), "{}", done.err);
    assert!(!done.err.contains("jail"), "an expression has no name: {}", done.err);
}

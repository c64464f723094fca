//! `ko run`, `ko play` and `ko eval`.

use ko_tests::binary::repository;
use serde_json::Value;

use super::{Ko, folder, run};

const SHOP: &str = "Start(ns) {
\tnamespace: CreateNamespace(namespace: ns)
\treturn: namespace.metadata.name
}
Names() { return: Len(ListNamespaces()) }
Fail() { return: Panic(\"no\") }
Hello(name?) { return: (hello: name) }
Wrong() { return: Lenn(1) }
";

#[test]
fn the_example_starts_and_stops_in_a_sandbox_that_is_kept() {
    let examples = repository().join("examples/cockroachdb");
    let folder = folder(&[]);
    let path = examples.to_string_lossy();
    let start = ["run", "--sandbox=dev", &path, "StartCockroachDB", "ns=demo"];
    let done = run(folder.path(), &start);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("readyReplicas: 3"), "{}", done.out);
    assert!(done.err.contains("statefulSet") || done.err.contains("nodes"), "{}", done.err);
    assert_eq!(run(folder.path(), &start).code, 0, "a second time");
    let stop = ["run", "--sandbox=dev", "--json", &path, "StopCockroachDB", "ns=demo"];
    let done = run(folder.path(), &stop);
    assert_eq!(done.code, 0, "{}", done.err);
    let value: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(value["value"]["statefulSets"], 1, "{value}");
    // Without a name every sandbox is fresh.
    let stop = ["run", "--sandbox", "--json", &path, "StopCockroachDB", "ns=demo"];
    let value: Value = serde_json::from_str(&run(folder.path(), &stop).out).unwrap();
    assert_eq!(value["value"]["statefulSets"], 0, "{value}");
}

#[test]
fn the_other_example_runs_with_the_namespace_of_its_helper() {
    let folder = folder(&[]);
    let examples = repository().join("examples/guestbook");
    let path = examples.to_string_lossy();
    for function in ["StartGuestbook", "StartGuestbook", "StopGuestbook", "StopGuestbook"] {
        let done = run(folder.path(), &["run", "--sandbox=dev", &path, function]);
        assert_eq!(done.code, 0, "{function}: {}", done.err);
        let expected = match function {
            "StartGuestbook" => "(service: \"frontend\", replicas: 3, entriesLoaded: 1)\n",
            // What Show writes, and the result.
            _ => "(deleted: true)\n(deleted: true)\n",
        };
        assert_eq!(done.out, expected);
    }
}

#[test]
fn a_kept_sandbox_that_cannot_be_read_is_not_thrown_away() {
    let folder = folder(&[("shop/a.ko", SHOP), ("state/ko/sandboxes/dev.json", "{")]);
    let command = ["run", "--sandbox=dev", "shop", "Start", "ns=a"];
    let done = run(folder.path(), &command);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("--fresh begins anew"), "{}", done.err);
    let kept = folder.path().join("state/ko/sandboxes/dev.json");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "{");
    let done = run(folder.path(), &[&command[..], &["--fresh"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn arguments_that_are_missing_or_wrong_are_named() {
    let folder = folder(&[("shop/a.ko", SHOP)]);
    let example = repository().join("examples/cockroachdb");
    let path = example.to_string_lossy();
    for (argument, said) in [
        (None, "needs the argument ns"),
        (Some("nss=demo"), "StartCockroachDB has no argument nss; it has ns"),
    ] {
        let arguments = ["run", "--sandbox", &path, "StartCockroachDB"];
        let done = run(folder.path(), &[&arguments[..], argument.as_slice()].concat());
        assert_eq!((done.code, done.out.as_str()), (2, ""));
        assert!(done.err.contains(said), "{}", done.err);
    }
}

#[test]
fn nothing_runs_without_a_sandbox() {
    let folder = folder(&[("shop/a.ko", SHOP)]);
    let done = run(folder.path(), &["run", "shop", "Start", "ns=a"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("--sandbox"), "{}", done.err);
}

#[test]
fn what_cannot_run_is_refused_before_anything_runs() {
    let folder = folder(&[("shop/a.ko", SHOP)]);
    for (arguments, said) in [
        (&["shop", "Wrong"][..], "Lenn"),
        (&["shop", "Strat", "ns=a"], "Start"),
        (&["none", "Start", "ns=a"], "none"),
    ] {
        let all = [&["run", "--sandbox"], arguments].concat();
        let done = run(folder.path(), &all);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{all:?}: {}", done.err);
        assert!(done.err.contains(said), "{all:?}: {}", done.err);
    }
}

#[test]
fn a_failing_program_ends_with_1_and_says_where() {
    let folder = folder(&[("shop/a.ko", SHOP)]);
    let done = run(folder.path(), &["run", "--sandbox", "shop", "Fail"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("no") && done.err.contains("a.ko:6"), "{}", done.err);
}

#[test]
fn play_finds_packages_below_kopath_and_has_no_kubernetes() {
    let sound = SHOP.replace("Lenn", "Len");
    let files = [("root/src/tools/shop/a.ko", &*sound), ("root/src/tools/broken/a.ko", SHOP)];
    let folder = folder(&files);
    let kopath = folder.path().join("root");
    let play = |arguments: &[&str]| {
        let all = [&["play"], arguments].concat();
        Ko::new(folder.path(), &all).env("KOPATH", &kopath).done()
    };
    let done = play(&["tools/shop/Hello", "name=Ann"]);
    assert_eq!((done.code, done.out.as_str()), (0, "(hello: \"Ann\")\n"), "{}", done.err);
    let done = play(&["tools/shop/Hello", "Ann"]);
    assert_eq!(done.out, "(hello: \"Ann\")\n", "the unlabelled argument");
    let done = play(&["tools/shop/Start", "ns=a"]);
    assert!(done.code != 0 && done.out.is_empty(), "{}", done.err);
    assert_eq!(play(&["tools/none/F"]).code, 2);
    assert_eq!(play(&["tools/shop/Fail"]).code, 1);
    let done = play(&["tools/broken/Hello"]);
    assert_eq!(done.code, 2, "any error of form refuses the package");
    assert!(done.err.contains("Lenn"), "{}", done.err);
}

#[test]
fn expressions_are_evaluated_from_the_command_line_and_from_input() {
    let folder = folder(&[]);
    let done = run(folder.path(), &["eval", "-e", "Sum(1, 2, 3)"]);
    assert_eq!((done.code, done.out.as_str()), (0, "6\n"), "{}", done.err);
    let done = Ko::new(folder.path(), &["eval"]).with_input("(a: Len(1, 2))");
    assert_eq!((done.code, done.out.as_str()), (0, "(a: 2)\n"), "{}", done.err);
    let done = run(folder.path(), &["eval", "-e", "Summ(1)"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("Summ"), "{}", done.err);
    let done = run(folder.path(), &["eval", "-e", "Panic(1)"]);
    assert_eq!(done.code, 1, "{}", done.err);
}

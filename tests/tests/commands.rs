//! The command line as a user or a script sees it: what is printed where, and the exit codes.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use ko_tests::binary::{ko, repository};

/// A run of `ko` in a folder, with an own state folder and without colours.
fn run(folder: &Path, args: &[&str], input: &str) -> (i32, String, String) {
    let state = tempfile::tempdir().unwrap();
    run_with_state(folder, state.path(), args, input)
}

fn run_with_state(
    folder: &Path,
    state: &Path,
    args: &[&str],
    input: &str,
) -> (i32, String, String) {
    let mut child = Command::new(ko())
        .args(args)
        .current_dir(folder)
        .env("XDG_STATE_HOME", state)
        .env_remove("KOPATH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A folder with one package `app`.
fn app(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("app")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join("app").join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_examples_have_no_errors() {
    let (code, out, err) = run(&repository(), &["check", "examples"], "");
    assert_eq!((code, &*out), (0, ""), "{err}");
    assert!(err.ends_with("files checked: 0 errors, 0 warnings\n"), "{err}");
}

#[test]
fn check_tells_each_error_once_and_where() {
    let folder = app(&[
        ("bytes.ko", b"F() { return: \xff }"),
        ("cycle.ko", b"Cycle() {\n\ta: b\n\tb: a\n\treturn: a\n}\n"),
        ("gate.ko", b"Gate() { return: CreateStatefulSett(namespace: \"x\") }\n"),
        ("package.ko", b"import \"no/such\" as ns\nPackage() { return: ns.F() }\n"),
        ("good.ko", b"Good() { return: 1 }\n"),
    ]);
    let (code, out, _) = run(folder.path(), &["check", "--json", "app"], "");
    assert_eq!(code, 1);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let line = it["range"]["start"]["line"].as_u64().unwrap_or(0);
            format!("{}:{line} {}", it["file"].as_str().unwrap(), it["code"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "app/bytes.ko:0 unreadable",
        "app/cycle.ko:2 label-cycle",
        "app/gate.ko:1 unknown-name",
        "app/package.ko:1 unknown-package",
    ];
    assert_eq!(found, expected);
}

#[test]
fn nothing_to_check_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run(folder.path(), &["check", "missing"], "");
    assert_eq!((code, &*err), (2, "ko: missing: there is no such file or folder\n"));
    let (code, _, err) = run(folder.path(), &["check"], "");
    assert_eq!((code, &*err), (2, "ko: .: no Ko files there (their names end in .ko)\n"));
}

#[test]
fn the_example_runs_in_the_sandbox() {
    let args = ["run", "--sandbox", "examples/cockroachdb", "StartCockroachDB", "ns=demo"];
    let (code, out, err) = run(&repository(), &args, "");
    assert_eq!(code, 0, "{err}");
    let expected = "(namespace: \"demo\", sqlService: \"cockroachdb-public\", sqlPort: 26257, pods: 3, readyReplicas: 3)\n";
    assert_eq!(out, expected);
    assert!(err.contains("✓ namespace  CreateNamespace  demo"), "{err}");
    assert!(err.contains("✓ ready  waitForCockroachDBServing"), "{err}");
    assert!(!err.contains('\u{1b}'), "no colours into a pipe: {err}");
}

#[test]
fn a_named_sandbox_is_kept_and_both_halves_can_be_repeated() {
    let state = tempfile::tempdir().unwrap();
    let run = |function: &str| {
        let args = ["run", "--sandbox=dev", "--quiet", "examples/guestbook", function];
        run_with_state(&repository(), state.path(), &args, "")
    };
    for _ in 0..2 {
        let (code, out, err) = run("StartGuestbook");
        assert_eq!(
            (code, &*out),
            (0, "(service: \"frontend\", replicas: 3, entriesLoaded: 1)\n"),
            "{err}"
        );
        // What Show writes, and the result.
        for _ in 0..2 {
            let (code, out, err) = run("StopGuestbook");
            assert_eq!((code, &*out), (0, "(deleted: true)\n(deleted: true)\n"), "{err}");
        }
    }
    let kept = state.path().join("ko/sandboxes/dev.json");
    fs::write(&kept, "{").unwrap();
    let (code, _, err) = run("StopGuestbook");
    assert_eq!(code, 2);
    assert!(err.contains("--fresh begins anew"), "{err}");
}

#[test]
fn what_cannot_run_is_refused_before_anything_runs() {
    let example = "examples/cockroachdb";
    let refused = |args: &[&str]| {
        let (code, out, err) = run(&repository(), args, "");
        assert_eq!((code, &*out), (2, ""), "{err}");
        err
    };
    let err = refused(&["run", example, "StartCockroachDB", "ns=demo"]);
    assert!(err.contains("add --sandbox"), "{err}");
    let err = refused(&["run", "--sandbox", example, "StartCockroachDB"]);
    assert!(err.contains("needs the argument ns") && err.contains("ns=VALUE"), "{err}");
    let err = refused(&["run", "--sandbox", example, "StartCockroachDB", "nss=demo"]);
    assert!(err.contains("has no argument nss; it has ns"), "{err}");
    let err = refused(&["run", "--sandbox", example, "StartCockroachDb", "ns=demo"]);
    assert!(err.contains("did you mean StartCockroachDB?"), "{err}");
    let err = refused(&["frobnicate"]);
    assert!(err.contains("frobnicate"), "{err}");
}

#[test]
fn a_failed_run_says_where_and_how_it_came_there() {
    let folder = app(&[(
        "app.ko",
        b"Outer() {\n\treturn: inner(1)\n}\n\ninner(n?) {\n\treturn: Ratio(n, 0)\n}\n",
    )]);
    let (code, out, err) = run(folder.path(), &["run", "--sandbox", "--quiet", "app", "Outer"], "");
    assert_eq!((code, &*out), (1, ""));
    assert!(err.starts_with("app/app.ko:6:10: error: "), "{err}");
    assert!(err.contains("in app.Outer") && err.contains("in app.inner"), "{err}");
}

#[test]
fn eval_reads_arguments_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let eval = |args: &[&str], input: &str| run(folder.path(), &[&["eval"], args].concat(), input);
    assert_eq!(eval(&["-e", "Sum(1, 2)"], ""), (0, "3\n".to_owned(), String::new()));
    assert_eq!(eval(&[], "(a: 1, b: \"x\")").1, "(a: 1, b: \"x\")\n");
    let (code, out, _) = eval(&["--json"], "(a: (1, 2))");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["value"]), (0, &serde_json::json!({ "a": [1, 2] })));
    let (code, _, err) = eval(&["-e", "Sum(1,"], "");
    assert!(code == 2 && err.contains("expression:1:4"), "{err}");
    let (code, _, err) = eval(&["-e", "Panic(\"no\")"], "");
    assert!(code == 1 && err.contains("no"), "{err}");
}

#[test]
fn play_finds_packages_below_kopath() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join("src").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "tools/greet/greet.ko",
        "import \"tools/words\"\nGreet(name?) { return: (words.Hello(), name) }\n",
    );
    write("tools/words/words.ko", "Hello() { return: \"hello\" }\n");
    let elsewhere = tempfile::tempdir().unwrap();
    let kopath = root.path().to_str().unwrap();
    let play =
        |args: &[&str]| run(elsewhere.path(), &[&["play", "--kopath", kopath], args].concat(), "");
    for argument in ["Ann", "name=Ann"] {
        let (code, out, err) = play(&["tools/greet/Greet", argument]);
        assert_eq!((code, &*out), (0, "(\"hello\", \"Ann\")\n"), "{err}");
    }
    let (code, _, err) = play(&["tools/none/Greet"]);
    assert!(code == 2 && err.contains("there is no package \"tools/none\""), "{err}");
    let (code, _, err) = play(&["tools/greet/Gret"]);
    assert!(code == 2 && err.contains("did you mean Greet?"), "{err}");
}

#[test]
fn graphs_come_in_every_format() {
    let graph = |format: &str| {
        let args = ["graph", "--format", format, "examples/guestbook", "StartGuestbook"];
        let (code, out, err) = run(&repository(), &args, "");
        assert_eq!(code, 0, "{err}");
        out
    };
    assert!(graph("text").contains("databaseReady"));
    assert!(graph("svg").starts_with("<svg"));
    assert!(graph("dot").starts_with("digraph"));
    assert!(graph("mermaid").contains("flowchart"));
    let json: serde_json::Value = serde_json::from_str(&graph("json")).unwrap();
    assert_eq!(json["function"], "StartGuestbook");
    assert!(json["nodes"].as_array().unwrap().len() >= 4);
    assert_eq!(graph("svg"), graph("svg"));
}

//! `ko check`.

use ko_tests::binary::repository;
use serde_json::Value;

use super::{folder, run};

#[test]
fn the_examples_are_clean() {
    let done = run(&repository(), &["check", "examples"]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    assert!(done.err.contains("0 errors"), "{}", done.err);
}

#[test]
fn an_error_is_shown_where_it_is() {
    let folder = folder(&[
        ("shop/a.ko", "F() {\n\treturn: Lenn(1)\n}\n"),
        ("shop/b.ko", "G() { return: F() }"),
    ]);
    let done = run(folder.path(), &["check", "shop"]);
    assert_eq!(done.code, 1);
    for part in ["a.ko:2:10", "return: Lenn(1)", "━━━━", "Len", "1 error"] {
        assert!(done.err.contains(part), "{part} is missing in\n{}", done.err);
    }
    assert!(!done.err.contains('\u{1b}'), "colours in spite of NO_COLOR");
    assert_eq!(run(folder.path(), &["check", "shop/b.ko"]).code, 0, "only b.ko was asked for");
}

#[test]
fn diagnostics_are_json_for_programs() {
    let folder = folder(&[("a.ko", "F() {\n\treturn: Lenn(1)\n}\n")]);
    let done = run(folder.path(), &["check", "--json", "."]);
    assert_eq!(done.code, 1);
    let found: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["severity"], "error");
    assert_eq!(found[0]["code"], "unknown-name");
}

#[test]
fn programs_and_people_get_the_other_places_and_the_fixes() {
    let folder = folder(&[
        ("shop/a.ko", "Price() { return: \"two\" }\n"),
        (
            "app/b.ko",
            "import \"shop\"\n\nF() { return: Sum(shop.Price(), 1) }\n\nG() { return: Lenn(1) }\n",
        ),
    ]);
    let done = run(folder.path(), &["check", "--json", "app"]);
    let found: Value = serde_json::from_str(&done.out).unwrap();
    let mismatch = &found[0];
    assert_eq!(mismatch["code"], "type-mismatch", "{found}");
    let related = mismatch["related"].as_array().unwrap();
    let producer = related.iter().find(|it| it["file"].as_str().unwrap().ends_with("shop/a.ko"));
    let producer = producer.unwrap_or_else(|| panic!("no producer: {found}"));
    assert_eq!(producer["range"]["start"], serde_json::json!({"line": 1, "column": 19}));
    assert!(producer["message"].as_str().unwrap().contains("Price"), "{producer}");
    let fix = &found[1]["fixes"][0];
    assert_eq!(fix["title"], "Change to `Len`", "{found}");
    let edit = serde_json::json!({
        "file": found[1]["file"], "insert": "Len",
        "range": {"start": {"line": 5, "column": 15}, "end": {"line": 5, "column": 19}},
    });
    assert_eq!(fix["edits"], serde_json::json!([edit]));
    let shown = run(folder.path(), &["check", "app"]).err;
    for part in
        ["shop/a.ko:1:19", "note: `Price` returns this", "\"two\" }", "help: Change to `Len`"]
    {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
}

#[test]
fn programs_are_checked_against_the_version_of_kubernetes_that_is_asked_for() {
    let folder = folder(&[("a.ko", "F() { return: ListCronJobs(namespace: \"n\") }\n")]);
    let check = |version: &str| {
        run(folder.path(), &["check", "--json", "--kubernetes-version", version, "."])
    };
    assert_eq!(check("1.30").code, 0);
    let old = check("1.20");
    assert_eq!(old.code, 1, "{}", old.err);
    let found: Value = serde_json::from_str(&old.out).unwrap();
    assert_eq!(found[0]["code"], "future-api", "{found}");
    for (version, said) in [("1.99", "newer than what is known here"), ("x", "is no version")] {
        let wrong = check(version);
        assert_eq!(wrong.code, 2, "{version}");
        assert!(wrong.err.contains(said), "{}", wrong.err);
    }
    // The project says it for everybody.
    std::fs::write(folder.path().join("ko.toml"), "[kubernetes]\nversion = \"1.20\"\n").unwrap();
    assert_eq!(run(folder.path(), &["check"]).code, 1);
    assert_eq!(run(folder.path(), &["check", "--kubernetes-version", "1.30"]).code, 0);
}

#[test]
fn a_file_that_is_not_utf8_is_one_error_and_the_others_are_checked() {
    let folder = folder(&[("a.ko", "F() { return: Lenn(1) }")]);
    std::fs::write(folder.path().join("b.ko"), b"G() { return: \"\xff\" }").unwrap();
    let done = run(folder.path(), &["check"]);
    assert_eq!(done.code, 1);
    for part in ["b.ko", "UTF-8", "15", "Lenn", "2 errors"] {
        assert!(done.err.contains(part), "{part} is missing in\n{}", done.err);
    }
}

#[test]
fn random_bytes_and_cycles_are_errors_and_nothing_else() {
    let folder = folder(&[
        ("a/a.ko", "F() { a: b, b: a, return: a }"),
        ("b/b.ko", "\u{0}\u{1}]}{({ import \"x\" \" ` 'c' \\ 😀 // \n F("),
        ("c/c.ko", "import \"no/such\"\nF() { return: such.G() }"),
    ]);
    for package in ["a", "b", "c"] {
        let done = run(folder.path(), &["check", package]);
        assert_eq!(done.code, 1, "{package}: {}", done.err);
        assert!(!done.err.contains("panicked"), "{}", done.err);
    }
}

#[test]
fn what_is_not_there_cannot_be_checked() {
    let folder = folder(&[]);
    let done = run(folder.path(), &["check", "none"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("none"), "{}", done.err);
}

#[test]
fn a_code_is_explained_with_examples() {
    let folder = folder(&[]);
    let done = run(folder.path(), &["explain", "label-cycle"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for part in ["label-cycle (error)", "a: Sum(b, 1)", "This has not:"] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    let done = run(folder.path(), &["explain", "label-cicle"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("did you mean `label-cycle`?"), "{}", done.err);
    let done = run(folder.path(), &["explain", "--json"]);
    let all: Value = serde_json::from_str(&done.out).unwrap();
    assert!(all.as_array().unwrap().iter().any(|it| it["code"] == "unused-import"));
}

/// `ko check --watch --json`, with its rounds as they come.
struct Watch {
    child: std::process::Child,
    rounds: std::sync::mpsc::Receiver<Value>,
}

impl Watch {
    fn start(folder: &std::path::Path, paths: &[&str]) -> Watch {
        let arguments = [&["check", "--watch", "--json"], paths].concat();
        let mut child = super::Ko::new(folder, &arguments).command.spawn().unwrap();
        let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        let (sender, rounds) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::BufRead::lines(stdout) {
                let round = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(round).is_err() {
                    return;
                }
            }
        });
        Watch { child, rounds }
    }

    /// The first round that is as wanted: one change of a file can be several for the system.
    fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let patience = std::time::Duration::from_secs(60);
        let mut seen = Vec::new();
        loop {
            let Ok(round) = self.rounds.recv_timeout(patience) else {
                panic!("{what} was never seen, but {seen:#?}");
            };
            if wanted(&round) {
                return round;
            }
            seen.push(round);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn watching_checks_again_after_every_change_on_the_disk() {
    let folder = folder(&[
        ("shop/a.ko", "import \"lib\"\nF() { return: lib.G() }"),
        ("lib/b.ko", "G() { return: 1 }"),
        ("shop/notes.md", "no source"),
    ]);
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let watch = Watch::start(folder.path(), &["shop"]);
    let counts = |round: &Value| (round["files"].as_u64(), round["errors"].as_u64());
    let first = watch.until("the first round", |_| true);
    assert_eq!(counts(&first), (Some(1), Some(0)), "{first}");
    write("shop/a.ko", "import \"lib\"\nF() { return: lib.Gg() }");
    let wrong = watch.until("an error in an edited file", |it| it["errors"] == 1);
    assert_eq!(wrong["diagnostics"][0]["code"], "unknown-function");
    // Another folder, which is only imported.
    write("lib/b.ko", "Gg() { return: 1 }");
    watch.until("the error mended by another package", |it| it["errors"] == 0);
    write("shop/deep/er/c.ko", "H() { return: nothing }");
    watch.until("a new file in a new folder", |it| counts(it) == (Some(2), Some(1)));
    write("shop/deep/er/c.ko", "H() { return: 1 }");
    watch.until("an edit in the new folder", |it| counts(it) == (Some(2), Some(0)));
    std::fs::remove_dir_all(folder.path().join("shop/deep")).unwrap();
    watch.until("a file that is gone", |it| counts(it) == (Some(1), Some(0)));
    write("ko.toml", "[project\n");
    watch.until("a broken ko.toml", |it| it["error"].is_string());
    write("ko.toml", "");
    watch.until("a mended ko.toml", |it| counts(it) == (Some(1), Some(0)));
}

#[cfg(unix)]
#[test]
fn watching_tells_people_what_there_is_and_ends_with_an_interrupt() {
    let folder = folder(&[("a.ko", "F() { return: Lenn(1) }")]);
    let mut ko = super::Ko::interruptible(folder.path(), &["check", "-w"]);
    let mut child = ko.command.spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut until = |end: &str| {
        let mut text = String::new();
        while !text.contains(end) {
            let read = std::io::BufRead::read_line(&mut lines, &mut text).unwrap();
            assert!(read > 0, "{end} never came:\n{text}");
        }
        text
    };
    let first = until("Ctrl+C ends");
    assert!(first.contains("1 error") && first.contains("Len"), "{first}");
    std::fs::write(folder.path().join("a.ko"), "F() { return: Len(1) }").unwrap();
    let second = until("0 errors");
    assert!(second.contains("round 2") && !second.contains('\u{1b}'), "{second}");
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert!(!child.wait().unwrap().success());
}

//! `ko test`.

use serde_json::Value;

use super::{Ko, folder, run};

const SHOP: &str = "import \"tools/text\"

TestShow() { return: Show(\"hello\") }
TestPanic() {
\ta: Show(\"before\")
\treturn: check(sum: Sum(1, 2))
}
check(sum) { return: When(have: Panic(sum: sum), then: Return) }
TestError() { return: Sum(\"a\") }
TestFalse() { return: false }
TestTwice() {
\tonce: CreateNamespace(namespace: \"a\")
\treturn: once.metadata.name
}
TestAgain() { return: CreateNamespace(namespace: \"a\").metadata.name }
TestOfNone(x) { return: Panic(x) }
Outer() { return: TestInline() { return: text.Same(1) }() }
";

const TEXT: &str = "Same(a?) { return: a }\nTestSame() { return: Same(1) }\n";

fn project() -> tempfile::TempDir {
    folder(&[("shop/a.ko", SHOP), ("tools/text/t.ko", TEXT), (".git/HEAD", "")])
}

/// The events of a run, as `event test`.
fn events(out: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    out.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|event| (text(&event["event"]), text(&event["test"])))
        .collect()
}

#[test]
fn a_test_that_fails_is_counted_and_the_others_run() {
    let folder = project();
    let done = run(folder.path(), &["test"]);
    assert_eq!((done.code, done.err.as_str()), (1, ""));
    for part in [
        "✗ TestError",
        "shop/a.ko:9:23: error: Sum takes integers",
        "9 │ TestError() { return: Sum(\"a\") }",
        "━━━━━━━━\n",
        "✓ TestFalse",
        "✓ TestInline",
        "✗ TestPanic",
        "│ \"before\"",
        "unrecovered panic: (sum: 3)",
        "in shop.check (shop/a.ko:8:33)\n      in shop.TestPanic, return (shop/a.ko:6:10)",
        "✓ TestAgain",
        "✓ TestTwice",
        "✓ TestSame",
        "Not passed:\n  shop/TestError (shop/a.ko:9)\n  shop/TestPanic (shop/a.ko:4)\n",
        "6 passed, 2 failed in",
    ] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    assert!(!done.out.contains("TestOfNone"), "it has a parameter:\n{}", done.out);
    assert!(!done.out.contains("hello"), "output of what passes:\n{}", done.out);
    let done = run(folder.path(), &["test", "shop/TestShow", "--show-output"]);
    assert_eq!(done.code, 0);
    assert!(done.out.contains("│ \"hello\"") && done.out.contains("1 passed"), "{}", done.out);
}

#[test]
fn packages_are_named_by_folder_file_path_and_function() {
    let folder = project();
    let tests = |directory: &str, arguments: &[&str]| {
        let all = [&["test", "--list"], arguments].concat();
        let done = run(&folder.path().join(directory), &all);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.err);
        done.out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for arguments in [&["tools"][..], &["tools/text"], &["./tools/..."], &["tools/text/t.ko"]] {
        assert_eq!(tests("", arguments), ["tools/text/TestSame"], "{arguments:?}");
    }
    assert_eq!(tests("shop", &["tools/..."]), ["tools/text/TestSame"], "from the root");
    assert_eq!(tests("shop", &["tools/text/TestSame"]), ["tools/text/TestSame"]);
    assert_eq!(tests("shop", &[]).len(), 8, "all of the project");
    assert_eq!(tests("shop", &["."]).len(), 7);
    let filtered = tests("", &["--filter", "Same", "--filter", "Panic"]);
    assert_eq!(filtered, ["shop/TestPanic", "tools/text/TestSame"]);
    let kopath = folder.path().join("root");
    std::fs::create_dir_all(kopath.join("src/far/away")).unwrap();
    std::fs::write(kopath.join("src/far/away/a.ko"), TEXT).unwrap();
    let done = Ko::new(folder.path(), &["test", "far/away"]).env("KOPATH", &kopath).done();
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("far/away\n  ✓ TestSame"), "{}", done.out);
}

#[test]
fn what_is_not_there_is_not_tested() {
    let folder = project();
    for arguments in [&["none"][..], &["shop/TestNone"], &["--filter", "None"]] {
        let done = run(folder.path(), &[&["test"], arguments].concat());
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!done.err.is_empty());
    }
    std::fs::write(folder.path().join("tools/text/t.ko"), "Same(a?) { return: a }").unwrap();
    let done = run(folder.path(), &["test", "tools/text"]);
    assert_eq!(done.code, 0);
    assert!(done.out.contains("tools/text  no tests"), "{}", done.out);
}

#[test]
fn a_package_with_errors_is_refused_and_the_others_are_tested() {
    let folder = project();
    std::fs::write(folder.path().join("shop/b.ko"), "F() { return: (1 }").unwrap();
    let done = run(folder.path(), &["test"]);
    assert_eq!(done.code, 1);
    for part in ["shop/b.ko:1:", "error:", "✓ TestSame", "1 passed, 0 failed, 1 package refused"]
    {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    assert!(!done.out.contains("TestShow"), "{}", done.out);
    let done = run(folder.path(), &["test", "shop"]);
    assert_eq!(done.code, 2, "nothing ran:\n{}", done.out);
}

#[test]
fn a_name_that_means_nothing_is_shown_and_fails_where_it_is_used() {
    let folder = project();
    let text = "F() { return: Lenn(1) }\nTestOfF() { return: F() }\n";
    std::fs::write(folder.path().join("shop/b.ko"), text).unwrap();
    let done = run(folder.path(), &["test", "shop", "--filter", "TestOfF", "--filter", "Show"]);
    assert_eq!(done.code, 1);
    for part in
        ["shop/b.ko:1:15: error: `Lenn`", "✗ TestOfF", "✓ TestShow", "1 passed, 1 failed in"]
    {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
}

#[test]
fn programs_read_an_event_on_each_line_in_order() {
    let folder = project();
    let done = run(
        folder.path(),
        &[
            "test", "--json", "--jobs", "4", "--filter", "al", "--filter", "In", "--filter", "Tw",
            "--filter", "Sa",
        ],
    );
    assert_eq!(done.code, 0, "{}", done.out);
    let all = events(&done.out);
    let shown: Vec<_> = all.iter().map(|(event, test)| format!("{event} {test}")).collect();
    let expected = [
        "package ",
        "started TestFalse",
        "passed TestFalse",
        "started TestInline",
        "passed TestInline",
        "started TestTwice",
        "passed TestTwice",
        "package ",
        "started TestSame",
        "passed TestSame",
        "summary ",
    ];
    assert_eq!(shown, expected);
    let done = run(folder.path(), &["test", "--json", "shop/TestPanic"]);
    let failed = done.out.lines().nth(2).unwrap();
    let failed: Value = serde_json::from_str(failed).unwrap();
    assert_eq!(failed["output"], "\"before\"\n");
    assert_eq!(failed["failure"]["kind"], "panic");
    assert_eq!(failed["failure"]["trace"][0]["line"], 6);
}

#[test]
fn limits_end_a_test_and_no_other_begins_after_a_failure_if_so_wanted() {
    let endless = "TestA() { return: f(n?) { return: f(n) }(1) }\n\
                   TestB() { return: Loop(start: 0, step: Inc, stop: g(n?) { return: false }) }\n\
                   TestC() { return: 1 }\n";
    let folder = folder(&[("a/a.ko", endless)]);
    let done = run(folder.path(), &["test", "--max-depth", "100", "--max-steps", "1000"]);
    assert_eq!(done.code, 1);
    for part in ["100 calls are nested", "and so on", "1000 steps", "1 passed, 2 failed"] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    let done = run(folder.path(), &["test", "--fail-fast", "--max-depth", "100"]);
    assert!(done.out.contains("0 passed, 1 failed, 2 not run"), "{}", done.out);
    let done = run(folder.path(), &["test", "--filter", "TestB", "--timeout", "100ms"]);
    assert!(done.out.contains("longer than its limit"), "{}", done.out);
    assert_eq!(run(folder.path(), &["test", "--timeout", "soon"]).code, 2);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_tests_and_says_which_was_running() {
    let endless = "TestA() { return: Hang() }\nTestB() { return: 1 }\n";
    let folder = folder(&[("a/a.ko", endless)]);
    let done = Ko::new(folder.path(), &["test", "--json"]).interrupted("started");
    assert_eq!(done.code, 1, "{}", done.err);
    let expected = [("package", ""), ("started", "TestA"), ("cancelled", "TestA")];
    for (event, (name, test)) in events(&done.out).iter().zip(expected) {
        assert_eq!((event.0.as_str(), event.1.as_str()), (name, test));
    }
    assert!(done.out.contains("\"notRun\":1"), "{}", done.out);
}

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

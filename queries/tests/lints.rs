//! What is legal and probably not meant: hints, mostly on names that nobody reads, with fixes that take them away.
#![allow(clippy::unwrap_used)]

mod common;

use common::{check_diagnostics, database, database_of};
use expect_test::{Expect, expect};
use ko_queries::FileId;

fn check(text: &str) {
    check_diagnostics(&[("p/main.ko", "p", text)]);
}

/// The text after the first fix of each diagnostic with this code, one by one; nothing is said of what is left.
fn check_removed(code: &str, text: &str, expect: Expect) {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let all = ko_queries::diagnostics(&database(&text), FileId(0));
        let Some(found) = all.iter().find(|it| it.code == code) else { break };
        assert!(found.unnecessary);
        for edit in found.fixes[0].edits.iter().rev() {
            text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
        }
    }
    let left = ko_queries::diagnostics(&database(&text), FileId(0));
    assert_eq!(*left, [], "{text}");
    expect.assert_eq(&text);
}

#[test]
fn steps_that_nobody_reads_and_that_do_nothing() {
    check(
        "
F(x, f) {
  a: Sum(x, 1)
//^ hint unused-step: nobody reads `a`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  b: (k: pure(x))
//^ hint unused-step: nobody reads `b`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  c: b2.k
//^ hint unused-step: nobody reads `c`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  b2: x
  d: Range(over: x, with: pure)
//^ hint unused-step: nobody reads `d`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  e: x
//^ hint unused-step: nobody reads `e`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  g: f[1]
//^ hint unused-step: nobody reads `g`, and it does nothing else. Remove it; a label that starts with `_` says that this is meant
  _meant: Sum(x, 1)
  printed: Show(x)
  printed2: prints()
  called: f(1)
  folded: Range(over: x, with: f)
  folded2: Range(over: x, with: prints)
  created: CreateNamespace(namespace: \"n\")
  failing: Expect(x)
  circle: circle2()
  return: 1
}
pure(y?) { return: Merge(y) }
prints() { return: Show(k: 1) }
circle2() { return: Pick(either: 1, or: circle2) }",
    );
}

#[test]
fn steps_are_removed_with_their_lines() {
    check_removed(
        "unused-step",
        "F(x) {\n  // About a.\n  a: (\n    k: x\n  ) // more\n  return: x\n}",
        expect![[r#"
            F(x) {
              // About a.
              return: x
            }"#]],
    );
    check_removed("unused-step", "F() { a: 1, return: 2, b: 3 }", expect!["F() { return: 2 }"]);
}

#[test]
fn parameters_that_nobody_reads() {
    check(
        "
F(x, y?, _a, b_, after, afterwards) {
//   ^ hint unused-parameter: nobody reads the parameter `y`: what calls give it is ignored. Remove it; a name that ends with `_` says that this is meant
  g: f(carry, elem) { return: elem }
  //   ^^^^^ hint unused-parameter: nobody reads the parameter `carry`: what calls give it is ignored. Remove it; a name that ends with `_` says that this is meant
  return: g(elem: x.y)
}",
    );
    check_removed(
        "unused-parameter",
        "F(\n  x // first\n  y? // second\n) { return: x }",
        expect![[r#"
            F(
              x // first
            ) { return: x }"#]],
    );
    check_removed("unused-parameter", "F(a, b?, c) { return: b }", expect!["F(b?) { return: b }"]);
}

#[test]
fn imports_that_nobody_uses() {
    let words = ("lib/words/w.ko", "lib/words", "Greet(x?) { return: x }");
    let text = "
import \"integer\" as int
  import \"lib/words\"
//^^^^^^^^^^^^^^^^^^ hint unused-import: nothing in this file uses `words`
import \"lib/words\" as inner
  F(words) { return: (a: int.Sum(1), b: words.Greet, c: f() { return: inner.Greet }) }
//  ^^^^^ hint shadows-import: the parameter `words` hides the import `words`, which cannot be used in this function";
    check_diagnostics(&[("p/main.ko", "p", text), words]);
    check_removed(
        "unused-import",
        "import \"integer\" // numbers\n\nimport \"circuit\" import \"strings\"\nF() { return: 1 }",
        expect![[r#"

            F() { return: 1 }"#]],
    );
}

#[test]
fn what_does_not_parse_may_use_an_import() {
    let text = "import \"integer\"\nF() { return: (integer.Sum(1) }";
    let all = ko_queries::diagnostics(&database(text), FileId(0));
    assert!(all.iter().all(|it| it.code != "unused-import"), "{all:?}");
    let text = "import \"integer\"\nF() { return: ( }";
    let all = ko_queries::diagnostics(&database(text), FileId(0));
    assert!(all.iter().any(|it| it.code == "unused-import"), "{all:?}");
}

#[test]
fn names_that_hide_others() {
    check_diagnostics(&[(
        "p/main.ko",
        "p",
        "
import \"integer\"
  Sum(number) { return: (integer.Sum(number), Len(number)) }
//^^^ hint shadows-builtin: this hides the builtin `Sum`: in this package, `Sum` means this function everywhere
  Pick(Sum) { integer: Sum, return: integer }
//^^^^ hint shadows-builtin: this hides the builtin `Pick`: in this package, `Pick` means this function everywhere
//     ^^^ hint shadows-function: the parameter `Sum` hides the function `Sum`, which cannot be used in this function
//            ^^^^^^^ hint shadows-import: the label `integer` hides the import `integer`, which cannot be used in this function
  ListPods() { return: 1 }
//^^^^^^^^ hint shadows-builtin: this hides the gate `ListPods`: in this package, `ListPods` means this function everywhere
",
    )]);
}

/// What is in error may have been meant to read what it does not read: the error is said alone.
#[test]
fn functions_in_error_have_no_hints() {
    let db = database_of(&[("a.ko", "a", "F(abc, e) { step: 1, return: abd }")]);
    let codes: Vec<_> = ko_queries::diagnostics(&db, FileId(0)).iter().map(|it| it.code).collect();
    assert_eq!(codes, ["unknown-name"]);
}

#[test]
fn a_circle_of_labels_shows_the_way_round() {
    let text = "F() { a: (b), b: Sum(c), c: a, return: a }";
    let all = ko_queries::diagnostics(&database(text), FileId(0));
    let shown: Vec<String> = all
        .iter()
        .flat_map(|it| {
            let related = it.related.iter().map(|it| (it.range, it.message.clone()));
            std::iter::once((it.range, it.message.clone())).chain(related)
        })
        .map(|(range, message)| format!("{range:?} {message}"))
        .collect();
    expect![[r#"
        10..11 these steps need each other's values: `a` → `b` → `c` → `a`
        21..22 `b` reads `c` here
        28..29 `c` reads `a` here"#]]
    .assert_eq(&shown.join("\n"));
}

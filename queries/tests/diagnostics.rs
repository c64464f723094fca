//! What is said about mistakes in names, and where.
#![allow(clippy::unwrap_used)]

mod common;

use common::{check_diagnostics, database, database_of};
use expect_test::expect;
use ko_queries::{FileId, RootDatabase, diagnostic::Fix};
use ko_schema::{Schema, openapi::Importer};

fn check(text: &str) {
    check_diagnostics(&[("p/main.ko", "p", text)]);
}

/// The text of file 0 after the fix with this title.
fn fixed(files: &[(&str, &str, &str)], title: &str) -> String {
    let db = database_of(files);
    let all = ko_queries::diagnostics(&db, FileId(0));
    let fixes: Vec<_> = all.iter().flat_map(|it| &it.fixes).collect();
    let titles: Vec<_> = fixes.iter().map(|fix| &fix.title).collect();
    let fix = fixes.iter().find(|fix| fix.title == title);
    let fix = fix.unwrap_or_else(|| panic!("no fix `{title}` among {titles:?}"));
    apply(files[0].2, fix)
}

/// The text after a fix of file 0.
fn apply(text: &str, fix: &Fix) -> String {
    let mut text = text.to_owned();
    for edit in fix.edits.iter().rev() {
        assert_eq!(edit.file, FileId(0));
        let range = usize::from(edit.range.start())..usize::from(edit.range.end());
        text.replace_range(range, &edit.insert);
    }
    text
}

#[test]
fn unknown_names() {
    check(
        "
F(replicas) {
  a: Lem(replcas)
  // ^^^ error unknown-name: `Lem` is no argument, label, function or builtin here; did you mean `Len`?
  //     ^^^^^^^ error unknown-name: `replcas` is no argument, label, function or builtin here; did you mean `replicas`?
  return: entirelyUnknown
  //      ^^^^^^^^^^^^^^^ error unknown-name: `entirelyUnknown` is no argument, label, function or builtin here
}",
    );
}

#[test]
fn gates_are_suggested() {
    let text = "F() { return: CreateNamespce(namespace: \"a\") }";
    let expected = "F() { return: CreateNamespace(namespace: \"a\") }";
    assert_eq!(fixed(&[("m.ko", "p", text)], "Change to `CreateNamespace`"), expected);
}

#[test]
fn names_before_a_dot() {
    check(
        "
import \"integer\"
F(x) {
  a: intger.Sum(1)
  // ^^^^^^ error unknown-name: `intger` is no import, argument or label here; did you mean `integer`?
  b: circuit.PkgPath()
  // ^^^^^^^ error unknown-name: `circuit` is no import, argument or label here; add `import \"circuit\"`
  c: integer.Sun(1)
  //         ^^^ error unknown-function: package \"integer\" has no function `Sun`; did you mean `Sum`?
  d: integer.Sum.x
  // ^^^^^^^^^^^^^ error path-too-long: `integer.Sum` is a function; to select from it, put it in brackets: `(integer.Sum)`, or call it first: `integer.Sum()`
  e: F.x
  // ^ error unknown-name: `F` is a function; to select from its result, call it first: `F().x`
  f: integer
  // ^^^^^^^ error unknown-name: `integer` is an import and no value; name a function of it: `integer.…`
  g: x.anything.goes
  return: 1
}",
    );
}

#[test]
fn missing_imports_are_added() {
    let files = [
        ("a.ko", "a", "F() { return: words.Greet(1) }"),
        ("lib/words/w.ko", "lib/words", "Greet(x?) { return: x }"),
    ];
    let expected = "import \"lib/words\"\nF() { return: words.Greet(1) }";
    assert_eq!(fixed(&files, "Add `import \"lib/words\"`"), expected);
}

#[test]
fn imports_are_added_behind_the_others() {
    let words = ("lib/words/w.ko", "lib/words", "Greet(x?) { return: x }");
    for (before, after) in [
        (
            "import \"integer\" // numbers\n\nF() { return: words.Greet(1) }\n",
            "import \"integer\" // numbers\nimport \"lib/words\"\n\nF() { return: words.Greet(1) }\n",
        ),
        (
            "import \"integer\" F() { return: words.Greet(1) }",
            "import \"lib/words\"\nimport \"integer\" F() { return: words.Greet(1) }",
        ),
        (
            "\u{feff}// About F.\nF() { return: words.Greet(1) }",
            "\u{feff}import \"lib/words\"\n// About F.\nF() { return: words.Greet(1) }",
        ),
    ] {
        let files = [("a.ko", "a", before), words];
        assert_eq!(fixed(&files, "Add `import \"lib/words\"`"), after);
        let db = database_of(&[("a.ko", "a", after), words]);
        let all = ko_queries::diagnostics(&db, FileId(0));
        assert!(all.iter().all(|it| it.code == "unused-import"), "{all:?}");
    }
}

#[test]
fn groups_of_kubernetes_are_imported_under_their_name() {
    let text = "F(x) { return: apps.CreateDeployment(deployment: x) }";
    let expected =
        "import \"k8s/apps/v1\" as apps\nF(x) { return: apps.CreateDeployment(deployment: x) }";
    assert_eq!(fixed(&[("m.ko", "p", text)], "Add `import \"k8s/apps/v1\" as apps`"), expected);
}

#[test]
fn imports() {
    check_diagnostics(&[
        (
            "a/a.ko",
            "a",
            "
import \"lib/wrods\"
//     ^^^^^^^^^^^ error unknown-package: there is no package \"lib/wrods\": neither a folder nor a builtin package has this path; did you mean `lib/words`?
import \"lib/words\"
import \"k8s/apps/v1\" as words
//                      ^^^^^ error duplicate-alias: this file already calls another import `words`; give one of them another name with `as`
import \"k8s/apps/v7\"
//     ^^^^^^^^^^^^^ error unknown-package: there is no package \"k8s/apps/v7\": neither a folder nor a builtin package has this path; did you mean `k8s/apps/v1`?
F() { return: (wrods.G(), words.G(), words.H()) }
//                                         ^ error unknown-function: package \"lib/words\" has no function `H`
",
        ),
        ("lib/words/w.ko", "lib/words", "G() { return: 1 }"),
    ]);
}

#[test]
fn things_of_the_same_name() {
    check(
        "
  F(x, x?) { a: 1, a: 2, x: 3, true: 4, return: 5 }
//     ^ error duplicate-parameter: there is already a parameter `x`; each needs a name of its own
//                 ^ error duplicate-label: there is already a step `a`; each needs a label of its own
//                       ^ warning label-shadows-parameter: the label `x` hides behind the parameter of the same name: `x` means the parameter everywhere in this function
//                             ^^^^ warning boolean-name: a label `true` cannot be read by its name, which means the Boolean
",
    );
}

#[test]
fn functions_of_the_same_name() {
    check_diagnostics(&[
        (
            "a/a.ko",
            "a",
            "
G() { return: F() { return: 2 } }
  F() { return: 1 }
//^ error duplicate-function: this package already has a function `F`; functions inside functions count too
",
        ),
        (
            "a/b.ko",
            "a",
            "
  G() { return: 3 }
//^ error duplicate-function: this package already has a function `G`; functions inside functions count too
",
        ),
    ]);
    let files = [("a/a.ko", "a", "G() { return: 1 }"), ("a/b.ko", "a", "G() { return: 3 }")];
    let db = database_of(&files);
    let all = ko_queries::diagnostics(&db, FileId(1));
    assert_eq!(all[0].related[0].file, FileId(0));
    assert_eq!(all[0].related[0].range, text_size::TextRange::at(0.into(), 1.into()));
}

#[test]
fn circles_of_labels() {
    check(
        "
F(x) {
  a: b
  // ^ error label-cycle: these steps need each other's values: `a` → `b` → `c` → `a`
  b: Sum(c, 1)
  c: (x: (a.y, b)).x
  d: Len(d)
  //     ^ error label-cycle: `d` needs its own value
  e: e() { return: 1 }
  // ^ error label-cycle: `e` needs its own value: the label hides the function `e`; give the label another name
  f: x() { return: 1 }
  // ^ error hidden-function: the parameter `x` hides this function: `x` means the parameter here; give the function another name
  return: (a, e)
}",
    );
}

/// A cluster in which two groups have a kind of the same name.
fn schema_with_backups() -> Schema {
    let mut importer = Importer::new("1.99");
    let group = |name: &str| {
        format!(
            r#"{{"metadata": {{"name": "{name}"}}, "versions": [{{"version": "v1", "resources": [{{
            "resource": "backups", "responseKind": {{"kind": "Backup"}}, "scope": "Namespaced",
            "verbs": ["get", "list", "create"]}}]}}]}}"#
        )
    };
    let groups = format!(r#"{{"items": [{}, {}]}}"#, group("example.com"), group("other.org"));
    importer.discovery(groups.as_bytes()).unwrap();
    let (facts, docs) = importer.finish();
    Schema::from_facts(facts, docs).unwrap()
}

#[test]
fn a_gate_of_several_groups_needs_an_import() {
    let mut db = RootDatabase::new(schema_with_backups());
    let text = "F() { return: CreateBackup(namespace: \"n\", backup: \"b\") }";
    db.set_file(FileId(0), "f.ko", "p", text.into());
    let all = ko_queries::diagnostics(&db, FileId(0));
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].code, "ambiguous-gate");
    let message = "`CreateBackup` needs an import that says which one is meant: \"k8s/example.com/v1\" or \"k8s/other.org/v1\"";
    assert_eq!(all[0].message, message);
    let mended = apply(text, &all[0].fixes[0]);
    let expected = "import \"k8s/example.com/v1\" as example\nF() { return: example.CreateBackup(namespace: \"n\", backup: \"b\") }";
    assert_eq!(mended, expected);
    db.set_file(FileId(0), "f.ko", "p", mended.into());
    assert_eq!(*ko_queries::diagnostics(&db, FileId(0)), []);
    db.set_schema(Schema::builtin().clone());
    let codes: Vec<_> = ko_queries::diagnostics(&db, FileId(0)).iter().map(|it| it.code).collect();
    assert_eq!(codes, ["unknown-package"], "one cause, one error");
}

#[test]
fn syntax_errors_come_with_their_fixes() {
    let text = "F() { return: \u{201c}a\u{201d} }";
    let db = database(text);
    let all = ko_queries::diagnostics(&db, FileId(0));
    assert_eq!(all[0].code, "typographic-quotes");
    assert!(!all[0].fixes.is_empty());
    expect!["F() { return: \"a\" }"]
        .assert_eq(&fixed(&[("m.ko", "p", text)], &all[0].fixes[0].title));
}

#[test]
fn unknown_files_have_none() {
    let mut db = database("F() { return: x }");
    assert_eq!(ko_queries::diagnostics(&db, FileId(7)).len(), 0);
    assert_eq!(ko_queries::diagnostics(&db, FileId(0)).len(), 1);
    db.remove_file(FileId(0));
    assert_eq!(ko_queries::diagnostics(&db, FileId(0)).len(), 0);
}

//! From the text to ranges and fixes, through the database.

use std::sync::{Arc, Mutex};

use ko_queries::diagnostic::{Diagnostic, FileId};
use ko_queries::{RootDatabase, diagnostics};
use ko_schema::Schema;

fn database(text: &str) -> RootDatabase {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(0), "p/main.ko", "p", text.into());
    db
}

/// The first diagnostic with this code, and the text after its fix.
fn fix(text: &str, code: &str, which: usize) -> (Diagnostic, String) {
    let all = diagnostics(&database(text), FileId(0));
    let found = all.iter().find(|it| it.code == code).unwrap_or_else(|| panic!("{all:?}")).clone();
    let mut fixed = text.to_owned();
    for edit in found.fixes[which].edits.iter().rev() {
        let range = usize::from(edit.range.start())..usize::from(edit.range.end());
        fixed.replace_range(range, &edit.insert);
    }
    (found, fixed)
}

fn check_fix(code: &str, before: &str, after: &str) {
    assert_eq!(fix(before, code, 0).1, after);
}

#[test]
fn names_and_literals_are_replaced() {
    check_fix(
        "unknown-field",
        "F() { return: CreatePod(namespace: \"n\", pod: (metadata: (nme: \"p\"), spec: (containers: (name: \"c\")))) }",
        "F() { return: CreatePod(namespace: \"n\", pod: (metadata: (name: \"p\"), spec: (containers: (name: \"c\")))) }",
    );
    check_fix(
        "unknown-field",
        "F() { return: GetPod(namespace: \"n\", name: \"p\").metdata.name }",
        "F() { return: GetPod(namespace: \"n\", name: \"p\").metadata.name }",
    );
    check_fix(
        "type-mismatch",
        "F() { return: ScaleDeployment(namespace: \"n\", name: \"d\", replicas: \"3\") }",
        "F() { return: ScaleDeployment(namespace: \"n\", name: \"d\", replicas: 3) }",
    );
    check_fix(
        "type-mismatch",
        "F() {\n  s: GetService(namespace: \"n\", name: \"s\")\n  return: CreatePod(namespace: \"n\", pod: (metadata: (name: \"p\"), spec: (subdomain: s, containers: (name: \"c\"))))\n}",
        "F() {\n  s: GetService(namespace: \"n\", name: \"s\")\n  return: CreatePod(namespace: \"n\", pod: (metadata: (name: \"p\"), spec: (subdomain: s.metadata.name, containers: (name: \"c\"))))\n}",
    );
}

#[test]
fn a_field_that_a_function_misspells_is_mended_where_it_is_read() {
    check_fix(
        "unknown-field",
        "F() { return: Range(over: ListPods(namespace: \"n\"), with: f(elem) { return: (emit: elem.metadata.nme) }) }",
        "F() { return: Range(over: ListPods(namespace: \"n\"), with: f(elem) { return: (emit: elem.metadata.name) }) }",
    );
    check_fix(
        "unknown-field",
        "F() { return: g(GetPod(namespace: \"n\", name: \"p\")) }\ng(pod?) { m: pod.metdata, return: m.labels.app }",
        "F() { return: g(GetPod(namespace: \"n\", name: \"p\")) }\ng(pod?) { m: pod.metadata, return: m.labels.app }",
    );
}

#[test]
fn arguments_are_added_as_those_that_are_there() {
    check_fix(
        "missing-argument",
        "F() { return: CreatePod(namespace: \"n\") }",
        "F() { return: CreatePod(namespace: \"n\", pod: ()) }",
    );
    check_fix(
        "missing-argument",
        "F() { return: GetPod() }",
        "F() { return: GetPod(namespace: \"\", name: \"\") }",
    );
    check_fix(
        "missing-field",
        "F() {\n  return: CreateStatefulSet(\n    namespace: \"n\"\n    statefulSet: (\n      spec: (\n        replicas: 3\n      )\n    )\n  )\n}",
        "F() {\n  return: CreateStatefulSet(\n    namespace: \"n\"\n    statefulSet: (\n      spec: (\n        replicas: 3\n        selector: ()\n        template: ()\n      )\n    )\n  )\n}",
    );
}

#[test]
fn arguments_are_removed_with_what_separates_them() {
    let of = |args: &str| format!("F() {{ return: ListPods({args}) }}");
    check_fix("unused-argument", &of("zzz: 1, namespace: \"n\""), &of("namespace: \"n\""));
    check_fix("unused-argument", &of("namespace: \"n\", zzz: 1"), &of("namespace: \"n\""));
    check_fix(
        "unused-argument",
        &of("\n  namespace: \"n\"\n  zzz: 1\n"),
        &of("\n  namespace: \"n\"\n"),
    );
}

#[test]
fn a_mistake_in_what_a_helper_returns_is_told_at_the_caller_with_a_note_in_the_helper() {
    let text = "F() { return: CreatePod(namespace: \"n\", pod: (metadata: (name: \"p\"), spec: spec())) }\nspec() { return: (containrs: (name: \"c\")) }";
    let (found, _) = {
        let all = diagnostics(&database(text), FileId(0));
        let found = all.iter().find(|it| it.code == "unknown-field").unwrap().clone();
        (found, all)
    };
    assert_eq!(&text[found.range], "spec()");
    assert_eq!(&text[found.related[0].range], "containrs");
    assert_eq!(found.related[0].message, "`spec` returns this");
    assert_eq!(fix(text, "unknown-field", 0).1, text.replace("containrs", "containers"));
}

#[test]
fn circles_of_calls_within_and_across_packages_are_inferred_together() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let even = "import \"b\"\neven(n) { return: Branch(if: Equal(n, 0), then: Return[true], else: b.odd[n: Sum(n, -1)]) }";
    let odd = "import \"a\"\nodd(n) { return: Branch(if: Equal(n, 0), then: Return[false], else: a.even[n: Sum(n, -1)]) }\nUse() { return: odd(n: 3).field }";
    db.set_file(FileId(0), "a/a.ko", "a", even.into());
    db.set_file(FileId(1), "b/b.ko", "b", odd.into());
    assert_eq!(diagnostics(&db, FileId(0)).to_vec(), []);
    let errors = diagnostics(&db, FileId(1));
    assert_eq!(errors[0].message, "`field` cannot be selected: this is no structure, of type Bool");
    // A circle without an end has no result, so nothing is wrong with using it.
    let text = "f(n) { return: g(n: n) }\ng(n) { return: f(n: n) }\nh() { return: f(n: 2).x }";
    assert_eq!(diagnostics(&database(text), FileId(0)).to_vec(), []);
}

#[test]
fn moving_a_function_does_not_infer_it_again_and_equal_schemes_spare_the_callers() {
    let log = Arc::new(Mutex::new(Vec::<String>::new()));
    let shared = log.clone();
    let mut db = RootDatabase::with_events(Schema::builtin().clone(), move |event| {
        if let salsa::EventKind::WillExecute { database_key } = event.kind {
            shared.lock().unwrap().push(format!("{database_key:?}"));
        }
    });
    let inferred = |db: &RootDatabase| -> usize {
        log.lock().unwrap().clear();
        let _ = diagnostics(db, FileId(0));
        log.lock().unwrap().iter().filter(|it| it.starts_with("infer(")).count()
    };
    let text = |body: &str| {
        format!("f() {{ return: {body} }}\ng() {{ return: f() }}\nh() {{ return: g() }}")
    };
    db.set_file(FileId(0), "p/main.ko", "p", text("1").into());
    assert_eq!(inferred(&db), 3);
    db.set_file(FileId(0), "p/main.ko", "p", format!("// Moved.\n\n{}", text("1")).into());
    assert_eq!(inferred(&db), 0, "{:?}", log.lock().unwrap());
    db.set_file(FileId(0), "p/main.ko", "p", text("2").into());
    assert_eq!(inferred(&db), 1, "{:?}", log.lock().unwrap());
    db.set_file(FileId(0), "p/main.ko", "p", text("\"x\"").into());
    assert_eq!(inferred(&db), 3, "{:?}", log.lock().unwrap());
}

/// Every field of the objects in an example, misspelt: one error, at the field or at the call of the helper that wrote
/// it, whose fix gives the text back.
#[test]
fn a_misspelt_field_of_an_example_is_found_and_mended() {
    let text = include_str!("../../../examples/cockroachdb/cockroachdb.ko");
    let mut fields = 0;
    for (colon, _) in text.match_indices(": ") {
        let start = text[..colon].rfind(|c: char| !c.is_alphanumeric()).unwrap() + 1;
        let word = &text[start..colon];
        let known = ["metadata", "labels", "spec", "selector", "replicas", "containers", "ports"];
        let known =
            known.into_iter().chain(["containerPort", "httpGet", "volumeMounts", "accessModes"]);
        let line = text[..start].rsplit('\n').next().unwrap();
        if !known.into_iter().any(|it| it == word) || line.contains("//") {
            continue;
        }
        let broken = format!("{}{}{}", &text[..start + 2], &text[start + 3..colon], &text[colon..]);
        let all = diagnostics(&database(&broken), FileId(0));
        // An argument of a function of the example itself is not a field.
        if all.iter().any(|it| it.code == "unused-argument") {
            continue;
        }
        assert_eq!(all.len(), 1, "{word}: {all:?}");
        assert_eq!(fix(&broken, "unknown-field", 0).1, text, "{word}");
        fields += 1;
    }
    assert!(fields > 30, "{fields}");
}

/// Each diagnostic with its related places: `severity code at text` and `  text: message` for each place.
fn told(text: &str) -> String {
    let mut out = String::new();
    for it in diagnostics(&database(text), FileId(0)).iter().filter(|it| it.code != "unused-step") {
        out.push_str(&format!("{} at `{}`: {}\n", it.code, &text[it.range], it.message));
        for related in &it.related {
            let line = text[..usize::from(related.range.start())].matches('\n').count() + 1;
            let place = text[related.range].replace('\n', " ");
            out.push_str(&format!("  {line} `{place}`: {}\n", related.message));
        }
    }
    out
}

#[test]
fn both_who_gives_a_value_and_who_takes_it_are_shown() {
    let text = "F(sure) {
  number: Sum(1, 2)
  a: wait(seconds: number, name: \"x\")
  b: wait(seconds: helper(), name: 5)
  c: number.field
  d: number(1)
  e: wait[name: \"y\"]
  f: e(name: \"z\", seconds: \"1m\")
  words: (\"a\", \"b\")
  g: (words, 3)
  h: words.first
  i: CreateDeployment(namespace: \"n\", deployment: (metadata: (name: \"d\"), spec: (replicas: many, template: (), selector: ())))
  many: 5000000000
  return: outer(pod: (spec: (containers: number)))
}
helper() { return: Len(\"x\") }
wait(seconds, name) {
  return: CreateConfigMap(namespace: \"n\", configMap: (metadata: (name: name), data: (k: seconds)))
}
outer(pod) { return: inner(p: pod) }
inner(p) { return: p.spec.containers.name }";
    expect_test::expect![[r#"
        unused-parameter at `sure`: nobody reads the parameter `sure`: what calls give it is ignored. Remove it; a name that ends with `_` says that this is meant
        type-mismatch at `number`: `seconds` takes String, not Int64
          2 `Sum(1, 2)`: this is Int64
          18 `seconds`: `wait` uses `seconds` here
        type-mismatch at `helper()`: `seconds` takes String, not Int64
          16 `Len("x")`: `helper` returns this
          18 `seconds`: `wait` uses `seconds` here
        type-mismatch at `5`: `name` takes String, not Int64
          18 `name`: `wait` uses `name` here
        not-selectable at `field`: `field` cannot be selected: this is no structure, of type Int64
          2 `Sum(1, 2)`: this is Int64
        not-callable at `number`: only functions can be called; this is Int64
          2 `Sum(1, 2)`: this is Int64
        duplicate-argument at `name`: the argument `name` is attached already
          7 `name`: it is attached here
        mixed-sequence at `3`: Int64 and String cannot be elements of one sequence; a labelled structure `(a: …, b: …)` can hold both
          10 `words`: this is String
        not-selectable at `first`: `first` cannot be selected: this is a sequence, of type (String)
          9 `("a", "b")`: this is (String)
        out-of-range at `many`: `deployment.spec.replicas`: 5000000000 does not fit Int32 (-2147483648 to 2147483647)
          13 `5000000000`: it is written here
        type-mismatch at `number`: `pod.spec.containers` takes a structure, not Int64
          2 `Sum(1, 2)`: this is Int64
          20 `pod`: `outer` uses `pod` here
    "#]].assert_eq(&told(text));
}

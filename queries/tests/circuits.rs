//! What functions are lowered to.

#![allow(clippy::unwrap_used)]

mod common;

use common::{circuit, database_of, key};
use expect_test::expect;
use ko_queries::{FileId, circuit::StepId, lower};

#[test]
fn the_worked_example_of_the_specification() {
    // Specification §4; references take no steps, and calls take one.
    let text = "
F(x?, y) {
  g: G(x: x, y: y)
  ignored: Show(g)
  return: (left: g, right: Sum(g.n, 1)).right
}
G(x, y) { return: (n: x) }";
    expect![[r#"
        p.F(x?, y)
          0 = param 0
          1 = param 1
          2 = function p.G
          3 g = 2(x: 0, y: 1)
          4 = builtin Show
          5 ignored = 4(3)
          6 = join
          7 = builtin Sum
          8 = 3.n
          9 = 1
          10 = 7(8, 9)
          11 = 6(left: 3, right: 10)
          12 return = 11.right
    "#]]
    .assert_eq(&circuit(text));
}

#[test]
fn labels_may_come_later_and_the_first_ready_step_runs_first() {
    let text = "F() { return: a, a: Sum(b, 1), b: Len(c), c: (1, 2), d: Show(3) }";
    expect![[r#"
        p.F()
          0 = builtin Sum
          1 = 1
          2 return = 0(4, 1)
          3 = builtin Len
          4 b = 3(8)
          5 = join
          6 = 1
          7 = 2
          8 c = 5(6, 7)
          9 = builtin Show
          10 = 3
          11 d = 9(10)
          a = 2
          order 0 1 3 5 6 7 8 4 2 9 10 11
    "#]]
    .assert_eq(&circuit(text));
}

#[test]
fn chains_selections_and_augmentations() {
    let text =
        "F(x) { return: G[a: x](b: -1.5).c.d[](\"é\\xff\", true).e, h: f(x) { return: x }[][1] }
G() { return: true() }";
    expect![[r#"
        p.F(x)
          0 = param 0
          1 = function p.G
          2 = 1[a: 0]
          3 = -1.5
          4 = 2(b: 3)
          5 = 4.c.d
          6 = "é�"
          7 = true
          8 = 5(6, 7)
          9 return = 8.e
          10 = function p.f
          11 = 1
          12 h = 10[11]
    "#]]
    .assert_eq(&circuit(text));
}

#[test]
fn empty_brackets() {
    expect![[r#"
        p.F()
          0 return = join
          1 = join
          2 a = 1()
          3 b = builtin Sum
    "#]]
    .assert_eq(&circuit("F() { return: [], a: (), b: Sum[] }"));
}

#[test]
fn arguments_hide_labels_hide_functions() {
    let text = "F(x, G) { x: 1, a: x, b: G.y, Sum: Len, c: Sum(2), return: H(3) }
G() { return: 1 }
H(n?) { return: n }
Sum() { return: 1 }";
    expect![[r#"
        p.F(x, G)
          0 a = param 0
          1 = param 1
          2 x = 1
          3 b = 1.y
          4 Sum = builtin Len
          5 = 2
          6 c = 4(5)
          7 = function p.H
          8 = 3
          9 return = 7(8)
    "#]]
    .assert_eq(&circuit(text));
}

#[test]
fn functions_of_the_package_hide_idioms_hide_builtins() {
    let text = "F() { a: Len, b: Return, c: Pick, d: CreateNamespace, e: Inc, return: 1 }
Return() { return: 2 }";
    let text = circuit(text);
    assert!(text.contains("a = builtin Len"), "{text}");
    assert!(text.contains("b = function p.Return"), "{text}");
    assert!(text.contains("c = function idiom.Pick"), "{text}");
    assert!(text.contains("d = gate "), "{text}");
    assert!(text.contains("e = function idiom.Inc"), "{text}");
}

#[test]
fn imports() {
    let files = [
        (
            "a/f.ko",
            "a",
            "import \"b/c\"\nimport \"integer\" as i\nimport \"k8s/apps/v1\" as apps
F() { x: c.G, y: i.Sum, z: apps.CreateDeployment, w: (c: (G: 1)).c.G, return: inner }",
        ),
        ("a/g.ko", "a", "G() { return: inner() { return: 1 } }"),
        ("b/c/g.ko", "b/c", "G() { return: 1 }"),
    ];
    let db = database_of(&files);
    let lowered = lower::lower_key(&db, &key("a", "F")).unwrap();
    let text = lowered.circuit.to_string();
    assert!(text.contains("x = function b/c.G"), "{text}");
    assert!(text.contains("y = builtin integer.Sum"), "{text}");
    assert!(text.contains("z = gate "), "{text}");
    assert!(text.contains("return = function a.inner"), "{text}");
    assert!(!lowered.circuit.has_errors, "{text}");
    assert_eq!(db.package_files("a"), [FileId(0), FileId(1)]);
    assert_eq!(db.packages(), ["a", "b/c"]);
}

#[test]
fn the_source_map_says_where_everything_is() {
    let text = "F(x?, y) { a: x.b(k: y, k: a2), a2: 1, return: a }";
    let db = common::database(text);
    let lowered = lower::lower_key(&db, &key("p", "F")).unwrap();
    let at =
        |range: &text_size::TextRange| &text[usize::from(range.start())..usize::from(range.end())];
    let map = &lowered.source_map;
    let steps: Vec<_> = map.steps.iter().map(at).collect();
    assert_eq!(steps, ["x?", "y", "x.b", "x.b(k: y, k: a2)", "1"]);
    assert_eq!(map.params.iter().map(at).collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(map.labels.iter().map(at).collect::<Vec<_>>(), ["a", "a2", "return"]);
    assert_eq!(map.args.of(StepId(3)).iter().map(at).collect::<Vec<_>>(), ["k", "k"]);
    let references: Vec<_> = map.references.iter().map(|(range, id)| (at(range), id.0)).collect();
    assert_eq!(references, [("x", 0), ("y", 1), ("a2", 4), ("a", 3)]);
    assert_eq!(at(&map.name), "F");
    assert_eq!(at(&map.function), text);
}

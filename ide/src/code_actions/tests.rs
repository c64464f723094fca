//! Every action on small programs: what is offered, what becomes of the text, and what is refused and why.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::{FileId, fixture::Fixture};

/// The actions of a kind at the mark or between the two marks, each with the text that it makes; `$0` marks where a new
/// name is to be chosen.
fn check(kind: Kind, text: &str, expect: Expect) {
    expect.assert_eq(&shown(&Fixture::new(text), kind));
}

fn shown(fixture: &Fixture, kind: Kind) -> String {
    let at = fixture.selected();
    let mut shown = String::new();
    for action in code_actions(&fixture.db, at, &|it| it == kind) {
        let action = resolve_code_action(&fixture.db, at, &action.id).unwrap();
        let preferred = if action.preferred { " (preferred)" } else { "" };
        let code = action.diagnostic.map(|it| format!(" [{it}]")).unwrap_or_default();
        let _ = writeln!(shown, "{}{code}{preferred}", action.title);
        if let Some(reason) = &action.refused {
            let _ = writeln!(shown, "  refused: {reason}");
            continue;
        }
        let mut files: Vec<FileId> = Vec::new();
        let edits = action.edits.unwrap();
        edits.iter().for_each(|it| {
            if !files.contains(&it.file) {
                files.push(it.file)
            }
        });
        for file in files {
            let mut text = fixture.db.text(file).unwrap().to_string();
            for edit in edits.iter().rev().filter(|it| it.file == file) {
                text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
            }
            if let Some(place) = action.rename.filter(|it| it.file == file) {
                text.insert_str(place.offset.into(), "$0");
            }
            if file != fixture.file {
                let _ = writeln!(shown, "  in {}", fixture.db.path(file).unwrap());
            }
            text.lines().for_each(|line| {
                let _ = writeln!(shown, "{}", format!("  {line}").trim_end());
            });
        }
    }
    shown
}

#[test]
fn a_misspelt_name() {
    check(
        Kind::QuickFix,
        "F(x) { return: Lenn$0(x) }",
        expect![[r#"
            Change to `Len` [unknown-name] (preferred)
              F(x) { return: Len(x) }
            Create function `Lenn` [unknown-name]
              F(x) { return: Lenn(x) }

              Lenn(x?) {
              	return: Placeholder()
              }
        "#]],
    );
}

#[test]
fn a_misspelt_field_of_an_object() {
    check(
        Kind::QuickFix,
        "F(n) { return: CreateStatefulSet(namespace: n, statefulSet: (spec: (podManagmentPol$0icy: \"Parallel\"))) }",
        expect![[r#"
            Change to `podManagementPolicy` [unknown-field] (preferred)
              F(n) { return: CreateStatefulSet(namespace: n, statefulSet: (spec: (podManagementPolicy: "Parallel"))) }
        "#]],
    );
}

#[test]
fn typographic_quotes_are_mended_once_for_the_whole_file() {
    check(
        Kind::QuickFix,
        "F() { a: “x$0”, return: “y” }",
        expect![[r#"
        Set straight quotes in the whole file [typographic-quotes] (preferred)
          F() { a: "x", return: "y" }
    "#]],
    );
}

#[test]
fn nothing_to_mend() {
    check(Kind::QuickFix, "F(x) { return: Le$0n(x) }", expect![[""]]);
    check(Kind::QuickFix, "F(x) { retu$0rn: Len(x), b: Lenn(x) }", expect![[""]]);
}

#[test]
fn a_function_that_is_not_there() {
    check(
        Kind::QuickFix,
        "// About F.\nF(x) {\n\treturn: Nothere$0(name: x, port: 80, _after: x)\n} // F\n\nG() {\n\treturn: 1\n}\n",
        expect![[r#"
            Create function `Nothere` [unknown-name]
              // About F.
              F(x) {
              	return: Nothere(name: x, port: 80, _after: x)
              } // F

              Nothere(name, port) {
              	return: Placeholder()
              }

              G() {
              	return: 1
              }
        "#]],
    );
    check(
        Kind::QuickFix,
        "F(x) { return: nothere$0(x.size) }",
        expect![[r#"
            Create function `nothere` [unknown-name]
              F(x) { return: nothere(x.size) }

              nothere(size?) {
              	return: Placeholder()
              }
        "#]],
    );
    check(
        Kind::QuickFix,
        "F() { return: nothere$0() }",
        expect![[r#"
            Create function `nothere` [unknown-name]
              F() { return: nothere() }

              nothere() {
              	return: Placeholder()
              }
        "#]],
    );
    let other = [("lib/text", "text.ko", "Old() { return: 1 }\n")];
    let text = "import \"lib/text\"\nF(x) { return: text.New$0(x: x) }\n";
    let shown = shown(&Fixture::with(text, &other), Kind::QuickFix);
    expect![[r#"
        Create function `New` [unknown-function]
          in lib/text/text.ko
          Old() { return: 1 }

          New(x) {
          	return: Placeholder()
          }
    "#]]
    .assert_eq(&shown);
}

#[test]
fn extract_a_step() {
    check(
        Kind::Extract,
        "F(ns) {\n\t// The answer.\n\treturn: Len($0ListPods(namespace: ns)$0)\n}\n",
        expect![[r#"
            Extract into step `pods`
              F(ns) {
              	$0pods: ListPods(namespace: ns)
              	// The answer.
              	return: Len(pods)
              }
            Extract into function `pods`
              F(ns) {
              	// The answer.
              	return: Len($0pods(ns: ns))
              }
  
              pods(ns) {
              	return: ListPods(namespace: ns)
              }
        "#]],
    );
    // In one line, and with a name that is taken.
    check(
        Kind::Extract,
        "F(len) { return: (n: Sum(1, Le$0n(len))) }",
        expect![[r#"
        Extract into step `len2`
          F(len) { $0len2: Len(len), return: (n: Sum(1, len2)) }
        Extract into function `len2`
          F(len) { return: (n: Sum(1, $0len2(len: len))) }
  
          len2(len) {
          	return: Len(len)
          }
    "#]],
    );
    // Inside an inline function, the step is its.
    check(
        Kind::Extract,
        "F(all) {\n\treturn: Range(\n\t\tover: all\n\t\twith: each(elem) { return: (emit: Sum($0elem.size$0, 1)) }\n\t)\n}\n",
        expect![[r#"
            Extract into step `size`
              F(all) {
              	return: Range(
              		over: all
              		with: each(elem) { $0size: elem.size, return: (emit: Sum(size, 1)) }
              	)
              }
        "#]],
    );
    // Over several lines, with a raw string.
    check(
        Kind::Extract,
        "F(ns) {\n\treturn: (\n\t\tobject: $0(\n\t\t\ta: 1 // one\n\t\t\tb: `x\n\t\t\ty`\n\t\t)$0\n\t)\n}\n",
        expect![[r#"
            Extract into step `object`
              F(ns) {
              	$0object: (
              		a: 1 // one
              		b: `x
              			y`
              	)
              	return: (
              		object: object
              	)
              }
            Extract into function `object`
              F(ns) {
              	return: (
              		object: $0object()
              	)
              }
  
              object() {
              	return: (
              		a: 1 // one
              		b: `x
              			y`
              	)
              }
        "#]],
    );
}

#[test]
fn extract_what_is_there_twice() {
    check(
        Kind::Extract,
        "F(p) {\n\tname: Sum($0p.spec.size$0, 1)\n\treturn: (name, p.spec.size)\n}\n",
        expect![[r#"
            Extract into step `size`
              F(p) {
              	$0size: p.spec.size
              	name: Sum(size, 1)
              	return: (name, p.spec.size)
              }
            Extract into step `size` (2 times)
              F(p) {
              	$0size: p.spec.size
              	name: Sum(size, 1)
              	return: (name, size)
              }
        "#]],
    );
}

#[test]
fn what_would_change_the_order_is_not_extracted() {
    check(
        Kind::Extract,
        "F(a, b) {\n\treturn: (first: Show(a), second: Sh$0ow(b))\n}\n",
        expect![[r#"
            Extract into step `show`
              refused: `Show(b)` cannot be a step before the others: `Show(a)` would run at another time or not as often
            Extract into function `show`
              F(a, b) {
              	return: (first: Show(a), second: $0show(b: b))
              }
  
              show(b) {
              	return: Show(b)
              }
        "#]],
    );
    // What computes only may run at any time.
    check(
        Kind::Extract,
        "F(a, b) {\n\treturn: (first: Show(a), second: Le$0n(b))\n}\n",
        expect![[r#"
        Extract into step `len`
          F(a, b) {
          	$0len: Len(b)
          	return: (first: Show(a), second: len)
          }
        Extract into function `len`
          F(a, b) {
          	return: (first: Show(a), second: $0len(b: b))
          }
  
          len(b) {
          	return: Len(b)
          }
    "#]],
    );
    // A parameter may do anything.
    check(
        Kind::Extract,
        "F(f, g) {\n\treturn: (first: f(), second: g$0())\n}\n",
        expect![[r#"
        Extract into step `g2`
          refused: `g()` cannot be a step before the others: `f()` would run at another time or not as often
        Extract into function `g2`
          F(f, g) {
          	return: (first: f(), second: $0g2(g: g))
          }
  
          g2(g) {
          	return: g()
          }
    "#]],
    );
}

#[test]
fn names_and_whole_steps_are_not_extracted() {
    check(Kind::Extract, "F(a) { return: (x: $0a$0) }", expect![[""]]);
    check(
        Kind::Extract,
        "import \"strings\"\nF(a) { return: ($0strings.Join$0)(a) }",
        expect![[""]],
    );
    check(
        Kind::Extract,
        "F(a) { b: $0Len(a)$0, return: b }",
        expect![[r#"
        Extract into function `b2`
          F(a) { b: $0b2(a: a), return: b }
  
          b2(a) {
          	return: Len(a)
          }
    "#]],
    );
}

#[test]
fn extract_a_function() {
    check(
        Kind::Extract,
        "F(a, b) {\n\tsum: Sum(1, b)\n\treturn: (x: $0Prod(Sum(a, sum), 2)$0)\n}\n\nG() {\n\treturn: 1\n}\n",
        expect![[r#"
            Extract into step `prod`
              F(a, b) {
              	sum: Sum(1, b)
              	$0prod: Prod(Sum(a, sum), 2)
              	return: (x: prod)
              }
  
              G() {
              	return: 1
              }
            Extract into function `prod`
              F(a, b) {
              	sum: Sum(1, b)
              	return: (x: $0prod(a: a, sum: sum))
              }
  
              prod(a, sum) {
              	return: Prod(Sum(a, sum), 2)
              }
  
              G() {
              	return: 1
              }
        "#]],
    );
}

#[test]
fn inline_a_step() {
    check(
        Kind::Inline,
        "F(x) {\n\tlen$0: Len(x)\n\treturn: Sum(len, 1)\n}\n",
        expect![[r#"
        Inline step `len`
          F(x) {
          	return: Sum(Len(x), 1)
          }
    "#]],
    );
    check(
        Kind::Inline,
        "F(x) { a: x.b, return: (a$0.c, a.d) }",
        expect![[r#"
        Inline step `a` (2 uses)
          F(x) { return: (x.b.c, x.b.d) }
        Inline step `a` here only
          F(x) { a: x.b, return: (x.b.c, a.d) }
    "#]],
    );
    check(
        Kind::Inline,
        "F(x) { return: (a, 1), a$0: x.b }",
        expect![[r#"
        Inline step `a`
          F(x) { return: (x.b, 1) }
    "#]],
    );
    // Comments stay.
    check(
        Kind::Inline,
        "F(x) {\n\t// How many.\n\tlen$0: Len(x) // of x\n\n\treturn: Sum(len, 1)\n}\n",
        expect![[r#"
            Inline step `len`
              F(x) {
              	// How many.
              	// of x
  
              	return: Sum(Len(x), 1)
              }
        "#]],
    );
    check(
        Kind::Inline,
        "F(x) {\n\tobject$0: (\n\t\ta: 1\n\t\tb: x\n\t)\n\treturn: (\n\t\tspec: (\n\t\t\tobject: object\n\t\t)\n\t)\n}\n",
        expect![[r#"
            Inline step `object`
              F(x) {
              	return: (
              		spec: (
              			object: (
              				a: 1
              				b: x
              			)
              		)
              	)
              }
        "#]],
    );
}

#[test]
fn what_would_run_twice_or_at_another_time_is_not_inlined() {
    check(
        Kind::Inline,
        "F(x) { s$0: Show(x), return: (s, s) }",
        expect![[r#"
        Inline step `s` (2 uses)
          refused: `s` does something that can be observed and is used 2 times: it would run more than once
    "#]],
    );
    check(
        Kind::Inline,
        "F(x) { s: Show(x), return: (s, $0s) }",
        expect![[r#"
        Inline step `s` (2 uses)
          refused: `s` does something that can be observed and is used 2 times: it would run more than once
        Inline step `s` here only
          refused: `s` does something that can be observed and is used elsewhere too: it would run more than once
    "#]],
    );
    check(
        Kind::Inline,
        "F(x) { s$0: Show(x), t: Show(2), return: (s, t) }",
        expect![[r#"
        Inline step `s`
          refused: `s` cannot be inlined: `Show(x)` would run at another time or not as often
    "#]],
    );
    check(
        Kind::Inline,
        "F(x) { s$0: Len(x), t: Show(2), return: (s, t) }",
        expect![[r#"
        Inline step `s`
          F(x) { t: Show(2), return: (Len(x), t) }
    "#]],
    );
    check(
        Kind::Inline,
        "F() { n$0: Len, return: n.x }",
        expect![[r#"
        Inline step `n`
          refused: `n` cannot be inlined: `Len` is no import, argument or label here
    "#]],
    );
    check(
        Kind::Inline,
        "F() { n$0: 1, return: n.x }",
        expect![[r#"
        Inline step `n`
          refused: `n` cannot be inlined: the result would not be Ko: brackets are needed that Ko does not have
    "#]],
    );
}

#[test]
fn what_nobody_uses_and_results_are_not_inlined() {
    check(Kind::Inline, "F(x) { s$0: Len(x), return: x }", expect![[""]]);
    check(Kind::Inline, "F(x) { return$0: x }", expect![[""]]);
    check(Kind::Inline, "F(x) { x: Len(1), return: x$0 }", expect![[""]]);
}

#[test]
fn arguments_get_and_lose_their_names() {
    check(
        Kind::Rewrite,
        "G(size?, unit) { return: (size, unit) }\nF(x) { return: G$0(x) }",
        expect![[r#"
        Name the argument `size`
          G(size?, unit) { return: (size, unit) }
          F(x) { return: G(size: x) }
        Run the steps of `G` at the same time, with `Parallel`
          G(size?, unit) { return: (size, unit) }
          F(x) { return: Parallel(G[x]) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "F(x) { return: Sum(1, $0x) }",
        expect![[r#"
        Name the arguments `value`
          F(x) { return: Sum(value: 1, value: x) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "F(x) { return: Len(val$0ue: x) }",
        expect![[r#"
        Pass `value` without its name
          F(x) { return: Len(x) }
    "#]],
    );
    // Nothing takes an argument without a name; a structure has no names to give.
    check(Kind::Rewrite, "F(x) { return: Show$0(x) }\nG(x) { return: (x) }", expect![[""]]);
    check(Kind::Rewrite, "F(x) { return: ($0x) }", expect![[""]]);
}

#[test]
fn a_step_is_ordered_after_another() {
    check(
        Kind::Rewrite,
        "F(ns) {\n\tgone: DeletePods(namespace: ns, pods: ListPods(namespace: ns))\n\tmade$0: CreateConfigMap(\n\t\tnamespace: ns\n\t\tconfigMap: (metadata: (name: \"a\")) // the map\n\t)\n\tshown: Show(made)\n\treturn: 1\n}\n",
        expect![[r#"
            Run `CreateConfigMap` after `gone`
              F(ns) {
              	gone: DeletePods(namespace: ns, pods: ListPods(namespace: ns))
              	made: CreateConfigMap(
              		namespace: ns
              		configMap: (metadata: (name: "a")) // the map
              		_after: gone
              	)
              	shown: Show(made)
              	return: 1
              }
        "#]],
    );
    check(
        Kind::Rewrite,
        "G(x?) { return: Show(x) }\nF() { a: Show(1), b$0: G(2), c: G(b), return: 3 }",
        expect![[r#"
        Run `G` after `a`
          G(x?) { return: Show(x) }
          F() { a: Show(1), b: G(x: 2, _after: a), c: G(b), return: 3 }
    "#]],
    );
}

#[test]
fn steps_at_the_same_time() {
    check(
        Kind::Rewrite,
        "G(a) { return: a }\nF(x) { return: G$0(a: x) }",
        expect![[r#"
        Run the steps of `G` at the same time, with `Parallel`
          G(a) { return: a }
          F(x) { return: Parallel(G[a: x]) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nF() { return: G$0().x }",
        expect![[r#"
        Run the steps of `G` at the same time, with `Parallel`
          G() { return: 1 }
          F() { return: Parallel(G).x }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G(a) { return: a }\nF(x) { return: Parallel(G$0[a: x]) }",
        expect![[r#"
        Name the argument `value`
          G(a) { return: a }
          F(x) { return: Parallel(value: G[a: x]) }
        Run the steps one by one, without `Parallel`
          G(a) { return: a }
          F(x) { return: G(a: x) }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nF() { return: Parallel(G$0) }",
        expect![[r#"
        Name the argument `value`
          G() { return: 1 }
          F() { return: Parallel(value: G) }
        Run the steps one by one, without `Parallel`
          G() { return: 1 }
          F() { return: G() }
    "#]],
    );
    check(
        Kind::Rewrite,
        "G() { return: 1 }\nParallel(x?) { return: x }\nF() { return: G$0() }",
        expect![[""]],
    );
}

#[test]
fn imports_in_order() {
    check(
        Kind::OrganizeImports,
        "// About the file.\nimport \"strings\" // text\nimport \"encoding/json\"\nimport \"time\" // unused\n// numbers\nimport \"integer\"\nimport \"integer\"\n\nF$0(x) {\n\treturn: (strings.Join(x), json.Marshal(x), integer.Sum(1, 2))\n}\n",
        expect![[r#"
            Organise imports
              import "encoding/json"
              // numbers
              import "integer"
              // About the file.
              import "strings" // text
  
              F(x) {
              	return: (strings.Join(x), json.Marshal(x), integer.Sum(1, 2))
              }
        "#]],
    );
    // An argument of that name is no use of the import.
    check(
        Kind::OrganizeImports,
        "import \"time\"\n\nF$0(time) {\n\treturn: time.x\n}\n",
        expect![[r#"
            Organise imports
              F(time) {
              	return: time.x
              }
        "#]],
    );
    check(
        Kind::OrganizeImports,
        "import \"time\"\n\nF$0( {\n\treturn: 1\n}\n",
        expect![[r#"
        Organise imports
    "#]],
    );
}

#[test]
fn all_mistakes_of_syntax() {
    check(
        Kind::FixAll,
        "F$0(x) {\n\ta = “b”\n\treturn: (a: x b: 2, c: 'q')\n}\n",
        expect![[r#"
        Fix all mistakes of syntax that have one fix
          F(x) {
          	a: "b"
          	return: (a: x, b: 2, c: "q")
          }
    "#]],
    );
}

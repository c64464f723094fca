//! Values become steps and functions.

use expect_test::expect;

use super::{super::Kind, check};

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

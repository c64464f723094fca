//! Values take the place of their names.

use expect_test::expect;

use super::{super::Kind, check};

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

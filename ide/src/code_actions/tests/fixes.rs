//! Quick fixes, and functions that are created.

use expect_test::expect;

use super::{super::Kind, check, shown};
use crate::fixture::Fixture;

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

//! What is done for a whole file: imports in order, all certain fixes.

use expect_test::expect;

use super::{super::Kind, check};

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
            Fix all that has one certain fix
              F(x) {
              	a: "b"
              	return: (a: x, b: 2, c: "q")
              }
        "#]],
    );
}

#[test]
fn certain_fixes_are_made_at_once_and_guesses_are_not() {
    check(
        Kind::FixAll,
        "import \"strings\"\nimport \"integer\"\n\nF(x) {\n  a: Lenn(x)\n  b: integer.FormatInt46(a)\n  c: Sm(1, 2)\n  return: (Foo(b), c$0)\n}\n",
        expect![[r#"
            Fix all that has one certain fix
              import "integer"

              F(x) {
                a: Len(x)
                b: integer.FormatInt46(a)
                c: Sum(1, 2)
                return: (Foo(b), c)
              }
        "#]],
    );
}

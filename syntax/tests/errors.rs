//! What mistakes are told, snapshot by snapshot: one mistake, one error, at the exact place, with a fix where one is
//! certain.
#![allow(clippy::unwrap_used)]

mod common;

use expect_test::{Expect, expect};

fn check(texts: &[&str], expected: Expect) {
    let mut out = String::new();
    for text in texts {
        out += &format!("--- {text}\n{}", common::errors(text));
        fixes_leave_fewer_errors(text);
    }
    expected.assert_eq(&out);
}

/// A fix puts its mistake right, and makes no other: what is left was told of before.
fn fixes_leave_fewer_errors(text: &str) {
    let parse = common::check(text);
    for error in parse.errors() {
        for fix in &error.fixes {
            let fixed = common::apply(text, &fix.edits);
            let mut before: Vec<_> =
                parse.errors().iter().map(|it| (it.code, &it.message)).collect();
            let fixed_parse = common::check(&fixed);
            let made = fixed_parse.errors().iter().find(|left| {
                let known = before.iter().position(|it| *it == (left.code, &left.message));
                known.map(|index| before.remove(index)).is_none()
            });
            assert!(
                made.is_none() && !before.is_empty(),
                "the fix `{}` of {text:?} gives {fixed:?}:\n{}",
                fix.title,
                common::errors(&fixed)
            );
        }
    }
}

/// The fix of the whole file leaves no typographic quote that delimits a string, and the strings what they were.
#[test]
fn straight_quotes_in_the_whole_file() {
    let text = "F() { return: (“a”, ‘it’s’, “say \"hi\" \\\"ho\\\"”, \"“kept”\", “mixed\") }";
    let parse = common::check(text);
    let fix =
        parse.errors().iter().flat_map(|error| &error.fixes).find(|fix| fix.whole_file).unwrap();
    let fixed = common::apply(text, &fix.edits);
    expect![[r#"F() { return: ("a", "it’s", "say \"hi\" \"ho\"", "“kept”", "mixed") }"#]]
        .assert_eq(&fixed);
    assert_eq!(common::errors(&fixed), "");
}

#[test]
fn typographic_quotes() {
    check(
        &[
            "F() {\n  a: “x”\n  b: G(c: ‘don’t’, d: \"é “fine” é\", e: “say \"hi\"”)\n  return: “mixed\"\n}",
            "F() { return: \"mixed” }",
            "import “lib/strings”",
            "F() { return: “open\n}",
        ],
        expect![[r#"
            --- F() {
              a: “x”
              b: G(c: ‘don’t’, d: "é “fine” é", e: “say "hi"”)
              return: “mixed"
            }
            11..18 "“x”" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            29..42 "‘don’t’" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            70..84 "“say \"hi\"”" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            96..105 "“mixed\"" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            --- F() { return: "mixed” }
            14..23 "\"mixed”" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            --- import “lib/strings”
            7..24 "“lib/strings”" typographic-quotes: this string is in typographic quotes; strings are written in straight quotes: `"…"`
              fix: set straight quotes in the whole file
            --- F() { return: “open
            }
            14..21 "“open" unterminated-string: this string has no closing quote on its line, and strings are written in straight quotes: `"…"`
        "#]],
    );
}

#[test]
fn equals() {
    check(
        &["F() {\n  a = 1\n  b := 2\n  c=3\n  return: G(x = 1, y := 2)\n}"],
        expect![[r#"
        --- F() {
          a = 1
          b := 2
          c=3
          return: G(x = 1, y := 2)
        }
        10..11 "=" equals-for-colon: a label is followed by `:`, not by `=`; write `a: `
          fix: replace `=` by `:`
        18..20 ":=" equals-for-colon: a label is followed by `:` alone, not by `:=`; write `b: `
          fix: replace `:=` by `:`
        26..27 "=" equals-for-colon: a label is followed by `:`, not by `=`; write `c: `
          fix: replace `=` by `:`
        43..44 "=" equals-for-colon: a label is followed by `:`, not by `=`; write `x: `
          fix: replace `=` by `:`
        50..52 ":=" equals-for-colon: a label is followed by `:` alone, not by `:=`; write `y: `
          fix: replace `:=` by `:`
    "#]],
    );
}

#[test]
fn missing_separators() {
    check(
        &[
            "F() { return: (1 2) }",
            "F() { return: (1 /* c */ 2) }",
            "F() { return: (a: 1 b: 2) }",
            "F() { a: 1 return: a }",
            "F(a b) { return: a }",
            "F() { return: ((1)(2) \"x\") }",
            "F() { return: (f() { return: 1 } g() { return: 2 }) }",
        ],
        expect![[r#"
            --- F() { return: (1 2) }
            16..17 " " missing-separator: two terms need a separator between them: a line end, `,` or `;`
              fix: insert `,`
            --- F() { return: (1 /* c */ 2) }
            16..25 " /* c */ " missing-separator: two terms need a separator between them: a line end, `,` or `;`
              fix: insert `,`
            --- F() { return: (a: 1 b: 2) }
            19..20 " " missing-separator: two terms need a separator between them: a line end, `,` or `;`
              fix: insert `,`
            --- F() { a: 1 return: a }
            10..11 " " missing-separator: two steps need a separator between them: a line end, `,` or `;`
              fix: insert `;`
            --- F(a b) { return: a }
            3..4 " " missing-separator: two parameters need a separator between them: a line end, `,` or `;`
              fix: insert `,`
            --- F() { return: ((1)(2) "x") }
            21..22 " " missing-separator: two terms need a separator between them: a line end, `,` or `;`
              fix: insert `,`
            --- F() { return: (f() { return: 1 } g() { return: 2 }) }
            32..33 " " missing-separator: two terms need a separator between them: a line end, `,` or `;`
              fix: insert `,`
        "#]],
    );
}

#[test]
fn operators() {
    check(
        &[
            "F(a) { return: a + 1 }",
            "F(a) { return: a +\n}",
            "F(a) { return: (1 -2) }",
            "F(a) { return: -a }",
            "F(a) { return: --1 }",
            "F(a) { return: a == 1 && b }",
            "F(a) { return: !a }",
            "F(a) { return: 1-2 }",
            "F(a) { return: a ? b : c }",
        ],
        expect![[r#"
            --- F(a) { return: a + 1 }
            17..18 "+" operator: Ko has no operators such as `+`; write `Sum(a, b)`
            --- F(a) { return: a +
            }
            17..18 "+" operator: Ko has no operators such as `+`; write `Sum(a, b)`
              fix: remove `+`
            --- F(a) { return: (1 -2) }
            18..19 "-" operator: Ko has no operators such as `-`; write `Sum(a, Negative(b))`
            --- F(a) { return: -a }
            15..16 "-" misplaced-minus: `-` stands only before a number; `Negative(x)` negates any other value
            --- F(a) { return: --1 }
            15..16 "-" misplaced-minus: `-` stands only before a number; `Negative(x)` negates any other value
            --- F(a) { return: a == 1 && b }
            17..19 "==" operator: Ko has no operators such as `==`; write `Equal(a, b)`
            --- F(a) { return: !a }
            15..16 "!" operator: expected a value, found the operator `!`; Ko has no operators
            --- F(a) { return: 1-2 }
            16..17 "-" operator: Ko has no operators such as `-`; write `Sum(a, Negative(b))`
            --- F(a) { return: a ? b : c }
            17..18 "?" unexpected-token: `?` stands only after the name of a parameter
        "#]],
    );
}

#[test]
fn brackets() {
    check(
        &[
            "F() { return: G(1)) }",
            "F() { return: (1, 2] }",
            "F() { return: G(1, 2 }",
            "F() {\n  a: G(1, 2\n  b: 2\n  return: b\n}\n",
            "F() {\n  return: 1\n\nG() {\n  return: 1\n}\n",
            "F() { return: 1",
            "F() { return: G(b: [1",
            "F() {\n  a: 1 }\n  b: 2\n  return: a\n}\nG() { return: 1 }",
            "}\nF() { return: 1 }",
            "F(a { return: a }",
            "F(\n  a\n  b {\n  return: a\n}\nG() { return: 1 }",
        ],
        expect![[r#"
            --- F() { return: G(1)) }
            18..19 ")" stray-bracket: this `)` closes nothing: there is no `(` for it
              fix: remove `)`
            --- F() { return: (1, 2] }
            19..20 "]" mismatched-bracket: this `]` closes the `(` of a list of arguments, which is closed by `)`
              fix: replace `]` by `)`
            --- F() { return: G(1, 2 }
            15..16 "(" unclosed-bracket: this `(` of a list of arguments is never closed by `)`
              fix: insert `)`
            --- F() {
              a: G(1, 2
              b: 2
              return: b
            }

            12..13 "(" unclosed-bracket: this `(` of a list of arguments is never closed by `)`
              fix: insert `)`
            --- F() {
              return: 1

            G() {
              return: 1
            }

            4..5 "{" unclosed-bracket: this `{` of a function's body is never closed by `}`
              fix: insert `}`
            --- F() { return: 1
            4..5 "{" unclosed-bracket: this `{` of a function's body is never closed by `}`
              fix: insert `}`
            --- F() { return: G(b: [1
            19..20 "[" unclosed-bracket: this `[` of an augmentation is never closed by `]`
              fix: insert `])}`
            --- F() {
              a: 1 }
              b: 2
              return: a
            }
            G() { return: 1 }
            13..14 "}" stray-bracket: this `}` closes nothing: there is no `{` for it
              fix: remove `}`
            --- }
            F() { return: 1 }
            0..1 "}" stray-bracket: this `}` closes nothing: there is no `{` for it
              fix: remove `}`
            --- F(a { return: a }
            1..2 "(" unclosed-bracket: this `(` of a parameter list is never closed by `)`
              fix: insert `)`
            --- F(
              a
              b {
              return: a
            }
            G() { return: 1 }
            1..2 "(" unclosed-bracket: this `(` of a parameter list is never closed by `)`
              fix: insert `)`
        "#]],
    );
}

#[test]
fn mixed_terms() {
    check(
        &["F() { return: (a: 1, 2, 3) }", "F() { return: (1, a: 2, b: 3) }"],
        expect![[r#"
        --- F() { return: (a: 1, 2, 3) }
        21..22 "2" mixed-terms: a term without a label in a list with labels: either all terms of a list have labels, or none
        --- F() { return: (1, a: 2, b: 3) }
        18..22 "a: 2" mixed-terms: a term with a label in a list without labels: either all terms of a list have labels, or none
    "#]],
    );
}

#[test]
fn steps() {
    check(
        &[
            "F() { a: 1 }",
            "F() {}",
            "F() { 1 }",
            "F(x) { a: 1, G(x) }",
            "F() { : 1, return: 2 }",
            "F() { return: (: 1) }",
            "F() { a: , return: 1 }",
            "F() {\n  a:\n  return: 1\n}",
            "F() {\n  return:\n    G(1)\n}",
            "F() {\n  return: \n    // c\n    f(x) { return: x }\n}",
            "F() { a F(1), return: a }",
            "F() { a.b: 1, return: 1 }",
            "F() { return: (my-label: 1, app.kubernetes.io/name: \"x\", 1st: 2, 2: 3) }",
            "F(a) { x: G(a)\n  .b\n return: 1 }",
            "F() { \"a\": 1, \"b c\": 2, return: 1 }",
            "F() { return: { a: 1 } }",
            "F() { return: f { return: 1 } }",
            "F() { return: G(1) { a: 2 } }",
            "F() { return: x() { y: 1 } }",
            "F() { return: a.5 }",
            "F() { return: a. }",
            "F() { return: a.\n b }",
            "F() { return: 1.a }",
            "F() { return: 2nd }",
        ],
        expect![[r#"
            --- F() { a: 1 }
            0..1 "F" missing-return: the function `F` has no step `return: …`, which says what it returns
            --- F() {}
            0..1 "F" missing-return: the function `F` has no step `return: …`, which says what it returns
            --- F() { 1 }
            6..7 "1" unlabelled-step: a step has a label: write `name: ` before this value
              fix: return this value
            --- F(x) { a: 1, G(x) }
            13..17 "G(x)" unlabelled-step: a step has a label: write `name: ` before this value
              fix: return this value
            --- F() { : 1, return: 2 }
            6..7 ":" missing-label: missing label before `:`; a step is written `label: value`
            --- F() { return: (: 1) }
            15..16 ":" missing-label: missing label before `:`; a term is written `label: value`
            --- F() { a: , return: 1 }
            7..8 ":" missing-value: missing value after `a:`
            --- F() {
              a:
              return: 1
            }
            9..10 ":" missing-value: missing value after `a:`
            --- F() {
              return:
                G(1)
            }
            20..21 "G" missing-value: the value of `return` has to start on the line of its label
              fix: join the lines
            --- F() {
              return: 
                // c
                f(x) { return: x }
            }
            --- F() { a F(1), return: a }
            7..7 "" missing-colon: missing `:` between the label `a` and its value
              fix: insert `:`
            --- F() { a.b: 1, return: 1 }
            6..9 "a.b" bad-label: a label is a single name, not `a.b`
            --- F() { return: (my-label: 1, app.kubernetes.io/name: "x", 1st: 2, 2: 3) }
            15..23 "my-label" bad-label: a label is a single name, not `my-label`
            28..50 "app.kubernetes.io/name" bad-label: a label is a single name, not `app.kubernetes.io/name`
            57..60 "1st" bad-label: a label is a single name, not `1st`
            65..66 "2" bad-label: a label is a single name, not `2`
            --- F(a) { x: G(a)
              .b
             return: 1 }
            17..18 "." unexpected-token: a selection has to stand on the line of the value it selects from
              fix: join the lines
            --- F() { "a": 1, "b c": 2, return: 1 }
            6..9 "\"a\"" bad-label: a label is a name without quotes
              fix: remove the quotes
            14..19 "\"b c\"" bad-label: a label is a name without quotes
            --- F() { return: { a: 1 } }
            14..15 "{" unexpected-braces: a structure or sequence is written in `(…)`; braces hold the steps of a function
              fix: replace `{…}` by `(…)`
            --- F() { return: f { return: 1 } }
            15..15 "" missing-parameters: expected `(` and the parameters of the function `f` after its name
              fix: insert `()`
            --- F() { return: G(1) { a: 2 } }
            16..17 "1" bad-parameter: expected the name of a parameter, found `1`
            --- F() { return: x() { y: 1 } }
            14..15 "x" missing-return: the function `x` has no step `return: …`, which says what it returns
            --- F() { return: a.5 }
            15..17 ".5" missing-field-name: expected the name of a field after `.`, found the number `.5`
            --- F() { return: a. }
            15..16 "." missing-field-name: expected the name of a field after `.`
            --- F() { return: a.
             b }
            15..16 "." missing-field-name: the name of a field has to stand on the line of the `.` before it
              fix: join the lines
            --- F() { return: 1.a }
            15..17 ".a" bad-number: `1.` is a number, so `a` selects nothing; a space before the `.` ends the number
              fix: insert a space
            --- F() { return: 2nd }
            15..17 "nd" bad-number: `nd` is no part of the number `2`, and a name does not start with a digit
        "#]],
    );
}

#[test]
fn literals() {
    check(
        &[
            "F() { return: (9223372036854775808, -9223372036854775808, 0x1g, 0b2, 1e400, 1e, 1__0) }",
            "F() { return: \"a\\q\\u12\" }",
            "F() { return: ('a', 'it\\'s \"x\"', 'bc) }\n",
            "F() { return: \"abc\n}",
            "F() { return: `abc\n}",
            "F() { return: 1 /* x }",
            "F() { return: G(\"abc)\n}\nH() { return: 1 }",
        ],
        expect![[r#"
            --- F() { return: (9223372036854775808, -9223372036854775808, 0x1g, 0b2, 1e400, 1e, 1__0) }
            15..34 "9223372036854775808" number-overflow: this integer is above the greatest Int64, 9223372036854775807
            61..62 "g" bad-number: `g` is no part of the number `0x1`, and a name does not start with a digit
            66..67 "2" bad-number: `2` is no binary digit
            69..74 "1e400" number-overflow: this number is beyond the greatest Float64, about 1.8e308
            77..78 "e" bad-number: the exponent of this number has no digits
            81..82 "_" bad-number: `_` in a number stands between two digits
            --- F() { return: "a\q\u12" }
            16..18 "\\q" bad-escape: `\q` is no escape; a backslash itself is written `\\`
            18..22 "\\u12" bad-escape: `\u` is followed by exactly four hexadecimal digits
            --- F() { return: ('a', 'it\'s "x"', 'bc) }

            15..18 "'a'" char-literal: strings are written in double quotes: `"…"`
              fix: use double quotes
            20..31 "'it\\'s \"x\"'" char-literal: strings are written in double quotes: `"…"`
              fix: use double quotes
            33..39 "'bc) }" char-literal: strings are written in double quotes: `"…"`
            --- F() { return: "abc
            }
            14..18 "\"abc" unterminated-string: this string has no closing `"` on its line; `\n` stands for a line end within a string
            --- F() { return: `abc
            }
            14..15 "`" unterminated-raw-string: this raw string has no closing backquote
            --- F() { return: 1 /* x }
            16..18 "/*" unterminated-comment: this comment has no closing `*/`, so the rest of the file is part of it
            --- F() { return: G("abc)
            }
            H() { return: 1 }
            16..21 "\"abc)" unterminated-string: this string has no closing `"` on its line; `\n` stands for a line end within a string
        "#]],
    );
}

#[test]
fn characters() {
    check(
        &[
            "F() { return: 1 # x }",
            "F() { return: a$b }",
            "F() { return: \u{a0}1 }",
            "#!/usr/bin/ko\nF() { return: 1 }",
            "F() {\n  @a: 1\n  return: 1\n}",
            "\u{feff}F() { return: 1 }",
            "F() { return: \u{feff}1 }",
        ],
        expect![[r##"
            --- F() { return: 1 # x }
            16..17 "#" unknown-character: `#` has no meaning in Ko
            --- F() { return: a$b }
            15..16 "$" unknown-character: `$` has no meaning in Ko
            --- F() { return:  1 }
            14..16 "\u{a0}" unknown-character: the character U+00A0 has no meaning in Ko
              fix: replace by a space
            --- #!/usr/bin/ko
            F() { return: 1 }
            0..1 "#" unknown-character: `#` has no meaning in Ko
            --- F() {
              @a: 1
              return: 1
            }
            8..9 "@" unknown-character: `@` has no meaning in Ko
            --- ﻿F() { return: 1 }
            --- F() { return: ﻿1 }
            14..17 "\u{feff}" unknown-character: the character U+FEFF has no meaning in Ko
              fix: replace by a space
        "##]],
    );
}

#[test]
fn functions() {
    check(
        &[
            "F() \n{ return: 1 }",
            "F()\n  a: 1\n  return: a\n}\nG() { return: 1 }",
            "F()",
            "F() return: 1 }",
            "(x) { return: x }",
            "F x?) { return: x }\nG() { return: 1 }",
            "F { return: 1 }",
            "F(a?, b?) { return: a }",
            "F(a??) { return: a }",
            "F(a: Int, b = 2, c.d, 1) { return: a }",
            "a: 1\nF() { return: 1 }",
            "func F() { return: 1 }",
            "1 + 2",
        ],
        expect![[r#"
            --- F() 
            { return: 1 }
            5..6 "{" missing-body: the `{` of the function `F` has to stand on the same line as the `)` before it
              fix: move `{` behind `)`
            --- F()
              a: 1
              return: a
            }
            G() { return: 1 }
            3..3 "" missing-body: expected `{` and the steps of the function `F` after its parameters
              fix: insert `{`
            --- F()
            3..3 "" missing-body: expected `{` and the steps of the function `F` after its parameters
            --- F() return: 1 }
            3..3 "" missing-body: expected `{` and the steps of the function `F` after its parameters
              fix: insert `{`
            --- (x) { return: x }
            0..0 "" missing-function-name: this function has no name: write one before `(`
            --- F x?) { return: x }
            G() { return: 1 }
            1..1 "" missing-parameters: expected `(` and the parameters of the function `F` after its name
              fix: insert `(`
            --- F { return: 1 }
            1..1 "" missing-parameters: expected `(` and the parameters of the function `F` after its name
              fix: insert `()`
            --- F(a?, b?) { return: a }
            7..8 "?" duplicate-monadic: only one parameter takes `?`, which marks the one that an unlabelled argument is for
              fix: remove `?`
            --- F(a??) { return: a }
            4..5 "?" duplicate-monadic: one `?` is enough to mark a parameter
              fix: remove `?`
            --- F(a: Int, b = 2, c.d, 1) { return: a }
            3..4 ":" bad-parameter: a parameter is only a name: Ko declares no types and no default values
            12..13 "=" bad-parameter: a parameter is only a name: Ko has no default values; `Pick(either: …, or: …)` chooses one in the body
            18..19 "." bad-parameter: a parameter is a single name, without `.`
            22..23 "1" bad-parameter: expected the name of a parameter, found `1`
            --- a: 1
            F() { return: 1 }
            0..1 "a" unexpected-item: the step `a` stands outside of any function; perhaps a `}` before it is too many
            --- func F() { return: 1 }
            0..4 "func" unexpected-item: a function starts with its own name, without a word such as `func` before it
              fix: remove `func`
            --- 1 + 2
            0..1 "1" unexpected-item: expected an import or a function, found `1`
        "#]],
    );
}

#[test]
fn imports() {
    check(
        &[
            "import \"a\" import \"b\" as c",
            "import \"a\" as\nF() { return: 1 }",
            "import lib/strings",
            "import",
            "import \"a\" \"b\"",
            "import \"a\\q\"",
            "import(x) { return: x }",
            "use: 1",
        ],
        expect![[r#"
            --- import "a" import "b" as c
            --- import "a" as
            F() { return: 1 }
            11..13 "as" bad-import: expected a name after `as`, by which this file calls the package
            --- import lib/strings
            7..18 "lib/strings" bad-import: expected the path of a package in quotes after `import`, as in `import "lib/strings"`
              fix: put the path in quotes
            --- import
            6..6 "" bad-import: expected the path of a package in quotes after `import`, as in `import "lib/strings"`
            --- import "a" "b"
            11..14 "\"b\"" unexpected-item: expected an import or a function, found a string
            --- import "a\q"
            9..11 "\\q" bad-escape: `\q` is no escape; a backslash itself is written `\\`
            --- import(x) { return: x }
            --- use: 1
            0..3 "use" unexpected-item: the step `use` stands outside of any function; perhaps a `}` before it is too many
        "#]],
    );
}

/// Brackets that are missing where only the other one of the pair tells.
#[test]
fn missing_openers() {
    check(
        &[
            "F() {\n  return: Merge\n    A()\n    B()\n  )\n}",
            "F() { return: G x: 1, y: 2) }",
            "F() { return: G x: 1] }",
            "F() {\n  return: G(\n    with: f x?) { return: x }\n  )\n}",
            "F() {\n  return: G(\n    with: f(x?)\n      return: x\n    }\n  )\n}",
            "F() {\n  return:\n    a: 1\n    b: 2\n  )\n}",
            "F() { return: G(f(x?)) }",
        ],
        expect![[r#"
            --- F() {
              return: Merge
                A()
                B()
              )
            }
            21..21 "" missing-opening-bracket: expected `(` here, before the arguments that end with `)`
              fix: insert `(`
            --- F() { return: G x: 1, y: 2) }
            15..15 "" missing-opening-bracket: expected `(` here, before the arguments that end with `)`
              fix: insert `(`
            --- F() { return: G x: 1] }
            15..15 "" missing-opening-bracket: expected `[` here, before the arguments that end with `]`
              fix: insert `[`
            --- F() {
              return: G(
                with: f x?) { return: x }
              )
            }
            30..30 "" missing-parameters: expected `(` and the parameters of the function `f` after its name
              fix: insert `(`
            --- F() {
              return: G(
                with: f(x?)
                  return: x
                }
              )
            }
            34..34 "" missing-body: expected `{` and the steps of the function `f` after its parameters
              fix: insert `{`
            --- F() {
              return:
                a: 1
                b: 2
              )
            }
            15..15 "" missing-opening-bracket: expected `(` here, before the arguments that end with `)`
              fix: insert `(`
            --- F() { return: G(f(x?)) }
            21..21 "" missing-body: expected `{` and the steps of the function `f` after its parameters
        "#]],
    );
}

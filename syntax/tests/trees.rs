//! What trees look like, snapshot by snapshot, and what the typed view makes of them.
#![allow(clippy::unwrap_used)]

mod common;

use expect_test::{Expect, expect};
use ko_syntax::{
    LiteralValue, algo,
    ast::{AstNode, Expr, LabelledTerm, Term},
};

fn check(text: &str, expected: Expect) {
    let parse = common::check(text);
    assert!(parse.errors().is_empty(), "{}", common::errors(text));
    expected.assert_eq(&format!("{:#?}", parse.syntax_node()));
}

/// The first value in the body of the first function.
fn first_value(text: &str) -> Expr {
    let file = common::check(text).source_file();
    file.functions().next().unwrap().body().unwrap().steps().next().unwrap().value().unwrap()
}

#[test]
fn import() {
    check(
        "import \"a/b\" as c // d\n",
        expect![[r#"
        SOURCE_FILE@0..23
          IMPORT@0..17
            IDENT@0..6 "import"
            WHITESPACE@6..7 " "
            STRING@7..12 "\"a/b\""
            WHITESPACE@12..13 " "
            IDENT@13..15 "as"
            WHITESPACE@15..16 " "
            IDENT@16..17 "c"
          WHITESPACE@17..18 " "
          LINE_COMMENT@18..22 "// d"
          NEWLINE@22..23 "\n"
    "#]],
    );
}

#[test]
fn function() {
    check(
        "F(a?, b) {\n  x: 1\n}".replace("x", "return").as_str(),
        expect![[r#"
        SOURCE_FILE@0..24
          FUNCTION@0..24
            IDENT@0..1 "F"
            PARAM_LIST@1..8
              L_PAREN@1..2 "("
              PARAM@2..4
                IDENT@2..3 "a"
                QUESTION@3..4 "?"
              COMMA@4..5 ","
              WHITESPACE@5..6 " "
              PARAM@6..7
                IDENT@6..7 "b"
              R_PAREN@7..8 ")"
            WHITESPACE@8..9 " "
            BODY@9..24
              L_BRACE@9..10 "{"
              NEWLINE@10..11 "\n"
              WHITESPACE@11..13 "  "
              LABELLED_TERM@13..22
                IDENT@13..19 "return"
                COLON@19..20 ":"
                WHITESPACE@20..21 " "
                LITERAL@21..22
                  INT@21..22 "1"
              NEWLINE@22..23 "\n"
              R_BRACE@23..24 "}"
    "#]],
    );
}

#[test]
fn chain() {
    check(
        "F() { return: G(x) [y: - 1].z.w }",
        expect![[r#"
        SOURCE_FILE@0..33
          FUNCTION@0..33
            IDENT@0..1 "F"
            PARAM_LIST@1..3
              L_PAREN@1..2 "("
              R_PAREN@2..3 ")"
            WHITESPACE@3..4 " "
            BODY@4..33
              L_BRACE@4..5 "{"
              WHITESPACE@5..6 " "
              LABELLED_TERM@6..31
                IDENT@6..12 "return"
                COLON@12..13 ":"
                WHITESPACE@13..14 " "
                SELECT_EXPR@14..31
                  AUGMENT_EXPR@14..27
                    CALL_EXPR@14..18
                      PATH_EXPR@14..15
                        IDENT@14..15 "G"
                      ARG_LIST@15..18
                        L_PAREN@15..16 "("
                        UNLABELLED_TERM@16..17
                          PATH_EXPR@16..17
                            IDENT@16..17 "x"
                        R_PAREN@17..18 ")"
                    WHITESPACE@18..19 " "
                    ARG_LIST@19..27
                      L_BRACKET@19..20 "["
                      LABELLED_TERM@20..26
                        IDENT@20..21 "y"
                        COLON@21..22 ":"
                        WHITESPACE@22..23 " "
                        LITERAL@23..26
                          MINUS@23..24 "-"
                          WHITESPACE@24..25 " "
                          INT@25..26 "1"
                      R_BRACKET@26..27 "]"
                  DOT@27..28 "."
                  IDENT@28..29 "z"
                  DOT@29..30 "."
                  IDENT@30..31 "w"
              WHITESPACE@31..32 " "
              R_BRACE@32..33 "}"
    "#]],
    );
}

#[test]
fn inline_function_after_comment() {
    check(
        "F() { return: // c\n f() { return: true }(1)}",
        expect![[r#"
        SOURCE_FILE@0..44
          FUNCTION@0..44
            IDENT@0..1 "F"
            PARAM_LIST@1..3
              L_PAREN@1..2 "("
              R_PAREN@2..3 ")"
            WHITESPACE@3..4 " "
            BODY@4..44
              L_BRACE@4..5 "{"
              WHITESPACE@5..6 " "
              LABELLED_TERM@6..43
                IDENT@6..12 "return"
                COLON@12..13 ":"
                WHITESPACE@13..14 " "
                LINE_COMMENT@14..18 "// c"
                NEWLINE@18..19 "\n"
                WHITESPACE@19..20 " "
                CALL_EXPR@20..43
                  FUNCTION@20..40
                    IDENT@20..21 "f"
                    PARAM_LIST@21..23
                      L_PAREN@21..22 "("
                      R_PAREN@22..23 ")"
                    WHITESPACE@23..24 " "
                    BODY@24..40
                      L_BRACE@24..25 "{"
                      WHITESPACE@25..26 " "
                      LABELLED_TERM@26..38
                        IDENT@26..32 "return"
                        COLON@32..33 ":"
                        WHITESPACE@33..34 " "
                        PATH_EXPR@34..38
                          IDENT@34..38 "true"
                      WHITESPACE@38..39 " "
                      R_BRACE@39..40 "}"
                  ARG_LIST@40..43
                    L_PAREN@40..41 "("
                    UNLABELLED_TERM@41..42
                      LITERAL@41..42
                        INT@41..42 "1"
                    R_PAREN@42..43 ")"
              R_BRACE@43..44 "}"
    "#]],
    );
}

#[test]
fn parses_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + Eq>(_: &T) {}
    shared(&common::check("F() { return: 1 }"));
}

#[test]
fn chains_nest_to_the_left() {
    let Expr::Select(select) = first_value("F() { return: G(x)[y: 1].z }") else { panic!() };
    assert_eq!(select.idents().map(|ident| ident.to_string()).collect::<Vec<_>>(), ["z"]);
    let Some(Expr::Augment(augment)) = select.base() else { panic!() };
    assert!(augment.arg_list().unwrap().is_labelled());
    let Some(Expr::Call(call)) = augment.callee() else { panic!() };
    let Some(Expr::Path(path)) = call.callee() else { panic!() };
    assert!(path.is_single("G"));
    let Some(Term::Unlabelled(term)) = call.arg_list().unwrap().terms().next() else { panic!() };
    assert_eq!(term.value().unwrap().syntax().text(), "x");
}

#[test]
fn literals() {
    let value = |text: &str| {
        let Expr::Literal(literal) = first_value(&format!("F() {{ return: {text} }}")) else {
            panic!()
        };
        literal.value().unwrap()
    };
    assert_eq!(value("010"), LiteralValue::Int(10));
    assert_eq!(value("- 9223372036854775808"), LiteralValue::Int(i64::MIN));
    assert_eq!(value("- 1.5"), LiteralValue::Float(-1.5));
    assert_eq!(value("\"\\xff\""), LiteralValue::String([0xff].as_slice().into()));
    assert_eq!(value("`a\\n`"), LiteralValue::String(b"a\\n".as_slice().into()));
}

#[test]
fn imports_have_paths_and_aliases() {
    let text = "import \"a/b\"\nuse `c/d/` as as\nimport \"my-pkg\" // mine\nimport \"\"";
    let file = common::check(text).source_file();
    let all: Vec<_> = file
        .imports()
        .map(|it| (it.path().unwrap(), it.alias().map(String::from), it.doc()))
        .collect();
    let own = |path: &str, alias: Option<&str>, doc: Option<&str>| {
        (path.to_owned(), alias.map(str::to_owned), doc.map(str::to_owned))
    };
    assert_eq!(
        all,
        [
            own("a/b", Some("b"), None),
            own("c/d", Some("as"), None),
            own("my-pkg", Some("my-pkg"), Some("mine")),
            own("", None, None)
        ]
    );
}

/// Every element with its documentation.
fn docs(text: &str) -> String {
    let file = common::check(text).source_file();
    let mut out = String::new();
    for function in file.all_functions() {
        out += &format!("{} = {:?}\n", function.name().unwrap(), function.doc());
        for param in function.params() {
            out += &format!("  {} = {:?}\n", param.syntax().text(), param.doc());
        }
    }
    for term in file.syntax().descendants().filter_map(LabelledTerm::cast) {
        out += &format!("{}: = {:?}\n", term.label().unwrap(), term.doc());
    }
    out
}

#[test]
fn comments_document_what_they_follow_on_a_line_or_precede() {
    let text = "\
// About the file.

//   Indented.
// F does it.
F( // first
  a?, // about a
  // about b
  b /* b too */, c // about c
) { /* x */
  x: 1 /* after x */, /* before y */ y: 2 // after y
  // before z

  z: 3

  // dropped? no: nothing follows
} // after F

// G.
G() { return: f(x) { return: x } // inline
}
";
    expect![[r#"
        F = Some("About the file.\n  Indented.\nF does it.\nafter F")
          a? = Some("first\nabout a")
          b = Some("about b\nb too")
          c = Some("about c")
        G = Some("G.")
        f = Some("inline")
          x = None
        x: = Some("x\nafter x")
        y: = Some("before y\nafter y")
        z: = Some("before z")
        return: = Some("inline")
        return: = None
    "#]]
    .assert_eq(&docs(text));
}

#[test]
fn functions_are_found_by_offset() {
    let text = "F() { return: g(x) { return: x } }\n\nH() { return: 1 }";
    let file = common::check(text).source_file();
    let at = |offset: u32| file.function_at(offset.into()).map(|f| f.name().unwrap().to_string());
    assert_eq!(at(0).as_deref(), Some("F"));
    assert_eq!(at(14).as_deref(), Some("g"));
    assert_eq!(at(29).as_deref(), Some("g"));
    assert_eq!(at(33).as_deref(), Some("F"));
    assert_eq!(at(34).as_deref(), Some("F"));
    assert_eq!(at(36).as_deref(), Some("H"));
    assert_eq!(at(10_000), None);
    let inline = file.function_at(14.into()).unwrap();
    assert!(inline.is_inline());
    assert_eq!(inline.enclosing_function().unwrap().name().unwrap(), "F");
}

#[test]
fn an_offset_means_the_name_it_touches() {
    let parse = common::check("F(a) { return: G(a) }");
    let at = |offset: u32| {
        algo::token_at_offset(&parse.syntax_node(), offset.into()).map(|token| token.to_string())
    };
    assert_eq!(at(1).as_deref(), Some("F"));
    assert_eq!(at(16).as_deref(), Some("G"));
    assert_eq!(at(18).as_deref(), Some("a"));
    assert_eq!(at(14).as_deref(), Some(":"));
    assert_eq!(at(21).as_deref(), Some("}"));
    assert_eq!(at(22), None);
}

//! The mistakes that people make most: each has an error of its own, and a fix where one is certain.
#![allow(clippy::unwrap_used)]

mod common;

/// The usual mistakes, each alone in its text: one error at the marked place, of its own kind, in words of its own, and
/// where there is a fix, it leaves none.
#[test]
fn every_usual_mistake_has_an_error_of_its_own() {
    use ko_syntax::SyntaxErrorCode::{self, *};
    let fixable: &[(&str, SyntaxErrorCode)] = &[
        ("F() { return: ^“x”^ }", TypographicQuotes),
        ("F() { return: ^'x'^ }", CharLiteral),
        ("F() { a ^=^ 1, return: a }", EqualsForColon),
        ("F() { a ^:=^ 1, return: a }", EqualsForColon),
        ("F() { return: (1^ ^2) }", MissingSeparator),
        ("F() { return: (a: 1^ ^b: 2) }", MissingSeparator),
        ("F(a^ ^b) { return: a }", MissingSeparator),
        ("F() { a: 1^ ^return: a }", MissingSeparator),
        ("F(a) { return: a ^+^\n}", Operator),
        ("F() { return: G(1)^)^ }", StrayBracket),
        ("F() { return: G(1)^]^ }", StrayBracket),
        ("F() {\n\ta: 1 ^}^\n\treturn: a\n}", StrayBracket),
        ("F() { return: ^\u{a0}^1 }", UnknownCharacter),
    ];
    let others: &[(&str, SyntaxErrorCode)] = &[
        ("F(a) { return: a ^+^ 1 }", Operator),
        ("F() { return: (a: 1, ^2^) }", MixedTerms),
        ("F() { return: (1, ^a: 2^) }", MixedTerms),
        ("^F^() { a: 1 }", MissingReturn),
        ("F() { return: ^9223372036854775808^ }", NumberOverflow),
        ("F() { return: 0x1^g^ }", BadNumber),
        ("F() { return: 1^e^ }", BadNumber),
        ("F() { return: \"a^\\q^\" }", BadEscape),
        ("F() { return: \"a^\\u12^\" }", BadEscape),
        ("F() { return: \"a^\\ud800^\" }", BadEscape),
        ("F() { return: ^\"a^\n}", UnterminatedString),
    ];
    let mut messages = std::collections::BTreeMap::new();
    for (marked, code) in fixable.iter().chain(others) {
        for line_end in ["\n", "\r\n"] {
            let marked = marked.replace('\n', line_end);
            let text = marked.replace('^', "");
            let start = marked.find('^').unwrap();
            let range = start..marked.rfind('^').unwrap() - 1;
            let parse = common::check(&text);
            let [error] = parse.errors() else { panic!("{text:?}: {}", common::errors(&text)) };
            let found = usize::from(error.range.start())..usize::from(error.range.end());
            assert_eq!((error.code, found), (*code, range), "{text:?}");
            assert_eq!(
                error.fixes.is_empty(),
                others.iter().any(|it| it.0 == marked.replace('\r', "")),
                "{text:?}"
            );
            for fix in &error.fixes {
                assert_eq!(common::errors(&common::apply(&text, &fix.edits)), "", "{text:?}");
            }
            let other = *messages.entry(error.message.clone()).or_insert(code);
            assert_eq!(other, code, "one message for two kinds of mistakes: {}", error.message);
        }
    }
    assert!(messages.len() >= 20, "{messages:#?}");
}

/// Tabs and carriage returns are white space (specification §1.1), so they are no mistakes and change no tree.
#[test]
fn tabs_and_carriage_returns_are_no_mistakes() {
    let shape = |text: &str| -> Vec<_> {
        assert_eq!(common::errors(text), "");
        let tokens = common::check(text).syntax_node().descendants_with_tokens();
        tokens
            .map(|it| it.kind())
            .filter(|kind| *kind != ko_syntax::SyntaxKind::WHITESPACE)
            .collect()
    };
    let text = "F(a?, b) {\n x: G(\n  a: 1 // c\n  b: 2\n )\n return: x\n}\n";
    let plain = shape(text);
    for other in [text.replace('\n', "\r\n"), text.replace(' ', "\t"), text.replace(' ', " \t\r")] {
        assert_eq!(shape(&other), plain, "{other:?}");
    }
}

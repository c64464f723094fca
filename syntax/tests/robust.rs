//! Any text gives a lossless tree, and a mistake in one place leaves the rest of the file recognised.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;

use common::{COCKROACHDB, check};
use expect_test::expect;
use ko_syntax::{
    MAX_DEPTH, SyntaxErrorCode, SyntaxKind,
    ast::{AstNode, Function},
    parse,
};
use proptest::prelude::*;

/// A program with all of the grammar in it.
const ALL_GRAMMAR: &str = r#"
import "lib/strings" as str // about strings
use "a/b/"; import `raw/path`

// Greet says hello.
Greet(
  name? // Who.
  greeting
) {
  word: Pick(either: greeting, or: "Hello\t\"\x41")
  _: Show[a: -1.5, b: .5](1, 0x10; word.x)[].y.z (2) . w
  inline:
    /* about it */
    f(x?) { return: (x, `raw
text`) }(3)
  return: (
    a: word
    b: (k: (n: 7)).k.n
    c: [x: true](- 1)
  )
}

Second() { return: Greet("é", “x”) }
Third(a, b?) {
	x: a, y: b
	return: Sum(x, y)
}
"#;

fn programs() -> [&'static str; 2] {
    [ALL_GRAMMAR, COCKROACHDB]
}

fn function_names(text: &str) -> Vec<String> {
    check(text)
        .source_file()
        .functions()
        .filter_map(|f| f.name())
        .map(|name| name.to_string())
        .collect()
}

#[test]
fn the_programs_have_no_other_errors_than_meant() {
    assert_eq!(common::errors(COCKROACHDB), "");
    let parse = check(ALL_GRAMMAR);
    let codes: Vec<_> = parse.errors().iter().map(|error| error.code).collect();
    assert_eq!(codes, [SyntaxErrorCode::TypographicQuotes]);
    assert_eq!(function_names(ALL_GRAMMAR), ["Greet", "Second", "Third"]);
    assert_eq!(parse.source_file().all_functions().count(), 4);
    assert_eq!(parse.source_file().imports().count(), 3);
}

#[test]
fn every_prefix_keeps_the_functions_before_its_end() {
    for program in programs() {
        let full = check(program);
        let functions: Vec<Function> = full.source_file().functions().collect();
        for end in (0..program.len()).filter(|&end| program.is_char_boundary(end)) {
            let names = function_names(&program[..end]);
            let whole =
                functions.iter().filter(|f| usize::from(f.syntax().text_range().end()) <= end);
            for (name, function) in names.iter().zip(whole.clone()) {
                assert_eq!(*name, function.name().unwrap(), "in the prefix up to {end}");
            }
            assert!(names.len() >= whole.count(), "the prefix up to {end} has only {names:?}");
        }
    }
}

/// The text with a space instead of the token, and nothing if that would put more text into a comment.
fn without(text: &str, token: &ko_syntax::SyntaxToken) -> Option<String> {
    let range = token.text_range();
    let in_comment = token.kind() == SyntaxKind::NEWLINE
        && token.prev_token().is_some_and(|before| before.kind() == SyntaxKind::LINE_COMMENT);
    let (before, after) = (&text[..range.start().into()], &text[range.end().into()..]);
    (!in_comment).then(|| format!("{before} {after}"))
}

/// What may be lost when one token is: everything else is still recognised.
#[test]
fn every_deletion_of_a_token_keeps_all_other_functions_and_steps() {
    let mut lost = String::new();
    for program in programs() {
        let full = check(program);
        let steps_of = |parse: &ko_syntax::Parse, function: &str| -> Vec<String> {
            parse
                .source_file()
                .functions()
                .find(|f| f.name().is_some_and(|name| name == function))
                .and_then(|f| f.body())
                .map(|body| {
                    body.steps().filter_map(|step| step.label()).map(String::from).collect()
                })
                .unwrap_or_default()
        };
        let tokens = full.syntax_node().descendants_with_tokens().filter_map(|it| it.into_token());
        for token in tokens.filter(|token| token.kind() != SyntaxKind::WHITESPACE) {
            let range = token.text_range();
            let Some(text) = without(program, &token) else { continue };
            let broken = check(&text);
            for function in full.source_file().functions() {
                let name = function.name().unwrap();
                let in_it = function.syntax().text_range().contains_range(range);
                if in_it && function.name_token().is_some_and(|it| it.text_range() == range) {
                    continue;
                }
                if !broken.source_file().functions().any(|f| f.name().is_some_and(|n| n == name)) {
                    writeln!(lost, "without {token:?}: function {name}").unwrap();
                    continue;
                }
                let found = steps_of(&broken, &name);
                for step in function.body().unwrap().steps() {
                    let label = step.label().unwrap();
                    if !step.syntax().text_range().contains_range(range)
                        && !found.contains(&label.to_string())
                    {
                        writeln!(lost, "without {token:?}: step {name}.{label}").unwrap();
                    }
                }
            }
        }
    }
    assert_eq!(lost, "");
}

/// One mistake is one error, nearly always; the numbers may only get better.
#[test]
fn one_deleted_token_gives_one_error_at_most() {
    let full = check(COCKROACHDB);
    let tokens = full.syntax_node().descendants_with_tokens().filter_map(|it| it.into_token());
    let mut counts = [0; 4];
    for token in tokens.filter(|token| token.kind() != SyntaxKind::WHITESPACE) {
        if let Some(text) = without(COCKROACHDB, &token) {
            let errors = parse(&text).errors().len();
            counts[errors.min(3)] += 1;
            if errors > 1 {
                eprintln!("without {token:?}:\n{}", common::errors(&text));
            }
        }
    }
    expect!["no error: 324, one: 1043, two: 3, more: 0"].assert_eq(&format!(
        "no error: {}, one: {}, two: {}, more: {}",
        counts[0], counts[1], counts[2], counts[3]
    ));
}

#[test]
fn deep_nesting_is_one_error_and_no_crash() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("F(a: ", ")"), ("f(x) { return: ", "}"), ("{", "}")]
    {
        for closed in [true, false] {
            let count = 100_000;
            let inner = format!(
                "{}1{}",
                open.repeat(count),
                if closed { close.repeat(count) } else { String::new() }
            );
            let text = format!("F() {{ return: {inner} }}\nG() {{ return: 1 }}");
            let parse = check(&text);
            let deep =
                parse.errors().iter().filter(|e| e.code == SyntaxErrorCode::NestingTooDeep).count();
            assert_eq!(deep, 1, "{open} {closed}");
            let depth =
                parse.syntax_node().descendants().map(|node| node.ancestors().count()).max();
            assert!(depth.unwrap() <= 4 * MAX_DEPTH as usize, "{open}: depth {depth:?}");
            assert_eq!(function_names(&text), ["F", "G"], "{open}");
        }
    }
}

/// Parsing, walking and dropping the deepest tree fit a small stack.
#[test]
fn the_deepest_tree_needs_little_stack() {
    let text = format!(
        "F() {{ return: {}1{} }}",
        "f(x) { return: (".repeat(100_000),
        ")}".repeat(100_000)
    );
    let parse = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let parse = parse(&text);
        let other = ko_syntax::parse(&text);
        assert_eq!(parse, other);
        parse.syntax_node().descendants_with_tokens().count()
    });
    assert!(parse.unwrap().join().unwrap() > 1000);
}

#[test]
fn what_the_limit_allows_is_no_error() {
    let count = MAX_DEPTH as usize - 1;
    let text = format!("F() {{ return: {}1{} }}", "(".repeat(count), ")".repeat(count));
    assert_eq!(common::errors(&text), "");
    let text = format!("F() {{ return: a{} }}", "()".repeat(count));
    assert_eq!(common::errors(&text), "");
}

#[test]
fn long_chains_are_bounded_too() {
    for tail in ["()", "[a: 1]", "().x", "(1)"] {
        let text = format!("F() {{ return: a{} }}\nG() {{ return: 1 }}", tail.repeat(100_000));
        let parse = check(&text);
        let codes: Vec<_> = parse.errors().iter().map(|error| error.code).collect();
        assert_eq!(codes, [SyntaxErrorCode::NestingTooDeep], "{tail}");
        assert_eq!(function_names(&text), ["F", "G"]);
    }
    // Chains within chains: each is short, the tree of all would not be.
    let mut nested = "1".to_owned();
    for _ in 0..100 {
        nested = format!("a({nested}){}", "()".repeat(100));
    }
    let parse = check(&format!("F() {{ return: {nested} }}"));
    assert!(parse.errors().iter().any(|error| error.code == SyntaxErrorCode::NestingTooDeep));
    let depth = parse.syntax_node().descendants().map(|node| node.ancestors().count()).max();
    assert!(depth.unwrap() <= 4 * MAX_DEPTH as usize, "{depth:?}");
}

const TOKENS: &[&str] = &[
    "F",
    "a",
    "return",
    "import",
    "as",
    "true",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ".",
    "-",
    "?",
    ",",
    ";",
    "\n",
    "\n",
    " ",
    "\t",
    "\r\n",
    "1",
    ".5",
    "0x",
    "1e",
    "\"s\"",
    "\"\\q\"",
    "\"",
    "`r`",
    "`",
    "'c'",
    "'",
    "“x”",
    "“",
    "‘y’",
    "//c\n",
    "/*c*/",
    "/*",
    "=",
    "==",
    "+",
    "#",
    "é",
    "²",
    "\u{a0}",
    "\u{feff}",
    "F(x) {",
    "x: ",
    "\nF() { return: 1 }\n",
];

fn token_soup() -> impl Strategy<Value = String> {
    let token = proptest::sample::select(TOKENS);
    proptest::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_round_trips(text in token_soup()) {
        check(&text);
    }

    #[test]
    fn any_text_round_trips(text in any::<String>()) {
        check(&text);
    }

    /// Whatever stands in one function, a whole function in column 1 after it is recognised.
    #[test]
    fn a_function_after_soup_is_recognised(text in token_soup()) {
        // What has no end swallows what follows, rightly.
        let text = text.replace("/*c*/", "//c\n").replace("/*", "//").replace('`', "\"");
        let text = format!("F() {{\n{text}\n}}\n\nLast(x) {{\n  return: x\n}}\n");
        let names = function_names(&text);
        prop_assert_eq!(names.last().map(String::as_str), Some("Last"));
    }

    #[test]
    fn literals_have_a_value_exactly_if_they_have_no_error(text in "-? ?(0[xbo]?)?[0-9a-f_.]{0,20}([eEpP][+-]?[0-9_]{0,4})?") {
        let text = format!("F() {{ return: {text}\n}}");
        let parse = check(&text);
        let literals = parse.syntax_node().descendants().filter_map(ko_syntax::ast::Literal::cast);
        for literal in literals {
            let bad = parse.errors().iter().any(|e| {
                matches!(e.code, SyntaxErrorCode::BadNumber | SyntaxErrorCode::NumberOverflow)
                    && literal.syntax().text_range().contains_range(e.range)
                    && !e.message.contains("is no part of")
                    && !e.message.contains("selects nothing")
            });
            prop_assert_eq!(literal.value().is_err(), bad, "{:?}", literal.value());
        }
    }
}

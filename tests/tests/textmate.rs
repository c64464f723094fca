//! The regular expressions of the TextMate grammar work outside of VS Code too: GitHub colours files with PCRE, not with
//! Oniguruma, and gives up on expressions that take too long.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use pcre2::bytes::RegexBuilder;
use serde_json::Value;

/// More steps than any of the lines below should need; an expression that backtracks without end takes all of them.
const STEPS: &str = "(*LIMIT_MATCH=200000)";

/// What Oniguruma understands and PCRE does not, or understands otherwise.
const FOREIGN: [&str; 7] = [r"\h", r"\H", r"\G", "(?~", "&&", r"\O", r"\y"];

/// The expressions of the grammar.
fn expressions() -> Vec<String> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode/syntaxes/ko.tmLanguage.json");
    let grammar: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (mut found, mut open) = (Vec::new(), vec![&grammar]);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text)
                            if ["match", "begin", "end", "while"].contains(&name.as_str()) =>
                        {
                            found.push(text.clone());
                        }
                        other => open.push(other),
                    }
                }
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    assert!(found.len() > 20, "the grammar has only {} expressions", found.len());
    found
}

/// What is wrong with an expression, if anything.
fn problem(expression: &str, lines: &[String]) -> Option<String> {
    if let Some(foreign) = FOREIGN.iter().find(|it| expression.contains(*it)) {
        return Some(format!("{foreign} is not understood everywhere"));
    }
    // Some engines want to know how far to look back.
    for (start, _) in expression.match_indices("(?<") {
        let behind = &expression[start + 3..];
        if behind.starts_with(['=', '!']) {
            let inner = behind[1..].split(')').next().unwrap_or_default();
            if inner.contains(['*', '+', '?', '|']) {
                return Some(format!("it looks back over a text of any length: {inner}"));
            }
        }
    }
    let limited = format!("{STEPS}{expression}");
    let regex = match RegexBuilder::new().utf(true).ucp(true).build(&limited) {
        Ok(regex) => regex,
        Err(error) => return Some(format!("PCRE does not compile it: {error}")),
    };
    let bad = |line: &&String| regex.is_match(line.as_bytes()).is_err();
    lines.iter().find(bad).map(|line| format!("it takes too long on {:.40}…", line))
}

/// Lines on which careless expressions backtrack.
fn lines() -> Vec<String> {
    let parts = [
        "a",
        "(",
        ")",
        "a(",
        "a.",
        "\"",
        "\\",
        "\\\"",
        " ",
        "\t",
        "9",
        "9_",
        "0x",
        "9.",
        "-",
        "a ",
        "{",
        "(a: ",
        "return ",
        "import \"",
        "ä",
    ];
    let ends = ["", "!", "\"", ")", "x", ":"];
    parts.iter().flat_map(|part| ends.map(|end| format!("{}{end}", part.repeat(2_000)))).collect()
}

#[test]
fn every_expression_works_in_pcre_and_ends_soon() {
    let lines = lines();
    for expression in expressions() {
        if let Some(problem) = problem(&expression, &lines) {
            panic!("{expression}\n{problem}");
        }
    }
}

#[test]
fn expressions_that_are_not_safe_are_found() {
    let lines = lines();
    for unsafe_one in [r"\h+", "(?<=a*)b", "(?~a)", "(a", "^(a+)+$", "[a&&b]"] {
        assert!(problem(unsafe_one, &lines).is_some(), "{unsafe_one}");
    }
}

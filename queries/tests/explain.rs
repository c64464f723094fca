//! The page about diagnostics: it has all kinds, and its examples have the problem, or not, as it says.
#![allow(clippy::unwrap_used)]

mod common;

use common::database;
use ko_queries::{
    FileId,
    diagnostic::Severity,
    explain::{explain, explanations},
};
use ko_syntax::SyntaxErrorCode;

/// Kinds that no text alone can show.
const WITHOUT_EXAMPLE: &[&str] = &[
    "future-api",
    "ambiguous-gate",
    "broken-function",
    "nesting-too-deep",
    "broken-rule",
    "invalid-value",
];

#[test]
fn every_kind_has_one_part() {
    let mut codes: Vec<&str> = explanations().iter().map(|it| it.code).collect();
    assert!(codes.len() > 70, "{}", codes.len());
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count, "no code has two parts");
    // Those of the checks are looked up whenever a diagnostic is made, in programs with debug assertions.
    for code in SyntaxErrorCode::ALL {
        assert!(codes.contains(&code.code()), "{code}");
    }
    let headings = include_str!("../../docs/diagnostics.md").matches("\n### ").count();
    assert_eq!(headings, count, "each heading is a part that is understood");
}

#[test]
fn examples_have_the_problem_and_its_way_out() {
    let mut wrong = Vec::new();
    for part in explanations() {
        let [problem, mended] = part.examples.as_slice() else {
            assert!(WITHOUT_EXAMPLE.contains(&part.code), "{} has no examples", part.code);
            continue;
        };
        let said = |text: &str| {
            let all = ko_queries::diagnostics(&database(text), FileId(0));
            all.iter().map(|it| (it.code, it.severity, it.message.clone())).collect::<Vec<_>>()
        };
        let found = said(problem);
        let one = found.len() == 1 && found[0].0 == part.code && found[0].1 == part.severity;
        if !one {
            wrong.push(format!("{}: the first example has {found:?}", part.code));
        }
        let found = said(mended);
        if !found.is_empty() {
            wrong.push(format!("{}: the second example has {found:?}", part.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unknown_codes_get_near_ones() {
    assert_eq!(explain("unknown-nme").unwrap_err(), ["unknown-name"]);
    let found = explain("unused-import").unwrap();
    assert_eq!(
        (found.severity, found.text),
        (Severity::Hint, "Nothing in the file uses the import.")
    );
}

//! Ways to mend what is wrong, as the checks that found it propose them.

use ko_queries::diagnostic::Severity;

use crate::{FileEdit, FileRange, RootDatabase};

/// A change of the text that the editor offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAction {
    /// What it does, as a command: ``Change to `replicas` ``.
    pub title: String,
    /// What sort of action it is, in the words of LSP: `quickfix`.
    pub kind: &'static str,
    /// The replacements, sorted and disjoint within a file.
    pub edits: Vec<FileEdit>,
    /// The stable name of the problem that it mends.
    pub diagnostic: Option<&'static str>,
    /// Whether it is the most likely thing to want.
    pub preferred: bool,
}

/// The fixes of the problems that touch a range, errors first, those nearest to the start of the range first. Several
/// problems may have one fix, such as straight quotes in the whole file: it is offered once.
pub fn code_actions(db: &RootDatabase, at: FileRange) -> Vec<CodeAction> {
    let all = crate::diagnostics(db, at.file);
    let mut touching: Vec<_> = all
        .iter()
        .filter(|it| it.range.start() <= at.range.end() && at.range.start() <= it.range.end())
        .collect();
    touching.sort_by_key(|it| {
        let distance = u32::from(it.range.start()).abs_diff(u32::from(at.range.start()));
        (it.severity != Severity::Error, distance)
    });
    let mut actions: Vec<CodeAction> = Vec::new();
    for diagnostic in touching {
        for (rank, fix) in diagnostic.fixes.iter().enumerate() {
            if actions.iter().any(|it| it.edits == fix.edits) {
                continue;
            }
            actions.push(CodeAction {
                title: fix.title.clone(),
                kind: "quickfix",
                edits: fix.edits.clone(),
                diagnostic: Some(diagnostic.code),
                preferred: rank == 0,
            });
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::fixture::Fixture;

    fn check(text: &str, expect: Expect) {
        let fixture = Fixture::new(text);
        let mut shown = String::new();
        for action in code_actions(&fixture.db, fixture.selected()) {
            let mut fixed = fixture.text.clone();
            for edit in action.edits.iter().rev() {
                fixed.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
            }
            let preferred = if action.preferred { " (preferred)" } else { "" };
            let code = action.diagnostic.unwrap();
            shown.push_str(&format!("{} [{code}]{preferred}\n  {fixed:?}\n", action.title));
        }
        expect.assert_eq(&shown);
    }

    #[test]
    fn a_misspelt_name() {
        check(
            "F(x) { return: Lenn$0(x) }",
            expect![[r#"
            Change to `Len` [unknown-name] (preferred)
              "F(x) { return: Len(x) }"
        "#]],
        );
    }

    #[test]
    fn a_misspelt_field_of_an_object() {
        check(
            "F(n) { return: CreateStatefulSet(namespace: n, statefulSet: (spec: (podManagmentPol$0icy: \"Parallel\"))) }",
            expect![[r#"
                Change to `podManagementPolicy` [unknown-field] (preferred)
                  "F(n) { return: CreateStatefulSet(namespace: n, statefulSet: (spec: (podManagementPolicy: \"Parallel\"))) }"
            "#]],
        );
    }

    #[test]
    fn typographic_quotes_are_mended_once_for_the_whole_file() {
        check(
            "F() { a: “x$0”, return: “y” }",
            expect![[r#"
            Set straight quotes in the whole file [typographic-quotes] (preferred)
              "F() { a: \"x\", return: \"y\" }"
        "#]],
        );
    }

    #[test]
    fn nothing_to_mend() {
        check("F(x) { return: Le$0n(x) }", expect![[""]]);
        check("F(x) { retu$0rn: Len(x), b: Lenn(x) }", expect![[""]]);
    }
}

//! The types of steps, shown behind their labels.

use ko_queries::circuit::StepKind;
use text_size::TextSize;

use crate::{FileRange, RootDatabase, source::Source, typing};

/// The longest type that is shown, in characters.
const MAX_LENGTH: usize = 32;

/// A text that the editor shows between the characters of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlayHint {
    /// Where it is shown.
    pub offset: TextSize,
    /// The text: `: StatefulSet`.
    pub label: String,
    /// The type unfolded, as Markdown.
    pub tooltip: Option<String>,
}

/// The types of the labelled steps in a range, where the text does not show them already.
pub fn inlay_hints(db: &RootDatabase, at: FileRange) -> Vec<InlayHint> {
    let Some(source) = Source::new(db, at.file) else { return Vec::new() };
    let mut out = Vec::new();
    for scope in source.scopes() {
        if scope.map().function.intersect(at.range).is_none() {
            continue;
        }
        for ((_, step), label) in scope.circuit().labels.iter().zip(scope.map().labels.iter()) {
            if at.range.intersect(*label).is_none() || is_plain(&scope, *step) {
                continue;
            }
            let Some(short) = typing::step_within(&scope, *step, MAX_LENGTH) else { continue };
            let full = typing::step_in_full(&scope, *step);
            out.push(InlayHint {
                offset: label.end(),
                label: format!(": {short}"),
                tooltip: full.map(|it| format!("```ko\n{it}\n```\n")),
            });
        }
    }
    out.sort_by_key(|it| it.offset);
    out
}

/// Literals and structures that are written out show what they are.
fn is_plain(scope: &crate::source::Scope<'_>, step: ko_queries::circuit::StepId) -> bool {
    let Some(found) = scope.circuit().steps.get(step.0 as usize) else { return true };
    match &found.kind {
        StepKind::Literal(_) | StepKind::Error => true,
        StepKind::Apply { callee, .. } => {
            let callee = scope.circuit().steps.get(callee.0 as usize);
            matches!(
                callee.map(|it| &it.kind),
                Some(StepKind::Target(ko_queries::circuit::Target::Join))
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use text_size::TextRange;

    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn types_behind_labels() {
        let fixture = Fixture::new(
            "F(n) {\n  lit: 1\n  s: (a: n)\n  pods: ListPods()\n  len: Len(pods)\n  bad: oops\n  return: pods\n}\nG() { x: Len(1), return: x }",
        );
        let hints = |start: u32, end: u32| {
            let range = TextRange::new(start.into(), end.into());
            let hints = inlay_hints(&fixture.db, FileRange { file: fixture.file, range });
            let show = |it: &InlayHint| {
                let end = usize::from(it.offset);
                let start = fixture.text[..end].rfind([' ', '\n']).unwrap() + 1;
                format!("{}{}", &fixture.text[start..end], it.label)
            };
            hints.iter().map(show).collect::<Vec<_>>()
        };
        let end = fixture.text.len() as u32;
        assert_eq!(
            hints(0, end),
            ["pods: (Pod)", "len: Int64", "return: (Pod)", "x: Int64", "return: Int64"]
        );
        assert_eq!(hints(end - 24, end), ["x: Int64", "return: Int64"]);
    }

    #[test]
    fn long_types_are_folded_and_whole_in_the_tooltip() {
        let fixture = Fixture::new(
            "F(n) {\n  r: wide()\n  t: tree(3)\n  return: 1\n}\nwide() { return: (name: \"a\", spec: (ports: (1, 2), labels: (app: \"x\")), status: (ready: true)) }\ntree(n?) { return: Branch(if: Less(0, n), then: node[n]) }\nnode(n?) { return: (value: n, left: tree(Sum(n, -1)), right: tree(Sum(n, -2))) }",
        );
        let end = fixture.text.len() as u32;
        let range = TextRange::new(0.into(), end.into());
        let hints = inlay_hints(&fixture.db, FileRange { file: fixture.file, range });
        assert_eq!(hints[0].label, ": (name: String, spec: (…), …)");
        let tooltip = hints[0].tooltip.as_deref().unwrap();
        assert!(tooltip.contains("labels: (app: String)"), "{tooltip}");
        // A tree contains itself.
        assert_eq!(hints[1].label, ": *(value: Int64, left: _, …)");
        assert!(hints[1].tooltip.as_deref().unwrap().contains("left: "));
    }
}

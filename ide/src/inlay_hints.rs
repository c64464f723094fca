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
            let Some(ty) = typing::step(&scope, *step) else { continue };
            let short: String = if ty.chars().count() > MAX_LENGTH {
                ty.chars().take(MAX_LENGTH - 1).chain(['…']).collect()
            } else {
                ty
            };
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
}

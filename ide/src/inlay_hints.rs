//! The types of steps and parameters, shown behind their names.
//!
//! A list has what is shown at once; what the editor needs only when somebody points at a hint, the type unfolded and the
//! place where it is described, is found by [`inlay_hint_details`].

use ko_queries::circuit::{StepId, StepKind, Target as Called};
use ko_syntax::SyntaxKind;
use text_size::{TextRange, TextSize};

use crate::{
    FileId, FileRange, RootDatabase,
    pages::{PageId, Target},
    source::{Scope, Source},
    typing,
};

/// Which hints are wanted, and how long they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InlayHintConfig {
    /// The types of steps.
    pub steps: bool,
    /// The types that parameters are asked to have.
    pub parameters: bool,
    /// The longest type that is shown, in characters.
    pub max_length: usize,
}

impl Default for InlayHintConfig {
    fn default() -> InlayHintConfig {
        InlayHintConfig { steps: true, parameters: true, max_length: 32 }
    }
}

/// A text that the editor shows between the characters of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlayHint {
    /// Where it is shown.
    pub offset: TextSize,
    /// What stands before the type: `: `.
    pub prefix: &'static str,
    /// The type, perhaps shortened.
    pub ty: String,
}

/// What there is to know of a hint that somebody points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlayHintDetails {
    /// The type unfolded, as Markdown.
    pub tooltip: String,
    /// Where the type is described: a page of the schema, or the function that makes the value.
    pub place: Option<Target>,
}

/// The types of the labelled steps and of the parameters in a range, where the text does not show them already.
pub fn inlay_hints(db: &RootDatabase, at: FileRange, config: InlayHintConfig) -> Vec<InlayHint> {
    let Some(source) = Source::new(db, at.file) else { return Vec::new() };
    let mut out = Vec::new();
    for scope in source.scopes() {
        // Before anything is inferred: hints are asked for what is on the screen.
        if scope.map().function.intersect(at.range).is_none() {
            continue;
        }
        for (named, range) in names(&source, &scope) {
            let wanted = match named {
                Named::Param(_) => config.parameters,
                Named::Step(step) => config.steps && !is_plain(&scope, step),
            };
            if !wanted || at.range.intersect(range).is_none() {
                continue;
            }
            let Some(ty) = type_of(&scope, named, config.max_length) else { continue };
            out.push(InlayHint { offset: range.end(), prefix: ": ", ty });
        }
    }
    out.sort_by_key(|it| it.offset);
    out
}

/// What there is to know of the hint at an offset, as the file is now; nothing if there is none any more.
pub fn inlay_hint_details(
    db: &RootDatabase,
    file: FileId,
    offset: TextSize,
) -> Option<InlayHintDetails> {
    let source = Source::new(db, file)?;
    let scope = source.scopes().find(|it| {
        it.map().function.contains_inclusive(offset) && {
            names(&source, it).iter().any(|it| it.1.end() == offset)
        }
    })?;
    let (named, _) = names(&source, &scope).into_iter().find(|it| it.1.end() == offset)?;
    let (full, step) = match named {
        Named::Param(index) => {
            let name = &scope.circuit().params.get(index)?.name;
            (typing::param_in_full(&scope, name)?, StepId(u32::try_from(index).ok()?))
        }
        Named::Step(step) => (typing::step_in_full(&scope, step)?, step),
    };
    let tooltip = format!("```ko\n{full}\n```\n");
    Some(InlayHintDetails { tooltip, place: place(&scope, step) })
}

/// Where the type of a step is described.
fn place(scope: &Scope<'_>, step: StepId) -> Option<Target> {
    let schema = scope.db.schema();
    let ty = typing::step_type(scope, step)?;
    if let Some(id) = typing::in_schema(&ty) {
        return Some(Target::Page(PageId::of_type(&schema, id), TextRange::default()));
    }
    let steps = &scope.circuit().steps;
    let StepKind::Apply { callee, .. } = &steps.get(step.0 as usize)?.kind else { return None };
    let StepKind::Target(Called::Function(key)) = &steps.get(callee.0 as usize)?.kind else {
        return None;
    };
    let function = ko_queries::items::find_function(scope.db, key)?;
    crate::navigation::function_name(scope.db, function).into_iter().next()
}

/// Something with a name whose type is shown.
#[derive(Debug, Clone, Copy)]
enum Named {
    Param(usize),
    Step(StepId),
}

/// What is named in a function, each with the characters behind which its type stands.
fn names(source: &Source<'_>, scope: &Scope<'_>) -> Vec<(Named, TextRange)> {
    let params = scope.map().params.iter().enumerate().map(|(index, range)| {
        // Behind the mark of the monadic parameter.
        let next = ko_syntax::algo::tokens_at_offset(source.root(), range.end()).right_biased();
        let mark = next.filter(|it| it.kind() == SyntaxKind::QUESTION);
        (Named::Param(index), mark.map_or(*range, |it| range.cover(it.text_range())))
    });
    let labels = scope.circuit().labels.iter().zip(scope.map().labels.iter());
    params.chain(labels.map(|((_, step), range)| (Named::Step(*step), *range))).collect()
}

fn type_of(scope: &Scope<'_>, named: Named, width: usize) -> Option<String> {
    match named {
        Named::Param(index) => {
            let name = &scope.circuit().params.get(index)?.name;
            typing::param_within(scope, name, width)
        }
        Named::Step(step) => typing::step_within(scope, step, width),
    }
}

/// Literals and structures that are written out show what they are, and a parameter has its own hint.
fn is_plain(scope: &Scope<'_>, step: StepId) -> bool {
    let Some(found) = scope.circuit().steps.get(step.0 as usize) else { return true };
    match &found.kind {
        StepKind::Literal(_) | StepKind::Error | StepKind::Param(_) => true,
        StepKind::Apply { callee, .. } => {
            let callee = scope.circuit().steps.get(callee.0 as usize);
            matches!(callee.map(|it| &it.kind), Some(StepKind::Target(Called::Join)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn hints(fixture: &Fixture, config: InlayHintConfig, start: usize, end: usize) -> Vec<String> {
        let size = |at: usize| TextSize::try_from(at).unwrap();
        let range = TextRange::new(size(start), size(end));
        let hints = inlay_hints(&fixture.db, FileRange { file: fixture.file, range }, config);
        let show = |it: &InlayHint| {
            let end = usize::from(it.offset);
            let start = fixture.text[..end].rfind([' ', '\n', '(']).map_or(0, |it| it + 1);
            format!("{}{}{}", &fixture.text[start..end], it.prefix, it.ty)
        };
        hints.iter().map(show).collect()
    }

    const TEXT: &str = "F(n?, ns) {\n  lit: 1\n  s: (a: n)\n  pods: ListPods(namespace: ns)\n  len: Len(pods)\n  bad: oops\n  same: ns\n  return: pods\n}\nG() { x: Len(1), return: x }";

    #[test]
    fn types_behind_labels_and_parameters() {
        let fixture = Fixture::new(TEXT);
        let end = fixture.text.len();
        let config = InlayHintConfig::default();
        assert_eq!(
            hints(&fixture, config, 0, end),
            [
                "ns: String",
                "pods: (Pod)",
                "len: Int64",
                "return: (Pod)",
                "x: Int64",
                "return: Int64"
            ]
        );
        assert_eq!(hints(&fixture, config, end - 24, end), ["x: Int64", "return: Int64"]);
        let none = InlayHintConfig { steps: false, ..config };
        assert_eq!(hints(&fixture, none, 0, end), ["ns: String"]);
    }

    #[test]
    fn the_hint_of_a_monadic_parameter_stands_behind_its_mark() {
        let fixture = Fixture::new("F(n?) { return: Sum(n, 1) }");
        let all = hints(&fixture, InlayHintConfig::default(), 0, fixture.text.len());
        assert!(all[0].starts_with("n?: "), "{all:?}");
    }

    #[test]
    fn details_are_found_when_somebody_points_at_a_hint() {
        let fixture = Fixture::new(
            "F(ns) {\n  pod: GetPod(name: \"x\")\n  mine: helper()\n  return: 1\n}\nhelper() { return: (a: 1) }",
        );
        let details = |label: &str| {
            let offset = fixture.find(label).end() - TextSize::of(':');
            inlay_hint_details(&fixture.db, fixture.file, offset).unwrap()
        };
        let pod = details("pod:");
        assert!(pod.tooltip.contains("spec"), "{}", pod.tooltip);
        assert!(matches!(pod.place, Some(Target::Page(PageId::Kind(_), _))));
        let Some(Target::File(at)) = details("mine:").place else { panic!("no place") };
        assert_eq!(fixture.slice(at.range), "helper");
        let nowhere = inlay_hint_details(&fixture.db, fixture.file, TextSize::new(3));
        assert_eq!(nowhere, None);
    }

    #[test]
    fn long_types_are_folded_and_whole_in_the_tooltip() {
        let fixture = Fixture::new(
            "F(n) {\n  r: wide()\n  t: tree(3)\n  return: 1\n}\nwide() { return: (name: \"a\", spec: (ports: (1, 2), labels: (app: \"x\")), status: (ready: true)) }\ntree(n?) { return: Branch(if: Less(0, n), then: node[n]) }\nnode(n?) { return: (value: n, left: tree(Sum(n, -1)), right: tree(Sum(n, -2))) }",
        );
        let steps = InlayHintConfig { parameters: false, ..InlayHintConfig::default() };
        let range = TextRange::up_to(TextSize::of(fixture.text.as_str()));
        let hints = inlay_hints(&fixture.db, FileRange { file: fixture.file, range }, steps);
        let tooltip = |at: usize| {
            let offset = hints[at].offset;
            inlay_hint_details(&fixture.db, fixture.file, offset).unwrap().tooltip
        };
        assert_eq!(hints[0].ty, "(name: String, spec: (…), …)");
        assert!(tooltip(0).contains("labels: (app: String)"), "{}", tooltip(0));
        // A tree contains itself.
        assert_eq!(hints[1].ty, "*(value: Int64, left: _, …)");
        assert!(tooltip(1).contains("left: "));
    }
}

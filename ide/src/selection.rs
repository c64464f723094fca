//! Which steps a selection of text means, and which arguments a run of them needs.

use ko_queries::{
    RootDatabase,
    circuit::{Circuit, FunctionKey, StepId, StepKind},
    items::{find_function, param_doc},
};
use ko_syntax::{
    SyntaxKind,
    ast::{AstNode, Expr},
};
use text_size::TextRange;

use crate::{
    FileRange,
    source::{Scope, Source},
    typing,
};

/// Steps of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The function.
    pub function: FunctionKey,
    /// The steps, in the order of the text, each once.
    pub steps: Vec<StepId>,
}

/// An argument that a run has to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededArgument {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub doc: Option<String>,
    /// Whether it takes the unlabelled argument.
    pub monadic: bool,
    /// Its type in a few words, if anything is asked of it.
    pub ty: Option<String>,
}

/// The steps that a selection means. A selection that covers labelled steps of a function, wholly or in part, means
/// these; one inside of a single step means the smallest expression around it; an empty one means the step at the cursor.
/// Nothing outside of functions, or where there is nothing to run.
pub fn selection(db: &RootDatabase, at: FileRange) -> Option<Selection> {
    let source = Source::new(db, at.file)?;
    let range = trim(&source, at.range)?;
    let scope = source.scope_at(range.start())?;
    // A selection that leaves the function is about a larger one around it, or about none.
    if !scope.map().function.contains_range(range) {
        return None;
    }
    let body: Vec<(TextRange, StepId)> = terms(&scope).collect();
    let touched: Vec<StepId> = body
        .iter()
        .filter(|(term, _)| {
            if range.is_empty() {
                term.contains_inclusive(range.start())
            } else {
                term.intersect(range).is_some_and(|it| !it.is_empty())
            }
        })
        .map(|it| it.1)
        .collect();
    let whole =
        |step: StepId| body.iter().any(|(term, it)| *it == step && range.contains_range(*term));
    let steps = match touched.as_slice() {
        [] => return None,
        [one] if !range.is_empty() && !whole(*one) => {
            vec![expression(&source, &scope, range).unwrap_or(*one)]
        }
        // An empty selection between two steps on a line means the one that starts there.
        [.., last] if range.is_empty() => vec![*last],
        _ => touched,
    };
    let mut steps = steps;
    steps.sort_unstable();
    steps.dedup();
    Some(Selection { function: scope.circuit().key.clone(), steps })
}

/// The labelled steps with their whole text.
fn terms<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = (TextRange, StepId)> + 'a {
    let body = scope.node().and_then(|it| it.body());
    let terms = body.into_iter().flat_map(|it| it.steps()).filter(|it| it.label_token().is_some());
    terms
        .zip(scope.circuit().labels.iter())
        .map(|(term, (_, step))| (term.syntax().text_range(), *step))
}

/// The smallest expression that covers a selection, if it is a step.
fn expression(source: &Source<'_>, scope: &Scope<'_>, range: TextRange) -> Option<StepId> {
    let element = source.root().covering_element(range);
    let start = element.as_node().cloned().or_else(|| element.parent())?;
    let mut node = Some(start);
    while let Some(it) = node {
        if matches!(it.kind(), SyntaxKind::BODY | SyntaxKind::FUNCTION) {
            return None;
        }
        if Expr::can_cast(it.kind())
            && let Some(step) = scope.step_at(it.text_range())
        {
            return Some(step);
        }
        node = it.parent();
    }
    None
}

/// The selection without white space, separators and comments at its ends.
fn trim(source: &Source<'_>, range: TextRange) -> Option<TextRange> {
    if range.is_empty() {
        return Some(range);
    }
    let tokens = source.root().descendants_with_tokens().filter_map(|it| it.into_token());
    let mut meant = tokens
        .filter(|it| !it.kind().is_trivia())
        .filter_map(|it| it.text_range().intersect(range))
        .filter(|it| !it.is_empty());
    let first = meant.next()?;
    Some(meant.last().map_or(first, |last| first.cover(last)))
}

/// The parameters that a function, or some of its steps with everything they need, really reads; in the order of
/// declaration. Nothing for an unknown function.
pub fn needed_arguments(
    db: &RootDatabase,
    function: &FunctionKey,
    selection: Option<&[StepId]>,
) -> Vec<NeededArgument> {
    let scope = find_function(db, function).and_then(|it| Scope::new(db, it));
    let Some(scope) = scope else { return Vec::new() };
    let circuit = scope.circuit();
    let read = match selection {
        Some(steps) => needed_steps(circuit, steps),
        None => {
            // A whole run runs every step, used or not.
            let all: Vec<StepId> = circuit.ids().skip(circuit.params.len()).collect();
            let mut read = needed_steps(circuit, &all);
            circuit.labels.iter().for_each(|(_, step)| mark(&mut read, *step));
            read
        }
    };
    let params = circuit.params.iter().enumerate();
    params
        .filter(|(index, _)| read.get(*index).copied().unwrap_or(false))
        .map(|(_, param)| NeededArgument {
            name: param.name.to_string(),
            doc: param_doc(db, scope.function, &param.name),
            monadic: param.monadic,
            ty: typing::param(db, scope.function, &param.name).and_then(|it| it.ty),
        })
        .collect()
}

/// For each step, whether it is one of `steps` or something that they need.
fn needed_steps(circuit: &Circuit, steps: &[StepId]) -> Vec<bool> {
    let mut needed = vec![false; circuit.steps.len()];
    let mut stack = steps.to_vec();
    while let Some(step) = stack.pop() {
        let index = step.0 as usize;
        if needed.get(index).is_none_or(|it| *it) {
            continue;
        }
        needed[index] = true;
        if !matches!(circuit.step(step).kind, StepKind::Param(_)) {
            circuit.for_each_operand(step, |operand| stack.push(operand));
        }
    }
    needed
}

fn mark(needed: &mut [bool], step: StepId) {
    if let Some(slot) = needed.get_mut(step.0 as usize) {
        *slot = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn check(marked: &str, expected: Option<&[&str]>) {
        let fixture = Fixture::new(marked);
        let found = selection(&fixture.db, fixture.selected());
        let source = Source::new(&fixture.db, fixture.file).unwrap();
        let texts = found.map(|it| {
            let scope = source.scope_named(&it.function.name).unwrap();
            let texts = it.steps.iter().map(|step| scope.map().steps[step.0 as usize]);
            texts.map(|range| fixture.slice(range).to_owned()).collect::<Vec<_>>()
        });
        let expected = expected.map(|it| it.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_cursor_means_its_step() {
        check("F() {\n  a: G(1)$0\n  return: 2\n}", Some(&["G(1)"]));
        check("F() {\n  a$0: G(x: (y: 1))\n  return: 2\n}", Some(&["G(x: (y: 1))"]));
        check("F() {\n  a: G(x: (y: 1$0))\n  return: 2\n}", Some(&["G(x: (y: 1))"]));
        check("F() {\n$0\n  return: 2\n}", None);
        check("$0import \"x\"", None);
    }

    #[test]
    fn a_selection_means_all_steps_it_touches() {
        check("F() {\n  $0a: G(1)\n  b: 3\n$0  return: 2\n}", Some(&["G(1)", "3"]));
        check("F() {\n  a: G($01)\n  b: 3$0\n  return: 2\n}", Some(&["G(1)", "3"]));
        check("F() {$0\n  a: G(1) // c\n\n$0  return: 2\n}", Some(&["G(1)"]));
    }

    #[test]
    fn a_selection_inside_a_step_means_an_expression() {
        check("F() {\n  a: G(x: $0H(1)$0, y: 2)\n  return: 2\n}", Some(&["H(1)"]));
        check("F() {\n  a: G(x: $0 H(1) $0, y: 2)\n  return: 2\n}", Some(&["H(1)"]));
        check("F(p) {\n  a: G(x: $0p$0, y: 2)\n  return: 2\n}", Some(&["p"]));
        check("F() {\n  a: G($0x: H(1), y$0: 2)\n  return: 2\n}", Some(&["G(x: H(1), y: 2)"]));
        check("F() {\n  a: g(x) { return: $0x.y$0 }\n  return: 2\n}", Some(&["x.y"]));
    }

    #[test]
    fn arguments_are_those_that_are_read() {
        let fixture = Fixture::new(
            "F(\n  a? // First.\n  b\n  c\n) {\n  x: G(a)\n  y: H(x: x, b: b)\n  return: 1\n}",
        );
        let names = |selection: Option<&[StepId]>| {
            let needed = needed_arguments(&fixture.db, &fixture.key("F"), selection);
            needed.into_iter().map(|it| (it.name, it.monadic, it.doc)).collect::<Vec<_>>()
        };
        let a = ("a".to_owned(), true, Some("First.".to_owned()));
        let b = ("b".to_owned(), false, None);
        assert_eq!(names(None), [a.clone(), b.clone()]);
        let source = Source::new(&fixture.db, fixture.file).unwrap();
        let scope = source.scope_named("F").unwrap();
        let step = |name: &str| scope.circuit().labels[scope.label(name).unwrap()].1;
        assert_eq!(names(Some(&[step("x")])), vec![a.clone()]);
        assert_eq!(names(Some(&[step("y")])), [a, b]);
        assert_eq!(names(Some(&[step("return")])), []);
    }
}

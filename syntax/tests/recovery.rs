//! What is left of real programs when a part is missing: any prefix, and the deletion of any one token, keep every other
//! function and step (specification §2.1 names the anchors).

#![allow(clippy::unwrap_used)]

mod common;

use std::{fmt::Write as _, ops::Range};

use common::sources;
use ko_syntax::{
    SyntaxElement, SyntaxKind, SyntaxToken,
    ast::{AstNode, Function},
    parse,
};

/// Programs up to this many bytes are tried at every token; longer ones at as many tokens as [`SAMPLES`], spread by a
/// fixed seed, as all would take minutes without optimisation.
const SMALL: usize = 1_500;
const SAMPLES: usize = 40;

/// A step: where its label stands, and its label.
type Step = (usize, String);

/// A function, inline or not, as far as it is to survive.
struct Known {
    name: String,
    at: usize,
    range: Range<usize>,
    steps: Vec<(Step, Range<usize>)>,
}

fn range(node: &ko_syntax::SyntaxNode) -> Range<usize> {
    node.text_range().into()
}

/// All functions of a text that have a name.
fn functions(text: &str) -> Vec<Known> {
    let known = |function: Function| {
        let name = function.name_token()?;
        let steps = function.body().into_iter().flat_map(|body| body.steps()).filter_map(|step| {
            let label = step.label_token()?;
            let at = label.text_range().start().into();
            Some(((at, label.text().to_owned()), range(step.syntax())))
        });
        Some(Known {
            name: name.text().to_owned(),
            at: name.text_range().start().into(),
            range: range(function.syntax()),
            steps: steps.collect(),
        })
    };
    common::check(text).source_file().all_functions().filter_map(known).collect()
}

/// The positions to try among `count`: all, or a fixed sample.
fn sample(count: usize, size: usize) -> impl Iterator<Item = usize> {
    let few = size > SMALL && count > SAMPLES;
    // A multiplicative generator (Lehmer's, with the constants of Park and Miller); any spread would do.
    let mut state = 20_251_u64;
    (0..if few { SAMPLES } else { count }).map(move |index| {
        state = state * 48_271 % 2_147_483_647;
        if few { usize::try_from(state).unwrap() % count } else { index }
    })
}

#[test]
fn every_prefix_keeps_all_before_its_end() {
    let mut lost = String::new();
    let mut tried = 0;
    for source in sources::valid() {
        let text = &source.text;
        let all = functions(text);
        let ends: Vec<usize> = (0..text.len()).filter(|&it| text.is_char_boundary(it)).collect();
        for end in sample(ends.len(), text.len()).map(|index| ends[index]) {
            tried += 1;
            let left = functions(&text[..end]);
            for known in all.iter().filter(|it| it.at + it.name.len() < end) {
                let whole = known.range.end <= end;
                // Of a function that is cut, the header may be: then it may be a call.
                let body = known.steps.first().is_some_and(|(step, _)| step.0 < end);
                let found = left.iter().find(|it| it.at == known.at && it.name == known.name);
                let Some(found) = found else {
                    if whole || body {
                        writeln!(lost, "{} up to {end}: {}", source.name, known.name).unwrap();
                    }
                    continue;
                };
                for (step, range) in &known.steps {
                    if range.end <= end && !found.steps.contains(&(step.clone(), range.clone())) {
                        writeln!(lost, "{} up to {end}: {}.{}", source.name, known.name, step.1)
                            .unwrap();
                    }
                }
            }
        }
    }
    assert!(tried > 5_000, "only {tried} prefixes");
    assert_eq!(lost, "");
}

/// Whether a deletion takes more with it than a token: the line end after a `//` comment, without which the next line is
/// part of the comment. No other token is an exception; strings and comments are deleted whole, with their quotes.
fn takes_a_line(token: &SyntaxToken) -> bool {
    token.kind() == SyntaxKind::NEWLINE
        && token.prev_token().is_some_and(|before| before.kind() == SyntaxKind::LINE_COMMENT)
}

/// Whether a name stands next to a deletion without space: `F(x)` without its `(` has the name `Fx`, and `as c` without
/// the line end after it has the name of the next function in it. Only that name is excused.
fn touches(name: &Range<usize>, gone: &Range<usize>) -> bool {
    name.end == gone.start || name.start == gone.end
}

#[test]
fn every_deletion_of_a_token_keeps_all_others() {
    let mut lost = String::new();
    let (mut tried, mut excepted) = (0, 0);
    for source in sources::valid() {
        let text = &source.text;
        let all = functions(text);
        let tree = parse(text).syntax_node();
        let tokens: Vec<SyntaxToken> = tree
            .descendants_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .filter(|it| it.kind() != SyntaxKind::WHITESPACE)
            .collect();
        for index in sample(tokens.len(), text.len()) {
            let token = &tokens[index];
            for space in ["", " "] {
                if takes_a_line(token) {
                    excepted += 1;
                    continue;
                }
                tried += 1;
                let gone: Range<usize> = token.text_range().into();
                let broken = format!("{}{space}{}", &text[..gone.start], &text[gone.end..]);
                let moved =
                    |at: usize| if at < gone.end { at } else { at - gone.len() + space.len() };
                let left = functions(&broken);
                let around = |it: &Range<usize>| it.start <= gone.start && gone.end <= it.end;
                // The innermost step around the deletion; functions within it may be lost.
                let damaged = all
                    .iter()
                    .flat_map(|it| &it.steps)
                    .map(|(_, range)| range)
                    .filter(|range| around(range))
                    .min_by_key(|range| range.len());
                for known in &all {
                    let name = known.at..known.at + known.name.len();
                    if gone == name || space.is_empty() && touches(&name, &gone) {
                        continue;
                    }
                    if damaged.is_some_and(|it| it.start <= name.start && name.end <= it.end) {
                        continue;
                    }
                    let place = format!("{}: without {token:?} ({space:?})", source.name);
                    let at = moved(known.at);
                    let Some(found) = left.iter().find(|it| it.at == at && it.name == known.name)
                    else {
                        writeln!(lost, "{place}: {}", known.name).unwrap();
                        continue;
                    };
                    for ((at, label), range) in &known.steps {
                        let step = (moved(*at), label.clone());
                        let glued = space.is_empty() && touches(&(*at..at + label.len()), &gone);
                        if !glued
                            && !around(range)
                            && !found.steps.iter().any(|(it, _)| *it == step)
                        {
                            writeln!(lost, "{place}: {}.{label}", known.name).unwrap();
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 5_000, "only {tried} deletions");
    assert!(excepted < tried / 20, "{excepted} of {tried} deletions are excepted");
    assert_eq!(lost, "", "{} losses", lost.lines().count());
}

//! Whether a tree conforms to the grammar: whether the children of each of its nodes match the rule of the node.

use std::collections::BTreeSet;

use ko_syntax::{SyntaxElement, SyntaxKind, SyntaxNode, ast::AstNode as _};

use crate::model::{Grammar, Rule, Shape, Token, token_kind, upper_snake};

/// A child as the rules see it.
#[derive(Debug)]
enum Child {
    /// Separators, perhaps with comments.
    Break,
    /// Comments without any separator.
    Comment,
    Node(SyntaxKind),
    Token(SyntaxKind, String),
}

/// What does not conform, one line for each node. The tree is of a text without mistakes.
pub(crate) fn faults(grammar: &Grammar, root: &SyntaxNode) -> Vec<String> {
    let mut out = Vec::new();
    for node in root.descendants() {
        let name = grammar.nodes.iter().find(|it| {
            matches!(it.shape, Shape::Struct(_))
                && upper_snake(&it.name) == format!("{:?}", node.kind())
        });
        let Some(described) = name else {
            out.push(format!("{node:?} is no node of the grammar"));
            continue;
        };
        let rule = &grammar.rules[described.id].rule;
        let mut children = children(&node);
        // A comment beside a break or within a list is part of the break, and one next to the brackets is as harmless.
        if may_break(grammar, rule) {
            children.retain(|child| !matches!(child, Child::Comment));
        }
        let ends = matches(grammar, rule, &children, &BTreeSet::from([0]));
        if !ends.contains(&children.len()) {
            out.push(format!("{node:?} does not match `{}`: {children:?}", described.rule));
        }
        // Every part that the rule has a place for is found by its accessor, and by one alone.
        let parts = ko_syntax::ast::fields(&node);
        let own = node.children_with_tokens().filter(|it| !it.kind().is_trivia());
        let own: Vec<SyntaxElement> = own.collect();
        let found: Vec<SyntaxElement> = parts.into_iter().map(|(_, part)| part).collect();
        if own != found {
            out.push(format!("the accessors of {node:?} give {found:?}, its children are {own:?}"));
        }
    }
    out
}

fn children(node: &SyntaxNode) -> Vec<Child> {
    let mut out = Vec::new();
    for element in node.children_with_tokens() {
        let kind = element.kind();
        match element {
            SyntaxElement::Node(_) => out.push(Child::Node(kind)),
            SyntaxElement::Token(_) if kind == SyntaxKind::WHITESPACE => {}
            SyntaxElement::Token(_) if kind.is_separator() => {
                if let Some(Child::Comment) = out.last() {
                    out.pop();
                }
                if !matches!(out.last(), Some(Child::Break)) {
                    out.push(Child::Break);
                }
            }
            SyntaxElement::Token(_) if kind.is_comment() => {
                if !matches!(out.last(), Some(Child::Break | Child::Comment)) {
                    out.push(Child::Comment);
                }
            }
            SyntaxElement::Token(token) => out.push(Child::Token(kind, token.text().to_owned())),
        }
    }
    out
}

/// Whether the rule has a place for a break.
fn may_break(grammar: &Grammar, rule: &Rule) -> bool {
    match rule {
        Rule::Token(token) => grammar.rules[*token].name == ",",
        Rule::Node(_) => false,
        Rule::Labeled { rule, .. } | Rule::Opt(rule) | Rule::Rep(rule) => may_break(grammar, rule),
        Rule::Seq(all) | Rule::Alt(all) => all.iter().any(|rule| may_break(grammar, rule)),
    }
}

/// Where the children that the rule matches may end, if they start at one of `from`.
fn matches(
    grammar: &Grammar,
    rule: &Rule,
    children: &[Child],
    from: &BTreeSet<usize>,
) -> BTreeSet<usize> {
    let step = |accepts: &dyn Fn(&Child) -> bool| {
        from.iter().filter(|&&at| children.get(at).is_some_and(accepts)).map(|at| at + 1).collect()
    };
    match rule {
        Rule::Labeled { rule, .. } => matches(grammar, rule, children, from),
        Rule::Node(node) => {
            let kinds = grammar.kinds(&grammar.rules[*node].name);
            step(&|child| matches!(child, Child::Node(kind) if kinds.contains(kind)))
        }
        Rule::Token(token) => match token_kind(&grammar.rules[*token].name) {
            Token::Break => step(&|child| matches!(child, Child::Break)),
            Token::Kind(kind) => step(&|child| matches!(child, Child::Token(it, _) if *it == kind)),
            Token::Word(word) => step(
                &|child| matches!(child, Child::Token(SyntaxKind::IDENT, text) if *text == word),
            ),
        },
        Rule::Seq(all) => {
            let mut at = from.clone();
            for rule in all {
                at = matches(grammar, rule, children, &at);
            }
            at
        }
        Rule::Alt(all) => {
            all.iter().flat_map(|rule| matches(grammar, rule, children, from)).collect()
        }
        Rule::Opt(rule) => {
            let mut out = matches(grammar, rule, children, from);
            out.extend(from);
            out
        }
        Rule::Rep(rule) => {
            let mut out = from.clone();
            let mut frontier = from.clone();
            while !frontier.is_empty() {
                let next = matches(grammar, rule, children, &frontier);
                frontier = next.difference(&out).copied().collect();
                out.extend(&frontier);
            }
            out
        }
    }
}

/// The tree of a whole text, for texts without mistakes.
pub(crate) fn tree(text: &str) -> Option<SyntaxNode> {
    let parse = ko_syntax::parse(text);
    parse.errors().is_empty().then(|| parse.source_file().syntax().clone())
}

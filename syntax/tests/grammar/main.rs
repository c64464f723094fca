//! `ko.ungram` describes the tree: the typed tree and its reference are made from it, every kind is in it, its examples are
//! what they say, and every tree conforms to it.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods)]

mod conform;
mod model;
mod reference;
mod rust;

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
};

use expect_test::expect_file;
use ko_syntax::SyntaxKind;

use crate::model::{Grammar, Shape, all_kinds};

#[test]
fn the_typed_tree_is_current() {
    expect_file!["../../src/ast/generated.rs"].assert_eq(&rust::generate(&Grammar::read()));
}

#[test]
fn the_reference_is_current() {
    expect_file!["../../../docs/syntax-tree.md"].assert_eq(&reference::generate(&Grammar::read()));
}

/// Each kind of node has one rule, each rule but for choices one kind, and each kind of token is in a rule, is trivia, or
/// is always an error and says so.
#[test]
fn every_kind_is_in_the_grammar() {
    let grammar = Grammar::read();
    let mut left: BTreeSet<SyntaxKind> = all_kinds().into_iter().collect();
    for node in grammar.nodes.iter().filter(|node| matches!(node.shape, Shape::Struct(_))) {
        for kind in grammar.kinds(&node.name) {
            assert!(left.remove(&kind), "{} is described twice", node.name);
        }
    }
    for token in grammar.rules.tokens() {
        if let model::Token::Kind(kind) = model::token_kind(&grammar.rules[token].name) {
            left.remove(&kind);
        }
    }
    left.retain(|kind| !kind.is_trivia() && !matches!(kind, SyntaxKind::EOF | SyntaxKind::ERROR));
    for kind in left {
        let about = reference::documentation(kind);
        assert!(about.contains("always an error"), "{kind:?} has no place in ko.ungram");
    }
}

#[test]
fn every_node_is_documented_with_examples_of_all_its_parts() {
    let grammar = Grammar::read();
    for node in &grammar.nodes {
        let name = &node.name;
        assert!(!node.about.is_empty(), "{name} is not documented");
        assert!(!node.examples.is_empty(), "{name} has no example");
        for part in node.parts.keys() {
            let known = node.fields().iter().any(|field| field.name == *part);
            assert!(known, "{name} has no part `{part}`");
        }
        let kinds = grammar.kinds(name);
        for example in &node.examples {
            let tree = conform::tree(example);
            let tree = tree.unwrap_or_else(|| panic!("an example of {name} has mistakes"));
            assert!(
                tree.descendants().any(|it| kinds.contains(&it.kind())),
                "{name} is not in its example\n{example}"
            );
        }
        let shown = reference::shown(&grammar, node);
        for field in node.fields() {
            let part = &field.name;
            assert!(shown.contains(&part.as_str()), "no example of {name} has a `{part}`");
            let obvious =
                matches!(field.what, model::What::Token(kind) if kind != SyntaxKind::IDENT);
            assert!(obvious || node.parts.contains_key(part), "{name}: `{part}` is not documented");
        }
    }
}

fn files(directory: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|it| it == "ko") {
            out.push(path);
        }
    }
}

/// All Ko files below a folder beside this crate's, or a word that there are none.
fn programs(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !root.is_dir() {
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: trees against ko.ungram: put the programs at {} to check them too",
            root.display()
        );
        return Vec::new();
    }
    let mut all = Vec::new();
    files(&root, &mut all);
    all.sort();
    let text = |path: &PathBuf| String::from_utf8(std::fs::read(path).unwrap()).ok();
    all.iter().filter_map(text).collect()
}

#[test]
fn every_tree_conforms_to_the_grammar() {
    let grammar = Grammar::read();
    let mut sound = 0;
    for folder in ["../examples", "../../shared/examples", "../../shared/conformance"] {
        for text in programs(folder) {
            let Some(tree) = conform::tree(&text) else { continue };
            sound += 1;
            let faults = conform::faults(&grammar, &tree);
            assert!(faults.is_empty(), "{}\nin\n{text}", faults.join("\n"));
        }
    }
    assert!(sound >= 2, "only {sound} programs without mistakes");
    for node in &grammar.nodes {
        for example in &node.examples {
            let faults = conform::faults(&grammar, &conform::tree(example).unwrap());
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    }
}

/// The check above can fail.
#[test]
fn what_the_grammar_forbids_is_a_fault() {
    let grammar = Grammar::read();
    let texts =
        ["F() { return: (1 2) }", "F() { return: (a: 1, 2) }", "F(a b) { return: 1 }", "F() {"];
    for text in texts {
        let tree = ko_syntax::parse(text);
        assert!(!tree.errors().is_empty(), "{text} has no mistake");
        assert!(!conform::faults(&grammar, &tree.syntax_node()).is_empty(), "{text} conforms");
    }
}

//! Texts with syntax errors: what is left as it is, and the check that formatting the rest does not change how the text
//! is read.

use rowan::{NodeOrToken, TokenAtOffset, WalkEvent};
use text_size::{TextRange, TextSize};

use super::{FormatOptions, apply_edits, atoms::Atoms, layout};
use crate::{
    Parse, SyntaxElement,
    SyntaxErrorCode::MissingReturn,
    SyntaxKind::{self, *},
    SyntaxNode, TextEdit, algo, parse, work,
};

/// The nodes to leave as they are.
#[derive(Debug, Default)]
pub(super) struct Verbatim {
    keys: Vec<Key>,
    /// Whether the lines behind them keep their indentation, too.
    pub(super) keep_behind: bool,
}

type Key = (TextSize, TextSize, SyntaxKind);

fn key(node: &SyntaxNode) -> Key {
    let range = node.text_range();
    (range.start(), range.end(), node.kind())
}

impl Verbatim {
    pub(super) fn contains(&self, node: &SyntaxNode) -> bool {
        !self.keys.is_empty() && self.keys.binary_search(&key(node)).is_ok()
    }

    /// The smallest steps, functions and imports around the errors of a text.
    fn elements(parse: &Parse) -> Verbatim {
        Verbatim::around(parse, false, |node| match node.parent() {
            Some(parent) => match node.kind() {
                FUNCTION | IMPORT => true,
                LABELLED_TERM => parent.kind() == BODY,
                _ => parent.kind() == SOURCE_FILE,
            },
            None => false,
        })
    }

    /// The items at the top of a text that have errors.
    fn items(parse: &Parse) -> Verbatim {
        let is_file = |node: SyntaxNode| node.kind() == SOURCE_FILE;
        Verbatim::around(parse, true, |node| node.parent().is_some_and(is_file))
    }

    fn around(parse: &Parse, keep_behind: bool, stays: impl Fn(&SyntaxNode) -> bool) -> Verbatim {
        let root = parse.syntax_node();
        let mut keys = Vec::new();
        let mut add = |node: Option<SyntaxNode>| {
            let mut around = node.into_iter().flat_map(|node| node.ancestors());
            let found = around.find(|node| {
                work::count(1);
                stays(node)
            });
            keys.extend(found.map(|node| key(&node)));
        };
        for error in parse.errors().iter().filter(|error| error.code != MissingReturn) {
            add(node_at(&root, error.range));
        }
        for node in root.descendants().filter(|node| node.kind() == ERROR) {
            add(Some(node));
        }
        keys.sort();
        keys.dedup();
        Verbatim { keys, keep_behind }
    }
}

/// The innermost node that holds all of `range`. Of a place between tokens, the one to the left counts, unless it is
/// trivia.
fn node_at(root: &SyntaxNode, range: TextRange) -> Option<SyntaxNode> {
    let range = range.intersect(root.text_range())?;
    if range.is_empty() {
        let token = match algo::tokens_at_offset(root, range.start()) {
            TokenAtOffset::None => return None,
            TokenAtOffset::Single(token) => token,
            TokenAtOffset::Between(left, right) if left.kind().is_trivia() => right,
            TokenAtOffset::Between(left, _) => left,
        };
        return token.parent();
    }
    match root.covering_element(range) {
        NodeOrToken::Node(node) => Some(node),
        NodeOrToken::Token(token) => token.parent(),
    }
}

/// The changes that lay out a text with errors.
pub(super) fn edits(text: &str, broken: &Parse, options: &FormatOptions) -> Vec<TextEdit> {
    let edits = sparing(text, broken, &Verbatim::elements(broken), options);
    if accepts(text, broken, &edits, options) {
        return edits;
    }
    let edits = sparing(text, broken, &Verbatim::items(broken), options);
    let text_after = apply_edits(text, &edits);
    let after = parse(&text_after);
    if edits.is_empty() || !reads_the_same(broken, &after) {
        return Vec::new();
    }
    // What is accepted must be what formatting again gives.
    let again = sparing(&text_after, &after, &Verbatim::elements(&after), options);
    if !again.is_empty() {
        if accepts(&text_after, &after, &again, options) {
            return Vec::new();
        }
        if !sparing(&text_after, &after, &Verbatim::items(&after), options).is_empty() {
            return Vec::new();
        }
    }
    edits
}

fn sparing(
    text: &str,
    parse: &Parse,
    verbatim: &Verbatim,
    options: &FormatOptions,
) -> Vec<TextEdit> {
    layout::edits(&Atoms::collect(text, &parse.syntax_node(), verbatim, false), options)
}

/// Whether the text reads the same after the edits, and would not be changed again.
fn accepts(text: &str, broken: &Parse, edits: &[TextEdit], options: &FormatOptions) -> bool {
    if edits.is_empty() {
        return true;
    }
    let text = apply_edits(text, edits);
    let after = parse(&text);
    reads_the_same(broken, &after)
        && sparing(&text, &after, &Verbatim::elements(&after), options).is_empty()
}

/// Whether two texts have the same errors and, but for white space and separators, the same tree.
fn reads_the_same(a: &Parse, b: &Parse) -> bool {
    let codes = |parse: &Parse| parse.errors().iter().map(|error| error.code).collect::<Vec<_>>();
    codes(a) == codes(b) && significant(a).eq(significant(b))
}

/// The nodes and tokens of a tree in order, without white space and separators.
fn significant(parse: &Parse) -> impl Iterator<Item = (SyntaxKind, String)> {
    parse.syntax_node().preorder_with_tokens().filter_map(|event| match event {
        WalkEvent::Enter(SyntaxElement::Token(token)) => {
            let kind = token.kind();
            let space = kind == WHITESPACE || kind.is_separator();
            (!space).then(|| (kind, token.text().trim_end().to_owned()))
        }
        WalkEvent::Leave(SyntaxElement::Token(_)) => None,
        WalkEvent::Enter(element) => Some((element.kind(), String::new())),
        WalkEvent::Leave(_) => Some((EOF, String::new())),
    })
}

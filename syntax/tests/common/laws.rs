//! What must hold for any text, for tests and fuzz targets alike.

use std::fmt::Write as _;

use ko_syntax::{
    MAX_DEPTH, Parse, SyntaxElement, SyntaxKind, SyntaxNode, TextRange, TextSize,
    ast::{self, AstNode},
    format::{FormatOptions, format},
    parse,
    rowan::WalkEvent,
    tokenize,
};

/// Tokens cover the text without gaps, none is empty, and each ends between two characters.
pub fn lexer(text: &str) {
    let mut at = TextSize::new(0);
    for (kind, range) in tokenize(text) {
        assert_eq!(range.start(), at, "a gap before {kind:?}");
        assert!(!range.is_empty(), "{kind:?} at {at:?} is empty");
        assert!(text.is_char_boundary(range.end().into()), "{kind:?} ends within a character");
        at = range.end();
    }
    assert_eq!(at, TextSize::of(text), "the tokens end before the text");
}

/// The tree holds every token and is not too deep; errors and their fixes lie within the text, in order. There are no more
/// nodes and errors than a constant for every token: with more, the work would grow faster than the text.
pub fn parser(text: &str) -> Parse {
    let parse = super::check(text);
    let (mut nodes, mut depth, mut deepest) = (0_usize, 0_usize, 0);
    let mut tokens = tokenize(text);
    let mut count = 0_usize;
    for event in parse.syntax_node().preorder_with_tokens() {
        match event {
            WalkEvent::Enter(SyntaxElement::Node(_)) => {
                nodes += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
            WalkEvent::Leave(SyntaxElement::Node(_)) => depth -= 1,
            WalkEvent::Enter(SyntaxElement::Token(token)) => {
                count += 1;
                let expected: Option<(SyntaxKind, TextRange)> = tokens.next();
                assert_eq!(Some((token.kind(), token.text_range())), expected);
            }
            WalkEvent::Leave(SyntaxElement::Token(_)) => {}
        }
    }
    assert!(deepest <= 4 * MAX_DEPTH as usize, "the tree is {deepest} deep");
    assert!(nodes <= 8 * count + 8, "{nodes} nodes for {count} tokens");
    let errors = parse.errors().len();
    assert!(errors <= 4 * text.len() + 4, "{errors} errors in {} bytes", text.len());
    parse
}

/// A subtree, without white space and separators.
fn dump(node: &SyntaxNode) -> String {
    let mut out = String::new();
    for event in node.preorder_with_tokens() {
        match event {
            WalkEvent::Enter(SyntaxElement::Node(node)) => {
                write!(out, "{:?}(", node.kind()).unwrap();
            }
            WalkEvent::Leave(SyntaxElement::Node(_)) => out.push(')'),
            WalkEvent::Enter(SyntaxElement::Token(token)) => {
                let kind = token.kind();
                if kind != SyntaxKind::WHITESPACE && !kind.is_separator() {
                    write!(out, "{kind:?}{:?} ", token.text().trim_end()).unwrap();
                }
            }
            WalkEvent::Leave(SyntaxElement::Token(_)) => {}
        }
    }
    out
}

/// What a text says: its items, those that may move in an order of their own; its comments; what documents what.
#[derive(Debug, PartialEq)]
pub struct Meaning {
    items: Vec<String>,
    imports: Vec<String>,
    comments: Vec<String>,
    docs: Vec<String>,
    errors: Vec<&'static str>,
}

/// What the text of a tree says, whatever its layout.
pub fn meaning(parse: &Parse) -> Meaning {
    let root = parse.syntax_node();
    let is_import = |node: &SyntaxNode| node.kind() == SyntaxKind::IMPORT;
    let mut imports: Vec<String> = root.children().filter(is_import).map(|it| dump(&it)).collect();
    imports.sort();
    let items = root.children().filter(|it| !is_import(it)).map(|it| dump(&it)).collect();
    let mut comments: Vec<String> = root
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| token.kind().is_comment())
        .map(|token| token.text().trim_end().to_owned())
        .collect();
    if imports.len() > 1 {
        comments.sort();
    }
    let doc = |node: SyntaxNode| match node.kind() {
        SyntaxKind::FUNCTION => ast::Function::cast(node)?.doc(),
        SyntaxKind::PARAM => ast::Param::cast(node)?.doc(),
        SyntaxKind::LABELLED_TERM => ast::LabelledTerm::cast(node)?.doc(),
        SyntaxKind::UNLABELLED_TERM => ast::UnlabelledTerm::cast(node)?.doc(),
        SyntaxKind::IMPORT if imports.len() == 1 => ast::Import::cast(node)?.doc(),
        _ => None,
    };
    let docs = root
        .descendants()
        .map(|node| format!("{:?} {:?}", node.kind(), doc(node)))
        .filter(|doc| imports.len() == 1 || !doc.starts_with("IMPORT"))
        .collect();
    let errors = parse.errors().iter().map(|error| error.code.code()).collect();
    Meaning { items, imports, comments, docs, errors }
}

/// Formats, and checks all that must hold for any text: formatting twice is formatting once, what the text parses to
/// stays, no comment is lost or changes its element.
pub fn formatter(text: &str) -> String {
    let edits = format(text, &FormatOptions::default()).edits;
    let out = super::apply(text, &edits);
    let again = format(&out, &FormatOptions::default()).edits;
    assert!(again.is_empty(), "formatting again changes\n{out}\nby {again:?}\nfrom\n{text}");
    let (before, after) = (parse(text), parse(&out));
    assert_eq!(meaning(&before), meaning(&after), "in\n{text}\nformatted\n{out}");
    let imports = |parse: &Parse| {
        parse.source_file().imports().map(|it| dump(it.syntax())).collect::<Vec<_>>()
    };
    if imports(&before) == imports(&after) {
        // Nothing has moved: between the same tokens and nodes stand the same comments.
        assert_eq!(
            dump(&before.syntax_node()),
            dump(&after.syntax_node()),
            "in\n{text}\nformatted\n{out}"
        );
    }
    out
}

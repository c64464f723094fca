//! The tree-sitter parser and the parser of the language server say the same of every file: the same functions, steps,
//! calls, strings, comments; and an error where the other has one.

#![allow(clippy::unwrap_used)]

mod common;

use common::Source;
use ko_syntax::{SyntaxErrorCode as Code, SyntaxKind, SyntaxNode};
use tree_sitter::Node;

/// Mistakes that a context-free grammar does not see, or that would cost editors more than they gain: the tree is fine
/// without them, and the server reports them.
const NOT_SEEN: &[(Code, &str)] = &[
    (Code::MissingReturn, "which labels there are is no matter of the grammar"),
    (
        Code::DuplicateMonadic,
        "counting `?` over a list would double the rules; two at one name are seen",
    ),
    (Code::NumberOverflow, "a grammar does not calculate"),
    (Code::NestingTooDeep, "tree-sitter keeps its stack on the heap, and needs no limit"),
];

/// One fact about a file: what, where, and a name or nothing.
type Fact = (&'static str, usize, usize, String);

/// What the server's parser sees.
fn expected(text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    for element in ko_syntax::parse(text).syntax_node().descendants_with_tokens() {
        let kind = element.kind();
        let node = element.as_node();
        let what = match kind {
            SyntaxKind::FUNCTION => "function",
            SyntaxKind::PARAM => "parameter",
            SyntaxKind::BODY => "body",
            SyntaxKind::IMPORT => "import",
            SyntaxKind::LABELLED_TERM => {
                let parent = node.and_then(SyntaxNode::parent).map(|parent| parent.kind());
                if parent == Some(SyntaxKind::BODY) { "step" } else { "argument" }
            }
            SyntaxKind::CALL_EXPR => "call",
            SyntaxKind::AUGMENT_EXPR => "augmentation",
            SyntaxKind::LITERAL => match node.unwrap().last_token().unwrap().kind() {
                SyntaxKind::INT => "integer",
                SyntaxKind::FLOAT => "float",
                _ => continue,
            },
            SyntaxKind::STRING => "string",
            SyntaxKind::RAW_STRING => "raw_string",
            SyntaxKind::LINE_COMMENT => "line_comment",
            SyntaxKind::BLOCK_COMMENT => "block_comment",
            _ => continue,
        };
        let name = match (what, node) {
            ("function" | "parameter" | "step" | "argument", Some(node)) => {
                first_ident(node).unwrap_or_default()
            }
            _ => String::new(),
        };
        let range = element.text_range();
        facts.push((what, range.start().into(), range.end().into(), name));
    }
    for path in ko_syntax::parse(text).syntax_node().descendants() {
        // Every name behind a `.`.
        if matches!(path.kind(), SyntaxKind::PATH_EXPR | SyntaxKind::SELECT_EXPR) {
            let tokens = path.children_with_tokens().filter_map(|it| it.into_token());
            let skip = usize::from(path.kind() == SyntaxKind::PATH_EXPR);
            for ident in tokens.filter(|token| token.kind() == SyntaxKind::IDENT).skip(skip) {
                let range = ident.text_range();
                let name = ident.text().to_owned();
                facts.push(("field", range.start().into(), range.end().into(), name));
            }
        }
    }
    facts.sort();
    facts
}

fn first_ident(node: &SyntaxNode) -> Option<String> {
    let mut tokens = node.children_with_tokens().filter_map(|it| it.into_token());
    tokens.find(|token| token.kind() == SyntaxKind::IDENT).map(|token| token.text().to_owned())
}

/// Kinds of nodes that are compared by their place alone.
const UNNAMED: &[&str] = &[
    "body",
    "import",
    "call",
    "augmentation",
    "integer",
    "float",
    "string",
    "raw_string",
    "line_comment",
    "block_comment",
];

/// What the tree-sitter parser sees.
fn actual(text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let tree = common::parse(text);
    let nodes = common::nodes(&tree);
    for node in nodes.into_iter().filter(Node::is_named) {
        let text_of = |field| {
            let child: Node = node.child_by_field_name(field).unwrap();
            text[child.byte_range()].to_owned()
        };
        let (what, name) = match node.kind() {
            "function" => ("function", text_of("name")),
            "parameter" => ("parameter", text_of("name")),
            "step" => ("step", text_of("label")),
            "argument" => ("argument", text_of("label")),
            "selection" => {
                let field = node.child_by_field_name("field").unwrap();
                facts.push(("field", field.start_byte(), field.end_byte(), text_of("field")));
                continue;
            }
            kind => match UNNAMED.iter().find(|unnamed| **unnamed == kind) {
                Some(kind) => (*kind, String::new()),
                None => continue,
            },
        };
        facts.push((what, node.start_byte(), node.end_byte(), name));
    }
    facts.sort();
    facts
}

/// The first difference between the parsers, if any.
fn difference(text: &str) -> Option<String> {
    let errors = ko_syntax::parse(text);
    let has_error = common::parse(text).root_node().has_error();
    let (unseen, seen): (Vec<_>, Vec<_>) = errors
        .errors()
        .iter()
        .partition(|error| NOT_SEEN.iter().any(|(code, _)| *code == error.code));
    if !seen.is_empty() {
        return (!has_error).then(|| format!("no error, expected {:?}", seen[0]));
    }
    if has_error && unseen.iter().all(|error| error.code != Code::DuplicateMonadic) {
        return Some(format!(
            "an error, expected none (but {unseen:?}): {}",
            common::parse(text).root_node().to_sexp()
        ));
    }
    let (expected, actual) = (expected(text), actual(text));
    if has_error || expected == actual {
        return None;
    }
    let missing: Vec<_> = expected.iter().filter(|fact| !actual.contains(fact)).collect();
    let extra: Vec<_> = actual.iter().filter(|fact| !expected.contains(fact)).collect();
    Some(format!("missing {missing:?}, too many {extra:?}"))
}

#[test]
fn agrees_on_files() {
    let mut wrong = Vec::new();
    let sources = common::sources();
    let mut facts = 0;
    for Source { name, text } in &sources {
        facts += expected(text).len();
        if let Some(difference) = difference(text) {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(facts > 200, "nothing was compared");
    assert!(wrong.is_empty(), "{} of {} files:\n{}", wrong.len(), sources.len(), wrong.join("\n"));
}

#[test]
fn agrees_on_the_corpus() {
    for case in common::corpus::cases() {
        assert_eq!(difference(&case.input), None, "{}: {}", case.file.display(), case.name);
    }
}

/// Text with a token too few or twice is wrong for both parsers, or right for both with the same parts.
#[test]
fn agrees_on_what_is_nearly_right() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for text in
        common::corpus::cases().into_iter().filter(|case| !case.is_error).map(|case| case.input)
    {
        let tree = ko_syntax::parse(&text).syntax_node();
        for token in tree.descendants_with_tokens().filter_map(|it| it.into_token()) {
            let (start, end) = (token.text_range().start().into(), token.text_range().end().into());
            let without = format!("{}{}", &text[..start], &text[end..]);
            let twice = format!("{}{}", &text[..end], &text[start..]);
            for changed in [without, twice] {
                tried += 1;
                if let Some(difference) = difference(&changed) {
                    wrong.push(format!("{changed:?}: {difference}"));
                }
            }
        }
    }
    assert!(tried > 1000, "only {tried} texts");
    assert!(wrong.is_empty(), "{} of {tried} texts:\n{}", wrong.len(), wrong.join("\n"));
}

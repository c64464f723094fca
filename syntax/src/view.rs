//! A tree as lines to read: one for each node and token, indented, with the part it is of the node around it.
//!
//! What the command line, the editors and the documentation show is made here, so that it is the same everywhere.

use std::fmt;

use rowan::WalkEvent;

use crate::{SyntaxElement, SyntaxKind, SyntaxNode, TextRange, ast};

/// A node or token of a tree, as one line of text.
///
/// Its [`Display`](fmt::Display) is such as `name: IDENT@0..1 "F"`, without indentation and line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How many nodes are around it, up to the one that is shown.
    pub depth: usize,
    /// Which part of the node around it it is (see [`ast::fields`]), unless its kind says so already.
    pub part: Option<&'static str>,
    /// What it is.
    pub kind: SyntaxKind,
    /// Where it stands in the text.
    pub range: TextRange,
    /// The text of a token. Nodes have none.
    pub text: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Long strings and comments would hide the tree.
        const LONGEST: usize = 60;
        if let Some(part) = self.part {
            write!(f, "{part}: ")?;
        }
        write!(f, "{:?}@{:?}", self.kind, self.range)?;
        match &self.text {
            Some(text) => match text.char_indices().nth(LONGEST) {
                Some((end, _)) => write!(f, " {:?}…", &text[..end]),
                None => write!(f, " {text:?}"),
            },
            None => Ok(()),
        }
    }
}

/// All nodes and tokens of the tree below `node`, and `node` itself, in the order of the text.
pub fn lines(node: &SyntaxNode) -> Vec<Line> {
    let mut out = Vec::new();
    // The parts of each node on the way to the current element that are still to come, the next one last.
    let mut parts: Vec<Vec<(&'static str, SyntaxElement)>> = Vec::new();
    for event in node.preorder_with_tokens() {
        match event {
            WalkEvent::Enter(element) => {
                let depth = parts.len();
                let part = parts.last_mut().and_then(|left| part_of(left, &element));
                let (kind, range) = (element.kind(), element.text_range());
                let text = element.as_token().map(|token| token.text().to_owned());
                let part = part.filter(|part| !is_named_like(kind, part));
                out.push(Line { depth, part, kind, range, text });
                if let SyntaxElement::Node(node) = element {
                    let mut own = ast::fields(&node);
                    own.reverse();
                    parts.push(own);
                }
            }
            WalkEvent::Leave(SyntaxElement::Node(_)) => drop(parts.pop()),
            WalkEvent::Leave(SyntaxElement::Token(_)) => {}
        }
    }
    out
}

/// The tree below `node` as text: a line for each of [`lines`], indented by two spaces a level.
///
/// ```
/// let tree = ko_syntax::parse("// no steps").syntax_node();
/// let text = "SOURCE_FILE@0..11\n  LINE_COMMENT@0..11 \"// no steps\"\n";
/// assert_eq!(ko_syntax::view::text(&tree), text);
/// ```
pub fn text(node: &SyntaxNode) -> String {
    let mut out = String::new();
    for line in lines(node) {
        out.extend(std::iter::repeat_n("  ", line.depth));
        out += &line.to_string();
        out.push('\n');
    }
    out
}

/// The part that `element` is, of those that are still to come.
fn part_of(
    left: &mut Vec<(&'static str, SyntaxElement)>,
    element: &SyntaxElement,
) -> Option<&'static str> {
    match left.last() {
        Some((_, next)) if next == element => left.pop().map(|(part, _)| part),
        _ => None,
    }
}

fn is_named_like(kind: SyntaxKind, part: &str) -> bool {
    format!("{kind:?}").eq_ignore_ascii_case(part)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn parts_have_their_names() {
        let tree =
            crate::parse("import \"as\" as as\nF(x?) { return: (a: -1)(2).b }").syntax_node();
        expect![[r#"
            SOURCE_FILE@0..48
              item: IMPORT@0..17
                import: IDENT@0..6 "import"
                WHITESPACE@6..7 " "
                path: STRING@7..11 "\"as\""
                WHITESPACE@11..12 " "
                as: IDENT@12..14 "as"
                WHITESPACE@14..15 " "
                alias: IDENT@15..17 "as"
        "#]]
        .assert_eq(
            &text(&tree).lines().take(9).map(|line| format!("{line}\n")).collect::<String>(),
        );
        let named: Vec<_> = lines(&tree).iter().filter_map(|line| line.part).collect();
        expect![[r#"
            [
                "item",
                "import",
                "path",
                "as",
                "alias",
                "item",
                "name",
                "name",
                "monadic",
                "step",
                "label",
                "value",
                "base",
                "callee",
                "label",
                "value",
                "value",
            ]
        "#]]
        .assert_debug_eq(&named);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = format!("// {}", "é".repeat(100));
        let lines = lines(&crate::parse(&text).syntax_node());
        assert!(lines[1].to_string().ends_with("é\"…"));
    }
}

//! What can be said of a text before it is an input: whether it is one yet, and what it would be.

use ecow::EcoString;
use ko_syntax::{SyntaxKind, TextRange, TextSize, ast, tokenize};

/// An offset as the queries count; the largest for one that is too large.
pub(super) fn size(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// Where a function stands.
pub(super) fn range_of(function: &ast::Function) -> TextRange {
    ast::AstNode::syntax(function).text_range()
}

/// The names of the functions of a file that are not within others.
pub(super) fn top_level(file: &ast::SourceFile) -> Vec<String> {
    file.functions().filter_map(|it| Some(it.name()?.to_string())).collect()
}

/// The tokens of a text without white space and comments.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (SyntaxKind, TextRange)> {
    tokenize(text).filter(|(kind, _)| !matches!(kind, SyntaxKind::WHITESPACE) && !kind.is_comment())
}

/// Whether a text begins with an import.
pub(super) fn begins_with_import(text: &str) -> bool {
    let mut tokens = tokens(text).skip_while(|(kind, _)| kind.is_separator());
    let first = tokens.next().map(|(_, range)| &text[range]);
    first.is_some_and(|it| it == "import" || it == "use")
        && tokens.next().is_some_and(|(kind, _)| kind.is_string())
}

/// The labels of steps, `x` and `y` of `x: 1, y: 2`, and where what stands behind the first one begins. None of an
/// expression, and where it begins.
pub(super) fn labels(text: &str) -> (Vec<EcoString>, usize) {
    let mut labels = Vec::new();
    let mut start = None;
    let (mut depth, mut at_start) = (0usize, true);
    let all: Vec<_> = tokens(text).collect();
    for (at, (kind, range)) in all.iter().enumerate() {
        if depth == 0 && kind.is_separator() {
            at_start = true;
            continue;
        }
        depth += usize::from(kind.is_opener());
        depth = depth.saturating_sub(usize::from(kind.is_closer()));
        start.get_or_insert(usize::from(range.start()));
        let colon = all.get(at + 1).filter(|(next, _)| *next == SyntaxKind::COLON);
        if let Some((_, colon)) = colon.filter(|_| at_start && *kind == SyntaxKind::IDENT) {
            if labels.is_empty() {
                start = Some(usize::from(colon.end()));
            }
            labels.push(EcoString::from(&text[*range]));
        }
        at_start = false;
    }
    (labels, start.unwrap_or(text.len()).min(text.len()))
}

/// Whether a text goes on: a bracket is open, or a string or comment.
pub(crate) fn is_open(text: &str) -> bool {
    let mut depth = 0i64;
    for (kind, _) in tokenize(text) {
        depth += i64::from(kind.is_opener()) - i64::from(kind.is_closer());
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_where_steps_begin() {
        let labels = |text| {
            let (labels, start) = labels(text);
            (labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), &text[start..])
        };
        assert_eq!(labels("x: Sum(a: 1, b: 2)"), ("x".to_owned(), " Sum(a: 1, b: 2)"));
        assert_eq!(labels("x: 1, y: (z: 2)\nw: 3").0, "x y w");
        assert_eq!(labels("Sum(x: 1)"), (String::new(), "Sum(x: 1)"));
        assert_eq!(labels("\n (a: 1)"), (String::new(), "(a: 1)"));
        assert_eq!(labels(""), (String::new(), ""));
    }

    #[test]
    fn a_text_goes_on_while_a_bracket_is_open() {
        for (text, open) in
            [("Sum(1,", true), ("Sum(1)", false), ("f() {", true), (")", false), ("\"(\"", false)]
        {
            assert_eq!(is_open(text), open, "{text}");
        }
    }
}

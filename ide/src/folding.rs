//! What can be folded away, and what a selection grows to.

use ko_syntax::{
    SyntaxKind::{self, *},
    SyntaxNode,
};
use text_size::{TextRange, TextSize};

use crate::{FileId, RootDatabase, source::Source};

/// Something that can be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldingRange {
    /// The characters from the first line, which stays, to the last.
    pub range: TextRange,
    /// What it is.
    pub kind: FoldingKind,
}

/// What a [`FoldingRange`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoldingKind {
    /// A bracket with what it holds.
    Region,
    /// Comments.
    Comment,
    /// Imports.
    Imports,
}

/// Brackets and runs of comments and imports that span lines, in the order of the text.
pub fn folding_ranges(db: &RootDatabase, file: FileId) -> Vec<FoldingRange> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let mut out = Vec::new();
    let spans_lines = |node: &SyntaxNode| node.text().contains_char('\n');
    for node in source.root().descendants() {
        if matches!(node.kind(), PARAM_LIST | BODY | ARG_LIST) && spans_lines(&node) {
            out.push(FoldingRange { range: node.text_range(), kind: FoldingKind::Region });
        }
    }
    comments(source.root(), &mut out);
    let imports: Vec<TextRange> = source
        .root()
        .children()
        .filter(|it| it.kind() == IMPORT)
        .map(|it| it.text_range())
        .collect();
    if let [first, .., last] = imports.as_slice() {
        let range = first.cover(*last);
        let text = source.root().text().slice(range);
        if text.contains_char('\n')
            && !source
                .tree
                .functions()
                .any(|it| range.contains_range(ko_syntax::ast::AstNode::syntax(&it).text_range()))
        {
            out.push(FoldingRange { range, kind: FoldingKind::Imports });
        }
    }
    out.sort_by_key(|it| (it.range.start(), std::cmp::Reverse(it.range.end())));
    out
}

/// Block comments over several lines, and line comments on consecutive lines.
fn comments(root: &SyntaxNode, out: &mut Vec<FoldingRange>) {
    let mut run: Option<(TextRange, u32)> = None;
    let mut newlines = 0u32;
    let finish = |run: &mut Option<(TextRange, u32)>, out: &mut Vec<FoldingRange>| {
        if let Some((range, lines)) = run.take()
            && lines > 1
        {
            out.push(FoldingRange { range, kind: FoldingKind::Comment });
        }
    };
    for token in root.descendants_with_tokens().filter_map(|it| it.into_token()) {
        let range = token.text_range();
        match token.kind() {
            WHITESPACE => {}
            NEWLINE => newlines += 1,
            LINE_COMMENT => {
                match &mut run {
                    Some((covered, lines)) if newlines == 1 => {
                        *covered = covered.cover(range);
                        *lines += 1;
                    }
                    _ => {
                        finish(&mut run, out);
                        run = Some((range, 1));
                    }
                }
                newlines = 0;
            }
            kind => {
                finish(&mut run, out);
                newlines = 0;
                if kind == BLOCK_COMMENT && token.text().contains('\n') {
                    out.push(FoldingRange { range, kind: FoldingKind::Comment });
                }
            }
        }
    }
    finish(&mut run, out);
}

/// What a selection at `offset` grows to, step by step: each range holds the one before it, the last is the file.
pub fn selection_ranges(db: &RootDatabase, file: FileId, offset: TextSize) -> Vec<TextRange> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let Some(token) = source.token_at(offset) else { return Vec::new() };
    let mut out = vec![token.text_range()];
    let mut add = |range: TextRange| {
        if out.last().is_some_and(|last| range.contains_range(*last) && range != *last) {
            out.push(range);
        }
    };
    for node in token.parent_ancestors() {
        let kind: SyntaxKind = node.kind();
        if matches!(kind, PARAM_LIST | BODY | ARG_LIST)
            && let (Some(open), Some(close)) = (node.first_token(), node.last_token())
            && open.kind().is_opener()
            && close.kind().is_closer()
        {
            add(TextRange::new(open.text_range().end(), close.text_range().start()));
        }
        add(node.text_range());
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn brackets_comments_and_imports_fold() {
        let fixture = Fixture::new(
            "import \"a\"\nimport \"b\"\n// One.\n// Two.\n\n// Three.\nF(x) {\n  return: (\n    a: x\n  )\n}\n/* a\nb */",
        );
        let shown: Vec<String> = folding_ranges(&fixture.db, fixture.file)
            .iter()
            .map(|it| format!("{:?} {:?}\n", it.kind, fixture.slice(it.range)))
            .collect();
        expect![[r#"
            Imports "import \"a\"\nimport \"b\""
            Comment "// One.\n// Two."
            Region "{\n  return: (\n    a: x\n  )\n}"
            Region "(\n    a: x\n  )"
            Comment "/* a\nb */"
        "#]]
        .assert_eq(&shown.concat());
    }

    #[test]
    fn selections_grow() {
        let fixture = Fixture::new("F(x) { return: G(a: x$0.b) }");
        let ranges = selection_ranges(&fixture.db, fixture.file, fixture.position().offset);
        let shown: Vec<&str> = ranges.iter().map(|it| fixture.slice(*it)).collect();
        assert_eq!(
            shown,
            [
                "x",
                "x.b",
                "a: x.b",
                "(a: x.b)",
                "G(a: x.b)",
                "return: G(a: x.b)",
                " return: G(a: x.b) ",
                "{ return: G(a: x.b) }",
                "F(x) { return: G(a: x.b) }",
            ]
        );
    }
}

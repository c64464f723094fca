//! `docs/syntax-tree.md`: the reference of the syntax tree for those who write tools.

use std::fmt::Write as _;

use ko_syntax::{SyntaxKind, ast::AstNode, parse};

use crate::model::{Grammar, Node, Shape, all_kinds, upper_snake};

const HEAD: &str = "\
# The syntax tree of Ko

<!-- Generated from syntax/ko.ungram: do not edit by hand. `UPDATE_EXPECT=1 cargo test -p ko-syntax --test grammar` writes it anew. -->

Any text has a tree, however broken it is, and the text of the tree is the text, character for character. `ko syntax FILE` shows it, and
so do VS Code (*Ko: Show Syntax Tree*) and Neovim (`:KoSyntaxTree`). In Rust, `ko_syntax::parse` makes it and `ko_syntax::ast` gives its
nodes types: one type for each section below, with one method for each part.

In the rules, `?` says that what stands before it may be missing, `*` that it may stand any number of times, `|` separates alternatives,
and `name:` names a part. `'('` is a token with this text, `'#ident'` any token of the kind `IDENT`. `','` is a break: one or more
separators (line feeds, commas, semicolons) with any comments around them; where no rule says `','`, no separator and no comment may stand.
White space may stand between any two tokens.

Of a text with mistakes, any part of a node may be missing, and what does not belong is in nodes of the kind `ERROR`.
";

/// The text of the file.
pub(crate) fn generate(grammar: &Grammar) -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n## Nodes\n");
    for node in &grammar.nodes {
        section(&mut out, grammar, node);
    }
    tokens(&mut out, grammar);
    out
}

fn section(out: &mut String, grammar: &Grammar, node: &Node) {
    writeln!(out, "\n### {}\n", node.name).unwrap();
    match &node.shape {
        Shape::Struct(_) => writeln!(out, "Kind `{}`.", upper_snake(&node.name)).unwrap(),
        Shape::Enum(_) => out.push_str("One of several kinds of nodes.\n"),
    }
    writeln!(out, "{}\n\n```text\n{}\n```", node.about.join("\n"), node.rule).unwrap();
    let documented: Vec<_> =
        node.fields().iter().filter(|field| node.parts.contains_key(&field.name)).collect();
    if !documented.is_empty() {
        out.push_str("\n| part | Rust | what it is |\n|---|---|---|\n");
        for field in documented {
            let about = field.about(node);
            writeln!(out, "| `{}` | `{}()` | {about} |", field.name, field.method()).unwrap();
        }
    }
    for example in &node.examples {
        write!(out, "\n```ko\n{example}```\n").unwrap();
        if let Shape::Struct(_) = node.shape {
            let root = parse(example).syntax_node();
            let kinds = grammar.kinds(&node.name);
            let found = root.descendants().find(|it| kinds.contains(&it.kind())).unwrap();
            write!(out, "\n```text\n{}```\n", ko_syntax::view::text(&found)).unwrap();
        }
    }
}

/// The comments of the kinds in `kind.rs`, which stand before them.
const KINDS: &str = include_str!("../../src/kind.rs");

fn tokens(out: &mut String, grammar: &Grammar) {
    out.push_str("\n## Tokens\n\nAnd `ERROR`, the node around text that could not be understood.\n\n| kind | what it is |\n|---|---|\n");
    let nodes: Vec<SyntaxKind> =
        grammar.nodes.iter().flat_map(|node| grammar.kinds(&node.name)).collect();
    for kind in all_kinds() {
        if nodes.contains(&kind) || matches!(kind, SyntaxKind::ERROR | SyntaxKind::EOF) {
            continue;
        }
        let about = documentation(kind);
        writeln!(out, "| `{kind:?}` | {} |", about.replace('|', "\\|")).unwrap();
    }
}

/// The comment of a kind in `kind.rs`.
pub(crate) fn documentation(kind: SyntaxKind) -> String {
    let line = format!("    {kind:?},");
    let lines: Vec<&str> = KINDS.lines().collect();
    let at = lines.iter().position(|it| *it == line).unwrap();
    let mut about: Vec<&str> = lines[..at]
        .iter()
        .rev()
        .map_while(|it| it.trim().strip_prefix("///"))
        .map(str::trim)
        .collect();
    about.reverse();
    about.join(" ")
}

/// The names of the parts that the examples of a node show.
pub(crate) fn shown(grammar: &Grammar, node: &Node) -> Vec<&'static str> {
    let kinds = grammar.kinds(&node.name);
    let mut names: Vec<&'static str> = Vec::new();
    for example in &node.examples {
        let root = parse(example).source_file();
        if let Some(found) = root.syntax().descendants().find(|it| kinds.contains(&it.kind())) {
            names.extend(ko_syntax::ast::fields(&found).iter().map(|(name, _)| *name));
        }
    }
    names
}

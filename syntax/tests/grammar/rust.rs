//! `src/ast/generated.rs`: the types of the nodes and the accessors of their parts.

use std::fmt::Write as _;

use crate::model::{Field, Grammar, Node, Shape, What, upper_snake};

const HEAD: &str = "\
//! The types of the nodes and the accessors of their parts, generated from `ko.ungram`: do not edit by hand. What takes more
//! than finding a child by its kind is in the other files of this folder.
//! `UPDATE_EXPECT=1 cargo test -p ko-syntax --test grammar` generates this file anew.

use rowan::ast::AstNode;

use super::{child, children, token, tokens};
use crate::{
    KoLanguage, SyntaxElement,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken,
};
";

/// The text of the file.
pub(crate) fn generate(grammar: &Grammar) -> String {
    let mut out = HEAD.to_owned();
    for node in &grammar.nodes {
        match &node.shape {
            Shape::Struct(fields) => structure(&mut out, node, fields),
            Shape::Enum(variants) => choice(&mut out, grammar, node, variants),
        }
    }
    fields(&mut out, grammar);
    out
}

/// The documentation of a node: what it is, its rule, and its first example.
fn docs(out: &mut String, node: &Node) {
    for line in &node.about {
        writeln!(out, "{}", format!("/// {line}").trim_end()).unwrap();
    }
    out.push_str("///\n/// ```text\n");
    for line in node.rule.lines() {
        writeln!(out, "/// {line}").unwrap();
    }
    out.push_str("/// ```\n");
    for example in &node.examples {
        out.push_str("///\n/// ```ko\n");
        for line in example.lines() {
            writeln!(out, "{}", format!("/// {line}").trim_end()).unwrap();
        }
        out.push_str("/// ```\n");
    }
}

fn structure(out: &mut String, node: &Node, fields: &[Field]) {
    let name = &node.name;
    let kind = upper_snake(name);
    out.push('\n');
    docs(out, node);
    write!(
        out,
        "\
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct {name} {{
    pub(super) syntax: SyntaxNode,
}}

impl AstNode for {name} {{
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {{
        kind == {kind}
    }}

    fn cast(syntax: SyntaxNode) -> Option<{name}> {{
        (syntax.kind() == {kind}).then_some({name} {{ syntax }})
    }}

    fn syntax(&self) -> &SyntaxNode {{
        &self.syntax
    }}
}}
"
    )
    .unwrap();
    let methods: Vec<_> = fields.iter().filter_map(|field| method(node, field)).collect();
    if !methods.is_empty() {
        write!(out, "\nimpl {name} {{\n{}}}\n", methods.join("\n")).unwrap();
    }
}

/// The accessor of a part; nothing if it is written by hand.
fn method(node: &Node, field: &Field) -> Option<String> {
    let (about, method) = (field.about(node), field.method());
    let (result, body) = match (&field.what, field.many) {
        (What::Place, _) => return None,
        (What::Node(name), false) => (format!("Option<{name}>"), "child(&self.syntax)".to_owned()),
        (What::Node(name), true) => {
            (format!("impl Iterator<Item = {name}> + use<>"), "children(&self.syntax)".to_owned())
        }
        (What::Token(kind), false) => {
            ("Option<SyntaxToken>".to_owned(), format!("token(&self.syntax, {kind:?})"))
        }
        (What::Token(kind), true) => (
            "impl Iterator<Item = SyntaxToken> + use<>".to_owned(),
            format!("tokens(&self.syntax, {kind:?})"),
        ),
    };
    Some(format!(
        "    /// {about}\n    pub fn {method}(&self) -> {result} {{\n        {body}\n    }}\n"
    ))
}

fn choice(out: &mut String, grammar: &Grammar, node: &Node, variants: &[(String, String)]) {
    let name = &node.name;
    out.push('\n');
    docs(out, node);
    writeln!(out, "#[derive(Debug, Clone, PartialEq, Eq, Hash)]\npub enum {name} {{").unwrap();
    for (variant, inner) in variants {
        let about = grammar.node(inner).about.first().unwrap();
        let about = about.split_inclusive('.').next().unwrap_or(about);
        writeln!(out, "    /// {about}\n    {variant}({inner}),").unwrap();
    }
    let kinds: Vec<_> = variants.iter().map(|(_, inner)| upper_snake(inner)).collect();
    write!(
        out,
        "\
}}

impl AstNode for {name} {{
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {{
        matches!(kind, {})
    }}

    fn cast(syntax: SyntaxNode) -> Option<{name}> {{
        Some(match syntax.kind() {{
",
        kinds.join(" | ")
    )
    .unwrap();
    for ((variant, inner), kind) in variants.iter().zip(&kinds) {
        writeln!(out, "            {kind} => {name}::{variant}({inner} {{ syntax }}),").unwrap();
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n    fn syntax(&self) -> &SyntaxNode {\n        match self {\n");
    for (variant, _) in variants {
        writeln!(out, "            {name}::{variant}(it) => &it.syntax,").unwrap();
    }
    out.push_str("        }\n    }\n}\n");
    for (variant, inner) in variants {
        write!(
            out,
            "\nimpl From<{inner}> for {name} {{\n    fn from(node: {inner}) -> {name} {{\n        {name}::{variant}(node)\n    }}\n}}\n"
        )
        .unwrap();
    }
}

/// The function that names the parts of any node; it calls every accessor, so that none can be missing.
fn fields(out: &mut String, grammar: &Grammar) {
    out.push_str(
        "
/// The parts of a node, in the order of the text, with their names in the grammar (`ko.ungram`): of a function its `name`,
/// its `param_list` and its `body`. White space, comments, separators, error nodes and what an error node holds are no parts.
///
/// ```
/// let file = ko_syntax::parse(\"F() { return: 1 }\").source_file();
/// let function = file.functions().next().unwrap();
/// let parts = ko_syntax::ast::fields(ko_syntax::ast::AstNode::syntax(&function));
/// let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, [\"name\", \"param_list\", \"body\"]);
/// ```
pub fn fields(node: &SyntaxNode) -> Vec<(&'static str, SyntaxElement)> {
    let syntax = node.clone();
    let mut out: Vec<(&'static str, SyntaxElement)> = Vec::new();
    match node.kind() {
",
    );
    for node in &grammar.nodes {
        let Shape::Struct(fields) = &node.shape else { continue };
        let name = &node.name;
        writeln!(out, "        {} => {{", upper_snake(name)).unwrap();
        writeln!(out, "            let it = {name} {{ syntax }};").unwrap();
        for field in fields {
            let part = match &field.what {
                What::Node(_) => "it.syntax().clone().into()",
                What::Token(_) | What::Place => "it.into()",
            };
            writeln!(
                out,
                "            out.extend(it.{}().{}map(|it| (\"{}\", {part})));",
                field.method(),
                if field.many { "" } else { "into_iter()." },
                field.name
            )
            .unwrap();
        }
        out.push_str("        }\n");
    }
    out.push_str(
        "        _ => {}
    }
    out.sort_by_key(|(_, part)| part.text_range().start());
    out
}
",
    );
}

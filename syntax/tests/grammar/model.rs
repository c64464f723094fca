//! `ko.ungram`, read: its nodes with their rules, parts, documentation and examples.

use std::collections::BTreeMap;

use ko_syntax::{KoLanguage, SyntaxKind, rowan::Language};
pub(crate) use ungrammar::Rule;

/// The text of the description.
pub(crate) const UNGRAM: &str = include_str!("../../ko.ungram");

/// All of the description.
pub(crate) struct Grammar {
    pub(crate) rules: ungrammar::Grammar,
    /// The nodes and the choices between nodes, in the order of the file.
    pub(crate) nodes: Vec<Node>,
}

/// A node, or a choice between nodes.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) id: ungrammar::Node,
    /// Its rule as the file writes it.
    pub(crate) rule: String,
    /// What it is, without its parts and examples.
    pub(crate) about: Vec<String>,
    /// What its parts are, by their names.
    pub(crate) parts: BTreeMap<String, String>,
    pub(crate) examples: Vec<String>,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    /// One kind of node, with these parts.
    Struct(Vec<Field>),
    /// A choice: name of the variant, name of the node.
    Enum(Vec<(String, String)>),
}

/// A part of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) what: What,
    /// Whether there may be several.
    pub(crate) many: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A node of this name.
    Node(String),
    /// A token that its kind tells apart from the other tokens of the node.
    Token(SyntaxKind),
    /// A token that it takes more to find: its accessor is written by hand.
    Place,
}

impl Grammar {
    /// Reads the description.
    pub(crate) fn read() -> Grammar {
        let rules: ungrammar::Grammar = UNGRAM.parse().unwrap();
        let nodes = rules.iter().map(|id| Node::read(&rules, id)).collect();
        Grammar { rules, nodes }
    }

    /// The node of a name.
    pub(crate) fn node(&self, name: &str) -> &Node {
        self.nodes.iter().find(|node| node.name == name).unwrap()
    }

    /// The kinds of the nodes that `name` stands for.
    pub(crate) fn kinds(&self, name: &str) -> Vec<SyntaxKind> {
        match &self.node(name).shape {
            Shape::Struct(_) => vec![kind_named(&upper_snake(name))],
            Shape::Enum(variants) => {
                variants.iter().flat_map(|(_, node)| self.kinds(node)).collect()
            }
        }
    }
}

impl Node {
    fn read(rules: &ungrammar::Grammar, id: ungrammar::Node) -> Node {
        let data = &rules[id];
        let (comment, rule) = text_of(&data.name);
        let mut node = Node {
            name: data.name.clone(),
            id,
            rule,
            about: Vec::new(),
            parts: BTreeMap::new(),
            examples: Vec::new(),
            shape: shape(rules, &data.rule),
        };
        let mut example: Option<String> = None;
        let mut part = None;
        for line in comment {
            if let Some(text) = &mut example {
                if line == "```" {
                    node.examples.extend(example.take());
                } else {
                    *text += &line;
                    text.push('\n');
                }
            } else if line == "```ko" {
                example = Some(String::new());
            } else if let Some((name, about)) =
                line.strip_prefix("- `").and_then(|it| it.split_once("`: "))
            {
                node.parts.insert(name.to_owned(), about.to_owned());
                part = Some(name.to_owned());
            } else if let (Some(part), Some(more)) = (&part, line.strip_prefix("  ")) {
                let about = node.parts.get_mut(part).unwrap();
                about.push(' ');
                about.push_str(more);
            } else {
                part = None;
                node.about.push(line);
            }
        }
        assert!(example.is_none(), "{}: an example has no end", data.name);
        while node.about.last().is_some_and(|line| line.is_empty()) {
            node.about.pop();
        }
        node.about.dedup_by(|a, b| a.is_empty() && b.is_empty());
        node
    }

    /// The parts of a node; none for a choice.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Struct(fields) => fields,
            Shape::Enum(_) => &[],
        }
    }
}

impl Field {
    /// The name of the accessor.
    pub(crate) fn method(&self) -> String {
        match (&self.what, self.many) {
            (_, true) => format!("{}s", self.name),
            (What::Node(_), false) => self.name.clone(),
            (What::Token(_) | What::Place, false) => format!("{}_token", self.name),
        }
    }

    /// What the part is, as a sentence.
    pub(crate) fn about(&self, node: &Node) -> String {
        let text = match &self.what {
            What::Token(kind) => kind.fixed_text(),
            _ => None,
        };
        match (node.parts.get(&self.name), text) {
            (Some(about), _) => about.clone(),
            (None, Some(text)) => format!("The `{text}`."),
            (None, None) => format!("The {}.", self.name.replace('_', " ")),
        }
    }
}

/// The lines of the comment before the rule of a node, without marks, and the text of the rule.
fn text_of(name: &str) -> (Vec<String>, String) {
    let lines: Vec<&str> = UNGRAM.lines().collect();
    let head = format!("{name} =");
    let start = lines.iter().position(|line| line.starts_with(&head)).unwrap();
    let before = lines[..start].iter().rev().take_while(|line| line.starts_with("//"));
    let mut comment: Vec<String> =
        before.map(|line| line[2..].strip_prefix(' ').unwrap_or_default().to_owned()).collect();
    comment.reverse();
    let rule: Vec<&str> =
        lines[start..].iter().copied().take_while(|line| !line.trim().is_empty()).collect();
    (comment, rule.join("\n"))
}

fn shape(rules: &ungrammar::Grammar, rule: &Rule) -> Shape {
    if let Rule::Alt(all) = rule {
        let variants: Vec<_> = all.iter().filter_map(|rule| variant(rules, rule)).collect();
        if variants.len() == all.len() {
            return Shape::Enum(shorten(variants));
        }
    }
    let mut fields = Vec::new();
    collect(rules, rule, None, false, &mut fields);
    // The kind of a token does not find it if another part has the same kind.
    let places = fields.iter().any(|field| field.what == What::Place);
    for field in &mut fields {
        if places && field.what == What::Token(SyntaxKind::IDENT) {
            field.what = What::Place;
        }
    }
    Shape::Struct(fields)
}

fn variant(rules: &ungrammar::Grammar, rule: &Rule) -> Option<(String, String)> {
    match rule {
        Rule::Node(node) => Some((rules[*node].name.clone(), rules[*node].name.clone())),
        Rule::Labeled { label, rule } => match &**rule {
            Rule::Node(node) => Some((camel(label), rules[*node].name.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Variants without the word that their nodes have in common with others: `CallExpr` is `Call`, `LabelledTerm` is
/// `Labelled`.
fn shorten(variants: Vec<(String, String)>) -> Vec<(String, String)> {
    let short = |name: &str| {
        ["Expr", "Term"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|it| !it.is_empty())
            .unwrap_or(name)
            .to_owned()
    };
    variants.into_iter().map(|(variant, node)| (short(&variant), node)).collect()
}

fn collect(
    rules: &ungrammar::Grammar,
    rule: &Rule,
    label: Option<&str>,
    many: bool,
    out: &mut Vec<Field>,
) {
    let mut add = |name: String, what: What| {
        let name = label.map_or(name, str::to_owned);
        match out.iter_mut().find(|field| field.name == name) {
            // Once in each of several alternatives is once.
            Some(field) => field.many |= many,
            None => out.push(Field { name, what, many }),
        }
    };
    match rule {
        Rule::Labeled { label, rule } => {
            let tokens_only = matches!(&**rule, Rule::Alt(all) if all.iter().all(|it| matches!(it, Rule::Token(_))));
            if tokens_only {
                out.push(Field { name: label.clone(), what: What::Place, many });
            } else {
                collect(rules, rule, Some(label), many, out);
            }
        }
        Rule::Node(node) => {
            let name = &rules[*node].name;
            add(lower_snake(name), What::Node(name.clone()));
        }
        Rule::Token(token) => match token_kind(&rules[*token].name) {
            Token::Break => {}
            Token::Kind(kind) => add(format!("{kind:?}").to_lowercase(), What::Token(kind)),
            Token::Word(word) => add(word, What::Place),
        },
        Rule::Seq(all) | Rule::Alt(all) => {
            for rule in all {
                collect(rules, rule, label, many, out);
            }
        }
        Rule::Opt(rule) => collect(rules, rule, label, many, out),
        Rule::Rep(rule) => collect(rules, rule, label, true, out),
    }
}

/// What a token of the description stands for.
pub(crate) enum Token {
    /// A run of separators and comments with at least one separator.
    Break,
    /// Any token of a kind.
    Kind(SyntaxKind),
    /// An identifier with this text.
    Word(String),
}

/// What the token of a name stands for.
pub(crate) fn token_kind(name: &str) -> Token {
    if name == "," {
        return Token::Break;
    }
    if let Some(class) = name.strip_prefix('#') {
        return Token::Kind(kind_named(&class.to_uppercase()));
    }
    match all_kinds().into_iter().find(|kind| kind.fixed_text() == Some(name)) {
        Some(kind) => Token::Kind(kind),
        None => Token::Word(name.to_owned()),
    }
}

/// All kinds of tokens and nodes, in the order of their numbers.
pub(crate) fn all_kinds() -> Vec<SyntaxKind> {
    (0..)
        .map(|raw| KoLanguage::kind_from_raw(ko_syntax::rowan::SyntaxKind(raw)))
        .zip(0..)
        .take_while(|&(kind, raw)| kind as u16 == raw)
        .map(|(kind, _)| kind)
        .collect()
}

/// The kind of a name.
pub(crate) fn kind_named(name: &str) -> SyntaxKind {
    let kind = all_kinds().into_iter().find(|kind| format!("{kind:?}") == name);
    kind.unwrap_or_else(|| panic!("ko.ungram names {name}, which is no SyntaxKind"))
}

/// `ParamList` as `PARAM_LIST`.
pub(crate) fn upper_snake(camel: &str) -> String {
    lower_snake(camel).to_uppercase()
}

/// `ParamList` as `param_list`.
pub(crate) fn lower_snake(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn camel(snake: &str) -> String {
    let words = snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

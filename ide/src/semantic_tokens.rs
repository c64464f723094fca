//! What every name in a file is, for colours that follow meaning rather than spelling.

use std::ops::Range;

use ko_queries::{
    Db,
    circuit::{FunctionKey, StepKind, Target},
    database::{SourceFile, World},
    items::{
        Function, find_function, find_package, function_alone, functions_by_item, functions_inside,
        functions_of_file, item_tree, package_scope,
    },
    library::is_own_file,
    lower::{Lowered, lower, lower_alone},
};
use ko_schema::Effect;
use ko_syntax::{
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken,
    ast::{self, AstNode, functions_within},
    rowan::NodeOrToken,
};
use rustc_hash::{FxHashMap, FxHashSet};
use text_size::{TextRange, TextSize};

use crate::{FileId, RootDatabase, effects::Effects, source::Source};

/// A token with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SemanticToken {
    /// The characters; never more than one line, except for strings and comments.
    pub range: TextRange,
    /// What it is.
    pub ty: TokenType,
    /// What else is known.
    pub modifiers: TokenModifiers,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// A function, builtin or gate.
    Function,
    /// A parameter.
    Parameter,
    /// A step, by its label.
    Variable,
    /// The name of an argument or field.
    Property,
    /// An import, by its alias.
    Namespace,
    /// Text.
    String,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// `import`, `as`, `return`, `true`, `false`.
    Keyword,
    /// A type, on pages of the schema.
    Type,
}

/// What is known of a token besides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct TokenModifiers {
    /// The name is defined here.
    pub declaration: bool,
    /// It is a builtin or idiom of the language, or a gate.
    pub library: bool,
    /// A call changes nothing in the cluster, but reads from it.
    pub readonly: bool,
    /// A call may make or change objects.
    pub write: bool,
    /// A call may remove objects.
    pub destructive: bool,
    /// It is an inline function.
    pub inline: bool,
}

impl TokenModifiers {
    /// The modifiers of a call that may do this to the cluster.
    pub(crate) fn of_effect(effect: Option<Effect>) -> TokenModifiers {
        TokenModifiers {
            readonly: effect == Some(Effect::Read),
            write: effect == Some(Effect::Write),
            destructive: effect == Some(Effect::Destructive),
            ..TokenModifiers::default()
        }
    }
}

/// The tokens of a file that mean something, in the order of the text. Names that mean nothing have no entry.
pub fn semantic_tokens(db: &RootDatabase, file: FileId) -> Vec<SemanticToken> {
    let Some(source) = Source::new(db, file) else { return Vec::new() };
    let mut effects = Effects::new(db);
    let mut all = Vec::new();
    let mut by_item = functions_by_item(db, source.file);
    // Those of what stands neither in a function nor in an import, which is rare.
    let mut others: Option<Names> = None;
    for child in source.root().children_with_tokens() {
        let start = child.text_range().start();
        match child {
            NodeOrToken::Token(token) => {
                let kind = Names::default().classify(&token);
                all.extend(kind.map(|it| found(&token, it).token));
            }
            NodeOrToken::Node(node) => {
                let functions = by_item.next().unwrap_or_default();
                let named = ast::Function::cast(node.clone()).is_some_and(|it| it.name().is_some());
                let known = functions.first().filter(|_| named);
                if let Some(tokens) = known.and_then(|it| function_tokens(db, *it).as_ref()) {
                    all.extend(tokens.iter().map(|it| it.at(start, &mut effects)));
                } else {
                    let names = others.get_or_insert_with(|| Names::of_file(&source));
                    let tokens = names.tokens(&node);
                    all.extend(tokens.map(|it| it.at(TextSize::new(0), &mut effects)));
                }
            }
        }
    }
    all
}

/// A token, and the function that calling it calls: what that may do to the cluster is not yet known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    token: SemanticToken,
    calls: Option<FunctionKey>,
}

impl Found {
    /// The token where what it was found in begins at `start`.
    fn at(&self, start: TextSize, effects: &mut Effects<'_>) -> SemanticToken {
        let mut token = self.token;
        token.range += start;
        if let Some(key) = &self.calls {
            let effect = TokenModifiers::of_effect(effects.of(key));
            let TokenModifiers { readonly, write, destructive, .. } = effect;
            token.modifiers = TokenModifiers { readonly, write, destructive, ..token.modifiers };
        }
        token
    }
}

fn found(token: &SyntaxToken, (ty, meaning): (TokenType, Meaning)) -> Found {
    let Meaning { modifiers, calls } = meaning;
    Found { token: SemanticToken { range: token.text_range(), ty, modifiers }, calls }
}

/// The tokens of a function at the top of a file and of those inside of it, as if the file began with it: an edit elsewhere
/// leaves them alone. Nothing if its file does not have it (any more).
#[salsa::tracked(returns(ref), lru = 2048)]
fn function_tokens<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Box<[Found]>> {
    let node = function_alone(db, function)?;
    let text = node.syntax().text().to_string();
    let mut names = Names::with_imports(db, function.file(db));
    let nodes = functions_within(node.syntax()).filter(|it| it.name().is_some());
    for (function, node) in functions_inside(db, function).iter().zip(nodes) {
        let Some(lowered) = lower_alone(db, *function) else { continue };
        names.add(db, lowered, node.syntax().text_range().start(), &text);
    }
    Some(names.tokens(node.syntax()).collect())
}

/// Whether the function that is called by this name stands inside another one.
fn is_inline(db: &dyn Db, key: &FunctionKey) -> bool {
    let package = find_package(db, &key.package);
    let definition = package.and_then(|it| package_scope(db, it).functions.get(&key.name));
    definition.is_some_and(|it| it.inline)
}

/// What a name means: its modifiers, and the function that it calls, if it does.
#[derive(Debug, Clone, Default)]
struct Meaning {
    modifiers: TokenModifiers,
    calls: Option<FunctionKey>,
}

impl From<TokenModifiers> for Meaning {
    fn from(modifiers: TokenModifiers) -> Meaning {
        Meaning { modifiers, calls: None }
    }
}

/// What circuits say about the names of a text, by range.
#[derive(Default)]
struct Names {
    targets: FxHashMap<TextRange, Meaning>,
    params: FxHashSet<TextRange>,
    labels: FxHashSet<TextRange>,
    aliases: FxHashSet<String>,
    /// The names of functions where they are defined.
    declared: FxHashMap<TextRange, Meaning>,
}

impl Names {
    /// Those of a whole file.
    fn of_file(source: &Source<'_>) -> Names {
        let mut names = Names::with_imports(source.db, source.file);
        let text = source.file.text(source.db);
        for function in functions_of_file(source.db, source.file) {
            if let Some(lowered) = lower(source.db, function) {
                names.add(source.db, lowered, TextSize::new(0), &text);
            }
        }
        names
    }

    fn with_imports(db: &dyn Db, file: SourceFile) -> Names {
        let imports = &item_tree(db, file).imports;
        let aliases = imports.iter().filter_map(|it| it.alias.as_ref()?.parse().ok()).collect();
        Names { aliases, ..Names::default() }
    }

    /// Adds those of a function, which begins at `start` in `text` if its places are its own.
    fn add(&mut self, db: &dyn Db, lowered: &Lowered, start: TextSize, text: &str) {
        let (circuit, map) = (&lowered.circuit, &lowered.source_map);
        let declared = TokenModifiers {
            declaration: true,
            inline: is_inline(db, &circuit.key),
            ..TokenModifiers::default()
        };
        let declared = Meaning { modifiers: declared, calls: Some(circuit.key.clone()) };
        self.declared.insert(map.name + start, declared);
        for (range, step) in map.references.iter() {
            let range = *range + start;
            let kind = circuit.steps.get(step.0 as usize).map(|it| &it.kind);
            let name = text.get(Range::<usize>::from(range)).unwrap_or_default();
            let is_param = circuit.params.iter().any(|it| it.name == name);
            if matches!(kind, Some(StepKind::Param(_))) && is_param {
                self.params.insert(range);
            } else {
                self.labels.insert(range);
            }
        }
        for (step, range) in circuit.steps.iter().zip(map.steps.iter()) {
            let StepKind::Target(target) = &step.kind else { continue };
            let library = TokenModifiers { library: true, ..TokenModifiers::default() };
            let meaning = match target {
                Target::Join => continue,
                Target::Function(key) => {
                    let modifiers = TokenModifiers {
                        library: find_function(db, key)
                            .is_some_and(|it| is_own_file(it.file(db).id(db))),
                        inline: is_inline(db, key),
                        ..TokenModifiers::default()
                    };
                    Meaning { modifiers, calls: Some(key.clone()) }
                }
                Target::Builtin(_) => library.into(),
                Target::Gate(id) => {
                    let schema = World::get(db).schema(db);
                    let effect = schema.find_gate(*id).map(|it| it.effect);
                    let effect = TokenModifiers::of_effect(effect);
                    TokenModifiers { library: true, ..effect }.into()
                }
            };
            self.targets.insert(*range + start, meaning);
        }
    }

    /// The tokens of a part of the text.
    fn tokens(&self, node: &SyntaxNode) -> impl Iterator<Item = Found> {
        let tokens = node.descendants_with_tokens().filter_map(|it| it.into_token());
        tokens.filter_map(|token| Some(found(&token, self.classify(&token)?)))
    }

    fn classify(&self, token: &SyntaxToken) -> Option<(TokenType, Meaning)> {
        let plain = Meaning::default();
        let declared: Meaning =
            TokenModifiers { declaration: true, ..TokenModifiers::default() }.into();
        Some(match token.kind() {
            LINE_COMMENT | BLOCK_COMMENT => (TokenType::Comment, plain),
            STRING | RAW_STRING | TYPOGRAPHIC_STRING => (TokenType::String, plain),
            INT | FLOAT => (TokenType::Number, plain),
            IDENT => {
                let parent = token.parent()?;
                match parent.kind() {
                    FUNCTION => {
                        let known = self.declared.get(&token.text_range());
                        (TokenType::Function, known.cloned().unwrap_or(declared))
                    }
                    PARAM => (TokenType::Parameter, declared),
                    IMPORT => {
                        let alias = ast::Import::cast(parent)?.alias_token();
                        if alias.is_some_and(|it| it == *token) {
                            (TokenType::Namespace, declared)
                        } else {
                            (TokenType::Keyword, plain)
                        }
                    }
                    LABELLED_TERM => match parent.parent()?.kind() {
                        BODY if token.text() == "return" => (TokenType::Keyword, plain),
                        BODY => (TokenType::Variable, declared),
                        _ => (TokenType::Property, plain),
                    },
                    PATH_EXPR => return self.path(&ast::PathExpr::cast(parent)?, token),
                    SELECT_EXPR => (TokenType::Property, plain),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    fn path(&self, path: &ast::PathExpr, token: &SyntaxToken) -> Option<(TokenType, Meaning)> {
        let plain = Meaning::default();
        let first = path.idents().next()?;
        let range = first.text_range();
        let is_first = first == *token;
        if self.params.contains(&range) {
            let ty = if is_first { TokenType::Parameter } else { TokenType::Property };
            return Some((ty, plain));
        }
        if self.labels.contains(&range) {
            let ty = if is_first { TokenType::Variable } else { TokenType::Property };
            return Some((ty, plain));
        }
        let whole: TextRange = path.syntax().text_range();
        if is_first && path.idents().count() > 1 {
            return self.aliases.contains(token.text()).then_some((TokenType::Namespace, plain));
        }
        if let Some(modifiers) = self.targets.get(&whole) {
            return Some((TokenType::Function, modifiers.clone()));
        }
        let kind: SyntaxKind = token.kind();
        (kind == IDENT && is_first && matches!(token.text(), "true" | "false"))
            .then_some((TokenType::Keyword, plain))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn every_kind_of_name() {
        let fixture = Fixture::new(
            "import \"k8s/apps/v1\" as apps // c\nF(a?) {\n  x: ListPods(namespace: a.b, after_: true)\n  d: DeletePods(pods: x.y, n: 1)\n  c: apps.CreateDeployment(Pick(x))\n  return: F(Len(oops)).z\n}",
        );
        let mut shown = String::new();
        for token in semantic_tokens(&fixture.db, fixture.file) {
            let flags = [
                (token.modifiers.declaration, " declaration"),
                (token.modifiers.library, " library"),
                (token.modifiers.readonly, " readonly"),
                (token.modifiers.write, " write"),
                (token.modifiers.destructive, " destructive"),
                (token.modifiers.inline, " inline"),
            ];
            let flags: String = flags.iter().filter(|it| it.0).map(|it| it.1).collect();
            shown.push_str(&format!("{} {:?}{flags}\n", fixture.slice(token.range), token.ty));
        }
        expect![[r#"
            import Keyword
            "k8s/apps/v1" String
            as Keyword
            apps Namespace declaration
            // c Comment
            F Function declaration destructive
            a Parameter declaration
            x Variable declaration
            ListPods Function library readonly
            namespace Property
            a Parameter
            b Property
            after_ Property
            true Keyword
            d Variable declaration
            DeletePods Function library destructive
            pods Property
            x Variable
            y Property
            n Property
            1 Number
            c Variable declaration
            apps Namespace
            CreateDeployment Function library write
            Pick Function library
            x Variable
            return Keyword
            F Function destructive
            Len Function library
            z Property
        "#]]
        .assert_eq(&shown);
    }

    /// The tokens of a file as a whole, without what is kept of its functions.
    fn at_once(db: &RootDatabase, file: FileId) -> Vec<SemanticToken> {
        let source = Source::new(db, file).unwrap();
        let (names, mut effects) = (Names::of_file(&source), Effects::new(db));
        names.tokens(source.root()).map(|it| it.at(TextSize::new(0), &mut effects)).collect()
    }

    #[test]
    fn edits_give_the_tokens_of_the_whole_file() {
        let text = "import \"k8s/apps/v1\" as apps\n// c\nF(a?) {\n  x: g(b, y) { return: b.c, z: y }\n  x2: a\n  d: DeletePods(pods: x2)\n  return: G(x)\n}\nG(x) { l: ListPods(), return: (l, x, apps.CreateDeployment) } // after\n(y) { return: H(y) }\nH(h) { return: \"s\" }\nG(again) { return: again }\n";
        let mut fixture = Fixture::new(text);
        assert!(semantic_tokens(&fixture.db, fixture.file).len() > 30);
        for (old, new) in [
            ("", ""),
            ("ListPods()", "1"),
            ("G(x) {", "G(x, more) {\n\n"),
            ("// c\n", ""),
            ("import \"k8s/apps/v1\" as apps\n", ""),
            ("g(b, y) {", "g(b, y) { h: k(b) { return: b },"),
            ("return: G(x)", "return: G(x"),
            ("F(a?) {", "F(a?) { \"é"),
            ("H(h) {", "H(h)"),
            ("F(a?)", "x F(a?)"),
        ] {
            let text = text.replacen(old, new, 1);
            fixture.db.set_file(fixture.file, "main.ko", "main", text.as_str().into());
            let tokens = semantic_tokens(&fixture.db, fixture.file);
            assert_eq!(tokens, at_once(&fixture.db, fixture.file), "{text}");
        }
    }

    #[test]
    fn tokens_are_sorted_and_disjoint_on_broken_text() {
        let fixture = Fixture::new("F( { x: \"a\nG(x) { return: (x.: 1 }} “x” import");
        let tokens = semantic_tokens(&fixture.db, fixture.file);
        assert!(tokens.windows(2).all(|it| it[0].range.end() <= it[1].range.start()));
        assert!(!tokens.is_empty());
    }
}

//! What every name in a file is, for colours that follow meaning rather than spelling.

use std::ops::Range;

use ko_queries::{
    circuit::{FunctionKey, StepKind, Target},
    items::{find_function, find_package, item_tree, package_scope},
    library::is_own_file,
};
use ko_schema::Effect;
use ko_syntax::{
    SyntaxKind::{self, *},
    SyntaxToken,
    ast::{self, AstNode},
};
use rustc_hash::{FxHashMap, FxHashSet};
use text_size::TextRange;

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
    let names = Names::new(&source);
    source
        .root()
        .descendants_with_tokens()
        .filter_map(|it| it.into_token())
        .filter_map(|token| {
            let (ty, modifiers) = names.classify(&token)?;
            Some(SemanticToken { range: token.text_range(), ty, modifiers })
        })
        .collect()
}

/// Whether the function that is called by this name stands inside another one.
fn is_inline(db: &RootDatabase, key: &FunctionKey) -> bool {
    let package = find_package(db, &key.package);
    let definition = package.and_then(|it| package_scope(db, it).functions.get(&key.name));
    definition.is_some_and(|it| it.inline)
}

/// What circuits say about the names of a file, by range.
struct Names {
    targets: FxHashMap<TextRange, TokenModifiers>,
    params: FxHashSet<TextRange>,
    labels: FxHashSet<TextRange>,
    aliases: FxHashSet<String>,
    /// The names of functions where they are defined.
    declared: FxHashMap<TextRange, TokenModifiers>,
}

impl Names {
    fn new(source: &Source<'_>) -> Names {
        let db = source.db;
        let schema = db.schema();
        let text = source.file.text(db);
        let imports = &item_tree(db, source.file).imports;
        let mut names = Names {
            targets: FxHashMap::default(),
            params: FxHashSet::default(),
            labels: FxHashSet::default(),
            declared: FxHashMap::default(),
            aliases: imports.iter().filter_map(|it| it.alias.as_ref()?.parse().ok()).collect(),
        };
        let mut effects = Effects::new(db);
        for scope in source.scopes() {
            let key = &scope.circuit().key;
            let inline = is_inline(db, key);
            let declared = TokenModifiers {
                declaration: true,
                inline,
                ..TokenModifiers::of_effect(effects.of(key))
            };
            names.declared.insert(scope.map().name, declared);
            for (range, step) in scope.map().references.iter() {
                let kind = scope.circuit().steps.get(step.0 as usize).map(|it| &it.kind);
                let name = text.get(Range::<usize>::from(*range)).unwrap_or_default();
                if matches!(kind, Some(StepKind::Param(_))) && scope.param(name).is_some() {
                    names.params.insert(*range);
                } else {
                    names.labels.insert(*range);
                }
            }
            for (range, target) in scope.targets() {
                let modifiers = match target {
                    Target::Function(key) => TokenModifiers {
                        library: find_function(db, key)
                            .is_some_and(|it| is_own_file(it.file(db).id(db))),
                        inline: is_inline(db, key),
                        ..TokenModifiers::of_effect(effects.of(key))
                    },
                    Target::Builtin(_) | Target::Join => {
                        TokenModifiers { library: true, ..TokenModifiers::default() }
                    }
                    Target::Gate(id) => {
                        let effect = schema.gates().get(id.index()).map(|it| it.effect);
                        TokenModifiers { library: true, ..TokenModifiers::of_effect(effect) }
                    }
                };
                names.targets.insert(range, modifiers);
            }
        }
        names
    }

    fn classify(&self, token: &SyntaxToken) -> Option<(TokenType, TokenModifiers)> {
        let plain = TokenModifiers::default();
        let declared = TokenModifiers { declaration: true, ..plain };
        Some(match token.kind() {
            LINE_COMMENT | BLOCK_COMMENT => (TokenType::Comment, plain),
            STRING | RAW_STRING | TYPOGRAPHIC_STRING => (TokenType::String, plain),
            INT | FLOAT => (TokenType::Number, plain),
            IDENT => {
                let parent = token.parent()?;
                match parent.kind() {
                    FUNCTION => {
                        let known = self.declared.get(&token.text_range());
                        (TokenType::Function, known.copied().unwrap_or(declared))
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

    fn path(
        &self,
        path: &ast::PathExpr,
        token: &SyntaxToken,
    ) -> Option<(TokenType, TokenModifiers)> {
        let plain = TokenModifiers::default();
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
            return Some((TokenType::Function, *modifiers));
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

    #[test]
    fn tokens_are_sorted_and_disjoint_on_broken_text() {
        let fixture = Fixture::new("F( { x: \"a\nG(x) { return: (x.: 1 }} “x” import");
        let tokens = semantic_tokens(&fixture.db, fixture.file);
        assert!(tokens.windows(2).all(|it| it[0].range.end() <= it[1].range.start()));
        assert!(!tokens.is_empty());
    }
}

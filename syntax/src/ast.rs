//! The typed view of a tree: one type per kind of node, with accessors for its parts. Every part is optional where a
//! broken text may lack it. No type here holds more than its node; making one costs nothing.

mod docs;
mod expr;
mod function;

use ecow::EcoString;
pub use rowan::ast::{AstNode, AstPtr};

pub use self::{
    expr::{
        ArgList, AugmentExpr, CallExpr, Expr, LabelledTerm, Literal, PathExpr, SelectExpr, Term,
        UnlabelledTerm,
    },
    function::{Body, Function, Param, ParamList},
};
use crate::{
    KoLanguage, SyntaxElement,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, TextSize, literal,
};

/// Declares the type of one kind of node.
macro_rules! ast_node {
    ($(#[$doc:meta])* $name:ident: $kind:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name {
            syntax: $crate::SyntaxNode,
        }

        impl rowan::ast::AstNode for $name {
            type Language = $crate::KoLanguage;

            fn can_cast(kind: $crate::SyntaxKind) -> bool {
                kind == $crate::SyntaxKind::$kind
            }

            fn cast(syntax: $crate::SyntaxNode) -> Option<Self> {
                (syntax.kind() == $crate::SyntaxKind::$kind).then_some(Self { syntax })
            }

            fn syntax(&self) -> &$crate::SyntaxNode {
                &self.syntax
            }
        }
    };
}
use ast_node;

/// The first token of a kind directly below `node`.
fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    node.children_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .find(|token| token.kind() == kind)
}

/// The first child of a type.
fn child<N: AstNode<Language = KoLanguage>>(node: &SyntaxNode) -> Option<N> {
    node.children().find_map(N::cast)
}

/// All children of a type.
fn children<N: AstNode<Language = KoLanguage>>(
    node: &SyntaxNode,
) -> impl Iterator<Item = N> + use<N> {
    node.children().filter_map(N::cast)
}

ast_node! {
    /// A whole file: imports and functions in any order.
    ///
    /// ```
    /// use ko_syntax::ast::AstNode;
    /// let file = ko_syntax::parse("import \"lib/strings\"\nF() { return: 1 }").source_file();
    /// assert_eq!(file.imports().count(), 1);
    /// assert_eq!(file.functions().count(), 1);
    /// assert_eq!(file.function_at(25.into()).unwrap().name().unwrap(), "F");
    /// ```
    SourceFile: SOURCE_FILE
}

impl SourceFile {
    /// The typed view of the root of a tree that this crate made.
    pub(crate) fn from_root(syntax: SyntaxNode) -> SourceFile {
        debug_assert_eq!(syntax.kind(), SOURCE_FILE);
        SourceFile { syntax }
    }

    /// The imports and functions at the top of the file, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<> {
        children(&self.syntax)
    }

    /// The imports, in order.
    pub fn imports(&self) -> impl Iterator<Item = Import> + use<> {
        children(&self.syntax)
    }

    /// The functions at the top of the file, in order; not those inline in others (see [`SourceFile::all_functions`]).
    pub fn functions(&self) -> impl Iterator<Item = Function> + use<> {
        children(&self.syntax)
    }

    /// All functions of the file, inline ones included, in the order of their names in the text.
    pub fn all_functions(&self) -> impl Iterator<Item = Function> + use<> {
        self.syntax.descendants().filter_map(Function::cast)
    }

    /// The innermost function whose text contains `offset`, or ends there.
    pub fn function_at(&self, offset: TextSize) -> Option<Function> {
        crate::algo::ancestors_at_offset(&self.syntax, offset).find_map(Function::cast)
    }
}

/// Something at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// An import.
    Import(Import),
    /// A function.
    Function(Function),
}

impl AstNode for Item {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, IMPORT | FUNCTION)
    }

    fn cast(syntax: SyntaxNode) -> Option<Item> {
        match syntax.kind() {
            IMPORT => Import::cast(syntax).map(Item::Import),
            FUNCTION => Function::cast(syntax).map(Item::Function),
            _ => None,
        }
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Item::Import(it) => it.syntax(),
            Item::Function(it) => it.syntax(),
        }
    }
}

ast_node! {
    /// An import: `import "lib/strings" as str`.
    ///
    /// ```
    /// let file = ko_syntax::parse("use \"lib/strings/\"").source_file();
    /// let import = file.imports().next().unwrap();
    /// assert_eq!(import.path().unwrap(), "lib/strings");
    /// assert_eq!(import.alias().unwrap(), "strings");
    /// assert!(import.alias_token().is_none());
    /// ```
    Import: IMPORT
}

impl Import {
    /// The string with the path of the package.
    pub fn path_token(&self) -> Option<SyntaxToken> {
        self.syntax
            .children_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .find(|token| token.kind().is_string())
    }

    /// The path of the package, unescaped, without slashes at its end (specification §3.1). Nothing if there is no path
    /// or it is not UTF-8.
    pub fn path(&self) -> Option<String> {
        let bytes = literal::parse_string(self.path_token()?.text()).ok()?;
        let path = std::str::from_utf8(&bytes).ok()?;
        Some(path.trim_end_matches('/').to_owned())
    }

    /// The name after `as`.
    pub fn alias_token(&self) -> Option<SyntaxToken> {
        self.syntax
            .children_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .skip_while(|token| !token.kind().is_string())
            .filter(|token| token.kind() == IDENT)
            .nth(1)
    }

    /// The name by which this file calls the package: the one after `as`, or the last part of the path. The latter may
    /// be no identifier, as of `"my-pkg"`, and then cannot be used.
    pub fn alias(&self) -> Option<EcoString> {
        if let Some(token) = self.alias_token() {
            return Some(token.text().into());
        }
        let path = self.path()?;
        path.rsplit('/').next().filter(|last| !last.is_empty()).map(EcoString::from)
    }

    /// The comments before the import and the one on its line (specification §2.2), as text.
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

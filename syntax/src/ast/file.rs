//! Files and imports: finding functions, names and paths as text.

use ecow::EcoString;
use rowan::{GreenNodeData, NodeOrToken, WalkEvent, ast::AstNode};

use super::{Function, Import, SourceFile, all_tokens, children, docs, token};
use crate::{SyntaxKind::*, SyntaxNode, SyntaxToken, TextSize, literal};

impl SourceFile {
    /// The typed view of the root of a tree that this crate made.
    pub(crate) fn from_root(syntax: SyntaxNode) -> SourceFile {
        debug_assert_eq!(syntax.kind(), SOURCE_FILE);
        SourceFile { syntax }
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
        functions_within(&self.syntax)
    }

    /// The innermost function whose text contains `offset`, or ends there.
    pub fn function_at(&self, offset: TextSize) -> Option<Function> {
        crate::algo::ancestors_at_offset(&self.syntax, offset).find_map(Function::cast)
    }
}

/// All functions of a part of a tree, itself and inline ones included, in the order of their names in the text.
pub fn functions_within(part: &SyntaxNode) -> impl Iterator<Item = Function> + use<> {
    let mut walk = part.preorder();
    // The outermost term that the walk is in. Most have no function in them, and a look without positions is much
    // cheaper than a walk; there is one for each outermost term, so that no part of the text is looked at twice.
    let mut term: Option<SyntaxNode> = None;
    std::iter::from_fn(move || {
        loop {
            match walk.next()? {
                WalkEvent::Enter(node) => match node.kind() {
                    FUNCTION => {
                        if term.is_none() && !has_inner_function(node.green()) {
                            walk.skip_subtree();
                        }
                        return Function::cast(node);
                    }
                    LABELLED_TERM | UNLABELLED_TERM if term.is_none() => {
                        if has_function(node.green()) {
                            term = Some(node);
                        } else {
                            walk.skip_subtree();
                        }
                    }
                    _ => {}
                },
                WalkEvent::Leave(node) if term.as_ref() == Some(&node) => term = None,
                WalkEvent::Leave(_) => {}
            }
        }
    })
}

/// Whether there is a function somewhere in a part of a tree.
fn has_function(part: &GreenNodeData) -> bool {
    // Trees are at most a few times as deep as brackets nest.
    part.kind() == FUNCTION.into() || has_inner_function(part)
}

/// Whether there is a function somewhere below a part of a tree.
fn has_inner_function(part: &GreenNodeData) -> bool {
    part.children().filter_map(NodeOrToken::into_node).any(has_function)
}

impl Import {
    /// The string with the path of the package.
    pub fn path_token(&self) -> Option<SyntaxToken> {
        all_tokens(&self.syntax).find(|token| token.kind().is_string())
    }

    /// The path of the package, unescaped, without slashes at its end (specification §3.1). Nothing if there is no path
    /// or it is not UTF-8.
    pub fn path(&self) -> Option<String> {
        let bytes = literal::parse_string(self.path_token()?.text()).ok()?;
        let path = std::str::from_utf8(&bytes).ok()?;
        Some(path.trim_end_matches('/').to_owned())
    }

    /// The word `import`, if the import starts with it.
    pub fn import_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT).filter(|token| token.text() == "import")
    }

    /// The word `use`, if the import starts with it.
    pub fn use_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT).filter(|token| token.text() == "use")
    }

    /// The word `as`.
    pub fn as_token(&self) -> Option<SyntaxToken> {
        self.idents_behind_path().next()
    }

    /// The name after `as`.
    pub fn alias_token(&self) -> Option<SyntaxToken> {
        self.idents_behind_path().nth(1)
    }

    fn idents_behind_path(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        let tokens = all_tokens(&self.syntax).skip_while(|token| !token.kind().is_string());
        tokens.filter(|token| token.kind() == IDENT)
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

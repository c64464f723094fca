//! A file as the features see it: its tree, its functions with their circuits, and the way from one to the other.

use ko_queries::{
    Db as _, RootDatabase,
    circuit::{Circuit, SourceMap, StepId, StepKind, Target},
    database::SourceFile,
    diagnostic::FileId,
    items::{Function, function_node, functions_of_file, item_tree, parse},
    lower::{Lowered, lower},
};
use ko_syntax::{
    SyntaxNode, SyntaxToken,
    ast::{self, AstNode},
};
use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

/// A file.
pub(crate) struct Source<'db> {
    pub(crate) db: &'db RootDatabase,
    pub(crate) file: SourceFile,
    pub(crate) tree: ast::SourceFile,
}

impl<'db> Source<'db> {
    /// The file, if there is one.
    pub(crate) fn new(db: &'db RootDatabase, id: FileId) -> Option<Source<'db>> {
        let file = db.source_file(id)?;
        Some(Source { db, file, tree: parse(db, file).source_file() })
    }

    pub(crate) fn root(&self) -> &SyntaxNode {
        self.tree.syntax()
    }

    /// The token that a user means by an offset.
    pub(crate) fn token_at(&self, offset: TextSize) -> Option<SyntaxToken> {
        ko_syntax::algo::token_at_offset(self.root(), offset)
    }

    /// The functions that have names, with their circuits, in the order of the text.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = Scope<'db>> {
        functions_of_file(self.db, self.file).into_iter().filter_map(|it| Scope::new(self.db, it))
    }

    /// The first function of this name.
    pub(crate) fn scope_named(&self, name: &str) -> Option<Scope<'db>> {
        let all = functions_of_file(self.db, self.file);
        let function = all.into_iter().find(|it| it.name(self.db) == name)?;
        Scope::new(self.db, function)
    }

    /// The innermost function around a node that has a name.
    pub(crate) fn scope_of(&self, node: &SyntaxNode) -> Option<Scope<'db>> {
        let node =
            node.ancestors().filter_map(ast::Function::cast).find(|it| it.name().is_some())?;
        self.scope_of_function(&node)
    }

    /// The function of a node of the tree.
    pub(crate) fn scope_of_function(&self, node: &ast::Function) -> Option<Scope<'db>> {
        let name = node.name()?;
        let items = item_tree(self.db, self.file).functions.iter();
        let function = if items.filter(|it| it.name == name).count() == 1 {
            Function::new(self.db, self.file, name, 0)
        } else {
            // Only names that are defined twice need a walk through the file.
            let named = self.tree.all_functions().filter(|it| it.name().is_some());
            let mut all = functions_of_file(self.db, self.file).into_iter().zip(named);
            all.find(|(_, it)| it == node)?.0
        };
        Scope::new(self.db, function)
    }

    /// The innermost function around an offset, or the one that ends there.
    pub(crate) fn scope_at(&self, offset: TextSize) -> Option<Scope<'db>> {
        let node = ko_syntax::algo::ancestors_at_offset(self.root(), offset)
            .filter_map(ast::Function::cast)
            .find(|it| it.name().is_some())?;
        self.scope_of_function(&node)
    }
}

/// A function with its circuit.
#[derive(Clone)]
pub(crate) struct Scope<'db> {
    pub(crate) db: &'db RootDatabase,
    pub(crate) function: Function<'db>,
    lowered: &'db Lowered,
}

impl<'db> Scope<'db> {
    pub(crate) fn new(db: &'db RootDatabase, function: Function<'db>) -> Option<Scope<'db>> {
        let lowered = lower(db, function).as_ref()?;
        Some(Scope { db, function, lowered })
    }

    pub(crate) fn circuit(&self) -> &'db Circuit {
        &self.lowered.circuit
    }

    pub(crate) fn map(&self) -> &'db SourceMap {
        &self.lowered.source_map
    }

    /// What is wrong with its names.
    pub(crate) fn diagnostics(&self) -> &'db [ko_queries::diagnostic::Diagnostic] {
        &self.lowered.diagnostics
    }

    /// Which of its names nobody reads, and which imports it reads.
    pub(crate) fn reads(&self) -> &'db ko_queries::lower::Reads {
        &self.lowered.reads
    }

    pub(crate) fn file(&self) -> FileId {
        self.function.file(self.db).id(self.db)
    }

    pub(crate) fn node(&self) -> Option<ast::Function> {
        function_node(self.db, self.function)
    }

    /// The parameter of this name: its index.
    pub(crate) fn param(&self, name: &str) -> Option<usize> {
        self.circuit().params.iter().position(|it| it.name == name)
    }

    /// The label of this name: its index.
    pub(crate) fn label(&self, name: &str) -> Option<usize> {
        self.circuit().labels.iter().position(|it| it.0 == name)
    }

    /// The step that an expression is, by its range. Expressions that are no step of their own are looked up among the
    /// references.
    pub(crate) fn step_at(&self, range: TextRange) -> Option<StepId> {
        let own = self.map().steps.iter().rposition(|it| *it == range);
        match own {
            Some(index) => Some(StepId(u32::try_from(index).ok()?)),
            None => self.map().references.iter().find(|it| it.0 == range).map(|it| it.1),
        }
    }

    /// What the expression with this range names, if it is a name of a function, builtin or gate.
    pub(crate) fn target_at(&self, range: TextRange) -> Option<&'db Target> {
        let steps = self.circuit().steps.iter().zip(self.map().steps.iter());
        steps.filter(|(_, it)| **it == range).find_map(|(step, _)| match &step.kind {
            StepKind::Target(Target::Join) => None,
            StepKind::Target(target) => Some(target),
            _ => None,
        })
    }

    /// All names of functions, builtins and gates in the function, by range.
    pub(crate) fn targets(&self) -> FxHashMap<TextRange, &'db Target> {
        let steps = self.circuit().steps.iter().zip(self.map().steps.iter());
        steps
            .filter_map(|(step, range)| match &step.kind {
                StepKind::Target(Target::Join) => None,
                StepKind::Target(target) => Some((*range, target)),
                _ => None,
            })
            .collect()
    }
}

/// The innermost bracket that is open behind `token`; `token` itself if it opens one.
pub(crate) fn opener_before(token: &SyntaxToken) -> Option<SyntaxToken> {
    let mut depth = 0usize;
    let mut token = Some(token.clone());
    while let Some(it) = token {
        if it.kind().is_closer() {
            // What is closed is jumped over, so that this takes as long as what is around is deep, not as long as the file.
            if let Some(open) = it.parent().and_then(|it| it.first_token())
                && open.kind().is_opener()
                && it.parent().and_then(|parent| parent.last_token()).as_ref() == Some(&it)
            {
                token = open.prev_token();
                continue;
            }
            depth += 1;
        } else if it.kind().is_opener() {
            match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Some(it),
            }
        }
        token = it.prev_token();
    }
    None
}

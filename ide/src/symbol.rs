//! What a name in the text stands for. The basis of hover, navigation, highlighting and renaming.

use ecow::EcoString;
use ko_queries::{
    circuit::{StepId, StepKind, Target},
    database::Package,
    items::{find_function, item_tree},
};
use ko_schema::TypeId;
use ko_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode, Expr},
};

use crate::{
    callable::Callable,
    expected::{self, Slot},
    source::{Scope, Source},
    typing,
};

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Symbol<'db> {
    /// A function, gate or builtin: its definition or a mention.
    Callable(Callable<'db>),
    /// A parameter, by index.
    Param(Scope<'db>, usize),
    /// A step's label, by index.
    Label(Scope<'db>, usize),
    /// An import, by its alias or its path.
    Import { alias: Option<EcoString>, path: EcoString, from: Package },
    /// The name of an argument at a call.
    Argument { callable: Callable<'db>, name: EcoString },
    /// A field of a structure that is written, where the schema says what it is.
    Field { owner: TypeId, name: EcoString },
    /// A field that is selected: the fields up to it, from the step that gives the value.
    Select { scope: Scope<'db>, base: StepId, path: Vec<EcoString> },
}

/// What the token stands for; nothing for punctuation, literals and names that mean nothing.
pub(crate) fn symbol<'db>(source: &Source<'db>, token: &SyntaxToken) -> Option<Symbol<'db>> {
    let parent = token.parent()?;
    if token.kind().is_string() {
        let import = ast::Import::cast(parent)?;
        let from = source.file.package(source.db);
        return Some(Symbol::Import { alias: import.alias(), path: import.path()?.into(), from });
    }
    if token.kind() != SyntaxKind::IDENT {
        return None;
    }
    match parent.kind() {
        SyntaxKind::FUNCTION => {
            let scope = source.scope_of_function(&ast::Function::cast(parent)?)?;
            Some(Symbol::Callable(Callable::Function(scope.function)))
        }
        SyntaxKind::PARAM => {
            let scope = source.scope_of(&parent)?;
            let index = scope.map().params.iter().position(|it| *it == token.text_range())?;
            Some(Symbol::Param(scope, index))
        }
        SyntaxKind::IMPORT => {
            let import = ast::Import::cast(parent)?;
            let alias = import.alias_token()?;
            (alias == *token)
                .then(|| {
                    let from = source.file.package(source.db);
                    Some(Symbol::Import {
                        alias: import.alias(),
                        path: import.path()?.into(),
                        from,
                    })
                })
                .flatten()
        }
        SyntaxKind::LABELLED_TERM => term(source, &ast::LabelledTerm::cast(parent)?, token),
        SyntaxKind::PATH_EXPR => path(source, &ast::PathExpr::cast(parent)?, token),
        SyntaxKind::SELECT_EXPR => {
            let select = ast::SelectExpr::cast(parent)?;
            let scope = source.scope_of(select.syntax())?;
            let base = scope.step_at(select.base()?.syntax().text_range())?;
            let path = names_up_to(select.idents(), token);
            Some(Symbol::Select { scope, base, path })
        }
        _ => None,
    }
}

fn term<'db>(
    source: &Source<'db>,
    term: &ast::LabelledTerm,
    token: &SyntaxToken,
) -> Option<Symbol<'db>> {
    if term.label_token()? != *token {
        return None;
    }
    let list = term.syntax().parent()?;
    match list.kind() {
        SyntaxKind::BODY => {
            let scope = source.scope_of(&list)?;
            let index = scope.map().labels.iter().position(|it| *it == token.text_range())?;
            Some(Symbol::Label(scope, index))
        }
        SyntaxKind::ARG_LIST => {
            let name = EcoString::from(token.text());
            match expected::slot(source, &ast::ArgList::cast(list)?) {
                Slot::Call(callable) => Some(Symbol::Argument { callable, name }),
                Slot::Structure(owner) => Some(Symbol::Field { owner, name }),
                Slot::Fields(_) | Slot::Unknown => None,
            }
        }
        _ => None,
    }
}

fn path<'db>(
    source: &Source<'db>,
    path: &ast::PathExpr,
    token: &SyntaxToken,
) -> Option<Symbol<'db>> {
    let scope = source.scope_of(path.syntax())?;
    let first = path.idents().next()?;
    let local = scope
        .param(first.text())
        .map(|index| (Symbol::Param(scope.clone(), index), StepId(index as u32)))
        .or_else(|| {
            let index = scope.label(first.text())?;
            let step = scope.circuit().labels.get(index)?.1;
            Some((Symbol::Label(scope.clone(), index), step))
        });
    if let Some((symbol, base)) = local {
        // `true` and `false` on their own are literals, whatever else has that name.
        if path.idents().count() == 1 && matches!(first.text(), "true" | "false") {
            return None;
        }
        if first == *token {
            return Some(symbol);
        }
        let path = names_up_to(path.idents().skip(1), token);
        return Some(Symbol::Select { scope, base, path });
    }
    if path.idents().count() > 1 && first == *token {
        return import(source, token.text());
    }
    let target = scope.target_at(path.syntax().text_range())?;
    Callable::of(source.db, target).map(Symbol::Callable)
}

/// The import that the file calls `alias`.
pub(crate) fn import<'db>(source: &Source<'db>, alias: &str) -> Option<Symbol<'db>> {
    let imports = &item_tree(source.db, source.file).imports;
    let found = imports.iter().find(|it| it.alias.as_deref() == Some(alias))?;
    let from = source.file.package(source.db);
    Some(Symbol::Import { alias: found.alias.clone(), path: found.path.clone()?, from })
}

/// What an expression calls, if it is a name of something that can be called.
pub(crate) fn callable<'db>(source: &Source<'db>, callee: &Expr) -> Option<Callable<'db>> {
    match callee {
        Expr::Path(path) => {
            let scope = source.scope_of(path.syntax())?;
            if let Some(target) = scope.target_at(path.syntax().text_range()) {
                return Callable::of(source.db, target);
            }
            // A step or parameter whose type says what it calls.
            let step = scope.step_at(path.syntax().text_range())?;
            match typing::callees(&scope, step, &[]).as_slice() {
                [only] => Callable::of(source.db, only),
                _ => None,
            }
        }
        Expr::InlineFunction(function) => {
            source.scope_of_function(function).map(|it| Callable::Function(it.function))
        }
        // `F[a: 1](b: 2)` calls F.
        Expr::Augment(augment) => callable(source, &augment.callee()?),
        _ => None,
    }
}

fn names_up_to(idents: impl Iterator<Item = SyntaxToken>, last: &SyntaxToken) -> Vec<EcoString> {
    let end = last.text_range().end();
    let until = idents.take_while(|it| it.text_range().end() <= end);
    until.map(|it| it.text().into()).collect()
}

/// Where the field at `path` of a step's value is written down as a label: in a structure of this function, or in what a
/// function returns that is called. Follows at most a few calls.
pub(crate) fn written_field(
    scope: &Scope<'_>,
    base: StepId,
    path: &[EcoString],
) -> Option<(ko_queries::FileId, text_size::TextRange)> {
    let mut scope = scope.clone();
    let mut step = base;
    let mut path: Vec<EcoString> = path.to_vec();
    for _ in 0..64 {
        let name = path.first()?;
        match &scope.circuit().steps.get(step.0 as usize)?.kind {
            StepKind::Select { base, path: before } => {
                path.splice(0..0, before.iter().cloned());
                step = *base;
            }
            StepKind::Apply { callee, args, .. } => {
                match &scope.circuit().steps.get(callee.0 as usize)?.kind {
                    StepKind::Target(Target::Join) => {
                        let at = args.iter().position(|it| it.name.as_ref() == Some(name))?;
                        if path.len() == 1 {
                            let range = scope.map().args.of(step).get(at)?;
                            return Some((scope.file(), *range));
                        }
                        path.remove(0);
                        step = args.get(at)?.value;
                    }
                    StepKind::Target(Target::Function(key)) => {
                        let function = find_function(scope.db, key)?;
                        scope = Scope::new(scope.db, function)?;
                        step = scope.circuit().result?;
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    None
}

/// The step that makes what is selected by `path` from the value of a step: a structure that is written down, here or in
/// a function that is called, or a call of something else. Nothing for parameters. Follows at most a few calls.
pub(crate) fn made_by<'db>(
    scope: &Scope<'db>,
    step: StepId,
    path: &[EcoString],
) -> Option<(Scope<'db>, StepId)> {
    let mut scope = scope.clone();
    let mut step = step;
    let mut path: Vec<EcoString> = path.to_vec();
    for _ in 0..64 {
        match &scope.circuit().steps.get(step.0 as usize)?.kind {
            StepKind::Select { base, path: before } => {
                path.splice(0..0, before.iter().cloned());
                step = *base;
            }
            StepKind::Apply { callee, args, invoke: true } => {
                match &scope.circuit().steps.get(callee.0 as usize)?.kind {
                    StepKind::Target(Target::Join) => {
                        if path.is_empty() {
                            return Some((scope, step));
                        }
                        let name = path.remove(0);
                        step = args.iter().find(|it| it.name.as_ref() == Some(&name))?.value;
                    }
                    StepKind::Target(Target::Function(key)) => {
                        let function = find_function(scope.db, key)?;
                        scope = Scope::new(scope.db, function)?;
                        step = scope.circuit().result?;
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    None
}

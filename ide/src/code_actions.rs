//! Changes of the text that an editor offers for a place: fixes, and rewritings that keep what a program means.
//!
//! One file for each action. An action looks at a [`Context`] and returns edits. What keeps the meaning
//! is proven for the change at hand, not argued in general: [`meaning`] compares the circuits before and after, and an
//! action that would change them is offered with the reason why it is refused.

mod arguments;
mod context;
mod create_function;
mod edit;
mod extract_function;
mod extract_step;
mod fix_all;
mod inline_step;
mod meaning;
mod names;
mod order_after;
mod organize_imports;
mod parallel;
mod purity;
mod quick_fixes;
#[cfg(test)]
mod tests;

use self::context::Context;
use crate::{FileEdit, FilePosition, FileRange, RootDatabase};

/// What sort of change an action is, as LSP names it (`CodeActionKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Mends a problem.
    QuickFix,
    /// Makes a step or function of a value.
    Extract,
    /// Puts a value where its name stands.
    Inline,
    /// Writes something in another way.
    Rewrite,
    /// Puts the imports of the file in order.
    OrganizeImports,
    /// Mends all that has one certain fix.
    FixAll,
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Kind] = &[
        Kind::QuickFix,
        Kind::Extract,
        Kind::Inline,
        Kind::Rewrite,
        Kind::OrganizeImports,
        Kind::FixAll,
    ];

    /// The name in the words of LSP.
    pub fn name(self) -> &'static str {
        match self {
            Kind::QuickFix => "quickfix",
            Kind::Extract => "refactor.extract",
            Kind::Inline => "refactor.inline",
            Kind::Rewrite => "refactor.rewrite",
            Kind::OrganizeImports => "source.organizeImports",
            Kind::FixAll => "source.fixAll",
        }
    }

    /// Whether it is one of those that a client asked for: a name stands for all kinds below it.
    pub fn is_below(self, name: &str) -> bool {
        let rest = self.name().strip_prefix(name);
        name.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// A change of the text that the editor offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAction {
    /// Names the action among those of its place, so that it can be asked for again: `extract-step`.
    pub id: String,
    /// What it does, as a command: ``Change to `replicas` ``.
    pub title: String,
    /// What sort of action it is.
    pub kind: Kind,
    /// The replacements, sorted and disjoint within a file. None where [`resolve_code_action`] works them out.
    pub edits: Option<Vec<FileEdit>>,
    /// What its only edit inserts, with places to fill in, in the syntax of snippets of LSP.
    pub snippet: Option<String>,
    /// The stable name of the problem that it mends.
    pub diagnostic: Option<&'static str>,
    /// Whether it is the most likely thing to want.
    pub preferred: bool,
    /// Why it cannot be done here, in a sentence. Such an action must not be carried out.
    pub refused: Option<String>,
    /// Where, in the changed text, a new name stands that the user may want to choose.
    pub rename: Option<FilePosition>,
}

impl CodeAction {
    fn new(id: &str, kind: Kind, title: String, edits: Vec<FileEdit>) -> CodeAction {
        CodeAction {
            id: id.to_owned(),
            title,
            kind,
            edits: Some(edits),
            snippet: None,
            diagnostic: None,
            preferred: false,
            refused: None,
            rename: None,
        }
    }
}

/// Finds what can be done at a place.
type Finder = fn(&Context<'_>) -> Vec<CodeAction>;

/// The actions of a place, in the order in which they are offered.
const FINDERS: &[(Kind, Finder)] = &[
    (Kind::QuickFix, quick_fixes::actions),
    (Kind::QuickFix, create_function::actions),
    (Kind::Extract, extract_step::actions),
    (Kind::Extract, extract_function::actions),
    (Kind::Inline, inline_step::actions),
    (Kind::Rewrite, arguments::actions),
    (Kind::Rewrite, order_after::actions),
    (Kind::Rewrite, parallel::actions),
];

/// What can be done at a place, fixes first. `wanted` says which kinds are of interest. The edits of actions for the
/// whole file are left to [`resolve_code_action`].
pub fn code_actions(
    db: &RootDatabase,
    at: FileRange,
    wanted: &dyn Fn(Kind) -> bool,
) -> Vec<CodeAction> {
    let Some(context) = Context::new(db, at) else { return Vec::new() };
    let mut actions = Vec::new();
    for (_, find) in FINDERS.iter().filter(|it| wanted(it.0)) {
        actions.extend(find(&context));
    }
    if wanted(Kind::OrganizeImports) && context.source.tree.imports().next().is_some() {
        actions.push(lazy("organize-imports", Kind::OrganizeImports, "Organise imports"));
    }
    if wanted(Kind::FixAll) && !crate::diagnostics(db, at.file).is_empty() {
        actions.push(lazy("fix-all", Kind::FixAll, "Fix all that has one certain fix"));
    }
    for edits in actions.iter_mut().filter_map(|it| it.edits.as_mut()) {
        edits.sort_by_key(|it| (it.file, it.range.start(), it.range.end()));
    }
    actions
}

/// The action of this id at a place, with its edits. None if the text has changed so that there is no such action.
pub fn resolve_code_action(db: &RootDatabase, at: FileRange, id: &str) -> Option<CodeAction> {
    let whole = |kind: Kind| matches!(kind, Kind::OrganizeImports | Kind::FixAll);
    // Most requests are for what has been left out before, for which nothing else must be looked for.
    let found = |wanted: &dyn Fn(Kind) -> bool| {
        code_actions(db, at, wanted).into_iter().find(|it| it.id == id)
    };
    let mut action = found(&whole).or_else(|| found(&|kind| !whole(kind)))?;
    if action.edits.is_none() {
        let context = Context::new(db, at)?;
        action.edits = Some(match action.kind {
            Kind::OrganizeImports => organize_imports::edits(&context),
            _ => fix_all::edits(&context),
        });
    }
    Some(action)
}

fn lazy(id: &str, kind: Kind, title: &str) -> CodeAction {
    CodeAction { edits: None, ..CodeAction::new(id, kind, title.to_owned(), Vec::new()) }
}

//! What can be written at a place. [`context`] finds out where the cursor is, mostly from tokens, because the text is
//! broken while it is being typed. One file each lists what fits there: [`labels`] where something is named,
//! [`values`] where a value stands, [`selected`] behind a dot, [`packages`] what other packages have. [`list`] keeps,
//! ranks and bounds what they find.
//!
//! Documentation and imports are found later, by [`resolve_completion`] and [`import_edit`]: a list is asked for at
//! each keystroke and most of it is never looked at.

mod context;
mod labels;
mod list;
mod packages;
mod selected;
mod snippet;
#[cfg(test)]
mod states;
#[cfg(test)]
mod tests;
mod values;

use ko_queries::{builtins, items::find_function, names};
use text_size::TextRange;

use crate::{
    FileId, FilePosition, FunctionKey, RootDatabase,
    callable::Callable,
    hover::{callable_markdown, field_markdown},
    source::Source,
};

/// What the editor can do with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletionConfig {
    /// Whether inserted text may have places to fill in. Otherwise calls insert the name alone.
    pub snippets: bool,
    /// Whether functions of packages that the file does not import are offered.
    pub auto_imports: bool,
    /// How many items there are at most. With more the list is incomplete: the editor asks again when more is typed.
    pub limit: usize,
}

impl Default for CompletionConfig {
    fn default() -> CompletionConfig {
        CompletionConfig { snippets: true, auto_imports: true, limit: 256 }
    }
}

/// What can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionList {
    /// What is replaced: the word at the cursor, or nothing.
    pub range: TextRange,
    /// What can be written there, the most likely first.
    pub items: Vec<CompletionItem>,
    /// Whether there is more, so that the editor must ask again when more has been typed.
    pub incomplete: bool,
}

/// Something that can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    /// What the list shows, and what typed text is compared with unless `filter_text` says otherwise.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What stands directly behind the label: the parameters of a function.
    pub signature: Option<String>,
    /// Its type, or where it comes from.
    pub description: Option<String>,
    /// Its documentation as Markdown, where it costs nothing; see `data`.
    pub documentation: Option<String>,
    /// The new text.
    pub insert: String,
    /// Whether the new text has places to fill in (`$0`, `${1:name}`), in the syntax of LSP snippets.
    pub snippet: bool,
    /// Items are shown in the order of this text.
    pub sort_text: String,
    /// What typed text is compared with.
    pub filter_text: Option<String>,
    /// Whether typing a dot accepts the item: what follows can only be a name in it.
    pub commits_at_dot: bool,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Changes elsewhere in the file that belong to it.
    pub additional: Vec<TextEdit>,
    /// An import that it needs; [`import_edit`] makes the change.
    pub import: Option<NeededImport>,
    /// What [`resolve_completion`] needs to find the documentation.
    pub data: Option<String>,
}

/// An import that a file lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededImport {
    /// The path of the package.
    pub path: String,
    /// What the file calls it, where that is not the last part of the path.
    pub alias: Option<String>,
}

/// One replacement of text in the file at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced.
    pub range: TextRange,
    /// The new text.
    pub insert: String,
}

/// What a [`CompletionItem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// The name of an argument of a call.
    Argument,
    /// The name of a field.
    Field,
    /// A parameter of the function at hand.
    Parameter,
    /// A step of the function at hand.
    Label,
    /// A function written in Ko.
    Function,
    /// A builtin of the language.
    Builtin,
    /// A gate.
    Gate,
    /// A package.
    Module,
    /// One of the texts that are allowed.
    EnumValue,
    /// A word of the language.
    Keyword,
}

/// What can be written at a place, given the letters before the cursor: only what contains them in their order. Nothing
/// inside comments and after complete values.
pub fn completion(
    db: &RootDatabase,
    position: FilePosition,
    config: CompletionConfig,
) -> Option<CompletionList> {
    let source = Source::new(db, position.file)?;
    let context = context::find(&source, position.offset)?;
    let mut list = list::List::new(&source, &context, config);
    match &context.place {
        context::Place::TopLevel => list.top_level(),
        context::Place::BehindImport => list.keyword_as(),
        context::Place::Step(body) => list.step(body),
        context::Place::Term(arguments) => list.term(arguments),
        context::Place::Value(slot) => list.value(slot),
        context::Place::Names(names) => list.behind_names(names),
        context::Place::Result { call, names } => list.behind_call(*call, names),
        context::Place::String(token) => list.string(token),
        context::Place::ImportPath => list.import_path(),
    }
    Some(list.finish())
}

/// The documentation of an item as Markdown, given its [`CompletionItem::data`]; nothing if there is none any more.
pub fn resolve_completion(db: &RootDatabase, data: &str) -> Option<String> {
    let (what, rest) = data.split_once(' ')?;
    if what == "package" {
        return Some(crate::hover::package_markdown(db, rest));
    }
    let (first, second) = rest.rsplit_once(' ')?;
    let callable = match what {
        "field" => {
            let schema = db.schema();
            return field_markdown(&schema, schema.find_type(first)?, second);
        }
        "function" => {
            let key = FunctionKey { package: first.into(), name: second.into() };
            Callable::Function(find_function(db, &key)?)
        }
        "builtin" => Callable::Builtin(builtins::find(first, second)?),
        "gate" => Callable::Gate(db.schema().gate_in(first, second)?.id),
        _ => return None,
    };
    Some(callable_markdown(db, &callable))
}

/// The change that adds an import to a file, as the file is now; nothing if it is unknown or has the import already.
pub fn import_edit(db: &RootDatabase, file: FileId, import: &NeededImport) -> Option<TextEdit> {
    let source = Source::new(db, file)?;
    let called = |it: &ko_queries::items::ImportItem| {
        it.path.as_deref() == Some(import.path.as_str())
            && import.alias.as_ref().is_none_or(|alias| it.alias.as_deref() == Some(alias))
    };
    if ko_queries::items::item_tree(db, source.file).imports.iter().any(called) {
        return None;
    }
    let offset = names::import_offset(db, source.file);
    let alias = import.alias.as_ref().map(|it| format!(" as {it}")).unwrap_or_default();
    // The first import of a file is set off from what follows.
    let first = source.tree.imports().next().is_none() && !source.root().text_range().is_empty();
    let end = if first { "\n\n" } else { "\n" };
    let insert = format!("import \"{}\"{alias}{end}", import.path);
    Some(TextEdit { range: TextRange::empty(offset), insert })
}

//! What can be written at a place. [`context`] finds out where the cursor is, mostly from tokens, because the text is
//! broken while it is being typed; [`items`] lists what fits there.

mod context;
mod items;
#[cfg(test)]
mod tests;

use ko_queries::{builtins, items::find_function};
use text_size::TextRange;

use crate::{
    FilePosition, FunctionKey, RootDatabase,
    callable::Callable,
    hover::{callable_markdown, field_markdown},
    source::Source,
};

/// Something that can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    /// What the list shows, and what typed text is compared with unless `filter_text` says otherwise.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type or signature, on one line.
    pub detail: Option<String>,
    /// Its documentation as Markdown, where it costs nothing; see `data`.
    pub documentation: Option<String>,
    /// The change that writes it.
    pub edit: TextEdit,
    /// Whether the new text has places to fill in (`$0`, `${1:name}`), in the syntax of LSP snippets.
    pub snippet: bool,
    /// Items are shown in the order of this text.
    pub sort_text: String,
    /// What typed text is compared with.
    pub filter_text: Option<String>,
    /// Changes elsewhere in the file that belong to it.
    pub additional: Vec<TextEdit>,
    /// What [`resolve_completion`] needs to find the documentation.
    pub data: Option<String>,
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
    /// An import.
    Module,
    /// One of the texts that are allowed.
    EnumValue,
    /// A word of the language.
    Keyword,
}

/// What can be written at a place, the most likely first. Editors filter by what has been typed. Nothing inside comments
/// and after complete values.
pub fn completion(db: &RootDatabase, position: FilePosition) -> Vec<CompletionItem> {
    let Some(source) = Source::new(db, position.file) else { return Vec::new() };
    let Some(context) = context::find(&source, position.offset) else { return Vec::new() };
    let mut items = items::list(&source, &context);
    items.sort_by(|a, b| a.sort_text.cmp(&b.sort_text));
    items
}

/// The documentation of an item as Markdown, given its [`CompletionItem::data`]; nothing if there is none any more.
pub fn resolve_completion(db: &RootDatabase, data: &str) -> Option<String> {
    let (what, rest) = data.split_once(' ')?;
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

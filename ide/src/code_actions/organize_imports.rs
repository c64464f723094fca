//! "Organise imports": those that nothing uses go, those that are there twice become one, and each group is sorted as the
//! formatter sorts it. Comments stay, but for one behind an import that goes.

use ecow::EcoString;
use ko_queries::diagnostic::FileEdit;
use ko_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
    format::{apply_edits, format_range},
};
use rustc_hash::FxHashSet;
use text_size::{TextRange, TextSize};

use super::{context::Context, edit::removal};

/// The edits that organise the imports of the file; none if they are in order. Nothing is done in a file with syntax
/// errors, in which a use may be hidden.
pub(super) fn edits(context: &Context<'_>) -> Vec<FileEdit> {
    let parse = ko_queries::items::parse(context.db, context.source.file);
    let imports: Vec<ast::Import> = context.source.tree.imports().collect();
    let (Some(first), Some(last)) = (imports.first(), imports.last()) else { return Vec::new() };
    if !parse.errors().is_empty() {
        return Vec::new();
    }
    let used = used_aliases(context);
    let mut kept: FxHashSet<(Option<String>, EcoString)> = FxHashSet::default();
    let mut gone = Vec::new();
    for import in &imports {
        let alias = import.alias().unwrap_or_default();
        let again = !kept.insert((import.path(), alias.clone()));
        if again || !used.contains(&alias) {
            gone.push(ko_syntax::TextEdit::delete(with_comment(context, import)));
        }
    }
    let text = apply_edits(&context.text, &gone);
    let start = first.syntax().text_range().start();
    let end = last.syntax().text_range().end();
    let removed: TextSize = gone.iter().map(|it| it.range.len()).sum();
    let sorted = if gone.len() == imports.len() {
        // No blank line stands at the start of a file.
        let nothing_before = context.text[..start.into()].trim().is_empty();
        if nothing_before { text.trim_start_matches(['\r', '\n']).to_owned() } else { text }
    } else {
        // What is behind the last import has moved to the left by what is gone.
        let end = end.checked_sub(removed).unwrap_or_default().max(start);
        let range = TextRange::new(start, end.min(TextSize::of(text.as_str())));
        let edits = format_range(&text, range);
        apply_edits(&text, &edits)
    };
    difference(context, &sorted).into_iter().collect()
}

/// The names of packages that the functions of the file use.
fn used_aliases<'db>(context: &Context<'db>) -> FxHashSet<&'db EcoString> {
    context.source.scopes().flat_map(|it| &it.reads().aliases).collect()
}

/// An import with its line, and the comment on it.
fn with_comment(context: &Context<'_>, import: &ast::Import) -> TextRange {
    let range = removal(&context.text, import.syntax());
    let mut next = import.syntax().last_token().and_then(|it| it.next_token());
    while let Some(token) = next {
        match token.kind() {
            SyntaxKind::WHITESPACE => next = token.next_token(),
            SyntaxKind::LINE_COMMENT => {
                let end = token.text_range().end();
                let newline = token.next_token().filter(|it| it.kind() == SyntaxKind::NEWLINE);
                let end = newline.map_or(end, |it| it.text_range().end());
                let own = super::edit::starts_line(&context.text, range.start());
                return TextRange::new(range.start(), if own { end } else { range.end() });
            }
            _ => break,
        }
    }
    range
}

/// The one replacement that makes the text of the file the new one.
fn difference(context: &Context<'_>, new: &str) -> Option<FileEdit> {
    let old = &*context.text;
    if old == new {
        return None;
    }
    let same = |a: (char, char)| a.0 == a.1;
    let before: usize =
        old.chars().zip(new.chars()).take_while(|it| same(*it)).map(|it| it.0.len_utf8()).sum();
    let (rest_old, rest_new) = (&old[before..], &new[before..]);
    let after: usize = rest_old
        .chars()
        .rev()
        .zip(rest_new.chars().rev())
        .take_while(|it| same(*it))
        .map(|it| it.0.len_utf8())
        .sum();
    let range = TextRange::new(
        TextSize::try_from(before).ok()?,
        TextSize::try_from(old.len() - after).ok()?,
    );
    Some(context.replace(range, &rest_new[..rest_new.len() - after]))
}

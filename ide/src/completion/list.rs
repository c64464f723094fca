//! The list that items are put into: it keeps those that what has been typed may mean, in the order in which they are
//! likely, and not more than an editor can use.

use ko_queries::types::{Fit, Type};
use ko_schema::Schema;
use text_size::TextRange;

use super::{
    CompletionConfig, CompletionItem, CompletionKind, CompletionList, TextEdit, context::Context,
};
use crate::{expected::Expected, source::Source, typing};

/// Groups of items, in the order in which they are shown. Values that fit what is asked for come before those of which
/// that is not known, those before values that do not fit; within these, what is nearer comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Arguments and fields that must be there.
    Required,
    /// The values that are allowed.
    Choice,
    /// Other arguments and fields.
    Optional,
    Local(Fit),
    Function(Fit),
    Import(Fit),
    Builtin(Fit),
    Gate(Fit),
    /// An argument that only says what comes first.
    Ordering,
    /// What needs an import.
    NotImported(Fit),
}

impl Group {
    /// A letter that sorts as the group does.
    fn letter(self) -> char {
        let value = |nearness: u8, fit: Fit| {
            let fit = match fit {
                Fit::Yes => 0,
                Fit::Unknown => 1,
                Fit::No => 2,
            };
            char::from(b'd' + fit * 5 + nearness)
        };
        match self {
            Group::Required => 'a',
            Group::Choice => 'b',
            Group::Optional => 'c',
            Group::Local(fit) => value(0, fit),
            Group::Function(fit) => value(1, fit),
            Group::Import(fit) => value(2, fit),
            Group::Builtin(fit) => value(3, fit),
            Group::Gate(fit) => value(4, fit),
            Group::Ordering => 's',
            Group::NotImported(Fit::Yes) => 't',
            Group::NotImported(Fit::Unknown) => 'u',
            Group::NotImported(Fit::No) => 'v',
        }
    }
}

/// What is listed at a place.
pub(super) struct List<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) context: &'a Context,
    pub(super) schema: Schema,
    pub(super) config: CompletionConfig,
    /// What is asked of a value here, once that is known.
    pub(super) expected: Option<Expected>,
    items: Vec<CompletionItem>,
    /// What has been typed, in small letters.
    typed: Vec<char>,
}

impl<'a> List<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        context: &'a Context,
        config: CompletionConfig,
    ) -> List<'a> {
        let typed = context.typed.chars().flat_map(char::to_lowercase).collect();
        let schema = source.db.schema();
        List { source, context, schema, config, expected: None, items: Vec::new(), typed }
    }

    /// Whether what has been typed may mean this name: its letters occur in it, in their order.
    pub(super) fn may_mean(&self, name: &str) -> bool {
        quality(&self.typed, name).is_some()
    }

    /// How many letters have been typed.
    pub(super) fn typed(&self) -> usize {
        self.typed.len()
    }

    /// How likely a value of this type is meant here.
    pub(super) fn fit(&self, ty: Option<&Type>) -> Fit {
        match (&self.expected, ty) {
            (Some(expected), Some(ty)) => typing::fit(&self.schema, ty, expected),
            _ => Fit::Unknown,
        }
    }

    /// Adds an item that writes its own label. Nothing if that is not what has been typed.
    pub(super) fn add(
        &mut self,
        group: Group,
        kind: CompletionKind,
        label: &str,
    ) -> Option<&mut CompletionItem> {
        if !self.may_mean(label) {
            return None;
        }
        Some(self.add_always(group, kind, label))
    }

    /// Adds an item whatever has been typed.
    pub(super) fn add_always(
        &mut self,
        group: Group,
        kind: CompletionKind,
        label: &str,
    ) -> &mut CompletionItem {
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind,
            signature: None,
            description: None,
            documentation: None,
            insert: label.to_owned(),
            snippet: false,
            sort_text: sort_text(group, label),
            filter_text: None,
            commits_at_dot: false,
            deprecated: false,
            additional: Vec::new(),
            import: None,
            data: None,
        });
        let last = self.items.len() - 1;
        &mut self.items[last]
    }

    /// Changes what has been listed from the item of this number on.
    pub(super) fn change_from(&mut self, first: usize, change: impl FnMut(&mut CompletionItem)) {
        self.items.iter_mut().skip(first).for_each(change);
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a change elsewhere to all items.
    pub(super) fn all_need(&mut self, edit: &TextEdit) {
        self.change_from(0, |it| it.additional.push(edit.clone()));
    }

    /// The list in order. If it is too long, what comes first stays.
    pub(super) fn finish(mut self) -> CompletionList {
        let incomplete = self.items.len() > self.config.limit;
        for item in &mut self.items {
            // How well what has been typed matches comes before everything else.
            let name = item.filter_text.as_ref().unwrap_or(&item.label);
            let quality = quality(&self.typed, name).unwrap_or(9);
            item.sort_text.insert(0, char::from(b'0' + quality));
        }
        self.items.sort_by(|a, b| a.sort_text.cmp(&b.sort_text).then(a.label.cmp(&b.label)));
        self.items.truncate(self.config.limit);
        let range: TextRange = self.context.word;
        CompletionList { range, items: self.items, incomplete }
    }
}

/// The text that sorts a name into its group.
pub(super) fn sort_text(group: Group, label: &str) -> String {
    format!("{}{label}", group.letter())
}

/// Puts items of a group into an order of their own.
pub(super) fn order(item: &mut CompletionItem, group: Group, at: usize) {
    item.sort_text = format!("{}{at:04}", group.letter());
}

/// How well typed letters (small ones) match a name, the smaller the better: at its beginning (0), at the beginnings of
/// its words (1: `crp` in `CreatePod`), as one piece (2), in their order with others between (3). Nothing if they do not.
fn quality(typed: &[char], name: &str) -> Option<u8> {
    if typed.is_empty() {
        return Some(0);
    }
    // Most names do not match at all, which needs no list of their letters.
    let mut small = name.chars().flat_map(char::to_lowercase);
    if !typed.iter().all(|c| small.any(|it| it == *c)) {
        return None;
    }
    let letters: Vec<(char, bool)> = words(name).collect();
    let starts = |at: usize| {
        typed.iter().enumerate().all(|(n, c)| letters.get(at + n).is_some_and(|it| it.0 == *c))
    };
    if starts(0) {
        return Some(0);
    }
    if at_words(typed, &letters) {
        return Some(1);
    }
    if (1..letters.len()).any(starts) {
        return Some(2);
    }
    Some(3)
}

/// The letters of a name, small, with whether a word begins there.
fn words(name: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = ' ';
    name.chars().flat_map(move |c| {
        let begins = !before.is_alphanumeric() || (c.is_uppercase() && !before.is_uppercase());
        before = c;
        c.to_lowercase().map(move |small| (small, begins))
    })
}

/// Whether typed letters are pieces of the beginnings of words of a name, in order.
fn at_words(typed: &[char], letters: &[(char, bool)]) -> bool {
    let Some(first) = typed.first() else { return true };
    let mut at = 0;
    let mut open = false;
    let mut rest = typed;
    if !letters.iter().any(|it| it.1 && it.0 == *first) {
        return false;
    }
    // Greedy: a letter goes on with the word at hand if it can, and begins the next word that has it otherwise.
    while let Some(wanted) = rest.first() {
        let next = letters.get(at).filter(|it| open && it.0 == *wanted);
        if next.is_none() {
            let Some(word) =
                (at..letters.len()).find(|it| letters[*it].1 && letters[*it].0 == *wanted)
            else {
                return false;
            };
            at = word;
        }
        open = true;
        at += 1;
        rest = &rest[1..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_match_in_their_order() {
        let quality = |typed: &str, name: &str| quality(&typed.chars().collect::<Vec<_>>(), name);
        assert_eq!(quality("", "x"), Some(0));
        assert_eq!(quality("cre", "CreatePod"), Some(0));
        assert_eq!(quality("pod", "CreatePod"), Some(1));
        assert_eq!(quality("crpo", "CreatePod"), Some(1));
        assert_eq!(quality("eat", "CreatePod"), Some(2));
        assert_eq!(quality("ctpd", "CreatePod"), Some(3));
        assert_eq!(quality("podc", "CreatePod"), None);
        assert_eq!(quality("é", "É"), Some(0));
    }

    #[test]
    fn what_fits_comes_first_then_what_is_near() {
        let groups = [
            Group::Required,
            Group::Choice,
            Group::Optional,
            Group::Local(Fit::Yes),
            Group::Gate(Fit::Yes),
            Group::Local(Fit::Unknown),
            Group::Gate(Fit::Unknown),
            Group::Local(Fit::No),
            Group::Gate(Fit::No),
            Group::Ordering,
            Group::NotImported(Fit::Yes),
            Group::NotImported(Fit::No),
        ];
        assert!(groups.is_sorted_by_key(|it| it.letter()));
    }
}

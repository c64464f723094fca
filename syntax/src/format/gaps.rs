//! What is to stand between two atoms: decided from the separators and comments in the source, and from what they
//! separate, so that every comment stays with its element (as [`crate::ast`] defines it for documentation).

use super::{
    atoms::{Atoms, ROOT},
    imports::Item,
};
use crate::SyntaxKind::{self, *};

/// What is to stand before an atom.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gap {
    /// Nothing: the start of the file.
    Start,
    /// What is there.
    Keep { list: usize, place: Place },
    /// Nothing or a space, within an element.
    Tight { space: bool },
    /// A space.
    Space,
    /// A comment follows on the line of what it comments on: the spaces that are there, or one.
    Trailing { list: usize },
    /// In a list that is broken, a new line; in one that is not, `flat`.
    Line { list: usize, place: Place, blank: bool, flat: &'static str },
}

/// Where a line starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// As the elements of the list.
    Inner,
    /// As the line with the opening bracket of the list.
    Outer,
    /// One level deeper than the elements of the list.
    Deeper,
}

/// The white space and separators between two atoms of the source.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Raw {
    newline: bool,
    blank: bool,
    separator: bool,
    run: u32,
}

impl Raw {
    pub(super) fn add(&mut self, kind: SyntaxKind) {
        match kind {
            NEWLINE => {
                self.run += 1;
                self.newline = true;
                self.separator = true;
                self.blank |= self.run > 1;
            }
            COMMA | SEMICOLON => {
                self.run = 0;
                self.separator = true;
            }
            _ => {}
        }
    }
}

/// An element of a list.
pub(super) struct Element {
    pub(super) list: usize,
    pub(super) kind: SyntaxKind,
    /// The path, of an import that may be sorted.
    pub(super) path: Option<String>,
}

/// What follows a run of comments in a list.
pub(super) enum Next {
    Element(Element),
    Closer,
    /// The end of the file.
    End,
}

/// What comes before a run of comments in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prev {
    Start,
    Opener,
    Element,
}

impl Atoms<'_> {
    /// Decides on the space before each of the comments since the last atom in `list` that is none. Returns what is to
    /// stand before the next one.
    pub(super) fn group(&mut self, list: usize, next: Next) -> Gap {
        self.raws.push(std::mem::take(&mut self.raw));
        let mut raws = std::mem::take(&mut self.raws);
        let comments = raws.len() - 1;
        let first = self.atoms.len() - comments;
        let prev = match self.lists[list].elements {
            0 if list == ROOT => Prev::Start,
            0 => Prev::Opener,
            _ => Prev::Element,
        };
        // Comments before this place stand on the line of what comes before, and belong to it.
        let newline = raws.iter().position(|raw| raw.newline);
        let turn = match (prev, &next) {
            (Prev::Start, _) => 0,
            (Prev::Opener, _) if newline.is_none() => 0,
            (Prev::Opener, _) => {
                let ends = |(i, raw): (usize, &Raw)| raw.newline || i > 0 && raw.separator;
                raws.iter().enumerate().position(ends).unwrap_or(0)
            }
            (Prev::Element, Next::Element(_)) => {
                newline.or_else(|| raws.iter().position(|raw| raw.separator)).unwrap_or(comments)
            }
            (Prev::Element, _) => newline.unwrap_or(comments),
        };
        let is_element = matches!(next, Next::Element(_));
        let item_line = matches!(&next, Next::Element(element)
            if list == ROOT && !self.is_import_pair(element));
        let padding = self.lists[list].padding();
        let mut broken = prev == Prev::Opener && newline.is_some() && (is_element || comments > 0);
        let mut last = Gap::Space;
        for (i, raw) in raws.iter().enumerate() {
            let is_last = i == comments;
            let before_closer = is_last && !is_element;
            let line = |place, blank, flat| Gap::Line { list, place, blank, flat };
            let gap = if i < turn {
                Gap::Trailing { list }
            } else if prev == Prev::Start && i == 0 {
                Gap::Start
            } else if before_closer && matches!(next, Next::End) {
                line(Place::Inner, false, padding)
            } else if before_closer {
                if prev == Prev::Opener && comments == 0 {
                    Gap::Tight { space: false }
                } else {
                    line(Place::Outer, false, padding)
                }
            } else if i == turn {
                // A comment on a line of its own before the closing bracket.
                broken |= !is_element && (raw.newline || i > 0);
                match prev {
                    Prev::Opener => line(Place::Inner, false, padding),
                    _ => line(Place::Inner, raw.blank || item_line, ", "),
                }
            } else if raw.separator {
                broken = true;
                line(Place::Inner, raw.blank, " ")
            } else {
                Gap::Space
            };
            let index = first + i;
            let after_verbatim = i == 0 && index > 0 && self.atoms[index - 1].verbatim;
            let gap = if after_verbatim && (self.keep_behind || !raw.newline) {
                let place = if before_closer { Place::Outer } else { Place::Inner };
                broken |= raw.newline;
                Gap::Keep { list, place }
            } else {
                gap
            };
            if is_last {
                last = gap;
            } else {
                self.atoms[index].gap = gap;
                broken |= self.atoms[index].kind == LINE_COMMENT;
            }
        }
        self.lists[list].broken |= broken;
        if list == ROOT {
            self.item(first, comments, turn, &raws, next);
        }
        raws.clear();
        self.raws = raws;
        last
    }

    /// Like [`Atoms::group`] within an element: comments may stand only between a label and an inline function.
    pub(super) fn within_element(&mut self) -> Gap {
        if self.raws.is_empty() {
            self.raw = Raw::default();
            return Gap::Tight { space: false };
        }
        self.raws.push(std::mem::take(&mut self.raw));
        let mut raws = std::mem::take(&mut self.raws);
        let comments = raws.len() - 1;
        let first = self.atoms.len() - comments;
        let list = self.list;
        let mut last = Gap::Space;
        for (i, raw) in raws.iter().enumerate() {
            let gap = if raw.newline || i > 0 && raw.separator {
                self.lists[list].broken = true;
                Gap::Line { list, place: Place::Deeper, blank: i > 0 && raw.blank, flat: " " }
            } else if i < comments {
                Gap::Trailing { list }
            } else {
                Gap::Space
            };
            if i == comments {
                last = gap;
            } else {
                self.atoms[first + i].gap = gap;
            }
        }
        raws.clear();
        self.raws = raws;
        last
    }

    fn is_import_pair(&self, next: &Element) -> bool {
        next.kind == IMPORT && self.items.last().is_some_and(|item| item.kind == IMPORT)
    }

    /// Notes an item at the top of the file: what belongs to it, and where the one before it ends.
    fn item(&mut self, first: usize, comments: usize, turn: usize, raws: &[Raw], next: Next) {
        if let Some(before) = self.items.last_mut() {
            before.end = first + turn;
        }
        let Next::Element(element) = next else { return };
        let joined = self.is_import_pair(&element) && !raws.iter().any(|raw| raw.blank);
        let mut start = comments;
        while start > turn && !raws[start].blank {
            start -= 1;
        }
        let start = first + start;
        let end = self.atoms.len() + 1;
        let path = element.path;
        self.items.push(Item { kind: element.kind, start, end, path, joined });
    }
}

//! From atoms to edits: which lists stand on one line, and what that makes of the space between atoms.

use text_size::{TextRange, TextSize};

use super::{
    FormatOptions, Indent,
    atoms::{Atoms, List, ROOT},
    gaps::{Gap, Place},
    imports,
};
use crate::{TextEdit, work};

/// Columns that a tab counts for.
const TAB: usize = 4;

/// The changes that lay out `atoms`, in the order of the text.
pub(super) fn edits(atoms: &Atoms<'_>, options: &FormatOptions) -> Vec<TextEdit> {
    let mut layout = Layout::new(atoms, options);
    let unsorted = imports::unsorted(atoms);
    let mut unsorted = unsorted.iter().peekable();
    let mut edits = Vec::new();
    let mut index = 0;
    // Whether the space before the atom is part of the last edit.
    let mut gap_done = false;
    while index < atoms.atoms.len() {
        if !std::mem::take(&mut gap_done) {
            let range = TextRange::new(atoms.end_before(index), atoms.atoms[index].range.start());
            let gap = layout.step(index);
            push_edit(&mut edits, atoms.text, range, gap);
        }
        match unsorted.next_if(|group| group.atoms.start == index) {
            Some(group) => {
                let mut text = String::new();
                for import in &group.order {
                    if !text.is_empty() {
                        text.push_str(atoms.line_end);
                    }
                    for i in import.clone() {
                        if i > import.start {
                            text.push_str(layout.step(i));
                        }
                        text.push_str(&atoms.text[atoms.atoms[i].range]);
                    }
                }
                let start = atoms.atoms[index].range.start();
                let mut end = atoms.end_before(group.atoms.end);
                index = group.atoms.end;
                let last = group.order.last().and_then(|import| import.clone().last());
                let comment =
                    last.is_some_and(|i| atoms.text[atoms.atoms[i].range].starts_with("//"));
                let rest = &atoms.text[end.into()..];
                // A comment that comes last now would swallow a separator there, so both change together or not at all.
                if comment
                    && !(rest.starts_with('\n') || rest.starts_with("\r\n"))
                    && let Some(next) = atoms.atoms.get(index)
                {
                    text.push_str(layout.step(index));
                    end = next.range.start();
                    gap_done = true;
                }
                edits.push(TextEdit::replace(TextRange::new(start, end), text));
            }
            None => index += 1,
        }
    }
    edits
}

/// Adds the change of the space in `range` to `to`, without the part that stays.
fn push_edit(edits: &mut Vec<TextEdit>, text: &str, range: TextRange, to: &str) {
    let from = &text[range];
    if from == to {
        return;
    }
    // A line end of two characters is changed as a whole; positions between them mean nothing to an editor.
    let (mut start, mut end) = (0, 0);
    if !from.contains('\r') && !to.contains('\r') {
        let same = |(a, b): &(u8, u8)| a == b;
        start = from.bytes().zip(to.bytes()).take_while(same).count();
        let rest = from.len().min(to.len()) - start;
        end = from.bytes().rev().zip(to.bytes().rev()).take(rest).take_while(same).count();
    }
    let size = |len: usize| TextSize::try_from(len).unwrap_or_default();
    let range = TextRange::new(range.start() + size(start), range.end() - size(end));
    edits.push(TextEdit::replace(range, &to[start..to.len() - end]));
}

/// A list on the way through the text.
#[derive(Clone, Copy, Default)]
struct ListPlace {
    flat: bool,
    indent: usize,
}

struct Layout<'a> {
    atoms: &'a Atoms<'a>,
    options: &'a FormatOptions,
    lists: Vec<ListPlace>,
    /// Per atom, where it ends if everything stands on one line.
    flat_ends: Vec<usize>,
    /// Per atom, the columns behind it up to the next place where the line may break.
    tails: Vec<usize>,
    /// The column at the end of the last atom.
    column: usize,
    /// The levels that the current line is indented by.
    indent: usize,
    gap: String,
}

impl<'a> Layout<'a> {
    fn new(atoms: &'a Atoms<'a>, options: &'a FormatOptions) -> Layout<'a> {
        let mut end = 0;
        let mut flat_ends = Vec::with_capacity(atoms.atoms.len());
        for atom in &atoms.atoms {
            end += match atom.gap {
                Gap::Start => 0,
                Gap::Keep { .. } | Gap::Space | Gap::Trailing { .. } => 1,
                Gap::Tight { space } => usize::from(space),
                Gap::Line { flat, .. } => flat.len(),
            } + atom.width;
            flat_ends.push(end);
        }
        let mut tails = vec![0; atoms.atoms.len()];
        let mut tail = 0;
        for (index, atom) in atoms.atoms.iter().enumerate().rev() {
            tails[index] = tail;
            let rest = if atom.last_width.is_some() { 0 } else { tail };
            tail = match atom.gap {
                Gap::Tight { space } => usize::from(space) + atom.width + rest,
                _ => 0,
            };
        }
        let lists = vec![ListPlace::default(); atoms.lists.len()];
        Layout { atoms, options, lists, flat_ends, tails, column: 0, indent: 0, gap: String::new() }
    }

    /// Goes past the atom `index`; returns what is to stand before it.
    fn step(&mut self, index: usize) -> &str {
        work::count(1);
        let atom = &self.atoms.atoms[index];
        self.gap.clear();
        match atom.gap {
            Gap::Start => {}
            Gap::Keep { list, place } => {
                let source = self.source(index);
                self.gap.push_str(source);
                if !self.lists[list].flat {
                    self.indent = self.level(list, place);
                }
            }
            Gap::Tight { space: false } => {}
            Gap::Tight { space: true } | Gap::Space => self.gap.push(' '),
            Gap::Trailing { list } => {
                let source = self.source(index);
                let run = source.trim_end_matches([' ', '\t']).len();
                let run = if self.lists[list].flat { "" } else { &source[run..] };
                self.gap.push_str(if run.is_empty() { " " } else { run });
            }
            Gap::Line { list, flat, .. } if self.lists[list].flat => self.gap.push_str(flat),
            Gap::Line { list, place, blank, .. } => {
                self.indent = self.level(list, place);
                self.gap.push_str(self.atoms.line_end);
                if blank {
                    self.gap.push_str(self.atoms.line_end);
                }
                match self.options.indent {
                    Indent::Tabs => self.gap.extend(std::iter::repeat_n('\t', self.indent)),
                    Indent::Spaces(count) => {
                        let count = self.indent * usize::from(count);
                        self.gap.extend(std::iter::repeat_n(' ', count));
                    }
                }
            }
        }
        self.advance(index);
        &self.gap
    }

    /// The level of a line in `list`.
    fn level(&self, list: usize, place: Place) -> usize {
        let indent = self.lists[list].indent;
        match place {
            Place::Outer => indent,
            Place::Inner if list == ROOT => 0,
            Place::Inner => indent + 1,
            Place::Deeper => indent + 2,
        }
    }

    /// Counts columns through the gap and the atom `index`, and decides on the list that it opens.
    fn advance(&mut self, index: usize) {
        let atom = &self.atoms.atoms[index];
        if let Some(newline) = self.gap.rfind('\n') {
            self.column = columns(&self.gap[newline + 1..]);
        } else {
            self.column += columns(&self.gap);
        }
        let start = self.column;
        self.column = atom.last_width.unwrap_or(self.column + atom.width);
        let Some(list) = atom.opens else { return };
        let List { broken, closer, parent, .. } = self.atoms.lists[list];
        let flat = if broken {
            false
        } else if parent != ROOT && self.lists[parent].flat {
            true
        } else {
            let inside = self.flat_ends[closer].saturating_sub(self.flat_ends[index]);
            let end = start + atom.width + inside + self.tails[closer];
            end <= self.options.width as usize
        };
        self.lists[list] = ListPlace { flat, indent: self.indent };
    }

    /// What stands before the atom `index` in the source.
    fn source(&self, index: usize) -> &'a str {
        let start = self.atoms.end_before(index);
        &self.atoms.text[TextRange::new(start, self.atoms.atoms[index].range.start())]
    }
}

fn columns(space: &str) -> usize {
    space.bytes().map(|byte| if byte == b'\t' { TAB } else { 1 }).sum()
}

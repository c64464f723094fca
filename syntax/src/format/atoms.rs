//! The tree as the formatter sees it: a row of atoms (tokens and comments, and elements to leave as they are), what is to
//! stand between them, and the lists they are in. Collected in one walk, without recursion.

use rowan::{WalkEvent, ast::AstNode};
use text_size::{TextRange, TextSize};

use super::{
    broken::Verbatim,
    gaps::{Element, Gap, Next, Place, Raw},
    imports::Item,
};
use crate::{
    SyntaxElement,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, ast, work,
};

/// The list that stands for the file itself.
pub(super) const ROOT: usize = 0;

/// Something that is copied as it is.
#[derive(Debug)]
pub(super) struct Atom {
    /// The kind of the token, or of the node that is left as it is.
    pub(super) kind: SyntaxKind,
    /// Its text in the source; without the white space at the end of a line comment.
    pub(super) range: TextRange,
    /// What to put before it.
    pub(super) gap: Gap,
    /// Columns of its first line.
    pub(super) width: usize,
    /// Columns of its last line, if it has more than one.
    pub(super) last_width: Option<usize>,
    /// The list that it opens.
    pub(super) opens: Option<usize>,
    /// Whether it is a node that is left as it is.
    pub(super) verbatim: bool,
}

/// A list of elements in brackets: parameters, arguments, steps. Or the file.
#[derive(Debug)]
pub(super) struct List {
    kind: SyntaxKind,
    /// The list around it.
    pub(super) parent: usize,
    /// The atom that closes it.
    pub(super) closer: usize,
    /// How many elements have been met.
    pub(super) elements: usize,
    /// Whether it cannot stand on one line, or is not to.
    pub(super) broken: bool,
}

impl List {
    /// What stands within the brackets, next to them, on one line.
    pub(super) fn padding(&self) -> &'static str {
        if self.kind == BODY { " " } else { "" }
    }
}

/// A node on the way to the current token.
struct Frame {
    kind: SyntaxKind,
    list: Option<usize>,
}

/// All of a text.
pub(super) struct Atoms<'a> {
    pub(super) text: &'a str,
    pub(super) atoms: Vec<Atom>,
    pub(super) lists: Vec<List>,
    /// The imports and functions, in order.
    pub(super) items: Vec<Item>,
    /// Whether imports are to be sorted.
    pub(super) sort_imports: bool,
    /// Whether lines behind nodes that are left as they are keep their indentation.
    pub(super) keep_behind: bool,
    /// How lines end.
    pub(super) line_end: &'static str,
    /// Where the text starts, after the byte-order mark.
    pub(super) start: TextSize,
    frames: Vec<Frame>,
    /// The innermost list.
    pub(super) list: usize,
    /// The element whose first token comes next.
    element: Option<Element>,
    /// The trivia since the last atom.
    pub(super) raw: Raw,
    /// The trivia before each of the comments since the last atom that is no comment.
    pub(super) raws: Vec<Raw>,
}

impl<'a> Atoms<'a> {
    /// Collects the atoms of `text`, whose tree is `root`.
    pub(super) fn collect(
        text: &'a str,
        root: &SyntaxNode,
        verbatim: &Verbatim,
        sort_imports: bool,
    ) -> Atoms<'a> {
        let file = List { kind: SOURCE_FILE, parent: ROOT, closer: 0, elements: 0, broken: true };
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut atoms = Atoms {
            text,
            atoms: Vec::with_capacity(text.len() / 6 + 1),
            lists: vec![file],
            items: Vec::new(),
            sort_imports,
            keep_behind: verbatim.keep_behind,
            line_end: "\n",
            start: TextSize::try_from(bom).unwrap_or_default(),
            frames: Vec::new(),
            list: ROOT,
            element: None,
            raw: Raw::default(),
            raws: Vec::new(),
        };
        let mut line_end = None;
        let mut walk = root.preorder_with_tokens();
        while let Some(event) = walk.next() {
            work::count(1);
            match event {
                WalkEvent::Enter(SyntaxElement::Node(node)) => {
                    atoms.enter(&node);
                    if verbatim.contains(&node) {
                        atoms.verbatim(&node);
                        walk.skip_subtree();
                    }
                }
                WalkEvent::Leave(SyntaxElement::Node(_)) => atoms.leave(),
                WalkEvent::Enter(SyntaxElement::Token(token)) => {
                    if line_end.is_none() && token.kind() == NEWLINE {
                        line_end = Some(if is_crlf(text, &token) { "\r\n" } else { "\n" });
                    }
                    atoms.token(&token);
                }
                WalkEvent::Leave(SyntaxElement::Token(_)) => {}
            }
        }
        atoms.line_end = line_end.unwrap_or("\n");
        let gap = atoms.group(ROOT, Next::End);
        atoms.push(EOF, TextRange::empty(TextSize::of(text)), gap);
        atoms
    }

    fn enter(&mut self, node: &SyntaxNode) {
        let list = match self.frames.last() {
            Some(Frame { kind: SOURCE_FILE, .. }) => Some(ROOT),
            Some(frame) => frame.list,
            None => None,
        };
        if let Some(list) = list {
            let path = || ast::Import::cast(node.clone()).and_then(|import| import.path());
            let path = if list == ROOT && self.sort_imports { path() } else { None };
            self.element = Some(Element { list, kind: node.kind(), path });
        }
        self.frames.push(Frame { kind: node.kind(), list: None });
    }

    fn leave(&mut self) {
        if let Some(Frame { list: Some(list), .. }) = self.frames.pop() {
            let parent = self.lists[list].parent;
            self.lists[parent].broken |= self.lists[list].broken;
            // A list without closing bracket ends with its last atom.
            if self.lists[list].closer == 0 {
                self.lists[list].closer = self.atoms.len().saturating_sub(1);
            }
            self.list = parent;
        }
    }

    /// A node that is left as it is, with the space around it.
    fn verbatim(&mut self, node: &SyntaxNode) {
        let inner = Gap::Keep { list: self.list, place: Place::Inner };
        let gap = match self.element.take() {
            Some(mut element) => {
                element.kind = ERROR;
                let list = element.list;
                self.group(list, Next::Element(element));
                self.broken_function_body(list);
                Gap::Keep { list, place: Place::Inner }
            }
            None => {
                self.within_element();
                inner
            }
        };
        self.push(node.kind(), node.text_range(), gap);
        if let Some(atom) = self.atoms.last_mut() {
            atom.verbatim = true;
        }
    }

    fn token(&mut self, token: &SyntaxToken) {
        let kind = token.kind();
        if kind == WHITESPACE || kind.is_separator() {
            self.raw.add(kind);
            return;
        }
        let mut range = token.text_range();
        if kind == LINE_COMMENT {
            let text = token.text().trim_end_matches([' ', '\t', '\r']);
            range = TextRange::at(range.start(), TextSize::of(text));
        }
        if kind.is_comment() {
            self.raws.push(std::mem::take(&mut self.raw));
            self.push(kind, range, Gap::Space);
            return;
        }
        let frame = self.frames.last().map(|frame| (frame.kind, frame.list));
        let closes = match frame {
            Some((_, Some(list))) if kind.is_closer() => Some(list),
            _ => None,
        };
        let gap = if let Some(element) = self.element.take() {
            let list = element.list;
            let gap = self.group(list, Next::Element(element));
            self.broken_function_body(list);
            gap
        } else if let Some(list) = closes {
            self.group(list, Next::Closer)
        } else {
            self.within_element()
        };
        let after_verbatim = self.atoms.last().is_some_and(|atom| atom.verbatim);
        let gap = match gap {
            Gap::Tight { .. } if after_verbatim => {
                Gap::Keep { list: self.list, place: Place::Inner }
            }
            Gap::Tight { .. } => Gap::Tight { space: self.has_space_before(kind) },
            gap => gap,
        };
        self.push(kind, range, gap);
        let index = self.atoms.len() - 1;
        if let Some(list) = closes {
            self.lists[list].closer = index;
        }
        if let (Some((kind @ (PARAM_LIST | ARG_LIST | BODY), None)), true) =
            (frame, kind.is_opener())
        {
            let list = self.lists.len();
            self.lists.push(List {
                kind,
                parent: self.list,
                closer: 0,
                elements: 0,
                broken: false,
            });
            self.list = list;
            self.atoms[index].opens = Some(list);
            if let Some(frame) = self.frames.last_mut() {
                frame.list = Some(list);
            }
        }
    }

    /// Counts an element of `list`, and breaks a body that is not to stand on one line.
    fn broken_function_body(&mut self, list: usize) {
        let list = &mut self.lists[list];
        list.elements += 1;
        list.broken |= list.kind == BODY && (list.elements > 1 || list.parent == ROOT);
    }

    /// Whether a space stands between the last atom and one of this kind, both in one element and without comments
    /// between them.
    fn has_space_before(&self, kind: SyntaxKind) -> bool {
        let Some(before) = self.atoms.last() else { return false };
        let is_word = |kind: SyntaxKind| kind == IDENT || kind.is_string();
        match (before.kind, kind) {
            (COLON, _) | (_, L_BRACE) => true,
            // `1.x` would be the number `1.` and a name.
            (INT, DOT) => true,
            (before, kind) => is_word(before) && is_word(kind),
        }
    }

    fn push(&mut self, kind: SyntaxKind, range: TextRange, gap: Gap) {
        if matches!(gap, Gap::Keep { .. }) {
            let before = TextRange::new(self.end_before(self.atoms.len()), range.start());
            self.lists[self.list].broken |= self.text[before].contains('\n');
        }
        let text = &self.text[range];
        let mut width = columns(text);
        let mut last_width = None;
        if let Some((first, rest)) = text.split_once('\n') {
            width = columns(first);
            last_width = Some(columns(rest.rsplit('\n').next().unwrap_or(rest)));
            self.lists[self.list].broken = true;
        }
        self.atoms.push(Atom { kind, range, gap, width, last_width, opens: None, verbatim: false });
    }

    /// The end of the atom before `index`.
    pub(super) fn end_before(&self, index: usize) -> TextSize {
        index.checked_sub(1).map_or(self.start, |before| self.atoms[before].range.end())
    }
}

fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

fn is_crlf(text: &str, newline: &SyntaxToken) -> bool {
    text[..newline.text_range().start().into()].ends_with('\r')
}

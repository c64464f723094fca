//! The one canonical layout of Ko source text.
//!
//! Formatting changes only what stands between tokens: white space and separators. It never changes what the text parses
//! to, loses no comment, leaves every comment with its element, takes linear time, and formatting twice is the same as
//! formatting once. The one thing that moves is imports. It works on text alone and knows no files and no protocol.
//!
//! The layout:
//!
//! - A step stands on a line of its own, indented by one tab per level. The body of a function at the top of a file is
//!   always written over several lines, that of an inline function only if it has more than one step, was written over
//!   several lines (a line break after its `{`), or does not fit.
//! - A list of arguments or parameters stays one per line if there is a line break before its first element, so that the
//!   author decides. Otherwise it is written on one line if it fits into the width (a tab counts as four columns) and
//!   holds nothing that needs several lines: a `//` comment, a comment on its own line, a text over several lines, or a
//!   list that itself stays one per line. If not, one per line.
//! - Elements on lines of their own have no separators, those on one line are separated by `, `. No space stands within
//!   round or square brackets, and none around `.`, but for a number before it: `1 .x`.
//! - At most one blank line in a row, none at the start and end of lists and of the file; exactly one after, and at least
//!   one before the comments of, a function at the top of a file.
//! - The white space before a comment behind an element is kept, so that comments stay aligned.
//! - Imports that follow each other without a blank line are sorted by path; comments directly above or behind an import
//!   move with it, comments that a blank line separates stay. A blank line starts a new group.
//! - Line ends are those of the first line of the file; the last line has one. A byte-order mark is kept.
//!
//! In a text with syntax errors the smallest step, function or import around each error stays byte for byte as it is,
//! with the space before it, imports are not sorted, and the rest is formatted. If that would change how the text is
//! read, the whole item at the top of the file stays as it is. A function that only lacks its `return` is no such case.

mod atoms;
mod broken;
mod gaps;
mod imports;
mod layout;
mod range;

pub use self::range::{format_on_type, format_range};
use self::{atoms::Atoms, broken::Verbatim};
use crate::{Parse, SyntaxErrorCode, TextEdit, parse};

/// How to lay out text. The default is the canonical layout, which all of a project should share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatOptions {
    /// The number of columns that a list on one line may reach, counted in code points, a tab as four.
    pub width: u32,
    /// What a level is indented by.
    pub indent: Indent,
}

impl Default for FormatOptions {
    fn default() -> FormatOptions {
        FormatOptions { width: 100, indent: Indent::Tabs }
    }
}

/// What a level is indented by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// One tab.
    Tabs,
    /// This many spaces.
    Spaces(u8),
}

/// The result of [`format()`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The changes that make the text canonical, in the order of the text, without overlap; none if it is canonical.
    /// Each changes the space between two tokens, but for one that sorts a group of imports.
    pub edits: Vec<TextEdit>,
}

/// Formats the text of one file. A text that cannot be formatted (see the [module](self) on errors) gives no edits.
///
/// ```
/// use ko_syntax::format::{apply_edits, format, FormatOptions};
/// let text = "F( a? ){return:(x:a,y : a)}";
/// let formatted = format(text, &FormatOptions::default());
/// assert_eq!(apply_edits(text, &formatted.edits), "F(a?) {\n\treturn: (x: a, y: a)\n}\n");
/// ```
pub fn format(text: &str, options: &FormatOptions) -> Formatted {
    let parse = parse(text);
    if usize::from(parse.syntax_node().text_range().len()) != text.len() {
        return Formatted { edits: Vec::new() };
    }
    if is_sound(&parse) {
        let atoms = Atoms::collect(text, &parse.syntax_node(), &Verbatim::default(), true);
        return Formatted { edits: layout::edits(&atoms, options) };
    }
    Formatted { edits: broken::edits(text, &parse, options) }
}

/// The canonical layout of the text of one file.
///
/// ```
/// assert_eq!(ko_syntax::format::format_text("F(){return:1}"), "F() {\n\treturn: 1\n}\n");
/// ```
pub fn format_text(text: &str) -> String {
    apply_edits(text, &format(text, &FormatOptions::default()).edits)
}

/// Applies edits to the text they were made for. They must be in the order of the text and not overlap; an edit that is
/// neither, or that does not fit the text, is left out.
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        if start < at || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(&edit.insert);
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// Whether the tree has a place for every token, which is so even where a function lacks its `return`.
fn is_sound(parse: &Parse) -> bool {
    parse.errors().iter().all(|error| error.code == SyntaxErrorCode::MissingReturn)
}

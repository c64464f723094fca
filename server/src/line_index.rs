//! Positions in a text: byte offsets to lines and columns and back, in the units that editors count in.
//!
//! It knows nothing of the protocol. Every answer is clamped to the text, so that no position, however wrong, can make
//! a caller slice outside of it or inside a character.

use text_size::{TextRange, TextSize};

/// The unit in which columns are counted.
///
/// Source: Language Server Protocol 3.17, `PositionEncodingKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every client understands.
    #[default]
    Utf16,
    /// Unicode code points.
    Utf32,
}

impl Encoding {
    /// The length of a character in this unit.
    fn len(self, character: char) -> u32 {
        match self {
            Encoding::Utf8 => character.len_utf8() as u32,
            Encoding::Utf16 => character.len_utf16() as u32,
            Encoding::Utf32 => 1,
        }
    }
}

/// A line and a column in it, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct LineCol {
    /// The line.
    pub(crate) line: u32,
    /// The column, in the unit of an [`Encoding`].
    pub(crate) col: u32,
}

/// Where the lines of one text begin. It goes with that text: the functions take both.
///
/// Lines end at `\n`, `\r\n` and lone `\r`, as the protocol says.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineIndex {
    /// Offset of the first byte of every line but the first.
    starts: Vec<u32>,
}

impl LineIndex {
    /// The index of a text.
    pub(crate) fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let mut starts = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at as u32 + 1);
            }
        }
        LineIndex { starts }
    }

    /// Follows a change of the text: the bytes in `range` were replaced by `inserted` others, which made it `text`. Costs
    /// what was inserted, and a walk over the lines below.
    pub(crate) fn replaced(&mut self, range: std::ops::Range<usize>, inserted: usize, text: &str) {
        let bytes = text.as_bytes();
        let ends = |at: usize| match bytes.get(at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        // The byte before the change counts, too: behind a `\r` there may be a `\n` now, or no longer.
        let scanned = range.start.saturating_sub(1)..range.start + inserted;
        let new = scanned.filter(|at| ends(*at)).map(|at| at as u32 + 1);
        let new: Vec<u32> = new.filter(|start| *start as usize >= range.start).collect();
        let from = self.starts.partition_point(|start| (*start as usize) < range.start);
        let to = self.starts.partition_point(|start| *start as usize <= range.end);
        let below = from + new.len();
        self.starts.splice(from..to, new);
        let (removed, inserted) = (range.len() as u32, inserted as u32);
        for start in self.starts.iter_mut().skip(below) {
            *start = start.wrapping_sub(removed).wrapping_add(inserted);
        }
    }

    /// The number of lines: one more than there are line ends.
    pub(crate) fn line_count(&self) -> u32 {
        self.starts.len() as u32 + 1
    }

    /// The text of a line without its end, and where it begins; nothing for a line that is not there.
    fn line<'t>(&self, text: &'t str, line: u32) -> Option<(u32, &'t str)> {
        if line >= self.line_count() {
            return None;
        }
        let start = match line {
            0 => 0,
            line => *self.starts.get(line as usize - 1)?,
        };
        let end = self.starts.get(line as usize).map_or(text.len(), |end| *end as usize);
        let content = text.get(start as usize..end)?;
        let content = content.strip_suffix('\n').unwrap_or(content);
        Some((start, content.strip_suffix('\r').unwrap_or(content)))
    }

    /// The offset of a position. One behind its line counts as the end of the line, one behind the text as the end of
    /// the text, one inside a character as the start of that character.
    pub(crate) fn offset(&self, text: &str, position: LineCol, encoding: Encoding) -> TextSize {
        let Some((start, content)) = self.line(text, position.line) else {
            return TextSize::of(text);
        };
        let mut col = 0;
        for (at, character) in content.char_indices() {
            let next = col + encoding.len(character);
            if next > position.col {
                return TextSize::new(start + at as u32);
            }
            col = next;
        }
        TextSize::new(start + content.len() as u32)
    }

    /// The position of an offset. One behind the text counts as its end, one inside a character as its start.
    pub(crate) fn position(&self, text: &str, offset: TextSize, encoding: Encoding) -> LineCol {
        let mut offset = usize::from(offset).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start as usize <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).map_or(0, |s| *s);
        let before = text.get(start as usize..offset).unwrap_or_default();
        let col = match encoding {
            Encoding::Utf8 => before.len() as u32,
            _ => before.chars().map(|character| encoding.len(character)).sum(),
        };
        LineCol { line: line as u32, col }
    }

    /// The range between two positions, in order even where they are not.
    pub(crate) fn range(
        &self,
        text: &str,
        start: LineCol,
        end: LineCol,
        encoding: Encoding,
    ) -> TextRange {
        let a = self.offset(text, start, encoding);
        let b = self.offset(text, end, encoding);
        TextRange::new(a.min(b), a.max(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aé€😀z\r\nb\rc\n";

    #[test]
    fn lines_end_as_the_protocol_says() {
        let index = LineIndex::new(TEXT);
        assert_eq!(index.line_count(), 4);
        let lines: Vec<_> =
            (0..5).map(|line| index.line(TEXT, line).map(|(_, text)| text)).collect();
        assert_eq!(lines, [Some("aé€😀z"), Some("b"), Some("c"), Some(""), None]);
    }

    #[test]
    fn columns_count_in_the_unit_that_was_agreed_on() {
        let index = LineIndex::new(TEXT);
        let offset = TextSize::new(TEXT.find('z').unwrap() as u32);
        for (encoding, col) in [(Encoding::Utf8, 10), (Encoding::Utf16, 5), (Encoding::Utf32, 4)] {
            let position = LineCol { line: 0, col };
            assert_eq!(index.position(TEXT, offset, encoding), position);
            assert_eq!(index.offset(TEXT, position, encoding), offset);
        }
    }

    #[test]
    fn every_offset_goes_there_and_back() {
        let index = LineIndex::new(TEXT);
        for (at, _) in TEXT.char_indices().filter(|(_, c)| *c != '\n' || c.is_ascii()) {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let offset = TextSize::new(at as u32);
                let position = index.position(TEXT, offset, encoding);
                let back = index.offset(TEXT, position, encoding);
                // Between `\r` and `\n` there is no position: it is the end of the line.
                let expected = if TEXT[..at].ends_with('\r') && TEXT[at..].starts_with('\n') {
                    at as u32 - 1
                } else {
                    at as u32
                };
                assert_eq!(u32::from(back), expected, "{at} {encoding:?}");
            }
        }
    }

    #[test]
    fn an_index_follows_any_change() {
        let pieces = ["", "\n", "\r", "\r\n", "a", "\n\n", "b\rc", "x\r\ny\n"];
        let (mut text, mut seed) = (TEXT.to_owned(), 1u32);
        let mut index = LineIndex::new(&text);
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for _ in 0..5000 {
            let places: Vec<usize> =
                (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let (a, b) = (places[random(places.len())], places[random(places.len())]);
            let longest = if text.len() > 60 { text.len() } else { 3 };
            let range = a.min(b)..a.max(b).min(a.min(b) + longest);
            let range = range.start..places.iter().copied().rfind(|at| *at <= range.end).unwrap();
            let piece = pieces[random(pieces.len())];
            text.replace_range(range.clone(), piece);
            index.replaced(range.clone(), piece.len(), &text);
            assert_eq!(index.starts, LineIndex::new(&text).starts, "{range:?} {piece:?} {text:?}");
        }
    }

    #[test]
    fn wrong_positions_are_clamped() {
        let index = LineIndex::new(TEXT);
        let at = |line, col| {
            u32::from(index.offset(TEXT, LineCol { line, col }, Encoding::Utf16)) as usize
        };
        assert_eq!(at(0, 99), TEXT.find('\r').unwrap());
        assert_eq!(at(99, 0), TEXT.len());
        assert_eq!(at(u32::MAX, u32::MAX), TEXT.len());
        assert_eq!(at(0, 4), TEXT.find('😀').unwrap(), "inside the surrogate pair");
        let (a, b) = (LineCol { line: 1, col: 1 }, LineCol { line: 0, col: 1 });
        let range = index.range(TEXT, a, b, Encoding::Utf16);
        assert!(range.start() < range.end());
        assert_eq!(index.position(TEXT, 4000.into(), Encoding::Utf8).line, 3);
        assert_eq!(index.position(TEXT, 2.into(), Encoding::Utf8).col, 1, "inside of é");
    }
}

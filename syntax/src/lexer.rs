//! Text to tokens. Every byte of the text ends up in exactly one token; the lexer never fails and looks at no character
//! more than a constant number of times. It reports only the mistakes that are visible in one token whatever stands
//! around it; numbers and escapes are judged when the parser uses the token.

use text_size::{TextRange, TextSize};

use crate::{
    SyntaxKind::{self, *},
    chars::{is_ident_continue, is_ident_start},
    error::{SyntaxError, SyntaxErrorCode, TextEdit},
    work,
};

/// What to say of text in single quotes.
pub(crate) const CHAR_MESSAGE: &str = "strings are written in double quotes: `\"…\"`";

/// The tokens of a text, as two parallel columns.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The kinds, without an end marker.
    pub(crate) kinds: Vec<SyntaxKind>,
    /// The offset of every token, and the length of the text at the end.
    pub(crate) starts: Vec<u32>,
    /// Mistakes within tokens, in the order of the text.
    pub(crate) errors: Vec<SyntaxError>,
    /// The replacements that set straight quotes in the whole file.
    pub(crate) straighten: Vec<TextEdit>,
}

impl Tokens {
    /// The range of the token `index`; empty at the end of the text behind the last token.
    pub(crate) fn range(&self, index: usize) -> TextRange {
        let last = self.starts.last().copied().unwrap_or_default();
        let at = |i: usize| TextSize::from(self.starts.get(i).copied().unwrap_or(last));
        TextRange::new(at(index), at(index + 1))
    }
}

/// Cuts `text` into tokens.
pub(crate) fn lex(text: &str) -> Tokens {
    // Measured on real programs, a token is a little over four bytes long on average.
    let capacity = text.len() / 4 + 1;
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        pos: 0,
        out: Tokens {
            kinds: Vec::with_capacity(capacity),
            starts: Vec::with_capacity(capacity + 1),
            ..Tokens::default()
        },
    };
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    out: Tokens,
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.push(WHITESPACE, 0);
            self.pos = '\u{feff}'.len_utf8();
        }
        while self.pos < self.bytes.len() {
            let start = self.pos;
            let kind = self.next_token();
            debug_assert!(self.pos > start && self.text.is_char_boundary(self.pos));
            self.push(kind, start);
        }
        self.out.starts.push(offset(self.bytes.len()).into());
    }

    #[inline]
    fn push(&mut self, kind: SyntaxKind, start: usize) {
        self.out.kinds.push(kind);
        self.out.starts.push(offset(start).into());
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        work::count(1);
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn char_at(&self, pos: usize) -> Option<char> {
        work::count(1);
        self.text.get(pos..)?.chars().next()
    }

    fn next_token(&mut self) -> SyntaxKind {
        let byte = self.peek(0);
        let single = match byte {
            b' ' | b'\t' | b'\r' => {
                self.skip_while(|b| matches!(b, b' ' | b'\t' | b'\r'));
                return WHITESPACE;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.ident(),
            b'0'..=b'9' => return self.number(),
            b'"' => return self.string(),
            b'`' => return self.raw_string(),
            b'\'' => return self.char_literal(),
            b'/' if self.peek(1) == b'/' => {
                self.skip_while(|b| b != b'\n');
                return LINE_COMMENT;
            }
            b'/' if self.peek(1) == b'*' => return self.block_comment(),
            b'.' if self.peek(1).is_ascii_digit() => return self.number(),
            b'\n' => NEWLINE,
            b',' => COMMA,
            b';' => SEMICOLON,
            b':' => COLON,
            b'.' => DOT,
            b'-' => MINUS,
            b'?' => QUESTION,
            b'(' => L_PAREN,
            b')' => R_PAREN,
            b'[' => L_BRACKET,
            b']' => R_BRACKET,
            b'{' => L_BRACE,
            b'}' => R_BRACE,
            _ if is_operator(byte) => return self.operator(),
            _ => return self.other(),
        };
        self.pos += 1;
        single
    }

    #[inline]
    fn skip_while(&mut self, f: impl Fn(u8) -> bool) {
        while self.pos < self.bytes.len() && f(self.bytes[self.pos]) {
            work::count(1);
            self.pos += 1;
        }
    }

    fn ident(&mut self) -> SyntaxKind {
        loop {
            self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_');
            if self.peek(0) < 0x80 {
                return IDENT;
            }
            match self.char_at(self.pos) {
                Some(c) if is_ident_continue(c) => self.pos += c.len_utf8(),
                _ => return IDENT,
            }
        }
    }

    /// Takes as much as looks like one number; whether it is one is judged in [`crate::literal`].
    fn number(&mut self) -> SyntaxKind {
        let is_digit = |b: u8| b.is_ascii_digit() || b == b'_';
        let prefix = self.peek(1).to_ascii_lowercase();
        let mut kind = INT;
        if self.peek(0) == b'0' && matches!(prefix, b'x' | b'b' | b'o') {
            self.pos += 2;
            if prefix != b'x' {
                self.skip_while(is_digit);
                return INT;
            }
            let is_hex = |b: u8| b.is_ascii_hexdigit() || b == b'_';
            self.skip_while(is_hex);
            if self.peek(0) == b'.' && self.peek(1).is_ascii_hexdigit() {
                kind = FLOAT;
                self.pos += 1;
                self.skip_while(is_hex);
            }
            if self.peek(0).eq_ignore_ascii_case(&b'p') {
                kind = FLOAT;
                self.exponent(is_digit);
            }
            return kind;
        }
        self.skip_while(is_digit);
        if self.peek(0) == b'.' {
            kind = FLOAT;
            self.pos += 1;
            self.skip_while(is_digit);
        }
        if self.peek(0).eq_ignore_ascii_case(&b'e') {
            kind = FLOAT;
            self.exponent(is_digit);
        }
        kind
    }

    fn exponent(&mut self, is_digit: impl Fn(u8) -> bool) {
        self.pos += 1;
        if matches!(self.peek(0), b'+' | b'-') {
            self.pos += 1;
        }
        self.skip_while(is_digit);
    }

    fn string(&mut self) -> SyntaxKind {
        let start = self.pos;
        let mut first_typographic = None;
        self.pos += 1;
        loop {
            match self.peek(0) {
                b'"' => {
                    self.pos += 1;
                    return STRING;
                }
                b'\\' if !matches!(self.peek(1), b'\n' | b'\r') => self.pos += 2,
                b'\n' => break,
                _ if self.pos >= self.bytes.len() => break,
                // The lead byte of “ and ”; nothing else is looked at closely on the way.
                0xe2 => {
                    match self.char_at(self.pos) {
                        Some('“' | '”') if first_typographic.is_none() => {
                            first_typographic = Some(self.pos)
                        }
                        _ => {}
                    }
                    self.pos += 1;
                }
                _ => self.pos += 1,
            }
        }
        self.pos = self.pos.min(self.bytes.len());
        if let Some(close) = first_typographic {
            // Straight at the start, typographic at the end: the same slip of a word processor.
            self.pos = close + '”'.len_utf8();
            self.typographic_error(start, 1, '”'.len_utf8());
            return TYPOGRAPHIC_STRING;
        }
        while matches!(self.bytes.get(self.pos - 1), Some(b'\r')) && self.pos > start + 1 {
            self.pos -= 1;
        }
        self.error(
            start,
            self.pos,
            SyntaxErrorCode::UnterminatedString,
            "this string has no closing `\"` on its line; `\\n` stands for a line end within a string",
        );
        STRING
    }

    fn raw_string(&mut self) -> SyntaxKind {
        let start = self.pos;
        self.pos += 1;
        self.skip_while(|b| b != b'`');
        if self.pos < self.bytes.len() {
            self.pos += 1;
        } else {
            self.error(
                start,
                start + 1,
                SyntaxErrorCode::UnterminatedRawString,
                "this raw string has no closing backquote",
            );
        }
        RAW_STRING
    }

    fn block_comment(&mut self) -> SyntaxKind {
        let start = self.pos;
        self.pos += 2;
        match self.text.get(self.pos..).and_then(|rest| rest.find("*/")) {
            Some(length) => {
                work::count(length);
                self.pos += length + 2;
            }
            None => {
                self.pos = self.bytes.len();
                self.error(
                    start,
                    start + 2,
                    SyntaxErrorCode::UnterminatedComment,
                    "this comment has no closing `*/`, so the rest of the file is part of it",
                );
            }
        }
        BLOCK_COMMENT
    }

    fn char_literal(&mut self) -> SyntaxKind {
        let start = self.pos;
        self.pos += 1;
        loop {
            match self.peek(0) {
                b'\'' => {
                    self.pos += 1;
                    return CHAR;
                }
                b'\\' if !matches!(self.peek(1), b'\n' | b'\r') => self.pos += 2,
                b'\n' => break,
                _ if self.pos >= self.bytes.len() => break,
                _ => self.pos += 1,
            }
        }
        self.pos = self.pos.min(self.bytes.len());
        while self.pos > start + 1 && self.bytes[self.pos - 1] == b'\r' {
            self.pos -= 1;
        }
        self.error(start, self.pos, SyntaxErrorCode::CharLiteral, CHAR_MESSAGE);
        CHAR
    }

    fn operator(&mut self) -> SyntaxKind {
        let start = self.pos;
        self.pos += 1;
        while is_operator(self.peek(0)) {
            if self.peek(0) == b'/' && matches!(self.peek(1), b'/' | b'*') {
                break;
            }
            self.pos += 1;
        }
        if &self.bytes[start..self.pos] == b"=" { EQ } else { OPERATOR }
    }

    fn other(&mut self) -> SyntaxKind {
        let start = self.pos;
        let Some(first) = self.char_at(start) else {
            self.pos = self.bytes.len();
            return UNKNOWN;
        };
        if is_ident_start(first) {
            return self.ident();
        }
        if matches!(first, '“' | '”' | '‘' | '’') {
            return self.typographic(first);
        }
        self.pos += first.len_utf8();
        while let Some(c) = self.char_at(self.pos) {
            if is_known(c) {
                break;
            }
            self.pos += c.len_utf8();
        }
        UNKNOWN
    }

    /// Reads a string that starts with the typographic quote `open`. Where it ends:
    ///
    /// - double: at the next ” on the line, or at a `"` if an “ or the end of the line comes before any ”,
    /// - single: at the next ‘ or ’ that does not stand within a word, as an apostrophe does.
    fn typographic(&mut self, open: char) -> SyntaxKind {
        let start = self.pos;
        let double = matches!(open, '“' | '”');
        self.pos += open.len_utf8();
        let mut straight = None;
        let mut close = None;
        while let Some(c) = self.char_at(self.pos) {
            let here = self.pos;
            match c {
                '\n' => break,
                '\\' if self.peek(1) != b'\n' => {
                    self.pos += 1;
                    self.pos += self.char_at(self.pos).map_or(0, char::len_utf8);
                    continue;
                }
                '"' if double && straight.is_none() => straight = Some((here, 1)),
                '”' if double => close = Some((here, c.len_utf8())),
                '“' if double => {
                    close = straight.or(Some((here, c.len_utf8())));
                }
                '‘' | '’' if !double => {
                    let next = self.char_at(here + c.len_utf8());
                    if !next.is_some_and(is_ident_continue) {
                        close = Some((here, c.len_utf8()));
                    }
                }
                _ => {}
            }
            if close.is_some() {
                break;
            }
            self.pos += c.len_utf8();
        }
        if let Some((at, length)) = close.or(straight) {
            self.pos = at + length;
            self.typographic_error(start, open.len_utf8(), length);
        } else {
            while self.pos > start + open.len_utf8() && self.bytes[self.pos - 1] == b'\r' {
                self.pos -= 1;
            }
            self.error(
                start,
                self.pos,
                SyntaxErrorCode::UnterminatedString,
                "this string has no closing quote on its line, and strings are written in straight quotes: `\"…\"`",
            );
        }
        TYPOGRAPHIC_STRING
    }

    fn typographic_error(&mut self, start: usize, open: usize, close: usize) {
        let inner = start + open..self.pos - close;
        self.out.straighten.push(TextEdit::replace(range(start, inner.start), "\""));
        let mut escaped = false;
        for at in inner.clone() {
            match self.bytes[at] {
                b'"' if !escaped => self.out.straighten.push(TextEdit::insert(offset(at), "\\")),
                b'\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                _ => {}
            }
            escaped = false;
        }
        self.out.straighten.push(TextEdit::replace(range(inner.end, self.pos), "\""));
        self.error(
            start,
            self.pos,
            SyntaxErrorCode::TypographicQuotes,
            "this string is in typographic quotes; strings are written in straight quotes: `\"…\"`",
        );
    }

    fn error(&mut self, start: usize, end: usize, code: SyntaxErrorCode, message: &str) {
        self.out.errors.push(SyntaxError::new(range(start, end), code, message));
    }
}

/// Offsets are 32 bits wide; [`crate::parse`] makes sure that the text fits.
#[allow(clippy::cast_possible_truncation)]
fn offset(at: usize) -> TextSize {
    TextSize::from(at as u32)
}

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(offset(start), offset(end))
}

fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'!' | b'&' | b'|' | b'^' | b'~'
    )
}

/// Whether a token other than [`UNKNOWN`] may start with `c`.
fn is_known(c: char) -> bool {
    if let Ok(byte) = u8::try_from(u32::from(c))
        && byte.is_ascii()
    {
        return is_operator(byte)
            || byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b' ' | b'\t'
                    | b'\r'
                    | b'\n'
                    | b','
                    | b';'
                    | b':'
                    | b'.'
                    | b'-'
                    | b'?'
                    | b'('
                    | b')'
                    | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b'"'
                    | b'`'
                    | b'\''
                    | b'_'
            );
    }
    matches!(c, '“' | '”' | '‘' | '’') || is_ident_start(c)
}

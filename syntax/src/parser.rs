//! The machine the grammar rules drive: a cursor over the tokens, the tree under construction, and the errors. It knows
//! nothing of Ko's grammar; [`crate::grammar`] does.

use rowan::GreenNode;
use text_size::{TextRange, TextSize};

use crate::{
    SyntaxKind::{self, *},
    brackets::{Brackets, Stray},
    error::{SyntaxError, SyntaxErrorCode},
    lexer::Tokens,
    tree::{Builder, Checkpoint},
    work,
};

/// Cursor, tree and errors.
///
/// The cursor `pos` always stands on a token other than white space, or at the end. White space before it that is not in
/// the tree yet is put there just before the next token or node starts, so no node starts or ends with white space.
pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a Tokens,
    pub(crate) brackets: &'a Brackets,
    /// The token under the cursor.
    pub(crate) pos: usize,
    /// The end of the bracketed region being parsed: to the rules, the end of the file.
    pub(crate) limit: usize,
    /// The opening bracket of that region; nothing at the top of the file.
    pub(crate) region: Option<usize>,
    /// How many bracketed regions and tails of chains surround the cursor.
    pub(crate) depth: u32,
    /// How many tokens are in the tree.
    emitted: usize,
    builder: Builder,
    pub(crate) errors: Vec<SyntaxError>,
    /// The end of the last token in the tree that is more than trivia.
    pub(crate) prev_end: TextSize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a Tokens, brackets: &'a Brackets) -> Parser<'a> {
        let mut parser = Parser {
            text,
            tokens,
            brackets,
            pos: 0,
            limit: tokens.kinds.len(),
            region: None,
            depth: 0,
            emitted: 0,
            builder: Builder::new(text.len()),
            errors: Vec::new(),
            prev_end: TextSize::new(0),
        };
        parser.skip_whitespace();
        parser
    }

    pub(crate) fn finish(self) -> (GreenNode, Vec<SyntaxError>) {
        (self.builder.finish(), self.errors)
    }

    // ---- looking ----

    /// The kind of the token under the cursor; [`EOF`] at the end of the region.
    #[inline]
    pub(crate) fn current(&self) -> SyntaxKind {
        self.kind(self.pos)
    }

    #[inline]
    pub(crate) fn at(&self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    /// The kind of the token `index`; [`EOF`] from the end of the region on.
    #[inline]
    pub(crate) fn kind(&self, index: usize) -> SyntaxKind {
        work::count(1);
        if index < self.limit { self.tokens.kinds[index] } else { EOF }
    }

    /// The first token from `index` on that is not white space.
    #[inline]
    pub(crate) fn significant(&self, mut index: usize) -> usize {
        while self.tokens.kinds.get(index) == Some(&WHITESPACE) {
            work::count(1);
            index += 1;
        }
        index
    }

    /// The token after `index`, white space left out.
    #[inline]
    pub(crate) fn after(&self, index: usize) -> usize {
        self.significant(index + 1)
    }

    /// The kind of the token after the one under the cursor.
    #[inline]
    pub(crate) fn next(&self) -> SyntaxKind {
        self.kind(self.after(self.pos))
    }

    /// The first token from `index` on that is more than trivia.
    pub(crate) fn past_trivia(&self, mut index: usize) -> usize {
        while self.kind(index).is_trivia() {
            index += 1;
        }
        index
    }

    pub(crate) fn range(&self, index: usize) -> TextRange {
        self.tokens.range(index)
    }

    pub(crate) fn current_range(&self) -> TextRange {
        self.range(self.pos)
    }

    pub(crate) fn token_text(&self, index: usize) -> &'a str {
        &self.text[self.range(index)]
    }

    /// The stray `)` or `]` in this region whose opening bracket seems to be missing here.
    pub(crate) fn stray_ahead(&self) -> Option<Stray> {
        let stray = self.brackets.next_stray(self.pos, self.region)?;
        matches!(self.kind(stray.token()), R_PAREN | R_BRACKET).then_some(stray)
    }

    /// Whether a stray `}` in this region lacks its `{` somewhere from here on.
    pub(crate) fn stray_brace_ahead(&self) -> bool {
        let stray = self.brackets.next_stray(self.pos, self.region);
        stray.is_some_and(|stray| self.kind(stray.token()) == R_BRACE)
    }

    /// Width of the white space at the start of the line on which the token before `index` stands.
    pub(crate) fn line_indent(&self, index: usize) -> u32 {
        let before = &self.tokens.kinds[..index.min(self.tokens.kinds.len())];
        let start =
            before.iter().rposition(|&kind| kind == NEWLINE).map_or(0, |newline| newline + 1);
        work::count(before.len() - start);
        match self.tokens.kinds.get(start) {
            Some(WHITESPACE) => self.range(start).len().into(),
            _ => 0,
        }
    }

    // ---- building ----

    #[inline]
    fn skip_whitespace(&mut self) {
        self.pos = self.significant(self.pos);
    }

    #[inline]
    fn emit(&mut self, index: usize) {
        let text = &self.text[self.tokens.range(index)];
        self.builder.token(self.tokens.kinds[index], text);
    }

    #[inline]
    fn flush_whitespace(&mut self) {
        while self.emitted < self.pos {
            self.emit(self.emitted);
            self.emitted += 1;
        }
    }

    /// Puts the token under the cursor into the tree, whatever it is.
    pub(crate) fn bump(&mut self) {
        if self.pos >= self.tokens.kinds.len() {
            return;
        }
        self.flush_whitespace();
        self.emit(self.pos);
        if !self.tokens.kinds[self.pos].is_trivia() {
            self.prev_end = self.range(self.pos).end();
        }
        self.pos += 1;
        self.emitted = self.pos;
        self.skip_whitespace();
    }

    /// Puts all tokens before `end` into the tree.
    pub(crate) fn bump_to(&mut self, end: usize) {
        while self.pos < end {
            self.bump();
        }
    }

    /// Puts separators and comments into the tree; whether there was a separator.
    pub(crate) fn trivia(&mut self) -> bool {
        let mut separator = false;
        loop {
            let kind = self.current();
            if !kind.is_trivia() {
                return separator;
            }
            separator |= kind.is_separator();
            self.bump();
        }
    }

    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        // White space at the start of the text has no other node to be in.
        if kind != SOURCE_FILE {
            self.flush_whitespace();
        }
        self.builder.start(kind);
    }

    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        self.flush_whitespace();
        self.builder.checkpoint()
    }

    pub(crate) fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_at(checkpoint, kind);
    }

    pub(crate) fn finish_node(&mut self) {
        self.builder.finish_node();
    }

    /// Puts white space at the end of the text into the tree; only the file's node may end with it.
    pub(crate) fn rest(&mut self) {
        self.flush_whitespace();
    }

    // ---- errors ----

    pub(crate) fn error(
        &mut self,
        range: TextRange,
        code: SyntaxErrorCode,
        message: impl Into<String>,
    ) {
        self.push_error(SyntaxError::new(range, code, message));
    }

    pub(crate) fn push_error(&mut self, error: SyntaxError) {
        self.errors.push(error);
    }

    /// Whether the lexer found a mistake that starts in `range`.
    pub(crate) fn has_lexical_error(&self, range: TextRange) -> bool {
        let from = self.tokens.errors.partition_point(|error| error.range.start() < range.start());
        self.tokens.errors.get(from).is_some_and(|error| error.range.start() < range.end())
    }

    /// Whether the lexer found a string or comment without end that starts in `range`, and may have swallowed brackets.
    pub(crate) fn has_unterminated(&self, range: TextRange) -> bool {
        let from = self.tokens.errors.partition_point(|error| error.range.start() < range.start());
        self.tokens.errors[from..].iter().take_while(|error| error.range.start() < range.end()).any(
            |error| {
                work::count(1);
                matches!(
                    error.code,
                    SyntaxErrorCode::UnterminatedString
                        | SyntaxErrorCode::UnterminatedRawString
                        | SyntaxErrorCode::UnterminatedComment
                        | SyntaxErrorCode::CharLiteral
                )
            },
        )
    }

    /// What the token `index` is called in messages.
    pub(crate) fn describe(&self, index: usize) -> String {
        match self.kind(index) {
            EOF if index >= self.tokens.kinds.len() => "the end of the file".to_owned(),
            EOF => format!("`{}`", self.token_text(index)),
            NEWLINE => "the end of the line".to_owned(),
            LINE_COMMENT | BLOCK_COMMENT => "a comment".to_owned(),
            STRING | RAW_STRING | TYPOGRAPHIC_STRING => "a string".to_owned(),
            IDENT | INT | FLOAT if self.token_text(index).len() > 40 => {
                "this name or number".to_owned()
            }
            CHAR => "text in single quotes".to_owned(),
            UNKNOWN => {
                let c = self.token_text(index).chars().next().unwrap_or_default();
                if c.is_control() || c.is_whitespace() || c == '\u{feff}' {
                    format!("the character U+{:04X}", u32::from(c))
                } else {
                    format!("`{c}`")
                }
            }
            _ => format!("`{}`", self.token_text(index)),
        }
    }
}

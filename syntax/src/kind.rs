//! The kinds of tokens and nodes a Ko tree is made of, and the glue that makes them a rowan language.

/// The kind of a token or node. Tokens come first, nodes after them.
///
/// Separators (the language knows one, spelt three ways) are three kinds, so that a formatter can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
#[allow(non_camel_case_types)]
pub enum SyntaxKind {
    /// End of input; never part of a tree.
    EOF,
    /// Spaces, tabs, carriage returns and the byte-order mark at offset 0. Never significant.
    WHITESPACE,
    /// One line feed; a separator.
    NEWLINE,
    /// `,`; a separator.
    COMMA,
    /// `;`; a separator.
    SEMICOLON,
    /// `// …` up to, not including, the line feed.
    LINE_COMMENT,
    /// `/* … */`, not nested.
    BLOCK_COMMENT,
    /// A letter or `_`, then letters, digits and `_`. Ko has no reserved words.
    IDENT,
    /// `12`; also, as an extension, `0x1f`, `0b10`, `0o17`, `1_000`.
    INT,
    /// `1.5`, `.5`, `1e3`, `0x1p-2`.
    FLOAT,
    /// `"…"` on one line.
    STRING,
    /// `` `…` ``, without escapes, over any number of lines.
    RAW_STRING,
    /// A string in typographic quotes, as word processors write them: always an error, but read like a string.
    TYPOGRAPHIC_STRING,
    /// `'x'`: always an error.
    CHAR,
    /// `=` on its own: always an error, mostly meant as `:`.
    EQ,
    /// A run of characters that are operators elsewhere (`+`, `==`, `&&`): always an error.
    OPERATOR,
    /// A run of any other characters that Ko does not know: always an error.
    UNKNOWN,
    /// `:`
    COLON,
    /// `.`
    DOT,
    /// `-`
    MINUS,
    /// `?`
    QUESTION,
    /// `(`
    L_PAREN,
    /// `)`
    R_PAREN,
    /// `[`
    L_BRACKET,
    /// `]`
    R_BRACKET,
    /// `{`
    L_BRACE,
    /// `}`
    R_BRACE,

    /// A whole file.
    SOURCE_FILE,
    /// `import "a/b" as c`
    IMPORT,
    /// `F(a?, b) { return: a }`, at the top of a file or inline as a value.
    FUNCTION,
    /// `(a?, b)`
    PARAM_LIST,
    /// `a?`
    PARAM,
    /// `{ x: 1, return: x }`
    BODY,
    /// `x: 1`, in a body or in an argument list.
    LABELLED_TERM,
    /// `1` in an argument list.
    UNLABELLED_TERM,
    /// `(1, 2)` or `[a: 1]`
    ARG_LIST,
    /// `1`, `-1.5`, `"s"`
    LITERAL,
    /// `a.b.c`
    PATH_EXPR,
    /// `f(x)`; without callee `(1, 2)`, the empty operator.
    CALL_EXPR,
    /// `f[x: 1]`; without callee `[x: 1]`.
    AUGMENT_EXPR,
    /// `f(x).a.b`
    SELECT_EXPR,
    /// Text that could not be understood.
    ERROR,
}

use SyntaxKind::*;

const LAST: SyntaxKind = ERROR;

impl SyntaxKind {
    /// Whether this kind is a token that separates terms: line feed, `,` or `;`.
    #[inline]
    pub fn is_separator(self) -> bool {
        matches!(self, NEWLINE | COMMA | SEMICOLON)
    }

    /// Whether this kind is a comment.
    #[inline]
    pub fn is_comment(self) -> bool {
        matches!(self, LINE_COMMENT | BLOCK_COMMENT)
    }

    /// Whether this kind may stand between elements without meaning: white space, separators, comments.
    #[inline]
    pub fn is_trivia(self) -> bool {
        matches!(self, WHITESPACE | NEWLINE | COMMA | SEMICOLON | LINE_COMMENT | BLOCK_COMMENT)
    }

    /// Whether this kind is a string in any kind of quotes.
    #[inline]
    pub fn is_string(self) -> bool {
        matches!(self, STRING | RAW_STRING | TYPOGRAPHIC_STRING)
    }

    /// Whether this kind is a token that stands for a value by itself.
    #[inline]
    pub fn is_literal_token(self) -> bool {
        matches!(self, INT | FLOAT | STRING | RAW_STRING | TYPOGRAPHIC_STRING | CHAR)
    }

    /// Whether this kind is `(`, `[` or `{`.
    #[inline]
    pub fn is_opener(self) -> bool {
        matches!(self, L_PAREN | L_BRACKET | L_BRACE)
    }

    /// Whether this kind is `)`, `]` or `}`.
    #[inline]
    pub fn is_closer(self) -> bool {
        matches!(self, R_PAREN | R_BRACKET | R_BRACE)
    }

    /// The other bracket of the pair, for a bracket.
    pub fn partner(self) -> Option<SyntaxKind> {
        Some(match self {
            L_PAREN => R_PAREN,
            R_PAREN => L_PAREN,
            L_BRACKET => R_BRACKET,
            R_BRACKET => L_BRACKET,
            L_BRACE => R_BRACE,
            R_BRACE => L_BRACE,
            _ => return None,
        })
    }

    /// The one spelling of tokens that have only one.
    pub fn fixed_text(self) -> Option<&'static str> {
        Some(match self {
            NEWLINE => "\n",
            COMMA => ",",
            SEMICOLON => ";",
            EQ => "=",
            COLON => ":",
            DOT => ".",
            MINUS => "-",
            QUESTION => "?",
            L_PAREN => "(",
            R_PAREN => ")",
            L_BRACKET => "[",
            R_BRACKET => "]",
            L_BRACE => "{",
            R_BRACE => "}",
            _ => return None,
        })
    }
}

impl From<SyntaxKind> for rowan::SyntaxKind {
    #[inline]
    fn from(kind: SyntaxKind) -> Self {
        rowan::SyntaxKind(kind as u16)
    }
}

/// Every kind in the order of its number, so that a number can be turned back without unsafe code.
const ALL: [SyntaxKind; LAST as usize + 1] = [
    EOF,
    WHITESPACE,
    NEWLINE,
    COMMA,
    SEMICOLON,
    LINE_COMMENT,
    BLOCK_COMMENT,
    IDENT,
    INT,
    FLOAT,
    STRING,
    RAW_STRING,
    TYPOGRAPHIC_STRING,
    CHAR,
    EQ,
    OPERATOR,
    UNKNOWN,
    COLON,
    DOT,
    MINUS,
    QUESTION,
    L_PAREN,
    R_PAREN,
    L_BRACKET,
    R_BRACKET,
    L_BRACE,
    R_BRACE,
    SOURCE_FILE,
    IMPORT,
    FUNCTION,
    PARAM_LIST,
    PARAM,
    BODY,
    LABELLED_TERM,
    UNLABELLED_TERM,
    ARG_LIST,
    LITERAL,
    PATH_EXPR,
    CALL_EXPR,
    AUGMENT_EXPR,
    SELECT_EXPR,
    ERROR,
];

/// The rowan language of Ko trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KoLanguage {}

impl rowan::Language for KoLanguage {
    type Kind = SyntaxKind;

    #[inline]
    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        // A number that no kind has cannot come out of this parser; reading it as an error node is the harmless answer.
        ALL.get(usize::from(raw.0)).copied().unwrap_or(ERROR)
    }

    #[inline]
    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        kind.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_turn_back_into_their_kind() {
        for (number, kind) in ALL.into_iter().enumerate() {
            assert_eq!(number, kind as usize, "{kind:?} stands at the wrong place of ALL");
        }
    }
}

//! Syntax errors: what is wrong, where exactly, and how to put it right. Plain data; made by the lexer and the parser.

use std::sync::Arc;

use text_size::{TextRange, TextSize};

/// One mistake in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The mistaken characters. Empty where something is missing between two characters.
    pub range: TextRange,
    /// What kind of mistake this is.
    pub code: SyntaxErrorCode,
    /// What is wrong and what was expected, in the words of the language; no full stop at the end.
    pub message: String,
    /// Ways to put it right. Only changes that are certain to be meant.
    pub fixes: Vec<SyntaxFix>,
}

impl SyntaxError {
    pub(crate) fn new(
        range: TextRange,
        code: SyntaxErrorCode,
        message: impl Into<String>,
    ) -> SyntaxError {
        SyntaxError { range, code, message: message.into(), fixes: Vec::new() }
    }

    pub(crate) fn fix(mut self, title: impl Into<String>, edits: Vec<TextEdit>) -> SyntaxError {
        self.fixes.push(SyntaxFix { title: title.into(), edits: edits.into(), whole_file: false });
        self
    }
}

/// A change that puts one mistake right, or all of a kind in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFix {
    /// What the change does, as a menu entry.
    pub title: String,
    /// The replacements, sorted, not overlapping. Shared, because a change of the whole file hangs on many errors.
    pub edits: Arc<[TextEdit]>,
    /// Whether the change puts right every mistake of this kind in the file, and not only this one.
    pub whole_file: bool,
}

/// One replacement of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// The characters to replace; empty to insert.
    pub range: TextRange,
    /// What to put there; empty to delete.
    pub insert: String,
}

impl TextEdit {
    /// Replaces `range` by `text`.
    pub fn replace(range: TextRange, text: impl Into<String>) -> TextEdit {
        TextEdit { range, insert: text.into() }
    }

    /// Inserts `text` at `offset`.
    pub fn insert(offset: TextSize, text: impl Into<String>) -> TextEdit {
        TextEdit { range: TextRange::empty(offset), insert: text.into() }
    }

    /// Deletes `range`.
    pub fn delete(range: TextRange) -> TextEdit {
        TextEdit { range, insert: String::new() }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// The kinds of syntax errors. [`code`](SyntaxErrorCode::code) is what users see and may rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SyntaxErrorCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl SyntaxErrorCode {
            /// All kinds.
            pub const ALL: &[SyntaxErrorCode] = &[$(SyntaxErrorCode::$name),*];

            /// The stable name of the kind, in kebab case.
            pub fn code(self) -> &'static str {
                match self {
                    $(SyntaxErrorCode::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    /// A character that Ko does not know.
    UnknownCharacter = "unknown-character",
    /// A string in typographic quotes.
    TypographicQuotes = "typographic-quotes",
    /// A `"` without its closing `"` on the same line.
    UnterminatedString = "unterminated-string",
    /// A backquote without its closing backquote.
    UnterminatedRawString = "unterminated-raw-string",
    /// A `/*` without its `*/`.
    UnterminatedComment = "unterminated-comment",
    /// Something in single quotes.
    CharLiteral = "char-literal",
    /// A backslash in a string followed by something that is no escape.
    BadEscape = "bad-escape",
    /// A number that is not written as numbers are.
    BadNumber = "bad-number",
    /// A number that its type cannot hold.
    NumberOverflow = "number-overflow",
    /// A `-` before something that is not a number.
    MisplacedMinus = "misplaced-minus",
    /// `=` or `:=` where `:` was meant.
    EqualsForColon = "equals-for-colon",
    /// A label and a value without `:` between them.
    MissingColon = "missing-colon",
    /// A `:` without a label before it.
    MissingLabel = "missing-label",
    /// A label that is not one name.
    BadLabel = "bad-label",
    /// A label without a value.
    MissingValue = "missing-value",
    /// Two terms without a separator between them.
    MissingSeparator = "missing-separator",
    /// An operator: Ko has none.
    Operator = "operator",
    /// A closing bracket that nothing opened.
    StrayBracket = "stray-bracket",
    /// Arguments without their opening bracket.
    MissingOpeningBracket = "missing-opening-bracket",
    /// A bracket that is never closed.
    UnclosedBracket = "unclosed-bracket",
    /// A bracket closed by a bracket of another shape.
    MismatchedBracket = "mismatched-bracket",
    /// Labelled and unlabelled terms in one list.
    MixedTerms = "mixed-terms",
    /// A term without a label in a function's body.
    UnlabelledStep = "unlabelled-step",
    /// A function's body without the step `return`.
    MissingReturn = "missing-return",
    /// More than one `?` in a parameter list.
    DuplicateMonadic = "duplicate-monadic",
    /// Something that is not a parameter, in a parameter list.
    BadParameter = "bad-parameter",
    /// A function without parameter list.
    MissingParameters = "missing-parameters",
    /// A function without body.
    MissingBody = "missing-body",
    /// A function without name.
    MissingFunctionName = "missing-function-name",
    /// Something other than an import or a function at the top of a file.
    UnexpectedItem = "unexpected-item",
    /// An import whose path is missing or no string.
    BadImport = "bad-import",
    /// A `.` that no name follows.
    MissingFieldName = "missing-field-name",
    /// Braces where a value is expected.
    UnexpectedBraces = "unexpected-braces",
    /// Anything else that cannot stand where it stands.
    UnexpectedToken = "unexpected-token",
    /// Brackets or chains of calls nested too deep.
    NestingTooDeep = "nesting-too-deep",
}

impl std::fmt::Display for SyntaxErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// Drops errors that most likely only follow from another one before them on the same line: a bracket that closes
/// nothing, or terms with and without labels side by side, where brackets or separators have gone wrong already.
/// `errors` are in the order of the text.
pub(crate) fn drop_consequences(text: &str, errors: &mut Vec<SyntaxError>) {
    use SyntaxErrorCode::*;
    let mut cause = false;
    let mut last = TextSize::new(0);
    errors.retain(|error| {
        let at = error.range.start();
        cause &= !text[TextRange::new(last, at)].contains('\n');
        last = at;
        let code = error.code;
        if cause && matches!(code, StrayBracket | MixedTerms | UnlabelledStep) {
            return false;
        }
        if matches!(
            code,
            MissingSeparator
                | MissingColon
                | MissingOpeningBracket
                | UnclosedBracket
                | UnexpectedToken
                | BadLabel
        ) {
            cause = true;
        }
        true
    });
}

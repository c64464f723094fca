//! What to say of mistakes that more than one rule may meet, and how to put them right. These are functions of their own
//! also to keep the frames of the rules small, which call each other as deep as brackets nest.

use text_size::{TextRange, TextSize};

use crate::{
    SyntaxKind::*,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    lexer::CHAR_MESSAGE,
    parser::Parser,
};

/// The error for the closing bracket under the cursor, which nothing opens.
pub(super) fn stray_bracket(p: &Parser) -> SyntaxError {
    let range = p.current_range();
    let text = p.token_text(p.pos);
    let opener = p.current().partner().and_then(|kind| kind.fixed_text()).unwrap_or_default();
    SyntaxError::new(
        range,
        Code::StrayBracket,
        format!("this `{text}` closes nothing: there is no `{opener}` for it"),
    )
    .fix(format!("remove `{text}`"), vec![TextEdit::delete(range)])
}

/// The error for the opening bracket that the stray bracket `closer` lacks before the token under the cursor.
pub(super) fn missing_opener(p: &Parser, closer: usize) -> SyntaxError {
    let at = p.prev_end;
    let closing = p.token_text(closer);
    let opener = p.kind(closer).partner().and_then(|kind| kind.fixed_text()).unwrap_or_default();
    SyntaxError::new(
        TextRange::empty(at),
        Code::MissingOpeningBracket,
        format!("expected `{opener}` here, before the arguments that end with `{closing}`"),
    )
    .fix(format!("insert `{opener}`"), vec![TextEdit::insert(at, opener)])
}

/// The error for the closing bracket under the cursor, which has another shape than `opener`, the bracket of `what`.
pub(super) fn mismatched_bracket(p: &Parser, opener: usize, what: &str) -> SyntaxError {
    let range = p.current_range();
    let (text, closing) = (p.token_text(opener), p.token_text(p.pos));
    let expected =
        p.tokens.kinds[opener].partner().and_then(|kind| kind.fixed_text()).unwrap_or_default();
    SyntaxError::new(
        range,
        Code::MismatchedBracket,
        format!("this `{closing}` closes the `{text}` of {what}, which is closed by `{expected}`"),
    )
    .fix(format!("replace `{closing}` by `{expected}`"), vec![TextEdit::replace(range, expected)])
}

/// Reports that the bracket at `opener` is never closed. Brackets within each other that all end here are one mistake,
/// told of the innermost one.
pub(super) fn unclosed_bracket(p: &mut Parser, opener: usize, what: &str) {
    let expected =
        p.tokens.kinds[opener].partner().and_then(|kind| kind.fixed_text()).unwrap_or_default();
    let opener = p.range(opener);
    let at = p.prev_end;
    // A body over several lines is closed on a line of its own.
    let lines = expected == "}"
        && p.text[TextRange::new(opener.end(), at.max(opener.end()))].contains('\n');
    let expected = if lines { "\n}" } else { expected };
    let mut insert = expected.to_owned();
    let mut error = None;
    if let Some(last) = p.errors.last()
        && last.code == Code::UnclosedBracket
        && let Some([edit]) = last.fixes.first().map(|fix| &*fix.edits)
        && edit.range.start() == at
    {
        insert = format!("{}{expected}", edit.insert);
        error = p.errors.pop();
    }
    let (range, message) = error.map_or_else(
        || {
            (
                opener,
                format!(
                    "this `{}` of {what} is never closed by `{}`",
                    &p.text[opener],
                    expected.trim()
                ),
            )
        },
        |inner| (inner.range, inner.message),
    );
    p.push_error(
        SyntaxError::new(range, Code::UnclosedBracket, message).fix(
            format!("insert `{}`", insert.replace('\n', "")),
            vec![TextEdit::insert(at, insert)],
        ),
    );
}

/// The error for a separator that is missing before the token under the cursor.
pub(super) fn missing_separator(p: &Parser, what: &str, insert: &str) -> SyntaxError {
    let start = p.current_range().start();
    let at = p.prev_end.min(start);
    SyntaxError::new(
        TextRange::new(at, start),
        Code::MissingSeparator,
        format!("two {what} need a separator between them: a line end, `,` or `;`"),
    )
    .fix(format!("insert `{insert}`"), vec![TextEdit::insert(at, insert)])
}

/// The error for characters that Ko does not know.
pub(super) fn unknown_character(p: &Parser) -> SyntaxError {
    let range = p.current_range();
    let error = SyntaxError::new(
        range,
        Code::UnknownCharacter,
        format!("{} has no meaning in Ko", p.describe(p.pos)),
    );
    let is_space = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
    };
    if p.token_text(p.pos).chars().all(is_space) {
        return error.fix("replace by a space", vec![TextEdit::replace(range, " ")]);
    }
    error
}

/// The error for the token under the cursor, which starts no value. `after` a value, or where one is expected.
pub(super) fn misplaced_token(p: &Parser, after: bool) -> SyntaxError {
    let range = p.current_range();
    let text = p.token_text(p.pos);
    match p.current() {
        OPERATOR | EQ | MINUS if after => {
            let next = p.next();
            let instead = match text {
                "+" => "; write `Sum(a, b)`",
                "-" => "; write `Sum(a, Negative(b))`",
                "*" => "; write `Prod(a, b)`",
                "/" => "; write `Ratio(a, b)`",
                "%" => "; write `Moduli(a, b)`",
                "==" => "; write `Equal(a, b)`",
                "!=" => "; write `Not(Equal(a, b))`",
                "<" => "; write `Less(a, b)`",
                ">" => "; write `Less(b, a)`",
                "&&" | "&" => "; write `And(a, b)`",
                "||" | "|" => "; write `Or(a, b)`",
                _ => "; call a function instead",
            };
            let error = SyntaxError::new(
                range,
                Code::Operator,
                format!("Ko has no operators such as `{text}`{instead}"),
            );
            if next.is_trivia() || next == EOF {
                return error.fix(format!("remove `{text}`"), vec![TextEdit::delete(range)]);
            }
            error
        }
        OPERATOR | EQ => SyntaxError::new(
            range,
            Code::Operator,
            format!("expected a value, found the operator `{text}`; Ko has no operators"),
        ),
        MINUS => SyntaxError::new(
            range,
            Code::MisplacedMinus,
            "`-` stands only before a number; `Negative(x)` negates any other value",
        ),
        UNKNOWN => unknown_character(p),
        DOT if !after => {
            let message = "a selection has to stand on the line of the value it selects from";
            let error = SyntaxError::new(range, Code::UnexpectedToken, message);
            let gap = TextRange::new(p.prev_end.min(range.start()), range.start());
            let text = &p.text[gap];
            if p.next() == IDENT && text.trim().is_empty() && text.contains('\n') {
                return error.fix("join the lines", vec![TextEdit::delete(gap)]);
            }
            error
        }
        QUESTION => SyntaxError::new(
            range,
            Code::UnexpectedToken,
            "`?` stands only after the name of a parameter",
        ),
        COLON => SyntaxError::new(
            range,
            Code::BadLabel,
            "`:` stands only after a label, and a label is a single name",
        ),
        _ if after => SyntaxError::new(
            range,
            Code::UnexpectedToken,
            format!(
                "expected a separator (a line end, `,` or `;`) or the end of the list, found {}",
                p.describe(p.pos)
            ),
        ),
        _ => SyntaxError::new(
            range,
            Code::UnexpectedToken,
            format!("expected a value, found {}", p.describe(p.pos)),
        ),
    }
}

/// The error for a name right behind a number.
pub(super) fn glued_name(p: &Parser) -> SyntaxError {
    let range = p.current_range();
    let number = p.token_text(p.pos - 1);
    let name = p.token_text(p.pos);
    if number.ends_with('.') {
        let dot = range.start() - TextSize::of('.');
        return SyntaxError::new(
            TextRange::new(dot, range.end()),
            Code::BadNumber,
            format!("`{number}` is a number, so `{name}` selects nothing; a space before the `.` ends the number"),
        )
        .fix("insert a space", vec![TextEdit::insert(dot, " ")]);
    }
    SyntaxError::new(
        range,
        Code::BadNumber,
        format!(
            "`{name}` is no part of the number `{number}`, and a name does not start with a digit"
        ),
    )
}

/// The error for the braces under the cursor, which stand where a value is expected.
pub(super) fn braces(p: &Parser) -> SyntaxError {
    let open = p.current_range();
    let mut error = SyntaxError::new(
        open,
        Code::UnexpectedBraces,
        "a structure or sequence is written in `(…)`; braces hold the steps of a function",
    );
    if let Some(closer) = p.brackets.closer(p.pos)
        && p.kind(closer) == R_BRACE
    {
        let edits = vec![TextEdit::replace(open, "("), TextEdit::replace(p.range(closer), ")")];
        error = error.fix("replace `{…}` by `(…)`", edits);
    }
    error
}

/// The error for text in single quotes.
pub(super) fn char_error(range: TextRange, text: &str) -> SyntaxError {
    let error = SyntaxError::new(range, Code::CharLiteral, CHAR_MESSAGE);
    let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else {
        return error;
    };
    let straight = format!("\"{}\"", inner.replace("\\'", "'").replace('"', "\\\""));
    error.fix("use double quotes", vec![TextEdit::replace(range, straight)])
}

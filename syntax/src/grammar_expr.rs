//! The grammar of Ko (specification §2): lists of terms, and values (the specification's formulas).

use text_size::{TextRange, TextSize};

use crate::{
    SyntaxKind::{self, *},
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    grammar::{
        MAX_DEPTH, bracketed, check_string, function, function_follows_params, missing_separator,
        rest_of_element, stray_bracket, too_deep, unknown_character,
    },
    lexer::CHAR_MESSAGE,
    literal,
    parser::Parser,
};

/// What a list of terms tells its caller.
#[derive(Default)]
pub(crate) struct ListResult {
    /// The greatest height of a term's tree, in units of [`MAX_DEPTH`].
    pub(crate) height: u32,
    /// Whether a label is `return`.
    pub(crate) has_return: bool,
}

/// How a term starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// `name:` or `name =`
    Label,
    /// `:`
    NoLabel,
    /// `"name":`, `a.b:` or `1:`, whose label ends before this token.
    BadLabel(usize),
    /// `name value`, where the colon was forgotten if the list is labelled.
    NoColon,
    Unlabelled,
}

/// Labelled | Unlabelled: the terms of a body or an argument list, up to the end of the region. The first term decides
/// whether an argument list is labelled.
pub(crate) fn term_list(p: &mut Parser, body: bool) -> ListResult {
    let mut result = ListResult::default();
    let mut labelled = body.then_some(true);
    let mut mixed = false;
    let mut separated = true;
    // The error of the last step and its place, if it lacks a label: perhaps meant as the result.
    let mut last_bare = None;
    loop {
        separated |= p.trivia();
        let kind = p.current();
        if kind == EOF {
            break;
        }
        if kind.is_closer() {
            let error = stray_bracket(p);
            p.push_error(error);
            p.start(ERROR);
            p.bump();
            p.finish_node();
            separated = true;
            continue;
        }
        if kind == UNKNOWN && separated {
            let error = unknown_character(p);
            p.push_error(error);
            error_token(p);
            continue;
        }
        last_bare = None;
        let complain = separated;
        if !separated && glued_to_number(p) {
            let error = glued_name(p);
            p.push_error(error);
        } else if !separated && starts_value(kind) {
            let (what, insert) = if body { ("steps", ";") } else { ("terms", ",") };
            missing_separator(p, what, insert);
        }
        separated = false;
        let start = p.current_range().start();
        let form = term_start(p);
        let is_labelled = !matches!(form, Start::Unlabelled | Start::NoColon);
        let list_labelled = *labelled
            .get_or_insert_with(|| is_labelled || form == Start::NoColon && second_has_label(p));
        if is_labelled || form == Start::NoColon && list_labelled && complain {
            if !list_labelled
                && form == Start::Label
                && p.depth < MAX_DEPTH
                && let Some(closer) = p.stray_ahead(R_PAREN)
            {
                p.start(UNLABELLED_TERM);
                let height = structure_without_opener(p, closer);
                p.finish_node();
                result.height = result.height.max(height);
                after_term(p);
                continue;
            }
            result.has_return |= p.at(IDENT) && p.token_text(p.pos) == "return";
            let errors = p.errors.len();
            let height = labelled_term(p, form, body);
            result.height = result.height.max(height);
            if !list_labelled && complain && !mixed && p.errors.len() == errors {
                mixed = true;
                let range = TextRange::new(start, p.prev_end);
                let message = "a term with a label in a list without labels: either all terms of a list have labels, or none";
                p.error(range, Code::MixedTerms, message);
            }
        } else {
            let errors = p.errors.len();
            p.start(UNLABELLED_TERM);
            let height = value(p);
            p.finish_node();
            result.height = result.height.max(height);
            if list_labelled && complain && p.errors.len() == errors {
                let range = TextRange::new(start, p.prev_end);
                if body {
                    let message = "a step has a label: write `name: ` before this value";
                    p.error(range, Code::UnlabelledStep, message);
                    last_bare = Some((errors, start));
                } else if !mixed {
                    mixed = true;
                    let message = "a term without a label in a list with labels: either all terms of a list have labels, or none";
                    p.error(range, Code::MixedTerms, message);
                }
            }
        }
        after_term(p);
    }
    if let Some((index, start)) = last_bare
        && !result.has_return
        && let Some(error) = p.errors.get_mut(index)
    {
        let edit = TextEdit::insert(start, "return: ");
        *error = error.clone().fix("return this value", vec![edit]);
    }
    result
}

/// Whether the term after the one under the cursor starts with a label.
fn second_has_label(p: &Parser) -> bool {
    let mut index = p.pos;
    loop {
        let kind = p.kind(index);
        if kind == EOF {
            return false;
        }
        if kind.is_separator() {
            let second = p.past_trivia(index);
            return p.kind(second) == IDENT && p.kind(p.after(second)) == COLON;
        }
        index = p.brackets.closer(index).filter(|_| kind.is_opener()).unwrap_or(index) + 1;
    }
}

/// Whether a name stands under the cursor, right behind a number.
fn glued_to_number(p: &Parser) -> bool {
    p.at(IDENT) && p.pos > 0 && is_number(p.tokens.kinds[p.pos - 1])
}

/// The error for a name right behind a number.
fn glued_name(p: &Parser) -> SyntaxError {
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

fn term_start(p: &Parser) -> Start {
    let next = p.after(p.pos);
    let next_kind = p.kind(next);
    if let Some(end) = glued_label(p) {
        return Start::BadLabel(end);
    }
    match p.current() {
        COLON => Start::NoLabel,
        IDENT => match next_kind {
            COLON | EQ => Start::Label,
            IDENT => Start::NoColon,
            MINUS if is_number(p.kind(p.after(next))) => Start::NoColon,
            kind if kind.is_literal_token() => Start::NoColon,
            _ => Start::Unlabelled,
        },
        kind if kind.is_literal_token() && next_kind == COLON => Start::BadLabel(next),
        _ => Start::Unlabelled,
    }
}

/// The `:` after a label of several tokens without space between them, as in `app.kubernetes.io/name:` or `my-label:`.
fn glued_label(p: &Parser) -> Option<usize> {
    let mut end = p.pos;
    while matches!(p.kind(end), IDENT | INT | FLOAT | DOT | MINUS | OPERATOR) {
        end += 1;
    }
    let colon = p.significant(end);
    (end > p.pos + 1 && p.kind(p.pos) != MINUS && p.kind(colon) == COLON).then_some(colon)
}

fn is_number(kind: SyntaxKind) -> bool {
    matches!(kind, INT | FLOAT)
}

/// Whether a value may start with a token of this kind, or a mistake that is told of as a value.
fn starts_value(kind: SyntaxKind) -> bool {
    kind == IDENT || kind == COLON || kind.is_literal_token() || kind.is_opener()
}

/// LTerm = IDENT ":" Formula. Returns the height of the term's tree.
fn labelled_term(p: &mut Parser, form: Start, body: bool) -> u32 {
    p.start(LABELLED_TERM);
    let start = p.current_range();
    let mut label = "";
    match form {
        Start::Label | Start::NoColon => {
            label = p.token_text(p.pos);
            p.bump();
        }
        Start::BadLabel(end) => bad_label(p, end),
        Start::NoLabel | Start::Unlabelled => {
            let what = if body { "a step" } else { "a term" };
            p.error(
                start,
                Code::MissingLabel,
                format!("missing label before `:`; {what} is written `label: value`"),
            );
        }
    }
    let colon = p.current_range();
    match p.current() {
        COLON => {
            p.bump();
            if p.at(EQ) && p.current_range().start() == colon.end() {
                let eq = p.current_range();
                p.push_error(
                    SyntaxError::new(
                        colon.cover(eq),
                        Code::EqualsForColon,
                        format!("a label is followed by `:` alone, not by `:=`; write `{label}: `"),
                    )
                    .fix("replace `:=` by `:`", vec![TextEdit::delete(eq)]),
                );
                error_token(p);
            }
        }
        EQ => {
            let glued = colon.start() == p.prev_end;
            let range = if glued { colon } else { TextRange::new(p.prev_end, colon.end()) };
            p.push_error(
                SyntaxError::new(
                    colon,
                    Code::EqualsForColon,
                    format!("a label is followed by `:`, not by `=`; write `{label}: `"),
                )
                .fix("replace `=` by `:`", vec![TextEdit::replace(range, ":")]),
            );
            error_token(p);
        }
        _ => {
            let at = p.prev_end;
            p.push_error(
                SyntaxError::new(
                    TextRange::empty(at),
                    Code::MissingColon,
                    format!("missing `:` between the label `{label}` and its value"),
                )
                .fix("insert `:`", vec![TextEdit::insert(at, ":")]),
            );
        }
    }
    let height = labelled_value(p, label);
    p.finish_node();
    height
}

/// A label that is a string, a number or a path, up to the token `end`.
fn bad_label(p: &mut Parser, end: usize) {
    let range = TextRange::new(p.current_range().start(), p.range(end.saturating_sub(1)).end());
    let text = p.text[range].trim_end();
    let is_string = p.current().is_string();
    let message = if is_string {
        "a label is a name without quotes".to_owned()
    } else {
        format!("a label is a single name, not `{text}`")
    };
    let mut error = SyntaxError::new(range, Code::BadLabel, message);
    if is_string
        && let Ok(name) = literal::parse_string(text)
        && let Ok(name) = std::str::from_utf8(&name)
        && crate::is_valid_ident(name)
    {
        error = error.fix("remove the quotes", vec![TextEdit::replace(p.current_range(), name)]);
    }
    p.push_error(error);
    p.start(ERROR);
    p.bump_to(end);
    p.finish_node();
}

fn error_token(p: &mut Parser) {
    p.start(ERROR);
    p.bump();
    p.finish_node();
}

/// The value after a label and its colon.
fn labelled_value(p: &mut Parser, label: &str) -> u32 {
    let kind = p.current();
    if kind.is_closer() {
        // The stray bracket is the mistake, and told of by the list.
        return 0;
    }
    if kind == IDENT
        && p.next() == COLON
        && p.depth < MAX_DEPTH
        && let Some(closer) = p.stray_ahead(R_PAREN)
    {
        return structure_without_opener(p, closer);
    }
    if !(kind.is_trivia() || kind == EOF) {
        return value(p);
    }
    let next = p.past_trivia(p.pos);
    if p.kind(next) == IDENT && function_follows_params(p, p.after(next)) {
        // The only value that may start on a later line.
        p.trivia();
        return value(p);
    }
    if p.depth < MAX_DEPTH
        && let Some(closer) = p.stray_ahead(R_PAREN)
    {
        return structure_without_opener(p, closer);
    }
    let at = p.prev_end;
    let colon = TextRange::new(at.checked_sub(1.into()).unwrap_or(at), at);
    if is_value_on_next_line(p, next) {
        let mut error = SyntaxError::new(
            p.range(next),
            Code::MissingValue,
            format!("the value of `{label}` has to start on the line of its label"),
        );
        if !(p.pos..next).any(|i| p.kind(i).is_comment()) {
            let gap = TextRange::new(at, p.range(next).start());
            error = error.fix("join the lines", vec![TextEdit::replace(gap, " ")]);
        }
        p.push_error(error);
        p.trivia();
        return value(p);
    }
    let message = if label.is_empty() {
        "missing value after `:`".to_owned()
    } else {
        format!("missing value after `{label}:`")
    };
    p.error(colon, Code::MissingValue, message);
    0
}

/// Whether the token `next`, the first on a later line, starts a value rather than the next step.
fn is_value_on_next_line(p: &Parser, next: usize) -> bool {
    if (p.pos..next).any(|i| matches!(p.kind(i), COMMA | SEMICOLON)) {
        return false;
    }
    match p.kind(next) {
        IDENT => !matches!(p.kind(p.after(next)), COLON | EQ),
        L_PAREN | L_BRACKET => true,
        kind => kind.is_literal_token() && p.kind(p.after(next)) != COLON,
    }
}

/// What must not stand behind a term: one error, and on to the next separator.
fn after_term(p: &mut Parser) {
    let kind = p.current();
    if kind == EOF || kind.is_trivia() || kind.is_closer() {
        return;
    }
    if kind == FLOAT
        && p.token_text(p.pos).starts_with('.')
        && p.current_range().start() == p.prev_end
    {
        let message = format!(
            "expected the name of a field after `.`, found the number `{}`",
            p.token_text(p.pos)
        );
        p.error(p.current_range(), Code::MissingFieldName, message);
    } else if kind == L_BRACE {
        let message =
            "braces stand only behind the parameters of a function, as in `f(x) { return: x }`";
        p.error(p.current_range(), Code::UnexpectedBraces, message);
    } else if starts_value(kind) && kind != COLON {
        // The next term, without a separator before it: told of by the list.
        return;
    } else {
        let error = misplaced(p, true);
        p.push_error(error);
    }
    rest_of_element(p);
}

/// The error for the token under the cursor, which starts no value. `after` a value, or where one is expected.
fn misplaced(p: &Parser, after: bool) -> SyntaxError {
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

/// A value where one is needed; anything else is an error and skipped up to the next separator. Returns the height of
/// the value's tree.
fn value(p: &mut Parser) -> u32 {
    if let Some(height) = formula(p) {
        return height;
    }
    let error = misplaced(p, false);
    p.push_error(error);
    if p.at(MINUS) || p.at(UNKNOWN) {
        error_token(p);
        return formula(p).unwrap_or_default();
    }
    rest_of_element(p);
    0
}

/// Formula = Primary { Tail }. Returns the height of its tree, or nothing if none starts here.
fn formula(p: &mut Parser) -> Option<u32> {
    let checkpoint = p.checkpoint();
    let next = p.after(p.pos);
    let mut height = match p.current() {
        IDENT if p.kind(next) == L_BRACE || function_follows_params(p, next) => {
            if p.depth >= MAX_DEPTH {
                too_deep(p);
                rest_of_element(p);
                return Some(0);
            }
            let result = function(p);
            if let Some(error) = result.missing_return {
                p.push_error(error);
            }
            result.height
        }
        IDENT => {
            p.start(PATH_EXPR);
            p.bump();
            names(p);
            p.finish_node();
            0
        }
        MINUS if is_number(p.kind(next)) => {
            literal_expr(p, true);
            0
        }
        kind if kind.is_literal_token() => {
            literal_expr(p, false);
            0
        }
        L_PAREN | L_BRACKET => 0,
        L_BRACE => {
            if p.depth >= MAX_DEPTH {
                too_deep(p);
                rest_of_element(p);
                return Some(0);
            }
            braces_for_parens(p)
        }
        _ => return None,
    };
    // Without anything before it, a bracket belongs to the empty operator.
    loop {
        let kind = match p.current() {
            L_PAREN => CALL_EXPR,
            L_BRACKET => AUGMENT_EXPR,
            DOT => SELECT_EXPR,
            kind if (kind == IDENT || kind.is_literal_token()) && p.depth + height < MAX_DEPTH => {
                let Some(closer) = p.stray_ahead(R_PAREN) else { break };
                p.start_at(checkpoint, CALL_EXPR);
                height = height.max(args_without_opener(p, closer)) + 1;
                p.finish_node();
                continue;
            }
            _ => break,
        };
        if p.depth + height >= MAX_DEPTH {
            too_deep(p);
            rest_of_element(p);
            break;
        }
        p.start_at(checkpoint, kind);
        if kind == SELECT_EXPR {
            if p.next() == IDENT {
                names(p);
            } else {
                dot_without_name(p);
            }
        } else {
            height = height.max(arg_list(p));
        }
        height += 1;
        p.finish_node();
    }
    Some(height)
}

/// A `.` that no name follows on its line.
fn dot_without_name(p: &mut Parser) {
    let dot = p.current_range();
    p.bump();
    let next = p.past_trivia(p.pos);
    let lines = (p.pos..next).all(|i| matches!(p.kind(i), WHITESPACE | NEWLINE));
    if next > p.pos
        && lines
        && p.kind(next) == IDENT
        && !matches!(p.kind(p.after(next)), COLON | EQ)
    {
        let gap = TextRange::new(dot.end(), p.range(next).start());
        let message = "the name of a field has to stand on the line of the `.` before it";
        p.push_error(
            SyntaxError::new(dot, Code::MissingFieldName, message)
                .fix("join the lines", vec![TextEdit::delete(gap)]),
        );
        p.trivia();
        p.bump();
    } else {
        p.error(dot, Code::MissingFieldName, "expected the name of a field after `.`");
    }
}

/// { "." IDENT }
fn names(p: &mut Parser) {
    while p.at(DOT) && p.next() == IDENT {
        p.bump();
        p.bump();
    }
}

/// "(" Args ")" | "[" Args "]". Returns the height of its tree.
fn arg_list(p: &mut Parser) -> u32 {
    p.start(ARG_LIST);
    let what = if p.at(L_PAREN) { "a list of arguments" } else { "an augmentation" };
    let result = bracketed(p, what, |p| term_list(p, false));
    p.finish_node();
    result.height
}

/// Arguments whose `(` is missing, up to their stray `)`.
fn args_without_opener(p: &mut Parser, closer: usize) -> u32 {
    let at = p.prev_end;
    p.push_error(
        SyntaxError::new(
            TextRange::empty(at),
            Code::StrayBracket,
            "expected `(` here: a list of arguments that ends with `)` does not start with `(`",
        )
        .fix("insert `(`", vec![TextEdit::insert(at, "(")]),
    );
    p.start(ARG_LIST);
    let limit = std::mem::replace(&mut p.limit, closer);
    p.depth += 1;
    let result = term_list(p, false);
    p.depth -= 1;
    p.limit = limit;
    p.bump_to(closer + 1);
    p.finish_node();
    result.height
}

/// A structure or sequence whose `(` is missing, up to its stray `)`.
fn structure_without_opener(p: &mut Parser, closer: usize) -> u32 {
    p.start(CALL_EXPR);
    let height = args_without_opener(p, closer) + 1;
    p.finish_node();
    height
}

/// Braces where a value is expected: a structure, as other languages write it.
fn braces_for_parens(p: &mut Parser) -> u32 {
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
    p.push_error(error);
    p.start(CALL_EXPR);
    let height = arg_list(p) + 1;
    p.finish_node();
    height
}

/// Literal = [ "-" ] ( INT | FLOAT ) | String
fn literal_expr(p: &mut Parser, negative: bool) {
    p.start(LITERAL);
    if negative {
        p.bump();
    }
    let range = p.current_range();
    let text = p.token_text(p.pos);
    let error = match p.current() {
        INT if text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit()) => None,
        INT => literal::parse_int(text, negative).err(),
        FLOAT => literal::parse_float(text).err(),
        CHAR => {
            // The lexer has told of a quote that is never closed.
            if !p.has_lexical_error(range) {
                p.push_error(char_error(range, text));
            }
            None
        }
        _ => {
            check_string(p);
            None
        }
    };
    if let Some(error) = error {
        p.error(error.range + range.start(), error.code, error.message);
    }
    p.bump();
    p.finish_node();
}

/// The error for text in single quotes.
fn char_error(range: TextRange, text: &str) -> SyntaxError {
    let error = SyntaxError::new(range, Code::CharLiteral, CHAR_MESSAGE);
    let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else {
        return error;
    };
    let straight = format!("\"{}\"", inner.replace("\\'", "'").replace('"', "\\\""));
    error.fix("use double quotes", vec![TextEdit::replace(range, straight)])
}

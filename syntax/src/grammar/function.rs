//! Functions: name, parameters, body.

use text_size::TextRange;

use super::{
    at_item, brace_on_line, enter, leave, mistakes, rest_of_element, skip_one, terms::term_list,
};
use crate::{
    SyntaxKind::*,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    parser::Parser,
};

/// What the rule for functions tells its caller.
#[derive(Default)]
pub(super) struct FunctionResult {
    /// The error that the body lacks a `return`, if it does.
    pub(super) missing_return: Option<SyntaxError>,
    /// The height of the function's tree, in units of [`super::MAX_DEPTH`].
    pub(super) height: u32,
}

/// What there is of a body.
enum Before {
    /// A `{`.
    Body,
    /// Steps without `{`, up to this token.
    Steps(usize),
    Nothing,
}

/// Function = IDENT Params Body
pub(super) fn function(p: &mut Parser) -> FunctionResult {
    let start = p.current_range();
    let errors = p.errors.len();
    p.start(FUNCTION);
    let name = head(p, start);
    let mut result = FunctionResult::default();
    match before_body(p, name, errors) {
        Before::Body => {
            p.start(BODY);
            if let Some(region) = enter(p) {
                let list = term_list(p, true);
                leave(p, region, "a function's body");
                result.height = list.height + 1;
                result.missing_return = missing_return(p, name, start, errors, list.has_return);
            }
            p.finish_node();
        }
        Before::Steps(end) => {
            p.start(BODY);
            let limit = std::mem::replace(&mut p.limit, end);
            p.depth += 1;
            result.height = term_list(p, true).height + 1;
            p.depth -= 1;
            p.limit = limit;
            if p.at(R_BRACE) {
                p.bump();
            }
            p.finish_node();
        }
        Before::Nothing => {}
    }
    p.finish_node();
    result
}

/// The name and the parameters of a function; returns the name.
fn head<'a>(p: &mut Parser<'a>, start: TextRange) -> &'a str {
    let mut name = "";
    if p.at(IDENT) {
        name = p.token_text(p.pos);
        p.bump();
    } else {
        p.error(
            TextRange::empty(start.start()),
            Code::MissingFunctionName,
            "this function has no name: write one before `(`",
        );
    }
    if p.at(L_PAREN) {
        param_list(p);
    } else {
        let at = p.prev_end;
        let mut error = SyntaxError::new(
            TextRange::empty(at),
            Code::MissingParameters,
            format!("expected `(` and the parameters of the function `{name}` after its name"),
        );
        if p.at(L_BRACE) {
            error = error.fix("insert `()`", vec![TextEdit::insert(at, "()")]);
        } else if params_without_opener(p, p.pos).is_some() {
            error = error.fix("insert `(`", vec![TextEdit::insert(at, "(")]);
        }
        p.push_error(error);
        if let Some(closer) = params_without_opener(p, p.pos) {
            p.start(PARAM_LIST);
            let limit = std::mem::replace(&mut p.limit, closer);
            params(p);
            p.limit = limit;
            p.bump_to(closer + 1);
            p.finish_node();
        } else if !p.at(L_BRACE)
            && let Some(brace) = brace_on_line(p)
        {
            p.start(ERROR);
            p.bump_to(brace);
            p.finish_node();
        }
    }
    name
}

/// Goes to the body of a function, and tells what there is of it.
fn before_body(p: &mut Parser, name: &str, errors: usize) -> Before {
    if p.at(L_BRACE) {
        return Before::Body;
    }
    let head_end = p.prev_end;
    let next = p.past_trivia(p.pos);
    if p.kind(next) == L_BRACE {
        let gap = TextRange::new(head_end, p.range(next).start());
        let mut error = SyntaxError::new(
            p.range(next),
            Code::MissingBody,
            format!(
                "the `{{` of the function `{name}` has to stand on the same line as the `)` before it"
            ),
        );
        if !(p.pos..next).any(|i| p.kind(i).is_comment()) {
            error = error.fix("move `{` behind `)`", vec![TextEdit::replace(gap, " ")]);
        }
        p.push_error(error);
        p.trivia();
        return Before::Body;
    }
    let message =
        format!("expected `{{` and the steps of the function `{name}` after its parameters");
    let error = SyntaxError::new(TextRange::empty(head_end), Code::MissingBody, message);
    if p.kind(next) == IDENT && matches!(p.kind(p.after(next)), COLON | EQ) {
        // Only the `{` is missing: the steps go on to the `}` that has no other partner.
        if p.errors.len() == errors {
            p.push_error(error.fix("insert `{`", vec![TextEdit::insert(head_end, " {")]));
        }
        let mut end = next;
        loop {
            match p.kind(end) {
                EOF => break,
                R_BRACE if p.brackets.is_stray(end) => break,
                IDENT
                    if end > next
                        && at_item(p, end)
                        && p.tokens.kinds.get(end - 1) == Some(&NEWLINE) =>
                {
                    break;
                }
                kind if kind.is_opener() => end = p.brackets.closer(end).unwrap_or(end) + 1,
                _ => end += 1,
            }
        }
        p.trivia();
        return Before::Steps(end.min(p.limit));
    }
    if p.errors.len() == errors {
        p.push_error(error);
    }
    if !(p.current().is_trivia() || p.at(EOF)) {
        // The rest of the line belongs to the broken head.
        p.start(ERROR);
        while !(p.at(NEWLINE) || p.at(EOF)) {
            skip_one(p);
        }
        p.finish_node();
    }
    Before::Nothing
}

/// The error for a body without `return`, unless the function has other errors, which may be why.
fn missing_return(
    p: &Parser,
    name: &str,
    head: TextRange,
    errors: usize,
    has_return: bool,
) -> Option<SyntaxError> {
    let range = TextRange::new(head.start(), p.prev_end.max(head.end()));
    if has_return || p.errors.len() != errors || p.has_lexical_error(range) {
        return None;
    }
    let subject =
        if name.is_empty() { "this function".to_owned() } else { format!("the function `{name}`") };
    let message = format!("{subject} has no step `return: …`, which says what it returns");
    Some(SyntaxError::new(head, Code::MissingReturn, message))
}

/// Whether the parameters of the name under the cursor lack only their `(`.
pub(super) fn has_params_without_opener(p: &Parser) -> bool {
    p.at(IDENT) && params_without_opener(p, p.pos).is_some()
}

/// The `)` of parameters whose `(` is missing: a stray one before a `{`, with only names before it.
pub(super) fn params_without_opener(p: &Parser, from: usize) -> Option<usize> {
    let mut index = from;
    while matches!(p.kind(index), IDENT | QUESTION) || p.kind(index).is_trivia() {
        index += 1;
    }
    let is_end =
        p.kind(index) == R_PAREN && p.brackets.is_stray(index) && p.kind(p.after(index)) == L_BRACE;
    is_end.then_some(index)
}

/// Params = "(" [ Param { Break Param } ] { Trivium } ")"
fn param_list(p: &mut Parser) {
    p.start(PARAM_LIST);
    if let Some(region) = enter(p) {
        params(p);
        leave(p, region, "a parameter list");
    }
    p.finish_node();
}

fn params(p: &mut Parser) {
    let mut monadic = false;
    let mut separated = true;
    let mut any = false;
    loop {
        separated |= p.trivia();
        match p.current() {
            EOF | L_BRACE => break,
            // A step: the list, and perhaps more, ended before.
            IDENT
                if p.next() == COLON && p.brackets.closer(p.region.unwrap_or(p.pos)).is_none() =>
            {
                break;
            }
            IDENT => {
                if any && !separated {
                    let error = mistakes::missing_separator(p, "parameters", ",");
                    p.push_error(error);
                }
                param(p, &mut monadic);
            }
            closer if closer.is_closer() => {
                let error = mistakes::stray_bracket(p);
                p.push_error(error);
                p.start(ERROR);
                p.bump();
                p.finish_node();
            }
            QUESTION => {
                p.error(
                    p.current_range(),
                    Code::BadParameter,
                    "`?` stands right after the name of a parameter",
                );
                rest_of_element(p);
            }
            _ => {
                let message =
                    format!("expected the name of a parameter, found {}", p.describe(p.pos));
                p.error(p.current_range(), Code::BadParameter, message);
                rest_of_element(p);
            }
        }
        any = true;
        separated = false;
    }
}

/// Param = IDENT [ "?" ]
fn param(p: &mut Parser, monadic: &mut bool) {
    p.start(PARAM);
    p.bump();
    let mut own = false;
    while p.at(QUESTION) {
        let range = p.current_range();
        if *monadic || own {
            let message = if own {
                "one `?` is enough to mark a parameter"
            } else {
                "only one parameter takes `?`, which marks the one that an unlabelled argument is for"
            };
            let error = SyntaxError::new(range, Code::DuplicateMonadic, message)
                .fix("remove `?`", vec![TextEdit::delete(range)]);
            p.push_error(error);
        }
        own = true;
        p.bump();
    }
    *monadic |= own;
    p.finish_node();
    let message = match p.current() {
        COLON => "a parameter is only a name: Ko declares no types and no default values",
        EQ => {
            "a parameter is only a name: Ko has no default values; `Pick(either: …, or: …)` chooses one in the body"
        }
        DOT => "a parameter is a single name, without `.`",
        _ => return,
    };
    p.error(p.current_range(), Code::BadParameter, message);
    rest_of_element(p);
}

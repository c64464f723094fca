//! Values (the specification's formulas): literals, paths, calls, augmentations, selections.

use text_size::TextRange;

use super::{
    MAX_DEPTH, check_string, enter, error_token,
    function::{function, params_without_opener},
    function_follows_params, leave, mistakes, rest_of_element,
    terms::term_list,
    too_deep,
};
use crate::{
    SyntaxKind::{self, *},
    brackets::Stray,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    literal,
    parser::Parser,
};

/// A value where one is needed; anything else is an error and skipped up to the next separator. Returns the height of
/// the value's tree.
pub(super) fn value(p: &mut Parser) -> u32 {
    let height = formula(p);
    if height.is_none() && misplaced(p) {
        return formula(p).unwrap_or_default();
    }
    height.unwrap_or_default()
}

/// Something that starts no value. Whether a value may follow; if not, it is skipped up to the next separator.
fn misplaced(p: &mut Parser) -> bool {
    let error = mistakes::misplaced_token(p, false);
    p.push_error(error);
    if p.at(MINUS) || p.at(UNKNOWN) {
        error_token(p);
        return true;
    }
    rest_of_element(p);
    false
}

/// Formula = Primary { Tail }. Returns the height of its tree, or nothing if none starts here.
fn formula(p: &mut Parser) -> Option<u32> {
    let checkpoint = p.checkpoint();
    let next = p.after(p.pos);
    let mut height = match p.current() {
        IDENT
            if p.kind(next) == L_BRACE
                || function_follows_params(p, next)
                || is_broken_function(p, next) =>
        {
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
            kind if p.depth + height < MAX_DEPTH && kind != EOF => {
                let Some(stray) = args_lack_opener(p) else { break };
                p.start_at(
                    checkpoint,
                    if p.kind(stray.token()) == R_BRACKET { AUGMENT_EXPR } else { CALL_EXPR },
                );
                height = height.max(args_without_opener(p, stray)) + 1;
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

/// Whether the name under the cursor starts a function that lacks its `(`, its `{` or its whole body. A `?` among its
/// parameters tells, or a stray bracket.
fn is_broken_function(p: &Parser, next: usize) -> bool {
    if p.kind(next) == IDENT {
        return p.stray_ahead().is_some() && params_without_opener(p, next).is_some();
    }
    if p.kind(next) != L_PAREN {
        return false;
    }
    let mut index = next + 1;
    while p.kind(index) == IDENT || p.kind(index).is_trivia() {
        index += 1;
    }
    match p.kind(index) {
        QUESTION => p.kind(index - 1) == IDENT,
        R_PAREN => {
            let step = p.past_trivia(index + 1);
            p.kind(step) == IDENT && p.kind(p.after(step)) == COLON && p.stray_brace_ahead()
        }
        _ => false,
    }
}

/// The stray bracket behind arguments that lack their opening bracket, if they start under the cursor: on the same line,
/// or as lines of their own between a line that ends here and a stray bracket that is aligned with it.
fn args_lack_opener(p: &Parser) -> Option<Stray> {
    let stray = p.stray_ahead()?;
    let kind = p.current();
    if kind == IDENT || kind.is_literal_token() {
        return Some(stray);
    }
    if kind != NEWLINE || p.line_indent(p.pos) != stray.indent {
        return None;
    }
    let next = p.past_trivia(p.pos);
    (next < stray.token() && p.line_indent(next) > stray.indent).then_some(stray)
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
    let what = if p.at(L_BRACKET) { "an augmentation" } else { "a list of arguments" };
    let mut height = 0;
    p.start(ARG_LIST);
    if let Some(region) = enter(p) {
        height = term_list(p, false).height;
        leave(p, region, what);
    }
    p.finish_node();
    height
}

/// Arguments whose `(` is missing, up to their stray `)`.
fn args_without_opener(p: &mut Parser, stray: Stray) -> u32 {
    let closer = stray.token();
    let error = mistakes::missing_opener(p, closer);
    p.push_error(error);
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
pub(super) fn structure_without_opener(p: &mut Parser, stray: Stray) -> u32 {
    p.start(if p.kind(stray.token()) == R_BRACKET { AUGMENT_EXPR } else { CALL_EXPR });
    let height = args_without_opener(p, stray) + 1;
    p.finish_node();
    height
}

/// Braces where a value is expected: a structure, as other languages write it.
fn braces_for_parens(p: &mut Parser) -> u32 {
    let error = mistakes::braces(p);
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
                p.push_error(mistakes::char_error(range, text));
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

pub(super) fn is_number(kind: SyntaxKind) -> bool {
    matches!(kind, INT | FLOAT)
}

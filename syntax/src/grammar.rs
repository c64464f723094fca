//! The grammar of Ko (specification §2), as one function per rule; here files and imports, and what all rules share.
//!
//! Every rule ends at the end of the region it is called in (`Parser::limit`), always makes progress, and reports one
//! mistake once. Within lists, parsing goes on at the next separator.

mod function;
mod mistakes;
mod terms;
mod value;

use text_size::TextRange;

use self::function::{function, has_params_without_opener};
use crate::{
    SyntaxKind::*,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    parser::Parser,
};

/// How deep brackets and chains of calls may nest; what is deeper becomes an error node. Keeps every recursive walk of a
/// tree within bounds.
pub const MAX_DEPTH: u32 = 500;

/// File = { Trivium | Import | Function }
pub(crate) fn source_file(p: &mut Parser) {
    p.start(SOURCE_FILE);
    loop {
        p.trivia();
        if p.at(EOF) {
            break;
        }
        item(p);
    }
    p.rest();
    p.finish_node();
}

fn item(p: &mut Parser) {
    let next = p.next();
    if p.at(IDENT) && next == IDENT && !is_import_word(p, p.pos) && at_item(p, p.after(p.pos)) {
        return word_before_function(p);
    }
    match p.current() {
        IDENT if is_import_word(p, p.pos) && next.is_string() => import(p),
        IDENT if next == L_PAREN || next == L_BRACE => top_function(p),
        IDENT if is_import_word(p, p.pos) && !matches!(next, COLON | EQ | R_PAREN | DOT) => {
            import(p)
        }
        IDENT if brace_on_line(p).is_some() || has_params_without_opener(p) => top_function(p),
        L_PAREN if function_follows_params(p, p.pos) => top_function(p),
        _ => unexpected_item(p),
    }
}

fn is_import_word(p: &Parser, index: usize) -> bool {
    p.kind(index) == IDENT && matches!(p.token_text(index), "import" | "use")
}

/// Whether the brackets opened at `index` are closed and a `{` comes right after.
fn function_follows_params(p: &Parser, index: usize) -> bool {
    p.kind(index) == L_PAREN
        && p.brackets
            .closer(index)
            .is_some_and(|closer| p.kind(closer) == R_PAREN && p.kind(p.after(closer)) == L_BRACE)
}

/// Whether an item starts at the token `index`, so that skipping text should end there.
fn at_item(p: &Parser, index: usize) -> bool {
    if p.kind(index) != IDENT {
        return false;
    }
    let next = p.after(index);
    let column_1 = index == 0 || p.tokens.kinds.get(index - 1) == Some(&NEWLINE);
    match p.kind(next) {
        L_PAREN => column_1 || function_follows_params(p, next),
        kind if kind.is_string() => is_import_word(p, index),
        _ => false,
    }
}

/// The `{` on the rest of the line, if any comes before the line ends.
fn brace_on_line(p: &Parser) -> Option<usize> {
    let mut index = p.pos;
    loop {
        match p.kind(index) {
            L_BRACE => return Some(index),
            EOF | NEWLINE | COLON | EQ | R_BRACE => return None,
            _ => index += 1,
        }
    }
}

/// `func F() { … }`, as other languages write it.
fn word_before_function(p: &mut Parser) {
    let range = p.current_range();
    let word = p.token_text(p.pos);
    let through = TextRange::new(range.start(), p.range(p.after(p.pos)).start());
    let message =
        format!("a function starts with its own name, without a word such as `{word}` before it");
    p.push_error(
        SyntaxError::new(range, Code::UnexpectedItem, message)
            .fix(format!("remove `{word}`"), vec![TextEdit::delete(through)]),
    );
    p.start(ERROR);
    p.bump();
    p.finish_node();
}

/// Something that is neither import nor function: one error, however much of it there is.
fn unexpected_item(p: &mut Parser) {
    let range = p.current_range();
    let error = match p.current() {
        closer if closer.is_closer() => mistakes::stray_bracket(p),
        IDENT if matches!(p.next(), COLON | EQ) => SyntaxError::new(
            range,
            Code::UnexpectedItem,
            format!(
                "the step `{}` stands outside of any function; perhaps a `}}` before it is too many",
                p.token_text(p.pos)
            ),
        ),
        UNKNOWN => mistakes::unknown_character(p),
        IDENT => SyntaxError::new(
            range,
            Code::UnexpectedItem,
            format!(
                "expected an import or a function, found the name `{0}`; a function starts like `{0}() {{`",
                p.token_text(p.pos)
            ),
        ),
        _ => SyntaxError::new(
            range,
            Code::UnexpectedItem,
            format!("expected an import or a function, found {}", p.describe(p.pos)),
        ),
    };
    p.push_error(error);
    p.start(ERROR);
    loop {
        skip_one(p);
        let next = p.past_trivia(p.pos);
        if p.kind(next) == EOF || at_item(p, next) {
            break;
        }
        p.bump_to(next);
    }
    p.finish_node();
}

/// Import = ( "import" | "use" ) String [ "as" IDENT ]
fn import(p: &mut Parser) {
    p.start(IMPORT);
    let word = p.token_text(p.pos);
    p.bump();
    if p.current().is_string() {
        check_string(p);
        p.bump();
        if p.at(IDENT) && p.token_text(p.pos) == "as" {
            let range = p.current_range();
            if p.next() == IDENT {
                p.bump();
                p.bump();
            } else {
                p.error(
                    range,
                    Code::BadImport,
                    "expected a name after `as`, by which this file calls the package",
                );
                p.start(ERROR);
                while !(p.current().is_separator() || p.current().is_comment() || p.at(EOF)) {
                    p.bump();
                }
                p.finish_node();
            }
        }
    } else {
        let start = p.pos;
        p.start(ERROR);
        while !(p.current().is_separator() || p.current().is_comment() || p.at(EOF)) {
            p.bump();
        }
        p.finish_node();
        let message = format!(
            "expected the path of a package in quotes after `{word}`, as in `{word} \"lib/strings\"`"
        );
        let range = TextRange::new(p.range(start).start().min(p.prev_end), p.prev_end);
        let path = &p.text[range];
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.');
        let range = if path.is_empty() { TextRange::empty(p.prev_end) } else { range };
        let mut error = SyntaxError::new(range, Code::BadImport, message);
        if !path.is_empty() && path.chars().all(is_path) {
            error = error.fix(
                "put the path in quotes",
                vec![TextEdit::replace(range, format!("\"{path}\""))],
            );
        }
        p.push_error(error);
    }
    p.finish_node();
}

/// Reports the mistakes in the escapes of the string under the cursor.
fn check_string(p: &mut Parser) {
    let text = p.token_text(p.pos);
    if p.at(RAW_STRING) || !text.as_bytes().contains(&b'\\') {
        return;
    }
    let start = p.current_range().start();
    for bad in crate::literal::bad_escapes(text) {
        p.error(bad.range + start, bad.code, bad.message);
    }
}

fn top_function(p: &mut Parser) {
    let body = function(p);
    let next = p.past_trivia(p.pos);
    // What follows may be the rest of the body, cut off by a bracket too many: that error is enough.
    if let Some(error) = body.missing_return
        && (p.kind(next) == EOF || at_item(p, next))
    {
        p.push_error(error);
    }
}

/// A bracketed region that is being parsed, and what surrounds it.
struct Region {
    opener: usize,
    limit: usize,
    region: Option<usize>,
}

/// Enters the region of the bracket under the cursor. Nothing if it is nested too deep: then all of it is in the tree as
/// an error node.
fn enter(p: &mut Parser) -> Option<Region> {
    let opener = p.pos;
    let end = p.brackets.end(opener).clamp(opener + 1, p.limit.max(opener + 1));
    if p.depth >= MAX_DEPTH {
        let closer = p.brackets.closer(opener);
        too_deep(p);
        p.start(ERROR);
        p.bump_to(closer.map_or(end, |closer| closer + 1));
        p.finish_node();
        return None;
    }
    p.bump();
    p.depth += 1;
    let limit = std::mem::replace(&mut p.limit, end);
    let region = p.region.replace(opener);
    Some(Region { opener, limit, region })
}

/// Leaves the region of a bracket, which belongs to `what`, at its end or before, and takes its closing bracket.
fn leave(p: &mut Parser, inner: Region, what: &str) {
    let stopped_early = p.pos < p.limit;
    p.limit = inner.limit;
    p.region = inner.region;
    p.depth -= 1;
    let Region { opener, .. } = inner;
    let range = p.range(opener);
    if let Some(closer) = p.brackets.closer(opener).filter(|_| !stopped_early) {
        if Some(p.tokens.kinds[closer]) != p.tokens.kinds[opener].partner() {
            let error = mistakes::mismatched_bracket(p, opener, what);
            p.push_error(error);
        }
        p.bump();
        return;
    }
    let text = TextRange::new(range.start(), p.current_range().start().max(range.end()));
    if !p.has_unterminated(text) {
        mistakes::unclosed_bracket(p, opener, what);
    }
}

/// Reports that the bracket under the cursor is nested too deep.
fn too_deep(p: &mut Parser) {
    p.error(
        p.current_range(),
        Code::NestingTooDeep,
        format!("brackets and chains of calls nest deeper than {MAX_DEPTH} levels here; move the inner part to a function of its own"),
    );
}

/// Puts the token under the cursor into the tree; of a bracket, all up to its closing one, without structure.
fn skip_one(p: &mut Parser) {
    let end = if p.current().is_opener() {
        p.brackets.closer(p.pos).map_or(p.pos, |closer| closer).min(p.limit.saturating_sub(1))
    } else {
        p.pos
    };
    p.bump_to(end + 1);
}

/// Skips to the next separator of the list, in an error node.
fn rest_of_element(p: &mut Parser) {
    p.start(ERROR);
    loop {
        skip_one(p);
        let kind = p.current();
        if kind == EOF || kind.is_separator() || kind.is_comment() {
            break;
        }
    }
    p.finish_node();
}

fn error_token(p: &mut Parser) {
    p.start(ERROR);
    p.bump();
    p.finish_node();
}

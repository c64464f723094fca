//! The grammar of Ko (specification §2): files, imports, functions, parameters and steps. Values are in
//! [`crate::grammar_expr`].
//!
//! Every rule ends at the end of the region it is called in (`Parser::limit`), always makes progress, and reports one
//! mistake once. Within lists, parsing goes on at the next separator.

use text_size::TextRange;

use crate::{
    SyntaxKind::*,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    grammar_expr::term_list,
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
pub(crate) fn function_follows_params(p: &Parser, index: usize) -> bool {
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
        closer if closer.is_closer() => stray_bracket(p),
        IDENT if matches!(p.next(), COLON | EQ) => SyntaxError::new(
            range,
            Code::UnexpectedItem,
            format!(
                "the step `{}` stands outside of any function; perhaps a `}}` before it is too many",
                p.token_text(p.pos)
            ),
        ),
        UNKNOWN => unknown_character(p),
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

/// Puts the token under the cursor into the tree; of a bracket, all up to its closing one, without structure.
pub(crate) fn skip_one(p: &mut Parser) {
    let end = if p.current().is_opener() {
        p.brackets.closer(p.pos).map_or(p.pos, |closer| closer).min(p.limit.saturating_sub(1))
    } else {
        p.pos
    };
    p.bump_to(end + 1);
}

/// The error for the closing bracket under the cursor, which nothing opens.
pub(crate) fn stray_bracket(p: &Parser) -> SyntaxError {
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

/// The error for characters that Ko does not know.
pub(crate) fn unknown_character(p: &Parser) -> SyntaxError {
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
pub(crate) fn check_string(p: &mut Parser) {
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

/// What the rule for functions tells its caller.
#[derive(Default)]
pub(crate) struct FunctionResult {
    /// The error that the body lacks a `return`, if it does.
    pub(crate) missing_return: Option<SyntaxError>,
    /// The height of the function's tree, in units of [`MAX_DEPTH`].
    pub(crate) height: u32,
}

/// Function = IDENT Params Body
pub(crate) fn function(p: &mut Parser) -> FunctionResult {
    let start = p.current_range();
    let errors = p.errors.len();
    p.start(FUNCTION);
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
        } else if params_without_opener(p).is_some() {
            error = error.fix("insert `(`", vec![TextEdit::insert(at, "(")]);
        }
        p.push_error(error);
        if let Some(closer) = params_without_opener(p) {
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
    let result = if p.at(L_BRACE) {
        body(p, name, start, errors)
    } else {
        detached_body(p, name, start, errors)
    };
    p.finish_node();
    result
}

/// A function's head without a `{` right after it.
fn detached_body(p: &mut Parser, name: &str, start: TextRange, errors: usize) -> FunctionResult {
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
        return body(p, name, start, errors);
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
        p.start(BODY);
        let limit = p.limit;
        p.limit = end.min(limit);
        p.depth += 1;
        let list = term_list(p, true);
        p.depth -= 1;
        p.limit = limit;
        if p.at(R_BRACE) {
            p.bump();
        }
        p.finish_node();
        return FunctionResult { missing_return: None, height: list.height + 1 };
    }
    p.push_error(error);
    if !(p.current().is_trivia() || p.at(EOF)) {
        // The rest of the line belongs to the broken head.
        p.start(ERROR);
        while !(p.at(NEWLINE) || p.at(EOF)) {
            skip_one(p);
        }
        p.finish_node();
    }
    FunctionResult::default()
}

/// Enters the region of the bracket under the cursor, runs `content`, and leaves the region at its end.
pub(crate) fn bracketed<T: Default>(
    p: &mut Parser,
    what: &str,
    content: impl FnOnce(&mut Parser) -> T,
) -> T {
    let opener = p.pos;
    let end = p.brackets.end(opener).clamp(opener + 1, p.limit.max(opener + 1));
    let closer = p.brackets.closer(opener);
    if p.depth >= MAX_DEPTH {
        too_deep(p);
        p.start(ERROR);
        p.bump_to(closer.map_or(end, |closer| closer + 1));
        p.finish_node();
        return T::default();
    }
    p.bump();
    p.depth += 1;
    let limit = std::mem::replace(&mut p.limit, end);
    let region = p.region.replace(opener);
    let result = content(p);
    let stopped_early = p.pos < p.limit;
    p.limit = limit;
    p.region = region;
    p.depth -= 1;
    let range = p.range(opener);
    let text = p.token_text(opener);
    let expected =
        p.tokens.kinds[opener].partner().and_then(|kind| kind.fixed_text()).unwrap_or_default();
    let found = closer.filter(|_| !stopped_early);
    match found.map(|closer| p.token_text(closer)) {
        Some(closing) => {
            if closing != expected {
                let wrong = p.current_range();
                p.push_error(
                    SyntaxError::new(
                        wrong,
                        Code::MismatchedBracket,
                        format!("this `{closing}` closes the `{text}` of {what}, which is closed by `{expected}`"),
                    )
                    .fix(format!("replace `{closing}` by `{expected}`"), vec![TextEdit::replace(wrong, expected)]),
                );
            }
            p.bump();
        }
        None => {
            if !p.has_unterminated(TextRange::new(
                range.start(),
                p.current_range().start().max(range.end()),
            )) {
                unclosed(p, range, what, expected);
            }
        }
    }
    result
}

/// Reports that the bracket at `opener` is never closed. Brackets within each other that all end here are one mistake,
/// told of the innermost one.
fn unclosed(p: &mut Parser, opener: TextRange, what: &str, expected: &str) {
    let at = p.prev_end;
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
                format!("this `{}` of {what} is never closed by `{expected}`", &p.text[opener]),
            )
        },
        |inner| (inner.range, inner.message),
    );
    p.push_error(
        SyntaxError::new(range, Code::UnclosedBracket, message)
            .fix(format!("insert `{insert}`"), vec![TextEdit::insert(at, insert)]),
    );
}

/// Reports that the bracket under the cursor is nested too deep.
pub(crate) fn too_deep(p: &mut Parser) {
    p.error(
        p.current_range(),
        Code::NestingTooDeep,
        format!("brackets and chains of calls nest deeper than {MAX_DEPTH} levels here; move the inner part to a function of its own"),
    );
}

/// Whether the parameters of the name under the cursor lack only their `(`.
fn has_params_without_opener(p: &Parser) -> bool {
    p.at(IDENT) && params_without_opener(p).is_some()
}

/// The `)` of parameters whose `(` is missing: a stray one before a `{`, with only names before it.
fn params_without_opener(p: &Parser) -> Option<usize> {
    let mut index = p.pos;
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
    bracketed(p, "a parameter list", params);
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
                    missing_separator(p, "parameters", ",");
                }
                param(p, &mut monadic);
            }
            closer if closer.is_closer() => {
                let error = stray_bracket(p);
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

/// Skips to the next separator of the list, in an error node.
pub(crate) fn rest_of_element(p: &mut Parser) {
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

/// Reports that a separator is missing before the token under the cursor.
pub(crate) fn missing_separator(p: &mut Parser, what: &str, insert: &str) {
    let start = p.current_range().start();
    let gap = TextRange::new(p.prev_end.min(start), start);
    let at = p.prev_end;
    p.push_error(
        SyntaxError::new(
            gap,
            Code::MissingSeparator,
            format!("two {what} need a separator between them: a line end, `,` or `;`"),
        )
        .fix(format!("insert `{insert}`"), vec![TextEdit::insert(at, insert)]),
    );
}

/// Body = "{" Labelled "}"; `head` is the first token of the function.
/// `errors` is how many errors there were before the function.
fn body(p: &mut Parser, name: &str, head: TextRange, errors: usize) -> FunctionResult {
    p.start(BODY);
    let list = bracketed(p, "a function's body", |p| term_list(p, true));
    p.finish_node();
    let mut result = FunctionResult { missing_return: None, height: list.height + 1 };
    let range = TextRange::new(head.start(), p.prev_end.max(head.end()));
    if !list.has_return && p.errors.len() == errors && !p.has_lexical_error(range) {
        let subject = if name.is_empty() {
            "this function".to_owned()
        } else {
            format!("the function `{name}`")
        };
        result.missing_return = Some(SyntaxError::new(
            head,
            Code::MissingReturn,
            format!("{subject} has no step `return: …`, which says what it returns"),
        ));
    }
    result
}

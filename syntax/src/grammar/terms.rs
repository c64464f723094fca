//! Lists of terms: the steps of a body, the arguments of a call.

use text_size::{TextRange, TextSize};

use super::{
    MAX_DEPTH, error_token, function_follows_params, mistakes, rest_of_element,
    value::{is_number, structure_without_opener, value},
};
use crate::{
    SyntaxKind::{self, *},
    brackets::Stray,
    error::{SyntaxError, SyntaxErrorCode as Code, TextEdit},
    literal,
    parser::Parser,
};

/// What a list of terms tells its caller.
#[derive(Default)]
pub(super) struct ListResult {
    /// The greatest height of a term's tree, in units of [`MAX_DEPTH`].
    pub(super) height: u32,
    /// Whether a label is `return`.
    pub(super) has_return: bool,
}

/// What is known of a list on the way through it.
#[derive(Default)]
struct List {
    body: bool,
    /// Whether its terms have labels, once the first term has decided that.
    labelled: Option<bool>,
    /// Whether there was a term.
    any: bool,
    /// Whether the list has been told to mix terms with and without labels.
    mixed: bool,
    /// The number of the error and the place of the last step, if that lacks a label.
    bare: Option<(usize, TextSize)>,
    result: ListResult,
}

/// A term about to be read.
struct Next {
    form: Form,
    start: TextSize,
    /// How many errors there were before it.
    errors: usize,
    /// Whether a separator stands before it. If not, that is the mistake, and the only one.
    separated: bool,
}

enum Form {
    Labelled(Start),
    Unlabelled,
    /// A structure without its `(`, up to this stray `)`.
    Structure(Stray),
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

/// What there is of a value after a label.
enum Before {
    Value,
    /// A structure without its `(`, up to this stray `)`.
    Structure(Stray),
    Nothing,
}

/// Labelled | Unlabelled: the terms of a body or an argument list, up to the end of the region.
pub(super) fn term_list(p: &mut Parser, body: bool) -> ListResult {
    let mut list = List { labelled: body.then_some(true), body, ..List::default() };
    while let Some(next) = next_term(p, &mut list) {
        let height = match next.form {
            Form::Labelled(start) => labelled_term(p, start, body),
            Form::Unlabelled => {
                p.start(UNLABELLED_TERM);
                let height = value(p);
                p.finish_node();
                height
            }
            Form::Structure(closer) => {
                p.start(UNLABELLED_TERM);
                let height = structure_without_opener(p, closer);
                p.finish_node();
                height
            }
        };
        list.result.height = list.result.height.max(height);
        check_label(p, &mut list, &next);
        after_term(p);
    }
    perhaps_result(p, &list);
    list.result
}

/// Goes to the next term of the list, telling of what stands in between; nothing at the end of the list.
fn next_term(p: &mut Parser, list: &mut List) -> Option<Next> {
    let mut separated = !std::mem::replace(&mut list.any, true);
    loop {
        separated |= p.trivia();
        let kind = p.current();
        if kind == EOF {
            return None;
        }
        if kind.is_closer() {
            let error = mistakes::stray_bracket(p);
            p.push_error(error);
            error_token(p);
            separated = true;
        } else if kind == UNKNOWN && separated {
            let error = mistakes::unknown_character(p);
            p.push_error(error);
            error_token(p);
        } else {
            break;
        }
    }
    list.bare = None;
    let kind = p.current();
    if !separated && glued_to_number(p) {
        let error = mistakes::glued_name(p);
        p.push_error(error);
    } else if !separated && starts_value(kind) {
        let (what, insert) = if list.body { ("steps", ";") } else { ("terms", ",") };
        let error = mistakes::missing_separator(p, what, insert);
        p.push_error(error);
    }
    let start = term_start(p);
    let has_label = !matches!(start, Start::Unlabelled | Start::NoColon);
    let labelled = match list.labelled {
        Some(labelled) => labelled,
        None => {
            has_label || start == Start::NoColon && p.stray_ahead().is_none() && second_has_label(p)
        }
    };
    list.labelled = Some(labelled);
    let stray = if !labelled && start == Start::Label && p.depth < MAX_DEPTH {
        p.stray_ahead()
    } else {
        None
    };
    let form = match stray {
        Some(closer) => Form::Structure(closer),
        None if has_label || start == Start::NoColon && labelled && separated => {
            Form::Labelled(start)
        }
        None => Form::Unlabelled,
    };
    if matches!(form, Form::Labelled(_)) && p.at(IDENT) && p.token_text(p.pos) == "return" {
        list.result.has_return = true;
    }
    Some(Next { form, start: p.current_range().start(), errors: p.errors.len(), separated })
}

/// Reports a term with a label among terms without, or the other way round, unless the term has told of a mistake already.
fn check_label(p: &mut Parser, list: &mut List, term: &Next) {
    let labelled = list.labelled.unwrap_or_default();
    let fits = match term.form {
        Form::Labelled(_) => labelled,
        Form::Unlabelled => !labelled,
        Form::Structure(_) => true,
    };
    if fits || !term.separated || p.errors.len() != term.errors {
        return;
    }
    let range = TextRange::new(term.start, p.prev_end);
    if list.body {
        p.error(
            range,
            Code::UnlabelledStep,
            "a step has a label: write `name: ` before this value",
        );
        list.bare = Some((term.errors, term.start));
    } else if !std::mem::replace(&mut list.mixed, true) {
        let message = if labelled {
            "a term without a label in a list with labels: either all terms of a list have labels, or none"
        } else {
            "a term with a label in a list without labels: either all terms of a list have labels, or none"
        };
        p.error(range, Code::MixedTerms, message);
    }
}

/// A body that ends with a value without label, and has no `return`, most likely means to return the value.
fn perhaps_result(p: &mut Parser, list: &List) {
    if let Some((index, start)) = list.bare
        && !list.result.has_return
        && let Some(error) = p.errors.get_mut(index)
    {
        let edit = TextEdit::insert(start, "return: ");
        *error = error.clone().fix("return this value", vec![edit]);
    }
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

/// Whether a name stands under the cursor, right behind a number.
fn glued_to_number(p: &Parser) -> bool {
    p.at(IDENT) && p.pos > 0 && is_number(p.tokens.kinds[p.pos - 1])
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

/// Whether a value may start with a token of this kind, or a mistake that is told of as a value.
fn starts_value(kind: SyntaxKind) -> bool {
    kind == IDENT || kind == COLON || kind.is_literal_token() || kind.is_opener()
}

/// LTerm = IDENT ":" Formula. Returns the height of the term's tree.
fn labelled_term(p: &mut Parser, form: Start, body: bool) -> u32 {
    p.start(LABELLED_TERM);
    let label = label(p, form, body);
    let height = match before_value(p, label) {
        Before::Value => value(p),
        Before::Structure(closer) => structure_without_opener(p, closer),
        Before::Nothing => 0,
    };
    p.finish_node();
    height
}

/// A label and its colon, or what stands for them. Returns the label.
fn label<'a>(p: &mut Parser<'a>, form: Start, body: bool) -> &'a str {
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
                p.current_range(),
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
    label
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

/// Goes to the value after a label and its colon, and tells what it is.
fn before_value(p: &mut Parser, label: &str) -> Before {
    let kind = p.current();
    if kind.is_closer() {
        // The stray bracket is the mistake, and told of by the list.
        return Before::Nothing;
    }
    if kind == IDENT
        && p.next() == COLON
        && p.depth < MAX_DEPTH
        && let Some(closer) = p.stray_ahead()
    {
        return Before::Structure(closer);
    }
    if !(kind.is_trivia() || kind == EOF) {
        return Before::Value;
    }
    let next = p.past_trivia(p.pos);
    if p.kind(next) == IDENT && function_follows_params(p, p.after(next)) {
        // The only value that may start on a later line.
        p.trivia();
        return Before::Value;
    }
    if p.depth < MAX_DEPTH
        && let Some(closer) = p.stray_ahead()
    {
        return Before::Structure(closer);
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
        return Before::Value;
    }
    let message = if label.is_empty() {
        "missing value after `:`".to_owned()
    } else {
        format!("missing value after `{label}:`")
    };
    p.error(colon, Code::MissingValue, message);
    Before::Nothing
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
        let error = mistakes::misplaced_token(p, true);
        p.push_error(error);
    }
    rest_of_element(p);
}

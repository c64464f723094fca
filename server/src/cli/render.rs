//! Diagnostics on a terminal: excerpts of the source with the place marked, and what would mend it.

use std::path::Path;

use annotate_snippets::{
    AnnotationKind, Group, Level, Patch, Renderer, Snippet, renderer::DecorStyle,
};
use anstyle::{AnsiColor, Style};
use ko_queries::{
    FileId, RootDatabase,
    diagnostic::{Diagnostic, Fix, Severity},
};
use ko_syntax::TextRange;
use serde_json::{Value, json};

use crate::line_index::{Encoding, LineIndex};

/// A diagnostic with excerpts, ready to be printed on a terminal or, through `anstream`, anywhere else.
pub(crate) fn excerpt(db: &RootDatabase, file: FileId, diagnostic: &Diagnostic) -> String {
    let text = db.text(file).unwrap_or_default();
    let path = db.path(file).unwrap_or_default();
    excerpt_of(db, file, &path, &text, diagnostic)
}

/// As [`excerpt`], of a text that may be in no file of the database.
pub(crate) fn excerpt_of(
    db: &RootDatabase,
    file: FileId,
    path: &str,
    text: &str,
    diagnostic: &Diagnostic,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE,
    };
    let span = span(text, diagnostic.range);
    let mut snippet = Snippet::source(text).annotation(AnnotationKind::Primary.span(span));
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        diagnostic.related.iter().partition(|related| related.file == file);
    for related in here {
        let span = self::span(text, related.range);
        snippet = snippet.annotation(AnnotationKind::Context.span(span).label(&*related.message));
    }
    let mut report = vec![Group::with_level(level).element(snippet)];
    let others: Vec<_> = elsewhere
        .iter()
        .map(|related| {
            let text = db.text(related.file).unwrap_or_default();
            (db.path(related.file).unwrap_or_default(), text, related)
        })
        .collect();
    for (path, text, related) in &others {
        let span = self::span(text, related.range);
        let snippet = Snippet::source(&**text)
            .path(path.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        report.push(Level::NOTE.secondary_title(&*related.message).element(snippet));
    }
    if let Some(group) = diagnostic.fixes.first().and_then(|fix| help(text, path, file, fix)) {
        report.push(group);
    }
    let (line, column) = position(text, diagnostic.range);
    let (word, color) = match diagnostic.severity {
        Severity::Error => ("error:", AnsiColor::Red),
        Severity::Warning => ("warning:", AnsiColor::Yellow),
        Severity::Hint => ("hint:", AnsiColor::Green),
    };
    let (color, dim) = (Style::new().bold().fg_color(Some(color.into())), Style::new().dimmed());
    let (message, code) = (&diagnostic.message, diagnostic.code);
    let head =
        format!("{path}:{line}:{column}: {color}{word}{color:#} {message} {dim}[{code}]{dim:#}");
    format!("{head}\n{}", draw(&report))
}

/// Excerpts under a heading that says the place already.
pub(crate) fn draw(report: &[Group<'_>]) -> String {
    let drawn = Renderer::styled().decor_style(DecorStyle::Unicode).render(report);
    // The first line would name the file.
    drawn.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or(drawn)
}

fn help<'a>(text: &'a str, path: &'a str, file: FileId, fix: &'a Fix) -> Option<Group<'a>> {
    // A fix all over the file is better named than shown.
    if fix.edits.len() > 4 || fix.edits.iter().any(|edit| edit.file != file) {
        return Some(Group::with_title(Level::HELP.secondary_title(&*fix.title)));
    }
    let patches =
        fix.edits.iter().map(|edit| Patch::new(patch_span(text, edit.range), &*edit.insert));
    let snippet = Snippet::source(text).path(path).patches(patches);
    Some(Level::HELP.secondary_title(&*fix.title).element(snippet))
}

/// The bytes of a range within the text, at least one character wide where there is one, so that there is something
/// to mark.
fn span(text: &str, range: TextRange) -> std::ops::Range<usize> {
    let mut span = patch_span(text, range);
    if span.is_empty()
        && let Some(next) = text[span.end..].chars().next().filter(|it| !matches!(it, '\r' | '\n'))
    {
        span.end += next.len_utf8();
    }
    span
}

fn patch_span(text: &str, range: TextRange) -> std::ops::Range<usize> {
    let clamp =
        |offset: ko_syntax::TextSize| text.floor_char_boundary(usize::from(offset).min(text.len()));
    clamp(range.start())..clamp(range.end())
}

/// Line and column of the start of a range, from 1; columns count code points.
pub(crate) fn position(text: &str, range: TextRange) -> (u32, u32) {
    let at = LineIndex::new(text).position(text, range.start(), Encoding::Utf32);
    (at.line + 1, at.col + 1)
}

/// A diagnostic as JSON: `file`, `range` (`start` and `end` with `line` and `column` from 1), `severity`, `code`,
/// `message`; whether what is marked is `deprecated` or `unnecessary`; `related` places, each with `file`, `range` and `message`; and `fixes`, the most likely one first, each with
/// its `title` and its `edits`: the `file`, the `range` that is replaced, and the text to `insert`.
pub(crate) fn to_json(db: &RootDatabase, file: FileId, diagnostic: &Diagnostic) -> Value {
    let related = diagnostic.related.iter().map(|it| {
        let mut place = place(db, it.file, it.range);
        place["message"] = json!(it.message);
        place
    });
    let fixes = diagnostic.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|edit| {
            let mut place = place(db, edit.file, edit.range);
            place["insert"] = json!(edit.insert);
            place
        });
        json!({ "title": fix.title, "edits": edits.collect::<Vec<_>>() })
    });
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    };
    let mut all = place(db, file, diagnostic.range);
    all["severity"] = json!(severity);
    all["code"] = json!(diagnostic.code);
    all["message"] = json!(diagnostic.message);
    all["deprecated"] = json!(diagnostic.deprecated);
    all["unnecessary"] = json!(diagnostic.unnecessary);
    all["related"] = related.collect();
    all["fixes"] = fixes.collect();
    all
}

/// A place as JSON: `file` and `range`.
fn place(db: &RootDatabase, file: FileId, range: TextRange) -> Value {
    let text = db.text(file).unwrap_or_default();
    let at = |offset| {
        let (line, column) = position(&text, TextRange::empty(offset));
        json!({ "line": line, "column": column })
    };
    json!({
        "file": db.path(file).unwrap_or_default().as_str(),
        "range": { "start": at(range.start()), "end": at(range.end()) },
    })
}

/// What an expression of the command line is called where a file has a path.
pub(crate) const EXPRESSION: &str = "expression";

/// A path as it is shown: relative to the current folder where it is below it.
pub(crate) fn shown(path: &str) -> String {
    if path.is_empty() {
        return EXPRESSION.to_owned();
    }
    let current = std::env::current_dir().unwrap_or_default();
    let path = Path::new(path);
    path.strip_prefix(&current).unwrap_or(path).display().to_string()
}

//! A failed run for people and for programs: `file:line:col: error: …`, the place marked in an excerpt of the source,
//! and the calls that led there.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
use ko_evaluator::failure::{Failure, FailureKind, Frame};
use ko_queries::{
    RootDatabase,
    link::{EXPRESSION_FUNCTION, EXPRESSION_PACKAGE},
    program::{Program, ProgramFunction},
};
use serde_json::{Value, json};

use super::render;

/// Calls at each end of a long stack that are shown.
const SHOWN_CALLS: usize = 12;

/// What is needed to show where a program failed: the program, and the texts that it was made from.
#[derive(Clone)]
pub(crate) struct Origin {
    program: Arc<Program>,
    /// By the path that the program calls the file by; the expression of the command line has the path "".
    texts: Arc<HashMap<String, Arc<str>>>,
}

impl Origin {
    /// The origin of a program made from this database, and from the expression if there is one.
    pub(crate) fn new(
        db: &RootDatabase,
        program: Arc<Program>,
        expression: Option<&str>,
    ) -> Origin {
        let files = db.file_ids();
        let file = |id| Some((db.path(id)?.to_string(), db.text(id)?));
        let mut texts: HashMap<_, _> = files.into_iter().filter_map(file).collect();
        if let Some(text) = expression {
            texts.insert(String::new(), text.into());
        }
        Origin { program, texts: Arc::new(texts) }
    }

    /// As [`Origin::new`], with what was entered instead of the texts of the files with these names.
    pub(crate) fn with_texts(
        db: &RootDatabase,
        program: Arc<Program>,
        entered: &HashMap<String, Arc<str>>,
    ) -> Origin {
        let mut origin = Origin::new(db, program, None);
        let texts = Arc::make_mut(&mut origin.texts);
        texts.extend(entered.iter().map(|(name, text)| (name.clone(), text.clone())));
        origin
    }

    /// Where the failure happened: the innermost call that stands in a text we have.
    fn place<'a>(&'a self, failure: &'a Failure) -> Option<(&'a Frame, Option<&'a Arc<str>>)> {
        let shown = |frame: &&Frame| self.is_shown(frame);
        let frame = failure.trace.iter().rev().find(shown).or_else(|| failure.position())?;
        let text = if self.is_shown(frame) { self.texts.get(frame.file.as_str()) } else { None };
        Some((frame, text))
    }

    /// Whether a call stands in what the user wrote; the idioms are part of the language.
    fn is_shown(&self, frame: &Frame) -> bool {
        !frame.file.is_empty() || is_in_package(&frame.function, EXPRESSION_PACKAGE)
    }

    /// The source with the step marked that failed.
    fn excerpt(&self, frame: &Frame, text: &str) -> Option<String> {
        let start = offset(text, frame.line, frame.column)?;
        let rest = &text[start..];
        let line = rest.split(['\n', '\r']).next().unwrap_or_default().len();
        let width = self.width(frame).unwrap_or(line).clamp(1.min(line), line);
        // A place at the very end has nothing to mark.
        let span = start..start + width;
        let snippet = Snippet::source(text).annotation(AnnotationKind::Primary.span(span));
        let group = Group::with_level(Level::ERROR).element(snippet);
        Some(render::draw(&[group]))
    }

    /// The length of the step that a frame is about, in bytes.
    fn width(&self, frame: &Frame) -> Option<usize> {
        let at = (frame.line, frame.column);
        let is_it = |function: &&ProgramFunction| {
            let key = &function.circuit.key;
            is_in_package(&frame.function, &key.package)
                && frame.function.ends_with(key.name.as_str())
        };
        // Of steps that begin at the same place the longest is the call.
        let functions = self.program.functions.iter().filter(is_it);
        let steps = functions.flat_map(|it| it.positions.iter().zip(&it.source_map.steps));
        steps.filter(|(place, _)| **place == at).map(|(_, range)| usize::from(range.len())).max()
    }

    /// The failure for people, with colours and without a last line end.
    pub(crate) fn explain(&self, failure: &Failure) -> String {
        let mut out = String::new();
        let place = self.place(failure);
        if let Some((frame, _)) = place {
            let _ = write!(out, "{}: ", location(frame));
        }
        let word = match failure.kind {
            FailureKind::Cancelled => "cancelled:",
            FailureKind::Error | FailureKind::Panic(_) => "error:",
        };
        let _ = write!(out, "{} {}", super::red(word), failure.message);
        if let Some((frame, Some(text))) = place
            && let Some(excerpt) = self.excerpt(frame, text)
        {
            let _ = write!(out, "\n{excerpt}");
        }
        let calls: Vec<_> =
            failure.trace.iter().rev().filter(|frame| self.is_shown(frame)).collect();
        // The place is said already; the way there is worth its lines if it is longer.
        if calls.len() > 1 {
            let calls = without_repetition(&calls);
            let hidden = calls.len().saturating_sub(2 * SHOWN_CALLS);
            for (at, (frame, times)) in calls.iter().enumerate() {
                if hidden > 0 && at == SHOWN_CALLS {
                    let _ = write!(out, "\n  … {}", super::count(hidden, "more call"));
                }
                if hidden > 0 && (SHOWN_CALLS..SHOWN_CALLS + hidden).contains(&at) {
                    continue;
                }
                let label = frame.label.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
                let _ = write!(out, "\n  in {}{label} ({})", name(frame), location(frame));
                if *times > 1 {
                    out.push_str(", and so on");
                }
            }
        }
        out
    }
}

/// The calls with the number of times that each is repeated; the evaluator keeps only the ends of a long stack, so it is
/// no number for people.
fn without_repetition<'a>(calls: &[&'a Frame]) -> Vec<(&'a Frame, usize)> {
    let mut all: Vec<(&Frame, usize)> = Vec::new();
    for frame in calls {
        match all.last_mut() {
            Some((last, times)) if last == frame => *times += 1,
            _ => all.push((frame, 1)),
        }
    }
    all
}

/// The name of a function for people: what stands in an expression is of no package, and the expression has no name.
fn name(frame: &Frame) -> &str {
    match frame.function.strip_prefix(EXPRESSION_PACKAGE).and_then(|rest| rest.strip_prefix('.')) {
        Some(EXPRESSION_FUNCTION) => "the expression",
        Some(inside) => inside,
        None => &frame.function,
    }
}

/// `file:line:column`, from 1, columns in code points.
fn location(frame: &Frame) -> String {
    format!("{}:{}:{}", render::shown(&frame.file), frame.line, frame.column)
}

/// Whether a function, written `package.Name`, is one of this package.
fn is_in_package(function: &str, package: &str) -> bool {
    function.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'))
}

/// The byte at a line and column, both from 1, columns in code points.
fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let skipped = text[start..].chars().take(column.saturating_sub(1) as usize);
    Some(start + skipped.map(char::len_utf8).sum::<usize>())
}

/// The failure for programs: `message`, and `trace` with the calls, outermost first; and which `kind` it is: `error`,
/// `panic` or `cancelled`.
pub(crate) fn to_json(failure: &Failure) -> Value {
    let frames = failure.trace.iter().map(|frame| {
        json!({
            "function": frame.function.as_str(), "file": render::shown(&frame.file),
            "line": frame.line, "column": frame.column, "label": frame.label.as_deref(),
        })
    });
    let kind = match failure.kind {
        FailureKind::Error => "error",
        FailureKind::Panic(_) => "panic",
        FailureKind::Cancelled => "cancelled",
    };
    json!({ "kind": kind, "message": failure.message, "trace": frames.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_found_as_bytes() {
        let text = "aé\nbü = c\n";
        assert_eq!(offset(text, 1, 1), Some(0));
        assert_eq!(offset(text, 2, 4), Some(8));
        assert_eq!(&text[offset(text, 2, 6).unwrap()..], "c\n");
        assert_eq!(offset(text, 9, 1), None);
    }

    #[test]
    fn packages_end_at_a_point() {
        assert!(is_in_package("a/b.F", "a/b"));
        assert!(!is_in_package("a/bc.F", "a/b"));
    }
}

//! "Fix all": what is wrong in the file and has one certain fix is mended at once, and the imports are put in order.
//!
//! Certain are the fixes of syntax, which guess no name; and names that mean nothing, where one name alone is near and
//! differs by one letter. What runs as it is keeps its meaning: of warnings and hints, only imports that nothing uses go.

use ko_queries::diagnostic::{Diagnostic, FileEdit, Fix, Severity};
use ko_syntax::SyntaxErrorCode;

use super::{context::Context, organize_imports};

/// Problems with a name that means nothing, and so can be no other one that is meant.
const NAMES: &[&str] =
    &["unknown-name", "unknown-function", "unknown-argument", "unknown-field", "unknown-package"];

/// The edits of the fixes, in order; where two of them would touch, the first.
pub(super) fn edits(context: &Context<'_>) -> Vec<FileEdit> {
    let id = context.source.file.id(context.db);
    let all = crate::diagnostics(context.db, id);
    let mut edits: Vec<FileEdit> = organize_imports::edits(context);
    for problem in all.iter().filter(|it| it.severity == Severity::Error) {
        let [fix] = problem.fixes.as_slice() else { continue };
        if !is_syntax(problem) && !is_slip(context, problem, fix) {
            continue;
        }
        let touches = |one: &FileEdit, other: &FileEdit| {
            one.range.start() <= other.range.end() && other.range.start() <= one.range.end()
        };
        let free = fix
            .edits
            .iter()
            .all(|new| new.file == id && edits.iter().all(|it| it == new || !touches(it, new)));
        if free {
            let new = fix.edits.iter().filter(|it| !edits.contains(it)).cloned();
            let new: Vec<FileEdit> = new.collect();
            edits.extend(new);
        }
    }
    edits.sort_by_key(|it| (it.range.start(), it.range.end()));
    edits
}

fn is_syntax(problem: &Diagnostic) -> bool {
    SyntaxErrorCode::ALL.iter().any(|it| it.code() == problem.code)
}

/// Whether a fix writes a name that is almost what stands there.
fn is_slip(context: &Context<'_>, problem: &Diagnostic, fix: &Fix) -> bool {
    let [edit] = fix.edits.as_slice() else { return false };
    let range = std::ops::Range::<usize>::from(edit.range);
    NAMES.contains(&problem.code)
        && edit.range == problem.range
        && context.text.get(range).is_some_and(|old| is_near(old, &edit.insert))
}

/// Whether one letter more, less, or other, or two that changed places, make one name the other one. Very short names are
/// near to too many.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let before = a.iter().zip(&b).take_while(|it| it.0 == it.1).count();
    let (a, b) = (&a[before..], &b[before..]);
    let after = a.iter().rev().zip(b.iter().rev()).take_while(|it| it.0 == it.1).count();
    let (x, y) = (&a[..a.len() - after], &b[..b.len() - after]);
    let long = before + after >= 2;
    long && match (x, y) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn one_letter_is_a_slip_and_two_are_a_guess() {
        for (a, b) in [("Lenn", "Len"), ("nme", "name"), ("lable", "label"), ("Printl", "Println")]
        {
            assert!(is_near(a, b) && is_near(b, a), "{a} {b}");
        }
        for (a, b) in [("a", "b"), ("Len", "Length"), ("abcd", "badc"), ("Sum", "Sum"), ("x", "xy")]
        {
            assert!(!is_near(a, b), "{a} {b}");
        }
    }
}

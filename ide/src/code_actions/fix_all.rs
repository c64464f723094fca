//! "Fix all": every mistake of the file that has one certain fix is mended at once. Certain are the fixes of syntax, which
//! guess no name.

use ko_queries::diagnostic::{FileEdit, Severity};
use ko_syntax::SyntaxErrorCode;

use super::context::Context;

/// The edits of the fixes, in order; where two of them would touch, the first.
pub(super) fn edits(context: &Context<'_>) -> Vec<FileEdit> {
    let id = context.source.file.id(context.db);
    let all = crate::diagnostics(context.db, id);
    let certain = |code: &str| SyntaxErrorCode::ALL.iter().any(|it| it.code() == code);
    let mut edits: Vec<FileEdit> = Vec::new();
    for problem in all.iter().filter(|it| it.severity == Severity::Error && certain(it.code)) {
        let [fix] = problem.fixes.as_slice() else { continue };
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

//! Every action on small programs: what is offered, what becomes of the text, and what is refused and why.

use std::fmt::Write as _;

use expect_test::Expect;

mod extract;
mod fixes;
mod inline;
mod rewrite;
mod whole_file;

use super::*;
use crate::{FileId, fixture::Fixture};

/// The actions of a kind at the mark or between the two marks, each with the text that it makes; `$0` marks where a new
/// name is to be chosen.
fn check(kind: Kind, text: &str, expect: Expect) {
    expect.assert_eq(&shown(&Fixture::new(text), kind));
}

fn shown(fixture: &Fixture, kind: Kind) -> String {
    let at = fixture.selected();
    let mut shown = String::new();
    for action in code_actions(&fixture.db, at, &|it| it == kind) {
        let action = resolve_code_action(&fixture.db, at, &action.id).unwrap();
        let preferred = if action.preferred { " (preferred)" } else { "" };
        let code = action.diagnostic.map(|it| format!(" [{it}]")).unwrap_or_default();
        let _ = writeln!(shown, "{}{code}{preferred}", action.title);
        if let Some(reason) = &action.refused {
            let _ = writeln!(shown, "  refused: {reason}");
            continue;
        }
        let mut files: Vec<FileId> = Vec::new();
        let edits = action.edits.unwrap();
        edits.iter().for_each(|it| {
            if !files.contains(&it.file) {
                files.push(it.file)
            }
        });
        for file in files {
            let mut text = fixture.db.text(file).unwrap().to_string();
            for edit in edits.iter().rev().filter(|it| it.file == file) {
                text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
            }
            if let Some(place) = action.rename.filter(|it| it.file == file) {
                text.insert_str(place.offset.into(), "$0");
            }
            if file != fixture.file {
                let _ = writeln!(shown, "  in {}", fixture.db.path(file).unwrap());
            }
            text.lines().for_each(|line| {
                let _ = writeln!(shown, "{}", format!("  {line}").trim_end());
            });
        }
    }
    shown
}

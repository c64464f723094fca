//! Formatting never changes what a program means: the circuits of a text and of the formatted text are equal.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "../../syntax/tests/common/sources.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of the tests of another crate")]
mod sources;

use common::database;
use ko_queries::{Db, FileId, items, lower};
use ko_syntax::format::format_text;

/// The circuits of all functions of a text, inline ones included, in order, as text; and the codes of its diagnostics.
fn meaning(text: &str) -> (Vec<String>, Vec<&'static str>) {
    let db = database(text);
    let file = Db::source_file(&db, FileId(0)).unwrap();
    let functions = items::functions_of_file(&db, file).into_iter();
    let circuits =
        functions.filter_map(|it| Some(lower::lower(&db, it).as_ref()?.circuit.to_string()));
    let mut codes: Vec<_> =
        ko_queries::diagnostics(&db, FileId(0)).iter().map(|it| it.code).collect();
    // Imports are sorted, and what is said of them with them.
    codes.sort_unstable();
    (circuits.collect(), codes)
}

#[test]
fn formatting_keeps_all_circuits() {
    let (mut changed, mut circuits) = (0, 0);
    for source in sources::all() {
        let squeezed = source.text.replace(['\t', '\r'], "").replace(", ", ",").replace(": ", " :");
        let half = source.text.floor_char_boundary(source.text.len() / 2);
        for text in [&*source.text, &*squeezed, &source.text[..half]] {
            let out = format_text(text);
            changed += usize::from(out != text);
            let (before, after) = (meaning(text), meaning(&out));
            circuits += before.0.len();
            assert_eq!(before, after, "{}:\n{text}\nformatted\n{out}", source.name);
        }
    }
    assert!(changed > 300 && circuits > 1_000, "{changed} texts changed, {circuits} circuits");
}

//! What the tests of this crate share.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

pub mod laws;
pub mod sources;

use ko_syntax::{Parse, parse};

pub const COCKROACHDB: &str = include_str!("../../../examples/cockroachdb/cockroachdb.ko");

/// Parses and checks what must hold for any text.
pub fn check(text: &str) -> Parse {
    let parse = parse(text);
    assert_eq!(parse.syntax_node().text().to_string(), text, "the tree is not lossless");
    let mut last = 0.into();
    let mut whole_file = false;
    for error in parse.errors() {
        assert!(
            error.range.end() <= text.len().try_into().unwrap(),
            "{error:?} lies outside of the text"
        );
        assert!(
            text.is_char_boundary(error.range.start().into()),
            "{error:?} starts within a character"
        );
        assert!(
            text.is_char_boundary(error.range.end().into()),
            "{error:?} ends within a character"
        );
        assert!(error.range.start() >= last, "{error:?} is out of order");
        last = error.range.start();
        for fix in &error.fixes {
            // The same change of the whole file hangs on many errors.
            if !(whole_file && fix.whole_file) {
                apply(text, &fix.edits);
            }
            whole_file |= fix.whole_file;
        }
    }
    parse
}

/// Applies the edits of a fix, which must be sorted and apart.
pub fn apply(text: &str, edits: &[ko_syntax::TextEdit]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        assert!(at <= start && end <= text.len(), "edits overlap or leave the text: {edits:?}");
        out.push_str(&text[at..start]);
        out.push_str(&edit.insert);
        at = end;
    }
    out + &text[at..]
}

/// The errors of `text`, one a line: range, characters, code, message, fixes.
pub fn errors(text: &str) -> String {
    let mut out = String::new();
    for error in check(text).errors() {
        let place = &text[error.range];
        out += &format!("{:?} {place:?} {}: {}\n", error.range, error.code, error.message);
        for fix in &error.fixes {
            out += &format!("  fix: {}\n", fix.title);
        }
    }
    out
}

//! Completion at every place of every program of the project, and of texts that end where somebody may have stopped
//! typing: no panic, no list that is too long, no change outside of the text.

#![allow(clippy::unwrap_used)]

use ko_ide::{
    CompletionConfig, FileId, FilePosition, RootDatabase, completion, import_edit,
    resolve_completion,
};
use ko_schema::Schema;
use text_size::{TextRange, TextSize};

const FILE: FileId = FileId(1);

/// The programs: the examples and the library written in Ko.
fn programs() -> Vec<&'static str> {
    vec![
        include_str!("../../examples/cockroachdb/cockroachdb.ko"),
        include_str!("../../examples/guestbook/guestbook.ko"),
        include_str!("../../queries/src/lib_ko/idiom.ko"),
        include_str!("../../queries/src/lib_ko/series/series.ko"),
        include_str!("../../queries/src/lib_ko/testing/testing.ko"),
    ]
}

/// Asks at an offset and looks at the answer.
fn ask(db: &RootDatabase, text: &str, offset: usize) {
    let config = CompletionConfig { limit: 100, ..CompletionConfig::default() };
    let position = FilePosition { file: FILE, offset: TextSize::try_from(offset).unwrap() };
    let Some(list) = completion(db, position, config) else { return };
    assert!(list.items.len() <= config.limit);
    assert!(
        list.range.end() <= TextSize::of(text) && list.range.contains_inclusive(position.offset)
    );
    assert!(list.items.is_sorted_by_key(|it| it.sort_text.clone()), "{offset}");
    for item in &list.items {
        assert!(!item.label.is_empty() && !item.insert.is_empty());
        assert!(
            !item.insert.contains("${0") && item.snippet == item.insert.contains('$'),
            "{item:?}"
        );
        for edit in &item.additional {
            assert!(edit.range.end() <= TextSize::of(text));
            assert!(edit.range.intersect(list.range).is_none_or(TextRange::is_empty));
        }
    }
}

#[test]
fn at_every_offset_of_every_program() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    for text in programs() {
        db.set_file(FILE, "app/main.ko", "app", text.into());
        // Every place of a few lines, then some of the many that are like them: tests are not optimised.
        for offset in (0..=text.len()).filter(|it| *it < 1500 || it % 11 == 0) {
            if text.is_char_boundary(offset) {
                ask(&db, text, offset);
            }
        }
    }
}

#[test]
fn at_the_end_of_texts_that_stop_anywhere() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    // A generator with a fixed seed: the same places each time.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let junk = ["", ".", "(", "(a: ", ", ", "return ", "\"", "// ", ": ", "[", "a.b."];
    for text in programs() {
        for _ in 0..60 {
            let mut end = random(text.len() + 1);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let cut = format!("{}{}", &text[..end], junk[random(junk.len())]);
            db.set_file(FILE, "app/main.ko", "app", cut.as_str().into());
            ask(&db, &cut, cut.len());
        }
    }
}

#[test]
fn what_is_offered_can_be_explained() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(2), "lib/tools.ko", "lib/tools", "// Tells.\nTell(a?) { return: a }".into());
    let text = "F(x) {\n\ta: Te\n\treturn: CreatePod(namespace: \"x\", pod: (spec: ()))\n}\n";
    db.set_file(FILE, "app/main.ko", "app", text.into());
    let mut explained = 0;
    for offset in 0..=text.len() {
        let position = FilePosition { file: FILE, offset: TextSize::try_from(offset).unwrap() };
        let Some(list) = completion(&db, position, CompletionConfig::default()) else { continue };
        for item in list.items.iter().take(60) {
            if let Some(data) = &item.data {
                let markdown = resolve_completion(&db, data).unwrap_or_else(|| panic!("{data}"));
                assert!(!markdown.trim().is_empty());
                explained += 1;
            }
            if let Some(import) = &item.import {
                let edit = import_edit(&db, FILE, import).unwrap();
                assert!(edit.insert.starts_with("import \"") && edit.insert.ends_with('\n'));
            }
        }
    }
    assert!(explained > 500, "{explained}");
}

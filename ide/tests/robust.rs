//! Every feature at many places of many broken texts: nothing may panic, and what is answered must fit the text.

#![allow(clippy::unwrap_used)]

use ko_ide::{
    CompletionConfig, FileId, FilePosition, FileRange, InlayHintConfig, RootDatabase, Target,
    code_actions, code_lenses, completion, diagnostics, document_highlights, document_links,
    document_symbols, folding_ranges, goto_declaration, goto_definition, goto_type_definition,
    graph, hover, incoming_calls, inlay_hint_details, inlay_hints, needed_arguments,
    outgoing_calls, page_text, prepare_call_hierarchy, prepare_rename, references, rename,
    resolve_code_action, selection, selection_ranges, semantic_tokens, signature_help,
    workspace_symbols,
};
use ko_schema::Schema;
use text_size::{TextRange, TextSize};

const EXAMPLE: &str = include_str!("../../examples/cockroachdb/cockroachdb.ko");
const FILE: FileId = FileId(1);

fn everything(db: &mut RootDatabase, text: &str, offsets: &[usize]) {
    db.set_file(FILE, "app/main.ko", "app", text.into());
    let end = TextSize::of(text);
    let fits = |range: TextRange| assert!(range.end() <= end, "{range:?} in {end:?}");
    let whole = FileRange { file: FILE, range: TextRange::up_to(end) };

    diagnostics(db, FILE).iter().for_each(|it| fits(it.range));
    code_actions(db, whole, &|_| true);
    semantic_tokens(db, FILE).iter().for_each(|it| fits(it.range));
    document_symbols(db, FILE).iter().for_each(|it| fits(it.range));
    folding_ranges(db, FILE).iter().for_each(|it| fits(it.range));
    workspace_symbols(db, "co");
    document_links(db, FILE).iter().for_each(|it| fits(it.range));
    for hint in inlay_hints(db, whole, InlayHintConfig::default()) {
        assert!(hint.offset <= end && !hint.ty.is_empty());
        assert!(inlay_hint_details(db, FILE, hint.offset).is_some());
    }
    for lens in code_lenses(db, FILE) {
        fits(lens.range);
        let drawn = graph(db, FILE, &lens.function).unwrap();
        for node in &drawn.nodes {
            fits(node.range);
            assert!(node.x >= 0.0 && node.x + node.width <= drawn.width, "{}", node.id);
        }
        graph::svg(&drawn, graph::Theme::Light);
        graph::text(&drawn);
    }
    for offset in offsets.iter().copied().filter(|it| text.is_char_boundary(*it)) {
        let Ok(offset) = TextSize::try_from(offset.min(text.len())) else { continue };
        let position = FilePosition { file: FILE, offset };
        if let Some(hover) = hover(db, position) {
            fits(hover.range);
            assert!(hover.range.contains_inclusive(offset));
        }
        if let Some(list) = completion(db, position, CompletionConfig::default()) {
            fits(list.range);
            assert!(list.range.contains_inclusive(offset));
            assert!(list.items.len() <= CompletionConfig::default().limit);
            for edit in list.items.iter().flat_map(|it| &it.additional) {
                fits(edit.range);
                assert!(edit.range.intersect(list.range).is_none_or(TextRange::is_empty));
            }
        }
        signature_help(db, position);
        let places = [goto_definition, goto_declaration, goto_type_definition]
            .into_iter()
            .flat_map(|go| go(db, position));
        for place in places {
            let (range, end) = match place {
                Target::File(at) => (at.range, TextSize::of(&*db.text(at.file).unwrap())),
                Target::Page(page, range) => (range, TextSize::of(page_text(db, &page).as_str())),
            };
            assert!(range.end() <= end, "{range:?} in {end:?}");
        }
        let here = Target::File(FileRange { file: FILE, range: TextRange::empty(offset) });
        for item in prepare_call_hierarchy(db, &here) {
            incoming_calls(db, &item.target);
            outgoing_calls(db, &item.target);
        }
        let uses = references(db, position, true);
        uses.iter().filter(|it| it.file == FILE).for_each(|it| fits(it.range));
        document_highlights(db, position).iter().for_each(|it| fits(it.range));
        selection_ranges(db, FILE, offset).iter().for_each(|it| fits(*it));
        if prepare_rename(db, position).is_ok() {
            let _ = rename(db, position, "other");
        }
        let at = FileRange { file: FILE, range: TextRange::new(offset, end) };
        for range in [at, FileRange { file: FILE, range: TextRange::empty(offset) }] {
            for action in code_actions(db, range, &|_| true) {
                for edit in resolve_code_action(db, range, &action.id).unwrap().edits.unwrap() {
                    fits(edit.range);
                }
            }
            if let Some(found) = selection(db, range) {
                assert!(!found.steps.is_empty());
                needed_arguments(db, &found.function, Some(&found.steps));
                needed_arguments(db, &found.function, None);
            }
        }
    }
}

#[test]
fn prefixes_of_the_example() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    for end in (0..EXAMPLE.len()).step_by(331).filter(|it| EXAMPLE.is_char_boundary(*it)) {
        everything(&mut db, &EXAMPLE[..end], &[0, end / 2, end]);
    }
}

#[test]
fn the_example_with_holes_and_junk() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let junk =
        ["", ")", "(", "{ x: ", ".", "\"", "return: ", ": :", "import \"", "“", "\u{0}", "f(x) {"];
    for (round, start) in (0..EXAMPLE.len()).step_by(449).enumerate() {
        let end = (start + 7 * (round % 5)).min(EXAMPLE.len());
        if !EXAMPLE.is_char_boundary(start) || !EXAMPLE.is_char_boundary(end) {
            continue;
        }
        let text = format!("{}{}{}", &EXAMPLE[..start], junk[round % junk.len()], &EXAMPLE[end..]);
        everything(&mut db, &text, &[start, start + 1, end, text.len() / 3]);
    }
}

#[test]
fn small_broken_texts() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let texts = [
        "",
        "\u{feff}",
        "F",
        "F(",
        "F(a?, a?, ) {",
        "F() { }",
        "F() { return: }",
        "F() { return: a, a: b, b: a }",
        "F() { return: F(F(F(F()))) }",
        "F() { return: x. }",
        "F(x) { return: x. }",
        "F(x) { return: x.y. }",
        "F() { return: (1, 2).a.b[c: 1](2) }",
        "F() { return: f(x) { return: g(y) { return: x } } }",
        "import \"a\" as F\nF() { return: F.F }",
        "import\nF() { return: a.b.c.d }",
        "F() { _: 1, _: 2, return: _ }",
        "F() { return: CreatePod(pod: (spec: (containers: (((((name: \"x\"))))))) }",
        "F() { return: true.x, true: 1 }",
        "F() { return: “x” }",
        "F(true) { return: true }",
    ];
    for text in texts {
        let offsets: Vec<usize> = (0..=text.len()).collect();
        everything(&mut db, text, &offsets);
    }
}

#[test]
fn files_that_are_not_there() {
    let db = RootDatabase::new(Schema::builtin().clone());
    let position = FilePosition { file: FileId(7), offset: TextSize::new(3) };
    assert_eq!(hover(&db, position), None);
    assert!(completion(&db, position, CompletionConfig::default()).is_none());
    assert!(semantic_tokens(&db, FileId(7)).is_empty());
    assert!(graph(&db, FileId(7), "F").is_none());
    assert!(rename(&db, position, "x").is_err());
}

#[test]
fn offsets_beyond_the_end() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FILE, "app/main.ko", "app", "F() { return: 1 }".into());
    let position = FilePosition { file: FILE, offset: TextSize::new(999) };
    assert_eq!(hover(&db, position), None);
    completion(&db, position, CompletionConfig::default());
    assert_eq!(signature_help(&db, position), None);
    let range = TextRange::new(TextSize::new(900), TextSize::new(999));
    assert_eq!(selection(&db, FileRange { file: FILE, range }), None);
    assert!(code_actions(&db, FileRange { file: FILE, range }, &|_| true).is_empty());
}

//! What is computed again after an edit, and that it does not matter how the files came to be as they are.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod reinference;
mod scale;

use common::{Logged, database_of, key};
use ko_queries::{
    Db, FileId, RootDatabase, items,
    lower::{self, callees, circuit},
};
use ko_schema::Schema;

/// Computes what depends on the circuits of all functions of a file, but not on their positions.
fn meaning(it: &Logged, file: u32) {
    let file = it.db.source_file(FileId(file)).unwrap();
    for function in items::functions_of_file(&it.db, file) {
        callees(&it.db, function);
    }
}

const TWO: &str = "F() { return: G(1) }\nG(x?) { return: Sum(x, 1) }";

#[test]
fn an_edit_above_a_function_changes_no_circuit() {
    let mut it = Logged::new(&[("a.ko", "a", TWO)]);
    meaning(&it, 0);
    let before = circuit(&it.db, items::find_function(&it.db, &key("a", "G")).unwrap());
    it.ran();
    let text = format!("// A comment.\n\n{}", TWO.replace("G(1)", "G( 1 ) /* more */"));
    it.db.set_file(FileId(0), "a.ko", "a", text.into());
    meaning(&it, 0);
    // One is lowered, and comes out equal: nothing that reads the circuits runs. The other has only moved.
    assert_eq!(
        it.ran(),
        "chunk_texts 1, circuit 1, function_text 2, item_tree 1, lower_body 1, outline 1, parse 1"
    );
    let after = circuit(&it.db, items::find_function(&it.db, &key("a", "G")).unwrap());
    assert_eq!(before, after);
}

#[test]
fn an_edit_in_a_body_concerns_that_function_only() {
    let mut it = Logged::new(&[("a.ko", "a", TWO), ("b.ko", "a", "H() { return: F() }")]);
    meaning(&it, 0);
    meaning(&it, 1);
    it.ran();
    it.db.set_file(FileId(0), "a.ko", "a", TWO.replace("Sum(x, 1)", "Sum(x, 2)").into());
    meaning(&it, 0);
    meaning(&it, 1);
    assert_eq!(
        it.ran(),
        "callees 1, chunk_texts 1, circuit 1, function_text 2, item_tree 1, lower_body 1, outline 1, parse 1"
    );
}

#[test]
fn a_new_function_is_seen_by_the_package_only() {
    let files = [("a.ko", "a", TWO), ("b.ko", "b", "H() { return: G() }")];
    let mut it = Logged::new(&files);
    meaning(&it, 0);
    meaning(&it, 1);
    it.ran();
    it.db.set_file(FileId(1), "b.ko", "b", "H() { return: G() }\nG() { return: 1 }".into());
    meaning(&it, 0);
    assert_eq!(it.ran(), "");
    meaning(&it, 1);
    assert!(it.ran().contains("callees 2"), "the new function and the one that meant it all along");
}

#[test]
fn the_same_text_is_no_edit() {
    let mut it = Logged::new(&[("a.ko", "a", TWO)]);
    meaning(&it, 0);
    it.ran();
    it.db.set_file(FileId(0), "a.ko", "a", TWO.into());
    meaning(&it, 0);
    assert_eq!(it.ran(), "");
}

#[test]
fn files_move_and_come_and_go() {
    let text = "F() { return: b.G() }\nimport \"b\"";
    let mut db = database_of(&[("a.ko", "a", text), ("b.ko", "b", "G() { return: 1 }")]);
    let errors = |db: &RootDatabase| ko_queries::diagnostics(db, FileId(0)).len();
    assert_eq!(errors(&db), 0);
    db.remove_file(FileId(1));
    assert_eq!(errors(&db), 1, "the import");
    assert_eq!((db.packages().len(), db.text(FileId(1)), db.file_ids().len()), (1, None, 1));
    db.set_file(FileId(1), "b.ko", "b/", "G() { return: 1 }".into());
    assert_eq!(errors(&db), 0);
    db.set_file(FileId(1), "c/b.ko", "c", "G() { return: 1 }".into());
    assert_eq!(errors(&db), 1);
    assert_eq!(db.packages(), ["a", "c"]);
    assert_eq!(db.path(FileId(1)).unwrap(), "c/b.ko");
    db.set_file(FileId(2), "b2.ko", "b", "G() { return: 1 }".into());
    assert_eq!(errors(&db), 0);
}

#[test]
fn after_any_edits_all_is_as_if_read_afresh() {
    // Texts that refer to each other in different ways; every file takes each of them in turn.
    let texts = [
        "F(x?) { return: G(x) }\nimport \"b\" as b",
        "G(x?) { return: b.F(x), y: x }\nimport \"b\" as b",
        "F(x?) { return: unknown(x) }\nH() { a: b, b: a, return: h() { return: 1 } }",
        "F( { return ",
        "import \"a\"\nG() { return: a.F(a.G) }",
        "",
    ];
    let places = [("a/1.ko", "a"), ("a/2.ko", "a"), ("b/1.ko", "b")];
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let mut state = [0usize; 3];
    let mut seed = 12345u32;
    for _ in 0..60 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let file = (seed >> 16) as usize % places.len();
        state[file] = (seed >> 20) as usize % texts.len();
        db.set_file(FileId(file as u32), places[file].0, places[file].1, texts[state[file]].into());
        let mut fresh = RootDatabase::new(Schema::builtin().clone());
        for id in db.file_ids() {
            let at = id.0 as usize;
            fresh.set_file(id, places[at].0, places[at].1, texts[state[at]].into());
        }
        for id in db.file_ids() {
            assert_eq!(ko_queries::diagnostics(&db, id), ko_queries::diagnostics(&fresh, id));
            let (old, new) = (db.source_file(id).unwrap(), fresh.source_file(id).unwrap());
            let old = items::functions_of_file(&db, old);
            let new = items::functions_of_file(&fresh, new);
            let old: Vec<_> = old.into_iter().map(|it| circuit(&db, it)).collect();
            let new: Vec<_> = new.into_iter().map(|it| circuit(&fresh, it)).collect();
            assert_eq!(old, new);
        }
    }
}

#[test]
fn readers_work_on_clones_beside_each_other() {
    let db = database_of(&[("a.ko", "a", TWO)]);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let db = db.clone();
            std::thread::spawn(move || {
                lower::lower_key(&db, &key("a", "F")).unwrap().circuit.steps.len()
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 3);
    }
}

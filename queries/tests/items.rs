//! What files declare, and what their comments say.
#![allow(clippy::unwrap_used)]

mod common;

use common::{database, database_of, key};
use ko_queries::{
    Db, FileId,
    database::{IDIOM_FILE, IDIOM_PACKAGE},
    items::{self, find_function, function_doc, item_tree, param_doc},
    names::{functions_of_package, importable_packages, package_exists},
};

#[test]
fn comments_document_functions_and_parameters() {
    let db = database(
        "// About F.\nF(\n  // Before.\n  a? // And after.\n  b\n) { return: g(c /* of g */) { return: c } }",
    );
    let f = find_function(&db, &key("p", "F")).unwrap();
    assert_eq!(function_doc(&db, f).unwrap(), "About F.");
    assert_eq!(param_doc(&db, f, "a").unwrap(), "Before.\nAnd after.");
    assert_eq!(param_doc(&db, f, "b"), None);
    assert_eq!(param_doc(&db, f, "c"), None);
    let g = find_function(&db, &key("p", "g")).unwrap();
    assert_eq!(param_doc(&db, g, "c").unwrap().trim(), "of g");
    assert_eq!(find_function(&db, &key("p", "G")), None);
    assert_eq!(find_function(&db, &key("q", "F")), None);
}

#[test]
fn items_are_in_the_order_of_the_text() {
    let db = database(
        "import \"a/b\"\nF(x?, y) { return: g() { return: h() { return: 1 } } }\nuse \"c\" as d\nF() {}",
    );
    let tree = item_tree(&db, db.source_file(FileId(0)).unwrap());
    let imports: Vec<_> = tree
        .imports
        .iter()
        .map(|it| format!("{} {}", it.path.as_ref().unwrap(), it.alias.as_ref().unwrap()))
        .collect();
    assert_eq!(imports, ["a/b b", "c d"]);
    let functions: Vec<_> = tree
        .functions
        .iter()
        .map(|it| format!("{} {} {} {}", it.name, it.nth, it.params.len(), it.inline))
        .collect();
    assert_eq!(functions, ["F 0 2 false", "g 0 0 true", "h 0 0 true", "F 1 0 false"]);
}

#[test]
fn every_idiom_is_documented_and_in_order() {
    let db = database("");
    assert_eq!(*ko_queries::diagnostics(&db, IDIOM_FILE), []);
    let names = functions_of_package(&db, None, IDIOM_PACKAGE);
    let expected = [
        "Branch", "Empty", "Expect", "Have", "Inc", "Invoke", "Nothing", "Pick", "Return", "Switch",
    ];
    assert_eq!(names, expected, "those of specification §7.3, and no inline function");
    for name in names {
        let function = find_function(&db, &key(IDIOM_PACKAGE, &name)).unwrap();
        assert!(function_doc(&db, function).is_some(), "{name}");
        let file = item_tree(&db, function.file(&db));
        let item = file.functions.iter().find(|it| it.name == name).unwrap();
        for param in item.params.iter() {
            assert!(param_doc(&db, function, &param.name).is_some(), "{name}: {}", param.name);
        }
    }
    let file = db.source_file(IDIOM_FILE).unwrap();
    for function in items::functions_of_file(&db, file) {
        let lowered = ko_queries::lower::lower(&db, function).as_ref().unwrap();
        assert!(!lowered.circuit.has_errors, "{}", lowered.circuit);
    }
}

#[test]
fn inline_functions_of_idioms_are_their_own() {
    let db = database("F() { return: tryCase }");
    assert_eq!(ko_queries::diagnostics(&db, FileId(0))[0].code, "unknown-name");
}

#[test]
fn packages_that_can_be_imported() {
    let db = database_of(&[("a/b.ko", "a/b", "F() { return: 1 }")]);
    let all = importable_packages(&db, None);
    for path in ["a/b", "integer", "circuit", "idiom", "k8s/core/v1", "k8s/apps/v1"] {
        assert!(all.iter().any(|it| it == path), "{path}");
        assert!(package_exists(&db, None, path), "{path}");
        assert!(!functions_of_package(&db, None, path).is_empty(), "{path}");
    }
    assert!(package_exists(&db, None, "k8s/apps"), "a group stands for its preferred version");
    assert!(
        !package_exists(&db, None, "a")
            && !package_exists(&db, None, "")
            && !package_exists(&db, None, "k8s")
    );
    assert!(functions_of_package(&db, None, "").is_empty());
    assert!(
        functions_of_package(&db, None, "k8s/apps/v1").iter().any(|it| it == "CreateDeployment")
    );
}

#[test]
fn the_files_of_the_tools_themselves_cannot_be_set() {
    let mut db = database("F() { return: Return(1) }");
    db.set_file(IDIOM_FILE, "x", "x", "".into());
    db.remove_file(IDIOM_FILE);
    assert_eq!(*ko_queries::diagnostics(&db, FileId(0)), []);
    assert_eq!(db.file_ids(), [FileId(0)]);
}

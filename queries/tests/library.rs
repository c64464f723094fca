//! The library as the checker sees it: what imports mean, what is said about wrong ones, and that nobody pays for packages
//! that are not imported.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use ko_queries::{
    FileId, RootDatabase, diagnostics,
    library::{LIBRARY_PREFIX, is_own_file},
    names::{functions_of_package, importable_packages, package_exists},
};
use ko_schema::Schema;

fn messages(text: &str) -> Vec<String> {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(0), "a/a.ko", "a", text.into());
    diagnostics(&db, FileId(0)).iter().map(|it| format!("{}: {}", it.code, it.message)).collect()
}

#[test]
fn packages_are_found_by_both_paths_and_offered_by_the_short_one() {
    let db = RootDatabase::new(Schema::builtin().clone());
    let offered = importable_packages(&db, None);
    for (package, function) in
        [("strings", "Join"), ("series", "ParMap"), ("integer", "IsEven"), ("integer", "Sum")]
    {
        let long = format!("{LIBRARY_PREFIX}{package}");
        assert!(
            package_exists(&db, None, package) && package_exists(&db, None, &long),
            "{package}"
        );
        assert!(offered.iter().any(|it| it == package) && !offered.iter().any(|it| *it == long));
        for path in [package, &long] {
            assert!(
                functions_of_package(&db, None, path).iter().any(|it| it == function),
                "{path}"
            );
        }
    }
    assert!(!package_exists(&db, None, LIBRARY_PREFIX));
}

#[test]
fn every_function_of_the_library_is_free_of_diagnostics() {
    let db = RootDatabase::new(Schema::builtin().clone());
    let mut files = 0;
    for id in (u32::MAX - 1024..u32::MAX).map(FileId) {
        assert!(is_own_file(id));
        files += usize::from(db.path(id).is_some());
        let all = diagnostics(&db, id);
        // A package may call a function as a builtin is called, or an argument as one of its functions.
        let wrong: Vec<_> = all.iter().filter(|it| !it.code.starts_with("shadows-")).collect();
        assert!(wrong.is_empty(), "{:?}: {wrong:?}", db.path(id));
    }
    assert!(files > 4, "{files}");
    assert!(db.file_ids().is_empty(), "its files are not the caller's");
}

#[test]
fn mistakes_are_told_with_what_may_be_meant() {
    let first = |text: &str| messages(text).into_iter().next().unwrap_or_default();
    let found = first("import \"string\"\nF() { return: string.Join(\"a\") }");
    assert!(found.starts_with("unknown-package") && found.contains("`strings`"), "{found}");
    let found = first("import \"strings\"\nF() { return: strings.Jion(\"a\") }");
    assert!(found.starts_with("unknown-function") && found.contains("`Join`"), "{found}");
    let found = first("F() { return: series.Map(over: (1, 2), with: Return) }");
    assert!(found.contains("add `import \"series\"`"), "{found}");
}

#[test]
fn signatures_type_the_arguments_and_the_result() {
    let body = |body: &str| {
        let imports = ["strings", "series"].into_iter().filter(|it| body.contains(it));
        let imports: String = imports.map(|it| format!("import \"{it}\"\n")).collect();
        messages(&format!("{imports}F() {{ return: {body} }}"))
    };
    assert_eq!(body("strings.Join(string: strings.Split(\"a/b\"), delimiter: \"-\")"), [""; 0]);
    assert_eq!(body("Sum(1, strings.Len(\"a\"))"), [""; 0]);
    for wrong in [
        "strings.Upper(5)",
        "strings.Join(\"a\", 5)",
        "strings.Repeat(string: \"a\", count: \"b\")",
        "Sum(1, strings.Join(\"a\", \"b\"))",
        "strings.HasPrefix(string: \"a\")",
        "Sum(1, series.Map(over: (\"a\", \"b\"), with: strings.Upper))",
    ] {
        assert_eq!(body(wrong).len(), 1, "{wrong}: {:?}", body(wrong));
    }
}

#[test]
fn only_imported_packages_are_parsed() {
    let parsed = Arc::new(Mutex::new(Vec::new()));
    let log = parsed.clone();
    let mut db = RootDatabase::with_events(Schema::builtin().clone(), move |event| {
        if let salsa::EventKind::WillExecute { database_key } = event.kind {
            log.lock().unwrap().push(format!("{database_key:?}"));
        }
    });
    let parses = || parsed.lock().unwrap().iter().filter(|it| it.starts_with("parse(")).count();
    assert_eq!(parses(), 0, "nothing is parsed when the database is made");
    let plain = "F() { return: 1 }";
    db.set_file(FileId(0), "a/a.ko", "a", plain.into());
    let _ = diagnostics(&db, FileId(0));
    // The file and the idioms.
    let before = parses();
    assert!((1..=2).contains(&before), "{before}");
    let text = "import \"series\"\nF() { return: series.Map(over: (1, 2), with: Return) }";
    db.set_file(FileId(0), "a/a.ko", "a", text.into());
    let _ = diagnostics(&db, FileId(0));
    assert!(parses() <= before + 3, "{:?}", parsed.lock().unwrap());
}

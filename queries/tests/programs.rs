//! Programs: what is linked, what is refused, and what is not.
#![allow(clippy::unwrap_used)]

mod common;

use common::{database, database_of, key};
use ko_queries::{
    FileId, FunctionKey, checked_program, checked_program_for_expression,
    database::{EXPRESSION_FILE, RootDatabase},
    program, program_for_expression, program_to_test, well_formed_program,
};
use ko_schema::Schema;

/// The names of the functions of the program of `a.F`, or its errors.
fn link(db: &RootDatabase) -> Result<Vec<String>, Vec<String>> {
    match program(db, &[key("a", "F")]) {
        Ok(program) => {
            for (key, id) in &program.index {
                assert_eq!(&program.function(*id).circuit.key, key);
                for callee in program.function(*id).circuit.callees() {
                    assert!(program.find(callee).is_some(), "{callee} is linked");
                }
            }
            Ok(program.functions.iter().map(|it| it.circuit.key.to_string()).collect())
        }
        Err(errors) => {
            Err(errors.iter().map(|(file, it)| format!("{} {}", file.0, it.code)).collect())
        }
    }
}

#[test]
fn everything_that_is_reached_is_linked() {
    let db = database_of(&[
        ("a.ko", "a", "import \"b\"\nF() { return: b.G(F, inner() { return: Pick(or: 1) }) }"),
        ("b.ko", "b", "G() { return: H }\nH() { return: 1 }\nUnused() { return: 1 }"),
    ]);
    let names = link(&db).unwrap();
    assert_eq!(names, ["a.F", "b.G", "a.inner", "b.H", "idiom.Pick", "idiom.Return"]);
}

#[test]
fn only_errors_of_functions_that_are_reached_matter() {
    let db = database_of(&[(
        "a.ko",
        "a",
        "F() { return: G() }\nG() { return: 1 }\nBad() { return: unknown }\nWorse() { return: ( }\nTwice() { return: 1 }\nTwice() { return: 2 }",
    )]);
    assert_eq!(link(&db).unwrap(), ["a.F", "a.G"]);
}

#[test]
fn errors_of_each_kind_refuse() {
    for (text, expected) in [
        ("F() { return: G() }\nG() { return: unknown }", vec!["0 unknown-name"]),
        ("F() { return: G() }\nG() { x: 1 }", vec!["0 missing-return"]),
        ("F() { return: 1e }", vec!["0 bad-number"]),
        ("import \"nowhere\"\nF() { return: nowhere.G() }", vec!["0 unknown-package"]),
        ("F() { return: G() }\nG() { return: 1 }\nG() { return: 2 }", vec!["0 duplicate-function"]),
        ("F() { a: a, return: 1 }", vec!["0 label-cycle"]),
        ("F() { return: i() { return: j } }", vec!["0 unknown-name"]),
        ("G() { return: 1 }", vec!["4294967294 unknown-function"]),
    ] {
        assert_eq!(
            link(&database_of(&[("a.ko", "a", text)])),
            Err(expected.into_iter().map(String::from).collect()),
            "{text}"
        );
    }
}

#[test]
fn steps_know_their_lines() {
    let text = "// é\nF() {\n  é: \"é\", return: Len(\n    é)\n}";
    let db = database_of(&[("a.ko", "a", text)]);
    let program = program(&db, &[key("a", "F")]).unwrap();
    assert_eq!(&*program.functions[0].positions, [(3, 6), (3, 19), (3, 19)]);
    assert_eq!(program.functions[0].file, "a.ko");
}

#[test]
fn expressions() {
    let db = database("");
    let (program, key) =
        program_for_expression(&db, "\n Sum(f(x?) { return: x }(1),\n 2)").unwrap();
    assert_eq!(key.to_string(), "jail.Cell");
    let names: Vec<_> = program.functions.iter().map(|it| it.circuit.key.to_string()).collect();
    assert_eq!(names, ["jail.Cell", "jail.f"]);
    // Sum; f, 1, f(1); 2; Sum(…)
    let positions = &program.functions[0].positions;
    assert_eq!(**positions, [(2, 2), (2, 6), (2, 26), (2, 6), (3, 2), (2, 2)]);
}

#[test]
fn mistakes_in_expressions_have_places_in_them() {
    let db = database("F() { return: 1 }");
    for (text, code, range) in [
        ("Sum(a)", "unknown-name", 4..5),
        ("\n F()", "unknown-name", 2..3),
        ("", "missing-value", 0..0),
        ("1 }\nG() { return: 1", "unexpected-token", 0..0),
        ("1, x: 2", "unexpected-token", 0..0),
    ] {
        let errors = program_for_expression(&db, text).unwrap_err();
        let (file, first) = &errors[0];
        assert_eq!(*file, EXPRESSION_FILE);
        let found = usize::from(first.range.start())..usize::from(first.range.end());
        assert_eq!((first.code, found), (code, range), "{text}: {}", first.message);
    }
}

#[test]
fn errors_of_types_are_left_to_the_run_unless_asked_for() {
    let text = "F() { return: G }\nG() { return: Sum(\"a\") }\nUnused() { return: Sum(\"b\") }";
    let db = database_of(&[("a.ko", "a", text)]);
    assert_eq!(link(&db).unwrap(), ["a.F", "a.G"]);
    let errors = checked_program(&db, &[key("a", "F")]).unwrap_err();
    let found: Vec<_> = errors.iter().map(|(file, it)| (file.0, &text[it.range])).collect();
    assert_eq!(found, [(0, "\"a\"")]);
    let db = database_of(&[("a.ko", "a", "F() { return: Sum(1) }")]);
    assert!(checked_program(&db, &[key("a", "F")]).is_ok());
}

#[test]
fn types_of_expressions() {
    let db = database("");
    let text = " f(x?) { return: Sum(g(x), \"a\") }(g(x?) { return: f(x) }(1)).field";
    assert!(program_for_expression(&db, text).is_ok());
    let errors = checked_program_for_expression(&db, text).unwrap_err();
    let found: Vec<_> = errors.iter().map(|(_, it)| &text[it.range]).collect();
    assert_eq!(found, ["\"a\""]);
    let text = "(a: Pick(or: 1)).a.b";
    let errors = checked_program_for_expression(&db, text).unwrap_err();
    assert_eq!(&text[errors[0].1.range], "b");
    assert!(checked_program_for_expression(&db, "(a: Pick(or: 1)).a").is_ok());
}

#[test]
fn tests_run_beside_unknown_names() {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    let text = "import \"nowhere\"\nTestA() { return: 1 }\nTestB() { return: Misspelt(2) }\nTestC() { return: nowhere.F() }";
    db.set_file(FileId(0), "a.ko", "a", text.into());
    let entries: Vec<FunctionKey> = ["TestA", "TestB", "TestC"]
        .map(|name| FunctionKey { package: "a".into(), name: name.into() })
        .into();
    assert!(well_formed_program(&db, &[FileId(0)], &entries).is_err());
    let (program, late) = program_to_test(&db, &[FileId(0)], &entries).unwrap();
    let codes: Vec<_> = late.iter().map(|it| it.1.code).collect();
    assert_eq!(codes, ["unknown-package", "unknown-name"]);
    let mistake = |entry: &FunctionKey| {
        let mistakes = &program.function(program.find(entry).unwrap()).mistakes;
        mistakes.first().map(|it| it.1.clone())
    };
    assert_eq!(mistake(&entries[0]), None);
    assert!(mistake(&entries[1]).unwrap().contains("`Misspelt` is no argument"));
    assert_eq!(mistake(&entries[2]).unwrap(), "the package of this name does not exist");
    // What does not parse, and labels that are there twice, still refuse.
    db.set_file(FileId(0), "a.ko", "a", "TestA() { return: 1, x: 1, x: 2 }".into());
    assert!(program_to_test(&db, &[FileId(0)], &entries[..1]).is_err());
}

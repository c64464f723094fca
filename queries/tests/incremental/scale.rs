//! Work as programs grow, as counts of the queries that run: those of a check are proportional to the program, those of
//! an edit are the same at every size.

use std::collections::BTreeMap;

use super::common::Logged;
use ko_queries::FileId;
use ko_schema::Schema;

/// Functions of a file.
const FUNCTIONS: usize = 5;

/// Files of a package.
const FILES: usize = 4;

fn file(number: usize) -> String {
    let (package, at) = (number / FILES, number % FILES);
    let mut text = String::new();
    if at == 0 && package > 0 {
        let used = package - 1;
        text.push_str(&format!("import \"p{used}\"\nUse() {{ return: p{used}.F1(x: 1) }}\n"));
    }
    for function in at * FUNCTIONS..(at + 1) * FUNCTIONS {
        let value = if function % FUNCTIONS == 0 {
            "Sum(x, 1)".to_owned()
        } else {
            format!("F{}(x: x)", function - 1)
        };
        text.push_str(&format!("F{function}(x) {{\n  v: {value}\n  return: v\n}}\n"));
    }
    text
}

fn workspace(packages: usize) -> Logged {
    let texts: Vec<_> = (0..packages * FILES)
        .map(|number| {
            let package = format!("p{}", number / FILES);
            (format!("{package}/f{number}.ko"), package, file(number))
        })
        .collect();
    let files: Vec<_> =
        texts.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    Logged::with_schema(Schema::builtin().clone(), &files)
}

/// The queries of a check of a workspace of so many packages.
fn checked(packages: usize) -> (Logged, BTreeMap<String, u32>) {
    let it = workspace(packages);
    assert_eq!(it.check(), 0);
    let counts = it.counts();
    (it, counts)
}

#[test]
fn a_check_runs_each_query_in_proportion_to_the_program() {
    // Idioms and library are in each, so what counts is what is added.
    let (one, two, eight) = (checked(2).1, checked(4).1, checked(16).1);
    for (query, count) in &eight {
        let (small, middle) = (one.get(query).unwrap_or(&0), two.get(query).unwrap_or(&0));
        let (first, then) = (middle - small, count - middle);
        assert_eq!(then, first * 6, "{query}: {small}, {middle}, {count}");
    }
}

#[test]
fn an_edit_runs_the_same_queries_at_every_size() {
    let edited = |packages: usize| {
        let (mut it, _) = checked(packages);
        let number = packages / 2 * FILES + 1;
        let text = file(number).replacen("v: F5(x: x)", "more: 7\n  v: F5(x: x)", 1);
        assert_ne!(text, file(number));
        let package = format!("p{}", number / FILES);
        let path = format!("{package}/f{number}.ko");
        it.db.set_file(FileId(number as u32), &path, &package, text.into());
        it.check();
        it.counts()
    };
    let small = edited(2);
    assert_eq!(small, edited(8));
    assert_eq!(small, edited(24));
    assert_eq!(small.get("infer"), Some(&1), "{small:?}");
    assert_eq!(small.get("parse"), Some(&1), "{small:?}");
}

#[test]
fn in_a_chain_of_2000_results_an_edit_infers_one_function() {
    let mut text = "F0(x) { return: (value: x, n: 1) }\n".to_owned();
    for at in 1..2000 {
        text.push_str(&format!("F{at}(x) {{ return: F{}(x: x) }}\n", at - 1));
    }
    // As the threads of the server: the chain is as deep as it is long.
    let work = move || {
        let mut it = Logged::new(&[("a.ko", "a", &text)]);
        assert_eq!(it.check(), 0);
        it.typed();
        let edits = [
            ("n: 1", "n: 2", &["F0"][..]),
            (
                "F1500(x) { return: F1499(x: x) }",
                "F1500(x) { r: F1499(x: x), return: r }",
                &["F1500"],
            ),
        ];
        for (old, new, typed) in edits {
            it.db.set_file(FileId(0), "a.ko", "a", text.replacen(old, new, 1).into());
            it.check();
            assert_eq!(it.typed(), typed);
            it.db.set_file(FileId(0), "a.ko", "a", text.as_str().into());
            it.check();
            // One function is looked at, those beside it are compared, and of the file what a list of parts costs.
            let mut ran = it.counts();
            assert!(ran.remove("chunk_texts").is_some_and(|it| it < 100), "{ran:?}");
            assert!(ran.remove("function_text").is_some_and(|it| it < 50), "{ran:?}");
            assert!(ran.values().all(|it| *it <= 2), "{ran:?}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(work).unwrap();
    thread.join().unwrap();
}

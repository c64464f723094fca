//! One cause gives one error: in programs that work, a name is misspelt in one place, and the checks say one thing. What
//! a caller does never makes the function in error that it calls.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads programs")]

mod common;

use std::path::Path;

use common::database_of;
use ko_queries::{FileId, RootDatabase, diagnostic::Severity};
use ko_syntax::{SyntaxKind, TextRange};

/// The programs: those of the examples, and one with an import and functions of its own.
fn programs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut texts = vec![
        "import \"strings\"\n\nGreet(name, polite) {\n  greeting: Branch(if: polite, then: long[name: name], else: short)\n  return: (text: strings.Upper(greeting), number: total(first: 1, second: Len(greeting)))\n}\n\nlong(name) {\n  return: strings.Join(string: (\"Good day\", name), delimiter: \", \")\n}\n\nshort() {\n  return: \"Hello\"\n}\n\ntotal(first, second) {\n  return: Sum(first, second)\n}\n"
            .to_owned(),
    ];
    for example in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(example.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|it| it == "ko") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// The places of names that are read or that label an argument, and of paths of imports: those whose change has one
/// cause. Names that are declared have as many readers as the program wants.
fn places(text: &str) -> Vec<TextRange> {
    let tree = ko_syntax::parse(text).syntax_node();
    let tokens = tree.descendants_with_tokens().filter_map(|it| it.into_token());
    let mut places: Vec<TextRange> = Vec::new();
    for token in tokens {
        let parent = token.parent().map(|it| it.kind());
        let read = token.kind() == SyntaxKind::IDENT
            && matches!(parent, Some(SyntaxKind::PATH_EXPR | SyntaxKind::SELECT_EXPR));
        let booleans = matches!(token.text(), "true" | "false");
        if read && !booleans && token.text().chars().count() > 3 {
            places.push(token.text_range());
        }
    }
    places
}

/// The name with its second and third letter swapped, or one of them replaced where they are alike.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters[1] == letters[2] {
        letters[2] = if letters[2] == 'q' { 'z' } else { 'q' };
    } else {
        letters.swap(1, 2);
    }
    letters.into_iter().collect()
}

fn serious(db: &RootDatabase, file: FileId) -> Vec<String> {
    let all = ko_queries::diagnostics(db, file);
    let serious = all.iter().filter(|it| it.severity != Severity::Hint);
    serious.map(|it| format!("{} {}", it.code, it.message)).collect()
}

#[test]
fn a_misspelt_name_is_one_error() {
    let (mut tried, mut silent, mut wrong) = (0, 0, Vec::new());
    for text in programs() {
        let mut db = database_of(&[("p/main.ko", "p", &text)]);
        assert_eq!(serious(&db, FileId(0)), [""; 0]);
        for place in places(&text) {
            let mut broken = text.clone();
            let name = misspelt(&text[place]);
            broken.replace_range(std::ops::Range::<usize>::from(place), &name);
            db.set_file(FileId(0), "p/main.ko", "p", broken.into());
            let found = serious(&db, FileId(0));
            tried += 1;
            // A field of a value whose type is not known may be called anything.
            silent += usize::from(found.is_empty());
            if found.len() > 1 {
                wrong.push(format!("{} as {name} at {place:?}: {found:?}", &text[place]));
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(silent * 5 < tried, "{silent} of {tried} are not found");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_caller_never_puts_the_called_function_in_error() {
    let helper = "Half(n) { return: Ratio(n, 2) }\nName(pod) { return: pod.metadata.name }\n";
    for call in [
        "b.Half(n: \"two\")",
        "b.Half(m: 2)",
        "b.Name(pod: 5)",
        "b.Name(pod: (metadata: 1))",
        "b.Nobody()",
        "b.Half(n: 1, n: 2)",
        "Sum(b.Half",
    ] {
        let caller = format!("import \"b\"\nMain() {{ return: {call} }}");
        let db = database_of(&[("a/a.ko", "a", &caller), ("b/b.ko", "b", helper)]);
        assert_eq!(serious(&db, FileId(1)), [""; 0], "{call}");
        assert!(!serious(&db, FileId(0)).is_empty(), "{call}");
    }
}

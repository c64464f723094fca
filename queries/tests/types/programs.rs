//! Programs that work have no errors.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ko_queries::diagnostic::Severity;
use ko_queries::lower::lower_key;

use super::Checked;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn the_examples_are_clean() {
    let mut seen = 0;
    for example in std::fs::read_dir(repository().join("examples")).unwrap() {
        for file in std::fs::read_dir(example.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|it| it != "ko") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let checked = Checked::new(&[("case", &text)]);
            assert_eq!(checked.errors("case"), [], "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn the_idioms_are_clean() {
    let checked = Checked::new(&[(
        "case",
        "Main() { return: (Expect(1), Switch(case: Nothing), Inc(1), Branch(if: true)) }",
    )]);
    assert!(checked.inferred.len() > 5);
    for (key, it) in &checked.inferred {
        assert_eq!(it.errors.as_slice(), [], "{}", key.name);
    }
}

/// The packages of a conformance case: path under `src`, text of its file.
fn sources(expectation: &Path) -> Vec<(String, String)> {
    let name = expectation.file_name().unwrap().to_str().unwrap();
    if let Some(stem) = name.strip_suffix(".expect.json") {
        let text = std::fs::read_to_string(expectation.with_file_name(format!("{stem}.ko")));
        return vec![("case".to_owned(), text.unwrap())];
    }
    let root = expectation.with_file_name("src");
    let (mut out, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "ko") {
                let package = folder.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                // What is not text fails in the lexer already.
                out.extend(std::fs::read_to_string(&path).ok().map(|text| (package, text)));
            }
        }
    }
    out
}

/// Cases that return a value although a function in them cannot work: it is never run. Such a function is refused.
const DEAD_CODE: [&str; 2] = ["04_error_in_uncalled_function", "05_error_in_branch_not_taken"];

#[test]
fn programs_that_return_a_value_have_no_errors() {
    let folder = repository().join("../shared/conformance");
    if !folder.is_dir() {
        // Written past the capture of the test harness, so that it is seen.
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: no conformance suite at {}", folder.display());
        return;
    }
    let (mut wrong, mut values, mut caught, mut failing) = (Vec::new(), 0, 0, 0);
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|it| it != "src") {
                    folders.push(path);
                }
                continue;
            }
            if !path.to_str().unwrap().ends_with("expect.json") {
                continue;
            }
            let expectation = std::fs::read_to_string(&path).unwrap();
            let files = sources(&path);
            let files: Vec<(&str, &str)> = files.iter().map(|it| (&*it.0, &*it.1)).collect();
            let checked = Checked::new(&files);
            let packages: Vec<&str> = files.iter().map(|it| it.0).collect();
            let errors = packages.iter().flat_map(|it| checked.errors(it));
            let errors: Vec<_> = errors.filter(|it| it.1.severity == Severity::Error).collect();
            let dead = DEAD_CODE.iter().any(|it| path.to_str().unwrap().contains(it));
            if dead {
                assert!(!errors.is_empty(), "{}", path.display());
            } else if expectation.contains("\"kind\": \"value\"") {
                values += 1;
                for (key, error) in errors {
                    let map = &lower_key(&checked.db, &key).unwrap().circuit;
                    let (step, path) = (map.key.name.clone(), path.display());
                    wrong.push(format!("{path} {step}: {} {}", error.code, error.message));
                }
            } else if expectation.contains("\"kind\": \"runtime_error\"") {
                failing += 1;
                caught += usize::from(!errors.is_empty());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(values > 100, "only {values} cases were found");
    // Some failures depend on values; but most are mistakes in types.
    println!("{caught} of {failing} programs that fail are refused");
    assert!(caught * 3 >= failing, "only {caught} of {failing} programs that fail are refused");
}

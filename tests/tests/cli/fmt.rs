//! `ko fmt`: what it prints, changes and leaves.

use std::fs;

use super::{Ko, folder, run};

const MESSY: &str = "F(){return:1}";
const TIDY: &str = "F() {\n\treturn: 1\n}\n";

#[test]
fn files_and_folders_are_laid_out_in_place() {
    let folder = folder(&[("a.ko", MESSY), ("deep/er/b.ko", MESSY), ("deep/c.txt", MESSY)]);
    let done = run(folder.path(), &["fmt", "."]);
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", ""));
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!((read("a.ko").as_str(), read("deep/er/b.ko").as_str()), (TIDY, TIDY));
    assert_eq!(read("deep/c.txt"), MESSY);
    assert_eq!(run(folder.path(), &["fmt", "--check", "."]).code, 0);
}

#[test]
fn check_names_files_and_diff_shows_changes_without_making_any() {
    let folder = folder(&[("a.ko", MESSY), ("b.ko", TIDY)]);
    let done = run(folder.path(), &["fmt", "--check", "a.ko", "b.ko"]);
    assert_eq!((done.code, done.out.as_str()), (1, "a.ko\n"));
    let done = run(folder.path(), &["fmt", "--diff", "a.ko", "b.ko"]);
    assert_eq!(done.code, 1);
    for part in ["--- a.ko", "+++ a.ko", "-F(){return:1}", "+F() {", "+\treturn: 1"] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    assert!(!done.out.contains('\u{1b}'), "no colours where NO_COLOR is set");
    assert_eq!(fs::read_to_string(folder.path().join("a.ko")).unwrap(), MESSY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder(&[]);
    let done = Ko::new(folder.path(), &["fmt", "-"]).with_input(MESSY);
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, TIDY, ""));
    let done = Ko::new(folder.path(), &["fmt", "-", "a.ko"]).with_input(MESSY);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("standard input"), "{}", done.err);
}

#[test]
fn a_bad_file_is_named_and_the_others_are_laid_out() {
    let folder = folder(&[("b.ko", MESSY), ("c.ko", "F() {\n  return: (1\n}\nG(){return:2}\n")]);
    fs::write(folder.path().join("a.ko"), b"F() { return: \xff }").unwrap();
    let done = run(folder.path(), &["fmt", "a.ko", "b.ko", "c.ko"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("a.ko") && done.err.contains("offset 14"), "{}", done.err);
    assert!(done.err.contains("c.ko:2:11: "), "the place of the syntax error: {}", done.err);
    assert_eq!(fs::read(folder.path().join("a.ko")).unwrap(), b"F() { return: \xff }");
    assert_eq!(fs::read_to_string(folder.path().join("b.ko")).unwrap(), TIDY);
    let text = fs::read_to_string(folder.path().join("c.ko")).unwrap();
    assert!(text.contains("G() {\n\treturn: 2\n}\n"), "{text}");
    assert!(text.starts_with("F() {\n  return: (1\n}"), "{text}");
}

#[test]
fn a_path_that_does_not_exist_stops_before_anything_is_changed() {
    let folder = folder(&[("a.ko", MESSY)]);
    let done = run(folder.path(), &["fmt", "a.ko", "nowhere"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("nowhere"), "{}", done.err);
    assert_eq!(fs::read_to_string(folder.path().join("a.ko")).unwrap(), MESSY);
}

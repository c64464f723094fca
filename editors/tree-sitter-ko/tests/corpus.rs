//! The cases of `test/corpus`. `UPDATE_EXPECT=1` writes the trees anew.

#![allow(clippy::unwrap_used)]

mod common;

use common::corpus;

#[test]
fn corpus() {
    let cases = corpus::cases();
    assert!(cases.len() > 40, "cases are missing");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for file in cases.chunk_by(|a, b| a.file == b.file) {
            corpus::write(&file[0].file, &file.iter().collect::<Vec<_>>());
        }
        return;
    }
    let mut wrong = Vec::new();
    for case in &cases {
        let tree = common::parse(&case.input);
        let place = format!("{}: {}", case.file.display(), case.name);
        match (tree.root_node().has_error(), case.is_error) {
            (true, true) => {}
            (false, false) if corpus::sexp(&tree) == case.tree => {}
            (false, true) => wrong.push(format!("{place}: there is no error")),
            _ => wrong.push(format!("{place}:\n{}\nexpected\n{}", corpus::sexp(&tree), case.tree)),
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

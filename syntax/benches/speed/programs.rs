//! The texts that are measured: real programs, and a large one made of them.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use ko_syntax::{SyntaxKind, parse};

/// Files that are measured together.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) files: Vec<String>,
}

impl Program {
    pub(crate) fn bytes(&self) -> f64 {
        self.files.iter().map(String::len).sum::<usize>() as f64
    }
}

/// The example programs of this repository, each a file of its own.
pub(crate) fn examples() -> Program {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut paths);
    paths.sort();
    let files: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(!files.is_empty(), "there are no examples");
    Program { name: format!("{} example files", files.len()), files }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "ko") {
            out.push(path);
        }
    }
}

/// One file of at least `bytes` bytes: the examples over and over, every time with other names for all that they name
/// themselves (functions, parameters, steps, labels), as different parts of one large program have.
pub(crate) fn generated(bytes: usize) -> Program {
    let examples = examples();
    let parts: Vec<Vec<(String, bool)>> = examples.files.iter().map(|text| tokens(text)).collect();
    let mut text = String::with_capacity(bytes + 20_000);
    for (round, part) in parts.iter().cycle().enumerate() {
        if text.len() >= bytes {
            break;
        }
        for (token, own) in part {
            text += token;
            if *own {
                text += &round.to_string();
            }
        }
    }
    let name = if bytes < 1_000_000 {
        format!("{} kB generated", bytes / 1000)
    } else {
        format!("{} MB generated", bytes / 1_000_000)
    };
    Program { name, files: vec![text] }
}

/// The tokens of a program, and for each whether it is a name that the program gives. Labels of Kubernetes fields are
/// among them, as a large program has other labels elsewhere.
fn tokens(text: &str) -> Vec<(String, bool)> {
    let tree = parse(text);
    assert!(tree.errors().is_empty(), "an example has errors: {:?}", tree.errors());
    let tokens: Vec<_> = tree
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .collect();
    let given: HashSet<String> = tokens
        .iter()
        .filter(|token| {
            let parent = token.parent().map(|parent| parent.kind());
            token.kind() == SyntaxKind::IDENT
                && matches!(
                    parent,
                    Some(SyntaxKind::FUNCTION | SyntaxKind::PARAM | SyntaxKind::LABELLED_TERM)
                )
                && token.text() != "return"
        })
        .map(|token| token.text().to_owned())
        .collect();
    let own = |text: &str| given.contains(text);
    tokens.iter().map(|token| (token.text().to_owned(), own(token.text()))).collect()
}

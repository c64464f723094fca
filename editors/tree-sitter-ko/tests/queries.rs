//! The queries fit the parser.

#![allow(clippy::unwrap_used)]

use tree_sitter::Query;

const QUERIES: &[(&str, &str)] = &[
    ("highlights", tree_sitter_ko::HIGHLIGHTS_QUERY),
    ("locals", tree_sitter_ko::LOCALS_QUERY),
    ("tags", tree_sitter_ko::TAGS_QUERY),
    ("folds", tree_sitter_ko::FOLDS_QUERY),
    ("indents", tree_sitter_ko::INDENTS_QUERY),
    ("textobjects", tree_sitter_ko::TEXTOBJECTS_QUERY),
    ("injections", tree_sitter_ko::INJECTIONS_QUERY),
];

#[test]
fn queries_fit_the_parser() {
    for (name, source) in QUERIES {
        if let Err(error) = Query::new(&tree_sitter_ko::LANGUAGE.into(), source) {
            panic!("{name}.scm: {error}");
        }
    }
}

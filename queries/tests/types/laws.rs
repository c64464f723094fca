//! Laws of inference, on all programs there are: neither the order of files and functions nor that of steps matters to
//! what callers see, and neither do comments.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use ko_queries::circuit::FunctionKey;
use ko_queries::diagnostic::FileId;
use ko_queries::items::{find_function, functions_of_file};
use ko_queries::types::{Inferred, inferred};
use ko_queries::{Db, RootDatabase};
use ko_schema::Schema;
use ko_syntax::ast::{AstNode, SourceFile};

use super::unknown::{package_of, programs};

/// A file: its path, its package and its text.
pub(crate) type File = (String, String, String);

/// The programs of the repository, and those beside it where they are.
pub(crate) fn all_programs() -> Vec<Vec<File>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut out = Vec::new();
    let roots = ["examples", "queries/src/lib_ko", "queries/tests/types", "../shared/conformance"];
    for root in roots {
        let root = repository.join(root);
        if !root.is_dir() {
            // Written past the capture of the test harness, so that it is seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: put Ko programs into {}", root.display());
            continue;
        }
        for files in programs(&root, false) {
            let file = |(path, text): (std::path::PathBuf, String)| {
                (path.to_str().unwrap().to_owned(), package_of(&path), text)
            };
            out.push(files.into_iter().map(file).collect());
        }
    }
    out
}

pub(crate) fn database(files: &[File]) -> RootDatabase {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    for ((path, package, text), id) in files.iter().zip(0..) {
        db.set_file(FileId(id), path, package, text.as_str().into());
    }
    db
}

type All = BTreeMap<FunctionKey, Arc<Inferred>>;

/// What is inferred of the functions that others can call.
fn infer_all(files: &[File]) -> All {
    let db = database(files);
    let mut out = BTreeMap::new();
    for id in db.file_ids() {
        for function in functions_of_file(&db, db.source_file(id).unwrap()) {
            let key = function.key(&db);
            if find_function(&db, &key) == Some(function) {
                out.insert(key, inferred(&db, function).unwrap());
            }
        }
    }
    out
}

/// Numbers that look like random ones, the same in every run.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

fn parse(text: &str) -> SourceFile {
    ko_syntax::parse(text).source_file()
}

/// The functions of a file in another order; nothing where a name is there twice, since the first one counts.
fn with_functions_shuffled(text: &str, random: &mut Seeded) -> Option<String> {
    let file = parse(text);
    let mut names: Vec<_> = file.all_functions().filter_map(|it| it.name()).collect();
    names.sort();
    if names.windows(2).any(|it| it[0] == it[1]) {
        return None;
    }
    // Of imports with one name the first one counts as well.
    let mut imports: Vec<String> =
        file.imports().map(|it| it.syntax().text().to_string()).collect();
    let mut functions: Vec<String> =
        file.functions().map(|it| it.syntax().text().to_string()).collect();
    random.shuffle(&mut functions);
    imports.extend(functions);
    Some(imports.join("\n\n"))
}

/// The steps of every function in another order, with comments between them, unless a label is there twice.
fn with_steps_shuffled(text: &str, random: &mut Seeded) -> String {
    let file = parse(text);
    let mut out = text.to_owned();
    let mut functions: Vec<_> = file.functions().collect();
    functions.reverse();
    for body in functions.iter().filter_map(|it| it.body()) {
        let mut labels: Vec<_> = body.steps().map(|it| it.label()).collect();
        labels.sort();
        if labels.windows(2).any(|it| it[0] == it[1]) {
            continue;
        }
        let mut steps: Vec<String> =
            body.steps().map(|it| it.syntax().text().to_string()).collect();
        random.shuffle(&mut steps);
        let range = body.syntax().text_range();
        let range = usize::from(range.start())..usize::from(range.end());
        out.replace_range(
            range,
            &format!("{{ // A comment.\n{}\n}}", steps.join("\n// Another.\n")),
        );
    }
    out
}

fn errors_free(text: &str) -> bool {
    ko_syntax::parse(text).errors().is_empty()
}

#[test]
fn the_order_of_files_and_functions_does_not_matter() {
    let (mut random, mut compared) = (Seeded(1), 0);
    for files in all_programs() {
        if files.iter().any(|it| !errors_free(&it.2)) {
            continue;
        }
        let shuffled: Option<Vec<File>> = files
            .iter()
            .map(|(path, package, text)| {
                let text = with_functions_shuffled(text, &mut random)?;
                Some((path.clone(), package.clone(), text))
            })
            .collect();
        let Some(mut shuffled) = shuffled else { continue };
        random.shuffle(&mut shuffled);
        let (before, after) = (infer_all(&files), infer_all(&shuffled));
        assert!(before.keys().eq(after.keys()), "{}", files[0].0);
        for (key, before) in &before {
            assert_eq!(before, &after[key], "{} {key}", files[0].0);
            compared += 1;
        }
    }
    assert!(compared > 400, "only {compared} functions were compared");
}

#[test]
fn the_order_of_steps_and_comments_change_no_scheme() {
    let (mut random, mut compared) = (Seeded(2), 0);
    for files in all_programs() {
        if files.iter().any(|it| !errors_free(&it.2)) {
            continue;
        }
        let shuffled: Vec<File> = files
            .iter()
            .map(|(path, package, text)| {
                (path.clone(), package.clone(), with_steps_shuffled(text, &mut random))
            })
            .collect();
        let (before, after) = (infer_all(&files), infer_all(&shuffled));
        for (key, before) in &before {
            let Some(after) = after.get(key) else { panic!("{} {key}", files[0].0) };
            assert_eq!(before.scheme, after.scheme, "{} {key}", files[0].0);
            compared += 1;
        }
    }
    assert!(compared > 400, "only {compared} functions were compared");
}

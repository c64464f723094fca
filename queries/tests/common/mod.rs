//! Help for the tests: databases from texts.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]
#![allow(dead_code, unreachable_pub, reason = "a module that several tests share")]

pub mod cases;

use ko_queries::{FileId, FunctionKey, RootDatabase, lower};
use ko_schema::Schema;

/// A database with one file, number 0, in the package `p`.
pub fn database(text: &str) -> RootDatabase {
    database_of(&[("p/main.ko", "p", text)])
}

/// A database with files (path, package, text), numbered from 0.
pub fn database_of(files: &[(&str, &str, &str)]) -> RootDatabase {
    database_on(Schema::builtin(), files)
}

/// The same on a cluster of this schema.
pub fn database_on(schema: &Schema, files: &[(&str, &str, &str)]) -> RootDatabase {
    let mut db = RootDatabase::new(schema.clone());
    for ((path, package, text), id) in files.iter().zip(0..) {
        db.set_file(FileId(id), path, package, (*text).into());
    }
    db
}

/// The key of a function.
pub fn key(package: &str, name: &str) -> FunctionKey {
    FunctionKey { package: package.into(), name: name.into() }
}

/// The circuit of the function `F` of the package `p`, as text.
pub fn circuit(text: &str) -> String {
    let db = database(text);
    let lowered = lower::lower_key(&db, &key("p", "F")).unwrap();
    lowered.circuit.to_string()
}

/// Checks that texts with the marks `^^^` below characters have exactly the diagnostics that the marks say:
/// `// ^^^ severity code: message`. The lines with marks are taken out first. Every file is checked.
pub fn check_diagnostics(files: &[(&str, &str, &str)]) {
    check_diagnostics_on(Schema::builtin(), files);
}

/// The same on a cluster of this schema.
pub fn check_diagnostics_on(schema: &Schema, files: &[(&str, &str, &str)]) {
    let parsed: Vec<_> = files
        .iter()
        .map(|(path, package, text)| {
            let (text, marks) = take_marks(text);
            (*path, *package, text, marks)
        })
        .collect();
    let plain: Vec<_> =
        parsed.iter().map(|(path, package, text, _)| (*path, *package, text.as_str())).collect();
    let db = database_on(schema, &plain);
    for ((_, _, text, marks), id) in parsed.iter().zip(0..) {
        let found: Vec<String> = ko_queries::diagnostics(&db, FileId(id))
            .iter()
            .map(|it| {
                let range = usize::from(it.range.start())..usize::from(it.range.end());
                let severity = format!("{:?}", it.severity).to_lowercase();
                let line = text[..range.start].matches('\n').count() + 1;
                format!("{line}: `{}` {severity} {}: {}", &text[range], it.code, it.message)
            })
            .collect();
        assert_eq!(found, *marks, "in {}", files[id as usize].0);
    }
}

/// Takes the lines with marks out of a text. Returns the text and `line: marked text, message`.
fn take_marks(text: &str) -> (String, Vec<String>) {
    let mut lines: Vec<&str> = Vec::new();
    let mut marks = Vec::new();
    for line in text.lines() {
        let comment = line.trim_start().strip_prefix("//");
        if let Some(mark) = comment.filter(|comment| comment.trim_start().starts_with('^')) {
            let mark = mark.trim();
            let length = mark.chars().take_while(|c| *c == '^').count();
            let start = line.chars().take_while(|c| *c != '^').count();
            let marked: String = lines[lines.len() - 1].chars().skip(start).take(length).collect();
            marks.push(format!("{}: `{marked}` {}", lines.len(), mark[length..].trim()));
        } else {
            lines.push(line);
        }
    }
    (lines.join("\n"), marks)
}

/// A database that notes which queries run.
pub struct Logged {
    /// The database.
    pub db: RootDatabase,
    log: std::sync::Arc<std::sync::Mutex<Vec<salsa::DatabaseKeyIndex>>>,
}

impl Logged {
    /// One with files (path, package, text), numbered from 0.
    pub fn new(files: &[(&str, &str, &str)]) -> Logged {
        Logged::with_schema(Schema::builtin().clone(), files)
    }

    /// As [`Logged::new`], with another Kubernetes.
    pub fn with_schema(schema: Schema, files: &[(&str, &str, &str)]) -> Logged {
        let log = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let shared = log.clone();
        let db = RootDatabase::with_events(schema, move |event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind {
                shared.lock().unwrap().push(database_key);
            }
        });
        let mut logged = Logged { db, log };
        for ((path, package, text), id) in files.iter().zip(0..) {
            logged.db.set_file(FileId(id), path, package, (*text).into());
        }
        logged
    }

    /// How often each query ran since the last call, by its name.
    pub fn counts(&self) -> std::collections::BTreeMap<String, u32> {
        use salsa::Database as _;
        let keys = std::mem::take(&mut *self.log.lock().unwrap());
        let mut counts = std::collections::BTreeMap::new();
        for key in keys {
            let name = self.db.ingredient_debug_name(key.ingredient_index());
            *counts.entry(name.into_owned()).or_default() += 1;
        }
        counts
    }

    /// As [`Logged::counts`], as text.
    pub fn ran(&self) -> String {
        let counts = self.counts();
        let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        counts.join(", ")
    }

    /// Of the queries that ran since the last call those that infer types: the functions that they ran
    /// for, or the first of the circle of calls that they ran for; without those of the library.
    pub fn typed(&self) -> Vec<String> {
        use salsa::{Database as _, plumbing::AsId as _};
        let keys = std::mem::take(&mut *self.log.lock().unwrap());
        let mut names = std::collections::BTreeMap::new();
        for function in self.functions() {
            names.insert(function.as_id(), function.key(&self.db).name.to_string());
        }
        let mut typed: Vec<_> = keys
            .iter()
            .filter(|key| self.db.ingredient_debug_name(key.ingredient_index()) == "infer")
            // Those of the library have no name here.
            .filter_map(|key| names.get(&key.key_index()).cloned())
            .collect();
        typed.sort();
        typed
    }

    fn functions(&self) -> Vec<ko_queries::items::Function<'_>> {
        use ko_queries::Db as _;
        let files = self.db.file_ids().into_iter().filter_map(|id| self.db.source_file(id));
        files.flat_map(|file| ko_queries::items::functions_of_file(&self.db, file)).collect()
    }

    /// Computes the diagnostics of all files, as a check does; returns how many there are.
    pub fn check(&self) -> usize {
        let ids = self.db.file_ids();
        ids.into_iter().map(|id| ko_queries::diagnostics(&self.db, id).len()).sum()
    }
}

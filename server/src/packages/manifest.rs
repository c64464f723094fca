//! `ko.toml`: the file that marks the folder of a project and says where its packages are.
//!
//! ```toml
//! [package]
//! roots = ["src"]              # folders below which the paths of packages begin; "." if left out
//! libraries = ["../lib/src"]   # more such folders, of others; looked in after the roots
//!
//! [kubernetes]
//! version = "1.30"             # what programs are checked against; that of the built-in schema if left out
//! ```
//!
//! Paths are relative to the folder of the file. Everything is optional: an empty file marks a project.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use ko_queries::diagnostic::{Diagnostic, Severity};
use ko_syntax::{TextRange, TextSize};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The name of the file.
pub(crate) const NAME: &str = "ko.toml";

/// The stable name of all problems with it.
const CODE: &str = "ko-toml";

/// What a `ko.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its text, for messages.
    pub(crate) text: Arc<str>,
    /// The project's own roots of packages.
    pub(crate) roots: Vec<PathBuf>,
    /// Roots of libraries.
    pub(crate) libraries: Vec<PathBuf>,
    /// The minor version of Kubernetes 1 that programs are checked against.
    pub(crate) kubernetes: Option<u32>,
    /// What is wrong with it. What is not wrong counts all the same.
    pub(crate) problems: Vec<Diagnostic>,
}

impl Manifest {
    /// Reads the one in a folder; nothing if there is none.
    pub(crate) fn read(folder: &Path) -> Option<Manifest> {
        let path = folder.join(NAME);
        if !path.is_file() {
            return None;
        }
        Some(match super::read(&path) {
            Ok(text) => Manifest::parse(path, text),
            Err(error) => Manifest {
                roots: vec![folder.to_owned()],
                problems: vec![problem(
                    TextRange::default(),
                    Severity::Error,
                    CODE,
                    error.to_string(),
                )],
                path,
                ..Manifest::default()
            },
        })
    }

    /// Reads a text. Syntax errors keep nothing from being read that stands beside them.
    fn parse(path: PathBuf, text: Arc<str>) -> Manifest {
        let mut manifest = Manifest { path, text: text.clone(), ..Manifest::default() };
        let (table, errors) = DeTable::parse_recoverable(&text);
        let broken = !errors.is_empty();
        for error in errors {
            let span = error.span().unwrap_or_default();
            manifest.problem(span, Severity::Error, error.message().to_owned());
        }
        let mut roots = None;
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("package", DeValue::Table(package)) => {
                    for (key, value) in package {
                        match key.get_ref().as_ref() {
                            "roots" => roots = Some(manifest.folders("roots", value)),
                            "libraries" => {
                                manifest.libraries = manifest.folders("libraries", value);
                            }
                            other => {
                                manifest.unknown(key.span(), other, &["roots", "libraries"]);
                            }
                        }
                    }
                }
                ("package", _) => {
                    let message = "`package` is a table: write [package] on a line of its own";
                    manifest.problem(value.span(), Severity::Error, message.to_owned());
                }
                ("kubernetes", DeValue::Table(kubernetes)) => {
                    for (key, value) in kubernetes {
                        match key.get_ref().as_ref() {
                            "version" => manifest.version(value),
                            other => manifest.unknown(key.span(), other, &["version"]),
                        }
                    }
                }
                ("kubernetes", _) => {
                    let message =
                        "`kubernetes` is a table: write [kubernetes] on a line of its own";
                    manifest.problem(value.span(), Severity::Error, message.to_owned());
                }
                (other, _) => manifest.unknown(key.span(), other, &["package", "kubernetes"]),
            }
        }
        manifest.roots = match roots {
            Some(roots) if !roots.is_empty() => roots,
            _ => vec![manifest.folder().to_owned()],
        };
        let problems = &mut manifest.problems;
        if broken {
            // What a key means is not certain where brackets are missing.
            problems.retain(|problem| problem.severity == Severity::Error);
        }
        problems.sort_by_key(|problem| problem.range.start());
        manifest
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The folders that a list names.
    fn folders(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<PathBuf> {
        let Some(list) = value.get_ref().as_array() else {
            let message = format!("`{key}` is a list of folders, such as {key} = [\"src\"]");
            self.problem(value.span(), Severity::Error, message);
            return Vec::new();
        };
        let mut folders = Vec::new();
        for item in list {
            let Some(name) = item.get_ref().as_str() else {
                let message = "a folder is written as a string, such as \"src\"";
                self.problem(item.span(), Severity::Error, message.to_owned());
                continue;
            };
            let path = self.folder().join(name);
            match path.canonicalize() {
                Ok(folder) if folder.is_dir() => folders.push(folder),
                _ => {
                    let message = format!("there is no folder {}", path.display());
                    self.problem(item.span(), Severity::Warning, message);
                }
            }
        }
        folders
    }

    /// Takes over the version of Kubernetes.
    fn version(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(text) = value.get_ref().as_str() else {
            let message = "a version is written as a string, such as version = \"1.36\"";
            return self.problem(value.span(), Severity::Error, message.to_owned());
        };
        match ko_schema::known_version(text) {
            Ok(minor) => self.kubernetes = Some(minor),
            Err(message) => self.problem(value.span(), Severity::Error, message),
        }
    }

    fn unknown(&mut self, span: Range<usize>, key: &str, known: &[&str]) {
        let close = ko_queries::suggest::suggest(key, known.iter().copied());
        let way_out = match close.first() {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let message = format!("the key `{key}` means nothing; {way_out}");
        self.problem(span, Severity::Warning, message);
    }

    fn problem(&mut self, span: Range<usize>, severity: Severity, message: String) {
        let at = |offset: usize| TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
        let range = TextRange::new(at(span.start), at(span.end.max(span.start)));
        self.problems.push(problem(range, severity, CODE, message));
    }
}

/// A problem of a manifest. The page about diagnostics is about programs, and has no part about it.
fn problem(
    range: TextRange,
    severity: Severity,
    code: &'static str,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        range,
        severity,
        code,
        message: message.into(),
        related: Vec::new(),
        fixes: Vec::new(),
        unnecessary: false,
        deprecated: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Manifest, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let manifest = Manifest::parse(folder.path().join(NAME), text.into());
        let shown = |problem: &Diagnostic| {
            let range = std::ops::Range::<usize>::from(problem.range);
            format!("{:?} at {:?}: {}", problem.severity, &text[range], problem.message)
        };
        let problems = manifest.problems.iter().map(shown).collect();
        (manifest, problems)
    }

    fn names(paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn roots_and_libraries_are_folders_below_it() {
        let (manifest, problems) =
            parse("[package]\nroots = [\"src\"]\nlibraries = [\"src/..\"]\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(names(&manifest.roots), ["src"]);
        assert_eq!(manifest.libraries.len(), 1);
        let (manifest, problems) = parse("");
        assert_eq!(problems, [""; 0]);
        assert_eq!(manifest.roots, [manifest.folder()]);
    }

    #[test]
    fn the_version_of_kubernetes_is_one_that_is_known() {
        let (manifest, problems) = parse("[kubernetes]\nversion = \"1.30\"\n");
        assert_eq!((manifest.kubernetes, problems), (Some(30), Vec::new()));
        for (text, said) in [
            ("[kubernetes]\nversion = \"1.99\"", "Kubernetes 1.99 is newer"),
            ("[kubernetes]\nversion = 1.30", "Error at \"1.30\": a version is written as a string"),
            ("[kubernetes]\nversions = 1", "did you mean `version`?"),
            ("kubernetes = \"1.30\"", "[kubernetes] on a line"),
        ] {
            let (manifest, problems) = parse(text);
            assert_eq!(manifest.kubernetes, None, "{text}");
            assert!(problems.len() == 1 && problems[0].contains(said), "{text}: {problems:?}");
        }
    }

    #[test]
    fn what_means_nothing_is_said_where_it_stands() {
        let (_, problems) = parse("[package]\nroot = [\"src\"]\n[other]\n");
        assert_eq!(
            problems,
            [
                "Warning at \"root\": the key `root` means nothing; did you mean `roots`?",
                "Warning at \"other\": the key `other` means nothing; known here: package, kubernetes",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_an_error_and_the_rest_counts() {
        let (manifest, problems) = parse("[package]\nlibraries = 3\nroots = [\"src\", 1]\n");
        assert_eq!(names(&manifest.roots), ["src"]);
        assert!(problems[0].starts_with("Error at \"3\": `libraries` is a list"), "{problems:?}");
        assert!(problems[1].starts_with("Error at \"1\": a folder is"), "{problems:?}");
        let (manifest, problems) = parse("[package\nroots = [\"src\"]\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("Error"), "{problems:?}");
        assert_eq!(manifest.roots.len(), 1);
        let (_, problems) = parse("package = 1");
        assert!(problems[0].contains("[package] on a line"), "{problems:?}");
        let (_, problems) = parse("[package]\nroots = [\"none\"]");
        assert!(problems[0].contains("there is no folder"), "{problems:?}");
    }
}

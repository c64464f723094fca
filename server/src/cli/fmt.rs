//! `ko fmt`: source files in the one canonical layout.

mod diff;
mod replace;

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use ko_syntax::{
    SyntaxError, SyntaxErrorCode, TextEdit,
    format::{FormatOptions, apply_edits, format},
};

use crate::{
    line_index::{Encoding, LineIndex},
    packages::{self, LoadedFile},
};

/// Lay out Ko source in its one canonical form.
///
/// Files are changed in place; of a directory, all files below it that version control would not ignore. What has syntax
/// errors is left as it is, and the rest of its file is laid out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ko fmt .                    lay out all files below this folder
  ko fmt --check src/         for a build: name what is not laid out, and fail
  ko fmt --diff shop.ko       see what would change
  ko fmt - < shop.ko          as a filter

Exit codes: 0 all is well, 1 a file is not laid out (with --check or --diff) or cannot be read or written,
2 nothing was done.")]
pub(super) struct Fmt {
    /// Change nothing; print the names of the files that are not laid out, and exit with 1 if there are any
    #[arg(long)]
    check: bool,
    /// Change nothing; print what would change, and exit with 1 if anything would
    #[arg(long)]
    diff: bool,
    /// With --check, print a JSON array of the files that are not laid out or cannot be read
    #[arg(long, requires = "check", conflicts_with = "diff")]
    json: bool,
    #[arg(skip)]
    found: Mutex<Vec<serde_json::Value>>,
    /// Files and directories, or `-` alone for standard input to standard output
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Fmt {
    /// Formats the files.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        if self.paths.iter().any(|path| path.as_os_str() == "-") {
            anyhow::ensure!(
                self.paths.len() == 1,
                "`-` stands for standard input, and stands alone"
            );
            return self.standard_input();
        }
        for path in &self.paths {
            fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        }
        let mut failed = false;
        for path in &self.paths {
            if path.is_dir() {
                packages::read_tree(path, |files| {
                    for file in files {
                        failed |= self.file(file);
                    }
                });
            } else {
                failed |= self.file(LoadedFile { text: packages::read(path), path: path.clone() });
            }
        }
        self.print_found();
        Ok(ExitCode::from(u8::from(failed)))
    }

    fn print_found(&self) {
        if self.json {
            let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
            anstream::println!("{:#}", serde_json::Value::Array(found));
        }
    }

    /// Notes a file for [`Fmt::print_found`].
    fn note(&self, path: &Path, error: Option<String>) {
        let mut object = serde_json::json!({ "file": path.to_string_lossy(), "formatted": false });
        if let Some(error) = error {
            object["error"] = error.into();
        }
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push(object);
    }

    fn standard_input(&self) -> anyhow::Result<ExitCode> {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            anyhow::anyhow!(
                "standard input is not UTF-8: the byte at offset {offset} begins no character"
            )
        })?;
        let name = Path::new("<stdin>");
        let edits = edits(name, &text);
        if self.check || self.diff {
            self.report(name, &text, &edits);
            self.print_found();
            return Ok(ExitCode::from(u8::from(!edits.is_empty())));
        }
        let mut out = std::io::stdout().lock();
        out.write_all(apply_edits(&text, &edits).as_bytes())
            .and_then(|()| out.flush())
            .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }

    /// Formats a file, or says what there is to be done; whether that is a failure.
    fn file(&self, file: LoadedFile) -> bool {
        let path = file.path.as_path();
        let text: Arc<str> = match file.text {
            Ok(text) => text,
            Err(error) if self.json => {
                self.note(path, Some(error.to_string()));
                return true;
            }
            Err(error) => {
                anstream::eprintln!("ko: {}: {error}", path.display());
                return true;
            }
        };
        let edits = edits(path, &text);
        if edits.is_empty() {
            return false;
        }
        if self.check || self.diff {
            self.report(path, &text, &edits);
            return true;
        }
        if let Err(error) = replace::contents(path, apply_edits(&text, &edits).as_bytes()) {
            anstream::eprintln!("ko: {}: the file cannot be written: {error}", path.display());
            return true;
        }
        false
    }

    fn report(&self, path: &Path, text: &str, edits: &[TextEdit]) {
        if self.diff {
            anstream::print!("{}", diff::unified(&path.to_string_lossy(), text, edits));
        } else if self.json && !edits.is_empty() {
            self.note(path, None);
        } else if !edits.is_empty() {
            anstream::println!("{}", path.display());
        }
    }
}

/// What there is to change in a text. Says so if errors keep parts of it from being laid out.
fn edits(path: &Path, text: &str) -> Vec<TextEdit> {
    let parse = ko_syntax::parse(text);
    let is_obstacle = |error: &&SyntaxError| error.code != SyntaxErrorCode::MissingReturn;
    let mut errors = parse.errors().iter().filter(is_obstacle);
    if let Some(first) = errors.next() {
        let at = LineIndex::new(text).position(text, first.range.start(), Encoding::Utf32);
        let more = match errors.count() {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        anstream::eprintln!(
            "ko: {}:{}:{}: {}{more}; what is around a syntax error is not laid out",
            path.display(),
            at.line + 1,
            at.col + 1,
            first.message
        );
    }
    format(text, &FormatOptions::default()).edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_changed_unless_only_asked_about() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.ko");
        let format = |check, diff| {
            let file = LoadedFile { path: path.clone(), text: packages::read(&path) };
            Fmt { check, diff, json: false, found: Mutex::default(), paths: Vec::new() }.file(file)
        };
        fs::write(&path, "F(){return:1}").unwrap();
        assert!(format(true, false));
        assert!(format(false, true));
        assert_eq!(fs::read_to_string(&path).unwrap(), "F(){return:1}");
        assert!(!format(false, false));
        assert_eq!(fs::read_to_string(&path).unwrap(), "F() {\n\treturn: 1\n}\n");
        assert!(!format(true, true));
        fs::write(&path, b"\xff").unwrap();
        assert!(format(false, false));
    }
}

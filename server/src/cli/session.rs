//! A session: functions, imports and the values of steps that later inputs can use, one after the other. The one source of
//! `ko repl` and of expressions with imports.
//!
//! Each input is a file of its own, in one package. What it imports is written behind it, where Ko allows imports, too, so
//! that places in the input are places in the file. An expression is the result of a function whose parameters are the
//! steps that are known.

mod expression;
mod text;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::{Result, bail};
use ecow::EcoString;
use ko_evaluator::{run::Entry, value::Value};
use ko_queries::{
    Db as _, FileId, RootDatabase,
    diagnostic::{Diagnostic, Severity},
    diagnostics::form_diagnostics,
    names::package_exists,
    program::Program,
};
use ko_syntax::{TextRange, TextSize, ast};

pub(crate) use self::text::is_open;
use self::text::{begins_with_import, range_of, size, top_level};
use super::{failure::Origin, render, sources::Sources};

/// What has been entered so far.
pub(crate) struct Session {
    /// The packages that are imported, and the inputs.
    pub(crate) sources: Sources,
    /// The package that the inputs are in.
    package: &'static str,
    /// The path of the package that each alias means.
    imports: BTreeMap<String, String>,
    /// The values of steps, in order.
    steps: Vec<(EcoString, Value)>,
    /// All functions there were. Those that are values of steps keep their place.
    program: Program,
    /// What was entered, by the name of its file.
    texts: HashMap<String, Arc<str>>,
    /// The number of the last input.
    count: usize,
}

/// What an input was.
pub(crate) enum Input {
    /// Functions and imports, which are known from now on.
    Defined {
        /// The names of the functions.
        functions: Vec<String>,
        /// The paths of the packages.
        imports: Vec<String>,
    },
    /// Something to evaluate.
    Ready(Box<Ready>),
}

/// Something to evaluate.
pub(crate) struct Ready {
    /// The program.
    pub(crate) program: Arc<Program>,
    /// Where it begins.
    pub(crate) entry: Entry,
    /// Where it comes from, for errors.
    pub(crate) origin: Origin,
    /// The steps that its value is for: none, one, or several in a structure.
    pub(crate) labels: Vec<EcoString>,
    /// The file that it stands in.
    pub(crate) file: FileId,
}

/// Why an input is not accepted, for people.
pub(crate) type Refusal = Vec<String>;

impl Session {
    /// Nothing is known yet.
    pub(crate) fn new(sources: Sources, package: &'static str) -> Session {
        let schema = sources.db.schema();
        Session {
            sources,
            package,
            imports: BTreeMap::new(),
            steps: Vec::new(),
            program: Program { functions: Vec::new(), index: Default::default(), schema },
            texts: HashMap::new(),
            count: 0,
        }
    }

    /// The database of all that is known.
    pub(crate) fn db(&self) -> &RootDatabase {
        &self.sources.db
    }

    /// The package that the inputs are in.
    pub(crate) fn package(&self) -> &'static str {
        self.package
    }

    /// The steps that are known, with their values.
    pub(crate) fn steps(&self) -> &[(EcoString, Value)] {
        &self.steps
    }

    /// The path of the package that an alias means.
    pub(crate) fn imported(&self, alias: &str) -> Option<&str> {
        self.imports.get(alias).map(String::as_str)
    }

    /// Imports a package from now on, as `PATH` or `NAME=PATH`.
    ///
    /// # Errors
    /// When there is no such package.
    pub(crate) fn import(&mut self, import: &str) -> Result<()> {
        let (alias, path) = match import.split_once('=') {
            Some((alias, path)) => (alias, path),
            None => (import.rsplit('/').next().unwrap_or(import), import),
        };
        self.sources.import(path);
        if !package_exists(self.db(), None, path) {
            bail!(
                "there is no package {path:?}; packages are looked for in {}",
                self.sources.roots()
            );
        }
        if !ko_syntax::is_valid_ident(alias) {
            bail!("{alias:?} is no name for a package: write NAME={path}");
        }
        self.imports.insert(alias.to_owned(), path.to_owned());
        Ok(())
    }

    /// Takes an input: functions and imports, steps, or an expression.
    ///
    /// # Errors
    /// When something is wrong with it. Then nothing has changed.
    pub(crate) fn input(&mut self, text: &str) -> Result<Input, Refusal> {
        let parse = ko_syntax::parse(text);
        let file = parse.source_file();
        let has_items = file.functions().next().is_some() || file.imports().next().is_some();
        if has_items && (parse.errors().is_empty() || begins_with_import(text)) {
            let name = self.next_name();
            return self.define(&name, text);
        }
        self.evaluate(text).map(|ready| Input::Ready(Box::new(ready)))
    }

    /// Takes the functions and imports of a file.
    ///
    /// # Errors
    /// When the file cannot be read, or something is wrong with it.
    pub(crate) fn load(&mut self, path: &Path) -> Result<Input, Refusal> {
        let shown = render::shown(&path.to_string_lossy());
        match crate::packages::read(path) {
            Ok(text) => self.define(&shown, &text),
            Err(error) => Err(vec![format!("{shown}: {error}")]),
        }
    }

    /// Remembers the value of an input for the steps that it is for.
    pub(crate) fn keep(&mut self, labels: &[EcoString], value: &Value) {
        let mut keep = |label: &EcoString, value: Value| {
            self.steps.retain(|(other, _)| other != label);
            self.steps.push((label.clone(), value));
        };
        match labels {
            [] => {}
            [label] => keep(label, value.clone()),
            labels => labels.iter().for_each(|it| keep(it, value.path(&[it.as_str()]).clone())),
        }
    }

    fn next_name(&mut self) -> String {
        self.count += 1;
        format!("in{}", self.count)
    }

    /// The imports, to be written behind a text that may have imports of its own.
    fn imports_behind(&self, file: Option<&ast::SourceFile>) -> String {
        let own: Vec<EcoString> =
            file.iter().flat_map(|file| file.imports()).filter_map(|it| it.alias()).collect();
        let others = self.imports.iter().filter(|(alias, _)| own.iter().all(|it| *it != **alias));
        others.map(|(alias, path)| format!("\nimport \"{path}\" as {alias}")).collect()
    }

    fn define(&mut self, name: &str, text: &str) -> Result<Input, Refusal> {
        let parsed = ko_syntax::parse(text).source_file();
        let functions: Vec<String> =
            parsed.all_functions().filter_map(|it| Some(it.name()?.to_string())).collect();
        let paths: Vec<String> = parsed.imports().filter_map(|it| it.path()).collect();
        for path in &paths {
            self.sources.import(path);
        }
        // What is defined anew is taken out of the input that had it.
        let old = self.hide(&functions, name);
        let whole: Arc<str> = format!("{text}{}", self.imports_behind(Some(&parsed))).into();
        let file = self.sources.set_text(name, self.package, whole);
        let errors = self.errors(file, name, text, 0);
        if !errors.is_empty() {
            self.sources.remove_text(name);
            for (file, text) in old {
                self.sources.set_text(&file, self.package, text);
            }
            return Err(errors);
        }
        self.texts.insert(name.to_owned(), text.into());
        for import in parsed.imports() {
            if let (Some(alias), Some(path)) = (import.alias(), import.path()) {
                self.imports.insert(alias.to_string(), path);
            }
        }
        Ok(Input::Defined { functions: top_level(&parsed), imports: paths })
    }

    /// Blanks functions out of earlier inputs. Returns the texts as they were.
    fn hide(&mut self, functions: &[String], except: &str) -> Vec<(String, Arc<str>)> {
        let mut old = Vec::new();
        let names: Vec<String> = self.texts.keys().filter(|it| *it != except).cloned().collect();
        for name in names {
            let Some(text) = self.sources.text_of(&name) else { continue };
            let file = ko_syntax::parse(&text).source_file();
            let ranges: Vec<TextRange> = file
                .functions()
                .filter(|function| {
                    // One that has a function inside that is defined anew goes as a whole.
                    let mut inside = file
                        .all_functions()
                        .filter(|it| range_of(function).contains_range(range_of(it)));
                    inside.any(|it| it.name().is_some_and(|it| functions.iter().any(|f| *f == *it)))
                })
                .map(|function| range_of(&function))
                .collect();
            if ranges.is_empty() {
                continue;
            }
            let mut bytes = text.as_bytes().to_vec();
            for range in ranges {
                let range = std::ops::Range::<usize>::from(range);
                bytes[range].iter_mut().filter(|it| **it != b'\n').for_each(|it| *it = b' ');
            }
            let blank: Arc<str> = String::from_utf8_lossy(&bytes).into();
            self.sources.set_text(&name, self.package, blank);
            old.push((name, text));
        }
        old
    }

    /// The errors of syntax and names of a file, with excerpts of what was entered. Those of types are for what is
    /// evaluated: a function may be there to show them.
    fn errors(&self, file: FileId, name: &str, text: &str, difference: i64) -> Refusal {
        let Some(source) = self.db().source_file(file) else { return Vec::new() };
        let all = form_diagnostics(self.db(), source);
        let errors = all.iter().filter(|it| it.severity == Severity::Error);
        errors.map(|it| self.excerpt(file, name, text, it, difference)).collect()
    }

    fn excerpt(
        &self,
        file: FileId,
        name: &str,
        text: &str,
        diagnostic: &Diagnostic,
        difference: i64,
    ) -> String {
        let moved = |range: TextRange| {
            let at = |offset: TextSize| {
                let offset = i64::from(u32::from(offset)) - difference;
                size(usize::try_from(offset.max(0)).unwrap_or(0).min(text.len()))
            };
            TextRange::new(at(range.start()), at(range.end()))
        };
        let mut diagnostic = diagnostic.clone();
        diagnostic.range = moved(diagnostic.range);
        diagnostic.related.iter_mut().filter(|it| it.file == file).for_each(|it| {
            it.range = moved(it.range);
        });
        for edit in diagnostic.fixes.iter_mut().flat_map(|it| &mut it.edits) {
            if edit.file == file {
                edit.range = moved(edit.range);
            }
        }
        render::excerpt_of(self.db(), file, name, text, &diagnostic)
    }
}

//! A session: functions, imports and the values of steps that later inputs can use, one after the other. The one source of
//! `ko repl` and of expressions with imports.
//!
//! Each input is a file of its own, in one package. What it imports is written behind it, where Ko allows imports, too, so
//! that places in the input are places in the file. An expression is the result of a function whose parameters are the
//! steps that are known.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::{Result, bail};
use ecow::EcoString;
use ko_evaluator::{run::Entry, value::Value};
use ko_queries::{
    Db as _, FileId, FunctionKey, RootDatabase, checked_program,
    diagnostic::{Diagnostic, Severity},
    diagnostics::form_diagnostics,
    names::package_exists,
    program::{FunctionId, Program},
};
use ko_schema::Schema;
use ko_syntax::{SyntaxKind, TextRange, TextSize, ast, tokenize};

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
        Session {
            sources,
            package,
            imports: BTreeMap::new(),
            steps: Vec::new(),
            program: Program {
                functions: Vec::new(),
                index: Default::default(),
                schema: Schema::builtin().clone(),
            },
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
        if !package_exists(self.db(), path) {
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

    /// Makes an expression, or labelled steps, ready to be evaluated.
    ///
    /// # Errors
    /// When something is wrong with it.
    pub(crate) fn evaluate(&mut self, text: &str) -> Result<Ready, Refusal> {
        let name = self.next_name();
        let (labels, start) = labels(text);
        let function = format!("In{}", self.count);
        // One step may use an older one of its name; several see each other.
        let several = labels.len() > 1;
        let mentioned = |step: &EcoString| {
            tokens(text).any(|(kind, range)| kind == SyntaxKind::IDENT && text[range] == **step)
        };
        let known = self
            .steps
            .iter()
            .filter(|(step, _)| mentioned(step) && !(several && labels.contains(step)));
        let arguments: Vec<(Option<EcoString>, Value)> =
            known.map(|(name, value)| (Some(name.clone()), value.clone())).collect();
        let params: Vec<&str> = arguments.iter().filter_map(|(it, _)| it.as_deref()).collect();
        let head = format!("{function}({}) {{ ", params.join(", "));
        let (prefix, before, result) = if several {
            let fields: Vec<String> = labels.iter().map(|it| format!("{it}: {it}")).collect();
            (head, 0, format!("\nreturn: ({})", fields.join(", ")))
        } else {
            (format!("{head}return: "), start, String::new())
        };
        let body = text[before..].trim_end();
        let whole = format!("{prefix}{body}{result}\n}}{}", self.imports_behind(None));
        let shift = Shift { prefix: prefix.len(), before };
        // Its inline functions may be defined anew, too.
        let own: Vec<String> = ko_syntax::parse(&whole)
            .source_file()
            .all_functions()
            .filter_map(|it| Some(it.name()?.to_string()))
            .collect();
        let old = self.hide(&own, &name);
        let file = self.sources.set_text(&name, self.package, whole.clone().into());
        let shown: Arc<str> = text.into();
        self.texts.insert(name.clone(), shown.clone());
        let key = FunctionKey { package: self.package.into(), name: function.into() };
        let mut refusal = self.errors(file, &name, text, shift.difference());
        if refusal.is_empty() && top_level(&ko_syntax::parse(&whole).source_file()).len() > 1 {
            refusal.push("this is more than one expression".to_owned());
        }
        let program = match checked_program(self.db(), std::slice::from_ref(&key)) {
            Ok(program) if refusal.is_empty() => program,
            Ok(_) => {
                self.forget(&name, old);
                return Err(refusal);
            }
            Err(errors) => {
                if refusal.is_empty() {
                    let excerpt = |(id, it): &(FileId, Diagnostic)| match *id == file {
                        true => self.excerpt(file, &name, text, it, shift.difference()),
                        false => render::excerpt(self.db(), *id, it),
                    };
                    refusal = errors.iter().map(excerpt).collect();
                }
                self.forget(&name, old);
                return Err(refusal);
            }
        };
        let program = Arc::new(self.merge(program, &name, &shift, &whole, text));
        let origin = Origin::with_texts(self.db(), program.clone(), &self.texts);
        let entry = Entry { arguments, ..Entry::function(key) };
        Ok(Ready { program, entry, origin, labels, file })
    }

    /// Puts a text that is being typed where queries can see it. Returns its file, and how many bytes stand before it.
    pub(crate) fn scratch(&mut self, text: &str) -> (FileId, usize) {
        let is_function = text.contains(") {");
        let params: Vec<&str> = self.steps.iter().map(|(name, _)| name.as_str()).collect();
        let (prefix, suffix) = if is_function || begins_with_import(text) {
            (String::new(), "")
        } else if labels(text).0.is_empty() {
            (format!("In0({}) {{ return: ", params.join(", ")), "\n}")
        } else {
            (format!("In0({}) {{ ", params.join(", ")), "\n}")
        };
        let whole = format!("{prefix}{text}{suffix}{}", self.imports_behind(None));
        (self.sources.set_text("in0", self.package, whole.into()), prefix.len())
    }

    fn forget(&mut self, name: &str, old: Vec<(String, Arc<str>)>) {
        self.sources.remove_text(name);
        self.texts.remove(name);
        for (file, text) in old {
            self.sources.set_text(&file, self.package, text);
        }
    }

    /// Adds what is new in a program to all that there was: functions that are values of steps are known by their place.
    /// Positions in the file of this input become those in what was entered.
    fn merge(
        &mut self,
        new: Program,
        name: &str,
        shift: &Shift,
        whole: &str,
        text: &str,
    ) -> Program {
        let first = whole[..shift.prefix].chars().count() as u32;
        let (line, column) = render::position(text, TextRange::empty(size(shift.before)));
        for mut function in new.functions {
            if *function.file == *name {
                let moved = function.positions.iter().map(|(at, col)| match at {
                    1 => (line, col.saturating_sub(first + 1) + column),
                    _ => (at + line - 1, *col),
                });
                function.positions = moved.collect();
            }
            let key = function.circuit.key.clone();
            let same = self.program.find(&key).is_some_and(|id| {
                let old = self.program.function(id);
                old.circuit == function.circuit && old.positions == function.positions
            });
            if !same {
                let id = FunctionId(self.program.functions.len() as u32);
                self.program.functions.push(function);
                self.program.index.insert(key, id);
            }
        }
        self.program.clone()
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

/// Where an expression stands in its file and in what was entered, in bytes.
struct Shift {
    prefix: usize,
    before: usize,
}

impl Shift {
    fn difference(&self) -> i64 {
        self.prefix as i64 - self.before as i64
    }
}

fn size(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

fn range_of(function: &ast::Function) -> TextRange {
    ast::AstNode::syntax(function).text_range()
}

fn top_level(file: &ast::SourceFile) -> Vec<String> {
    file.functions().filter_map(|it| Some(it.name()?.to_string())).collect()
}

/// The tokens of a text without white space and comments.
fn tokens(text: &str) -> impl Iterator<Item = (SyntaxKind, TextRange)> {
    tokenize(text).filter(|(kind, _)| !matches!(kind, SyntaxKind::WHITESPACE) && !kind.is_comment())
}

fn begins_with_import(text: &str) -> bool {
    let mut tokens = tokens(text).skip_while(|(kind, _)| kind.is_separator());
    let first = tokens.next().map(|(_, range)| &text[range]);
    first.is_some_and(|it| it == "import" || it == "use")
        && tokens.next().is_some_and(|(kind, _)| kind.is_string())
}

/// The labels of steps, `x` and `y` of `x: 1, y: 2`, and where what stands behind the first one begins. None of an
/// expression, and where it begins.
fn labels(text: &str) -> (Vec<EcoString>, usize) {
    let mut labels = Vec::new();
    let mut start = None;
    let (mut depth, mut at_start) = (0usize, true);
    let all: Vec<_> = tokens(text).collect();
    for (at, (kind, range)) in all.iter().enumerate() {
        if depth == 0 && kind.is_separator() {
            at_start = true;
            continue;
        }
        depth += usize::from(kind.is_opener());
        depth = depth.saturating_sub(usize::from(kind.is_closer()));
        start.get_or_insert(usize::from(range.start()));
        let colon = all.get(at + 1).filter(|(next, _)| *next == SyntaxKind::COLON);
        if let Some((_, colon)) = colon.filter(|_| at_start && *kind == SyntaxKind::IDENT) {
            if labels.is_empty() {
                start = Some(usize::from(colon.end()));
            }
            labels.push(EcoString::from(&text[*range]));
        }
        at_start = false;
    }
    (labels, start.unwrap_or(text.len()).min(text.len()))
}

/// Whether a text goes on: a bracket is open, or a string or comment.
pub(crate) fn is_open(text: &str) -> bool {
    let mut depth = 0i64;
    for (kind, _) in tokenize(text) {
        depth += i64::from(kind.is_opener()) - i64::from(kind.is_closer());
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_where_steps_begin() {
        let labels = |text| {
            let (labels, start) = labels(text);
            (labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), &text[start..])
        };
        assert_eq!(labels("x: Sum(a: 1, b: 2)"), ("x".to_owned(), " Sum(a: 1, b: 2)"));
        assert_eq!(labels("x: 1, y: (z: 2)\nw: 3").0, "x y w");
        assert_eq!(labels("Sum(x: 1)"), (String::new(), "Sum(x: 1)"));
        assert_eq!(labels("\n (a: 1)"), (String::new(), "(a: 1)"));
        assert_eq!(labels(""), (String::new(), ""));
    }

    #[test]
    fn a_text_goes_on_while_a_bracket_is_open() {
        for (text, open) in
            [("Sum(1,", true), ("Sum(1)", false), ("f() {", true), (")", false), ("\"(\"", false)]
        {
            assert_eq!(is_open(text), open, "{text}");
        }
    }
}

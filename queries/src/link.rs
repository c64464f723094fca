//! From entry functions to a [`Program`]: everything that they reach, checked and linked.

mod expression;

use std::{collections::VecDeque, sync::Arc};

use ecow::EcoString;
use ko_syntax::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    circuit::{FunctionKey, StepId, StepKind},
    database::{Db, EXPRESSION_FILE, SourceFile, World},
    diagnostic::{Diagnostic, FileId, Severity},
    diagnostics::{file_diagnostics, form_diagnostics, syntax_diagnostic, type_diagnostics},
    items::{Function, find_function, package_scope, parse},
    library::is_own_file,
    lower::{Lowered, lower},
    program::{FunctionId, NumberedText, Positions, Program, ProgramFunction},
};

pub use self::expression::{
    EXPRESSION_FUNCTION, EXPRESSION_PACKAGE, checked_program_for_expression, program_for_expression,
};

/// The errors that keep a program from running, each with its file.
pub type Refusal = Vec<(FileId, Diagnostic)>;

/// The program of some entry functions: they and every function that they can reach.
///
/// # Errors
///
/// The errors of the functions that are reached. Errors of other functions, and of other parts of the files, do not
/// matter. An entry that does not exist is an error at the start of [`EXPRESSION_FILE`].
pub fn program(db: &dyn Db, entries: &[FunctionKey]) -> Result<Program, Refusal> {
    link(Linker::new(db), entries)
}

/// As [`program`], refused also for errors of types, in the functions that are reached.
///
/// [`program`] leaves these to the run, as the language does (specification §5.7): a step with a wrong type fails when it
/// runs, and only then. Before a program changes a cluster it had better be refused.
///
/// # Errors
///
/// As [`program`], and the errors of types.
pub fn checked_program(db: &dyn Db, entries: &[FunctionKey]) -> Result<Program, Refusal> {
    link(Linker { types: true, ..Linker::new(db) }, entries)
}

/// As [`program`], refused for every error of syntax and names in these files, whether the entries reach it or not: so the
/// first implementation of the language does with the packages that it loads (specification §9.2).
///
/// # Errors
///
/// As [`program`], and the errors of the files.
pub fn well_formed_program(
    db: &dyn Db,
    files: &[FileId],
    entries: &[FunctionKey],
) -> Result<Program, Refusal> {
    let errors = files.iter().filter_map(|id| Some((*id, db.source_file(*id)?)));
    let errors = errors.flat_map(|(id, file)| {
        let all = form_diagnostics(db, file).into_iter();
        all.filter(|it| it.severity == Severity::Error).map(move |it| (id, it))
    });
    let refusal: Refusal = errors.collect();
    if refusal.is_empty() { program(db, entries) } else { Err(refusal) }
}

/// As [`well_formed_program`], but names that mean nothing refuse nothing: they fail where they run, as in the first
/// implementation of the language (specification §3.3), so that one of them leaves the other tests of a package alone. They
/// come with the program, those of the files and those of what the entries reach.
///
/// # Errors
///
/// As [`well_formed_program`], except for unknown names.
pub fn program_to_test(
    db: &dyn Db,
    files: &[FileId],
    entries: &[FunctionKey],
) -> Result<(Program, Refusal), Refusal> {
    let mut linker = Linker { late: Some(Vec::new()), ..Linker::new(db) };
    for (id, file) in files.iter().filter_map(|id| Some((*id, db.source_file(*id)?))) {
        let all = form_diagnostics(db, file).into_iter();
        all.filter(|it| it.severity == Severity::Error).for_each(|it| linker.refuse(id, it));
    }
    linker.reach_all(entries);
    let late = linker.drain();
    Ok((linker.finish()?, late))
}

/// Whether the first implementation of the language finds a mistake only where it runs.
fn is_late(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.code,
        "unknown-name"
            | "unknown-function"
            | "unknown-package"
            | "ambiguous-gate"
            | "path-too-long"
    )
}

fn link(mut linker: Linker<'_>, entries: &[FunctionKey]) -> Result<Program, Refusal> {
    linker.reach_all(entries);
    linker.finish()
}

fn at_start(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::new(TextRange::default(), Severity::Error, code, message)
}

struct Linker<'db> {
    db: &'db dyn Db,
    functions: Vec<ProgramFunction>,
    index: FxHashMap<FunctionKey, FunctionId>,
    queue: VecDeque<FunctionKey>,
    /// Everything that was ever in the queue, or that needs not go there.
    reached: FxHashSet<FunctionKey>,
    refusal: Refusal,
    /// The texts of the files so far.
    texts: FxHashMap<FileId, Arc<NumberedText>>,
    /// Whether errors of types count.
    types: bool,
    /// What is only found where it runs, if that does not count.
    late: Option<Refusal>,
}

impl<'db> Linker<'db> {
    fn new(db: &'db dyn Db) -> Linker<'db> {
        Linker {
            db,
            functions: Vec::new(),
            index: FxHashMap::default(),
            queue: VecDeque::new(),
            reached: FxHashSet::default(),
            refusal: Vec::new(),
            texts: FxHashMap::default(),
            types: false,
            late: None,
        }
    }

    fn refuse(&mut self, file: FileId, diagnostic: Diagnostic) {
        let list = match &mut self.late {
            Some(late) if is_late(&diagnostic) => late,
            _ => &mut self.refusal,
        };
        let diagnostic = (file, diagnostic);
        if !list.contains(&diagnostic) {
            list.push(diagnostic);
        }
    }

    fn reach(&mut self, key: &FunctionKey) {
        if self.reached.insert(key.clone()) {
            self.queue.push_back(key.clone());
        }
    }

    fn add(&mut self, key: FunctionKey, function: ProgramFunction) {
        let id = FunctionId(self.functions.len() as u32);
        for callee in function.circuit.callees() {
            self.reach(callee);
        }
        self.functions.push(function);
        self.index.insert(key, id);
    }

    fn numbered(&mut self, file: SourceFile) -> Arc<NumberedText> {
        let text = || Arc::new(NumberedText::new(file.text(self.db)));
        self.texts.entry(file.id(self.db)).or_insert_with(text).clone()
    }

    fn reach_all(&mut self, entries: &[FunctionKey]) {
        for entry in entries {
            if find_function(self.db, entry).is_none() {
                let message =
                    format!("package \"{}\" has no function `{}`", entry.package, entry.name);
                self.refusal.push((EXPRESSION_FILE, at_start("unknown-function", message)));
            }
            self.reach(entry);
        }
    }

    /// Adds everything that is reached. Returns what was found late.
    fn drain(&mut self) -> Refusal {
        while let Some(key) = self.queue.pop_front() {
            let Some(function) = find_function(self.db, &key) else { continue };
            let Some(lowered) = lower(self.db, function) else { continue };
            let file = function.file(self.db);
            self.check(function, lowered);
            let program_function = ProgramFunction {
                circuit: lowered.circuit.clone(),
                source_map: lowered.source_map.clone(),
                file: if is_own_file(file.id(self.db)) {
                    EcoString::new()
                } else {
                    file.path(self.db)
                },
                positions: Positions::new(lowered.source_map.clone(), self.numbered(file)),
                mistakes: mistakes(lowered),
            };
            self.add(key, program_function);
        }
        self.late.take().unwrap_or_default()
    }

    fn finish(mut self) -> Result<Program, Refusal> {
        self.drain();
        if !self.refusal.is_empty() {
            return Err(self.refusal);
        }
        let schema = World::get(self.db).schema(self.db);
        Ok(Program { functions: self.functions, index: self.index, schema })
    }

    /// Refuses the program if a function that it reaches is in error.
    fn check(&mut self, function: Function<'db>, lowered: &Lowered) {
        let file = function.file(self.db);
        let id = file.id(self.db);
        if is_own_file(id) {
            return;
        }
        let name = function.name(self.db);
        let scope = package_scope(self.db, file.package(self.db));
        for (_, duplicate) in scope.duplicates.iter().filter(|(other, _)| *other == name) {
            self.refuse_with(duplicate.file, |diagnostic| diagnostic.code == "duplicate-function");
        }
        if self.types {
            let mut all = Vec::new();
            type_diagnostics(self.db, function, lowered, &mut all);
            all.retain(|diagnostic| diagnostic.severity == Severity::Error);
            all.into_iter().for_each(|diagnostic| self.refuse(id, diagnostic));
        }
        if !lowered.circuit.has_errors {
            return;
        }
        let found = |it: &Self| it.refusal.len() + it.late.as_ref().map_or(0, Vec::len);
        let before = found(self);
        let range = lowered.source_map.function;
        for error in parse(self.db, file).errors() {
            if range.contains_range(error.range) {
                self.refuse(id, syntax_diagnostic(id, error));
            }
        }
        for diagnostic in lowered.diagnostics.iter() {
            if diagnostic.severity == Severity::Error {
                self.refuse(id, diagnostic.clone());
            }
        }
        if found(self) == before {
            // What is wrong is the import of a package that the function needs.
            let late = self.late.is_some();
            self.refuse_with(file, |it| !late || it.code == "unknown-package");
        }
        if self.refusal.is_empty() && self.late.is_none() {
            let message = format!("the function `{name}` is in error");
            let diagnostic = Diagnostic::new(
                lowered.source_map.name,
                Severity::Error,
                "broken-function",
                message,
            );
            self.refuse(id, diagnostic);
        }
    }

    fn refuse_with(&mut self, file: SourceFile, matches: impl Fn(&Diagnostic) -> bool) {
        for diagnostic in file_diagnostics(self.db, file).iter() {
            if diagnostic.severity == Severity::Error && matches(diagnostic) {
                self.refuse(file.id(self.db), diagnostic.clone());
            }
        }
    }
}

/// What is wrong with the steps that are in error.
fn mistakes(lowered: &Lowered) -> Vec<(StepId, String)> {
    if !lowered.circuit.has_errors {
        return Vec::new();
    }
    let steps = lowered.source_map.steps.iter().enumerate();
    let wrong = steps.filter_map(|(index, range)| {
        let id = StepId(index as u32);
        let StepKind::Error = lowered.circuit.steps.get(index)?.kind else { return None };
        let mut all = lowered.diagnostics.iter();
        let found = all.find(|it| range.contains_range(it.range)).map(|it| it.message.clone());
        // Nothing is said about names of packages that are not there.
        Some((id, found.unwrap_or_else(|| "the package of this name does not exist".to_owned())))
    });
    wrong.collect()
}

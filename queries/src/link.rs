//! From entry functions to a [`Program`]: everything that they reach, checked and linked.

use std::{collections::VecDeque, sync::Arc};

use ecow::EcoString;
use ko_syntax::{
    Parse, TextRange, TextSize,
    ast::{self, AstNode},
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    circuit::{FunctionKey, SourceMap},
    database::{Db, EXPRESSION_FILE, IDIOM_FILE, SourceFile, World},
    diagnostic::{Diagnostic, FileId, Severity},
    diagnostics::{file_diagnostics, syntax_diagnostic},
    items::{Function, Lines, find_function, lines, named_functions, package_scope, parse},
    lower::{Lowered, lower, lower_node},
    names::{Names, OwnFunctions},
    program::{FunctionId, Program, ProgramFunction},
};

/// The package of expressions without file (specification §9).
pub const EXPRESSION_PACKAGE: &str = "jail";

/// The function that an expression without file is the result of.
pub const EXPRESSION_FUNCTION: &str = "Cell";

/// The errors that keep a program from running, each with its file.
pub type Refusal = Vec<(FileId, Diagnostic)>;

/// The program of some entry functions: they and every function that they can reach.
///
/// # Errors
///
/// The errors of the functions that are reached. Errors of other functions, and of other parts of the files, do not
/// matter. An entry that does not exist is an error at the start of [`EXPRESSION_FILE`].
pub fn program(db: &dyn Db, entries: &[FunctionKey]) -> Result<Program, Refusal> {
    let mut linker = Linker::new(db);
    for entry in entries {
        if find_function(db, entry).is_none() {
            let message = format!("package \"{}\" has no function `{}`", entry.package, entry.name);
            linker.refuse(EXPRESSION_FILE, at_start("unknown-function", message));
        }
        linker.reach(entry);
    }
    linker.finish()
}

/// The program that computes one expression, and the key of its entry. The expression sees builtins, idioms and gates,
/// not the functions of any package. Positions, in the program and in errors, are those in `text`.
///
/// # Errors
///
/// As [`program`]; errors in the expression are in [`EXPRESSION_FILE`].
pub fn program_for_expression(db: &dyn Db, text: &str) -> Result<(Program, FunctionKey), Refusal> {
    let before = text.len() - text.trim_start_matches(['\n', ' ', '\t', '\r', ';', ',']).len();
    let prefix = format!("{EXPRESSION_FUNCTION}() {{ return: ");
    let wrapped = format!("{prefix}{}\n}}", &text[before..]);
    let shift = Shift { prefix: prefix.len(), before, end: text.len() };
    let parse = ko_syntax::parse(&wrapped);
    let mut linker = Linker::new(db);
    linker.expression(&parse, text, shift);
    let key = expression_key(EXPRESSION_FUNCTION.into());
    Ok((linker.finish()?, key))
}

fn expression_key(name: EcoString) -> FunctionKey {
    FunctionKey { package: EXPRESSION_PACKAGE.into(), name }
}

fn at_start(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::new(TextRange::default(), Severity::Error, code, message)
}

/// From positions in the function around an expression to positions in the expression.
#[derive(Clone, Copy)]
struct Shift {
    prefix: usize,
    before: usize,
    end: usize,
}

impl Shift {
    fn offset(self, offset: TextSize) -> TextSize {
        let offset = usize::from(offset).saturating_sub(self.prefix) + self.before;
        TextSize::new(u32::try_from(offset.min(self.end)).unwrap_or(u32::MAX))
    }

    fn range(self, range: TextRange) -> TextRange {
        TextRange::new(self.offset(range.start()), self.offset(range.end()))
    }

    fn diagnostic(self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.range = self.range(diagnostic.range);
        for related in &mut diagnostic.related {
            related.range = self.range(related.range);
        }
        for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.range = self.range(edit.range);
        }
        diagnostic
    }

    fn source_map(self, map: &SourceMap) -> SourceMap {
        let all = |ranges: &[TextRange]| ranges.iter().map(|range| self.range(*range)).collect();
        SourceMap {
            function: self.range(map.function),
            name: self.range(map.name),
            params: all(&map.params),
            steps: all(&map.steps),
            labels: all(&map.labels),
            args: map.args.iter().map(|ranges| all(ranges)).collect(),
            references: map
                .references
                .iter()
                .map(|(range, id)| (self.range(*range), *id))
                .collect(),
        }
    }
}

struct Linker<'db> {
    db: &'db dyn Db,
    functions: Vec<ProgramFunction>,
    index: FxHashMap<FunctionKey, FunctionId>,
    queue: VecDeque<FunctionKey>,
    /// Everything that was ever in the queue, or that needs not go there.
    reached: FxHashSet<FunctionKey>,
    refusal: Refusal,
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
        }
    }

    fn refuse(&mut self, file: FileId, diagnostic: Diagnostic) {
        let diagnostic = (file, diagnostic);
        if !self.refusal.contains(&diagnostic) {
            self.refusal.push(diagnostic);
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

    fn expression(&mut self, parse: &Parse, text: &str, shift: Shift) {
        let file = parse.source_file();
        let own: Vec<EcoString> = named_functions(&file).map(|(name, ..)| name).collect();
        for error in parse.errors() {
            let diagnostic = shift.diagnostic(syntax_diagnostic(EXPRESSION_FILE, error));
            self.refuse(EXPRESSION_FILE, diagnostic);
        }
        if file.functions().nth(1).is_some() || has_more_steps(&file) {
            if self.refusal.is_empty() {
                let message = "this is more than one expression".to_owned();
                self.refuse(EXPRESSION_FILE, at_start("unexpected-token", message));
            }
            return;
        }
        let names = Names {
            db: self.db,
            file: EXPRESSION_FILE,
            package: EXPRESSION_PACKAGE.into(),
            own: OwnFunctions::Local(&own),
            imports: &[],
            import_offset: &|| TextSize::new(0),
        };
        let lines = Lines::new(text);
        self.reached.extend(own.iter().map(|name| expression_key(name.clone())));
        for (name, nth, node) in named_functions(&file) {
            if nth > 0 {
                let range =
                    node.name_token().map_or(node.syntax().text_range(), |it| it.text_range());
                let message = format!("there is already a function `{name}` in this expression");
                let code = "duplicate-function";
                let diagnostic = Diagnostic::new(range, Severity::Error, code, message);
                self.refuse(EXPRESSION_FILE, shift.diagnostic(diagnostic));
                continue;
            }
            let lowered = lower_node(&names, &node, parse.errors());
            for diagnostic in lowered.diagnostics.iter() {
                if diagnostic.severity == Severity::Error {
                    self.refuse(EXPRESSION_FILE, shift.diagnostic(diagnostic.clone()));
                }
            }
            let source_map = shift.source_map(&lowered.source_map);
            let function = ProgramFunction {
                positions: positions(&source_map, &lines, text),
                source_map: Arc::new(source_map),
                circuit: lowered.circuit,
                file: EcoString::new(),
            };
            self.add(expression_key(name), function);
        }
    }

    fn finish(mut self) -> Result<Program, Refusal> {
        while let Some(key) = self.queue.pop_front() {
            let Some(function) = find_function(self.db, &key) else { continue };
            let Some(lowered) = lower(self.db, function) else { continue };
            let file = function.file(self.db);
            self.check(function, lowered);
            let text = file.text(self.db);
            let program_function = ProgramFunction {
                circuit: lowered.circuit.clone(),
                source_map: lowered.source_map.clone(),
                file: file.path(self.db),
                positions: positions(&lowered.source_map, lines(self.db, file), &text),
            };
            self.add(key, program_function);
        }
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
        if id == IDIOM_FILE {
            return;
        }
        let name = function.name(self.db);
        let scope = package_scope(self.db, file.package(self.db));
        for (_, duplicate) in scope.duplicates.iter().filter(|(other, _)| *other == name) {
            self.refuse_with(duplicate.file, |diagnostic| diagnostic.code == "duplicate-function");
        }
        if !lowered.circuit.has_errors {
            return;
        }
        let before = self.refusal.len();
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
        if self.refusal.len() == before {
            // What is wrong is the import of a package that the function needs.
            self.refuse_with(file, |_| true);
        }
        if self.refusal.is_empty() {
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

fn has_more_steps(file: &ast::SourceFile) -> bool {
    file.functions()
        .next()
        .and_then(|cell| cell.body())
        .is_some_and(|body| body.steps().count() > 1)
}

fn positions(map: &SourceMap, lines: &Lines, text: &str) -> Arc<[(u32, u32)]> {
    map.steps.iter().map(|range| lines.position(text, range.start())).collect()
}

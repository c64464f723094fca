//! Programs of one expression, which stands in no file.

use std::sync::Arc;

use ecow::EcoString;
use ko_schema::Schema;
use ko_syntax::ast::AstNode as _;
use ko_syntax::{Parse, TextRange, TextSize, ast};
use rustc_hash::FxHashMap;

use super::{Linker, Refusal, at_start};
use crate::{
    circuit::{Circuit, FunctionKey},
    database::{Db, EXPRESSION_FILE, World},
    diagnostic::{Diagnostic, Severity},
    diagnostics::syntax_diagnostic,
    graph,
    items::{find_function, named_functions},
    lower::{Lowered, lower_node},
    names::{Names, OwnFunctions},
    program::{NumberedText, Positions, Program, ProgramFunction},
    types::{self, Scheme},
};

/// The package of expressions without file (specification §9).
pub const EXPRESSION_PACKAGE: &str = "jail";

/// The function that an expression without file is the result of.
pub const EXPRESSION_FUNCTION: &str = "Cell";

/// The program that computes one expression, and the key of its entry. The expression sees builtins, idioms and gates,
/// not the functions of any package. Positions, in the program and in errors, are those in `text`.
///
/// # Errors
///
/// As [`program`](super::program); errors in the expression are in [`EXPRESSION_FILE`].
pub fn program_for_expression(db: &dyn Db, text: &str) -> Result<(Program, FunctionKey), Refusal> {
    link(Linker::new(db), text)
}

/// As [`program_for_expression`], refused also for errors of types; see [`checked_program`](super::checked_program).
///
/// # Errors
///
/// As [`program_for_expression`], and the errors of types.
pub fn checked_program_for_expression(
    db: &dyn Db,
    text: &str,
) -> Result<(Program, FunctionKey), Refusal> {
    link(Linker { types: true, ..Linker::new(db) }, text)
}

fn link(mut linker: Linker<'_>, text: &str) -> Result<(Program, FunctionKey), Refusal> {
    let before = text.len() - text.trim_start_matches(['\n', ' ', '\t', '\r', ';', ',']).len();
    let prefix = format!("{EXPRESSION_FUNCTION}() {{ return: ");
    let wrapped = format!("{prefix}{}\n}}", &text[before..]);
    let shift = Shift { prefix: prefix.len(), before, end: text.len() };
    let parse = ko_syntax::parse(&wrapped);
    linker.expression(&parse, &wrapped, text, shift);
    let key = expression_key(EXPRESSION_FUNCTION.into());
    Ok((linker.finish()?, key))
}

fn expression_key(name: EcoString) -> FunctionKey {
    FunctionKey { package: EXPRESSION_PACKAGE.into(), name }
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
}

impl Linker<'_> {
    /// Adds the functions of an expression: the one around it and those inside it.
    fn expression(&mut self, parse: &Parse, wrapped: &str, text: &str, shift: Shift) {
        let file = parse.source_file();
        for error in parse.errors() {
            let diagnostic = syntax_diagnostic(EXPRESSION_FILE, error);
            self.refuse(EXPRESSION_FILE, shift.diagnostic(diagnostic));
        }
        if file.functions().nth(1).is_some() || has_more_steps(&file) {
            if self.refusal.is_empty() {
                let message = "this is more than one expression".to_owned();
                self.refuse(EXPRESSION_FILE, at_start("unexpected-token", message));
            }
            return;
        }
        let own: Vec<EcoString> = named_functions(&file).map(|(name, ..)| name).collect();
        let names = Names {
            db: self.db,
            file: EXPRESSION_FILE,
            package: EXPRESSION_PACKAGE.into(),
            from: None,
            own: OwnFunctions::Local(&own),
            imports: &[],
            import_offset: &|| TextSize::new(0),
        };
        self.reached.extend(own.iter().map(|name| expression_key(name.clone())));
        let mut all: Vec<Lowered> = Vec::new();
        for (name, nth, node) in named_functions(&file) {
            if nth > 0 {
                let range = node.name_token().map(|token| token.text_range()).unwrap_or_default();
                let message = format!("there is already a function `{name}` in this expression");
                let code = "duplicate-function";
                let diagnostic = Diagnostic::new(range, Severity::Error, code, message);
                self.refuse(EXPRESSION_FILE, shift.diagnostic(diagnostic));
                continue;
            }
            let range = node.syntax().text_range();
            let broken = parse.errors().iter().any(|error| range.contains_range(error.range));
            let lowered = lower_node(&names, &node, broken);
            self.refuse_errors(&lowered.diagnostics, shift);
            all.push(lowered);
        }
        if self.types {
            self.refuse_errors(&type_diagnostics(self.db, &all, wrapped), shift);
        }
        let text = Arc::new(NumberedText::new(text.into()));
        for lowered in all {
            let source_map = Arc::new(lowered.source_map.map(|range| shift.range(range)));
            let function = ProgramFunction {
                positions: Positions::new(source_map.clone(), text.clone()),
                source_map,
                circuit: lowered.circuit,
                mistakes: Vec::new(),
                file: EcoString::new(),
            };
            self.add(function.circuit.key.clone(), function);
        }
    }

    fn refuse_errors(&mut self, diagnostics: &[Diagnostic], shift: Shift) {
        for diagnostic in diagnostics.iter().filter(|it| it.severity == Severity::Error) {
            self.refuse(EXPRESSION_FILE, shift.diagnostic(diagnostic.clone()));
        }
    }
}

fn has_more_steps(file: &ast::SourceFile) -> bool {
    file.functions()
        .next()
        .and_then(|cell| cell.body())
        .is_some_and(|body| body.steps().count() > 1)
}

/// What types have against the functions of an expression, with places in the text around it.
fn type_diagnostics(db: &dyn Db, functions: &[Lowered], wrapped: &str) -> Vec<Diagnostic> {
    let index: FxHashMap<&FunctionKey, usize> =
        functions.iter().map(|function| &function.circuit.key).zip(0..).collect();
    let callees = |at: usize| -> Vec<usize> {
        functions[at].circuit.callees().filter_map(|key| index.get(key).copied()).collect()
    };
    let mut env = Env { db, schema: World::get(db).schema(db), own: FxHashMap::default() };
    let mut all = Vec::new();
    for component in graph::components(functions.len(), callees) {
        let circuits: Vec<Arc<Circuit>> =
            component.iter().map(|at| functions[*at].circuit.clone()).collect();
        let inferred = types::infer_component(&circuits, &env);
        for (at, inferred) in component.iter().zip(inferred) {
            let Lowered { circuit, source_map: map, .. } = &functions[*at];
            let source = types::Source { file: EXPRESSION_FILE, text: wrapped, circuit, map };
            all.extend(inferred.errors.iter().filter_map(|error| types::report(error, source)));
            env.own.insert(circuit.key.clone(), inferred.scheme);
        }
    }
    all
}

/// The schemes of the functions of an expression that are inferred, and of the others.
struct Env<'a> {
    db: &'a dyn Db,
    schema: Schema,
    own: FxHashMap<FunctionKey, Arc<Scheme>>,
}

impl types::Env for Env<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn scheme(&self, key: &FunctionKey) -> Option<Arc<Scheme>> {
        let own = self.own.get(key).cloned();
        own.or_else(|| types::scheme_of(self.db, find_function(self.db, key)?))
    }
}

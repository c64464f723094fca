//! Making an expression, or labelled steps, ready to be evaluated: it becomes the result of a function of its own, and what is
//! said about this function is moved to where it was entered.

use std::sync::Arc;

use ecow::EcoString;
use ko_evaluator::{run::Entry, value::Value};
use ko_queries::{
    FileId, FunctionKey, checked_program,
    diagnostic::Diagnostic,
    program::{FunctionId, Program},
};
use ko_syntax::{SyntaxKind, TextRange};

use super::{
    Ready, Refusal, Session,
    text::{begins_with_import, labels, size, tokens, top_level},
};
use crate::cli::{failure::Origin, render};

impl Session {
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

//! Loading and running Ko sources in tests.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod programs;

use std::{
    sync::{Arc, Mutex},
    thread,
};

use ko_evaluator::{
    event::{Event, Observer},
    failure::Failure,
    run::{Entry, RunOptions, RunResult, run},
    value::Value,
};
use ko_queries::{
    FileId, FunctionKey, RootDatabase,
    program::{FunctionId, Program},
};
use ko_schema::Schema;

/// Collects what a program writes to standard output.
#[derive(Default)]
pub(crate) struct Output {
    pub(crate) text: Mutex<String>,
    /// Whether to ask for the events of steps, too.
    pub(crate) steps: bool,
}

impl Output {
    pub(crate) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }
}

impl Observer for Output {
    fn event(&self, event: Event) {
        if let Event::Output { text, error: false } = event {
            self.text.lock().unwrap().push_str(&text);
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        self.steps
    }
}

/// The program of `Main` in package `case`, or the messages that refuse it. Packages must be well formed as a whole,
/// also where the entry does not reach.
pub(crate) fn link(files: &[(&str, &str, &str)]) -> Result<Arc<Program>, Vec<String>> {
    with_room(|| {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        for (id, (path, package, text)) in files.iter().enumerate() {
            db.set_file(FileId(id as u32), path, package, Arc::from(*text));
        }
        let files = db.file_ids();
        let program = ko_queries::well_formed_program(&db, &files, &[main()]).map(Arc::new);
        program.map_err(|refusal| {
            refusal.into_iter().map(|(_, diagnostic)| diagnostic.message).collect()
        })
    })
}

pub(crate) fn main() -> FunctionKey {
    FunctionKey { package: "case".into(), name: "Main".into() }
}

/// Queries recurse over deep expressions, so they run on a large stack.
pub(crate) fn with_room<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let handle =
            thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, body).unwrap();
        handle.join().unwrap()
    })
}

/// Runs a source whose `Main` is the entry.
pub(crate) fn run_source(source: &str, options: RunOptions) -> RunResult {
    let program = link(&[("case/main.ko", "case", source)])
        .unwrap_or_else(|errors| panic!("{errors:?}\n{source}"));
    run(program, Entry::function(main()), options)
}

/// Runs a source: its result and what it wrote.
pub(crate) fn outcome(source: &str) -> (Result<Value, Failure>, String) {
    let output = Arc::new(Output::default());
    let result =
        run_source(source, RunOptions { observer: output.clone(), ..RunOptions::default() });
    (result.outcome, output.text())
}

/// Runs an expression: its result and what it wrote.
pub(crate) fn evaluate(expression: &str) -> (Result<Value, Failure>, String) {
    let linked = with_room(|| {
        let db = RootDatabase::new(Schema::builtin().clone());
        ko_queries::program_for_expression(&db, expression)
    });
    let (program, key) = linked.unwrap_or_else(|errors| panic!("{expression}: {errors:?}"));
    let output = Arc::new(Output::default());
    let options = RunOptions { observer: output.clone(), ..RunOptions::default() };
    let result = run(Arc::new(program), Entry::function(key), options);
    (result.outcome, output.text())
}

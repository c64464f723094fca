//! Who calls a function and whom it calls, across files.
//!
//! In Ko a function may be handed over to be called elsewhere, as a variety. A mention counts as a call, since only what
//! is mentioned can be called; and so does a call of a step or field whose type says which functions it may be.

use ecow::EcoString;
use ko_queries::projects::import_path;
use ko_queries::{
    RootDatabase,
    circuit::{StepKind, Target as CircuitTarget},
    types::{At, place},
};
use rustc_hash::FxHashSet;
use text_size::{TextRange, TextSize};

use crate::{
    FilePosition, FileRange,
    callable::Callable,
    navigation::{self, usages},
    pages::{self, Named, Target},
    source::{Scope, Source},
    symbol::{Symbol, symbol},
    typing,
};

/// Something that calls or is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallItem {
    /// Its name.
    pub name: EcoString,
    /// Its package, or what kind of function it is.
    pub detail: String,
    /// Its name where it is defined. It says which function this is: it may be given to [`incoming_calls`] and
    /// [`outgoing_calls`].
    pub target: Target,
    /// All of it.
    pub range: TextRange,
    /// Whether it is written in Ko; gates and builtins call nothing.
    pub is_function: bool,
}

/// Calls from one function to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls, or who is called.
    pub item: CallItem,
    /// Where, in the file of the caller.
    pub at: Vec<FileRange>,
}

/// The functions that the name at a place stands for: one, or those that a variety may be.
pub fn prepare_call_hierarchy(db: &RootDatabase, at: &Target) -> Vec<CallItem> {
    callables(db, at).into_iter().filter_map(|it| item(db, &it)).collect()
}

/// Who calls the function at a place, in the order of their files.
pub fn incoming_calls(db: &RootDatabase, at: &Target) -> Vec<Call> {
    let Some(callable) = callables(db, at).into_iter().next() else { return Vec::new() };
    let mut calls = Calls::default();
    // Those that mention it, and those that these may hand it to: their callers.
    let mut near: Vec<Scope<'_>> = Vec::new();
    for usage in usages(db, &Symbol::Callable(callable.clone())) {
        let Some(scope) = scope_at(db, usage.at).filter(|_| !usage.definition) else { continue };
        calls.add(Callable::Function(scope.function), usage.at);
        if !near.iter().any(|it| it.function == scope.function) {
            near.push(scope);
        }
    }
    let mut callers: Vec<Scope<'_>> = Vec::new();
    for scope in &near {
        for usage in usages(db, &Symbol::Callable(Callable::Function(scope.function))) {
            let Some(caller) = scope_at(db, usage.at).filter(|_| !usage.definition) else {
                continue;
            };
            if !near.iter().chain(&callers).any(|it| it.function == caller.function) {
                callers.push(caller);
            }
        }
    }
    for scope in near.iter().chain(&callers) {
        for (at, called) in variety_calls(scope) {
            if called == callable {
                calls.add(Callable::Function(scope.function), at);
            }
        }
    }
    calls.finish(db)
}

/// Whom the function at a place calls, in the order of the text. Gates and builtins call nobody.
pub fn outgoing_calls(db: &RootDatabase, at: &Target) -> Vec<Call> {
    let Some(Callable::Function(function)) = callables(db, at).into_iter().next() else {
        return Vec::new();
    };
    let Some(scope) = Scope::new(db, function) else { return Vec::new() };
    let mut calls = Calls::default();
    let mut all: Vec<(FileRange, Callable<'_>)> = scope
        .targets()
        .into_iter()
        .filter_map(|(range, target)| {
            let at = FileRange { file: scope.file(), range };
            Some((at, Callable::of(db, target)?))
        })
        .collect();
    all.extend(variety_calls(&scope));
    all.sort_by_key(|it| it.0.range.start());
    for (at, callable) in all {
        calls.add(callable, at);
    }
    calls.finish(db)
}

/// The calls of a function whose callee is no name of a function, where types say what it may be.
fn variety_calls<'db>(scope: &Scope<'db>) -> Vec<(FileRange, Callable<'db>)> {
    let db = scope.db;
    let circuit = scope.circuit();
    let Some(text) = db.text(scope.file()) else { return Vec::new() };
    let mut out = Vec::new();
    let mentions: FxHashSet<TextSize> = scope.targets().keys().map(|it| it.start()).collect();
    for id in circuit.ids() {
        let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(id).kind else { continue };
        if matches!(circuit.step(*callee).kind, StepKind::Target(_)) {
            continue;
        }
        let Some(range) = place(circuit, scope.map(), &text, At::Callee(id)) else { continue };
        // `F[a: 1](b: 2)`: the mention is counted already.
        if mentions.contains(&range.start()) {
            continue;
        }
        let at = FileRange { file: scope.file(), range };
        let called = typing::callees(scope, *callee, &[]);
        out.extend(called.iter().filter_map(|it| Some((at, Callable::of(db, it)?))));
    }
    out
}

/// What the name at a place calls or would call.
fn callables<'db>(db: &'db RootDatabase, at: &Target) -> Vec<Callable<'db>> {
    let found = match at {
        Target::File(at) => {
            let position = FilePosition { file: at.file, offset: at.range.start() };
            Source::new(db, position.file).and_then(|source| {
                let token = source.token_at(position.offset)?;
                symbol(&source, &token)
            })
        }
        Target::Page(page, range) => match pages::name_at(db, page, range.start()) {
            Some(Named::Symbol(symbol)) => Some(symbol),
            _ => None,
        },
    };
    let varieties = |scope: &Scope<'db>, step, path: &[EcoString]| {
        let targets: Vec<CircuitTarget> = typing::callees(scope, step, path);
        targets.iter().filter_map(|it| Callable::of(db, it)).collect()
    };
    match found {
        Some(Symbol::Callable(callable)) => vec![callable],
        Some(Symbol::Label(scope, index)) => match scope.circuit().labels.get(index) {
            Some((_, step)) => varieties(&scope, *step, &[]),
            None => Vec::new(),
        },
        Some(Symbol::Select { scope, base, path }) => varieties(&scope, base, &path),
        _ => Vec::new(),
    }
}

fn scope_at(db: &RootDatabase, at: FileRange) -> Option<Scope<'_>> {
    Source::new(db, at.file)?.scope_at(at.range.start())
}

fn item(db: &RootDatabase, callable: &Callable<'_>) -> Option<CallItem> {
    let target =
        navigation::definition(db, Symbol::Callable(callable.clone())).into_iter().next()?;
    let (detail, range) = match callable {
        Callable::Function(function) => {
            let scope = Scope::new(db, *function)?;
            (import_path(&scope.circuit().key.package).to_owned(), scope.map().function)
        }
        Callable::Gate(id) => {
            let schema = db.schema();
            let kind = schema.kind(schema.gate_by_id(*id).kind);
            (format!("k8s/{}", kind.import_path()), place_of(&target))
        }
        Callable::Builtin(id) => match id.info().package {
            "" => ("builtin".to_owned(), place_of(&target)),
            package => (package.to_owned(), place_of(&target)),
        },
    };
    let is_function = matches!(callable, Callable::Function(_));
    Some(CallItem { name: callable.name(db), detail, target, range, is_function })
}

fn place_of(target: &Target) -> TextRange {
    match target {
        Target::File(at) => at.range,
        Target::Page(_, range) => *range,
    }
}

/// Calls by the other side, in the order in which they were found.
#[derive(Default)]
struct Calls<'db> {
    all: Vec<(Callable<'db>, Vec<FileRange>)>,
}

impl<'db> Calls<'db> {
    fn add(&mut self, callable: Callable<'db>, at: FileRange) {
        match self.all.iter_mut().find(|it| it.0 == callable) {
            Some((_, places)) if places.contains(&at) => {}
            Some((_, places)) => places.push(at),
            None => self.all.push((callable, vec![at])),
        }
    }

    fn finish(self, db: &RootDatabase) -> Vec<Call> {
        let call = |(callable, at): (Callable<'_>, Vec<FileRange>)| {
            Some(Call { item: item(db, &callable)?, at })
        };
        self.all.into_iter().filter_map(call).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const OTHERS: &[(&str, &str, &str)] = &[
        ("app", "b.ko", "Top() { return: (Middle(), ListPods()) }"),
        ("lib", "c.ko", "import \"app\"\nFar() { return: (app.Middle(), app.Middle()) }"),
    ];

    fn show(calls: &[Call]) -> Vec<String> {
        let show = |it: &Call| format!("{} {} ×{}", it.item.detail, it.item.name, it.at.len());
        calls.iter().map(show).collect()
    }

    fn at(fixture: &Fixture) -> Target {
        let FilePosition { file, offset } = fixture.position();
        Target::File(FileRange { file, range: TextRange::empty(offset) })
    }

    #[test]
    fn calls_across_files() {
        let fixture =
            Fixture::with("Middle$0() { return: (low(), Len(low)) }\nlow() { return: 1 }", OTHERS);
        let db = &fixture.db;
        let items = prepare_call_hierarchy(db, &at(&fixture));
        assert_eq!(items.len(), 1);
        assert_eq!(fixture.slice(items[0].range), "Middle() { return: (low(), Len(low)) }");
        assert_eq!(show(&incoming_calls(db, &items[0].target)), ["app Top ×1", "lib Far ×2"]);
        let out = outgoing_calls(db, &items[0].target);
        assert_eq!(show(&out), ["app low ×2", "builtin Len ×1"]);
        // From a page.
        assert_eq!(show(&incoming_calls(db, &out[1].item.target)), ["app Middle ×1"]);
        assert!(outgoing_calls(db, &out[1].item.target).is_empty());
    }

    #[test]
    fn calls_of_varieties() {
        let text = "make() { return: work[a: 1] }\nuse() {\n f: make()\n return: f(b: 2) }\nwork$0(a, b) { return: (a, b) }\nhand() { return: Range(over: 1, with: work) }";
        let fixture = Fixture::new(text);
        let db = &fixture.db;
        let work = at(&fixture);
        assert_eq!(show(&incoming_calls(db, &work)), ["app make ×1", "app hand ×1", "app use ×1"]);
        let user = fixture.find("use()");
        let user = Target::File(FileRange { file: fixture.file, range: user });
        assert_eq!(show(&outgoing_calls(db, &user)), ["app make ×1", "app work ×1"]);
        let label = fixture.find("f(b: 2)");
        let label = Target::File(FileRange { file: fixture.file, range: label });
        assert_eq!(prepare_call_hierarchy(db, &label)[0].name, "work");
    }

    #[test]
    fn inline_functions_call_for_themselves() {
        let fixture = Fixture::new(
            "F() { return: Range(over: 1, with: g(x?) { return: low$0(x) }) }\nlow(y?) { return: y }",
        );
        let calls = incoming_calls(&fixture.db, &at(&fixture));
        assert_eq!(show(&calls), ["app g ×1"]);
    }
}

//! How fast programs run: each program once per measurement, on a prepared [`Program`].
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use ko_evaluator::run::{Entry, RunOptions, run};
use ko_queries::{FileId, FunctionKey, RootDatabase, program::Program};
use ko_schema::Schema;

fn main() {
    divan::main();
}

const PROGRAMS: &[(&str, &str)] = &[
    (
        "fibonacci of 20",
        "Main() { return: Fib(20) }\n\
         Fib(n?) { return: Branch(if: Less(n, 2), then: Return[n], else: More[n]) }\n\
         More(n?) { return: Sum(Fib(Sum(n, -1)), Fib(Sum(n, -2))) }",
    ),
    (
        "loop of 100,000",
        "Main() { return: Loop(start: 0, step: Inc, stop: Done) }\n\
         Done(n?) { return: Equal(n, 100000) }",
    ),
    (
        "range over 10,000",
        "Main() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), b: Merge(a, a, a, a, a, a, a, a, a, a)\n\
         c: Merge(b, b, b, b, b, b, b, b, b, b), d: Merge(c, c, c, c, c, c, c, c, c, c)\n\
         return: Range(start: 0, over: d, with: Step).residue }\n\
         Step(carry, elem) { return: (carry: Sum(carry, elem), emit: (x: elem)) }",
    ),
    (
        "1,000 spins",
        "Main() { return: Len(Range(over: Range(over: Many(), with: Start).image, with: End).image) }\n\
         Start(elem) { return: (emit: Spin(Inc[elem])) }\n\
         End(elem) { return: (emit: elem.Wait()) }\n\
         Many() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), b: Merge(a, a, a, a, a, a, a, a, a, a), return: Merge(b, b, b, b, b, b, b, b, b, b) }",
    ),
    (
        "taking 1,000 elements one by one",
        "Main() { a: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), b: Merge(a, a, a, a, a, a, a, a, a, a)\n\
         return: Loop(start: Merge(b, b, b, b, b, b, b, b, b, b), step: Rest, stop: Done) }\n\
         Rest(list?) { return: Take(list).remainder }\n\
         Done(list?) { return: Equal(Len(list), 0) }",
    ),
];

fn program(source: &str) -> Arc<Program> {
    let mut db = RootDatabase::new(Schema::builtin().clone());
    db.set_file(FileId(0), "bench/main.ko", "bench", Arc::from(source));
    Arc::new(ko_queries::program(&db, &[key()]).unwrap())
}

fn key() -> FunctionKey {
    FunctionKey { package: "bench".into(), name: "Main".into() }
}

#[divan::bench(args = PROGRAMS.iter().map(|(name, _)| *name))]
fn runs(bencher: divan::Bencher<'_, '_>, name: &str) {
    let (_, source) = PROGRAMS.iter().find(|(other, _)| *other == name).unwrap();
    let program = program(source);
    bencher.bench_local(|| {
        run(program.clone(), Entry::function(key()), RunOptions::default()).outcome.unwrap()
    });
}

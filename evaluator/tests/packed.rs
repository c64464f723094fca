//! What a program does not need is not made ready for it: the schema of Kubernetes stays packed while a program without
//! gates is linked and runs. A process of its own, for the schema is one for all of a process.
#![allow(clippy::unwrap_used)]

mod support;

use ko_evaluator::run::RunOptions;
use ko_schema::Schema;

const WITHOUT_GATES: &str = "
// Its name could be that of a gate, and it calls functions that are builtins, its own, or not there for long.
Main() { shop: CreateShop(name: \"s\"), return: Merge(Twice(shop), Len(\"ab\")) }
CreateShop(name) { return: Len(name) }
Twice(elem?) { return: Sum(elem, elem) }
";

const WITH_A_GATE: &str = "Main() { return: GetPod(namespace: \"n\", name: \"p\") }";

#[test]
fn the_schema_stays_packed_until_a_program_names_a_gate() {
    let result = support::run_source(WITHOUT_GATES, RunOptions::default());
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    assert!(!Schema::builtin().is_unpacked());
    support::link(&[("case/main.ko", "case", WITH_A_GATE)]).unwrap();
    assert!(Schema::builtin().is_unpacked());
}

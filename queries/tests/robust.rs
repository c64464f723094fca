//! Nothing that a file can hold brings the queries down.
#![allow(clippy::unwrap_used)]

mod common;

use common::database;
use ko_queries::{
    FileId, RootDatabase, circuit::StepKind, items, lower, program, program_for_expression,
};
use proptest::prelude::*;

/// Computes everything that can be computed about a text, and checks what holds for any text.
fn check(text: &str) {
    let db = database(text);
    let len = text.len();
    for diagnostic in ko_queries::diagnostics(&db, FileId(0)).iter() {
        assert!(usize::from(diagnostic.range.end()) <= len, "{text:?}: {diagnostic:?}");
        assert!(text.is_char_boundary(diagnostic.range.start().into()));
    }
    functions(&db);
    let _ = program_for_expression(&db, text);
}

fn functions(db: &RootDatabase) {
    let file = ko_queries::Db::source_file(db, FileId(0)).unwrap();
    for (index, function) in items::functions_of_file(db, file).into_iter().enumerate() {
        let lowered = lower::lower(db, function).as_ref().unwrap();
        let circuit = &lowered.circuit;
        assert_eq!(circuit.order.len(), circuit.steps.len());
        assert_eq!(lowered.source_map.steps.len(), circuit.steps.len());
        for id in circuit.ids() {
            let args = match &circuit.step(id).kind {
                StepKind::Apply { args, .. } => args.len(),
                _ => 0,
            };
            assert_eq!(lowered.source_map.args.of(id).len(), args);
        }
        // Every step runs after what it reads.
        let mut done = vec![false; circuit.steps.len()];
        for id in &circuit.order {
            circuit.for_each_operand(*id, |operand| assert!(done[operand.0 as usize]));
            done[id.0 as usize] = true;
        }
        items::function_doc(db, function);
        if index < 5 {
            let _ = program(db, &[function.key(db)]);
        }
    }
}

#[test]
fn deep_and_long_texts() {
    // The depth that the parser allows needs more than the small stack of a test thread.
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let depth = 5_000;
            check(&format!("F() {{ return: {}1{} }}", "(".repeat(depth), ")".repeat(depth)));
            check(&format!("F() {{ return: x{} }}", "(1)".repeat(depth)));
            check(&format!("F(x) {{ return: x{} }}", ".y".repeat(depth)));
            check(&"f() { return: ".repeat(500));
            let chain: Vec<_> = (0..3_000).map(|i| format!("l{i}: l{}", i + 1)).collect();
            check(&format!("F() {{ {}, return: l0 }}", chain.join(", ")));
            check(&format!("F() {{ {}, l3000: l0, return: l0 }}", chain.join(", ")));
        })
        .unwrap()
        .join()
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn pieces_of_programs(pieces in prop::collection::vec(prop::sample::select(vec![
        "F", "(", ")", "[", "]", "{", "}", "return", ": ", ".", ", ", "\n", "x", "1", "\"s\"", "true", "import ",
        "\"integer\"", "?", "G(x?) { return: x }", "a: b", "b: a", "-", "as ", "Sum(", "// c\n",
    ]), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn bodies(pieces in prop::collection::vec(prop::sample::select(vec![
        "a: b", "b: a", "c: Sum(a, b.x)", "c: c", "return: c", "d: (a: x)[y].z", "x: 1", "e: e(x) { return: y }",
        "return: integer.Sum(1)", "f: F(F)", "g: true.x",
    ]), 0..8)) {
        check(&format!("F(x, y?) {{ {} }}", pieces.join(", ")));
    }
}

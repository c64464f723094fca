//! Where we differ from the reference on purpose (language specification, §11): for each quirk that shows when a
//! program runs, what we do instead. The tests bear the numbers of the quirks.
//!
//! Quirks that do not show in a run are tested where they belong:
//!
//! * Q5 (documentation comments): `syntax`.
//! * Q11 (the warning about omitted arguments), Q22, Q23 (lints): `queries`, `tests/diagnostics.rs`. That a run keeps
//!   the behaviour of Q11 is tested here.
//! * Q17, Q18, Q30 (`ko test`, `ko doc`, `ko play`) and the positions of Q27 as a user sees them: `server`.
//!
//! The conformance cases that differ because of these are listed in `exceptions.txt`.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use ko_evaluator::{
    failure::{Failure, FailureKind},
    host::HostAccess,
    print,
    run::RunOptions,
    value::Value,
    vtype,
};

use support::{evaluate, link, outcome, run_source};

/// What an expression prints as.
fn printed(expression: &str) -> String {
    match evaluate(expression).0 {
        Ok(value) => print::print(&value),
        Err(failure) => panic!("{expression}: {failure}"),
    }
}

/// Why an expression that is well formed fails. Never anything but an error, and always with a position.
fn failure(expression: &str) -> String {
    let failure = evaluate(expression).0.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Error), "{expression}: {failure:?}");
    assert!(failure.position().is_some_and(|at| at.line > 0), "{expression}: {failure:?}");
    failure.message
}

/// The messages that refuse a program before anything of it runs.
fn refusal(source: &str) -> String {
    match link(&[("case/main.ko", "case", source)]) {
        Ok(_) => panic!("was not refused: {source}"),
        Err(messages) => messages.join("\n"),
    }
}

/// What `Main` returns, printed, and what the program writes.
fn main_of(source: &str) -> (String, String) {
    let (value, output) = outcome(source);
    (print::print(&value.unwrap_or_else(|failure| panic!("{failure}\n{source}"))), output)
}

#[test]
fn q1_literals_out_of_range_are_refused_and_the_minimum_can_be_written() {
    for literal in ["9223372036854775808", "-9223372036854775809", "1e400", "1e", "0x"] {
        let message = refusal(&format!("Main() {{ return: {literal} }}"));
        assert!(!message.is_empty(), "{literal}");
    }
    assert_eq!(printed("-9223372036854775808"), "-9223372036854775808");
    assert_eq!(printed("- 9223372036854775808"), "-9223372036854775808");
    assert_eq!(printed("010"), "10");
}

#[test]
fn q2_raw_strings_have_no_backquotes() {
    assert_eq!(printed("`abc`"), r#""abc""#);
    assert_eq!(printed("`a\\n\"b`"), r#""a\\n\"b""#);
    let main = "import `lib/a` as a\nMain() { return: a.F() }";
    let files = [("case/main.ko", "case", main), ("lib/a/f.ko", "lib/a", "F() { return: 1 }")];
    assert!(link(&files).is_ok());
}

#[test]
fn q3_a_value_without_label_is_refused() {
    for source in
        ["Main() { : 1, return: 2 }", "Main() { return: (: 1) }", "Main() { return: (: 1, a: 2) }"]
    {
        assert!(refusal(source).contains("label"), "{source}: {}", refusal(source));
    }
}

#[test]
fn q4_nested_calls_do_not_take_longer_and_longer() {
    // The reference takes a minute for twenty levels; here only a hang would fail.
    let depth = 150;
    let nest = format!("{}1{}", "Return(Return)(".repeat(depth), ")".repeat(depth));
    assert_eq!(printed(&nest), "1");
}

#[test]
fn q6_an_import_that_leads_nowhere_is_refused() {
    let message = refusal("import \"no/such/package\"\nMain() { return: 1 }");
    assert!(message.contains("no/such/package"), "{message}");
}

#[test]
fn q7_a_repeated_label_is_refused() {
    for source in [
        "Main() { a: 1, a: 2, return: a }",
        "Main() { a: 1, b: a, b: a, return: 3 }",
        "Main() { x: 1, return: x, return: x }",
    ] {
        assert!(refusal(source).contains("label"), "{source}: {}", refusal(source));
    }
}

#[test]
fn q8_names_that_nothing_has_are_refused_also_where_they_are_not_reached() {
    for (source, name) in [
        ("Main() { return: Missing() }", "Missing"),
        ("Main() { return: 1 }\nNever() { return: Missing() }", "Missing"),
        ("Main() { unused: Missing, return: 1 }", "Missing"),
        ("import \"integer\"\nMain() { return: integer.Missing(1) }", "Missing"),
        ("import \"integer\"\nMain() { return: integer.Sum.x(1) }", "integer.Sum"),
    ] {
        assert!(refusal(source).contains(name), "{source}: {}", refusal(source));
    }
}

#[test]
fn q9_chains_under_one_argument_name_do_not_collide() {
    assert_eq!(printed("(u: (x: 1).x, u: (x: 2).x)"), "(u: (1, 2))");
    assert_eq!(
        printed("(u: Return((f: 1)).f, u: Return((f: 2)).f, u: (f: (f: 3)).f.f)"),
        "(u: (1, 2, 3))"
    );
}

#[test]
fn q10_blobs_unify_with_blobs_and_can_be_optional() {
    let two = Value::sequence(vec![Value::blob("a"), Value::blob("b")]).unwrap();
    assert_eq!(print::print_type(&vtype::Type::of(&two)), "(Blob)");
    let with = Value::structure([("a", Value::blob("x"))]);
    let mixed = Value::sequence(vec![with, Value::unit()]).unwrap();
    assert_eq!(print::print_type(&vtype::Type::of(&mixed)), "((a: *Blob))");
    assert!(Value::sequence(vec![Value::blob("a"), Value::string("b")]).is_err());
}

#[test]
fn q11_an_absent_argument_of_a_gate_is_its_zero_and_an_empty_one_is_refused() {
    assert_eq!(printed("Not()"), "true");
    assert_eq!(printed("(And(), Or(), Xor())"), "(true, false, false)");
    assert!(failure("Not(Empty())").contains("Bool"));
}

#[test]
fn q12_numbers_do_not_turn_into_other_things_without_a_word() {
    for expression in ["Not(1)", "And(1)", "Print(65)", "Println(1.5)"] {
        let message = failure(expression);
        let name = expression.split('(').next().unwrap();
        assert!(message.contains(name), "{expression}: {message}");
    }
    // What is asked for in words stays.
    assert_eq!(printed("(String(65), String(66))"), r#"("A", "B")"#);
    assert_eq!(printed("Int64(-1.9)"), "-1");
}

#[test]
fn q13_equality_of_a_sequence_of_one_is_symmetric() {
    for (a, b) in [("1", "Merge(1)"), ("(a: 1)", "Merge((a: 1))"), ("\"\"", "Merge(\"\")")] {
        assert_eq!(printed(&format!("Equal({a}, {b})")), "true");
        assert_eq!(printed(&format!("Equal({b}, {a})")), "true");
    }
    assert_eq!(printed("Equal(2, Merge(1))"), "false");
    assert_eq!(printed("Equal(Merge(1), 2)"), "false");
}

#[test]
fn q14_functions_are_equal_only_to_themselves() {
    let imports = "import \"integer\"\nimport \"lib/a\" as a\nimport \"lib/b\" as b\n";
    let equal = |left: &str, right: &str| {
        let main = format!("{imports}Main() {{ return: Equal({left}, {right}) }}");
        let files = [
            ("case/main.ko", "case", &*main),
            ("lib/a/f.ko", "lib/a", "F(x) { return: x }"),
            ("lib/b/f.ko", "lib/b", "F(x) { return: x }"),
        ];
        let entry = ko_evaluator::run::Entry::function(support::main());
        let options = ko_evaluator::run::RunOptions::default();
        let value = ko_evaluator::run::run(link(&files).unwrap(), entry, options).outcome.unwrap();
        value.as_bool().unwrap()
    };
    assert!(equal("a.F", "a.F") && equal("a.F[x: 1]", "a.F[x: 1]") && equal("Sum", "Sum"));
    assert!(!equal("a.F", "b.F") && !equal("a.F[x: 1]", "a.F[x: 2]") && !equal("a.F", "a.F[x: 1]"));
    assert!(!equal("integer.Equal", "Equal") && !equal("integer.Sum", "Sum"));
    assert!(!equal("Spin(Return[5]).Wait", "Spin(Return[5]).Wait"));
    assert!(!equal("Memory().Recall", "Memory().Recall"));
    let same = "Main() { m: Memory(), t: Spin(Return[1]), return: (Equal(m.Recall, m.Recall), Equal(t.Wait, t.Wait)) }";
    assert_eq!(main_of(same).0, "(true, true)");
}

#[test]
fn q15_arithmetic_has_the_common_type_of_its_operands() {
    for (expression, value, ty) in [
        ("Sum(Int8(1), 1000)", "1001", "Int64"),
        ("Sum(Int16(300), Int8(1))", "301", "Int16"),
        ("Prod(Uint8(200), Uint16(2))", "400", "Uint16"),
        // Overflow still wraps, to that type.
        ("Sum(Int8(127), Int8(1))", "-128", "Int8"),
        ("Sum(9223372036854775807, 1)", "-9223372036854775808", "Int64"),
    ] {
        let result = evaluate(expression).0.unwrap();
        assert_eq!(print::print(&result), value, "{expression}");
        assert_eq!(print::print_type(&vtype::Type::of(&result)), ty, "{expression}");
    }
}

#[test]
fn q16_what_crashed_is_an_error_with_a_position() {
    for (expression, text) in [
        ("Ratio(1, 0)", "by 0"),
        ("Moduli(1, 0)", "by 0"),
        ("Ratio(Uint8(1), Uint8(0))", "by 0"),
        ("f() { return: Placeholder() }()", "Placeholder"),
        ("f(n?) { return: f(n) }(1)", "nested"),
        ("f(n?) { return: g(n) }(g(n?) { return: f(n) }(1))", "nested"),
    ] {
        let message = failure(expression);
        assert!(message.contains(text), "{expression}: {message}");
    }
    // The smallest number divided by -1 wraps; the processor would trap.
    assert_eq!(printed("Ratio(-9223372036854775808, -1)"), "-9223372036854775808");
    assert_eq!(printed("Moduli(-9223372036854775808, -1)"), "0");
    assert_eq!(printed("Ratio(Int8(-128), Int8(-1))"), "-128");
}

/// What `Main` of a program with these imports returns.
fn library(imports: &[&str], body: &str) -> Result<Value, Failure> {
    let imports: String = imports.iter().map(|path| format!("import \"{path}\"\n")).collect();
    let options = RunOptions { host: HostAccess::ALL, ..RunOptions::default() };
    run_source(&format!("{imports}Main() {{ return: {body} }}"), options).outcome
}

#[test]
fn q19_data_nests_and_keeps_the_order_of_its_fields() {
    let imports = ["encoding/json", "encoding/yaml"];
    let nested = "(z: (y: ((x: 1), (x: 2))), a: \"b\")";
    for (expression, expected) in [
        (format!("json.Marshal({nested})"), r#"{"z":{"y":[{"x":1},{"x":2}]},"a":"b"}"#),
        (format!("yaml.Marshal({nested})"), "z:\n  \"y\":\n  - x: 1\n  - x: 2\na: b\n"),
    ] {
        assert_eq!(library(&imports, &expression).unwrap(), Value::string(expected));
    }
    let text = r#"json.Unmarshal("{\"z\":{\"y\":[{\"x\":1},{\"w\":2}]},\"a\":null}")"#;
    let value = library(&imports, text).unwrap();
    assert_eq!(print::print(&value), "(z: (y: ((x: 1), (w: 2))))");
    let unlike = library(&imports, r#"json.Unmarshal("[1,\"a\"]")"#).unwrap_err();
    assert!(unlike.message.contains("Float64 and String cannot be unified"), "{unlike}");
}

#[test]
fn q20_what_worked_returns_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = print::print(&Value::string(folder.path().join("a/b").to_str().unwrap()));
    assert!(library(&["os"], &format!("os.Mkdir({path})")).unwrap().is_empty());
    assert!(folder.path().join("a/b").is_dir());
    std::fs::write(folder.path().join("f"), "").unwrap();
    let below = print::print(&Value::string(folder.path().join("f/g").to_str().unwrap()));
    let failure = library(&["os"], &format!("os.Mkdir({below})")).unwrap_err();
    assert!(failure.message.starts_with("os.Mkdir cannot make the directory"), "{failure}");
}

#[test]
fn q26_a_panic_of_a_function_that_a_gate_calls_stays_one() {
    let body = "Recover(
        invoke: fast.Insert[node: (value: 1), value: 2, Less: f(left) { return: Panic(left) }]
        panic: Return
    )";
    assert_eq!(library(&["redblack/fast"], body).unwrap(), Value::int(2));
}

#[test]
fn q21_hash_keeps_its_weakness_and_nothing_else_has_it() {
    // As programs expect it: only the type of a number counts, strings collide, and the order of fields matters.
    assert_eq!(printed("(Hash(1), Hash(2))"), r#"("3pcnccp", "3pcnccp")"#);
    assert_eq!(printed("(Hash(\"a\"), Hash(\"bp\"))"), r#"("129yv1t", "129yv1t")"#);
    assert_eq!(printed("(Hash(a: 1, b: 2), Hash(b: 2, a: 1))"), r#"("3rypwar", "pji4tsy")"#);
    // A memory tells them apart, and ignores the order of fields.
    let source = "Main() { m: Memory(), a: m.Remember(key: 1, value: \"one\"), b: m.Remember(key: 2, value: \"two\", _after: a)\n\
        c: m.Remember(key: (x: 1, y: 2), value: \"pair\", _after: b)\n\
        return: (one: m.Recall(key: 1, _after: c), two: m.Recall(key: 2, _after: c), pair: m.Recall(key: (y: 2, x: 1), _after: c)) }";
    assert_eq!(main_of(source).0, r#"(one: "one", two: "two", pair: "pair")"#);
    // Ten thousand numbers have about as many hashes.
    let state = RandomState::new();
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for number in 0..10_000 {
        *seen.entry(state.hash_one(Value::int(number))).or_default() += 1;
    }
    assert!(seen.len() > 9_990, "{} hashes of 10000 numbers", seen.len());
}

#[test]
fn q24_a_memory_is_flushed_in_the_order_of_insertion() {
    let source = "Main() { m: Memory(), a: m.Remember(key: \"z\", value: 1), b: m.Remember(key: \"a\", value: 2, _after: a)\n\
        c: m.Remember(key: \"m\", value: 3, _after: b), d: m.Remember(key: \"z\", value: 4, _after: c), return: m.Flush(_after: d) }";
    let expected = r#"((key: "z", value: 4), (key: "a", value: 2), (key: "m", value: 3))"#;
    for _ in 0..5 {
        assert_eq!(main_of(source).0, expected);
    }
}

#[test]
fn q25_placeholders_of_templates_may_have_digits() {
    let template = "Template(template: \"{{a1.b_2}}!\", args: (a1: (b_2: \"x\")), withString: Return, withArg: Return)";
    assert_eq!(printed(template), r#"("x", "!")"#);
    for bad in ["{{1a}}", "{{a-b}}", "{{}}", "{{a..b}}"] {
        let expression = format!(
            "Template(template: \"{bad}\", args: (a: 1), withString: Return, withArg: Return)"
        );
        assert!(failure(&expression).contains("placeholder"), "{bad}");
    }
}

#[test]
fn q26_a_panic_stays_one_whatever_called_the_function() {
    for invoke in [
        "f() { return: Range(over: (1, 2), with: g(elem) { return: Panic(elem) }) }",
        "f() { return: Loop(start: 1, step: Panic) }",
        "f() { return: Sort(over: (2, 1), less: g(left, right) { return: Panic(1) }) }",
        "f() { return: Format(format: \"%%\", args: 1, withString: Return, withArg: Panic) }",
        "f() { return: When(have: 1, then: Panic) }",
        "f() { return: Spin(Panic[1]).Wait() }",
        "f() { return: Parallel(Panic[1]) }",
        "f() { return: Profile(Panic[1]) }",
    ] {
        let expression = format!("Recover(invoke: {invoke}, panic: Return)");
        assert_eq!(printed(&expression), "1", "{invoke}");
    }
}

#[test]
fn q27_refusals_say_what_is_wrong_in_plain_words() {
    for (source, text) in [
        ("Main() { return: \"\\q\" }", "\\q"),
        ("Main() { return: 1 } /* open", "comment"),
        ("Main() { a: b, b: a, return: a }", "need each other"),
        ("Main() { a: 1 }", "return"),
    ] {
        let message = refusal(source);
        assert!(message.contains(text), "{source}: {message}");
        assert!(!message.contains("{{") && !message.contains("0x"), "{message}");
    }
}

#[test]
fn q28_print_returns_what_it_wrote() {
    for (arguments, text) in [("", ""), ("\"a\"", "a"), ("\"a\", \"b\"", "ab")] {
        for (name, end) in [("Print", ""), ("Println", "\n")] {
            let (value, output) = evaluate(&format!("{name}({arguments})"));
            assert_eq!(output, format!("{text}{end}"));
            assert_eq!(value.unwrap(), Value::string(&output), "{name}({arguments})");
        }
    }
}

#[test]
fn q29_a_float_without_a_fraction_prints_like_an_integer() {
    assert_eq!(printed("(1.0, 1e6, 0.5)"), "(1, 1e+06, 0.5)");
    // They are different values all the same.
    assert_eq!(
        printed("f() { a: ShowType(1.0), b: ShowType(1), return: (a: a, b: b) }()"),
        "(a: 1, b: 1)"
    );
    assert_ne!(Value::float(1.0), Value::int(1));
}

#[test]
fn q31_among_ready_steps_the_one_written_first_runs() {
    assert_eq!(
        main_of("Main() { a: Show(\"a\"), b: Show(\"b\"), return: Show(\"c\") }").1,
        "\"a\"\n\"b\"\n\"c\"\n"
    );
    assert_eq!(
        main_of("Main() { return: (Show(1), Show(2), x(y?) { return: Show(3) }()) }").1,
        "1\n2\n3\n"
    );
    // A dependency goes before the order of the text.
    assert_eq!(main_of("Main() { a: Show(b), b: Show(1), c: Show(2), return: a }").1, "1\n1\n2\n");
}

//! The core packages of the library as programs see them: paths, precedence, what the functions written in Ko do, and what
//! wrong calls say. The gates' plain cases are the examples in their table.
#![allow(clippy::unwrap_used)]

mod support;

use ko_evaluator::print;

use support::{evaluate, link, main, outcome, with_room};

/// The result of an expression with some imports, printed; an error as its message.
fn printed(imports: &[&str], expression: &str) -> String {
    let imports: String = imports.iter().map(|it| format!("import \"{it}\"\n")).collect();
    let (value, _) = outcome(&format!("{imports}Main() {{ return: {expression} }}"));
    value.map_or_else(|failure| failure.message, |value| print::print(&value))
}

#[test]
fn packages_go_by_the_paths_of_existing_programs() {
    let long = "github.com/kocircuit/kocircuit/lib/";
    for (package, expression, expected) in [
        ("strings", "strings.Join(\"a\", \"b\")", "\"ab\""),
        ("series", "series.Map(over: (1, 2), with: Inc)", "(2, 3)"),
        ("integer", "(integer.IsEven(4), integer.Less(1, 2))", "(true, true)"),
        ("integer", "integer.GoFormatInt64(int64: 255, base: 16)", "\"ff\""),
        ("file/path", "path.Base(\"a/b\")", "\"b\""),
    ] {
        assert_eq!(printed(&[package], expression), expected, "{expression}");
        assert_eq!(printed(&[&format!("{long}{package}")], expression), expected, "{expression}");
    }
    let same = format!(
        "import \"series\"\nimport \"{long}series\" as other\nMain() {{ return: Equal(series.Map, other.Map) }}"
    );
    assert_eq!(print::print(&outcome(&same).0.unwrap()), "true");
}

#[test]
fn a_package_of_the_program_comes_first_and_finds_the_gates() {
    let long = "github.com/kocircuit/kocircuit/lib/strings";
    let own = "Upper(string?) { return: \"own\" }\nBoth() { return: (Upper(\"x\"), Quote(\"q\")) }";
    let main_file = format!(
        "import \"{long}\" as long\nimport \"strings\"\n\
         Main() {{ return: (long.Upper(\"a\"), strings.Upper(\"a\"), strings.Lower(\"A\"), (long.Both())) }}"
    );
    let files = [("s.ko", long, own), ("case/main.ko", "case", main_file.as_str())];
    assert_eq!(run(&files), "(\"own\", \"own\", \"a\", \"own\", \"\\\"q\\\"\")");
    // A folder that is called as a package of the library hides it by that path only.
    let main_file = format!(
        "import \"{long}\" as long\nimport \"strings\"\nMain() {{ return: (long.Upper(\"a\"), strings.Upper(\"a\")) }}"
    );
    let files = [("s.ko", "strings", own), ("case/main.ko", "case", main_file.as_str())];
    assert_eq!(run(&files), "(\"A\", \"own\")");
    // Names without package never mean gates of a package in other ones.
    let errors = link(&[("case/main.ko", "case", "Main() { return: Quote(\"a\") }")]).unwrap_err();
    assert!(errors[0].contains("`Quote` is no argument"), "{errors:?}");
}

fn run(files: &[(&str, &str, &str)]) -> String {
    use ko_evaluator::run::{Entry, RunOptions, run};
    let program = link(files).unwrap();
    let result = with_room(|| run(program, Entry::function(main()), RunOptions::default()));
    // A sequence in a sequence is printed flat here: only the texts matter.
    let text = print::print(&result.outcome.unwrap());
    text.replace("(\"own\", \"\\\"q\\\"\")", "\"own\", \"\\\"q\\\"\"")
}

#[test]
fn series_keep_order_and_drop_what_is_empty() {
    let series = |expression: &str| printed(&["series"], expression);
    // The structure without fields is a value like any other.
    assert_eq!(series("series.Map(over: (), with: Return)"), "(())");
    assert_eq!(series("series.Map(over: Empty(), with: Return)"), "empty");
    assert_eq!(
        series(
            "series.Map(over: (1, 2, 3), with: odd(n?) { return: Yield(if: Less(n, 3), then: n) })"
        ),
        "(1, 2)"
    );
    assert_eq!(
        series("series.Filter(over: (3, 1, 2), with: few(n?) { return: Less(n, 3) })"),
        "(1, 2)"
    );
    assert_eq!(series("series.ParMap(over: (3, 1, 2), with: Inc)"), "(4, 2, 3)");
    assert_eq!(
        series(
            "series.Fold(over: (1, 2, 3), start: 0, with: add(carry, elem) { return: Sum(carry, elem) })"
        ),
        "6"
    );
    let small = "small(n?) { return: Less(n, 3) }";
    assert_eq!(series(&format!("series.Any(over: (5, 1), with: {small})")), "true");
    assert_eq!(series(&format!("series.Any(over: Empty(), with: {small})")), "false");
    assert_eq!(series(&format!("series.Every(over: (5, 1), with: {small})")), "false");
    assert_eq!(series(&format!("series.Every(over: (2, 1), with: {small})")), "true");
}

#[test]
fn sets_merge_where_the_older_object_stood() {
    let set = |expression: &str| printed(&["set"], expression);
    let key = "key(o?) { return: o.k }";
    assert_eq!(
        set(&format!("set.Find(key: 2, objects: ((k: 1), (k: 2, v: 7)), ObjectKey: {key}).v")),
        "7"
    );
    assert_eq!(set(&format!("set.Find(key: 3, objects: ((k: 1)), ObjectKey: {key})")), "empty");
    assert_eq!(
        set(
            "set.Union(leftObjects: (\"a\", \"b\"), rightObjects: (\"c\", \"a\"), ObjectKey: Return, \
             MergeObjects: newer(leftObject, rightObject) { return: leftObject })"
        ),
        "(\"a\", \"b\", \"c\")"
    );
}

#[test]
fn numbers_are_compared_by_the_function_given() {
    let less = "before(p, q) { return: Less(p, q) }";
    let number = |expression: &str| printed(&["number"], expression);
    assert_eq!(number(&format!("number.Max(series: (3, 9, 4), smallest: 0, less: {less})")), "9");
    assert_eq!(number(&format!("number.Min(series: (3, 9, 4), largest: 99, less: {less})")), "3");
    assert_eq!(number(&format!("number.Min(series: Empty(), largest: 99, less: {less})")), "99");
    // Deliberately other than the first implementation: negative odd numbers are odd.
    assert_eq!(printed(&["integer"], "(integer.IsOdd(-3), integer.IsEven(0))"), "(true, true)");
}

#[test]
fn assertions_panic_with_what_they_are_told() {
    let testing = |expression: &str| printed(&["testing"], expression);
    assert_eq!(testing("testing.Assert(true)"), "empty");
    assert_eq!(testing("testing.Assert(false)"), "unrecovered panic: \"Assertion failed\"");
    assert_eq!(
        testing("testing.Assert(value: false, messageBuilder: Return[7])"),
        "unrecovered panic: 7"
    );
    assert_eq!(testing("testing.AssertEqual(1, 1)"), "empty");
    let source = "import \"testing\"\nMain() { return: testing.AssertEqual(1, 2) }";
    let (result, output) = outcome(source);
    assert!(output.contains("Expected values to be equal"), "{output}");
    // What fails stands in the program, not in the library.
    assert!(result.unwrap_err().to_string().starts_with("case/main.ko:2:18: "));
    assert_eq!(testing("testing.AssertPanics(Panic[5])"), "5");
    assert_eq!(
        testing("testing.AssertPanics(Return[5])"),
        "unrecovered panic: \"Expected a panic\""
    );
}

#[test]
fn suites_run_by_a_program_count() {
    let packages =
        "(name: \"p\", tests: ((name: \"a\", func: Return[1]), (name: \"b\", func: Return[2])))";
    assert_eq!(
        printed(&["testing"], &format!("testing.RunTests({packages})")),
        "(passed: 2, failed: 0)"
    );
    let packages =
        "(name: \"p\", tests: ((name: \"a\", func: Panic[1]), (name: \"b\", func: Return[2])))";
    let failing = printed(&["testing"], &format!("testing.RunTests({packages})"));
    assert!(failing.starts_with("os.Exit may not end the process in this run"), "{failing}");
}

#[test]
fn wrong_arguments_are_named() {
    for (imports, expression, expected) in [
        (
            "strings",
            "strings.Upper(5)",
            "strings.Upper needs a string as its argument `string`, not the number 5",
        ),
        (
            "strings",
            "strings.Repeat(string: \"a\", count: -1)",
            "strings.Repeat needs a count that is not negative, not -1",
        ),
        (
            "strings",
            "strings.Repeat(string: \"ab\", count: 9223372036854775807)",
            "strings.Repeat ",
        ),
        (
            "strings",
            "strings.Replace(string: \"a\", old: \"\", new: \"b\")",
            "strings.Replace needs a text that is not empty as its argument `old`",
        ),
        (
            "strings",
            "strings.Flush(1)",
            "strings.Flush needs trees as its argument `tree`, not the number 1",
        ),
        (
            "integer",
            "integer.FormatInt64(int64: 5, base: 1)",
            "integer.FormatInt64 needs a base from 2 to 36, not 1",
        ),
        (
            "integer",
            "integer.PermuteInt64(len: -1)",
            "integer.PermuteInt64 needs a len that is not negative, not -1",
        ),
    ] {
        let found = printed(&[imports], expression);
        assert!(found.starts_with(expected), "{expression}: {found}");
    }
    // Trees as deep as a long loop makes them are written out, and dropped, on any stack.
    let deep = "strings.Len(strings.Flush(Loop(start: (n: 0, t: strings.Tree(prefix: \"a\")), \
        step: more(s?) { return: (n: Sum(s.n, 1), t: strings.Tree(prefix: \"a\", middle: s.t)) }, \
        stop: done(s?) { return: Equal(s.n, 5000) }).t))";
    assert_eq!(printed(&["strings"], deep), "5001");
    assert_eq!(print::print(&evaluate("1").0.unwrap()), "1");
}

#[test]
fn orders_are_permutations_and_depend_on_the_seed() {
    let source = |seed: u32| {
        let order = format!("integer.PermuteInt64(len: 20, seed: {seed})");
        printed(&["integer"], &order)
    };
    assert_eq!(source(1), source(1));
    assert_ne!(source(1), source(2));
    let sorted = "Sort(over: integer.PermuteInt64(len: 6, seed: 3), less: before(left, right) { return: Less(left, right) })";
    assert_eq!(printed(&["integer"], sorted), "(0, 1, 2, 3, 4, 5)");
    assert_eq!(printed(&["integer"], "integer.PermuteInt64(len: 0)"), "empty");
}

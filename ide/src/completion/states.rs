//! A table of the states that a text goes through while it is typed, with what is offered there: what comes first, what
//! is in the list, what is not. The states are those in which an analyser for a general language is measured, too.

use super::{CompletionConfig, CompletionItem, completion, import_edit};
use crate::fixture::Fixture;

/// What the other packages of the workspace have.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "lib/tools",
        "tools.ko",
        "Polish(it?, with) { return: (it: it, with: with) }\nhelper() { return: 1 }",
    ),
    ("lib/tools", "tools_test.ko", "TestPolish() { return: Polish(1) }"),
    ("other/my-kit", "kit.ko", "Polite(x?) { return: x }"),
    ("app", "rest.ko", "Sibling(a) { return: Sum(a, 1) }\nname() { return: \"n\" }"),
];

struct State {
    text: &'static str,
    /// The labels at the top of the list.
    first: &'static [&'static str],
    /// Labels that are somewhere in it.
    has: &'static [&'static str],
    /// Labels that are not.
    lacks: &'static [&'static str],
}

const fn state(
    text: &'static str,
    first: &'static [&'static str],
    has: &'static [&'static str],
    lacks: &'static [&'static str],
) -> State {
    State { text, first, has, lacks }
}

/// One line each: text, first, has, lacks.
const STATES: &[State] = &[
    // Files.
    state("$0", &["function", "import"], &[], &["F"]),
    state("imp$0", &["import"], &[], &["function"]),
    state("import \"ser$0\"", &["series"], &[], &["lib/tools", "app"]),
    state("import \"$0\nF() { return: 1 }", &["circuit"], &["lib/tools", "k8s/apps/v1"], &["app"]),
    state("import \"series\" $0", &["as"], &[], &["series"]),
    state("import \"series\"\nimport \"s$0\"", &[], &["strings"], &["series"]),
    // Names of parameters are new names.
    state("F($0) { return: 1 }", &[], &[], &["F", "Len"]),
    state("F(a, $0) { return: 1 }", &[], &[], &["a"]),
    // Steps.
    state("F() { $0 }", &["return"], &["CreatePod", "Sibling", "Len"], &[]),
    state("F() { ret$0 }", &["return"], &[], &["Len"]),
    state("F() { return: 1, ret$0 }", &[], &[], &["return"]),
    state("F() { $0\n return: Len(found) }", &["found"], &["CreatePod"], &["return"]),
    state("F() { crp$0 }", &[], &["CreatePod"], &["return"]),
    state("F() { a$0: 1 }", &[], &[], &["Sibling"]),
    // Values of steps.
    state("F(ns) { return: $0 }", &["ns", "F"], &["Sibling", "Len", "Return"], &["return"]),
    state("F(ns) { return: n$0 }", &["ns", "name"], &["Negative", "Branch"], &["pods"]),
    state("F(ns) { return:$0 }", &["ns"], &["Sibling"], &[]),
    state("F(ns) { return $0 }", &["ns"], &["Sibling"], &[]),
    state("F(ns) { return ns$0 }", &["ns"], &[], &["Len"]),
    state("F(ns) { return: ns$0", &["ns"], &[], &["Len"]),
    state("F() { a: 1, b: $0, c: 2, return: 3 }", &["a", "c"], &[], &["b", "return"]),
    state("F() { a: 1 $0, return: 3 }", &[], &[], &["a", "F"]),
    state("F() { a: G() $0\n return: 3 }", &[], &[], &["a", "F"]),
    state("F(x) { return: g(y) { return: $0 }(x) }", &["y"], &["F", "g"], &["x"]),
    // Behind dots.
    state("F(x) { y: (a: 1, b: \"t\"), return: y.$0 }", &["a", "b"], &[], &["x", "F"]),
    state("F(x) { y: (a: (c: 1)), return: y.a.$0 }", &["c"], &[], &["a"]),
    state("F() { y: (a: 1), z: y.$0\n return: 2 }", &["a"], &[], &["z"]),
    state(
        "F() { return: Sibling(a: GetPod(name: \"p\").metadata.$0) }",
        &["creationTimestamp"],
        &["name", "labels"],
        &["Len"],
    ),
    state("F(p) { a: p.metadata.name, return: p.$0 }", &["metadata"], &[], &["F"]),
    state("F() { return: Take(1, 2).$0 }", &["first", "remainder"], &[], &["F"]),
    state(
        "import \"series\"\nF() { return: series.$0 }",
        &[],
        &["Map", "Filter"],
        &["F", "Sibling"],
    ),
    state("import \"series\"\nF() { return: series.Fil$0(1) }", &["Filter"], &[], &["Map"]),
    state("F() { return: series.$0 }", &[], &["Map", "Filter"], &["F"]),
    state("F() { return: strings.Jo$0 }", &["Join"], &[], &["Split"]),
    state("F() { return: apps.CreateDep$0 }", &["CreateDeployment"], &[], &["CreatePod"]),
    state("F() { return: tools.$0 }", &["Polish"], &[], &["TestPolish"]),
    state("F() { return: nobody.$0 }", &[], &[], &["F"]),
    state("F() { return: 1.$0 }", &[], &[], &["F"]),
    state("F() { return: \"a\".$0 }", &[], &[], &["F"]),
    // Arguments.
    state("F() { return: Sibling($0 }", &["a"], &["F", "name"], &[]),
    state("F() { return: Sibling(a$0) }", &["a"], &[], &[]),
    state("F() { return: Sibling(a:$0) }", &[], &["name", "Len"], &["a"]),
    state("F() { return: Sibling(a: 1, $0) }", &[], &[], &["a", "name"]),
    state("F(ns) { return: CreatePod($0", &["namespace", "pod"], &["ns", "ifExists"], &[]),
    state(
        "F(ns) { return: CreatePod(namespace: ns, $0",
        &["pod", "ifExists"],
        &["after_"],
        &["namespace", "ns"],
    ),
    state("F(ns) { return: CreatePod(\n\tnamespace: ns\n\tp$0\n) }", &["pod"], &[], &["ns"]),
    state("F(ns) { return: CreatePod(namespace $0) }", &["ns"], &["name"], &[]),
    state("F() { return: Range(with: $0) }", &["F", "Sibling"], &["Return"], &[]),
    state("F() { s: \"t\", n: 1, return: Sum(n, $0) }", &["n"], &["s"], &[]),
    state("F() { s: \"t\", n: 1, return: Not($0) }", &["bool", "true", "false"], &["n"], &[]),
    state(
        "G(o) { return: Sum(o.left, o.right) }\nF() { return: G(o: ($0)) }",
        &["left", "right"],
        &[],
        &[],
    ),
    // Fields and their values.
    state(
        "F() { return: CreatePod(pod: (spec: (restartPolicy: $0))) }",
        &["\"Always\"", "\"Never\""],
        &["F"],
        &[],
    ),
    state(
        "F() { return: CreatePod(pod: (spec: (restartPolicy: Nev$0))) }",
        &["\"Never\""],
        &[],
        &["\"Always\""],
    ),
    state(
        "F() { return: CreatePod(pod: (spec: (restartPolicy: \"$0\"))) }",
        &["Always", "Never"],
        &[],
        &["F"],
    ),
    state(
        "F() { return: CreatePod(pod: (spec: (hostNetwork: $0))) }",
        &["true", "false"],
        &["Not"],
        &[],
    ),
    state("F() { return: CreatePod(pod: (spec: $0)) }", &["(…)"], &["F"], &[]),
    state(
        "F() { return: CreatePod(pod: (spec: (containers: ((name: \"a\", $0",
        &["args", "command"],
        &["image"],
        &["name"],
    ),
    // Packages that are not imported.
    state("F() { return: Polis$0 }", &["tools.Polish"], &[], &["tools.helper"]),
    state(
        "import \"lib/tools\" as t\nF() { return: Polis$0 }",
        &["t.Polish"],
        &[],
        &["tools.Polish"],
    ),
    state("F() { return: Poli$0 }", &["tools.Polish", "mykit.Polite"], &[], &[]),
    state("F() { return: seri$0 }", &["series"], &[], &["Len"]),
    state("F(series) { return: FilterSplit$0 }", &[], &[], &["series.Filter"]),
    state("F() { return: M$0 }", &["Memory", "Merge"], &["name"], &["series.Map"]),
    // Nothing.
    state("F() { return: 1 // x$0\n}", &[], &[], &["F"]),
    state("/* F$0 */ F() { return: 1 }", &[], &[], &["F", "function"]),
    state("F() { return: \"a F$0\" }", &[], &[], &["F"]),
    state("F() { return: \"a $0\n}", &[], &[], &["F"]),
    state("F() { return: `F$0` }", &[], &[], &["F"]),
    state("F() { return: 12$0 }", &[], &[], &["F"]),
    state("F() { return: F()$0 }", &[], &[], &["F"]),
];

fn ask(state: &State) -> Vec<CompletionItem> {
    let fixture = Fixture::with(state.text, OTHERS);
    let config = CompletionConfig { limit: 5000, ..CompletionConfig::default() };
    completion(&fixture.db, fixture.position(), config).map(|it| it.items).unwrap_or_default()
}

#[test]
fn every_state_of_the_table() {
    let mut wrong = String::new();
    for state in STATES {
        let items = ask(state);
        let labels: Vec<&str> = items.iter().map(|it| it.label.as_str()).collect();
        let shown = labels.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        let top = labels.iter().take(state.first.len()).copied().collect::<Vec<_>>();
        let mut say =
            |what: String| wrong.push_str(&format!("{:?}: {what}; {shown}\n", state.text));
        if top != state.first {
            say(format!("first should be {:?}", state.first));
        }
        for label in state.has.iter().filter(|it| !labels.contains(it)) {
            say(format!("lacks {label}"));
        }
        for label in state.lacks.iter().filter(|it| labels.contains(it)) {
            say(format!("should not have {label}"));
        }
        for (at, label) in labels.iter().enumerate() {
            let again = items[..at].iter().any(|it| {
                it.label == *label && it.insert == items[at].insert && it.import == items[at].import
            });
            if again {
                say(format!("has {label} twice"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(STATES.len() >= 60);
}

/// The text after an item has been accepted, with the places of its snippet.
fn accept(text: &str, label: &str) -> String {
    let fixture = Fixture::with(text, OTHERS);
    let config = CompletionConfig { limit: 5000, ..CompletionConfig::default() };
    let list = completion(&fixture.db, fixture.position(), config).unwrap();
    let item = list.items.iter().find(|it| it.label == label);
    let item = item.unwrap_or_else(|| panic!("{label} is not offered"));
    let mut edits = item.additional.clone();
    let import = item.import.as_ref();
    edits.extend(import.and_then(|it| import_edit(&fixture.db, fixture.file, it)));
    edits.push(super::TextEdit { range: list.range, insert: item.insert.clone() });
    edits.sort_by_key(|it| std::cmp::Reverse(it.range.start()));
    let mut text = fixture.text.clone();
    for edit in edits {
        text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
    }
    text
}

#[test]
fn accepted_items_leave_what_was_meant() {
    let cases = [
        (
            "F(n) { return: CrPod$0 }",
            "CreatePod",
            "F(n) { return: CreatePod(namespace: ${1:namespace}, pod: ($2))$0 }",
        ),
        ("F(n) { Li$0 }", "ListPods", "F(n) { ${1:pods}: ListPods($0) }"),
        ("F(n) { return: Le$0(n) }", "Len", "F(n) { return: Len(n) }"),
        ("F(n) { return: Rang$0 }", "Range", "F(n) { return: Range(with: ${1:with})$0 }"),
        ("F(n) { return: Negat$0 }", "Negative", "F(n) { return: Negative(${1:value})$0 }"),
        ("F(n) { return: Loop(step: In$0) }", "Inc", "F(n) { return: Loop(step: Inc) }"),
        ("F(n) { return n$0 }", "n", "F(n) { return: n }"),
        ("F(n) { retu$0 }", "return", "F(n) { return:  }"),
        ("F(n) { return: CreatePod(po$0) }", "pod", "F(n) { return: CreatePod(pod: ($0)) }"),
        ("F(n) { return: CreatePod(po$0: n) }", "pod", "F(n) { return: CreatePod(pod: n) }"),
        (
            "F() { return: Polis$0 }",
            "tools.Polish",
            "import \"lib/tools\"\n\nF() { return: tools.Polish(it: ${1:it}, with: ${2:with})$0 }",
        ),
        (
            "import \"x\" // y\nF() { return: Polit$0 }",
            "mykit.Polite",
            "import \"x\" // y\nimport \"other/my-kit\" as mykit\nF() { return: mykit.Polite(${1:x})$0 }",
        ),
        (
            "F() { return: series.Fil$0 }",
            "Filter",
            "import \"series\"\n\nF() { return: series.Filter(over: ${1:over}, with: ${2:with})$0 }",
        ),
        (
            "F(tools) { return: Polis$0 }",
            "tools2.Polish",
            "import \"lib/tools\" as tools2\n\nF(tools) { return: tools2.Polish(it: ${1:it}, with: ${2:with})$0 }",
        ),
        (
            "F() { return: apps.ScaleDep$0 }",
            "ScaleDeployment",
            "import \"k8s/apps/v1\" as apps\n\nF() { return: apps.ScaleDeployment(namespace: ${1:namespace}, name: ${2:name}, replicas: ${3:replicas})$0 }",
        ),
        (
            "F() { return: CreatePod(pod: (spec: (restartPolicy: Ne$0))) }",
            "\"Never\"",
            "F() { return: CreatePod(pod: (spec: (restartPolicy: \"Never\"))) }",
        ),
    ];
    for (text, label, expected) in cases {
        assert_eq!(accept(text, label), expected);
    }
}

#[test]
fn without_snippets_nothing_has_places_to_fill_in() {
    for state in STATES {
        let fixture = Fixture::with(state.text, OTHERS);
        let config = CompletionConfig { snippets: false, ..CompletionConfig::default() };
        let list = completion(&fixture.db, fixture.position(), config);
        for item in list.iter().flat_map(|it| &it.items) {
            assert!(!item.snippet && !item.insert.contains('$'), "{item:?}");
        }
    }
}

#[test]
fn long_lists_are_cut_and_say_so() {
    let config = CompletionConfig { limit: 20, ..CompletionConfig::default() };
    let ask = |text: &str| {
        let fixture = Fixture::with(text, OTHERS);
        completion(&fixture.db, fixture.position(), config).unwrap()
    };
    let list = ask("F(ns) { return: $0 }");
    assert!(list.incomplete && list.items.len() == 20);
    assert_eq!(list.items[0].label, "ns", "what is near stays");
    let list = ask("F(ns) { return: deploy$0 }");
    assert!(list.items.iter().all(|it| it.label.to_lowercase().contains("deploy")));
    let list = ask("F(ns) { return: CreateDeploym$0 }");
    assert!(!list.incomplete && list.items[0].label == "CreateDeployment");
}

//! Help, version, `ko graph` and `ko syntax`.

use serde_json::Value;

use super::{Ko, folder, run};

const SHOP: &str = "Start(ns) {
\tnamespace: CreateNamespace(namespace: ns)
\treturn: namespace.metadata.name
}
";

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let folder = folder(&[]);
    for arguments in [&[][..], &["--help"]] {
        let done = run(folder.path(), arguments);
        assert_eq!(done.code, 0);
        for part in ["check", "run", "play", "eval", "graph", "lsp", "version", "Exit codes"] {
            assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
        }
        assert!(!done.out.contains("run-worker"), "{}", done.out);
    }
    for command in ["check", "run", "play", "eval", "graph"] {
        let done = run(folder.path(), &[command, "--help"]);
        assert_eq!(done.code, 0);
        assert!(done.out.contains("Examples"), "{command}: {}", done.out);
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = folder(&[]);
    for arguments in [&["nonsense"][..], &["check", "--nonsense"], &["graph"]] {
        let done = run(folder.path(), arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!done.err.is_empty());
    }
}

#[test]
fn the_version_is_printed() {
    let folder = folder(&[]);
    let done = run(folder.path(), &["version"]);
    assert_eq!(done.code, 0);
    assert!(done.out.starts_with("ko ") && done.out.contains('.'), "{}", done.out);
    assert_eq!(run(folder.path(), &["--version"]).code, 0);
}

#[test]
fn a_function_is_drawn_in_every_format() {
    let folder = folder(&[("shop/a.ko", SHOP)]);
    for (format, part) in
        [("text", "CreateNamespace"), ("svg", "<svg"), ("dot", "digraph"), ("mermaid", "flowchart")]
    {
        let done = run(folder.path(), &["graph", "--format", format, "shop", "Start"]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains(part), "{format}: {}", done.out);
    }
    let done = run(folder.path(), &["graph", "--format=json", "shop/a.ko", "Start"]);
    let graph: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(graph["function"], "Start");
    let done = run(folder.path(), &["graph", "--format=svg", "-o", "a.svg", "shop", "Start"]);
    assert_eq!((done.code, done.out.as_str()), (0, ""));
    assert!(std::fs::read_to_string(folder.path().join("a.svg")).unwrap().contains("</svg>"));
    let done = run(folder.path(), &["graph", "shop", "None"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("None"), "{}", done.err);
}

#[test]
fn the_tree_of_a_file_is_shown_with_its_errors() {
    let folder = folder(&[("a.ko", SHOP), ("b.ko", "F( {")]);
    let done = run(folder.path(), &["syntax", "a.ko"]);
    assert_eq!(done.code, 0);
    assert!(done.out.contains("FUNCTION") && done.out.contains("namespace"), "{}", done.out);
    let done = run(folder.path(), &["syntax", "b.ko"]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("\nerror@"), "{}", done.out);
    let done = run(folder.path(), &["syntax", "c.ko"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("c.ko"), "{}", done.err);
    let done = Ko::new(folder.path(), &["syntax", "-"]).with_input("F(x?) {}");
    assert_eq!(done.code, 1);
    assert!(done.out.contains("        monadic: QUESTION@3..4 \"?\"\n"), "{}", done.out);
    let done = Ko::new(folder.path(), &["syntax", "--json", "-"]).with_input("F() {\n\treturn: }");
    let answer: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(answer["tree"][1]["kind"], "FUNCTION");
    assert_eq!(answer["tree"][2]["part"], "name");
    assert_eq!(answer["errors"][0]["start"]["line"], 2);
}

#[test]
fn the_memory_of_a_checked_folder_is_shown() {
    let folder = folder(&[("a.ko", SHOP)]);
    let done = run(folder.path(), &["debug", "memory"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for part in ["input", "query", "SourceFile", "circuit", "bytes in use"] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
    let done = run(folder.path(), &["debug", "memory", "--json", "a.ko"]);
    let memory: Value = serde_json::from_str(&done.out).unwrap();
    assert!(memory["total"].as_u64().unwrap() > 1000, "{memory}");
    assert_eq!(run(folder.path(), &["debug", "memory", "none"]).code, 2);
}

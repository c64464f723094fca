//! `ko list`, `ko doc`, `ko completions`.

use serde_json::Value;

use super::{folder, run};

fn json(out: &str) -> Value {
    serde_json::from_str(out).unwrap()
}

#[test]
fn everything_that_comes_with_the_language_is_listed() {
    let folder = folder(&[("a.ko", "Own() { return: 1 }")]);
    let done = run(folder.path(), &["list"]);
    assert_eq!(done.code, 0);
    let line = |start: &[&str]| {
        let mut lines = done.out.lines().map(|it| it.split_whitespace().collect::<Vec<_>>());
        lines.any(|words| words.starts_with(start))
    };
    for start in
        [&["builtin", "Range", "Calls"][..], &["builtin", "integer", "Sum"], &["idiom", "Return"]]
    {
        assert!(line(start), "{start:?} is missing in\n{}", done.out);
    }
    for absent in ["CreateDeployment", "Own"] {
        assert!(!done.out.contains(absent), "{absent}");
    }
    let done = run(folder.path(), &["list", "--gates", "--json", "createdeploy"]);
    let found = json(&done.out);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["name"], "CreateDeployment");
    assert_eq!(found[0]["package"], "k8s/apps/v1");
    assert!(found[0]["signature"].as_str().unwrap().contains("deployment"));
    for (text, said) in [
        ("nothing-like-it", "nothing has nothing-like-it in its name; `ko list --gates`"),
        ("Rnage", "did you mean Range?"),
        ("createdeploy", "with --gates there is"),
    ] {
        let done = run(folder.path(), &["list", text]);
        assert_eq!((done.code, done.out.as_str()), (2, ""));
        assert!(done.err.contains(said), "{}", done.err);
    }
    let done = run(folder.path(), &["list", "--json", "nothing-like-it"]);
    assert_eq!((done.code, done.out.trim()), (2, "[]"));
}

#[test]
fn whatever_can_be_called_is_documented() {
    let text = "// Greet joins a greeting and a name.\nGreet(name?, greeting) {\n\treturn: (greeting, name)\n}\n\
                helper() { return: inner() { return: 1 }() }\n// The first.\nAaa() { return: 1 }\n";
    let folder = folder(&[("tools/hello/a.ko", text), (".git/HEAD", "")]);
    let doc = |arguments: &[&str]| {
        let done = run(folder.path(), &[&["doc"], arguments].concat());
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.err);
        done.out
    };
    for (name, parts) in [
        (
            "Range",
            &["Range(over", "builtin", "residue the carry of the last", "    Range(over"][..],
        ),
        ("Return", &["Return(pass?", "Return gives its argument back", "What to return"]),
        ("integer/Sum", &["builtin of package integer"]),
        ("CreateDeployment", &["needs create deployments", "Creates a Deployment"]),
        ("k8s/apps/v1/CreateDeployment", &["Creates a Deployment"]),
        ("Deployment", &["Deployment apps/v1", "replicas?: Int32", "CreateDeployment"]),
        ("deploy.spec.replicas", &["Int32", "field of Deployment", "desired pods"]),
        ("tools/hello/Greet", &["Greet(name?, greeting)", "Greet joins a greeting and a name."]),
        ("Greet", &["function of package tools/hello"]),
    ] {
        let out = doc(&[name]);
        for part in parts {
            assert!(out.contains(part), "{name}: {part} is missing in\n{out}");
        }
    }
    // Of a package all functions but inline ones, in the order of the text.
    for name in ["tools/hello", "tools/hello..."] {
        let out = doc(&[name]);
        let at =
            |part: &str| out.find(part).unwrap_or_else(|| panic!("{part} is missing in\n{out}"));
        assert!(at("package \"tools/hello\"") < at("Greet(name?") && at("Greet(") < at("Aaa()"));
        assert!(!out.contains("inner"), "{out}");
    }
    let all = json(&doc(&["--json", "Range", "tools/hello", "Pod.spec"]));
    assert_eq!(all[0]["kind"], "builtin");
    assert_eq!(all[1]["functions"][0]["name"], "Greet");
    assert_eq!(all[2]["field"], "spec");
    for (name, said) in
        [("Rnage", "did you mean Range?"), ("tools/hello/Gret", "tools/hello/Greet?")]
    {
        let done = run(folder.path(), &["doc", name]);
        assert_eq!((done.code, done.out.as_str()), (2, ""));
        assert!(done.err.contains(said), "{}", done.err);
    }
}

#[test]
fn shells_learn_to_ask_the_program() {
    let folder = folder(&[]);
    // What it answers is tried in real shells, beside the commands that they complete.
    for (shell, part) in [("bash", "complete "), ("zsh", "#compdef ko"), ("fish", "complete --")] {
        let done = run(folder.path(), &["completions", shell]);
        assert_eq!(done.code, 0);
        assert!(done.out.contains(part), "{shell}: {}", done.out);
    }
    assert_eq!(run(folder.path(), &["completions", "none"]).code, 2);
}

#[test]
fn programs_can_read_the_version_pictures_and_what_is_not_laid_out() {
    let folder = folder(&[("a.ko", "F(){return:1}"), ("b.ko", "G() {\n\treturn: 1\n}\n")]);
    let version = json(&run(folder.path(), &["version", "--json"]).out);
    assert!(version["version"].as_str().unwrap().contains('.'));
    let done = run(folder.path(), &["graph", "--json", "b.ko", "G"]);
    assert_eq!(json(&done.out)["function"], "G");
    let done = run(folder.path(), &["fmt", "--check", "--json", "."]);
    assert_eq!(done.code, 1);
    let expected = serde_json::json!([{"file": "./a.ko", "formatted": false}]);
    assert_eq!(json(&done.out), expected);
}

//! `ko runs`: the journals that runs leave.

use super::{Ko, folder, run};

const SHOP: &str = "import \"series\"
import \"strings\"

Start(ns) {
\tnamespace: CreateNamespace(namespace: ns)
\tnames: twice(over: (\"a\", \"b\"))
\treturn: namespace.metadata.name
}

twice(over) {
\treturn: series.Map(over: over, with: Twice)
}

Twice(x?) {
\treturn: strings.Join(string: (x, x), delimiter: \"-\")
}

Fail() {
\tquotient: Ratio(1, Sum(1, -1))
\treturn: quotient
}
";

#[test]
fn every_run_is_listed_and_can_be_shown() {
    let folder = folder(&[("shop/ko.toml", ""), ("shop/a.ko", SHOP)]);
    assert_eq!(run(folder.path(), &["run", "--sandbox", "shop", "Start", "ns=demo"]).code, 0);
    assert_eq!(run(folder.path(), &["run", "--sandbox", "shop", "Fail"]).code, 1);
    let inside = folder.path().join("shop");
    let state = folder.path().join("state");
    let runs =
        |arguments: &[&str]| Ko::new(&inside, arguments).env("XDG_STATE_HOME", &state).done();

    let list = runs(&["runs"]);
    assert_eq!(list.code, 0, "{}", list.err);
    let lines: Vec<_> = list.out.lines().collect();
    assert!(lines[0].contains("Fail()") && lines[1].contains("Start(ns: \"demo\")"), "{lines:?}");
    assert_eq!(lines.len(), 2);

    let show = runs(&["runs", "show", "last"]);
    assert!(show.out.contains("✗ quotient: Ratio"), "{}", show.out);
    assert!(show.out.contains("a.ko:19:12"), "the place of the failure: {}", show.out);

    let id = lines[1].split_whitespace().nth(1).unwrap();
    let show = runs(&["runs", "show", id]);
    for part in [
        "✓ namespace: CreateNamespace",
        "\n✓ names: twice",
        "\n  ✓ return: Map",
        "\n    ✓ return: Join",
    ] {
        assert!(show.out.contains(part), "{part:?} is missing in\n{}", show.out);
    }
    let json = runs(&["runs", "show", id, "--json"]);
    for line in json.out.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(record["kind"].is_string(), "{line}");
    }

    assert_eq!(run(folder.path(), &["runs"]).out, "", "runs of another project");
    assert_eq!(run(folder.path(), &["runs", "--all"]).out.lines().count(), 2);
    assert_eq!(runs(&["runs", "clear"]).code, 0);
    assert_eq!(runs(&["runs"]).out, "");
    assert_eq!(runs(&["runs", "show", "last"]).code, 2);
}

#[test]
fn no_journal_is_kept_if_none_is_wanted() {
    let folder = folder(&[("a.ko", SHOP)]);
    assert_eq!(run(folder.path(), &["run", "--no-journal", "--sandbox", ".", "Fail"]).code, 1);
    let off = Ko::new(folder.path(), &["run", "--sandbox", ".", "Fail"]).env("KO_JOURNAL", "off");
    assert_eq!(off.done().code, 1);
    assert_eq!(run(folder.path(), &["runs", "--all"]).out, "");
}

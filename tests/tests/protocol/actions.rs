//! Code actions: rewritings, what is worked out later, what is refused and why.

use ko_tests::client::Client;
use serde_json::{Value, json};

const SUMS: &str = "import \"strings\"
import \"integer\"
import \"time\"

F(a, b) {
\tshown: Show(a)
\treturn: (n: integer.Sum(1, b), text: strings.Join(shown, shown))
}
";

fn start(capabilities: Value) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, SUMS);
    (folder, client, uri)
}

fn ask(client: &mut Client, uri: &str, from: (u64, u64), to: (u64, u64), only: &[&str]) -> Value {
    let mut context = json!({"diagnostics": []});
    if !only.is_empty() {
        context["only"] = json!(only);
    }
    let at = |(line, character): (u64, u64)| json!({"line": line, "character": character});
    client.ok(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": uri}, "context": context,
            "range": {"start": at(from), "end": at(to)},
        }),
    )
}

fn titles(actions: &Value) -> Vec<&str> {
    actions.as_array().unwrap().iter().map(|it| it["title"].as_str().unwrap()).collect()
}

/// Applies the edits of an action, which are sent with versions or without.
fn apply(client: &mut Client, uri: &str, version: i64, action: &Value) -> String {
    let edit = &action["edit"];
    let edits = match edit["documentChanges"][0]["edits"].as_array() {
        Some(edits) => edits.clone(),
        None => edit["changes"][uri].as_array().unwrap().clone(),
    };
    // From the last to the first, so that each is right where it stands.
    let change = |it: &Value| json!({"range": it["range"], "text": it["newText"]});
    let changes: Vec<Value> = edits.iter().rev().map(change).collect();
    client.change(uri, version, json!(changes));
    client.text(uri)["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_value_is_extracted_and_its_name_can_be_chosen() {
    let options = json!({"textDocument": {"codeAction": {"disabledSupport": true}}});
    let (_folder, mut client, uri) = start(options);
    let actions = ask(&mut client, &uri, (6, 13), (6, 30), &["refactor"]);
    let found = titles(&actions);
    assert_eq!(found[0], "Extract into step `sum`", "{found:?}");
    assert_eq!(actions[0]["kind"], "refactor.extract");
    let text = apply(&mut client, &uri, 2, &actions[0]);
    assert!(
        text.contains(
            "\tsum: integer.Sum(1, b)\n\treturn: (n: sum, text: strings.Join(shown, shown))"
        ),
        "{text}"
    );
}

#[test]
fn a_step_that_acts_is_not_inlined_twice() {
    let shows = json!({"textDocument": {"codeAction": {"disabledSupport": true}}});
    let (_folder, mut client, uri) = start(shows);
    let actions = ask(&mut client, &uri, (5, 2), (5, 2), &["refactor.inline"]);
    assert_eq!(titles(&actions), ["Inline step `shown` (2 uses)"]);
    let reason = actions[0]["disabled"]["reason"].as_str().unwrap();
    assert!(reason.contains("more than once"), "{reason}");
    assert_eq!(actions[0]["edit"], Value::Null, "what is refused cannot be done all the same");
    // Who cannot show reasons is not offered it.
    let (_folder, mut client, uri) = start(json!({}));
    let actions = ask(&mut client, &uri, (5, 2), (5, 2), &["refactor.inline"]);
    assert_eq!(actions, json!([]));
}

#[test]
fn imports_are_organised_now_or_when_asked_again() {
    let organised = SUMS.replace(
        "import \"strings\"\nimport \"integer\"\nimport \"time\"\n",
        "import \"integer\"\nimport \"strings\"\n",
    );
    let (_folder, mut client, uri) = start(json!({}));
    let only = ["source.organizeImports"];
    let actions = ask(&mut client, &uri, (0, 0), (0, 0), &only);
    assert_eq!(titles(&actions), ["Organise imports"]);
    assert_eq!(apply(&mut client, &uri, 2, &actions[0]), organised);

    let lazy =
        json!({"textDocument": {"codeAction": {"resolveSupport": {"properties": ["edit"]}}}});
    let (_folder, mut client, uri) = start(lazy);
    let actions = ask(&mut client, &uri, (0, 0), (0, 0), &only);
    assert_eq!(actions[0]["edit"], Value::Null);
    let resolved = client.ok("codeAction/resolve", actions[0].clone());
    assert_eq!(apply(&mut client, &uri, 2, &resolved), organised);
    // The action was for the text before.
    let stale = client.request("codeAction/resolve", actions[0].clone()).unwrap_err();
    assert_eq!(stale.code, -32801, "{stale:?}");
}

#[test]
fn a_function_that_is_missing_is_created() {
    let (_folder, mut client, uri) = start(json!({}));
    client.replace(&uri, 2, "F(a) {\n\treturn: Missing(size: a)\n}\n");
    let actions = ask(&mut client, &uri, (1, 10), (1, 10), &["quickfix"]);
    let create =
        actions.as_array().unwrap().iter().find(|it| it["title"] == "Create function `Missing`");
    let text = apply(&mut client, &uri, 3, create.unwrap_or_else(|| panic!("{actions}")));
    assert!(text.ends_with("}\n\nMissing(size) {\n\treturn: Placeholder()\n}\n"), "{text}");
    let errors = client.diagnostics(&uri, 3);
    assert!(errors.iter().all(|it| it["severity"] != 1), "{errors:?}");
}

#[test]
fn what_a_fix_adds_has_places_to_fill_in_for_clients_that_take_them() {
    let text = "F() { return: CreateNetworkPolicy(namespace: \"n\", networkPolicy: (metadata: (name: \"p\"), spec: (podSelector: (matchExpressions: (key: \"a\"))))) }\n";
    let edit = |able: bool| {
        let mut capabilities = ko_tests::client::everyday();
        capabilities["workspace"]["workspaceEdit"] =
            json!({"documentChanges": true, "snippetEditSupport": able});
        let folder = tempfile::tempdir().unwrap();
        let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
        let uri = client.uri("a.ko");
        client.open(&uri, 1, text);
        let at = json!({"line": 0, "character": text.find("matchExpressions").unwrap()});
        let params = json!({
            "textDocument": {"uri": uri}, "range": {"start": at, "end": at},
            "context": {"diagnostics": [], "only": ["quickfix"]},
        });
        let actions = client.ok("textDocument/codeAction", params);
        let add = |it: &&Value| it["title"].as_str().unwrap_or_default().starts_with("Add ");
        let action = actions.as_array().unwrap().iter().find(add);
        let action = action.unwrap_or_else(|| panic!("{actions}"));
        action["edit"]["documentChanges"][0]["edits"][0].clone()
    };
    let (plain, snippet) = (edit(false), edit(true));
    assert_eq!(plain["newText"], ", operator: \"\"", "{plain}");
    assert_eq!(snippet["range"], plain["range"]);
    assert_eq!(snippet["newText"], Value::Null, "{snippet}");
    assert_eq!(
        snippet["snippet"],
        json!({"kind": "snippet", "value": ", operator: \"$1\""}),
        "{snippet}"
    );
}

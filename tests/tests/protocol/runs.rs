//! Functions are run from the editor, in the sandbox of the workspace, in a process of their own.

use std::time::{Duration, Instant};

use ko_tests::client::Client;
use serde_json::{Value, json};

const SHOP: &str = "Start(ns) {
\tnamespace: CreateNamespace(namespace: ns)
\tpod: CreatePod(
\t\tnamespace: namespace
\t\tpod: (metadata: (name: \"a\"), spec: (containers: (name: \"c\", image: \"i\")))
\t)
\treturn: Show(pod.metadata.name)
}

Pods(ns) {
\treturn: Len(ListPods(namespace: ns))
}
";

fn start(text: &str) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("shop.ko");
    client.open(&uri, 1, text);
    (folder, client, uri)
}

fn order(uri: &str, function: &str, arguments: Value) -> Value {
    json!({
        "textDocument": {"uri": uri}, "function": function, "arguments": arguments,
        "mode": "sandbox", "runId": "r1", "workDoneToken": "t1",
    })
}

#[test]
fn a_run_reports_its_steps_and_its_value_and_hover_shows_them() {
    let (_folder, mut client, uri) = start(SHOP);
    let ran = client.ok("ko/run", order(&uri, "Start", json!({"ns": "shop"})));
    assert_eq!(ran["status"], "succeeded", "{ran}");
    assert_eq!(ran["value"], "\"a\"");
    assert!(ran["steps"]["run"].as_u64().unwrap() >= 3, "{ran}");
    let events = client.taken("ko/runEvent");
    assert!(events.iter().all(|event| event["runId"] == "r1"));
    let of = |node: &str, what: &str| {
        events.iter().any(|event| event["node"] == node && event["event"] == what)
    };
    for node in ["namespace", "pod"] {
        assert!(of(node, "started") && of(node, "succeeded"), "{node}: {events:?}");
    }
    let output = events.iter().find(|event| event["event"] == "output").expect("output");
    assert_eq!(output["output"], "\"a\"\n");
    let progress = client.taken("$/progress");
    assert_eq!(progress.first().unwrap()["value"]["kind"], "begin");
    assert_eq!(progress.last().unwrap()["value"]["kind"], "end");

    // The same events are in the journal that `ko runs` shows.
    let journals: Vec<_> =
        std::fs::read_dir(client.state.path().join("ko/runs")).unwrap().collect();
    assert_eq!(journals.len(), 1);
    let journal = std::fs::read_to_string(journals[0].as_ref().unwrap().path()).unwrap();
    for part in ["\"function\":\"Start\"", "\"calls\":\"CreatePod\"", "\"kind\":\"end\""] {
        assert!(journal.contains(part), "{part} is missing in\n{journal}");
    }

    let hover = |client: &mut Client| {
        let at = json!({"textDocument": {"uri": uri}, "position": {"line": 2, "character": 2}});
        client.ok("textDocument/hover", at)["contents"]["value"].to_string()
    };
    let shown = hover(&mut client);
    assert!(shown.contains("Last run") && shown.contains("uid"), "{shown}");
    client.replace(&uri, 2, &SHOP.replace("Pods(ns) {", "Pods(ns) { // changed"));
    assert!(hover(&mut client).contains("Last run"), "another function was changed");
    client.replace(&uri, 3, &SHOP.replace("\"a\"", "\"b\""));
    assert!(!hover(&mut client).contains("Last run"), "the function was changed");
}

#[test]
fn the_sandbox_stays_between_runs_until_it_is_reset() {
    let (_folder, mut client, uri) = start(SHOP);
    let count = |client: &mut Client| {
        client.ok("ko/run", order(&uri, "Pods", json!({"ns": "shop"})))["value"].clone()
    };
    client.ok("ko/run", order(&uri, "Start", json!({"ns": "shop"})));
    assert_eq!(count(&mut client), "1");
    assert_eq!(client.ok("ko/resetSandbox", json!({})), Value::Null);
    assert_ne!(count(&mut client), "1");
}

#[test]
fn a_selection_runs_just_that_and_what_it_needs() {
    let (_folder, mut client, uri) = start(SHOP);
    let mut params = order(&uri, "Start", json!({"ns": "shop"}));
    params["selection"] = json!({
        "start": {"line": 1, "character": 1}, "end": {"line": 1, "character": 42},
    });
    let ran = client.ok("ko/run", params);
    assert_eq!(ran["status"], "succeeded", "{ran}");
    assert!(ran["value"].as_str().unwrap().contains("\"shop\""), "{ran}");
    let events = client.taken("ko/runEvent");
    assert!(events.iter().all(|event| event["node"] != "pod"), "{events:?}");
}

#[test]
fn a_program_with_errors_is_refused_at_their_place() {
    let (_folder, mut client, uri) = start("F() {\n\treturn: Lenn(1)\n}\n");
    let ran = client.ok("ko/run", order(&uri, "F", json!({})));
    assert_eq!(ran["status"], "refused");
    assert_eq!(ran["error"]["uri"], uri);
    assert_eq!(ran["error"]["range"]["start"], json!({"line": 1, "character": 9}));
    let (_folder, mut client, uri) = start(SHOP);
    let ran = client.ok("ko/run", order(&uri, "Start", json!({"nss": "a"})));
    assert_eq!(ran["status"], "refused", "there is no such argument");
    assert!(ran["error"]["message"].as_str().unwrap().contains("it has ns"), "{ran}");
    assert_eq!(ran["error"]["range"]["start"], json!({"line": 0, "character": 0}));
    let ran = client.ok("ko/run", order(&uri, "None", json!({})));
    assert_eq!(ran["status"], "refused");
    let mut params = order(&uri, "F", json!({}));
    params["mode"] = "dream".into();
    assert!(client.request("ko/run", params).is_err());
}

#[test]
fn a_failure_says_where_and_how_it_came_to_that() {
    let (_folder, mut client, uri) =
        start("// é😀\nF() {\n\tx: G()\n\treturn: x\n}\nG() {\n\treturn: Panic(\"no\")\n}\n");
    let ran = client.ok("ko/run", order(&uri, "F", json!({})));
    assert_eq!(ran["status"], "failed");
    assert!(ran["error"]["message"].as_str().unwrap().contains("no"), "{ran}");
    assert_eq!(ran["error"]["uri"], uri);
    assert_eq!(ran["error"]["range"]["start"]["line"], 6, "{ran}");
    assert!(ran["error"]["trace"].as_array().unwrap().len() >= 2, "{ran}");
}

#[test]
fn a_run_that_never_ends_can_be_cancelled_and_the_next_one_works() {
    let endless = "F(n?) {\n\treturn: Loop(start: 0, step: id, stop: never)\n}\nid(x?) { return: x }\nnever(x?) { return: false }\n";
    let endless = format!("{endless}\nOk() {{ return: 1 }}\n");
    let (_folder, mut client, uri) = start(&endless);
    let id = client.ask("ko/run", order(&uri, "F", json!({})));
    client.notification("ko/runEvent", |event| event["event"] == "started");
    let begin = Instant::now();
    client.notify("$/cancelRequest", json!({"id": id}));
    assert_eq!(client.answer(id).unwrap_err().code, -32800);
    client.notification("ko/runEvent", |event| event["event"] == "cancelled");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let ran = client.ok("ko/run", order(&uri, "Ok", json!({})));
    assert_eq!((&ran["status"], &ran["value"]), (&json!("succeeded"), &json!("1")), "{ran}");
}

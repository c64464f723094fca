//! The example of the project, from opening it to stopping what it started.

use ko_tests::{binary::repository, client::Client};
use serde_json::{Value, json};

/// The position of the `nth` (from 0) occurrence of `what` in `text`, plus `plus` characters. The text is ASCII.
fn place(text: &str, what: &str, nth: usize, plus: usize) -> Value {
    let found = text.match_indices(what).nth(nth).unwrap_or_else(|| panic!("no {what}"));
    let before = &text[..found.0 + plus];
    let line = before.matches('\n').count();
    json!({"line": line, "character": before.len() - before.rfind('\n').map_or(0, |at| at + 1)})
}

#[test]
fn cockroachdb_is_opened_broken_mended_read_drawn_started_and_stopped() {
    let folder = repository().join("examples/cockroachdb");
    let text = std::fs::read_to_string(folder.join("cockroachdb.ko")).unwrap();
    let mut client = Client::start(&folder);
    let uri = client.uri("cockroachdb.ko");
    let document = json!({"uri": uri});
    client.open(&uri, 1, &text);
    assert_eq!(client.diagnostics(&uri, 1), [] as [Value; 0]);

    // A misspelt field: one error at its characters, with the right name as a fix.
    let broken = text.replace("podManagementPolicy:", "podManagementPolic:");
    assert_ne!(broken, text);
    client.replace(&uri, 2, &broken);
    let diagnostics = client.diagnostics(&uri, 2);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    assert_eq!(diagnostics[0]["range"]["start"], place(&broken, "podManagementPolic:", 0, 0));
    let actions = client.ok(
        "textDocument/codeAction",
        json!({
            "textDocument": document, "range": diagnostics[0]["range"],
            "context": {"diagnostics": diagnostics},
        }),
    );
    let action = &actions[0];
    assert!(action["title"].as_str().unwrap().contains("podManagementPolicy"), "{action}");
    assert_eq!(action["diagnostics"].as_array().unwrap().len(), 1);
    let edit = &action["edit"]["changes"][&uri][0];
    client.change(&uri, 3, json!([{"range": edit["range"], "text": edit["newText"]}]));
    assert_eq!(client.text(&uri)["text"], text);
    assert_eq!(client.diagnostics(&uri, 3), [] as [Value; 0]);

    // What can be written in the specification of the stateful set.
    let at = place(&text, "podManagementPolicy:", 0, 0);
    let list =
        client.ok("textDocument/completion", json!({"textDocument": document, "position": at}));
    let labels: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["label"].as_str())
        .collect();
    for field in ["minReadySeconds", "ordinals", "revisionHistoryLimit"] {
        assert!(labels.contains(&field), "{field} is not among {labels:?}");
    }

    let at = place(&text, "CreateStatefulSet(", 0, 3);
    let hover = client.ok("textDocument/hover", json!({"textDocument": document, "position": at}));
    let shown = hover["contents"]["value"].as_str().unwrap();
    for part in ["apps/v1", "StatefulSet", "namespace"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }

    let graph = json!({"textDocument": document, "function": "StartCockroachDB"});
    let graph = client.ok("ko/graph", graph);
    let node = |id: &str| {
        let nodes = graph["nodes"].as_array().unwrap();
        nodes
            .iter()
            .find(|node| node["id"] == id)
            .cloned()
            .unwrap_or_else(|| panic!("no node {id}"))
    };
    assert_eq!(node("initJob")["range"]["start"], place(&text, "initJob:", 0, 0));
    assert!(graph["edges"].as_array().unwrap().iter().any(|edge| edge["after"] == true));

    let run = |client: &mut Client, function: &str, id: &str| {
        client.ok(
            "ko/run",
            json!({
                "textDocument": document, "function": function, "arguments": {"ns": "demo"},
                "mode": "sandbox", "runId": id,
            }),
        )
    };
    let needed = json!({"textDocument": document, "function": "StartCockroachDB"});
    let needed_again = needed.clone();
    let needed = client.ok("ko/functionArguments", needed);
    assert_eq!(needed[0]["name"], "ns");
    assert!(needed[0]["doc"].as_str().unwrap().contains("Name of the namespace"), "{needed}");
    for id in ["first", "second"] {
        let started = run(&mut client, "StartCockroachDB", id);
        assert_eq!(started["status"], "succeeded", "{started}");
        assert!(started["value"].as_str().unwrap().contains("readyReplicas: 3"), "{started}");
        let events = client.taken("ko/runEvent");
        for node in graph["nodes"].as_array().unwrap() {
            let shown = events.iter().any(|event| {
                event["node"] == node["id"] && event["event"] == "succeeded" && event["runId"] == id
            });
            assert!(shown || node["kind"] == "argument", "nothing is said of {}", node["id"]);
        }
    }
    let last = client.ok("ko/functionArguments", needed_again);
    assert_eq!(last[0]["last"], "demo");
    let at = place(&text, "nodes:", 0, 2);
    let hover = client.ok("textDocument/hover", json!({"textDocument": document, "position": at}));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("Last run"), "{hover}");
    let stopped = run(&mut client, "StopCockroachDB", "third");
    assert_eq!(stopped["status"], "succeeded", "{stopped}");
    assert!(stopped["value"].as_str().unwrap().contains("statefulSets: 1"), "{stopped}");
    let stopped = run(&mut client, "StopCockroachDB", "fourth");
    assert!(stopped["value"].as_str().unwrap().contains("statefulSets: 0"), "{stopped}");
}

#[test]
fn typographic_quotes_are_one_error_each_and_are_set_straight_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("pasted.ko");
    let pasted =
        "F() {\n\ta: \u{201c}one\u{201d}\n\tb: \u{201c}two\u{201d}\n\treturn: Len(a, b)\n}\n";
    client.open(&uri, 1, pasted);
    let diagnostics = client.diagnostics(&uri, 1);
    assert_eq!(diagnostics.len(), 2, "{diagnostics:#?}");
    assert_eq!(diagnostics[0]["range"]["start"], json!({"line": 1, "character": 4}));
    assert_eq!(diagnostics[0]["range"]["end"], json!({"line": 1, "character": 9}));
    let actions = client.ok(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": uri}, "range": diagnostics[0]["range"],
            "context": {"diagnostics": []},
        }),
    );
    let whole =
        actions.as_array().unwrap().iter().find(|action| {
            action["title"].as_str().is_some_and(|title| title.contains("whole file"))
        });
    let whole = whole.unwrap_or_else(|| panic!("{actions:#}"));
    let mut edits = whole["edit"]["changes"][&uri].as_array().unwrap().clone();
    // From the end, so that the ones before stay where they are.
    edits.reverse();
    let changes: Vec<_> =
        edits.iter().map(|it| json!({"range": it["range"], "text": it["newText"]})).collect();
    client.change(&uri, 2, changes.into());
    let straight = pasted.replace(['\u{201c}', '\u{201d}'], "\"");
    assert_eq!(client.text(&uri)["text"], straight);
    assert_eq!(client.diagnostics(&uri, 2), [] as [Value; 0]);
}

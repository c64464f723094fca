//! How the server starts and ends, and that no message can end it before.

use std::time::Duration;

use ko_tests::client::Client;
use serde_json::{Value, json};

#[test]
fn after_shutdown_and_exit_the_code_is_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    client.ok("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.wait(Duration::from_secs(10)).code(), Some(0));
}

#[test]
fn after_exit_alone_the_code_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    client.notify("exit", Value::Null);
    assert_eq!(client.wait(Duration::from_secs(10)).code(), Some(1));
}

#[test]
fn the_end_of_the_input_ends_the_server_also_before_it_is_initialized() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    client.close_input();
    assert_eq!(client.wait(Duration::from_secs(10)).code(), Some(1));
    let mut client = Client::spawn(folder.path());
    client.close_input();
    client.wait(Duration::from_secs(10));
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_the_clients_process_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::spawn(folder.path());
    let mut parent = std::process::Command::new("sleep")
        .arg("60")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    client.ok("initialize", json!({"processId": parent.id(), "capabilities": {}}));
    client.notify("initialized", json!({}));
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(client.wait(Duration::from_secs(10)).code(), Some(1));
}

#[test]
fn the_server_says_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::spawn(folder.path());
    let answer = client.ok("initialize", json!({"capabilities": {}}));
    assert_eq!(answer["serverInfo"]["name"], "ko");
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
    assert!(answer["capabilities"].get("diagnosticProvider").is_none(), "it sends them itself");
}

#[test]
fn requests_before_initialize_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::spawn(folder.path());
    let error = client.request("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(error.code, -32002);
}

#[test]
fn messages_that_are_no_messages_cost_one_error_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    for body in ["{\"jsonrpc\":", "[1, 2]", "\"text\"", "null", "{}"] {
        client.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }
    client.anonymous_error();
    let uri = client.uri("a.ko");
    client.open(&uri, 1, "F() { return: 1 }");
    assert_eq!(client.text(&uri)["version"], 1);

    assert_eq!(client.request("ko/text", json!({"textDocument": 7})).unwrap_err().code, -32602);
    assert_eq!(client.request("no/such", json!({})).unwrap_err().code, -32601);
    assert_eq!(client.request("textDocument/hover", json!([])).unwrap_err().code, -32602);
    client.notify("textDocument/didChange", json!({"textDocument": 7}));
    client.notify("textDocument/didOpen", json!({"textDocument": {"uri": "::", "text": 1}}));
    client.notify("$/unknown", json!({}));
    client.notify("$/cancelRequest", json!({"id": 4711}));
    assert_eq!(client.text(&uri)["version"], 1);
}

#[test]
fn no_sequence_of_messages_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    let position = json!({"line": 1, "character": 2});
    let range = json!({"start": position, "end": {"line": 0, "character": 9}});
    let document = json!({"uri": uri, "version": 1, "languageId": "ko", "text": "F(\u{1f600}"});
    let pieces = [
        Value::Null,
        json!(-1),
        json!("\u{1f600}"),
        json!([]),
        json!({}),
        json!({"textDocument": document}),
        json!({"textDocument": document, "position": position}),
        json!({"textDocument": document, "position": position, "newName": "\u{0}"}),
        json!({"textDocument": document, "range": range, "context": {"diagnostics": []}}),
        json!({"textDocument": document, "contentChanges": [{"range": range, "text": "\u{1f600}\r"}]}),
        json!({"textDocument": document, "function": "F", "arguments": {}, "mode": "sandbox", "runId": "1"}),
        json!({"event": {"added": [{"uri": "x:y", "name": ""}], "removed": []}}),
        json!({"changes": [{"uri": uri, "type": 1}, {"uri": "file:///", "type": 3}]}),
    ];
    let methods = [
        "initialize",
        "initialized",
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "textDocument/didSave",
        "workspace/didChangeWatchedFiles",
        "workspace/didChangeWorkspaceFolders",
        "workspace/didChangeConfiguration",
        "textDocument/hover",
        "textDocument/completion",
        "completionItem/resolve",
        "textDocument/definition",
        "textDocument/references",
        "textDocument/rename",
        "textDocument/prepareRename",
        "textDocument/codeAction",
        "textDocument/codeLens",
        "textDocument/documentSymbol",
        "textDocument/semanticTokens/range",
        "textDocument/inlayHint",
        "textDocument/selectionRange",
        "textDocument/diagnostic",
        "workspace/symbol",
        "ko/graph",
        "ko/graphText",
        "ko/functionArguments",
        "ko/text",
        "ko/run",
        "ko/resetSandbox",
        "$/cancelRequest",
        "",
    ];
    let mut random = 11_u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % bound
    };
    for _ in 0..1_000 {
        let (method, params) = (methods[below(methods.len())], &pieces[below(pieces.len())]);
        // A run may take its time in a debug build; some are enough.
        if method == "ko/run" && below(8) > 0 {
            continue;
        }
        if below(2) == 0 {
            client.notify(method, params.clone());
        } else {
            client.ask(method, params.clone());
        }
    }
    client.open(&uri, 7, "F() { return: 1 }");
    assert_eq!(client.text(&uri), json!({"text": "F() { return: 1 }", "version": 7}));
}

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

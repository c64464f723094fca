//! From place to place: definitions, pages, calls, links.

use ko_tests::client::Client;
use serde_json::{Value, json};

const STOP: &str = "import \"series\"

Stop(ns) {
\tfound: ListPodsByLabelSelector(namespace: ns, labelSelector: \"app=db\")
\tdeleted: DeletePods(namespace: ns, pods: found)
\treturn: series.Map(over: deleted, with: name)
}

name(it?) {
\treturn: it.name
}
";

fn at(uri: &str, line: u64, character: u64) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

/// Where a text stands in another for the first time, as a position in a document.
fn place(uri: &str, text: &str, wanted: &str) -> Value {
    let before = &text[..text.find(wanted).unwrap_or_else(|| panic!("no {wanted} in {text}"))];
    let line = before.matches('\n').count() as u64;
    at(uri, line, before.rsplit('\n').next().unwrap().encode_utf16().count() as u64)
}

fn opened(text: &str) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    let capabilities = json!({"workspace": {"textDocumentContent": {}}});
    let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, text);
    (folder, client, uri)
}

/// The text of a line where an answer leads, in a document that the client asks for.
fn follow(client: &mut Client, location: &Value) -> (String, String) {
    let uri = location["uri"].as_str().unwrap().to_owned();
    let content = client.ok("workspace/textDocumentContent", json!({"uri": uri}));
    let text = content["text"].as_str().unwrap().to_owned();
    let line = location["range"]["start"]["line"].as_u64().unwrap() as usize;
    let line = text.lines().nth(line).unwrap_or_default().to_owned();
    (uri, line)
}

#[test]
fn the_sources_of_the_library_can_be_read_and_asked_about() {
    let (_folder, mut client, uri) = opened(STOP);
    let found = client.ok("textDocument/definition", place(&uri, STOP, "Map(over"));
    let (map, line) = follow(&mut client, &found[0]);
    assert_eq!(map, "ko-library:///series/series.ko");
    assert_eq!(line, "Map(");
    let content = client.ok("ko/virtualDocument", json!({"uri": "ko-library:/series/series.ko"}));
    assert_eq!(content["languageId"], "ko");
    let text = content["text"].as_str().unwrap();
    // As VS Code writes the address. What it sends as the text of the document means nothing.
    let other = "ko-library:/series/series.ko";
    client.open(other, 1, "nonsense(");
    let hover = client.ok("textDocument/hover", place(other, text, "mapElement[with"));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("mapElement"), "{hover}");
    let inner = client.ok("textDocument/definition", place(other, text, "mapElement[with"));
    assert_eq!(
        follow(&mut client, &inner[0]),
        (map.clone(), "mapElement(with, elem) {".to_owned())
    );
    let range = client.ok("textDocument/definition", place(other, text, "Range(over"));
    let (page, line) = follow(&mut client, &range[0]);
    assert_eq!(page, "ko-library:///builtins.ko");
    assert!(line.starts_with("Range("), "{line}");
    let mut params = place(other, text, "Map(\n");
    params["context"] = json!({"includeDeclaration": false});
    let uses = client.ok("textDocument/references", params);
    let uses: Vec<_> = uses.as_array().unwrap().iter().map(|it| it["uri"].as_str()).collect();
    assert!(uses.contains(&Some(uri.as_str())) && uses.contains(&Some(map.as_str())), "{uses:?}");
    let document = json!({"textDocument": {"uri": other}});
    let tokens = client.ok("textDocument/semanticTokens/full", document.clone());
    assert!(tokens["data"].as_array().unwrap().len() > 100);
    let outline = client.ok("textDocument/documentSymbol", document.clone());
    assert_eq!(outline[0]["name"], "Map");
    // Nobody can change it.
    let mut params = place(other, text, "mapElement[with");
    params["newName"] = "x".into();
    assert!(client.request("textDocument/rename", params).is_err());
    let mut params = document;
    params["options"] = json!({"tabSize": 4, "insertSpaces": false});
    assert_eq!(client.ok("textDocument/formatting", params), Value::Null);
    assert_eq!(client.text(other)["text"], *text);
}

#[test]
fn gates_and_fields_lead_to_pages_and_pages_to_each_other() {
    let (_folder, mut client, uri) = opened(STOP);
    let found = client.ok("textDocument/definition", place(&uri, STOP, "DeletePods"));
    let (pod, line) = follow(&mut client, &found[0]);
    assert_eq!(pod, "ko-schema:///core/v1/Pod.ko");
    assert_eq!(line, "DeletePods(");
    let text = client.ok("workspace/textDocumentContent", json!({"uri": pod}))["text"].clone();
    let text = text.as_str().unwrap();
    let hover = client.ok("textDocument/hover", place(&pod, text, "DeletePods("));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("delete pods"), "{hover}");
    let spec = client.ok("textDocument/definition", place(&pod, text, "PodSpec"));
    let (spec, line) = follow(&mut client, &spec[0]);
    assert_eq!(spec, "ko-schema:///types/io.k8s.api.core.v1.PodSpec.ko");
    assert_eq!(line, "PodSpec: (");
    let mut params = place(&pod, text, "DeletePods(");
    params["context"] = json!({"includeDeclaration": true});
    assert_eq!(client.ok("textDocument/references", params)[0]["uri"], *uri);
    let document = json!({"textDocument": {"uri": spec}});
    let outline = client.ok("textDocument/documentSymbol", document.clone());
    assert_eq!(outline[0]["name"], "PodSpec");
    let tokens = client.ok("textDocument/semanticTokens/full", document);
    assert!(tokens["data"].as_array().unwrap().len() > 100);
    for uri in ["ko-schema:///no/v1/Such.ko", "ko-library:///no.ko", &client.uri("a.ko")] {
        let error = client.request("workspace/textDocumentContent", json!({"uri": uri}));
        assert!(error.unwrap_err().message.contains("no document"), "{uri}");
    }
}

#[test]
fn a_client_that_cannot_show_such_documents_is_not_sent_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    client.open(&uri, 1, STOP);
    for name in ["Map(over", "DeletePods"] {
        assert_eq!(client.ok("textDocument/definition", place(&uri, STOP, name)), json!([]));
    }
}

#[test]
fn the_server_says_which_schemes_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    for (capabilities, schemes) in [
        (json!({"workspace": {"textDocumentContent": {}}}), json!(["ko-library", "ko-schema"])),
        (json!({}), Value::Null),
    ] {
        let mut client = Client::spawn(folder.path());
        let answer =
            client.ok("initialize", json!({"processId": null, "capabilities": capabilities}));
        assert_eq!(answer["capabilities"]["workspace"]["textDocumentContent"]["schemes"], schemes);
        assert_eq!(answer["capabilities"]["experimental"], Value::Null);
    }
}

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

const PARTS: &str = "import \"lib\" as help // see https://example.com/ko.

Start(ns) {
\tpod: GetPod(name: \"a\", namespace: ns)
\tshape: (a: 1)
\tgone: DeletePods(namespace: ns, pods: pod)
\treturn: help.Twice(x: (shape, pod.status, gone))
}
";

/// A workspace of two packages, and a client that can do everything.
fn parts() -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("lib")).unwrap();
    let lib =
        "Twice(x?) {\n\treturn: (one: again(x), two: again(x))\n}\n\nagain(x?) { return: x }\n";
    std::fs::write(folder.path().join("lib/lib.ko"), lib).unwrap();
    let capabilities = json!({
        "workspace": {
            "textDocumentContent": {},
            "symbol": {"resolveSupport": {"properties": ["location.range"]}},
        },
        "textDocument": {"semanticTokens": {
            "requests": {"full": {"delta": true}}, "tokenTypes": [], "tokenModifiers": [],
            "formats": ["relative"],
        }},
    });
    let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, PARTS);
    // The other file is there once its function is found.
    let mut found = Value::Null;
    while found.as_array().is_none_or(Vec::is_empty) {
        found = client.ok("workspace/symbol", json!({"query": "twice"}));
    }
    (folder, client, uri)
}

#[test]
fn types_lead_to_pages_and_to_structures() {
    let (_folder, mut client, uri) = parts();
    let found = client.ok("textDocument/typeDefinition", place(&uri, PARTS, "pod.status"));
    assert_eq!(found[0]["uri"], "ko-schema:///core/v1/Pod.ko");
    let found = client.ok("textDocument/typeDefinition", place(&uri, PARTS, "status,"));
    let (page, line) = follow(&mut client, &found[0]);
    assert_eq!(page, "ko-schema:///types/io.k8s.api.core.v1.PodStatus.ko");
    assert_eq!(line, "PodStatus: (");
    let found = client.ok("textDocument/typeDefinition", place(&uri, PARTS, "shape, pod"));
    assert_eq!(found[0]["range"]["start"], json!({"line": 4, "character": 8}));
    let text = client.ok("workspace/textDocumentContent", json!({"uri": page}))["text"].clone();
    let field = place(&page, text.as_str().unwrap(), "containerStatuses");
    let found = client.ok("textDocument/typeDefinition", field);
    assert!(found[0]["uri"].as_str().unwrap().ends_with(".ContainerStatus.ko"), "{found}");
}

#[test]
fn declarations_are_what_brings_a_name_into_the_text() {
    let (_folder, mut client, uri) = parts();
    let found = client.ok("textDocument/declaration", place(&uri, PARTS, "Twice(x"));
    assert_eq!(found[0]["uri"], *uri);
    assert_eq!(found[0]["range"]["start"], json!({"line": 0, "character": 16}));
    let found = client.ok("textDocument/definition", place(&uri, PARTS, "Twice(x"));
    assert_eq!(found[0]["uri"], client.uri("lib/lib.ko"));
    let found = client.ok("textDocument/declaration", place(&uri, PARTS, "status, gone"));
    assert_eq!(found[0]["range"]["start"], json!({"line": 3, "character": 1}));
}

#[test]
fn imports_comments_and_pages_have_links() {
    let (_folder, mut client, uri) = parts();
    let links = client.ok("textDocument/documentLink", json!({"textDocument": {"uri": uri}}));
    let targets: Vec<_> = links.as_array().unwrap().iter().map(|it| it["target"].clone()).collect();
    assert_eq!(targets, [json!(client.uri("lib/lib.ko")), json!("https://example.com/ko")]);
    assert_eq!(links[0]["range"]["start"], json!({"line": 0, "character": 8}));
    let page = json!({"textDocument": {"uri": "ko-schema:/core/v1/Pod.ko"}});
    let links = client.ok("textDocument/documentLink", page);
    let spec = json!("ko-schema:///types/io.k8s.api.core.v1.PodSpec.ko");
    assert!(links.as_array().unwrap().iter().any(|it| it["target"] == spec), "{links}");
}

#[test]
fn calls_are_followed_both_ways_across_files() {
    let (_folder, mut client, uri) = parts();
    let items = client.ok("textDocument/prepareCallHierarchy", place(&uri, PARTS, "Start("));
    assert_eq!(items[0]["name"], "Start");
    let out = client.ok("callHierarchy/outgoingCalls", json!({"item": items[0]}));
    let names: Vec<_> =
        out.as_array().unwrap().iter().map(|it| it["to"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["GetPod", "DeletePods", "Twice"]);
    assert_eq!(out[0]["fromRanges"][0]["start"], json!({"line": 3, "character": 6}));
    let twice = &out[2]["to"];
    let calls = client.ok("callHierarchy/incomingCalls", json!({"item": twice}));
    assert_eq!(calls[0]["from"]["name"], "Start");
    let calls = client.ok("callHierarchy/outgoingCalls", json!({"item": twice}));
    assert_eq!(calls[0]["to"]["name"], "again");
    assert_eq!(calls[0]["fromRanges"].as_array().unwrap().len(), 2);
    let calls = client.ok("callHierarchy/incomingCalls", json!({"item": out[1]["to"]}));
    assert_eq!(calls[0]["from"]["name"], "Start", "of a gate");
    let nothing = client.ok("textDocument/prepareCallHierarchy", place(&uri, PARTS, "ns) {"));
    assert_eq!(nothing, Value::Null);
}

#[test]
fn only_what_changed_of_the_tokens_is_sent() {
    let (_folder, mut client, uri) = parts();
    let document = json!({"uri": uri});
    let full = client.ok("textDocument/semanticTokens/full", json!({"textDocument": document}));
    let mut data = full["data"].as_array().unwrap().clone();
    let changed = PARTS.replace("shape: (a: 1)", "shape: (a: 1, bb: 2)");
    client.replace(&uri, 2, &changed);
    let params = json!({"textDocument": document, "previousResultId": full["resultId"]});
    let delta = client.ok("textDocument/semanticTokens/full/delta", params.clone());
    let edits = delta["edits"].as_array().unwrap();
    assert_eq!(edits.len(), 1, "{delta}");
    let number = |name: &str| edits[0][name].as_u64().unwrap() as usize;
    let (start, end) = (number("start"), number("start") + number("deleteCount"));
    let inserted = edits[0]["data"].as_array().cloned().unwrap_or_default();
    assert!(inserted.len() < data.len() / 2, "{delta}");
    data.splice(start..end, inserted);
    // The name of the first answer is no name of what the client has now.
    let again = client.ok("textDocument/semanticTokens/full/delta", params);
    assert_eq!(again["data"], Value::Array(data));
    let params = json!({"textDocument": document, "previousResultId": again["resultId"]});
    let same = client.ok("textDocument/semanticTokens/full/delta", params);
    assert_eq!(same["edits"], json!([]));
}

#[test]
fn functions_of_the_workspace_are_placed_when_somebody_goes_there() {
    let (_folder, mut client, _) = parts();
    let found = client.ok("workspace/symbol", json!({"query": "lib.tw"}));
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["location"], json!({"uri": client.uri("lib/lib.ko")}));
    let placed = client.ok("workspaceSymbol/resolve", found[0].clone());
    assert_eq!(placed["location"]["range"]["end"], json!({"line": 0, "character": 5}));
    let mut gone = found[0].clone();
    gone["data"]["name"] = "Gone".into();
    assert!(client.request("workspaceSymbol/resolve", gone).is_err());
}

#[test]
fn marks_say_where_a_name_is_defined() {
    let (_folder, mut client, uri) = parts();
    let marks = client.ok("textDocument/documentHighlight", place(&uri, PARTS, "pod: Get"));
    let kinds: Vec<_> =
        marks.as_array().unwrap().iter().map(|it| it["kind"].as_u64().unwrap()).collect();
    assert_eq!(kinds, [3, 2, 2], "written, then read: {marks}");
}

#[test]
fn calls_that_remove_something_are_marked() {
    let (_folder, mut client, uri) = parts();
    let text = "Stop(ns) { return: drop(ns) }\ndrop(ns?) { return: DeletePods(namespace: ns) }\n";
    client.replace(&uri, 2, text);
    let document = json!({"textDocument": {"uri": uri}});
    let tokens = client.ok("textDocument/semanticTokens/full", document);
    // The modifiers are declaration, default library, readonly, write, destructive, inline.
    let functions: Vec<_> = tokens["data"]
        .as_array()
        .unwrap()
        .chunks(5)
        .filter(|token| token[3] == 0)
        .map(|token| token[4].as_u64().unwrap())
        .collect();
    assert_eq!(functions, [0b10001, 0b10000, 0b10001, 0b10010], "{tokens}");
}

#[test]
fn imports_get_other_names_in_their_file() {
    let (_folder, mut client, uri) = parts();
    let mut params = place(&uri, PARTS, "help.Twice");
    assert_eq!(client.ok("textDocument/prepareRename", params.clone())["placeholder"], "help");
    params["newName"] = "h".into();
    let edit = client.ok_once_read("textDocument/rename", &params);
    assert_eq!(edit["changes"][&uri].as_array().unwrap().len(), 2, "{edit}");
}

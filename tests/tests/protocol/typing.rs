//! What an editor shows while somebody types, for clients that can do much and for those that can do little.

use ko_tests::client::{Client, everyday};
use serde_json::{Value, json};

const TOOLS: &str = "// Doubles a number.\nDouble(n?) { return: Sum(n, n) }\n";

/// The capabilities of a client that has everything there is for completion.
fn rich() -> Value {
    let mut all = everyday();
    all["textDocument"]["completion"] = json!({
        "completionItem": {
            "snippetSupport": true,
            "commitCharactersSupport": true,
            "documentationFormat": ["markdown", "plaintext"],
            "deprecatedSupport": true,
            "tagSupport": {"valueSet": [1]},
            "insertReplaceSupport": true,
            "resolveSupport": {"properties": ["documentation", "additionalTextEdits"]},
            "insertTextModeSupport": {"valueSet": [1, 2]},
            "labelDetailsSupport": true,
        },
        "completionList": {"itemDefaults": ["editRange", "insertTextFormat", "data"]},
    });
    all["textDocument"]["signatureHelp"] = json!({"signatureInformation": {
        "documentationFormat": ["markdown"],
        "parameterInformation": {"labelOffsetSupport": true},
        "activeParameterSupport": true,
    }});
    all
}

/// A server on a folder with a package `tools` and the open file `a.ko`.
fn opened(capabilities: Value, text: &str) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tools")).unwrap();
    std::fs::write(folder.path().join("tools/tools.ko"), TOOLS).unwrap();
    std::fs::write(folder.path().join("ko.toml"), "").unwrap();
    let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, text);
    // Until all files are known, each one that is read may cut an answer short.
    while client.ok("workspace/symbol", json!({"query": "Double"})) == json!([]) {}
    (folder, client, uri)
}

/// Asks for completion where `$0` stands in the text.
fn complete(capabilities: Value, marked: &str) -> (tempfile::TempDir, Client, String, Value) {
    let offset = marked.find("$0").unwrap();
    let before = &marked[..offset];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    let (folder, mut client, uri) = opened(capabilities, &marked.replacen("$0", "", 1));
    let at = json!({
        "textDocument": {"uri": uri}, "position": {"line": line, "character": column},
    });
    let list = client.ok("textDocument/completion", at);
    (folder, client, uri, list)
}

fn item<'a>(list: &'a Value, label: &str) -> &'a Value {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no items in {list}"));
    items
        .iter()
        .find(|it| it["label"] == label)
        .unwrap_or_else(|| panic!("no {label} among {} items", items.len()))
}

#[test]
fn a_rich_client_gets_snippets_details_and_one_range_for_all() {
    let text = "F(ns) {\n\treturn: CreatePo$0d\n}\n";
    let (_folder, mut client, _, list) = complete(rich(), text);
    let range = |from: u64, to: u64| json!({"start": {"line": 1, "character": from}, "end": {"line": 1, "character": to}});
    let expected = json!({"editRange": {"insert": range(9, 17), "replace": range(9, 18)}});
    assert_eq!(list["itemDefaults"], expected);
    assert_eq!(list["isIncomplete"], false);
    let pod = item(&list, "CreatePod");
    assert_eq!(pod["insertTextFormat"], 2);
    assert_eq!(pod["textEditText"], "CreatePod(namespace: ${1:namespace}, pod: ($2))$0");
    assert_eq!(pod["labelDetails"]["detail"], "(namespace, pod, ifExists?, timeout?)");
    assert_eq!(pod["labelDetails"]["description"], "core/v1 · write");
    assert_eq!(pod["textEdit"], Value::Null);
    assert_eq!(pod["documentation"], Value::Null, "found when it is looked at");
    let resolved = client.ok("completionItem/resolve", pod.clone());
    assert_eq!(resolved["documentation"]["kind"], "markdown");
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("k8s/core/v1"));
}

#[test]
fn a_plain_client_gets_names_and_whole_edits() {
    let text = "F(ns) {\n\treturn: CreatePo$0d\n}\n";
    let mut capabilities = everyday();
    capabilities["textDocument"]["completion"] =
        json!({"completionItem": {"documentationFormat": ["plaintext"]}});
    let (_folder, mut client, _, list) = complete(capabilities, text);
    assert_eq!(list["itemDefaults"], Value::Null);
    let pod = item(&list, "CreatePod");
    assert_eq!(pod["textEdit"]["newText"], "CreatePod");
    assert_eq!(pod["textEdit"]["range"]["end"], json!({"line": 1, "character": 18}));
    for absent in ["insertTextFormat", "labelDetails", "commitCharacters", "tags"] {
        assert_eq!(pod[absent], Value::Null, "{absent}");
    }
    assert!(pod["detail"].as_str().unwrap().contains("namespace"));
    let resolved = client.ok("completionItem/resolve", pod.clone());
    assert_eq!(resolved["documentation"]["kind"], "plaintext");
    assert!(!resolved["documentation"]["value"].as_str().unwrap().contains('`'));
}

#[test]
fn an_import_comes_with_the_item_or_when_it_is_chosen() {
    let text = "F(n) {\n\treturn: Doub$0\n}\n";
    let expected = json!([{
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "newText": "import \"tools\"\n\n",
    }]);
    let (_folder, mut client, uri, list) = complete(rich(), text);
    let double = item(&list, "tools.Double").clone();
    assert_eq!(double["additionalTextEdits"], Value::Null);
    assert_eq!(double["textEditText"], "tools.Double(${1:n})$0");
    assert_eq!(double["filterText"], "Double");
    let resolved = client.ok("completionItem/resolve", double.clone());
    assert_eq!(resolved["additionalTextEdits"], expected);
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("Doubles a number."));
    // The text may have changed since.
    client.replace(&uri, 2, "import \"strings\"\nF(n) {\n\treturn: Doub\n}\n");
    let resolved = client.ok("completionItem/resolve", double);
    let edit = &resolved["additionalTextEdits"][0];
    assert_eq!(edit["range"]["start"], json!({"line": 1, "character": 0}));
    assert_eq!(edit["newText"], "import \"tools\"\n");

    let (_folder, _client, _, list) = complete(everyday(), text);
    assert_eq!(item(&list, "tools.Double")["additionalTextEdits"], expected);
}

#[test]
fn long_lists_are_cut_and_asked_for_again() {
    let (_folder, _client, _, list) = complete(rich(), "F(ns) {\n\treturn: $0\n}\n");
    assert_eq!(list["isIncomplete"], true);
    assert_eq!(list["items"].as_array().unwrap().len(), 256);
    assert_eq!(list["items"][0]["label"], "ns");
    assert_eq!(list["items"][0]["commitCharacters"], json!(["."]));
}

#[test]
fn nothing_is_offered_in_comments_and_in_strings_that_may_be_anything() {
    for text in ["F() { return: 1 } // x$0", "F() { return: \"x$0\" }"] {
        let (_folder, _client, _, list) = complete(rich(), text);
        assert!(list.is_null() || list["items"] == json!([]), "{text}: {list}");
    }
}

#[test]
fn signatures_mark_the_argument_at_the_cursor() {
    let text = "F(ns) {\n\treturn: CreatePod(namespace: ns, pod: (spec: GetPod(name: \"é\", ";
    let (_folder, mut client, uri) = opened(rich(), text);
    let column = text.lines().nth(1).unwrap().encode_utf16().count();
    let at = json!({
        "textDocument": {"uri": uri}, "position": {"line": 1, "character": column},
    });
    let help = client.ok("textDocument/signatureHelp", at);
    let signature = &help["signatures"][0];
    let label: Vec<u16> = signature["label"].as_str().unwrap().encode_utf16().collect();
    let active = signature["activeParameter"].as_u64().unwrap() as usize;
    let range = &signature["parameters"][active]["label"];
    let (from, to) = (range[0].as_u64().unwrap(), range[1].as_u64().unwrap());
    let shown = String::from_utf16(&label[from as usize..to as usize]).unwrap();
    assert!(shown.starts_with("namespace"), "{shown} of {help}");
    assert!(signature["label"].as_str().unwrap().starts_with("GetPod("), "{help}");
}

#[test]
fn what_a_client_has_not_is_not_offered() {
    let folder = tempfile::tempdir().unwrap();
    let initialize = |capabilities: Value| {
        let mut client = Client::spawn(folder.path());
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        client.ok("initialize", params)["capabilities"].clone()
    };
    let none = initialize(json!({}));
    let all = initialize(everyday());
    let providers = [
        "hoverProvider",
        "completionProvider",
        "signatureHelpProvider",
        "inlayHintProvider",
        "foldingRangeProvider",
        "selectionRangeProvider",
    ];
    for provider in providers {
        assert_eq!(none[provider], Value::Null, "{provider}");
        assert_ne!(all[provider], Value::Null, "{provider}");
    }
}

/// The capabilities of a client that asks for the rest of a hint when somebody points at it.
fn with_lazy_hints() -> Value {
    let mut all = rich();
    all["textDocument"]["inlayHint"] =
        json!({"resolveSupport": {"properties": ["tooltip", "label.location"]}});
    all
}

#[test]
fn hints_have_parts_and_the_rest_comes_when_it_is_asked_for() {
    let text =
        "F(ns) {\n\tpod: GetPod(namespace: ns, name: \"x\")\n\tmine: F(ns: ns)\n\treturn: 1\n}\n";
    let range = json!({
        "start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0},
    });
    let (_folder, mut client, uri) = opened(with_lazy_hints(), text);
    let params = json!({"textDocument": {"uri": uri}, "range": range});
    let hints = client.ok("textDocument/inlayHint", params.clone());
    let pod = hints.as_array().unwrap().iter().find(|it| it["position"]["line"] == 1).unwrap();
    assert_eq!(pod["label"][0]["value"], ": ");
    assert_eq!(pod["label"][1]["value"], "Pod");
    assert_eq!(pod["tooltip"], Value::Null);
    let resolved = client.ok("inlayHint/resolve", pod.clone());
    assert!(resolved["tooltip"]["value"].as_str().unwrap().contains("spec"), "{resolved}");
    assert!(hints.as_array().unwrap().iter().any(|it| it["position"]["line"] == 0), "a parameter");

    let settings =
        json!({"settings": {"ko": {"inlayHints": {"parameters": false, "maxLength": 4}}}});
    client.notify("workspace/didChangeConfiguration", settings);
    let hints = client.ok("textDocument/inlayHint", params.clone());
    assert!(hints.as_array().unwrap().iter().all(|it| it["position"]["line"] != 0), "{hints}");

    let (_folder, mut client, uri) = opened(everyday(), text);
    let params = json!({"textDocument": {"uri": uri}, "range": range});
    let hints = client.ok("textDocument/inlayHint", params);
    assert!(hints[1]["tooltip"]["value"].is_string(), "{hints}");
}

#[test]
fn lenses_count_references_when_they_are_shown() {
    let text = "Double(n?) { return: Sum(n, n) }\nTestDouble() { return: Double(2) }\n";
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::spawn(folder.path());
    let params = json!({
        "processId": null, "rootUri": client.uri(""), "capabilities": everyday(),
        "initializationOptions": {"ko": {"lenses": true, "references": true}},
    });
    let answer = client.ok("initialize", params);
    assert_eq!(answer["capabilities"]["codeLensProvider"]["resolveProvider"], true);
    client.notify("initialized", json!({}));
    let uri = client.uri("a_test.ko");
    client.open(&uri, 1, text);
    let lenses = client.ok("textDocument/codeLens", json!({"textDocument": {"uri": uri}}));
    let lenses = lenses.as_array().unwrap();
    let counted = lenses.iter().find(|it| it["command"].is_null()).unwrap();
    let resolved = client.ok("codeLens/resolve", counted.clone());
    assert_eq!(resolved["command"]["title"], "1 reference");
    assert_eq!(resolved["command"]["command"], "ko.showReferences");
    assert_eq!(resolved["command"]["arguments"][2][0]["range"]["start"]["line"], 1);
    let test = lenses.iter().filter(|it| it["range"]["start"]["line"] == 1);
    let titles: Vec<_> = test.map(|it| it["command"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["▶ Run test in sandbox", "Show graph"]);
}

#[test]
fn folds_are_lines_or_places_as_the_client_has_them() {
    let text = "F() {\n\ta: (\n\t\tb: 1\n\t)\n\treturn: a\n}\n";
    let mut lines = everyday();
    lines["textDocument"]["foldingRange"] = json!({"lineFoldingOnly": true, "rangeLimit": 1});
    let (_folder, mut client, uri) = opened(lines, text);
    let params = json!({"textDocument": {"uri": uri}});
    let folds = client.ok("textDocument/foldingRange", params);
    assert_eq!(folds, json!([{"startLine": 0, "endLine": 4}]));
    let (_folder, mut client, uri) = opened(everyday(), text);
    let folds = client.ok("textDocument/foldingRange", json!({"textDocument": {"uri": uri}}));
    let whole = json!({"startLine": 0, "startCharacter": 5, "endLine": 5, "endCharacter": 0});
    assert_eq!(folds[0], whole);
    assert_eq!(folds.as_array().unwrap().len(), 2);
}

//! What an editor shows of a file, from its diagnostics to its graph.

use ko_tests::client::Client;
use serde_json::{Value, json};

const STOP: &str = "Stop(ns) {
\tfound: ListPodsByLabelSelector(namespace: ns, labelSelector: \"app=db\")
\tdeleted: DeletePods(namespace: ns, pods: found)
\treturn: Len(deleted)
}
";

fn at(uri: &str, line: u64, character: u64) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

fn opened(text: &str) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path());
    let uri = client.uri("a.ko");
    client.open(&uri, 1, text);
    (folder, client, uri)
}

#[test]
fn a_misspelt_name_is_a_diagnostic_with_a_fix_that_clears_it() {
    let (_folder, mut client, uri) = opened(STOP);
    assert_eq!(client.diagnostics(&uri, 1), [] as [Value; 0]);
    let broken = STOP.replace("Len(deleted)", "Lenn(deleted)");
    client.replace(&uri, 2, &broken);
    let diagnostics = client.diagnostics(&uri, 2);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    let range = diagnostics[0]["range"].clone();
    assert_eq!(range["start"], json!({"line": 3, "character": 9}));
    assert_eq!(range["end"], json!({"line": 3, "character": 13}));
    assert!(diagnostics[0]["message"].as_str().unwrap().contains("Lenn"));
    let actions = client.ok(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": uri}, "range": range,
            "context": {"diagnostics": diagnostics},
        }),
    );
    let fix = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["title"].as_str().is_some_and(|title| title.contains("Len")));
    let edit = &fix.unwrap_or_else(|| panic!("no fix in {actions}"))["edit"]["changes"][&uri][0];
    client.change(&uri, 3, json!([{"range": edit["range"], "text": edit["newText"]}]));
    assert_eq!(client.text(&uri), json!({"text": STOP, "version": 3}));
    assert_eq!(client.diagnostics(&uri, 3), [] as [Value; 0]);
}

#[test]
fn an_edit_of_one_file_reaches_the_diagnostics_of_another_and_closing_clears_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.ko"), "B() { return: 1 }").unwrap();
    let mut client = Client::start(folder.path());
    let (a, b) = (client.uri("a.ko"), client.uri("b.ko"));
    client.open(&a, 1, "A() { return: B() }");
    assert_eq!(client.diagnostics(&a, 1), [] as [Value; 0]);
    client.open(&b, 1, "C() { return: 1 }");
    assert_eq!(client.diagnostics(&a, 1).len(), 1);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": b}}));
    assert_eq!(client.diagnostics(&a, 1), [] as [Value; 0], "the file on the disk counts again");
    client.replace(&a, 2, "A() { return: ");
    assert!(!client.diagnostics(&a, 2).is_empty());
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": a}}));
    let cleared = client.notification("textDocument/publishDiagnostics", |it| it["uri"] == *a);
    assert_eq!(cleared["diagnostics"], json!([]));
}

#[test]
fn a_client_that_asks_for_diagnostics_is_not_sent_any() {
    let folder = tempfile::tempdir().unwrap();
    let capabilities = json!({
        "textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": true}},
    });
    let mut client = Client::start_with(folder.path(), capabilities, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, "A() { return: B() }");
    let document = json!({"textDocument": {"uri": uri}});
    // While files are read, unknown names mean nothing; the client is told when that is over.
    let report = loop {
        let report = client.ok("textDocument/diagnostic", document.clone());
        if report["items"] != json!([]) {
            break report;
        }
    };
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"].as_array().unwrap().len(), 1);
    let again = json!({
        "textDocument": {"uri": uri}, "previousResultId": report["resultId"],
    });
    assert_eq!(client.ok("textDocument/diagnostic", again)["kind"], "unchanged");
    client.replace(&uri, 2, "A() { return: 1 }");
    assert_eq!(client.ok("textDocument/diagnostic", document)["items"], json!([]));
    assert_eq!(client.taken("textDocument/publishDiagnostics"), [] as [Value; 0]);
}

#[test]
fn hover_completion_and_signature_speak_of_the_gate() {
    let (_folder, mut client, uri) = opened(STOP);
    let hover = client.ok("textDocument/hover", at(&uri, 2, 14));
    let text = hover["contents"]["value"].as_str().unwrap();
    for part in ["DeletePods", "Pod", "namespace"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let help = client.ok("textDocument/signatureHelp", at(&uri, 2, 30));
    assert!(help["signatures"][0]["label"].as_str().unwrap().contains("DeletePods"), "{help}");
    let list = client.ok("textDocument/completion", at(&uri, 3, 12));
    let items = list["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["label"] == "Len").expect("Len is offered");
    assert!(item["textEdit"]["newText"].as_str().unwrap().starts_with("Len"));
    let resolved = client.ok("completionItem/resolve", item.clone());
    assert!(resolved["documentation"]["value"].is_string(), "{resolved}");
}

#[test]
fn names_lead_to_their_definitions_and_can_be_changed_everywhere() {
    let (_folder, mut client, uri) = opened(STOP);
    let range = json!({"start": {"line": 1, "character": 1}, "end": {"line": 1, "character": 6}});
    let found = client.ok("textDocument/definition", at(&uri, 2, 44));
    assert_eq!(found, json!([{"uri": uri, "range": range}]));
    let mut params = at(&uri, 1, 2);
    params["context"] = json!({"includeDeclaration": true});
    assert_eq!(client.ok("textDocument/references", params).as_array().unwrap().len(), 2);
    let marks = client.ok("textDocument/documentHighlight", at(&uri, 1, 2));
    assert_eq!(marks.as_array().unwrap().len(), 2);
    let mut params = at(&uri, 1, 2);
    assert_eq!(client.ok("textDocument/prepareRename", params.clone())["placeholder"], "found");
    params["newName"] = "pods".into();
    let edit = client.ok_once_read("textDocument/rename", &params);
    assert_eq!(edit["changes"][&uri].as_array().unwrap().len(), 2);
    params["newName"] = "1".into();
    assert!(client.request("textDocument/rename", params).is_err());
}

#[test]
fn the_document_has_an_outline_folds_colours_hints_and_lenses() {
    let (_folder, mut client, uri) = opened(&format!("// a\n// b 😀\n{STOP}"));
    let document = json!({"textDocument": {"uri": uri}});
    let outline = client.ok("textDocument/documentSymbol", document.clone());
    let names: Vec<_> =
        outline.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["Stop", "found"]);
    let folds = client.ok("textDocument/foldingRange", document.clone());
    assert!(folds.as_array().unwrap().iter().any(|it| it["startLine"] == 2 && it["endLine"] == 6));
    let tokens = client.ok("textDocument/semanticTokens/full", document.clone());
    let data = tokens["data"].as_array().unwrap();
    assert_eq!(data.len() % 5, 0);
    assert_eq!(
        data[..10],
        [0, 0, 4, 7, 0, 1, 0, 7, 7, 0].map(Value::from),
        "comments, line by line"
    );
    let mut params = document.clone();
    params["range"] = json!({
        "start": {"line": 2, "character": 0}, "end": {"line": 3, "character": 0},
    });
    let some = client.ok("textDocument/semanticTokens/range", params.clone());
    assert!((5..data.len()).contains(&some["data"].as_array().unwrap().len()));
    params["range"]["end"]["line"] = 9.into();
    assert!(client.ok("textDocument/inlayHint", params).is_array());
    let lenses = client.ok("textDocument/codeLens", document);
    let commands: Vec<_> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| (lens["command"]["command"].as_str().unwrap(), &lens["command"]["arguments"]))
        .collect();
    let arguments = json!([uri, "Stop"]);
    assert_eq!(commands, [("ko.runInSandbox", &arguments), ("ko.showGraph", &arguments)]);
    let params = json!({"textDocument": {"uri": uri}, "positions": [{"line": 3, "character": 3}]});
    let grown = client.ok("textDocument/selectionRange", params);
    assert!(grown[0]["parent"]["parent"].is_object(), "{grown}");
    let mut found = Value::Null;
    while found.as_array().is_none_or(Vec::is_empty) {
        found = client.ok("workspace/symbol", json!({"query": "sto"}));
    }
    assert_eq!(found[0]["name"], "Stop");
}

#[test]
fn the_graph_of_a_function_is_drawn_by_name_and_by_place() {
    let (_folder, mut client, uri) = opened(STOP);
    let by_name = json!({"textDocument": {"uri": uri}, "function": "Stop"});
    let graph = client.ok("ko/graph", by_name.clone());
    assert_eq!(graph["function"], "Stop");
    assert_eq!(graph["version"], 1);
    let nodes = graph["nodes"].as_array().unwrap();
    let deleted = nodes.iter().find(|node| node["id"] == "deleted").expect("node `deleted`");
    assert_eq!(deleted["kind"], "gate");
    assert_eq!(deleted["effect"], "destructive");
    assert_eq!(deleted["range"]["start"], json!({"line": 2, "character": 1}));
    let edges = graph["edges"].as_array().unwrap();
    assert!(edges.iter().any(|edge| edge["from"] == "found" && edge["to"] == "deleted"));
    assert_eq!(client.ok("ko/graph", at(&uri, 2, 3)), graph);
    assert_eq!(client.ok("ko/graph", at(&uri, 9, 0)), Value::Null);
    let text = client.ok("ko/graphText", by_name);
    assert!(text["text"].as_str().unwrap().contains("deleted"));
    assert!(text["lines"].as_array().unwrap().iter().any(|it| it["range"]["start"]["line"] == 2));
    let unknown = json!({"textDocument": {"uri": uri}, "function": "No"});
    assert_eq!(client.ok("ko/graph", unknown), Value::Null);
    assert!(client.request("ko/graph", json!({"textDocument": {"uri": uri}})).is_err());
}

#[test]
fn a_run_asks_for_the_arguments_that_it_reads() {
    let (_folder, mut client, uri) = opened(STOP);
    let params = json!({"textDocument": {"uri": uri}, "function": "Stop"});
    let needed = client.ok("ko/functionArguments", params.clone());
    assert_eq!(needed[0]["name"], "ns");
    assert_eq!(needed[0]["monadic"], false);
    let mut selected = params;
    selected["selection"] = json!({
        "start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 20},
    });
    assert_eq!(client.ok("ko/functionArguments", selected).as_array().unwrap().len(), 1);
}

#[test]
fn any_position_of_any_document_has_an_answer() {
    let (_folder, mut client, uri) = opened("F(\n\t😀 “x” \u{0}( { \"\nG() { return: F(");
    let methods = [
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/definition",
        "textDocument/declaration",
        "textDocument/typeDefinition",
        "textDocument/documentHighlight",
        "textDocument/documentLink",
        "textDocument/prepareCallHierarchy",
        "textDocument/signatureHelp",
        "textDocument/codeLens",
        "textDocument/documentSymbol",
        "textDocument/semanticTokens/full",
        "ko/graph",
    ];
    let unknown = client.uri("unknown.ko");
    let pages =
        ["ko-library:/builtins.ko", "ko-schema:///core/v1/Pod", "ko-schema:", "ko-library:/"];
    for uri in
        [uri.as_str(), unknown.as_str(), "untitled:x", "http://a/b.ko"].into_iter().chain(pages)
    {
        for (line, character) in
            [(0, 0), (0, 2), (1, 2), (1, 9), (2, 99), (4_000_000_000, 4_000_000_000)]
        {
            for method in methods {
                let answer = client.request(method, at(uri, line, character));
                assert!(answer.is_ok(), "{method} at {line}:{character} of {uri}: {answer:?}");
            }
        }
    }
}

#[test]
fn documents_ranges_and_what_is_typed_are_laid_out() {
    let (_folder, mut client, uri) = opened("F(a){é:a\r\n  b : 1\r\n  return:b}");
    let document = json!({"uri": uri});
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let range = json!({"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 3}});
    let edits = client.ok(
        "textDocument/rangeFormatting",
        json!({"textDocument": document, "range": range, "options": options}),
    );
    let edits: Vec<_> = edits.as_array().unwrap().iter().rev().collect();
    for (version, edit) in edits.into_iter().enumerate() {
        let change = json!([{"range": edit["range"], "text": edit["newText"]}]);
        client.change(&uri, version as i64 + 2, change);
    }
    let text = client.text(&uri)["text"].clone();
    assert_eq!(text, "F(a){é:a\r\n\tb: 1\r\n  return:b}");
    client.replace(&uri, 10, "F() {\n\tx: G(\n\n\t)\n}");
    let typed = client.ok(
        "textDocument/onTypeFormatting",
        json!({
            "textDocument": document, "position": {"line": 2, "character": 0}, "ch": "\n",
            "options": options,
        }),
    );
    let start = json!({"line": 2, "character": 0});
    assert_eq!(typed, json!([{"range": {"start": start, "end": start}, "newText": "\t\t"}]));
    client.replace(&uri, 11, "F(){return:1}");
    let whole = json!({"textDocument": document, "options": options});
    let edits = client.ok("textDocument/formatting", whole);
    assert_eq!(edits.as_array().unwrap().len(), 5, "{edits}");
}

#[test]
fn circuits_are_text_with_places() {
    let (_folder, mut client, uri) =
        opened("/* é */ F(x?) { return: Len(x) }\nG() { return: 1 }\n");
    let view = client.ok("ko/lowered", json!({"textDocument": {"uri": uri}}));
    assert_eq!(view["version"], 1);
    let text = view["text"].as_str().unwrap();
    assert_eq!(text.lines().count(), view["ranges"].as_array().unwrap().len());
    let step = text.lines().position(|line| line.contains("return  Len(x)")).unwrap();
    assert!(text.lines().nth(step).unwrap().ends_with(": Int64"), "{text}");
    assert_eq!(view["ranges"][step]["start"], json!({"line": 0, "character": 24}));
    let one = json!({"textDocument": {"uri": uri}, "function": "G"});
    assert!(client.ok("ko/lowered", one)["text"].as_str().unwrap().starts_with("G()"));
    let unknown = json!({"textDocument": {"uri": "file:///nowhere.ko"}});
    assert_eq!(client.ok("ko/lowered", unknown), Value::Null);
}

#[test]
fn the_syntax_tree_is_text_with_places_and_follows_edits() {
    let (_folder, mut client, uri) = opened("/* é */ F(x?) { return: x.y }");
    let tree = client.ok("ko/syntaxTree", json!({"textDocument": {"uri": uri}}));
    assert_eq!(tree["version"], 1);
    let text = tree["text"].as_str().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), tree["ranges"].as_array().unwrap().len());
    let name = lines.iter().position(|line| line.ends_with("name: IDENT@9..10 \"F\"")).unwrap();
    // In characters of UTF-16, not in bytes.
    assert_eq!(tree["ranges"][name]["start"], json!({"line": 0, "character": 8}));
    let part = json!({
        "textDocument": {"uri": uri},
        "range": {"start": {"line": 0, "character": 24}, "end": {"line": 0, "character": 27}},
    });
    let part = client.ok("ko/syntaxTree", part);
    assert!(part["text"].as_str().unwrap().starts_with("PATH_EXPR@25..28\n  IDENT"), "{part}");
    client.replace(&uri, 2, "F() { return: }");
    let tree = client.ok("ko/syntaxTree", json!({"textDocument": {"uri": uri}}));
    assert_eq!(tree["version"], 2);
    let last = tree["text"].as_str().unwrap().lines().last().unwrap();
    assert!(last.starts_with("error@"), "{last}");
    let unknown = json!({"textDocument": {"uri": "file:///nowhere.ko"}});
    assert_eq!(client.ok("ko/syntaxTree", unknown), Value::Null);
    assert!(client.request("ko/syntaxTree", json!({})).is_err());
}

#[test]
fn the_memory_of_the_server_is_shown_query_by_query() {
    let (_folder, mut client, uri) = opened(STOP);
    assert_eq!(client.diagnostics(&uri, 1), [] as [Value; 0]);
    let memory = client.ok("ko/memory", json!({}));
    let parts = memory["parts"].as_array().unwrap();
    for name in ["SourceFile", "parse", "circuit", "inferred"] {
        let part = parts.iter().find(|part| part["name"] == name);
        let part = part.unwrap_or_else(|| panic!("{name} is missing in {memory}"));
        assert!(part["total"].as_u64().unwrap() > 0, "{part}");
    }
    assert!(memory["text"].as_str().unwrap().contains("circuit"));
    // It goes on as before.
    client.replace(&uri, 2, &STOP.replace("Len(deleted)", "Lenn(deleted)"));
    assert_eq!(client.diagnostics(&uri, 2).len(), 1);
}

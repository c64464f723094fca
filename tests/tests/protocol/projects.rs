//! `ko.toml` in the workspace.

use ko_tests::client::Client;
use serde_json::{Value, json};

/// The messages of the diagnostics of a file once they are as `wanted`.
fn published(client: &mut Client, uri: &str, wanted: impl Fn(&[String]) -> bool) {
    client.notification("textDocument/publishDiagnostics", |params| {
        let found = params["diagnostics"].as_array().unwrap();
        let messages: Vec<_> =
            found.iter().map(|it| it["message"].as_str().unwrap_or_default().to_owned()).collect();
        params["uri"] == *uri && wanted(&messages)
    });
}

#[test]
fn packages_follow_the_manifest_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("lib/tools/t.ko", "Where() { return: 1 }\n");
    write("src/app/a.ko", "");
    write("ko.toml", "[package]\nroots = [\"src\"]\n");
    let mut client = Client::start(folder.path());
    let uri = client.uri("src/app/a.ko");
    client.open(&uri, 1, "import \"tools\"\n\nF() { return: tools.Where() }\n");
    published(&mut client, &uri, |messages| messages.iter().any(|it| it.contains("tools")));
    write("ko.toml", "[package]\nroots = [\"src\"]\nlibraries = [\"lib\"]\nother = 1\n");
    let manifest = client.uri("ko.toml");
    let changed = json!({"changes": [{"uri": manifest, "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", changed.clone());
    published(&mut client, &manifest, |messages| messages.iter().any(|it| it.contains("`other`")));
    published(&mut client, &uri, <[String]>::is_empty);
    std::fs::remove_file(folder.path().join("ko.toml")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed);
    published(&mut client, &manifest, <[String]>::is_empty);
    // Without it the folder is the root, so the path of the package is a longer one.
    published(&mut client, &uri, |messages| messages.iter().any(|it| it.contains("tools")));
}

#[test]
fn projects_within_the_workspace_are_found() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("a/b/ko.toml", ""), ("a/b/tools/t.ko", "Where() { return: 1 }\n"), ("a/b/app/a.ko", "")]
    {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut client = Client::start(folder.path());
    let uri = client.uri("a/b/app/a.ko");
    client.open(&uri, 1, "import \"tools\"\n\nF() { return: tools.Nowhere() }\n");
    let nowhere = |messages: &[String]| messages.iter().any(|it| it.contains("Where"));
    published(&mut client, &uri, nowhere);
    let _: Value = client.text(&uri);
}

#[test]
fn of_two_packages_of_one_path_the_one_in_the_first_root_counts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("ko.toml", "[package]\nroots = [\"first\", \"second\"]\n");
    write("first/tools/t.ko", "Same() { return: 1 }\nOne() { return: 1 }\n");
    write("second/tools/t.ko", "Same() { return: 2 }\nTwo() { return: Same() }\n");
    write("first/app/a.ko", "");
    let mut client = Client::start(folder.path());
    let (app, second) = (client.uri("first/app/a.ko"), client.uri("second/tools/t.ko"));
    client.open(&app, 1, "import \"tools\"\n\nF() { return: (tools.One(), tools.Two()) }\n");
    let of_two = |messages: &[String]| messages.len() == 1 && messages[0].contains("Two");
    published(&mut client, &app, of_two);
    // The other one is sound in itself, as it is on the command line.
    client.open(
        &second,
        1,
        "Same() { return: 2 }\nTwo() { return: Same() }\nThree() { return: Non() }\n",
    );
    let of_three = |messages: &[String]| messages.len() == 1 && messages[0].contains("Non");
    published(&mut client, &second, of_three);
    // It takes the place of the first one when that is gone.
    std::fs::remove_dir_all(folder.path().join("first/tools")).unwrap();
    let gone = client.uri("first/tools/t.ko");
    let changed = json!({"changes": [{"uri": gone, "type": 3}]});
    client.notify("workspace/didChangeWatchedFiles", changed);
    let of_one = |messages: &[String]| messages.len() == 1 && messages[0].contains("One");
    published(&mut client, &app, of_one);
}

/// Two projects, each with a package `shop`, and the text of a file of the second one that imports it.
fn two_projects() -> (tempfile::TempDir, &'static str) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("one/ko.toml", ""),
        ("one/shop/s.ko", "Price() { return: 1 }\nOne() { return: Price() }\n"),
        ("one/app/a.ko", "import \"shop\"\n\nMain() { return: shop.One() }\n"),
        ("two/ko.toml", "[package]\nroots = [\"src\"]\n"),
        ("two/src/shop/s.ko", "Price() { return: \"two\" }\nTwo() { return: Price() }\n"),
        ("two/src/app/a.ko", "import \"shop\"\n\nMain() { return: shop.Two() }\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    (folder, "import \"shop\"\n\nMain() { return: shop.Two() }\n")
}

#[test]
fn an_import_means_the_package_of_its_own_project() {
    let (folder, text) = two_projects();
    let mut client = Client::start(folder.path());
    let (one, two) = (client.uri("one/app/a.ko"), client.uri("two/src/app/a.ko"));
    let (shop_one, shop_two) = (client.uri("one/shop/s.ko"), client.uri("two/src/shop/s.ko"));
    client.open(&one, 1, "import \"shop\"\n\nMain() { return: (shop.One(), shop.Two()) }\n");
    let of_two = |messages: &[String]| messages.len() == 1 && messages[0].contains("Two");
    published(&mut client, &one, of_two);
    client.open(&two, 1, text);
    published(&mut client, &two, <[String]>::is_empty);
    let at = |uri: &str, line: u32, character: u32| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    // Definition of the function and of the import, the type, and the name of the package.
    let target = client.ok("textDocument/definition", at(&two, 2, 24));
    assert!(target.to_string().contains(&shop_two), "{target}");
    let target = client.ok("textDocument/definition", at(&two, 0, 10));
    assert!(target.to_string().contains(&shop_two), "{target}");
    let hover = client.ok("textDocument/hover", at(&two, 2, 24)).to_string();
    assert!(hover.contains("Two() → String") && hover.contains("package `shop`"), "{hover}");
    // Both have `Price`: only that of the project gets another name.
    let mut rename = at(&shop_two, 0, 1);
    rename["newName"] = json!("Cost");
    let edits = client.ok("textDocument/rename", rename).to_string();
    assert!(edits.contains(&shop_two) && !edits.contains(&shop_one), "{edits}");
    // What could be imported is what the project has.
    client.replace(&two, 2, "\nMain() { return: Pric }\n");
    let list = client.ok("textDocument/completion", at(&two, 1, 21)).to_string();
    assert!(list.contains("\"label\":\"shop.Price\""), "{list}");
    assert!(list.contains("import \\\"shop\\\"\\n"), "{list}");
    // And it runs as it is checked.
    client.replace(&two, 3, text);
    let run = json!({
        "textDocument": {"uri": two}, "function": "Main", "arguments": {}, "mode": "sandbox", "runId": "r1",
    });
    let ended = client.ok("ko/run", run);
    assert_eq!(
        (&ended["status"], &ended["value"]),
        (&json!("succeeded"), &json!("\"two\"")),
        "{ended}"
    );
}

#[test]
fn the_version_of_kubernetes_of_a_project_counts_and_what_is_deprecated_is_struck_through() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ko.toml"), "").unwrap();
    let mut able = ko_tests::client::everyday();
    able["textDocument"]["completion"] =
        json!({"completionItem": {"tagSupport": {"valueSet": [1]}}});
    let mut client = Client::start_with(folder.path(), able, &["utf-16"]);
    let uri = client.uri("a.ko");
    client.open(
        &uri,
        1,
        "F() { return: (ListEndpointsItems(namespace: \"n\"), ListCronJobs(namespace: \"n\")) }\n",
    );
    // Syntax may be told before all else.
    client.notification("textDocument/publishDiagnostics", |params| {
        let found = params["diagnostics"].as_array().unwrap();
        let is = |it: &Value| it["code"] == "deprecated-api" && it["tags"] == json!([2]);
        params["uri"] == *uri && found.len() == 1 && is(&found[0])
    });
    let position = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 24}});
    let list = client.ok("textDocument/completion", position);
    let items = list["items"].as_array().or(list.as_array()).unwrap();
    let tags = |name: &str| &items.iter().find(|it| it["label"] == name).unwrap()["tags"];
    assert_eq!(tags("ListEndpointsItems"), &json!([1]));
    assert_eq!(tags("ListEndpointSlices"), &Value::Null);
    std::fs::write(folder.path().join("ko.toml"), "[kubernetes]\nversion = \"1.20\"\n").unwrap();
    let changed = json!({"changes": [{"uri": client.uri("ko.toml"), "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", changed);
    published(&mut client, &uri, |messages| {
        messages.len() == 1 && messages[0].contains("no CronJob of batch/v1 yet")
    });
}

//! What the editor says of the cluster while somebody writes.

use std::time::Duration;

use ko_tests::{client::Client, control_plane::ControlPlane};
use serde_json::{Value, json};

use crate::{on, package};

/// How often is asked, a tenth of a second apart, for what the cluster may not say in time.
const PATIENCE: usize = 600;

/// Makes a namespace with a workload, a setting and a secret.
fn furnish(cluster: &ControlPlane, namespace: &str) {
    let program = package(&format!(
        "Furnish() {{\n\
             space: CreateNamespace(namespace: \"{namespace}\")\n\
             setting: CreateConfigMap(namespace: \"{namespace}\", configMap: (metadata: (name: \"setting\", labels: (app: \"shop\", tier: \"back\"))), after_: space)\n\
             secret: CreateSecret(namespace: \"{namespace}\", secret: (metadata: (name: \"password\"), stringData: (word: \"xyzzy-hidden\")), after_: space)\n\
             web: CreateDeployment(namespace: \"{namespace}\", deployment: (\n\
                 metadata: (name: \"web\")\n\
                 spec: (\n\
                     replicas: 2\n\
                     selector: (matchLabels: (app: \"web\"))\n\
                     template: (metadata: (labels: (app: \"web\")), spec: (containers: (name: \"web\", image: \"web:1\")))\n\
                 )\n\
             ), after_: space)\n\
             return: WaitForDeployment(namespace: \"{namespace}\", name: \"web\", condition: \"Available\", after_: web)\n\
         }}\n"
    ));
    let path = program.path().display().to_string();
    on(cluster, "admin", program.path(), "run", &["--yes", &path, "Furnish"]).well();
}

/// A client that is connected as somebody, with a file open.
fn connected(
    cluster: &ControlPlane,
    user: &str,
    text: &str,
) -> (Client, String, tempfile::TempDir) {
    let folder = package(text);
    let mut client = Client::start(folder.path());
    let uri = client.uri("main.ko");
    client.open(&uri, 1, text);
    let answer =
        client.ok("ko/connect", json!({"context": user, "kubeconfig": cluster.kubeconfig()}));
    assert_eq!(answer["outcome"], "connected", "{answer}");
    (client, uri, folder)
}

/// The place in a text behind the only occurrence of `word`.
fn behind(uri: &str, text: &str, word: &str) -> Value {
    let offset = text.find(word).unwrap_or_else(|| panic!("no {word}")) + word.len();
    let before = &text[..offset];
    let character = before.rsplit('\n').next().unwrap().len();
    json!({"textDocument": {"uri": uri}, "position": {"line": before.matches('\n').count(), "character": character}})
}

/// The labels that are offered there, once the cluster has had its say.
fn offered(client: &mut Client, at: &Value) -> Vec<String> {
    for _ in 0..PATIENCE {
        let list = client.ok("textDocument/completion", at.clone());
        if list["isIncomplete"] != true {
            let items = list["items"].as_array().cloned().unwrap_or_default();
            return items.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the cluster is never in time");
}

/// What is said there, once it contains `wanted`: a question that is given up is asked again after a while.
fn hover(client: &mut Client, at: &Value, wanted: &str) -> String {
    for _ in 0..PATIENCE {
        let hover = client.ok("textDocument/hover", at.clone());
        let text = hover["contents"]["value"].as_str().unwrap_or_default().to_owned();
        if text.contains(wanted) {
            return text;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("never said: {wanted}");
}

#[test]
fn what_is_there_is_offered_and_shown_but_no_secret() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let space = cluster.fresh_name("live");
    furnish(cluster, &space);
    let text = format!(
        "A() {{ return: ListPods(namespace: \"li\") }}\n\
         B() {{ return: GetConfigMap(namespace: \"{space}\", name: \"\") }}\n\
         C() {{ return: ListConfigMapsByLabelSelector(namespace: \"{space}\", labelSelector: \"tier=back,a\") }}\n\
         D() {{ return: GetDeployment(namespace: \"{space}\", name: \"web\") }}\n\
         E() {{ return: GetSecret(namespace: \"{space}\", name: \"password\") }}\n\
         F() {{ return: GetDeployment(namespace: \"{space}\", name: \"absent\") }}\n"
    );
    let (mut client, uri, _folder) = connected(cluster, "admin", &text);
    let spaces = offered(&mut client, &behind(&uri, &text, "ListPods(namespace: \"li"));
    assert!(spaces.contains(&space) && spaces.contains(&"default".to_owned()), "{spaces:?}");
    let at = behind(&uri, &text, &format!("GetConfigMap(namespace: \"{space}\", name: \""));
    let names = offered(&mut client, &at);
    assert!(
        names.contains(&"setting".to_owned()) && !names.contains(&"password".to_owned()),
        "{names:?}"
    );
    let labels = offered(&mut client, &behind(&uri, &text, "tier=back,a"));
    assert!(
        labels.contains(&"app=".to_owned()) && labels.contains(&"app=shop".to_owned()),
        "{labels:?}"
    );

    let web = hover(&mut client, &behind(&uri, &text, "name: \"we"), "2 of 2 ready");
    assert!(web.contains("old") && web.contains("Available: True"), "{web}");
    let secret = hover(&mut client, &behind(&uri, &text, "name: \"passwo"), "Secret `password`");
    assert!(
        secret.contains("old") && !secret.contains("xyzzy") && !secret.contains("eHl6enk"),
        "{secret}"
    );
    hover(&mut client, &behind(&uri, &text, "name: \"abse"), "there is no Deployment `absent`");

    // Disconnected, nobody is asked any more.
    client.ok("ko/disconnect", json!({}));
    assert!(!offered(&mut client, &at).contains(&"setting".to_owned()));
}

#[test]
fn who_may_not_make_a_call_is_told_while_writing() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let text = "Make() { return: CreateConfigMap(namespace: \"default\", configMap: \"mine\") }\n\
                Look() { return: ListPods(namespace: \"default\") }\n\
                Words() { return: ListSecrets(namespace: \"default\") }\n";
    let (mut client, uri, _folder) = connected(cluster, "viewer", text);
    let told = client.notification("textDocument/publishDiagnostics", |it| {
        it["uri"] == uri && it["diagnostics"].to_string().contains("not-allowed")
    });
    let told = told["diagnostics"].as_array().unwrap();
    let said: Vec<_> = told.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(told.iter().all(|it| it["severity"] == 4), "{told:?}");
    assert!(said[0].contains("needs create configmaps") && said[0].contains("viewer"), "{said:?}");
    assert!(said[1].contains("needs list secrets"), "{said:?}");
    // It may not list them, so there is nothing to offer.
    let place =
        text.replace("Words() {", "Words() { a: GetSecret(namespace: \"default\", name: \"\"), ");
    client.replace(&uri, 2, &place);
    let names = offered(&mut client, &behind(&uri, &place, "name: \""));
    assert!(names.is_empty(), "{names:?}");
}

/// A viewer sees what it may see: the types of the cluster, and the objects that it may list.
#[test]
fn a_viewer_has_types_and_live_help() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let space = cluster.fresh_name("viewed");
    furnish(cluster, &space);
    let text = format!(
        "A() {{ return: GetConfigMap(namespace: \"{space}\", name: \"\") }}\n\
         B() {{ return: GetDeployment(namespace: \"{space}\", name: \"web\") }}\n\
         C() {{ return: CreateConfigMap(namespace: \"{space}\", configMap: (metadata: (nam: \"x\"))) }}\n"
    );
    let (mut client, uri, _folder) = connected(cluster, "viewer", &text);
    client.notification("textDocument/publishDiagnostics", |it| {
        let said = it["diagnostics"].to_string();
        it["uri"] == uri && said.contains("`nam`") && said.contains("not-allowed")
    });
    let at = behind(&uri, &text, &format!("GetConfigMap(namespace: \"{space}\", name: \""));
    assert!(offered(&mut client, &at).contains(&"setting".to_owned()));
    hover(&mut client, &behind(&uri, &text, "name: \"we"), "2 of 2 ready");
}

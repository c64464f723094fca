//! The cluster of the editor: nothing before the user asks, one status, and a schema that follows the cluster.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ko_tests::{
    client::{Client, RequestError},
    control_plane::ControlPlane,
};
use serde_json::{Value, json};

use crate::{on, package};

const LOOKS: &str = "Look() { return: ListPods(namespace: \"default\") }\n";

/// A way to the API server that can be closed, and counts who goes there.
struct Way {
    address: String,
    open: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
}

impl Way {
    fn to(server: &str) -> Way {
        let target = server.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let (open, count) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let (is_open, counter) = (open.clone(), count.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&target) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
                let is_open = is_open.clone();
                thread::spawn(move || {
                    while is_open.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(20));
                    }
                    let _ = client.shutdown(std::net::Shutdown::Both);
                    let _ = server.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Way { address, open, count }
    }

    fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::SeqCst);
    }
}

fn kubeconfig(cluster: &ControlPlane) -> String {
    std::fs::read_to_string(cluster.kubeconfig()).unwrap()
}

/// The address of the server in the kubeconfig.
fn server_of(text: &str) -> &str {
    text.split("server: ").nth(1).unwrap().lines().next().unwrap().trim()
}

/// The token of the admin.
fn admin_token(text: &str) -> &str {
    let admin = text.split("name: admin\n").last().unwrap();
    admin.split("token: ").nth(1).unwrap().lines().next().unwrap().trim()
}

fn write(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("kubeconfig");
    std::fs::write(&file, text).unwrap();
    file
}

fn connect(client: &mut Client, kubeconfig: &Path, context: &str) -> Value {
    client.ok("ko/connect", json!({"context": context, "kubeconfig": kubeconfig}))
}

/// Waits for a status with this state.
fn state(client: &mut Client, state: &str) -> Value {
    client.notification("ko/clusterStatus", |it| it["state"] == state)
}

/// Waits until the diagnostics that were sent for a file satisfy `wanted`.
fn until(client: &mut Client, uri: &str, wanted: impl Fn(&[Value]) -> bool) {
    client.notification("textDocument/publishDiagnostics", |it| {
        it["uri"] == uri && wanted(it["diagnostics"].as_array().unwrap())
    });
}

fn messages(diagnostics: &[Value]) -> String {
    diagnostics.iter().map(|it| it["message"].to_string()).collect::<Vec<_>>().join("\n")
}

/// The labels that are offered where a word ends in the text.
fn offered(client: &mut Client, uri: &str, text: &str, word: &str) -> Vec<String> {
    let offset = text.find(word).unwrap() + word.len();
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let character = before.rsplit('\n').next().unwrap().len();
    let at =
        json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    let list = client.ok("textDocument/completion", at);
    let items = list["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn contexts_are_listed_and_nothing_is_sent_before_the_user_connects() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let text = kubeconfig(cluster);
    let way = Way::to(server_of(&text));
    let file = write(folder.path(), &text.replace(server_of(&text), &way.address));
    let mut client = Client::start(folder.path());
    let uri = client.uri("main.ko");
    client.open(&uri, 1, LOOKS);
    assert!(client.diagnostics(&uri, 1).is_empty());
    let listed = client.ok("ko/clusterContexts", json!({"kubeconfig": file}));
    let names: Vec<_> =
        listed["contexts"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert!(names.contains(&&json!("viewer")), "{listed}");
    assert_eq!(listed["contexts"][0]["server"], way.address.as_str());
    assert_eq!(listed["status"]["state"], "offline");
    assert!(!listed.to_string().contains(admin_token(&text)), "a secret is shown");
    let unknown = client.request("ko/connect", json!({"context": "adnim", "kubeconfig": file}));
    assert!(
        matches!(unknown, Err(RequestError { ref message, .. }) if message.contains("it has admin")),
        "{unknown:?}"
    );
    assert_eq!(client.ok("ko/clusterStatus", json!({}))["state"], "offline");
    assert_eq!(way.count.load(Ordering::SeqCst), 0, "something was sent");
    assert!(client.taken("ko/clusterStatus").is_empty(), "nothing changed");

    let connected = connect(&mut client, &file, "admin");
    assert_eq!(connected["outcome"], "connected", "{connected}");
    assert_eq!(connected["status"]["version"], cluster.version());
    assert!(way.count.load(Ordering::SeqCst) > 0);
    let states: Vec<_> =
        client.taken("ko/clusterStatus").iter().map(|it| it["state"].clone()).collect();
    assert_eq!(states, ["connecting", "connected"]);
    let offline = client.ok("ko/disconnect", json!({}));
    assert_eq!(offline["state"], "offline");
}

/// A program that installs the definition of a kind, and one that removes it.
fn definition(group: &str, field: &str) -> String {
    format!(
        "Install() {{\n\
             return: ApplyCustomResourceDefinition(customResourceDefinition: (\n\
                 metadata: (name: \"vaults.{group}\")\n\
                 spec: (\n\
                     group: \"{group}\"\n\
                     scope: \"Namespaced\"\n\
                     names: (kind: \"Vault\", plural: \"vaults\", singular: \"vault\", listKind: \"VaultList\")\n\
                     versions: (\n\
                         name: \"v1\", served: true, storage: true\n\
                         schema: (openAPIV3Schema: (\n\
                             type: \"object\"\n\
                             properties: (spec: (type: \"object\", properties: ({field}: (type: \"string\"))))\n\
                         ))\n\
                     )\n\
                 )\n\
             ))\n\
         }}\n\
         Remove() {{ return: DeleteCustomResourceDefinition(name: \"vaults.{group}\") }}\n"
    )
}

#[test]
fn what_is_installed_changed_and_removed_shows_in_open_files() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let group = format!("{}.ko.test", cluster.fresh_name("vaults"));
    let text = format!(
        "import \"k8s/{group}/v1\" as vaults\n\n\
         Make() {{ return: vaults.CreateVault(namespace: \"default\", vault: (metadata: (name: \"a\"), spec: (door: \"x\"))) }}\n"
    );
    let folder = package(&text);
    std::fs::write(folder.path().join("other.ko"), LOOKS).unwrap();
    let mut client = Client::start(folder.path());
    let (uri, other) = (client.uri("main.ko"), client.uri("other.ko"));
    client.open(&other, 1, LOOKS);
    client.open(&uri, 1, &text);
    until(&mut client, &uri, |it| messages(it).contains(&group));
    connect(&mut client, cluster.kubeconfig(), "admin");
    client.taken("textDocument/publishDiagnostics");

    let home = tempfile::tempdir().unwrap();
    let program = package("");
    let run = |function: &str, field: &str| {
        std::fs::write(program.path().join("main.ko"), definition(&group, field)).unwrap();
        let path = program.path().display().to_string();
        on(cluster, "admin", home.path(), "run", &["--yes", &path, function]).well();
    };
    run("Install", "door");
    until(&mut client, &uri, <[Value]>::is_empty);
    assert!(offered(&mut client, &uri, &text, "vaults.Cre").contains(&"CreateVault".to_owned()));
    run("Install", "gate");
    until(&mut client, &uri, |it| messages(it).contains("door"));
    run("Remove", "gate");
    until(&mut client, &uri, |it| messages(it).contains(&group));
    let told = client.taken("textDocument/publishDiagnostics");
    assert!(told.iter().all(|it| it["uri"] != other), "{told:?}");
    let statuses = client.taken("ko/clusterStatus");
    assert!(statuses.iter().all(|it| it["state"] != "stale"), "{statuses:?}");
}

#[test]
fn a_cluster_that_is_lost_leaves_its_schema_and_is_found_again() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let text = kubeconfig(cluster);
    let way = Way::to(server_of(&text));
    let file = write(folder.path(), &text.replace(server_of(&text), &way.address));
    let mut client = Client::start(folder.path());
    connect(&mut client, &file, "admin");
    state(&mut client, "connected");
    way.set_open(false);
    let stale = state(&mut client, "stale");
    assert_eq!(stale["version"], cluster.version(), "the schema stays: {stale}");
    assert_eq!(stale["waysOut"][0]["action"], "reconnect");
    way.set_open(true);
    state(&mut client, "connected");
    // A server that is away when the user connects: what is known of it is used.
    way.set_open(false);
    state(&mut client, "stale");
    let again = client.ok("ko/reconnect", json!({}));
    assert_eq!(again["outcome"], "stale", "{again}");
    assert_eq!(again["status"]["version"], cluster.version());
    // One that was never there.
    let nowhere = write(folder.path(), &text.replace(server_of(&text), "https://127.0.0.1:1"));
    let refused = connect(&mut client, &nowhere, "admin");
    assert_eq!(refused["outcome"], "offline", "{refused}");
    assert!(
        refused["status"]["message"].as_str().unwrap().contains("Not connected to admin"),
        "{refused}"
    );
}

#[test]
fn who_is_signed_out_keeps_the_schema_and_who_may_nothing_gets_the_built_in_one() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let text = kubeconfig(cluster);
    let mut client = Client::start(folder.path());
    connect(&mut client, cluster.kubeconfig(), "admin");
    let expired = write(folder.path(), &text.replace(admin_token(&text), "expired"));
    let answer = connect(&mut client, &expired, "admin");
    assert_eq!(answer["outcome"], "signedOut", "{answer}");
    assert_eq!(answer["status"]["version"], cluster.version(), "what is known of it: {answer}");
    assert_eq!(answer["status"]["waysOut"][0]["title"], "Sign In Again");

    // Nobody in particular may not even ask what there is.
    let anonymous = text.replace(&format!("token: {}", admin_token(&text)), "username: \"\"");
    let anonymous = write(folder.path(), &anonymous);
    let answer = connect(&mut client, &anonymous, "admin");
    assert_eq!(answer["outcome"], "forbidden", "{answer}");
    let message = answer["status"]["message"].as_str().unwrap();
    assert!(message.contains("built-in schema"), "{message}");
}

/// The plugin writes a file when it runs.
#[cfg(unix)]
#[test]
fn a_plugin_runs_in_the_server_only_after_it_was_shown_and_agreed_to() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let text = kubeconfig(cluster);
    let (token, marker) = (admin_token(&text).to_owned(), folder.path().join("ran"));
    let script = folder.path().join("sign-in");
    // It also asks, and must not get an answer, nor wait for one.
    let line = format!(
        "#!/bin/sh\nread answer\ntouch {}\necho '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{token}\"}}}}'\n",
        marker.display()
    );
    std::fs::write(&script, line).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let user = format!(
        "- name: by-plugin\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      \
         args: [now]\n      interactiveMode: IfAvailable\n",
        script.display()
    );
    let context = "- name: by-plugin\n  context: {cluster: test, user: by-plugin}\n";
    let text = text.replacen("users:\n", &format!("users:\n{user}"), 1);
    let text = text.replacen("contexts:\n", &format!("contexts:\n{context}"), 1);
    let file = write(folder.path(), &text);
    let mut client = Client::start(folder.path());
    let asked = connect(&mut client, &file, "by-plugin");
    assert_eq!(asked["outcome"], "consent", "{asked}");
    assert_eq!(asked["plugin"]["arguments"], json!(["now"]));
    // An agreement to something else is none.
    let mut params = json!({"context": "by-plugin", "kubeconfig": file,
        "agreedPlugin": {"command": script, "arguments": ["later"]}});
    assert_eq!(client.ok("ko/connect", params.clone())["outcome"], "consent");
    assert!(!marker.exists(), "the plugin ran");
    params["agreedPlugin"]["arguments"] = json!(["now"]);
    let connected = client.ok("ko/connect", params);
    assert_eq!(connected["outcome"], "connected", "{connected}");
    assert!(marker.exists() && !connected.to_string().contains(&token));
    // It is remembered.
    assert_eq!(connect(&mut client, &file, "by-plugin")["outcome"], "connected");
}

#[test]
fn connecting_can_be_cancelled_and_is_shown_when_it_takes_long() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let text = kubeconfig(cluster);
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", silent.local_addr().unwrap());
    let file = write(folder.path(), &text.replace(server_of(&text), &address));
    let mut client = Client::start(folder.path());
    let uri = client.uri("main.ko");
    client.open(&uri, 1, LOOKS);
    let id = client
        .ask("ko/connect", json!({"context": "admin", "kubeconfig": file, "workDoneToken": "t"}));
    let begun = client.notification("$/progress", |it| it["value"]["kind"] == "begin");
    assert_eq!(begun["token"], "t");
    // Nothing else waits for it.
    let begin = Instant::now();
    client.ok("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
    client.notify("$/cancelRequest", json!({"id": id}));
    assert!(client.answer(id).is_err());
    client.notification("$/progress", |it| it["value"]["kind"] == "end");
    state(&mut client, "offline");
    assert!(begin.elapsed() < Duration::from_secs(30));
}

fn run(client: &mut Client, uri: &str, function: &str, more: Value) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}, "function": function, "arguments": {},
        "mode": "cluster", "runId": "r"});
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    client.ok("ko/run", params)
}

#[test]
fn a_run_on_the_cluster_asks_before_it_writes_and_is_the_one_that_was_agreed_to() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let name = cluster.fresh_name("from-editor");
    let text = format!(
        "Make() {{ return: CreateNamespace(namespace: \"{name}\") }}\n\
         Look() {{ return: FindNamespace(name: \"{name}\") }}\n\
         Both() {{\n    found: FindNamespace(name: \"{name}\")\n    made: CreateNamespace(namespace: \"{name}\")\n    return: (found: found, made: made)\n}}\n"
    );
    let folder = package(&text);
    let mut client = Client::start(folder.path());
    let uri = client.uri("main.ko");
    client.open(&uri, 1, &text);
    let refused = run(&mut client, &uri, "Make", json!({}));
    assert_eq!(refused["status"], "refused", "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("no cluster is connected"));
    connect(&mut client, cluster.kubeconfig(), "admin");

    let asked = run(&mut client, &uri, "Make", json!({}));
    assert_eq!(asked["status"], "confirm", "{asked}");
    let confirm = &asked["confirm"];
    assert_eq!(confirm["context"], "admin");
    assert_eq!(
        confirm["gates"][0],
        json!({"name": "CreateNamespace", "calls": 1, "destructive": false})
    );
    // Reading asks nobody, and shows that nothing was sent.
    let look = run(&mut client, &uri, "Look", json!({}));
    assert_eq!((&look["status"], &look["value"]), (&json!("succeeded"), &json!("empty")), "{look}");
    // So does a selection of what reads.
    let reads = json!({"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 20}});
    let read = run(&mut client, &uri, "Both", json!({"selection": reads}));
    assert_eq!(read["status"], "succeeded", "{read}");
    // An agreement is to this program: another one asks again.
    let agreement = confirm["agreement"].clone();
    client.replace(&uri, 2, &text.replace("CreateNamespace(namespace", "ApplyNamespace(namespace"));
    let other = run(&mut client, &uri, "Make", json!({"agreement": agreement}));
    assert_eq!(other["status"], "confirm", "{other}");
    client.replace(&uri, 3, &text);
    let made = run(&mut client, &uri, "Make", json!({"agreement": agreement}));
    assert_eq!(made["status"], "succeeded", "{made}");
    let look = run(&mut client, &uri, "Look", json!({}));
    assert!(look["value"].as_str().unwrap().contains(&name), "{look}");
    // The sandbox knows nothing of it.
    let look = run(&mut client, &uri, "Look", json!({"mode": "sandbox"}));
    assert_eq!((&look["status"], &look["value"]), (&json!("succeeded"), &json!("empty")), "{look}");
}

#[test]
fn a_server_that_is_told_a_context_connects_once_its_client_is_there() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let kubeconfig = cluster.kubeconfig().display().to_string();
    for (context, state) in [("viewer", "connected"), ("adnim", "offline")] {
        let arguments = ["--context", context, "--kubeconfig", &kubeconfig];
        let mut client = Client::spawn_with(folder.path(), &arguments);
        client.ok("initialize", json!({"processId": null, "capabilities": {}}));
        assert!(client.taken("ko/clusterStatus").is_empty());
        client.notify("initialized", json!({}));
        let status = self::state(&mut client, state);
        assert!(status["message"].as_str().unwrap().contains(context), "{status}");
    }
}

/// Clients without commands of their own have those of the server, and are told what came of them in a message.
#[test]
fn commands_of_the_server_connect_and_disconnect() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let folder = package(LOOKS);
    let mut client = Client::spawn_with(folder.path(), &[]);
    let begun = client.ok("initialize", json!({"processId": null, "capabilities": {}}));
    let offered = begun["capabilities"]["executeCommandProvider"]["commands"].to_string();
    client.notify("initialized", json!({}));
    for (command, arguments, state) in [
        ("ko.contexts", json!([cluster.kubeconfig()]), None),
        ("ko.connect", json!(["viewer", cluster.kubeconfig()]), Some("connected")),
        ("ko.reconnect", json!([]), Some("connected")),
        ("ko.disconnect", json!([]), Some("offline")),
    ] {
        assert!(offered.contains(command), "{offered}");
        let done = client
            .ok("workspace/executeCommand", json!({"command": command, "arguments": arguments}));
        if let Some(state) = state {
            assert_eq!(done["status"]["state"], state, "{done}");
        }
        let wanted = match state {
            Some("connected") => "Connected to viewer",
            Some(_) => "Not connected",
            None => "viewer: https://",
        };
        client.notification("window/showMessage", |it| {
            it["type"] == 3 && it["message"].as_str().unwrap().contains(wanted)
        });
    }
    let unknown = client.request("workspace/executeCommand", json!({"command": "ko.conect"}));
    assert!(unknown.is_err_and(|it| it.message.contains("no command ko.conect")));
}

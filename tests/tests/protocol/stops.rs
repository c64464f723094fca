//! How runs from an editor are made to stop, and what is left of them: nothing. How a run stopped is in its last event, so
//! that nothing here has to measure time.

use std::{
    cell::RefCell,
    fs,
    net::TcpListener,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use ko_tests::client::Client;
use serde_json::{Value, json};

/// How long processes may take to go. Generous: other things may run on the same machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A grace that is never over: whoever stops within it has stopped by itself.
const ENDLESS: &str = "20s";

const OK: &str = "Ok() { return: 1 }\nBusy() { return: Loop(start: 0, step: Same, stop: Never) }\nSame(x?) { return: x }\nNever(x?) { return: false }\n";

fn start(text: &str, settings: Value) -> (tempfile::TempDir, Client, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start_with_runs(folder.path(), settings);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, text);
    (folder, client, uri)
}

fn order(uri: &str, function: &str) -> Value {
    json!({
        "textDocument": {"uri": uri}, "function": function, "arguments": {},
        "mode": "sandbox", "runId": "r1",
    })
}

/// The children of a process: the workers of a server, the programs of a worker; and its children's.
fn below(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|it| it.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name, in parentheses, may have anything in it; the state and the parent follow.
        let mut rest = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let (state, of) = (rest.next(), rest.next().and_then(|it| it.parse::<u32>().ok()));
        if of == Some(parent) && state != Some("Z") {
            found.push(id);
            found.extend(below(id));
        }
    }
    found
}

fn lives(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z')
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn signal(process: u32, name: &str) {
    let id = process.to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

fn worker(client: &Client) -> u32 {
    let workers = below(client.process());
    assert!(!workers.is_empty(), "there is no worker");
    workers[0]
}

/// Runs `function`, cancels it once a step of it has begun and `ready` holds, and returns the last event.
fn cancelled(client: &mut Client, uri: &str, function: &str, ready: impl FnOnce(&Client)) -> Value {
    // Those of runs before.
    client.taken("ko/runEvent");
    let id = client.ask("ko/run", order(uri, function));
    client.notification("ko/runEvent", |event| event["event"] == "started");
    ready(client);
    client.notify("$/cancelRequest", json!({"id": id}));
    assert_eq!(client.answer(id).unwrap_err().code, -32800);
    // The last event is about no step.
    let last = client.notification("ko/runEvent", |event| event.get("node").is_none());
    assert_eq!(last["event"], "cancelled", "{function}: {last}");
    last
}

fn the_next_run_works(client: &mut Client, uri: &str) {
    let ran = client.ok("ko/run", order(uri, "Ok"));
    assert_eq!((&ran["status"], &ran["value"]), (&json!("succeeded"), &json!("1")), "{ran}");
}

#[test]
fn wherever_a_run_is_it_ends_by_itself_when_it_is_asked_to() {
    // Takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let text = format!(
        "import \"net/http\"\nimport \"os\"\n{OK}\
         Waits() {{ task: Spin(Busy), return: task.Wait() }}\n\
         Asks() {{ url: \"http://{address}/\", return: http.Get(url) }}\n\
         Starts() {{ return: os.Task(binary: \"sleep\", arg: \"1000\") }}\n"
    );
    let settings = json!({"allow": "network,processes", "stopGrace": ENDLESS});
    let (_folder, mut client, uri) = start(&text, settings);
    // Kept: a connection that is closed would end the request before it is cancelled.
    let connections = RefCell::new(Vec::new());
    let connected = |_: &Client| connections.borrow_mut().push(silent.accept().unwrap());
    let started = |client: &Client| {
        until("a program was started", || below(worker(client)).len() == 1);
    };
    the_next_run_works(&mut client, &uri);
    let first = worker(&client);
    for (function, ready) in [
        ("Busy", None::<&dyn Fn(&Client)>),
        ("Waits", None),
        ("Asks", Some(&connected as &dyn Fn(&Client))),
        ("Starts", Some(&started)),
    ] {
        let end = cancelled(&mut client, &uri, function, |client| {
            if let Some(ready) = ready {
                ready(client);
            }
        });
        assert_eq!(end["stop"]["by"], "itself", "{function}: {end}");
        assert!(end["stop"]["afterMs"].is_number(), "{function}: {end}");
        the_next_run_works(&mut client, &uri);
        assert_eq!(worker(&client), first, "{function}: the process is still the first one");
    }
    until("the programs of the runs have ended", || below(first).is_empty());
}

#[test]
fn time_in_the_sandbox_passes_at_once() {
    let text = format!("import \"time\"\n{OK}Sleeps() {{ return: time.Sleep(time.Hour(1000)) }}\n");
    let (_folder, mut client, uri) = start(&text, json!({"timeout": "60s"}));
    let ran = client.ok("ko/run", order(&uri, "Sleeps"));
    assert_eq!(ran["status"], "succeeded", "{ran}");
}

#[test]
fn a_run_that_does_not_listen_is_killed_and_the_next_one_works() {
    let (_folder, mut client, uri) = start(OK, json!({"stopGrace": "100ms"}));
    the_next_run_works(&mut client, &uri);
    let first = worker(&client);
    let end = cancelled(&mut client, &uri, "Busy", |_| signal(first, "-STOP"));
    assert_eq!(end["stop"]["by"], "killed", "{end}");
    assert!(!lives(first));
    the_next_run_works(&mut client, &uri);
    assert_ne!(worker(&client), first);
}

#[test]
fn a_run_that_takes_too_long_is_stopped_with_a_reason() {
    let (_folder, mut client, uri) = start(OK, json!({"timeout": "300ms", "stopGrace": ENDLESS}));
    let ran = client.ok("ko/run", order(&uri, "Busy"));
    assert_eq!(ran["status"], "failed", "{ran}");
    let message = ran["error"]["message"].as_str().unwrap();
    assert!(message.contains("300ms") && message.contains("ko.run.timeout"), "{message}");
    let end = client.notification("ko/runEvent", |event| event["event"] == "failed");
    assert_eq!(end["stop"]["by"], "itself", "{end}");
    the_next_run_works(&mut client, &uri);
}

#[test]
fn a_run_that_takes_too_much_memory_fails_at_a_place_or_ends() {
    let text = format!(
        "import \"strings\"\n{OK}Grows() {{ return: Loop(start: \"ab\", step: Twice, stop: Never) }}\n\
         Twice(x?) {{\n\treturn: strings.Join(x, x)\n}}\n\
         Stores() {{\n\
         \tnamespace: CreateNamespace(namespace: \"n\").metadata.name\n\
         \treturn: Loop(start: \"\", step: Store[namespace: namespace], stop: Never)\n}}\n\
         Store(namespace, last?) {{\n\
         \tmap: CreateConfigMap(namespace: namespace, configMap: (\
         metadata: (generateName: \"m\"), data: (key: \"k\", value: Long())))\n\
         \treturn: map.metadata.name\n}}\n\
         Long() {{ return: strings.Repeat(string: \"0123456789abcdef\", count: 60000) }}\n"
    );
    let (_folder, mut client, uri) = start(&text, json!({"maxMemory": "32M"}));
    let ran = client.ok("ko/run", order(&uri, "Grows"));
    assert_eq!(ran["status"], "failed", "{ran}");
    assert!(ran["error"]["message"].as_str().unwrap().contains("memory"), "{ran}");
    assert!(ran["error"]["range"].is_object(), "{ran}");
    the_next_run_works(&mut client, &uri);
    // What a run makes in the sandbox is no value of it: the process is watched as a whole, too.
    let ran = client.ok("ko/run", order(&uri, "Stores"));
    assert_eq!(ran["status"], "failed", "{ran}");
    let message = ran["error"]["message"].as_str().unwrap();
    assert!(message.contains("320 MiB") && message.contains("ko.run.maxMemory"), "{message}");
    the_next_run_works(&mut client, &uri);
}

#[test]
fn a_process_that_is_killed_from_outside_costs_one_run() {
    let (_folder, mut client, uri) = start(OK, json!({}));
    let id = client.ask("ko/run", order(&uri, "Busy"));
    client.notification("ko/runEvent", |event| event["event"] == "started");
    let first = worker(&client);
    signal(first, "-KILL");
    let ran = client.answer(id).unwrap();
    assert_eq!(ran["status"], "failed", "{ran}");
    let message = ran["error"]["message"].as_str().unwrap();
    assert!(message.contains("ended unexpectedly"), "{message}");
    the_next_run_works(&mut client, &uri);
    // Also when nothing is running just then.
    signal(worker(&client), "-KILL");
    the_next_run_works(&mut client, &uri);
}

#[test]
fn nothing_is_left_when_the_server_ends_however_it_does() {
    let text = format!(
        "import \"os\"\n{OK}Starts() {{ return: os.Task(binary: \"sleep\", arg: \"1000\") }}\n"
    );
    for way in ["exit", "crash"] {
        let (_folder, mut client, uri) = start(&text, json!({"allow": "processes"}));
        client.ask("ko/run", order(&uri, "Starts"));
        client.notification("ko/runEvent", |event| event["event"] == "started");
        until("a program was started", || below(client.process()).len() == 2);
        let all = below(client.process());
        if way == "exit" {
            client.ok("shutdown", Value::Null);
            client.notify("exit", Value::Null);
            assert_eq!(client.wait(PATIENCE).code(), Some(0));
        } else {
            client.kill();
        }
        for process in all {
            until(&format!("{way}: process {process} ended"), || !lives(process));
        }
    }
}

fn write_text() -> String {
    "import \"file\"\nimport \"os\"\nimport \"net/http\"\n\
     Reads(name) { return: file.ReadLocalFile(path: name) }\n\
     Starts() { return: os.Task(binary: \"true\") }\n\
     Asks() { return: http.Get(\"http://127.0.0.1:1/\") }\n\
     Ends() { return: os.Exit(3) }\n"
        .to_owned()
}

#[test]
fn what_a_run_may_reach_is_the_users_choice() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.txt"), "hello").unwrap();
    // The project's own file cannot allow anything.
    fs::write(folder.path().join("ko.toml"), "").unwrap();
    let mut client = Client::start_with_runs(folder.path(), Value::Null);
    let uri = client.uri("a.ko");
    client.open(&uri, 1, &write_text());
    let run = |client: &mut Client, function: &str| {
        let mut params = order(&uri, function);
        if function == "Reads" {
            let path = folder.path().join("x.txt");
            params["arguments"] = json!({"name": path.to_str().unwrap()});
        }
        client.ok("ko/run", params)
    };
    let set = |client: &mut Client, run: Value| {
        client
            .notify("workspace/didChangeConfiguration", json!({"settings": {"ko": {"run": run}}}));
    };
    let denied = |ran: &Value| {
        let message = ran["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("ko.run.allow"), "{ran}");
    };
    for function in ["Reads", "Starts", "Asks", "Ends"] {
        denied(&run(&mut client, function));
    }
    set(&mut client, json!({"allow": "read"}));
    let ran = run(&mut client, "Reads");
    assert_eq!(ran["status"], "succeeded", "{ran}");
    denied(&run(&mut client, "Starts"));
    set(&mut client, json!({"allow": ["processes", "exit"]}));
    denied(&run(&mut client, "Reads"));
    let ran = run(&mut client, "Starts");
    assert_eq!((&ran["status"], &ran["value"]), (&json!("succeeded"), &json!("true")), "{ran}");
    // The process is the server's, so no program may end it, whatever the settings say.
    denied(&run(&mut client, "Ends"));
    // A mistake allows nothing, and is said.
    set(&mut client, json!({"allow": "everything"}));
    let said = client.notification("window/showMessage", |_| true);
    assert!(said["message"].as_str().unwrap().contains("ko.run.allow: \"everything\""), "{said}");
    denied(&run(&mut client, "Starts"));
    // Settings of others change nothing.
    set(&mut client, json!({"allow": "processes"}));
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"other": {}}}));
    assert_eq!(run(&mut client, "Starts")["status"], "succeeded");
}

//! The sandbox answers as a real API server does: what all examples ask a real one is asked of the sandbox, too, and every
//! difference of the answers stands in `agreement.txt`, with its reason.
//!
//! What depends on the moment is not compared: the status, names that are drawn, versions and times, and lists that are the
//! beginning of a watch.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, PatchType, Resource, Selection, WriteOptions,
};
use ko_sandbox::Sandbox;
use ko_schema::Schema;
use ko_tests::{
    binary::repository,
    control_plane::ControlPlane,
    fault_proxy::{FaultProxy, Seen},
};
use serde_json::Value;

use crate::ko_in;

/// The known differences: what, and after ` -- ` why.
const KNOWN: &str = include_str!("agreement.txt");

/// A request, taken apart.
struct Request<'a> {
    seen: &'a Seen,
    resource: Resource,
    namespace: Option<String>,
    name: Option<String>,
    part: Option<String>,
    query: BTreeMap<String, String>,
}

impl<'a> Request<'a> {
    /// `None` for what is no request on objects.
    fn parse(schema: &Schema, seen: &'a Seen) -> Option<Request<'a>> {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let mut parts = path.split('/').skip(1);
        let (group, version) = match parts.next()? {
            "api" => ("", parts.next()?),
            "apis" => (parts.next()?, parts.next()?),
            _ => return None,
        };
        let mut rest: Vec<String> = parts.map(decoded).collect();
        let mut namespace = None;
        if rest.len() > 2 && rest[0] == "namespaces" {
            namespace = Some(rest.remove(1));
            rest.remove(0);
        }
        let mut rest = rest.into_iter();
        let plural = rest.next()?;
        let kind = schema.kinds().iter().find(|it| {
            it.group == group && it.version == version && it.plural == plural.as_str()
        })?;
        let query = query.split('&').filter_map(|it| it.split_once('='));
        Some(Request {
            seen,
            resource: Resource::from(kind),
            namespace,
            name: rest.next(),
            part: rest.next(),
            query: query.map(|(key, value)| (key.to_owned(), decoded(value))).collect(),
        })
    }

    fn is_watch(&self) -> bool {
        self.query.contains_key("watch")
    }

    fn selection(&self) -> Selection {
        Selection {
            namespace: self.namespace.clone(),
            labels: self.query.get("labelSelector").cloned(),
            fields: self.query.get("fieldSelector").cloned(),
        }
    }

    fn body(&self) -> Value {
        serde_json::from_slice(&self.seen.body).unwrap_or_default()
    }

    /// The answer of the sandbox: the code, and the object or the list.
    async fn ask(&self, sandbox: &Sandbox) -> (u16, Value) {
        let (resource, namespace) = (&self.resource, self.namespace.as_deref());
        let options = WriteOptions {
            field_manager: self.query.get("fieldManager").cloned().unwrap_or_default(),
            dry_run: self.query.contains_key("dryRun"),
            force: self.query.get("force").is_some_and(|it| it == "true"),
        };
        let answered = |answer: Result<Arc<Value>, ApiError>, code: u16| match answer {
            Ok(object) => (code, (*object).clone()),
            Err(error) => (error.code, Value::Null),
        };
        let known = match &self.name {
            Some(name) => Some(self.own_name(sandbox, name).await),
            None => None,
        };
        let name = known.as_deref();
        match (self.seen.method.as_str(), name) {
            ("GET", Some(name)) => answered(sandbox.get(resource, namespace, name).await, 200),
            ("GET", None) => match sandbox.list(resource, &self.selection()).await {
                Ok(list) => {
                    let items = list.items.iter().map(|it| (**it).clone()).collect();
                    (200, serde_json::json!({"items": Value::Array(items)}))
                }
                Err(error) => (error.code, Value::Null),
            },
            ("POST", None) => {
                let made = sandbox.create(resource, namespace, self.body(), &options).await;
                answered(made, 201)
            }
            ("PUT", Some(name)) => {
                let put = sandbox.replace(resource, namespace, name, self.body(), &options).await;
                answered(put, 200)
            }
            ("PATCH", Some(name)) => {
                let kind = if self.query.contains_key("force") {
                    PatchType::Apply
                } else {
                    PatchType::Merge
                };
                let (part, body) = (self.part.as_deref(), self.body());
                let patched =
                    sandbox.patch(resource, namespace, name, part, kind, body, &options).await;
                answered(patched, 200)
            }
            ("DELETE", Some(name)) => {
                // The object has another uid here: that of the one with its name.
                let uid = match sandbox.get(resource, namespace, name).await {
                    Ok(live) => live["metadata"]["uid"].as_str().map(str::to_owned),
                    Err(_) => Some("none".to_owned()),
                };
                let propagation = match self.body()["propagationPolicy"].as_str() {
                    Some("Foreground") => "Foreground",
                    Some("Orphan") => "Orphan",
                    _ => "Background",
                };
                let options = DeleteOptions { uid, propagation: Some(propagation) };
                answered(sandbox.delete(resource, namespace, name, &options).await, 200)
            }
            other => panic!("the examples ask {other:?}, which this test does not know"),
        }
    }

    /// The name that an object has in the sandbox, where other letters are drawn.
    async fn own_name(&self, sandbox: &Sandbox, name: &str) -> String {
        if undrawn(name) == name {
            return name.to_owned();
        }
        let all = Selection { namespace: self.namespace.clone(), ..Selection::default() };
        let list = sandbox.list(&self.resource, &all).await.unwrap();
        let names = list.items.iter().filter_map(|it| it["metadata"]["name"].as_str());
        let mut alike = names.filter(|it| undrawn(it) == undrawn(name));
        alike.next().unwrap_or(name).to_owned()
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A name without the letters that the server draws at the end of names of pods.
fn undrawn(name: &str) -> String {
    let drawn = |it: &str| {
        it.len() == 5 && it.bytes().all(|it| b"bcdfghjklmnpqrstvwxz2456789".contains(&it))
    };
    match name.rsplit_once('-') {
        Some((stem, end)) if drawn(end) => format!("{stem}-*"),
        _ => name.to_owned(),
    }
}

/// An object without what depends on the moment.
fn lasting(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(map) = object.as_object_mut() else { return object };
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "managedFields",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            metadata.remove(field);
        }
    }
    object
}

/// The places where two values differ.
fn differences(real: &Value, sandbox: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (real, sandbox) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let (a, b) = (a.get(name), b.get(name));
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differences(a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null), &path, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                differences(a, b, path, found);
            }
        }
        _ if real != sandbox => {
            let how = match (real, sandbox) {
                (Value::Null, _) => "only in the sandbox",
                (_, Value::Null) => "only on the server",
                _ => "differs",
            };
            found.insert(format!("{path} {how}"));
        }
        _ => {}
    }
}

/// The requests that the examples make, with the answers of the server.
fn recorded(cluster: &ControlPlane) -> Vec<Seen> {
    let proxy = FaultProxy::start(cluster.kubeconfig(), "admin").unwrap();
    let home = tempfile::tempdir().unwrap();
    let kubeconfig = proxy.kubeconfig().display().to_string();
    let ns = format!("ns={}", cluster.fresh_name("agreement"));
    for (example, function, argument) in [
        ("cockroachdb", "StartCockroachDB", Some(ns.as_str())),
        ("cockroachdb", "StartCockroachDB", Some(ns.as_str())),
        ("cockroachdb", "StopCockroachDB", Some(ns.as_str())),
        ("guestbook", "StartGuestbook", None),
        ("guestbook", "StartGuestbook", None),
        ("guestbook", "StopGuestbook", None),
    ] {
        let example = repository().join("examples").join(example).display().to_string();
        let mut arguments = vec!["run", "--kubeconfig", &kubeconfig, "--context", "admin"];
        arguments.extend(["--yes", "--quiet", &example, function]);
        arguments.extend(argument);
        ko_in(home.path(), &arguments).well();
    }
    // The last answers are noted after the client has them.
    std::thread::sleep(Duration::from_millis(500));
    proxy.take_seen()
}

#[test]
fn the_sandbox_answers_as_the_server_does() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let log = recorded(cluster);
    let schema = Schema::builtin();
    let sandbox = Sandbox::new(schema);
    let requests: Vec<Request<'_>> =
        log.iter().filter_map(|it| Request::parse(schema, it)).collect();
    let watched: Vec<(Resource, Selection)> = requests
        .iter()
        .filter(|it| it.is_watch())
        .map(|it| (it.resource.clone(), it.selection()))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut found = BTreeSet::new();
    let mut compared = 0;
    for request in requests.iter().filter(|it| !it.is_watch()) {
        let Some((code, body)) = &request.seen.answer else { continue };
        let (own_code, own) = runtime.block_on(async {
            // Long enough for every controller.
            sandbox.sleep(Duration::from_secs(60)).await;
            request.ask(&sandbox).await
        });
        compared += 1;
        let what = format!("{} {}", request.seen.method, request.resource.plural);
        // A deletion may be answered by what happens at once, or be accepted.
        let code = if *code == 202 { 200 } else { *code };
        if code != own_code {
            found.insert(format!("{what}: {code} on the server, {own_code} in the sandbox"));
            continue;
        }
        let real: Value = serde_json::from_slice(body).unwrap();
        let mut places = BTreeSet::new();
        match request.seen.method.as_str() {
            _ if code >= 300 => {}
            "DELETE" => {}
            "GET" if request.name.is_none() => {
                let begins_watch =
                    watched.contains(&(request.resource.clone(), request.selection()));
                let names = |list: &Value| -> BTreeSet<String> {
                    let items = list["items"].as_array().into_iter().flatten();
                    items.filter_map(|it| it["metadata"]["name"].as_str()).map(undrawn).collect()
                };
                if !begins_watch && names(&real) != names(&own) {
                    let (real, own) = (names(&real), names(&own));
                    places.insert(format!("{real:?} on the server, {own:?} in the sandbox"));
                }
            }
            _ => differences(&lasting(&real), &lasting(&own), "", &mut places),
        }
        // Whichever way an object is written or read, it is the same object.
        found.extend(places.into_iter().map(|it| format!("{}: {it}", request.resource.plural)));
    }
    assert!(compared > 30, "only {compared} answers");
    let known = KNOWN.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    let known: BTreeSet<String> = known
        .map(|line| {
            let (what, why) =
                line.split_once(" -- ").unwrap_or_else(|| panic!("no reason: {line}"));
            assert!(why.len() > 10, "no reason: {line}");
            what.to_owned()
        })
        .collect();
    let new: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "agreement.txt lacks {new:#?}\nand has in vain {gone:#?}"
    );
}

//! Many pods: listed in pages, watched, read and deleted, alone or all of a selection.
//!
//! A deleted pod is marked first and gone a little later, as with a real node. A text of each pod is kept ready in both of
//! its states, so that what is measured is the client.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::refused;
use crate::http_server::{Answer, Request};

/// How long a pod takes to end.
const ENDING: Duration = Duration::from_millis(100);

/// How long a watch waits for news before it looks whether its client is still there.
const LOOK: Duration = Duration::from_millis(200);

/// The namespace of all pods.
const NAMESPACE: &str = "many";

/// The pods of the server.
#[derive(Default)]
pub struct Pods {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    version: u64,
    pods: BTreeMap<String, Pod>,
    /// All events, in the order of their versions.
    events: Vec<Event>,
}

struct Pod {
    app: String,
    version: u64,
    ready: bool,
    ending: bool,
    /// As the server shows it.
    text: Arc<str>,
}

struct Event {
    version: u64,
    kind: &'static str,
    name: String,
    app: String,
    object: Arc<str>,
}

/// Which pods a request is about.
struct Selection {
    app: Option<String>,
    name: Option<String>,
}

impl Selection {
    fn of(request: &Request) -> Selection {
        let value = |parameter: &str, key: &str| {
            request
                .parameter(parameter)
                .strip_prefix(key)
                .map(|it| it.trim_start_matches('=').to_owned())
        };
        Selection {
            app: value("labelSelector", "app"),
            name: value("fieldSelector", "metadata.name"),
        }
    }

    fn has(&self, name: &str, app: &str) -> bool {
        self.app.as_ref().is_none_or(|it| it == app)
            && self.name.as_ref().is_none_or(|it| it == name)
    }
}

impl State {
    /// What there is of a selection, as events, and the bookmark that says that this was all.
    /// Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists>.
    fn initial_events(&self, selection: &Selection) -> String {
        let one = selection.name.as_ref().and_then(|name| self.pods.get_key_value(name));
        let all = self.pods.iter().filter(|_| selection.name.is_none());
        let mut events = String::new();
        for (name, pod) in one.into_iter().chain(all) {
            if selection.has(name, &pod.app) {
                events.push_str(&format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", pod.text));
            }
        }
        let metadata = json!({
            "resourceVersion": self.version.to_string(), "annotations": {"k8s.io/initial-events-end": "true"},
        });
        let mark = json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata});
        events + &format!("{}\n", json!({"type": "BOOKMARK", "object": mark}))
    }
}

impl Pods {
    /// Makes so many pods with the label `app`; they are ready, or will be when [`Pods::get_ready`] says so.
    pub fn fill(&self, count: usize, app: &str, ready: bool) {
        let mut state = self.lock();
        for number in 0..count {
            let name = format!("{app}-{number:05}");
            state.version += 1;
            let version = state.version;
            let mut pod =
                Pod { app: app.to_owned(), version, ready, ending: false, text: Arc::default() };
            pod.text = text(&name, &pod).into();
            state.pods.insert(name, pod);
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().pods.len()
    }

    /// Makes all pods ready, one after the other, so many a second. Returns when it is done.
    pub fn get_ready(&self, each_second: u32) {
        let names: Vec<String> = self.lock().pods.keys().cloned().collect();
        let begin = Instant::now();
        for (number, name) in (0u32..).zip(names) {
            let due = begin + Duration::from_secs(1) * number / each_second.max(1);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.change("MODIFIED", &name, |pod| pod.ready = true);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a pod, and tells those who watch. What it is now.
    fn change(
        &self,
        kind: &'static str,
        name: &str,
        change: impl FnOnce(&mut Pod),
    ) -> Option<Arc<str>> {
        let mut state = self.lock();
        let version = state.version + 1;
        let pod = state.pods.get_mut(name)?;
        change(pod);
        pod.version = version;
        pod.text = text(name, pod).into();
        let (object, app) = (pod.text.clone(), pod.app.clone());
        state.version = version;
        if kind == "DELETED" {
            state.pods.remove(name);
        }
        let event = Event { version, kind, name: name.to_owned(), app, object: object.clone() };
        state.events.push(event);
        self.changed.notify_all();
        Some(object)
    }

    /// Answers a request below `/api/v1/`.
    pub(super) fn answer(self: &Arc<Self>, request: &Request) -> Answer {
        let path = request.path().trim_start_matches("/api/v1/");
        let pods = [&format!("namespaces/{NAMESPACE}/pods"), "pods"];
        if pods.contains(&path) {
            return match request.method.as_str() {
                "GET"
                    if request.parameter("watch") == "true"
                        || request.parameter("watch") == "1" =>
                {
                    self.watch(request)
                }
                "GET" => self.list(request),
                "DELETE" => {
                    let selection = Selection::of(request);
                    let wanted = |it: &(&String, &Pod)| selection.has(it.0, &it.1.app);
                    let names: Vec<String> =
                        self.lock().pods.iter().filter(wanted).map(|it| it.0.clone()).collect();
                    for name in &names {
                        self.delete(name);
                    }
                    Answer::json(200, r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#)
                }
                _ => refused(405, "MethodNotAllowed", "pods are made by the benchmark"),
            };
        }
        let Some(name) = path.strip_prefix(&format!("{}/", pods[0])) else {
            return Answer::json(
                200,
                r#"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#,
            );
        };
        let object = match request.method.as_str() {
            "GET" => self.lock().pods.get(name).map(|pod| pod.text.clone()),
            "DELETE" => self.delete(name),
            _ => return refused(405, "MethodNotAllowed", "pods are made by the benchmark"),
        };
        match object {
            Some(object) => Answer::json(200, object.as_bytes()),
            None => refused(404, "NotFound", &format!("pods \"{name}\" not found")),
        }
    }

    fn delete(self: &Arc<Self>, name: &str) -> Option<Arc<str>> {
        let object = self.change("MODIFIED", name, |pod| pod.ending = true)?;
        let (pods, name) = (self.clone(), name.to_owned());
        ENDINGS.with_pods(pods, name);
        Some(object)
    }

    fn list(&self, request: &Request) -> Answer {
        let selection = Selection::of(request);
        let limit =
            request.parameter("limit").parse().ok().filter(|it| *it > 0).unwrap_or(usize::MAX);
        let token = request.parameter("continue");
        let state = self.lock();
        // The name after which the page begins.
        let (after, version) = match token.split_once(' ') {
            Some((version, name)) => (name, version.to_owned()),
            None => ("", state.version.to_string()),
        };
        let from = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
        let mut found =
            state.pods.range::<str, _>(from).filter(|(name, pod)| selection.has(name, &pod.app));
        let mut items = Vec::new();
        let mut last = "";
        for (name, pod) in found.by_ref().take(limit) {
            items.push(&*pod.text);
            last = name;
        }
        let left = found.count();
        let next = if left == 0 { String::new() } else { format!("{version} {last}") };
        let metadata =
            json!({"resourceVersion": version, "continue": next, "remainingItemCount": left});
        Answer::json(
            200,
            format!(
                r#"{{"kind":"PodList","apiVersion":"v1","metadata":{metadata},"items":[{}]}}"#,
                items.join(",")
            ),
        )
    }

    fn watch(self: &Arc<Self>, request: &Request) -> Answer {
        let selection = Selection::of(request);
        let mut from: u64 = request.parameter("resourceVersion").parse().unwrap_or_default();
        let pods = self.clone();
        // A client may ask for what there is in the form of events, and where these end.
        let mut initial = request.parameter("sendInitialEvents") == "true";
        Answer::events(Box::new(move || {
            let state = pods.lock();
            if std::mem::take(&mut initial) {
                from = state.version;
                return Some(state.initial_events(&selection).into_bytes());
            }
            let nothing_new = |state: &mut State| state.version <= from;
            let (state, _) = pods
                .changed
                .wait_timeout_while(state, LOOK, nothing_new)
                .unwrap_or_else(PoisonError::into_inner);
            let begin = state.events.partition_point(|it| it.version <= from);
            let mut piece = String::new();
            for event in state.events.get(begin..).unwrap_or_default() {
                if selection.has(&event.name, &event.app) {
                    piece.push_str(&format!(
                        "{{\"type\":\"{}\",\"object\":{}}}\n",
                        event.kind, event.object
                    ));
                }
            }
            from = from.max(state.version);
            Some(piece.into_bytes())
        }))
    }
}

/// The thread that lets pods end.
static ENDINGS: Endings = Endings(std::sync::OnceLock::new());

type Ending = (Instant, Arc<Pods>, String);

struct Endings(std::sync::OnceLock<Mutex<std::sync::mpsc::Sender<Ending>>>);

impl Endings {
    fn with_pods(&self, pods: Arc<Pods>, name: String) {
        let sender = self.0.get_or_init(|| {
            let (sender, endings) = std::sync::mpsc::channel::<Ending>();
            thread::spawn(move || {
                for (due, pods, name) in endings {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    pods.change("DELETED", &name, |_| {});
                }
            });
            Mutex::new(sender)
        });
        let sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
        // The thread ends with the process only.
        let _ = sender.send((Instant::now() + ENDING, pods, name));
    }
}

/// A pod as large as real ones are: about 4 KB, of which a third says who wrote what.
fn text(name: &str, pod: &Pod) -> String {
    let condition = |kind: &str, is: bool| {
        json!({
            "type": kind, "status": if is { "True" } else { "False" }, "lastProbeTime": null,
            "lastTransitionTime": "2026-01-01T00:00:07Z",
        })
    };
    let phase = if pod.ready { "Running" } else { "Pending" };
    let mut object = json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": uid(name), "resourceVersion": pod.version.to_string(),
            "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z", "generateName": format!("{}-", pod.app),
            "labels": {"app": pod.app, "pod-template-hash": "7d4b8c9f5"},
            "annotations": {"scale.test/checksum": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": pod.app, "uid": uid(&pod.app),
                "controller": true, "blockOwnerDeletion": true}],
            "managedFields": managed(),
        },
        "spec": {
            "nodeName": "node-1", "restartPolicy": "Always", "serviceAccountName": "default", "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30, "enableServiceLinks": true,
            "containers": [{
                "name": "main", "image": "registry.example/team/app:1.2.3", "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "LEVEL", "value": "info"}, {"name": "REGION", "value": "north"}, {"name": "SHARD", "value": name}],
                "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                "volumeMounts": [{"name": "token", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
            }],
            "volumes": [{"name": "token", "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            ]}}],
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {
            "phase": phase, "podIP": "10.0.0.1", "hostIP": "192.168.0.1", "qosClass": "Burstable",
            "startTime": "2026-01-01T00:00:01Z",
            "conditions": [
                condition("Initialized", true), condition("Ready", pod.ready), condition("ContainersReady", pod.ready),
                condition("PodScheduled", true),
            ],
            "containerStatuses": [{
                "name": "main", "ready": pod.ready, "restartCount": 0, "started": pod.ready,
                "image": "registry.example/team/app:1.2.3",
                "imageID": "registry.example/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "containerID": "containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            }],
        },
    });
    if pod.ending {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T01:00:00Z".into();
        object["metadata"]["deletionGracePeriodSeconds"] = 30.into();
    }
    object.to_string()
}

/// Who wrote what, for a pod: what clients get unasked.
fn managed() -> Value {
    let fields = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|it| (format!("f:{it}"), json!({})))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let containers = fields(&[
        "env",
        "image",
        "imagePullPolicy",
        "name",
        "ports",
        "resources",
        "terminationMessagePath",
    ]);
    let spec = json!({
        "f:containers": {"k:{\"name\":\"main\"}": containers}, "f:dnsPolicy": {}, "f:enableServiceLinks": {},
        "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {}, "f:terminationGracePeriodSeconds": {},
    });
    let condition = fields(&["lastProbeTime", "lastTransitionTime", "status", "type"]);
    json!([
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": fields(&["annotations", "generateName", "labels",
            "ownerReferences"]), "f:spec": spec}},
        {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:07Z",
            "fieldsType": "FieldsV1", "subresource": "status", "fieldsV1": {"f:status": {
            "f:conditions": {"k:{\"type\":\"ContainersReady\"}": condition, "k:{\"type\":\"Initialized\"}": condition,
            "k:{\"type\":\"Ready\"}": condition}, "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {},
            "f:startTime": {}}}},
    ])
}

/// The uid of an object, from its name.
fn uid(name: &str) -> String {
    let number =
        name.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("00000000-0000-4000-8000-{:012x}", number & 0xffff_ffff_ffff)
}

//! A network and a server at their worst, between the program and a real API server: every gate ends in a value or in one
//! clear error, nothing is made twice, and nothing that was to be deleted stays.

use std::time::Duration;

use ko_tests::{
    control_plane::ControlPlane,
    fault_proxy::{Fault, FaultProxy},
};
use serde_json::Value;

use crate::{Done, ko_in, package};

/// Each gate, guarded, so that one run says of all of them how they ended.
const GATES: &str = r#"
Told(problem?) { return: (reason: problem.k8s.reason, code: problem.k8s.code) }

Make(ns, after) { return: (reason: CreateConfigMap(namespace: ns, configMap: (metadata: (name: "a", labels: (app: "faults")), data: (k: "v")), timeout: "4s").metadata.name, code: 0) }
Apply(ns, after) { return: (reason: ApplyConfigMap(namespace: ns, configMap: (metadata: (name: "a", labels: (app: "faults")), data: (k: "v"))).metadata.name, code: 0) }
Get(ns, after) { return: (reason: GetConfigMap(namespace: ns, name: "a").metadata.name, code: 0) }
Find(ns, after) { return: (reason: "found", code: Len(FindConfigMap(namespace: ns, name: "a"))) }
List(ns, after) { return: (reason: "listed", code: Len(ListConfigMapsByLabelSelector(namespace: ns, labelSelector: "app=faults"))) }
Patch(ns, after) { return: (reason: PatchConfigMap(namespace: ns, name: "a", patch: (data: (p: "1"))).data.p, code: 0) }
Update(ns, after) { return: (reason: UpdateConfigMap(namespace: ns, name: "a", with: other(it?) { return: (metadata: it.metadata, data: (k: "u")) }).data.k, code: 0) }
WaitFor(ns, after) { return: (reason: WaitForConfigMap(namespace: ns, name: "a", condition: "Exists", timeout: "4s").metadata.name, code: 0) }
Drop(ns, after) { return: (reason: "deleted", code: Len(DeleteConfigMap(namespace: ns, name: "a", timeout: "4s"))) }

All(ns) {
	create: Recover(invoke: Make[ns: ns], panic: Told)
	apply: Recover(invoke: Apply[ns: ns, after: create], panic: Told)
	get: Recover(invoke: Get[ns: ns, after: apply], panic: Told)
	find: Recover(invoke: Find[ns: ns, after: get], panic: Told)
	list: Recover(invoke: List[ns: ns, after: find], panic: Told)
	patch: Recover(invoke: Patch[ns: ns, after: list], panic: Told)
	update: Recover(invoke: Update[ns: ns, after: patch], panic: Told)
	wait: Recover(invoke: WaitFor[ns: ns, after: update], panic: Told)
	delete: Recover(invoke: Drop[ns: ns, after: wait], panic: Told)
	return: (create: create, apply: apply, get: get, find: find, list: list, patch: patch, update: update, wait: wait, delete: delete)
}
"#;

/// A cluster behind a proxy, and a program.
pub(crate) struct Bench {
    pub(crate) proxy: FaultProxy,
    folder: tempfile::TempDir,
    namespace: String,
}

impl Bench {
    /// With a fresh namespace and this program; `None` without a cluster.
    pub(crate) fn new(stem: &str, source: &str) -> Option<Bench> {
        let cluster = ControlPlane::shared()?;
        let proxy = FaultProxy::start(cluster.kubeconfig(), "admin").unwrap();
        let make = "Prepare(ns) { return: CreateNamespace(namespace: ns) }\n";
        let folder = package(&format!("{make}{source}"));
        let namespace = cluster.fresh_name(stem);
        let bench = Bench { proxy, folder, namespace };
        bench.run("Prepare", &[]).well();
        bench.proxy.take_seen();
        Some(bench)
    }

    pub(crate) fn run(&self, function: &str, more: &[&str]) -> Done {
        let kubeconfig = self.proxy.kubeconfig().display().to_string();
        let ns = format!("ns={}", self.namespace);
        let mut arguments = vec!["run", "--kubeconfig", &kubeconfig, "--context", "admin"];
        arguments.extend(["--yes", "--json", "--quiet"]);
        arguments.extend(more);
        arguments.extend([".", function, &ns]);
        ko_in(self.folder.path(), &arguments)
    }

    /// What a function returns that goes well.
    #[track_caller]
    pub(crate) fn value(&self, function: &str, more: &[&str]) -> Value {
        let done = self.run(function, more).well();
        serde_json::from_str::<Value>(&done.out).unwrap()["value"].clone()
    }

    /// How many requests of a method came by whose path contains this.
    fn asked(&self, method: &str, path: &str) -> usize {
        let seen = self.proxy.take_seen();
        seen.iter().filter(|it| it.method == method && it.target.contains(path)).count()
    }
}

/// One line for each gate: how it ended.
pub(crate) fn lines(value: &Value) -> String {
    let gates = value.as_object().unwrap();
    let line = |(gate, it): (&String, &Value)| {
        format!("{gate}: {} {}", it["reason"].as_str().unwrap_or_default(), it["code"])
    };
    gates.iter().map(line).collect::<Vec<_>>().join(", ")
}

const WELL: &str = "create: a 0, apply: a 0, get: a 0, find: found 1, list: listed 1, patch: 1 0, update: u 0, wait: a 0, delete: deleted 1";

/// What passes is not noticed.
#[test]
fn what_passes_is_survived() {
    let Some(bench) = Bench::new("survived", GATES) else { return };
    let objects = "/configmaps";
    for (what, fault) in [
        ("nothing", None),
        ("a busy server", Some(Fault::status(429, "TooManyRequests", "retry-after: 1\r\n"))),
        ("a server that starts", Some(Fault::Answer(503, "", "starting".to_owned()))),
        ("a cut connection", Some(Fault::Refuse)),
        ("a lost answer", Some(Fault::Lose)),
        ("half an answer", Some(Fault::Truncate(20))),
        ("nonsense", Some(Fault::Answer(200, "", "<html>".to_owned()))),
    ] {
        bench.proxy.heal();
        if let Some(fault) = fault {
            // Once for every kind of request.
            for method in ["GET", "POST", "PATCH", "PUT", "DELETE"] {
                bench.proxy.meet(method, objects, 1, fault.clone());
            }
        }
        assert_eq!(lines(&bench.value("All", &[])), WELL, "{what}");
    }
}

/// What does not pass is one error, soon.
#[test]
fn what_stays_is_one_clear_error() {
    let Some(bench) = Bench::new("errors", GATES) else { return };
    let all = |reason: &str, code: u16| {
        let gates = "create apply get find list patch update wait delete".split(' ');
        gates.map(|it| format!("{it}: {reason} {code}")).collect::<Vec<_>>().join(", ")
    };
    let garbage = || Fault::Answer(200, "", "<html>".to_owned());
    for (fault, expected) in [
        (Fault::status(401, "Unauthorized", ""), all("Unauthorized", 401)),
        (Fault::status(403, "Forbidden", ""), all("Forbidden", 403)),
        (Fault::status(422, "Invalid", ""), all("Invalid", 422)),
        (Fault::status(500, "InternalError", ""), all("InternalError", 500)),
        (Fault::status(503, "ServiceUnavailable", ""), all("ServiceUnavailable", 503)),
        (Fault::status(429, "TooManyRequests", "retry-after: 1\r\n"), all("TooManyRequests", 429)),
        (Fault::Refuse, all("NoAnswer", 0)),
        (Fault::Silence, all("NoAnswer", 0)),
        (garbage(), all("NoAnswer", 0)),
        (Fault::Endless, all("TooLarge", 0)),
    ] {
        bench.proxy.heal();
        bench.proxy.meet("", "/configmaps", usize::MAX, fault.clone());
        let value = bench.value("All", &["--request-timeout", "2s"]);
        assert_eq!(lines(&value), expected, "{fault:?}");
    }
    // That something is not there, is known or has changed, means something to some gates.
    for (fault, expected) in [
        (
            Fault::status(404, "NotFound", ""),
            "create: NotFound 404, apply: NotFound 404, get: NotFound 404, find: found 0, list: NotFound 404, \
             patch: NotFound 404, update: NotFound 404, wait: NotFound 404, delete: deleted 1",
        ),
        (
            Fault::status(409, "Conflict", ""),
            "create: Conflict 409, apply: Conflict 409, get: Conflict 409, find: Conflict 409, list: Conflict 409, \
             patch: Conflict 409, update: Conflict 409, wait: Conflict 409, delete: Conflict 409",
        ),
        (
            Fault::status(410, "Expired", ""),
            "create: Expired 410, apply: Expired 410, get: Expired 410, find: Expired 410, list: Expired 410, \
             patch: Expired 410, update: Expired 410, wait: Expired 410, delete: Expired 410",
        ),
    ] {
        bench.proxy.heal();
        bench.proxy.meet("", "/configmaps", usize::MAX, fault.clone());
        let value = bench.value("All", &["--request-timeout", "2s"]);
        assert_eq!(lines(&value), expected, "{fault:?}");
    }
    // The error of a run that nobody guards: what, where, why.
    bench.proxy.heal();
    bench.proxy.meet("", "/configmaps", usize::MAX, Fault::status(500, "InternalError", ""));
    let source = "Main(ns) { return: GetConfigMap(namespace: ns, name: \"a\") }\n";
    std::fs::write(bench.folder.path().join("main.ko"), source).unwrap();
    let failed = bench.run("Main", &[]);
    assert_eq!(failed.code, 1);
    let error: Value = serde_json::from_str(&failed.out).unwrap();
    let text = error.to_string();
    for part in ["GetConfigMap a in", "refused by the proxy", "main.ko"] {
        assert!(text.contains(part), "no {part}: {error}");
    }
}

/// A generated name must not be made twice, and a counter not counted twice.
#[test]
fn what_must_not_happen_twice_does_not() {
    let source = r#"
Named(ns) { return: CreateConfigMap(namespace: ns, configMap: (metadata: (generateName: "some-"))) }
Maps(ns) { return: Len(ListConfigMapsByFieldSelector(namespace: ns, fieldSelector: "metadata.name!=kube-root-ca.crt")) }
Start(ns) {
	template: (metadata: (labels: (app: "n")), spec: (containers: (name: "a", image: "a:1")))
	return: CreateDeployment(namespace: ns, deployment: (metadata: (name: "n"), spec: (replicas: 1, selector: (matchLabels: (app: "n")), template: template)))
}
More(ns) {
	changed: UpdateDeployment(
		namespace: ns
		name: "n"
		with: one(it?) {
			spec: (replicas: Sum(it.spec.replicas, 1), selector: it.spec.selector, template: it.spec.template)
			return: (metadata: it.metadata, spec: spec)
		}
	)
	return: changed.spec.replicas
}
"#;
    let Some(bench) = Bench::new("twice", source) else { return };
    bench.proxy.meet("POST", "/configmaps", 1, Fault::Lose);
    let failed = bench.run("Named", &[]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("may have done it all the same"), "{}", failed.out);
    assert_eq!(bench.value("Maps", &[]), 1);

    bench.run("Start", &[]).well();
    bench.proxy.meet("PUT", "/deployments/n", 1, Fault::Lose);
    // The controller writes, too: only what was asked for counts.
    assert_eq!(bench.value("More", &[]), 2);
}

/// An object of the same name that came later is not the one that was to be deleted.
#[test]
fn a_deletion_whose_answer_is_lost_happens_once() {
    let source = r#"
Make(ns) { return: CreateConfigMap(namespace: ns, configMap: "a") }
Drop(ns) { return: DeleteConfigMap(namespace: ns, name: "a") }
Left(ns) { return: FindConfigMap(namespace: ns, name: "a").metadata.name }
"#;
    let Some(bench) = Bench::new("deleted", source) else { return };
    bench.run("Make", &[]).well();
    bench.proxy.take_seen();
    bench.proxy.meet("DELETE", "/configmaps/a", 1, Fault::Lose);
    let report = bench.value("Drop", &[]);
    assert_eq!(report[0]["name"], "a", "{report}");
    assert_eq!(bench.asked("DELETE", "/configmaps/a"), 2);
    assert!(bench.value("Left", &[]).is_null());
}

/// Pages that expire are read anew; what a list gives is one state of the cluster.
#[test]
fn a_list_begins_anew_when_its_pages_expire() {
    let source = r#"
One(n?, ns) {
	made: CreateConfigMap(namespace: ns, configMap: (metadata: (generateName: "m-", labels: (many: "yes"))))
	return: Sum(n, Len(made))
}
Make(ns) { return: Loop(start: 0, step: One[ns: ns], stop: enough(n?) { return: Equal(n, 600) }) }
All(ns) { return: Len(ListConfigMapsByLabelSelector(namespace: ns, labelSelector: "many=yes")) }
"#;
    let Some(bench) = Bench::new("pages", source) else { return };
    assert_eq!(bench.value("Make", &[]), 600);
    bench.proxy.take_seen();
    bench.proxy.meet("GET", "continue=", 1, Fault::status(410, "Expired", ""));
    assert_eq!(bench.value("All", &[]), 600);
    assert_eq!(bench.asked("GET", "/configmaps"), 4, "two pages, twice");
}

/// Watches that break off, in whatever way, lose nothing.
#[test]
fn a_wait_survives_watches_that_break_off() {
    let source = r#"
Work(ns) {
	spec: (template: (metadata: (annotations: (key: "ko.test/exit-code", value: "0")), spec: (restartPolicy: "Never", containers: (name: "a", image: "a:1"))))
	made: CreateJob(namespace: ns, job: (metadata: (name: "j"), spec: spec))
	done: WaitForJob(namespace: ns, name: "j", timeout: "60s", after: made)
	return: done.status.succeeded
}
Drop(ns) { return: DeleteJob(namespace: ns, name: "j") }
"#;
    let Some(bench) = Bench::new("watches", source) else { return };
    for fault in [
        Fault::Truncate(40),
        Fault::Refuse,
        Fault::status(410, "Expired", ""),
        Fault::status(500, "InternalError", ""),
        Fault::Answer(200, "", "{\"type\":\"ADDED\",\"object\":nonsense}\n".to_owned()),
    ] {
        bench.proxy.heal();
        bench.proxy.meet("GET", "watch=true", 2, fault.clone());
        assert_eq!(bench.value("Work", &[]), 1, "{fault:?}");
        bench.run("Drop", &[]).well();
    }
    // Whoever sends an event without an end is no API server.
    bench.proxy.meet("GET", "watch=true", 1, Fault::Endless);
    let failed = bench.run("Work", &[]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("an event of more than"), "{}", failed.out);
}

/// Cancelling stops what comes next; of what is under way the answer is awaited.
#[cfg(unix)]
#[test]
fn a_cancelled_run_says_what_it_wrote() {
    let source = r#"
Two(ns) {
	first: CreateConfigMap(namespace: ns, configMap: "first")
	second: CreateConfigMap(namespace: ns, configMap: "second", after: first)
	return: second
}
Left(ns) { return: Len(ListConfigMapsByFieldSelector(namespace: ns, fieldSelector: "metadata.name!=kube-root-ca.crt")) }
"#;
    let Some(bench) = Bench::new("cancelled", source) else { return };
    bench.proxy.meet("POST", "/configmaps", 1, Fault::Late(Duration::from_secs(3)));
    let kubeconfig = bench.proxy.kubeconfig().display().to_string();
    let ns = format!("ns={}", bench.namespace);
    let folder = bench.folder.path();
    let child = std::process::Command::new(ko_tests::binary::ko())
        .args(["run", "--kubeconfig", &kubeconfig, "--context", "admin", "--yes", "."])
        .args(["Two", &ns])
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Until the server has it, and the program waits for the answer.
    while !bench.proxy.take_seen().iter().any(|it| it.method == "POST") {
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupt = ["-INT", &child.id().to_string()].map(str::to_owned);
    std::process::Command::new("kill").args(interrupt).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the run was cancelled"), "{said}");
    assert!(said.contains("first"), "what had run: {said}");
    assert!(!bench.proxy.take_seen().iter().any(|it| it.method == "POST"), "it went on");
    assert_eq!(bench.value("Left", &[]), 1);
}

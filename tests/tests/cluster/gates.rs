//! The gates that reach into pods and parts of objects, on a real API server.

use ko_tests::control_plane::ControlPlane;
use serde_json::{Value, json};

use crate::{Done, on, package};

/// Runs the functions of a program one after the other in a namespace of their own.
struct Package {
    cluster: &'static ControlPlane,
    folder: tempfile::TempDir,
    namespace: String,
}

impl Package {
    fn new(stem: &str, source: &str) -> Option<Package> {
        let cluster = ControlPlane::shared()?;
        let make = "Prepare(ns) { return: CreateNamespace(namespace: ns) }\n";
        // Imports come first.
        let folder = package(&format!("{source}{make}"));
        let it = Package { cluster, folder, namespace: cluster.fresh_name(stem) };
        it.run("Prepare").well();
        Some(it)
    }

    fn run(&self, function: &str) -> Done {
        let ns = format!("ns={}", self.namespace);
        let arguments = ["--yes", "--json", "--quiet", ".", function, &ns];
        on(self.cluster, "admin", self.folder.path(), "run", &arguments)
    }

    #[track_caller]
    fn value(&self, function: &str) -> Value {
        let done = self.run(function).well();
        serde_json::from_str::<Value>(&done.out).unwrap()["value"].clone()
    }
}

const POD: &str = r#"
Start(ns) {
	log: (key: "ko.test/log", value: "one\ntwo\nthree")
	pod: (metadata: (name: "a", labels: (app: "x"), annotations: log), spec: (containers: (name: "main", image: "a:1")))
	made: CreatePod(namespace: ns, pod: pod)
	return: WaitForPod(namespace: ns, name: "a", after: made).metadata.name
}
"#;

#[test]
fn logs_are_read_and_programs_run() {
    let source = r#"
All(ns) { return: GetPodLogs(namespace: ns, name: "a") }
Last(ns) { return: GetPodLogs(namespace: ns, name: "a", container: "main", tail: 1, since: "1h") }
Other(ns) { return: GetPodLogs(namespace: ns, name: "a", container: "side") }
Echo(ns) { return: ExecInPod(namespace: ns, name: "a", command: ("echo", "a b", "c")) }
Cat(ns) { return: ExecInPod(namespace: ns, name: "a", command: "cat", stdin: "through") }
Fail(ns) { return: ExecInPod(namespace: ns, name: "a", command: ("fail", "3", "no", "luck")) }
Missing(ns) { return: ExecInPod(namespace: ns, name: "a", command: "vim") }
Slow(ns) { return: ExecInPod(namespace: ns, name: "a", command: ("sleep", "60"), timeout: "1s") }
"#;
    let Some(it) = Package::new("inside", &format!("{source}{POD}")) else { return };
    it.run("Start").well();
    assert_eq!(it.value("All"), "one\ntwo\nthree\n");
    assert_eq!(it.value("Last"), "three\n");
    let refused = it.run("Other");
    assert!(refused.out.contains("container side is not valid for pod a"), "{}", refused.out);
    let left = |stdout: &str, stderr: &str, code: i64| json!({"stdout": stdout, "stderr": stderr, "exitCode": code});
    assert_eq!(it.value("Echo"), left("a b c\n", "", 0));
    assert_eq!(it.value("Cat"), left("through", "", 0));
    assert_eq!(it.value("Fail"), left("", "no luck\n", 3));
    let missing = it.run("Missing");
    assert!(missing.code == 1 && missing.out.contains("not found"), "{}", missing.out);
    let slow = it.run("Slow");
    assert!(slow.code == 1 && slow.out.contains("not finished after 1s"), "{}", slow.out);
}

#[test]
fn running_a_program_in_a_pod_needs_consent() {
    let source = "Echo(ns) { return: ExecInPod(namespace: ns, name: \"a\", command: \"echo\") }\n";
    let Some(it) = Package::new("unasked-exec", source) else { return };
    let ns = format!("ns={}", it.namespace);
    let refused = on(it.cluster, "admin", it.folder.path(), "run", &[".", "Echo", &ns]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("ExecInPod (1)"), "{}", refused.err);
}

#[test]
fn evictions_wait_for_the_budget() {
    let source = r#"
Budget(ns) {
	spec: (minAvailable: 1, selector: (matchLabels: (app: "x")))
	made: CreatePodDisruptionBudget(namespace: ns, podDisruptionBudget: (metadata: (name: "b"), spec: spec))
	return: WaitForPodDisruptionBudget(namespace: ns, name: "b", until: seen(it?) { return: Equal(it.status.currentHealthy, 1) }, timeout: "30s", after: made).metadata.name
}
Evict(ns) { return: EvictPod(namespace: ns, name: "a", timeout: "3s") }
Free(ns) { return: DeletePodDisruptionBudget(namespace: ns, name: "b") }
"#;
    let Some(it) = Package::new("evicted", &format!("{source}{POD}")) else { return };
    it.run("Start").well();
    it.run("Budget").well();
    let refused = it.run("Evict");
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("disruption budget"), "{}", refused.out);
    it.run("Free").well();
    let report = it.value("Evict");
    assert_eq!((&report[0]["name"], &report[0]["outcome"]), (&json!("a"), &json!("evicted")));
}

#[test]
fn workloads_scale_and_restart() {
    let source = r#"
Start(ns) {
	template: (metadata: (labels: (app: "w")), spec: (containers: (name: "a", image: "a:1")))
	spec: (replicas: 1, selector: (matchLabels: (app: "w")), template: template)
	made: CreateDeployment(namespace: ns, deployment: (metadata: (name: "w"), spec: spec))
	return: WaitForDeployment(namespace: ns, name: "w", after: made).status.readyReplicas
}
Scale(ns) {
	scaled: ScaleDeployment(namespace: ns, name: "w", replicas: 2)
	ready: WaitForDeployment(namespace: ns, name: "w", after: scaled)
	return: GetDeploymentScale(namespace: ns, name: "w", after: ready).status.replicas
}
Restart(ns) {
	restarted: RestartDeployment(namespace: ns, name: "w")
	ready: WaitForDeployment(namespace: ns, name: "w", after: restarted)
	return: Len(ListReplicaSets(namespace: ns, after: ready))
}
Watched(ns) {
	return: WatchPods(
		namespace: ns
		labelSelector: "app=w"
		start: 0
		step: count(n?, event) { return: Sum(n, 1) }
		stop: enough(n?) { return: Less(1, n) }
		timeout: "30s"
	)
}
"#;
    let Some(it) = Package::new("scaled", source) else { return };
    assert_eq!(it.value("Start"), 1);
    assert_eq!(it.value("Scale"), 2);
    assert_eq!(it.value("Restart"), 2);
    assert_eq!(it.value("Watched"), 2);
}

/// The token is good, and is not to be seen.
#[test]
fn tokens_are_secret() {
    let source = r#"
Make(ns) { return: CreateServiceAccount(namespace: ns, serviceAccount: "robot") }
Token(ns) { return: CreateServiceAccountToken(namespace: ns, name: "robot", validFor: "15m") }
"#;
    let Some(it) = Package::new("tokens", source) else { return };
    it.run("Make").well();
    let token = it.run("Token").well();
    assert!(!token.out.contains("eyJ") && !token.err.contains("eyJ"), "{}", token.out);
    let value: Value = serde_json::from_str(&token.out).unwrap();
    assert!(value["value"]["expires"].as_str().unwrap().ends_with('Z'), "{value}");
    assert_eq!(value["value"]["token"], "<secret>", "{value}");
}

/// A request of a certificate for a client, in PEM and base64, as `openssl req -new` makes it.
const REQUEST: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIS01ISUNBUUF3RURFT01Bd0dBMVVFQXd3RmNtOWliM1F3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQgpCd05DQUFTbHI3enJWSGdrdzhleHBoRERFWE1iSGNEOXRCMkNpZFVEZkZPUStWUll0eVM4bDVYUXk5Lzc1ZmNBCkdCWUdhSW0wRWFnQmloT05LeGFGbEYrOE04VWpvQUF3Q2dZSUtvWkl6ajBFQXdJRFNBQXdSUUlnUUNKMXhYazYKQVpFNVQvdy9USFlVNmVtK2VkYmQ0QW5hTkpMRmJ2OVhRSTRDSVFEZjdXc2Z1emtaeUl4S3FaM21uaTlHOGZ2cwpCZDVCd2s3MnMrZGZ3RWhYdFE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

#[test]
fn certificates_are_approved() {
    let source = format!(
        r#"
Ask(ns) {{
	spec: (request: "{REQUEST}", signerName: "kubernetes.io/kube-apiserver-client", usages: "client auth")
	return: CreateCertificateSigningRequest(certificateSigningRequest: (metadata: (name: ns), spec: spec)).metadata.name
}}
Approve(ns) {{ return: ApproveCertificateSigningRequest(name: ns, reason: "Known", message: "One of ours.").status.conditions }}
Look(ns) {{ return: GetCertificateSigningRequest(name: ns).status.conditions }}
"#
    );
    let Some(it) = Package::new("approved", &source) else { return };
    it.run("Ask").well();
    assert!(it.value("Look").is_null());
    it.run("Approve").well();
    let conditions = it.value("Look");
    let known = (&conditions[0]["type"], &conditions[0]["status"], &conditions[0]["reason"]);
    assert_eq!(known, (&json!("Approved"), &json!("True"), &json!("Known")), "{conditions}");
    // Once is enough.
    it.run("Approve").well();
    assert_eq!(it.value("Look").as_array().unwrap().len(), 1);
}

#[test]
fn parts_are_reached_by_import() {
    let source = r#"
import "k8s/core/v1" as core
import "k8s/apps/v1" as apps

Start(ns) {
	template: (metadata: (labels: (app: "s")), spec: (containers: (name: "a", image: "a:1")))
	spec: (replicas: 1, selector: (matchLabels: (app: "s")), template: template)
	return: apps.CreateReplicaSet(namespace: ns, replicaSet: (metadata: (name: "s"), spec: spec)).metadata.name
}
Status(ns) { return: apps.GetReplicaSetStatus(namespace: ns, name: "s").spec.replicas }
Patched(ns) {
	note: (status: (conditions: (type: "Noted", status: "True", reason: "Test", message: "by hand")))
	patched: core.PatchNamespaceStatus(name: ns, patch: note)
	return: patched.status.conditions
}
Replaced(ns) {
	scale: (spec: (replicas: 3))
	return: apps.ReplaceReplicaSetScale(namespace: ns, name: "s", object: scale).spec.replicas
}
Resized(ns) {
	read: apps.GetReplicaSet(namespace: ns, name: "s")
	return: apps.ReplaceReplicaSet(namespace: ns, replicaSet: (metadata: (name: "s", labels: (new: "yes")), spec: read.spec)).metadata.labels.new
}
"#;
    let Some(it) = Package::new("parts", source) else { return };
    it.run("Start").well();
    assert_eq!(it.value("Status"), 1);
    assert_eq!(it.value("Patched")[0]["type"], "Noted");
    assert_eq!(it.value("Replaced"), 3);
    assert_eq!(it.value("Resized"), "yes");
    // Without the import nobody finds them.
    let bare = package("Main() { return: GetReplicaSetStatus(namespace: \"a\", name: \"b\") }\n");
    let refused = crate::ko_in(bare.path(), &["check", "."]);
    assert!(refused.code == 1 && refused.err.contains("GetReplicaSetStatus"), "{}", refused.err);
}

/// A wait that takes too long says what it saw last and what the cluster reported.
#[test]
fn a_wait_that_gives_up_says_what_it_knows() {
    let source = r#"
Start(ns) {
	spec: (nodeSelector: (no: "such"), containers: (name: "a", image: "a:1"))
	return: CreatePod(namespace: ns, pod: (metadata: (name: "p"), spec: spec)).metadata.name
}
Wait(ns) { return: WaitForPod(namespace: ns, name: "p", timeout: "4s") }
Told(problem?) { return: (reason: problem.k8s.reason, events: Len(problem.k8s.events), last: problem.k8s.last) }
Caught(ns) { return: Recover(invoke: Wait[ns: ns], panic: Told) }
"#;
    let Some(it) = Package::new("late", source) else { return };
    it.run("Start").well();
    let late = it.run("Wait");
    assert_eq!(late.code, 1);
    for part in ["not Ready after 4s", "is pending", "FailedScheduling"] {
        assert!(late.out.contains(part), "no {part}: {}", late.out);
    }
    let caught = it.value("Caught");
    assert_eq!(caught["reason"], "Timeout");
    assert!(caught["events"].as_i64().unwrap() >= 1, "{caught}");
}

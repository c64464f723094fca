//! Gates that do more than read and write objects, in the sandbox: what they return, and what it cannot play.

use expect_test::{Expect, expect};
use ko_evaluator::failure::FailureKind;

use crate::programs::{fresh, main};

const PODS: &str = "made: CreateNamespace(namespace: \"demo\")
	spec: (containers: (name: \"a\", image: \"a:1\"))
	one: CreatePod(namespace: \"demo\", pod: (metadata: (name: \"one\", labels: (app: \"x\")), spec: spec), after: made)
	two: CreatePod(namespace: \"demo\", pod: (metadata: (name: \"two\", labels: (app: \"x\")), spec: spec), after: one)
	ready: WaitForPodsByLabelSelector(namespace: \"demo\", labelSelector: \"app=x\", count: 2, after: two)\n";

/// The value of a function `Main` with this body after two pods run in the namespace demo.
fn value(body: &str, expected: Expect) {
    expected.assert_eq(&main(&fresh(), &format!("{PODS}{body}")).value());
}

/// How it fails.
fn panics(body: &str, expected: Expect) {
    let ran = main(&fresh(), &format!("{PODS}{body}"));
    let failure = ran.failure();
    let FailureKind::Panic(value) = &failure.kind else { panic!("no panic: {failure}") };
    let reason = value.path(&["k8s", "reason"]).as_str().unwrap();
    expected.assert_eq(&format!("{reason}: {}", failure.message));
}

#[test]
fn a_watch_is_a_fold_over_what_happens() {
    value(
        r#"return: WatchPods(
		namespace: "demo"
		labelSelector: "app=x"
		start: 0
		step: count(n?, event) { return: Sum(n, 1) }
		stop: enough(n?) { return: Equal(n, 2) }
		after: ready
	)"#,
        expect!["2"],
    );
    // Without an end of its own it ends with its time.
    value(
        r#"return: WatchPods(
		namespace: "demo"
		step: last(before?, event) { return: (type: event.type, name: event.object.metadata.name) }
		timeout: "10s"
		after: ready
	)"#,
        expect![[r#"(type: "ADDED", name: "two")"#]],
    );
    panics(
        r#"return: WatchPods(
		namespace: "demo"
		start: 0
		step: count(n?, event) { return: Sum(n, 1) }
		stop: never(n?) { return: false }
		timeout: "10s"
		after: ready
	)"#,
        expect!["Timeout: WatchPods in demo: not what `stop` asks for after 10s: 2 pods"],
    );
}

#[test]
fn evictions_respect_budgets() {
    value(
        r#"return: EvictPod(namespace: "demo", name: "one", after: ready)"#,
        expect![[
            r#"((kind: "Pod", namespace: "demo", name: "one", uid: "3466e9a0-8391-4f64-aca8-1afb8c24f47d", outcome: "evicted"))"#
        ]],
    );
    panics(
        r#"
	budget: CreatePodDisruptionBudget(
		namespace: "demo"
		podDisruptionBudget: (metadata: (name: "all"), spec: (minAvailable: 2, selector: (matchLabels: (app: "x"))))
		after: ready
	)
	return: EvictPod(namespace: "demo", name: "one", timeout: "1m", after: budget)"#,
        expect![
            "TooManyRequests: EvictPod one in demo: Cannot evict pod as it would violate the pod's disruption budget. (asked 6 times)"
        ],
    );
}

#[test]
fn workloads_scale_and_restart() {
    value(
        r#"
	template: (metadata: (labels: (app: "y")), spec: spec)
	made_: CreateDeployment(
		namespace: "demo"
		deployment: (metadata: (name: "web"), spec: (replicas: 1, selector: (matchLabels: (app: "y")), template: template))
		after: ready
	)
	first: WaitForDeployment(namespace: "demo", name: "web", after: made_)
	scaled: ScaleDeployment(namespace: "demo", name: "web", replicas: 3, after: first)
	again: RestartDeployment(namespace: "demo", name: "web", after: scaled)
	last: WaitForDeployment(namespace: "demo", name: "web", after: again)
	scale: GetDeploymentScale(namespace: "demo", name: "web", after: last)
	sets: ListReplicaSets(namespace: "demo", after: last)
	return: (wanted: scale.spec.replicas, there: scale.status.replicas, sets: Len(sets))"#,
        expect!["(wanted: 3, there: 3, sets: 2)"],
    );
}

#[test]
fn logs_and_tokens_are_made_up_and_programs_do_not_run() {
    value(
        r#"return: GetPodLogs(namespace: "demo", name: "one", after: ready)"#,
        expect![[r#""sandbox: a started at 2026-01-01T00:00:01Z\n""#]],
    );
    panics(
        r#"return: GetPodLogs(namespace: "demo", name: "one", container: "b", after: ready)"#,
        expect!["BadRequest: GetPodLogs one in demo: container b is not valid for pod one"],
    );
    panics(
        r#"return: ExecInPod(namespace: "demo", name: "one", command: ("ls", "-l"), after: ready)"#,
        expect![
            "NotImplemented: ExecInPod one in demo: the sandbox runs no programs: ls in container a of pod one needs a cluster"
        ],
    );
    // Secret, as a real one.
    value(
        r#"
	account: CreateServiceAccount(namespace: "demo", serviceAccount: "robot", after: ready)
	token: CreateServiceAccountToken(namespace: "demo", name: "robot", validFor: "10m", after: account)
	return: token"#,
        expect![[r#"(token: <secret>, expires: "2026-01-01T00:10:01Z")"#]],
    );
}

#[test]
fn deletions_take_options() {
    value(
        r#"
	gone: DeletePods(namespace: "demo", pods: ("one", "none"), wait: false, propagation: "Foreground", after: ready)
	return: gone"#,
        expect![[
            r#"((kind: "Pod", namespace: "demo", name: "one", uid: "3466e9a0-8391-4f64-aca8-1afb8c24f47d", outcome: "deleted"), (kind: "Pod", namespace: "demo", name: "none", uid: empty, outcome: "gone"))"#
        ]],
    );
}

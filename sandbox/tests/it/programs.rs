//! Whole programs, through the checker, the evaluator and the gates.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use ko_evaluator::cluster::{Cluster, Selection};
use ko_evaluator::event::{Event, Observer};
use ko_evaluator::failure::{Failure, FailureKind};
use ko_evaluator::gates::{ClusterGates, GatesOptions, field_manager};
use ko_evaluator::print;
use ko_evaluator::run::{Entry, RunOptions, run};
use ko_evaluator::value::Value;
use ko_queries::diagnostic::Severity;
use ko_queries::program::{FunctionId, Program};
use ko_queries::{FileId, FunctionKey, RootDatabase};
use ko_sandbox::Sandbox;
use ko_schema::Schema;

use crate::support::{get, resource, selection, text};

/// What a run says to its observer.
#[derive(Default)]
struct Heard {
    output: Mutex<String>,
    progress: Mutex<Vec<String>>,
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Output { text, .. } => self.output.lock().unwrap().push_str(&text),
            Event::Progress { message, .. } => self.progress.lock().unwrap().push(message),
            _ => {}
        }
    }

    fn wants_steps(&self, _: FunctionId) -> bool {
        true
    }
}

fn link(package: &str, source: &str, function: &str) -> Arc<Program> {
    let work = || {
        let mut db = RootDatabase::new(Schema::builtin().clone());
        db.set_file(FileId(0), &format!("{package}/main.ko"), package, Arc::from(source));
        let errors: Vec<String> = ko_queries::diagnostics(&db, FileId(0))
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .map(|it| it.message.clone())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{source}");
        ko_queries::program(&db, &[key(package, function)]).map(Arc::new)
    };
    // Queries go deep.
    let linked = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    });
    linked.unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn key(package: &str, function: &str) -> FunctionKey {
    FunctionKey { package: package.into(), name: function.into() }
}

pub(crate) struct Ran {
    outcome: Result<Value, Failure>,
    output: String,
    progress: Vec<String>,
}

impl Ran {
    pub(crate) fn value(&self) -> String {
        match &self.outcome {
            Ok(value) => print::short(value, 2000).to_string(),
            Err(failure) => panic!("{failure}"),
        }
    }

    pub(crate) fn failure(&self) -> &Failure {
        self.outcome.as_ref().unwrap_err()
    }
}

fn play(
    it: &Arc<Sandbox>,
    package: &str,
    source: &str,
    function: &str,
    arguments: &[(&str, &str)],
) -> Ran {
    let program = link(package, source, function);
    let heard = Arc::new(Heard::default());
    let options = GatesOptions { field_manager: field_manager(package), ..GatesOptions::default() };
    let cluster: Arc<dyn Cluster> = it.clone();
    let result = run(
        program,
        Entry {
            function: key(package, function),
            arguments: arguments
                .iter()
                .map(|(name, value)| (Some((*name).into()), Value::string(value)))
                .collect(),
            selection: None,
        },
        RunOptions {
            gates: Some(Arc::new(ClusterGates::new(cluster, options))),
            observer: heard.clone(),
            ..RunOptions::default()
        },
    );
    Ran {
        outcome: result.outcome,
        output: heard.output.lock().unwrap().clone(),
        progress: heard.progress.lock().unwrap().clone(),
    }
}

/// Runs the body of a function `Main`.
pub(crate) fn main(it: &Arc<Sandbox>, body: &str) -> Ran {
    play(it, "case", &format!("Main() {{\n{body}\n}}\n"), "Main", &[])
}

pub(crate) fn fresh() -> Arc<Sandbox> {
    Sandbox::new(Schema::builtin())
}

const COCKROACHDB: &str = include_str!("../../../examples/cockroachdb/cockroachdb.ko");
const GUESTBOOK: &str = include_str!("../../../examples/guestbook/guestbook.ko");

/// The versions of all objects in the sandbox.
fn versions(it: &Sandbox) -> Vec<u64> {
    let saved: serde_json::Value = serde_json::from_slice(&it.save()).unwrap();
    let objects = saved["objects"].as_array().unwrap().iter();
    objects.map(|it| text(&it["object"], "/metadata/resourceVersion").parse().unwrap()).collect()
}

async fn names_in(it: &Sandbox, namespace: &str, gv: &str, kind: &str) -> Vec<String> {
    let selection = Selection { namespace: Some(namespace.to_owned()), ..selection("") };
    let list = it.list(&resource(gv, kind), &selection).await.unwrap();
    list.items.iter().map(|it| text(it, "/metadata/name").to_owned()).collect()
}

#[tokio::test]
async fn cockroachdb_starts_and_stops_twice() {
    let it = fresh();
    let go = |function: &str| play(&it, "cockroachdb", COCKROACHDB, function, &[("ns", "demo")]);

    let started = go("StartCockroachDB");
    expect![[r#"(namespace: "demo", sqlService: "cockroachdb-public", sqlPort: 26257, pods: 3, readyReplicas: 3)"#]].assert_eq(&started.value());
    expect![[r#"
        0 of 3 pods Running
        0 of 3 pods Running (cockroachdb-0: is pending)
        1 of 3 pods Running (cockroachdb-1: is pending)
        2 of 3 pods Running (cockroachdb-2: is pending)
        cockroachdb-init: 0 of 1 pods have succeeded
        cockroachdb-init: 1 of 1 pods have succeeded
        cockroachdb: 0 of 3 pods are ready"#]]
    .assert_eq(&started.progress.join("\n"));
    let before = versions(&it);
    let again = go("StartCockroachDB");
    assert_eq!(again.value(), started.value());
    assert_eq!(versions(&it), before, "the second start changes nothing");

    let stopped = go("StopCockroachDB");
    expect!["(statefulSets: 1, jobs: 1, pods: 4, services: 2, podDisruptionBudgets: 1)"]
        .assert_eq(&stopped.value());
    let stopped = go("StopCockroachDB");
    expect!["(statefulSets: 0, jobs: 0, pods: 0, services: 0, podDisruptionBudgets: 0)"]
        .assert_eq(&stopped.value());
    for (gv, kind) in [
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "Pod"),
        ("v1", "Service"),
        ("policy/v1", "PodDisruptionBudget"),
    ] {
        assert!(names_in(&it, "demo", gv, kind).await.is_empty(), "{kind} left");
    }
    assert_eq!(
        names_in(&it, "demo", "v1", "PersistentVolumeClaim").await,
        ["datadir-cockroachdb-0", "datadir-cockroachdb-1", "datadir-cockroachdb-2"]
    );
    assert!(get(&it, "v1", "Namespace", "demo").await.is_ok());

    // And the same data is found again.
    assert_eq!(go("StartCockroachDB").value(), started.value());
}

#[test]
fn guestbook_starts_and_stops_twice() {
    let it = fresh();
    let go = |function: &str| play(&it, "guestbook", GUESTBOOK, function, &[]);
    let first = go("StopGuestbook");
    assert_eq!(go("StopGuestbook").value(), first.value());
    let started = go("StartGuestbook").value();
    let before = versions(&it);
    assert_eq!(go("StartGuestbook").value(), started);
    assert_eq!(versions(&it), before);
    assert_eq!(go("StopGuestbook").value(), first.value());
    assert_eq!(go("StopGuestbook").value(), first.value());
}

#[test]
fn virtual_time_takes_no_real_time() {
    let program = link("cockroachdb", COCKROACHDB, "StartCockroachDB");
    let started = Instant::now();
    let it = fresh();
    let made = started.elapsed();
    let cluster: Arc<dyn Cluster> = it.clone();
    let entry = Entry {
        function: key("cockroachdb", "StartCockroachDB"),
        arguments: vec![(Some("ns".into()), Value::string("demo"))],
        selection: None,
    };
    let gates = Arc::new(ClusterGates::new(cluster, GatesOptions::default()));
    let started = Instant::now();
    let result = run(program, entry, RunOptions { gates: Some(gates), ..RunOptions::default() });
    let ran = started.elapsed();
    result.outcome.unwrap();
    // The budgets are 50 and 100 ms; a debug build on a busy machine gets more.
    assert!(made.as_millis() < 500 && ran.as_millis() < 1500, "{made:?} {ran:?}");
}

const NS: &str = "CreateNamespace(namespace: \"demo\")";

#[test]
fn sleeping_takes_virtual_time() {
    let it = fresh();
    let before = it.now();
    let source = "import \"time\"\nMain() { return: time.Sleep(time.Hour(24)) }\n";
    // In real time it would take a day.
    assert_eq!(play(&it, "case", source, "Main", &[]).value(), "86400000000000");
    assert!(it.now() - before >= Duration::from_secs(86_400));
}

fn refused(ran: &Ran, expected: Expect) {
    let failure = ran.failure();
    let FailureKind::Panic(value) = &failure.kind else { panic!("no panic: {failure}") };
    let reason = value.path(&["k8s", "reason"]).as_str().unwrap();
    expected.assert_eq(&format!("{reason}: {}", failure.message));
}

#[test]
fn creation_can_be_repeated_but_does_not_overwrite() {
    let it = fresh();
    main(&it, &format!("return: {NS}")).value();
    let create = |value: &str, more: &str| {
        let object = format!("(metadata: (name: \"web\"), data: (k: \"{value}\"))");
        main(
            &it,
            &format!("return: CreateConfigMap(namespace: \"demo\", configMap: {object}{more})"),
        )
    };
    let version =
        |it: &Value| it.path(&["metadata", "resourceVersion"]).as_str().unwrap().to_owned();
    let first = create("1", "").outcome.unwrap();
    let second = create("1", "");
    assert_eq!(second.progress, ["web exists and is as wanted"]);
    assert_eq!(version(second.outcome.as_ref().unwrap()), version(&first));
    refused(
        &create("2", ""),
        expect![[
            r#"AlreadyExists: CreateConfigMap web in demo: a ConfigMap of this name exists and differs (data.k: "1" → "2"); use ApplyConfigMap to change it, or `ifExists: "reuse"` to take it as it is"#
        ]],
    );
    refused(
        &create("2", ", ifExists: \"fail\""),
        expect![[r#"AlreadyExists: CreateConfigMap web in demo: configmaps "web" already exists"#]],
    );
    let data = |it: Ran| it.outcome.unwrap().path(&["data", "k"]).as_str().unwrap().to_owned();
    assert_eq!(data(create("2", ", ifExists: \"reuse\"")), "1");
    assert_eq!(data(create("2", ", ifExists: \"apply\"")), "2");
    let job = |image: &str| {
        let containers = format!("(name: \"a\", image: \"{image}\")");
        let template = format!("(spec: (restartPolicy: \"Never\", containers: {containers}))");
        main(
            &it,
            &format!(
                "return: CreateJob(namespace: \"demo\", job: (metadata: (name: \"j\"), spec: (template: {template})))"
            ),
        )
    };
    job("a:1").value();
    refused(
        &job("a:2"),
        expect![
            "AlreadyExists: CreateJob j in demo: a Job of this name exists and differs in what cannot be changed (spec.template); delete it first"
        ],
    );
}

#[test]
fn refusals_say_where_and_why() {
    let it = fresh();
    refused(
        &main(&it, "return: CreateConfigMap(namespace: \"nope\", configMap: \"a\")"),
        expect![[r#"NotFound: CreateConfigMap a in nope: namespaces "nope" not found"#]],
    );
    refused(
        &main(&it, "return: GetPod(namespace: \"default\", name: \"x\")"),
        expect![[r#"NotFound: GetPod x in default: pods "x" not found"#]],
    );
    assert_eq!(main(&it, "return: FindPod(namespace: \"default\", name: \"x\")").value(), "empty");
    let failure = main(
        &it,
        "return: ListPodsByLabelSelector(namespace: \"default\", labelSelector: \"a b\")",
    );
    refused(
        &failure,
        expect![[
            r#"BadRequest: ListPodsByLabelSelector in default: unable to parse requirement: unexpected requirement (in the label selector "a b")"#
        ]],
    );
}

#[test]
fn lists_feed_deletions_found_or_empty() {
    let it = fresh();
    let body = r#"
	made: CreateNamespace(namespace: "demo")
	a: CreateConfigMap(namespace: "demo", configMap: (metadata: (name: "a", labels: (app: "x"))), after: made)
	b: CreateConfigMap(namespace: "demo", configMap: (metadata: (name: "b", labels: (app: "x"))), after: made)
	found: ListConfigMapsByLabelSelector(namespace: "demo", labelSelector: "app=x", after_: (a: a, b: b))
	deleted: DeleteConfigMaps(namespace: "demo", configMaps: found)
	left: ListConfigMapsByLabelSelector(namespace: "demo", labelSelector: "app=x", after: deleted)
	again: DeleteConfigMaps(namespace: "demo", configMaps: left)
	gone: DeleteConfigMap(namespace: "demo", name: "a", after: again)
	done: (after_: gone, msg: (deleted: Len(deleted), again: Len(again)))
	return: Show(done.msg)
"#;
    let ran = main(&it, body);
    ran.value();
    expect![[r#"
        (deleted: 2, again: 0)
    "#]]
    .assert_eq(&ran.output);
}

#[test]
fn waits_say_how_far_they_are_and_give_up() {
    let it = fresh();
    main(&it, &format!("return: {NS}")).value();
    let deployment = |annotations: &str| {
        format!(
            r#"
	web: CreateDeployment(namespace: "demo", deployment: (
		metadata: (name: "web")
		spec: (
			replicas: 2
			selector: (matchLabels: (app: "web"))
			template: (
				metadata: (labels: (app: "web"){annotations})
				spec: (containers: (name: "web", image: "nginx:1"))
			)
		)
	))
"#
        )
    };
    let noted = deployment(", annotations: (note: \"x\")");
    let ran = main(
        &it,
        &format!(
            "{noted}\n\treturn: WaitForDeployment(namespace: \"demo\", name: web.metadata.name, condition: \"Ready\")"
        ),
    );
    let value = ran.outcome.as_ref().unwrap();
    assert_eq!(value.path(&["status", "availableReplicas"]).as_int(), Some(2));
    expect![[r#"
        web: is not yet taken up
        web: 0 of 2 pods are up to date
        web: 0 of 2 pods are available"#]]
    .assert_eq(&ran.progress.join("\n"));
    let scaled =
        main(&it, "return: ScaleDeployment(namespace: \"demo\", name: \"web\", replicas: 3)");
    assert_eq!(scaled.outcome.unwrap().path(&["spec", "replicas"]).as_int(), Some(3));
    let pods = main(
        &it,
        "return: WaitForPodsByLabelSelector(namespace: \"demo\", labelSelector: \"app=web\", condition: \"Ready\", count: 3)",
    );
    assert_eq!(pods.outcome.unwrap().elements().len(), 3);

    let late = main(
        &it,
        "return: WaitForPod(namespace: \"demo\", name: \"nobody\", condition: \"Ready\", timeout: \"90s\")",
    );
    refused(
        &late,
        expect![
            "Timeout: WaitForPod nobody in demo: not Ready after 1m30s: nobody: does not exist"
        ],
    );
    let failing = r#"
	bad: CreateJob(namespace: "demo", job: (
		metadata: (name: "bad")
		spec: (
			backoffLimit: 0
			template: (
				metadata: (annotations: (key: "ko.test/exit-code", value: "3"))
				spec: (restartPolicy: "Never", containers: (name: "a", image: "b:1"))
			)
		)
	))
	return: WaitForJob(namespace: "demo", name: bad.metadata.name, condition: "Complete")
"#;
    refused(
        &main(&it, failing),
        expect![
            "Failed: WaitForJob bad in demo: will not become Complete: bad: has failed (BackoffLimitExceeded: Job has reached the specified backoff limit)"
        ],
    );
}

#[test]
fn applying_takes_no_fields_from_others_but_our_own() {
    let it = fresh();
    main(&it, &format!("return: {NS}")).value();
    let config = |gate: &str, value: &str| {
        main(
            &it,
            &format!(
                "return: {gate}(namespace: \"demo\", configMap: (metadata: (name: \"a\"), data: (k: \"{value}\")))"
            ),
        )
    };
    config("CreateConfigMap", "1").value();
    let applied = config("ApplyConfigMap", "2").outcome.unwrap();
    assert_eq!(applied.path(&["data", "k"]).as_str(), Some("2"));
    let source = "Main() { return: ApplyConfigMap(namespace: \"demo\", configMap: (metadata: (name: \"a\"), data: (k: \"3\"))) }";
    let other = play(&it, "other", source, "Main", &[]);
    refused(
        &other,
        expect![[
            r#"Conflict: ApplyConfigMap a in demo: Apply failed with 1 conflict: conflict with "ko:case": .data.k; `force: true` takes the fields over"#
        ]],
    );
    let patched = main(
        &it,
        "return: PatchConfigMap(namespace: \"demo\", name: \"a\", patch: (data: (l: \"4\")))",
    );
    assert_eq!(patched.outcome.unwrap().path(&["data", "l"]).as_str(), Some("4"));
}

#[test]
fn mistakes_in_arguments_are_errors() {
    let it = fresh();
    main(&it, "return: DeletePods(namespace: \"default\", pods: ())").value();
    // The checker finds most of these; values that only the run knows are left.
    let soon =
        "Main(time) { return: WaitForPod(namespace: \"default\", name: \"a\", timeout: time) }";
    let ran = play(&it, "case", soon, "Main", &[("time", "soon")]);
    expect![[r#"WaitForPod: the argument `timeout` is "soon"; write a length of time such as "90s", "5m" or "1h30m""#]].assert_eq(&ran.failure().message);
    let ran = play(&it, "case", soon, "Main", &[]);
    expect![[r#"Err("WaitForPod a in default: not Ready after 5m: a: does not exist")"#]]
        .assert_eq(&format!("{:?}", ran.outcome.map_err(|it| it.message)));
    let nameless = "Main(name?) { return: CreateConfigMap(namespace: \"default\", configMap: (metadata: (name: name))) }";
    expect!["CreateConfigMap: `configMap` has no name: give it `metadata: (name: …)`"]
        .assert_eq(&play(&it, "case", nameless, "Main", &[]).failure().message);
    let anywhere = "Main(ns?) { return: ListPods(namespace: ns) }";
    expect!["ListPods: the argument `namespace` is Empty; leave it out to look in all namespaces"]
        .assert_eq(&play(&it, "case", anywhere, "Main", &[]).failure().message);
    let all = "Main(labels?) { return: ListPodsByLabelSelector(namespace: \"default\", labelSelector: labels) }";
    expect!["ListPodsByLabelSelector: the argument `labelSelector` is Empty"]
        .assert_eq(&play(&it, "case", all, "Main", &[]).failure().message);
    let body = r#"
	made: CreateConfigMap(namespace: "default", configMap: "a")
	return: DeleteConfigMaps(namespace: "kube-system", configMaps: made)
"#;
    expect![[r#"DeleteConfigMaps: the argument `namespace` is "kube-system", but the ConfigMap "a" is in "default""#]].assert_eq(&main(&it, body).failure().message);
}

#[test]
fn parallel_steps_share_the_clock() {
    let it = fresh();
    let source = format!(
        "{COCKROACHDB}
Both() {{
	a: StartCockroachDB(ns: \"a\")
	b: StartCockroachDB(ns: \"b\")
	return: (a: a.readyReplicas, b: b.readyReplicas)
}}

Main() {{
	return: Parallel(Both)
}}
"
    );
    let started = Instant::now();
    assert_eq!(play(&it, "cockroachdb", &source, "Main", &[]).value(), "(a: 3, b: 3)");
    assert!(started.elapsed().as_secs() < 20, "virtual time took real time");
    assert!(it.now().as_secs() < 120, "{:?} for two roll-outs at once", it.now());
}

#[test]
fn what_is_gone_or_replaced_is_as_good_as_deleted() {
    let it = fresh();
    let body = r#"
	first: CreateConfigMap(namespace: "default", configMap: "a")
	deleted: DeleteConfigMap(namespace: "default", name: "a", after: first)
	gone: DeleteConfigMaps(namespace: "default", configMaps: first, after: deleted)
	second: CreateConfigMap(namespace: "default", configMap: "a", after: gone)
	other: DeleteConfigMaps(namespace: "default", configMaps: first, after: second)
	still: GetConfigMap(namespace: "default", name: "a", after: other)
	return: (deleted: deleted, gone: gone, other: other, same: Equal(still.metadata.uid, second.metadata.uid))
"#;
    let value = main(&it, body).outcome.unwrap();
    let outcome =
        |name: &str| value.field(name).elements()[0].field("outcome").as_str().unwrap().to_owned();
    assert_eq!(
        [outcome("deleted"), outcome("gone"), outcome("other")],
        ["deleted", "gone", "gone"]
    );
    assert_eq!(value.field("same").as_bool(), Some(true));
}

#[tokio::test]
async fn creation_waits_for_what_is_still_going() {
    let it = fresh();
    let pod = r#"return: CreatePod(namespace: "demo", pod: (metadata: (name: "p"), spec: (containers: (name: "a", image: "b:1"))))"#;
    main(&it, &format!("return: {NS}")).value();
    let first = main(&it, pod).outcome.unwrap();
    main(&it, "return: WaitForPod(namespace: \"demo\", name: \"p\")").value();
    crate::support::delete(&it, "v1", "Pod", "p", None).await.unwrap();
    let again = main(&it, pod);
    assert_eq!(again.progress[0], "waiting for the old p to go");
    let again = again.outcome.unwrap();
    let uid = |it: &Value| it.path(&["metadata", "uid"]).as_str().unwrap().to_owned();
    assert_ne!(uid(&first), uid(&again));

    // A namespace on its way out takes nothing new; when it is gone, it must be made again first.
    main(&it, "return: WaitForPod(namespace: \"demo\", name: \"p\")").value();
    crate::support::delete(&it, "v1", "Namespace", "demo", None).await.unwrap();
    let refusal = main(&it, "return: CreateConfigMap(namespace: \"demo\", configMap: \"a\")");
    assert_eq!(refusal.progress[0], "waiting for the old namespace demo to go");
    refused(
        &refusal,
        expect![[r#"NotFound: CreateConfigMap a in demo: namespaces "demo" not found"#]],
    );
    main(&it, &format!("return: {NS}")).value();
    main(&it, pod).value();
    main(&it, "return: WaitForPod(namespace: \"demo\", name: \"p\")").value();
    crate::support::delete(&it, "v1", "Namespace", "demo", None).await.unwrap();
    let made = main(&it, &format!("return: {NS}"));
    assert_eq!(made.progress[0], "waiting for the old demo to go");
    assert_eq!(made.outcome.unwrap().path(&["status", "phase"]).as_str(), Some("Active"));
}

/// Gates that call functions of the program: with what a gate gives them, and with gates of their own.
const FUNCTIONS: &str = r#"
Go() {
	ns: CreateNamespace(namespace: "t")
	d: CreateDeployment(
		namespace: "t"
		deployment: (
			metadata: (name: "d")
			spec: (
				replicas: 2
				selector: (matchLabels: (a: "b"))
				template: (metadata: (labels: (a: "b")), spec: (containers: (name: "c", image: "i")))
			)
		)
		after_: ns
	)
	w: WaitForDeployment(namespace: "t", name: d.metadata.name, until: allReady)
	p: WaitForPodsByLabelSelector(
		namespace: "t"
		labelSelector: "a=b"
		count: 2
		until: running
		after_: w
	)
	u: UpdateDeployment(namespace: "t", name: "d", with: scaled[n: 5], after_: p)
	return: (ready: w.status.readyReplicas, pods: Len(p), replicas: u.spec.replicas)
}

allReady(d?) {
	again: GetDeployment(namespace: "t", name: d.metadata.name)
	return: Equal(Pick(either: again.status.readyReplicas, or: 0), 2)
}

running(p?) { return: Equal(p.status.phase, "Running") }

scaled(d?, n) {
	return: (spec: (replicas: n, selector: d.spec.selector, template: d.spec.template))
}

Never() {
	ns: CreateNamespace(namespace: "t")
	return: WaitForNamespace(name: "t", until: never, timeout: "10s", after_: ns)
}

never(object?) { return: Not(Have(object)) }

Wrong() {
	ns: CreateNamespace(namespace: "t")
	return: WaitForNamespace(name: "t", until: Return, after_: ns)
}

Angry() {
	ns: CreateNamespace(namespace: "t")
	return: Recover(invoke: WaitForNamespace[name: "t", until: Panic, after_: ns], panic: caught)
}

caught(value?) { return: value.metadata.name }
"#;

#[tokio::test]
async fn gates_call_the_functions_that_they_are_given() {
    let go = |function: &str| play(&fresh(), "case", FUNCTIONS, function, &[]);
    let went = go("Go");
    assert_eq!(went.value(), "(ready: 2, pods: 2, replicas: 5)");
    assert!(went.progress.iter().any(|it| it == "d: `until` says false"), "{:?}", went.progress);

    let never = go("Never");
    let message = &never.failure().message;
    assert!(message.contains("not what `until` asks for after 10s"), "{message}");
    let wrong = go("Wrong");
    let message = &wrong.failure().message;
    assert!(message.contains("`until` must be a function that returns a Bool"), "{message}");
    assert_eq!(go("Angry").value(), "\"t\"", "a panic of the function is the program's to catch");
}

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;

fn items(text: &str) -> Vec<CompletionItem> {
    items_of(&Fixture::new(text))
}

fn items_of(fixture: &Fixture) -> Vec<CompletionItem> {
    let config = CompletionConfig { limit: 5000, ..CompletionConfig::default() };
    let list = completion(&fixture.db, fixture.position(), config);
    list.map(|it| it.items).unwrap_or_default()
}

/// The items of the given kinds, in order, at most 12.
fn check(text: &str, kinds: &[CompletionKind], expect: Expect) {
    let mut shown = String::new();
    for item in items(text).iter().filter(|it| kinds.contains(&it.kind)).take(12) {
        let parts = [item.signature.as_deref(), item.description.as_deref()];
        let detail = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        shown.push_str(&format!("{} | {} | {detail}\n", item.label, item.insert));
    }
    expect.assert_eq(&shown);
}

fn labels(text: &str) -> Vec<String> {
    items(text).into_iter().map(|it| it.label).collect()
}

use CompletionKind::*;

#[test]
fn arguments_of_a_gate_required_first() {
    check(
        "F(ns) { return: CreateStatefulSet($0) }",
        &[Argument],
        expect![[r#"
            namespace | namespace:  | String (required)
            statefulSet | statefulSet: ($0) | StatefulSet (required)
            ifExists | ifExists:  | "fail" | "reuse" | "apply"
            timeout | timeout:  | Duration = 5m
            after_ | after_:  | waits for a value without using it
        "#]],
    );
    check(
        "F(ns) { return: CreateStatefulSet(namespace: ns, $0) }",
        &[Argument],
        expect![[r#"
            statefulSet | statefulSet: ($0) | StatefulSet (required)
            ifExists | ifExists:  | "fail" | "reuse" | "apply"
            timeout | timeout:  | Duration = 5m
            after_ | after_:  | waits for a value without using it
        "#]],
    );
}

#[test]
fn fields_inside_an_unfinished_structure() {
    check(
        "F(ns) {\n  return: CreateStatefulSet(\n    namespace: ns\n    statefulSet: (\n      spec: ($0",
        &[Field],
        expect![[r#"
            selector | selector: ($0) | LabelSelector (required)
            template | template: ($0) | PodTemplateSpec (required)
            minReadySeconds | minReadySeconds:  | Int32
            ordinals | ordinals: ($0) | StatefulSetOrdinals
            persistentVolumeClaimRetentionPolicy | persistentVolumeClaimRetentionPolicy: ($0) | StatefulSetPersistentVolumeClaimRetentionPolicy
            podManagementPolicy | podManagementPolicy:  | "OrderedReady" | "Parallel"
            replicas | replicas:  | Int32
            revisionHistoryLimit | revisionHistoryLimit:  | Int32
            serviceName | serviceName:  | String
            updateStrategy | updateStrategy: ($0) | StatefulSetUpdateStrategy
            volumeClaimTemplates | volumeClaimTemplates: ($0) | (PersistentVolumeClaim)
        "#]],
    );
    check(
        "F(ns) {\n  return: CreateStatefulSet(\n    namespace: ns\n    statefulSet: (\n      spec: (\n        replicas: 3\n        pod$0\n      )\n    )\n  )\n}",
        &[Field],
        expect![[r#"
            podManagementPolicy | podManagementPolicy:  | "OrderedReady" | "Parallel"
        "#]],
    );
}

#[test]
fn a_bare_word_on_its_own_line_of_a_labelled_list() {
    let text = "F(ns) {\n  return: CreateService(\n    namespace: ns\n    service: (\n      metadata: (name: \"a\")\n      sp$0\n    )\n  )\n}";
    check(
        text,
        &[Field],
        expect![[r#"
        spec | spec: ($0) | ServiceSpec
    "#]],
    );
    let text = "F(ns) {\n  return: CreateService(\n    namespace: ns\n    ser$0\n    timeout: \"5m\"\n  )\n}";
    check(
        text,
        &[Argument, Label],
        expect![[r#"
            service | service: ($0) | Service (required)
        "#]],
    );
}

#[test]
fn fields_of_the_stateful_set_of_the_example() {
    let text = include_str!("../../../examples/cockroachdb/cockroachdb.ko");
    let place = "serviceName: \"cockroachdb\"\n";
    assert_eq!(text.matches(place).count(), 1);
    // As if the line had just been begun.
    let text = text.replace(place, &format!("{place}\t\t\t\tminR$0\n"));
    let fields = items(&text);
    let fields: Vec<_> = fields.iter().filter(|it| it.kind == Field).map(|it| &it.label).collect();
    assert!(fields.iter().any(|it| *it == "minReadySeconds"), "{fields:?}");
    assert!(!fields.iter().any(|it| *it == "serviceName" || *it == "template"), "{fields:?}");
    assert!(items(&text).iter().all(|it| it.kind == Field), "names only: values do not fit here");
}

#[test]
fn fields_of_elements_of_lists() {
    let text = "F() { return: CreatePod(pod: (spec: (containers: ((name: \"a\"), ($0))))) }";
    check(
        text,
        &[Field],
        expect![[r#"
        name | name:  | String (required)
        args | args:  | (String)
        command | command:  | (String)
        env | env: ($0) | (EnvVar)
        envFrom | envFrom: ($0) | (EnvFromSource)
        image | image:  | String
        imagePullPolicy | imagePullPolicy:  | "Always" | "IfNotPresent" | "Never"
        lifecycle | lifecycle: ($0) | Lifecycle
        livenessProbe | livenessProbe: ($0) | Probe
        ports | ports: ($0) | (ContainerPort)
        readinessProbe | readinessProbe: ($0) | Probe
        resizePolicy | resizePolicy: ($0) | (ContainerResizePolicy)
    "#]],
    );
    let text = "F() { return: CreatePod(pod: (spec: (containers: (name: \"a\", env: ($0))))) }";
    check(
        text,
        &[Field],
        expect![[r#"
        name | name:  | String (required)
        value | value:  | String
        valueFrom | valueFrom: ($0) | EnvVarSource
    "#]],
    );
}

#[test]
fn allowed_texts() {
    let text = "F() { return: CreateStatefulSet(statefulSet: (spec: (podManagementPolicy: $0))) }";
    check(
        text,
        &[EnumValue],
        expect![[r#"
        "OrderedReady" | "OrderedReady" | "OrderedReady" | "Parallel"
        "Parallel" | "Parallel" | "OrderedReady" | "Parallel"
    "#]],
    );
    let text =
        "F() { return: CreateStatefulSet(statefulSet: (spec: (podManagementPolicy: \"Pa$0\"))) }";
    check(
        text,
        &[EnumValue, Function],
        expect![[r#"
            Parallel | Parallel | "OrderedReady" | "Parallel"
            OrderedReady | OrderedReady | "OrderedReady" | "Parallel"
        "#]],
    );
    let text = "F() { return: CreateStatefulSet(statefulSet: (spec: (podManagementPolicy: \"$0\n";
    check(
        text,
        &[EnumValue],
        expect![[r#"
        OrderedReady | OrderedReady | "OrderedReady" | "Parallel"
        Parallel | Parallel | "OrderedReady" | "Parallel"
    "#]],
    );
    check(
        "F() { return: WaitForJob(condition: \"$0\") }",
        &[EnumValue],
        expect![[r#"
        Complete | Complete | Condition
        Failed | Failed | Condition
        Suspended | Suspended | Condition
        Exists | Exists | Condition
        Deleted | Deleted | Condition
    "#]],
    );
    check(
        "F() { return: WaitForJob(condition: $0) }",
        &[EnumValue],
        expect![[r#"
        "Complete" | "Complete" | Condition
        "Failed" | "Failed" | Condition
        "Suspended" | "Suspended" | Condition
        "Exists" | "Exists" | Condition
        "Deleted" | "Deleted" | Condition
    "#]],
    );
    check(
        "F() { return: ListPods(fieldSelector: \"$0\") }",
        &[EnumValue],
        expect![[r#"
        metadata.name= | metadata.name= | String
        metadata.namespace= | metadata.namespace= | String
        spec.hostNetwork= | spec.hostNetwork= | String
        spec.nodeName= | spec.nodeName= | String
        spec.restartPolicy= | spec.restartPolicy= | String
        spec.schedulerName= | spec.schedulerName= | String
        spec.serviceAccountName= | spec.serviceAccountName= | String
        status.nominatedNodeName= | status.nominatedNodeName= | String
        status.phase= | status.phase= | String
        status.podIP= | status.podIP= | String
    "#]],
    );
    check(
        "F() { return: ApplyPod(force: $0) }",
        &[EnumValue],
        expect![[r#"
            true | true | Bool
            false | false | Bool
        "#]],
    );
}

#[test]
fn values_in_scope() {
    let text =
        "import \"lib/x\"\nhelp(a) { return: a }\nF(ns?, n) {\n  one: 1\n  two: $0\n  return: 2\n}";
    check(
        text,
        &[Parameter, Label, Function, Module],
        expect![[r#"
            ns | ns | 
            n | n | 
            one | one | Int64
            F | F(ns: ${1:ns}, n: ${2:n})$0 | (ns?, n)
            help | help(a: ${1:a})$0 | (a)
            x | x | lib/x
            Branch | Branch(if: ${1:if}, then: ${2:then}, else: ${3:else})$0 | (if, then, else)
            Empty | Empty() | ()
            Expect | Expect(${1:value})$0 | (value?)
            Have | Have(${1:value})$0 | (value?)
            Inc | Inc(${1:number})$0 | (number?)
            Invoke | Invoke(${1:variety})$0 | (variety?)
        "#]],
    );
    let all = labels(text);
    for name in ["Len", "Pick", "CreateService", "DeletePods"] {
        assert!(all.iter().any(|it| it == name), "{name}");
    }
    assert!(!all.iter().any(|it| it == "two"), "a step cannot use itself");
    assert!(!all.iter().any(|it| it == "return"));
}

#[test]
fn steps_need_labels() {
    let text = "F(ns) {\n  a: 1\n  CreateSer$0\n}";
    let gate = items(text).into_iter().find(|it| it.label == "CreateService").unwrap();
    assert_eq!(
        gate.insert,
        "${1:service}: CreateService(namespace: ${2:namespace}, service: ($3))$0"
    );
    let fixture = Fixture::new(text);
    let list = completion(&fixture.db, fixture.position(), CompletionConfig::default()).unwrap();
    assert_eq!(list.range, fixture.find("CreateSer"));
}

#[test]
fn functions_of_a_package() {
    let fixture = Fixture::with(
        "import \"lib/x\"\nF() { return: x.$0 }",
        &[("lib/x", "x.ko", "Help(a?) { return: a }")],
    );
    let items = items_of(&fixture);
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].label.as_str(), items[0].insert.as_str()), ("Help", "Help(${1:a})$0"));

    let text = "import \"k8s/apps/v1\" as apps\nF() { return: apps.CreateD$0 }";
    let all = labels(text);
    assert!(all.contains(&"CreateDeployment".to_owned()), "{all:?}");
    assert!(!all.contains(&"CreatePod".to_owned()));
}

#[test]
fn paths_of_imports() {
    let fixture = Fixture::with("import \"$0\"", &[("lib/x", "x.ko", "")]);
    let items = items_of(&fixture);
    let labels: Vec<_> = items.iter().map(|it| it.label.as_str()).collect();
    for path in ["lib/x", "integer", "k8s/apps/v1"] {
        assert!(labels.contains(&path), "{path} in {labels:?}");
    }
    assert!(!labels.contains(&"app"), "a package need not import itself");
}

#[test]
fn nothing_where_nothing_fits() {
    assert!(labels("F() { return: 1 // x$0\n}").is_empty());
    assert!(labels("F() { return: 12$0 }").is_empty());
    assert!(labels("F() { return: \"a$0\" }").is_empty());
    assert!(labels("F() { return: G() $0}").is_empty());
    assert_eq!(labels("$0"), ["function", "import"]);
    assert_eq!(labels("im$0\nF() { return: 1 }"), ["import"]);
}

#[test]
fn documentation_is_found_later() {
    let fixture =
        Fixture::new("// Doc.\nF() { return: CreateStatefulSet(statefulSet: (spec: ($0))) }");
    let items = items_of(&fixture);
    let replicas = items.iter().find(|it| it.label == "replicas").unwrap();
    let doc = resolve_completion(&fixture.db, replicas.data.as_deref().unwrap()).unwrap();
    assert!(doc.contains("desired number of replicas"), "{doc}");
    let with_doc = |label: &str| {
        let item = items.iter().find(|it| it.label == label).unwrap();
        resolve_completion(&fixture.db, item.data.as_deref().unwrap()).unwrap()
    };
    assert!(with_doc("F").contains("Doc."));
    assert!(with_doc("Len").contains("Len"));
    assert!(with_doc("CreateService").contains("k8s/core/v1"));
    assert_eq!(resolve_completion(&fixture.db, "nonsense"), None);
}

#[test]
fn fields_of_values() {
    let set = "set: CreateStatefulSet(namespace: ns, statefulSet: (metadata: (name: \"a\")))";
    let text = format!("F(ns) {{\n  {set}\n  return: set.$0\n}}");
    check(
        &text,
        &[Field],
        expect![[r#"
        apiVersion | apiVersion | String
        kind | kind | String
        metadata | metadata | ObjectMeta
        spec | spec | *StatefulSetSpec
        status | status | *StatefulSetStatus
    "#]],
    );
    let text = format!("F(ns) {{\n  {set}\n  return: G(a: set.status.rea$0, b: 1)\n}}");
    check(
        &text,
        &[Field],
        expect![[r#"
            readyReplicas | readyReplicas | *Int64
            replicas | replicas | Int64
            availableReplicas | availableReplicas | *Int64
            currentReplicas | currentReplicas | *Int64
            observedGeneration | observedGeneration | *Int64
            updatedReplicas | updatedReplicas | *Int64
        "#]],
    );
    check(
        "F() { x: (a: 1, b: \"c\"), return: x.$0 }",
        &[Field],
        expect![[r#"
        a | a | Int64
        b | b | String
    "#]],
    );
    check(
        "F() { return: GetPod(name: \"x\").metadata.$0 }",
        &[Field],
        expect![[r#"
            creationTimestamp | creationTimestamp | String
            name | name | String
            namespace | namespace | String
            resourceVersion | resourceVersion | String
            uid | uid | String
            annotations | annotations | *Map<String:String>
            deletionGracePeriodSeconds | deletionGracePeriodSeconds | *Int64
            deletionTimestamp | deletionTimestamp | *String
            finalizers | finalizers | (String)
            generateName | generateName | *String
            generation | generation | *Int64
            labels | labels | *Map<String:String>
        "#]],
    );
    check(
        "help() { return: (one: 1) }\nF() { return: help().$0 }",
        &[Field],
        expect![[r#"
        one | one | Int64
    "#]],
    );
}

#[test]
fn fields_in_a_function_that_makes_a_part_of_an_object() {
    let text = "F() { return: CreatePod(namespace: \"a\", pod: (spec: podSpec())) }\npodSpec() {\n  return: (\n    cont$0\n    restartPolicy: \"Never\"\n  )\n}";
    check(
        text,
        &[Field],
        expect![[r#"
            containers | containers: ($0) | (Container) (required)
            ephemeralContainers | ephemeralContainers: ($0) | (EphemeralContainer)
            initContainers | initContainers: ($0) | (Container)
            securityContext | securityContext: ($0) | PodSecurityContext
            automountServiceAccountToken | automountServiceAccountToken:  | Bool
            serviceAccount | serviceAccount:  | String
            serviceAccountName | serviceAccountName:  | String
            topologySpreadConstraints | topologySpreadConstraints: ($0) | (TopologySpreadConstraint)
        "#]],
    );
    let text = "F() {\n  spec: (restartPolicy: $0)\n  return: CreatePod(namespace: \"a\", pod: (spec: spec))\n}";
    check(
        text,
        &[EnumValue],
        expect![[r#"
        "Always" | "Always" | "Always" | "Never" | "OnFailure"
        "Never" | "Never" | "Always" | "Never" | "OnFailure"
        "OnFailure" | "OnFailure" | "Always" | "Never" | "OnFailure"
    "#]],
    );
}

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;

fn check(text: &str, expect: Expect) {
    let fixture = Fixture::new(text);
    let shown = match hover(&fixture.db, fixture.position()) {
        Some(hover) => format!("{}\n---\n{}", fixture.slice(hover.range), hover.markdown),
        None => "nothing".to_owned(),
    };
    expect.assert_eq(&shown);
}

#[test]
fn gates() {
    check(
        "F(ns) { return: Create$0StatefulSet(namespace: ns) }",
        expect![[r#"
            CreateStatefulSet
            ---
            ```ko
            CreateStatefulSet(namespace, statefulSet, ifExists?, timeout?)
              k8s/apps/v1 · write · needs create statefulsets.apps
              namespace     String
              statefulSet   StatefulSet
              ifExists?     "fail" | "reuse" | "apply"
              timeout?      Duration = 5m
              returns       StatefulSet
            ```

            **StatefulSet** · group `apps` · version `v1` · in a namespace · write

            Creates a StatefulSet and returns it as the server stored it. One that is there already and would not change is returned as it is.

            - `namespace`: The namespace to work in.
            - `statefulSet`: The object to create.
            - `ifExists` (optional): What to do if there is one that differs: fail, take it as it is, or apply the changes.
            - `timeout` (optional): How long to wait for an object of that name that is being deleted.

            ---

            StatefulSet: StatefulSet represents a set of pods with consistent identities. Identities are defined as: - Network: A single stable DNS and hostname. - Storage: As many VolumeClaims as requested.
        "#]],
    );
}

#[test]
fn functions_and_arguments() {
    check(
        "// Says hello.\nGreet(\n  name? // Who.\n) { return: name }\nF() { return: Gre$0et(\"x\") }",
        expect![[r#"
            Greet
            ---
            ```ko
            Greet(name?)
            ```

            function of package `app`

            Says hello.

            - `name`: Who.

            here: `String`
        "#]],
    );
    check(
        "// Says hello.\nGreet(\n  na$0me? // Who.\n) { return: name }",
        expect![[r#"
            name
            ---
            ```ko
            name?
            ```

            argument of `Greet`, taken from the unlabelled value, too

            Who.
        "#]],
    );
    check(
        "F(ns) { a: 1 // One.\n  return: a$0 }",
        expect![[r#"
                a
                ---
                ```ko
                a: Int64
                ```

                step of `F`

                One.
            "#]],
    );
    check(
        "Greet(name?) { return: name }\nF() { return: Greet(na$0me: 1) }",
        expect![[r#"
            name
            ---
            ```ko
            name?
            ```

            argument of `Greet`, taken from the unlabelled value, too
        "#]],
    );
}

#[test]
fn arguments_of_gates() {
    check(
        "F(ns) { return: CreateStatefulSet(stateful$0Set: (metadata: 1)) }",
        expect![[r#"
            statefulSet
            ---
            ```ko
            statefulSet: StatefulSet
            ```

            argument of `CreateStatefulSet`, taken from the unlabelled value, too

            The object to create.

            ```ko
            (
              metadata?: ObjectMeta
              spec?: StatefulSetSpec
            )
            ```
        "#]],
    );
    check(
        "F(ns) { return: ListPods(af$0ter_: ns) }",
        expect![[r#"
            after_
            ---
            ```ko
            after_
            ```

            `ListPods` waits for this value and does not use it: the argument only says what comes first.
        "#]],
    );
    check(
        "F(ns) { return: CreatePod(pod: ns, ifExists: \"re$0use\") }",
        expect![[r#"
            "reuse"
            ---
            ```ko
            ifExists?: "fail" | "reuse" | "apply"
            ```

            argument of `CreatePod` (optional)

            What to do if there is one that differs: fail, take it as it is, or apply the changes.

            One of `"fail"`, `"reuse"`, `"apply"`.
        "#]],
    );
}

#[test]
fn fields_of_the_schema() {
    check(
        "F() { return: CreateStatefulSet(statefulSet: (spec: (podManagement$0Policy: 1))) }",
        expect![[r#"
            podManagementPolicy
            ---
            ```ko
            podManagementPolicy?: "OrderedReady" | "Parallel"
            ```

            field of `StatefulSetSpec` of `apps/v1` · optional

            One of `"OrderedReady"`, `"Parallel"`.

            podManagementPolicy controls how pods are created during initial scale up, when replacing pods on nodes, or when scaling down. The default policy is `OrderedReady`, where pods are created in increasing order (pod-0, then pod-1, etc) and the controller will wait until each pod is ready before continuing. When scaling down, the pods are removed in the opposite order. The alternative policy is `Parallel` which will create pods in parallel to match the desired scale without waiting, and on scale down will delete all pods at once.
        "#]],
    );
    check(
        "F() { return: CreatePod(pod: (spec: (containers: ((name: \"a\"), (ima$0ge: 1))))) }",
        expect![[r#"
            image
            ---
            ```ko
            image?: String
            ```

            field of `Container` of `core/v1` · optional

            Container image name. More info: https://kubernetes.io/docs/concepts/containers/images This field is optional to allow higher level config management to default or override container images in workload controllers like Deployments and StatefulSets.
        "#]],
    );
    check(
        "F() { return: CreatePod(pod: (metadata: (labels: (a$0pp: \"x\")))) }",
        expect![[r#"
                app
                ---
                ```ko
                app?: String
                ```

                key of a map
            "#]],
    );
}

#[test]
fn builtins_and_imports() {
    check(
        "F(x) { return: Le$0n(x) }",
        expect![[r#"
            Len
            ---
            ```ko
            Len(value?: (T)): Int64
            ```

            builtin

            The number of elements of a sequence. A value that is no sequence counts as one element, empty as none; the length of a string is not counted.

            - `value` (optional): A sequence.

            ```ko
            Len(1, 2, 3)  // 3
            Len()  // 0
            Len("abc")  // 1
            ```
        "#]],
    );
    check(
        "import \"k8s/apps/v1\" as ap$0ps\nF() { return: 1 }",
        expect![[r#"
            apps
            ---
            ```ko
            import "k8s/apps/v1" as apps
            ```

            package with 102 functions: `ApplyControllerRevision`, `ApplyDaemonSet`, `ApplyDeployment`, `ApplyReplicaSet`, `ApplyStatefulSet`, `CreateControllerRevision`, `CreateDaemonSet`, `CreateDeployment`, …
        "#]],
    );
    check(
        "import \"nowhere$0\"\nF() { return: 1 }",
        expect![[r#"
            "nowhere"
            ---
            ```ko
            import "nowhere" as nowhere
            ```

            There is no such package.
        "#]],
    );
    check(
        "import \"integer\"\nF(x) { return: integer.Su$0m(x) }",
        expect![[r#"
            Sum
            ---
            ```ko
            Sum(value?: (Integer)): Integer
            ```

            builtin of package `integer`

            As Sum without package: the sum of integers.

            - `value`: Integers, at least one.

            here: `Int64`
        "#]],
    );
}

#[test]
fn types() {
    let make = "set: CreateStatefulSet(namespace: n, statefulSet: (metadata: (name: \"a\")))";
    check(
        &format!("F(n) {{ {make}, return: se$0t }}"),
        expect![[r#"
            set
            ---
            ```ko
            set: StatefulSet
            ```

            ```ko
            (
              apiVersion: String
              kind: String
              metadata: ObjectMeta
              spec?: StatefulSetSpec
              status?: StatefulSetStatus
            )
            ```

            step of `F`
        "#]],
    );
    check(
        &format!("F(n) {{ {make}, return: set.status.ready$0Replicas }}"),
        expect![[r#"
            readyReplicas
            ---
            ```ko
            readyReplicas: *Int64
            ```

            field of `StatefulSetStatus`

            readyReplicas is the number of pods created for this StatefulSet with a Ready Condition.
        "#]],
    );
    check(
        &format!("F(n$0) {{ {make}, return: set }}"),
        expect![[r#"
            n
            ---
            ```ko
            n: String
            ```

            argument of `F`
        "#]],
    );
}

#[test]
fn nothing_to_say() {
    check("F() { return:$0 1 }", expect!["nothing"]);
    check("F() { return: unkn$0own }", expect!["nothing"]);
    check("F() { return: tru$0e }", expect!["nothing"]);
}

/// Types as they come: alternatives, what is given, what contains itself.
#[test]
fn types_of_every_form_read_well() {
    let functions = "\ntree(n?) { return: Branch(if: Less(0, n), then: node[n]) }\nnode(n?) { return: (value: n, left: tree(Sum(n, -1)), right: tree(Sum(n, -2))) }";
    check(
        &format!(
            "F(flag) {{ a$0: Yield(if: flag, then: 1, else: (\"x\", \"y\")), return: a }}{functions}"
        ),
        expect![[r#"
            a
            ---
            ```ko
            a: Int64 | (String)
            ```

            step of `F`
        "#]],
    );
    check(
        &format!("F(each) {{ a$0: each(name: \"x\").size, return: a }}{functions}"),
        expect![[r#"
            a
            ---
            ```ko
            a: each(name: String).size
            ```

            step of `F`
        "#]],
    );
    check(
        &format!("F() {{ a$0: tree(3), return: a }}{functions}"),
        expect![[r#"
        a
        ---
        ```ko
        a: *(value: Int64, left: _, right: _)
        ```

        ```ko
        *(
          value: Int64
          left: _
          right: _
        )
        ```

        step of `F`
    "#]],
    );
    check(
        "F() { return: 1 }\nH(p$0orts) { return: (ports.http.number, Equal(ports.http.name, \"web\")) }",
        expect![[r#"
            ports
            ---
            ```ko
            ports: (http: (name: String, number: _))
            ```

            argument of `H`
        "#]],
    );
}

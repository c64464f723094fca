//! Requests and refusals.

use expect_test::{Expect, expect};
use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, PatchType, Selection, WatchEventKind, WriteOptions,
};
use ko_sandbox::Sandbox;
use ko_schema::Schema;
use serde_json::{Value as Json, json};

use crate::support::*;

fn refused<T: std::fmt::Debug>(result: Result<T, ApiError>, expected: Expect) {
    let error = result.unwrap_err();
    expected.assert_eq(&format!("{} {}: {}", error.code, error.reason, error.message));
}

fn config_map(name: &str, value: &str) -> Json {
    json!({"metadata": {"name": name, "labels": {"of": value}}, "data": {"k": value}})
}

#[tokio::test]
async fn objects_get_identity_and_versions() {
    let it = sandbox().await;
    let made = create(&it, "v1", "ConfigMap", config_map("a", "1")).await.unwrap();
    assert_eq!(text(&made, "/kind"), "ConfigMap");
    assert_eq!(text(&made, "/metadata/namespace"), "demo");
    assert_eq!(text(&made, "/metadata/uid").len(), 36);
    assert_eq!(text(&made, "/metadata/creationTimestamp"), "2026-01-01T00:00:00Z");

    // Writing what is there already is no change.
    let same = patch(&it, "v1", "ConfigMap", "a", PatchType::Merge, json!({"data": {"k": "1"}}));
    assert_eq!(same.await.unwrap(), made);
    let mut changed = (*made).clone();
    changed["data"]["k"] = "2".into();
    let resource = resource("v1", "ConfigMap");
    let second =
        it.replace(&resource, Some("demo"), "a", changed.clone(), &options()).await.unwrap();
    assert_ne!(second["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    refused(
        it.replace(&resource, Some("demo"), "a", changed, &options()).await,
        expect![[
            r#"409 Conflict: Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again"#
        ]],
    );

    let generated = json!({"metadata": {"generateName": "a-"}});
    let generated = create(&it, "v1", "ConfigMap", generated).await.unwrap();
    assert!(text(&generated, "/metadata/name").starts_with("a-"));

    let deployment = create(&it, "apps/v1", "Deployment", workload("web", 1)).await.unwrap();
    assert_eq!(number(&deployment, "/metadata/generation"), 1);
    let labelled = json!({"metadata": {"labels": {"x": "y"}}});
    let it_ = patch(&it, "apps/v1", "Deployment", "web", PatchType::Merge, labelled).await.unwrap();
    assert_eq!(number(&it_, "/metadata/generation"), 1);
    let scaled = json!({"spec": {"replicas": 2}});
    let it_ = patch(&it, "apps/v1", "Deployment", "web", PatchType::Merge, scaled).await.unwrap();
    assert_eq!(number(&it_, "/metadata/generation"), 2);
}

#[tokio::test]
async fn refusals_are_worded_like_those_of_a_server() {
    let it = sandbox().await;
    create(&it, "v1", "ConfigMap", config_map("a", "1")).await.unwrap();
    refused(
        create(&it, "v1", "ConfigMap", config_map("a", "1")).await,
        expect![[r#"409 AlreadyExists: configmaps "a" already exists"#]],
    );
    let nowhere = it
        .create(
            &resource("v1", "ConfigMap"),
            Some("nope"),
            config_map("a", "1"),
            &WriteOptions { dry_run: true, ..options() },
        )
        .await;
    refused(nowhere, expect![[r#"404 NotFound: namespaces "nope" not found"#]]);
    refused(
        get(&it, "apps/v1", "StatefulSet", "db").await,
        expect![[r#"404 NotFound: statefulsets.apps "db" not found"#]],
    );
    refused(
        create(&it, "v1", "ConfigMap", json!({"metadata": {"name": "Bad_Name"}, "dta": {}})).await,
        expect![[
            r#"400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta""#
        ]],
    );
    refused(
        create(&it, "v1", "Namespace", json!({"metadata": {"name": "Bad_Name"}})).await,
        expect![[
            r#"422 Invalid: Namespace "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"#
        ]],
    );
    let mut other = workload("db", 1);
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "web"});
    refused(
        create(&it, "apps/v1", "StatefulSet", other).await,
        expect![[
            r#"422 Invalid: StatefulSet.apps "db" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`"#
        ]],
    );
    let mut always = job("load");
    always["spec"]["template"]["spec"]["restartPolicy"] = "Always".into();
    refused(
        create(&it, "batch/v1", "Job", always).await,
        expect![[
            r#"422 Invalid: Job.batch "load" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#
        ]],
    );
    let ports =
        json!({"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}, {"port": 70000}]}});
    refused(
        create(&it, "v1", "Service", ports).await,
        expect![[
            r#"422 Invalid: Service "web" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value, spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive, spec.ports[1].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive]"#
        ]],
    );
    create(&it, "apps/v1", "StatefulSet", workload("db", 1)).await.unwrap();
    let service_name = json!({"spec": {"serviceName": "other"}});
    refused(
        patch(&it, "apps/v1", "StatefulSet", "db", PatchType::Merge, service_name).await,
        expect![[
            r#"422 Invalid: StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"#
        ]],
    );
    let stale = DeleteOptions { uid: Some("1-2-3".to_owned()), propagation: None };
    let error =
        it.delete(&resource("v1", "ConfigMap"), Some("demo"), "a", &stale).await.unwrap_err();
    assert_eq!((error.code, error.reason.as_str()), (409, "Conflict"));
    assert!(error.message.contains("Precondition failed: UID in precondition: 1-2-3"), "{error}");
}

#[tokio::test]
async fn apply_conflicts_with_other_managers() {
    let it = sandbox().await;
    let made = create(&it, "v1", "ConfigMap", config_map("a", "1")).await.unwrap();
    let config = json!({"data": {"k": "2"}});
    refused(
        patch(&it, "v1", "ConfigMap", "a", PatchType::Apply, config.clone()).await,
        expect![[
            r#"409 Conflict: Apply failed with 1 conflict: conflict with "ko" using v1: .data.k"#
        ]],
    );
    // Applying what is there already changes nothing.
    let same = patch(&it, "v1", "ConfigMap", "a", PatchType::Apply, json!({"data": {"k": "1"}}));
    assert_eq!(
        same.await.unwrap()["metadata"]["resourceVersion"],
        made["metadata"]["resourceVersion"]
    );
    let force = WriteOptions { force: true, ..options() };
    let resource = resource("v1", "ConfigMap");
    let dry = WriteOptions { dry_run: true, ..force.clone() };
    let dry = it
        .patch(&resource, Some("demo"), "a", None, PatchType::Apply, config.clone(), &dry)
        .await
        .unwrap();
    assert_eq!(dry["data"]["k"], "2");
    assert_eq!(get(&it, "v1", "ConfigMap", "a").await.unwrap(), made);
    let forced = it
        .patch(&resource, Some("demo"), "a", None, PatchType::Apply, config, &force)
        .await
        .unwrap();
    assert_eq!(forced["data"]["k"], "2");
    // A missing object is created.
    let new = patch(&it, "v1", "ConfigMap", "b", PatchType::Apply, json!({"data": {"k": "1"}}));
    assert_eq!(text(&new.await.unwrap(), "/metadata/name"), "b");
}

#[tokio::test]
async fn lists_are_sorted_and_selected() {
    let it = sandbox().await;
    for (name, value) in [("c", "1"), ("a", "2"), ("b", "1")] {
        create(&it, "v1", "ConfigMap", config_map(name, value)).await.unwrap();
    }
    assert_eq!(names(&it, "v1", "ConfigMap", "of").await, ["a", "b", "c"]);
    assert_eq!(names(&it, "v1", "ConfigMap", "of=1").await, ["b", "c"]);
    assert_eq!(names(&it, "v1", "ConfigMap", "of in (2,3)").await, ["a"]);
    let field = Selection { fields: Some("metadata.name=b".to_owned()), ..Selection::default() };
    let list = it.list(&resource("v1", "ConfigMap"), &field).await.unwrap();
    assert_eq!(list.items.len(), 1);
    let bad = Selection { fields: Some("data.k=1".to_owned()), ..Selection::default() };
    assert_eq!(it.list(&resource("v1", "ConfigMap"), &bad).await.unwrap_err().code, 400);
}

#[tokio::test]
async fn watches_see_objects_come_and_go_in_order() {
    let it = sandbox().await;
    create(&it, "v1", "ConfigMap", config_map("old", "1")).await.unwrap();
    let config_maps = resource("v1", "ConfigMap");
    let list = it.list(&config_maps, &selection("of=1")).await.unwrap();
    let mut watch =
        it.watch(&config_maps, &selection("of=1"), &list.resource_version).await.unwrap();
    create(&it, "v1", "ConfigMap", config_map("a", "1")).await.unwrap();
    create(&it, "v1", "ConfigMap", config_map("b", "2")).await.unwrap();
    for labels in [json!({"of": "1"}), json!({"of": "1", "x": "y"}), json!({"of": "3"})] {
        let change = json!({"metadata": {"labels": labels}});
        patch(&it, "v1", "ConfigMap", "b", PatchType::Merge, change).await.unwrap();
    }
    delete(&it, "v1", "ConfigMap", "old", None).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let event = watch.next().await.unwrap().unwrap();
        seen.push((event.kind, text(&event.object, "/metadata/name").to_owned()));
    }
    use WatchEventKind::{Added, Deleted, Modified};
    let expected = [(Added, "a"), (Added, "b"), (Modified, "b"), (Deleted, "b"), (Deleted, "old")];
    assert_eq!(seen, expected.map(|(kind, name)| (kind, name.to_owned())));
    let error = it.watch(&config_maps, &selection(""), "nonsense").await.err().unwrap();
    assert_eq!(error.code, 400);
}

#[tokio::test]
async fn scale_goes_through_the_subresource() {
    let it = sandbox().await;
    create(&it, "apps/v1", "Deployment", workload("web", 1)).await.unwrap();
    let deployments = resource("apps/v1", "Deployment");
    let change = json!({"spec": {"replicas": 3}});
    let scale = it
        .patch(
            &deployments,
            Some("demo"),
            "web",
            Some("scale"),
            PatchType::Merge,
            change,
            &options(),
        )
        .await
        .unwrap();
    assert_eq!(text(&scale, "/kind"), "Scale");
    assert_eq!(number(&scale, "/spec/replicas"), 3);
    assert_eq!(
        number(&get(&it, "apps/v1", "Deployment", "web").await.unwrap(), "/spec/replicas"),
        3
    );
}

#[tokio::test]
async fn a_saved_sandbox_goes_on_where_it_was() {
    let it = sandbox().await;
    create(&it, "apps/v1", "StatefulSet", workload("db", 2)).await.unwrap();
    let secret = json!({"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}});
    create(&it, "v1", "Secret", secret).await.unwrap();
    let bytes = it.save();
    let saved = String::from_utf8(bytes.clone()).unwrap();
    assert!(!saved.contains("hunter2") && !saved.contains("aHVudGVyMg"), "a secret was saved");

    let again = Sandbox::load(Schema::builtin(), &bytes).unwrap();
    assert_eq!(text(&get(&again, "v1", "Secret", "s").await.unwrap(), "/data/password").len(), 12);
    wait_for(&again, "apps/v1", "StatefulSet", "db", |it| number(it, "/status/readyReplicas") == 2)
        .await;

    for (bytes, expected) in [
        (&b"junk"[..], "the saved sandbox is damaged"),
        (&b"{\"format\": 99}"[..], "the saved sandbox has form 99"),
        (&bytes[..bytes.len() / 2], "the saved sandbox is damaged"),
    ] {
        let error = Sandbox::load(Schema::builtin(), bytes).err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

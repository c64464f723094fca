//! Short forms for tests.

use std::sync::Arc;
use std::time::Duration;

use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, PatchType, Resource, Selection, WatchEvent, WriteOptions,
};
use ko_sandbox::Sandbox;
use ko_schema::Schema;
use serde_json::{Value as Json, json};

pub fn resource(gv: &str, kind: &str) -> Resource {
    Resource::from(Schema::builtin().find_kind(gv, kind).unwrap())
}

pub fn options() -> WriteOptions {
    WriteOptions { field_manager: "ko".to_owned(), ..WriteOptions::default() }
}

/// A sandbox with the namespace `demo`.
pub async fn sandbox() -> Arc<Sandbox> {
    let it = Sandbox::new(Schema::builtin());
    let demo = json!({"metadata": {"name": "demo"}});
    it.create(&resource("v1", "Namespace"), None, demo, &options()).await.unwrap();
    it
}

pub async fn create(
    it: &Sandbox,
    gv: &str,
    kind: &str,
    object: Json,
) -> Result<Arc<Json>, ApiError> {
    let resource = resource(gv, kind);
    let namespace = resource.namespaced.then_some("demo");
    it.create(&resource, namespace, object, &options()).await
}

pub async fn get(it: &Sandbox, gv: &str, kind: &str, name: &str) -> Result<Arc<Json>, ApiError> {
    let resource = resource(gv, kind);
    it.get(&resource, resource.namespaced.then_some("demo"), name).await
}

pub async fn delete(
    it: &Sandbox,
    gv: &str,
    kind: &str,
    name: &str,
    propagation: Option<&'static str>,
) -> Result<Arc<Json>, ApiError> {
    let resource = resource(gv, kind);
    let namespace = resource.namespaced.then_some("demo");
    it.delete(&resource, namespace, name, &DeleteOptions { uid: None, propagation }).await
}

pub async fn patch(
    it: &Sandbox,
    gv: &str,
    kind: &str,
    name: &str,
    patch_type: PatchType,
    patch: Json,
) -> Result<Arc<Json>, ApiError> {
    let resource = resource(gv, kind);
    let namespace = resource.namespaced.then_some("demo");
    it.patch(&resource, namespace, name, None, patch_type, patch, &options()).await
}

pub fn selection(labels: &str) -> Selection {
    Selection { namespace: Some("demo".to_owned()), labels: Some(labels.to_owned()), fields: None }
}

/// The names of the objects of a kind that a label selector finds.
pub async fn names(it: &Sandbox, gv: &str, kind: &str, labels: &str) -> Vec<String> {
    let list = it.list(&resource(gv, kind), &selection(labels)).await.unwrap();
    list.items.iter().map(|it| text(it, "/metadata/name").to_owned()).collect()
}

pub fn text<'a>(object: &'a Json, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

pub fn number(object: &Json, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Json::as_i64).unwrap_or_default()
}

pub fn condition(object: &Json, name: &str) -> bool {
    object
        .pointer("/status/conditions")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .any(|it| it["type"] == name && it["status"] == "True")
}

/// Watches a kind in `demo` until an object satisfies something; gives up after 20 virtual minutes.
pub async fn wait_for(
    it: &Sandbox,
    gv: &str,
    kind: &str,
    name: &str,
    until: impl Fn(&Json) -> bool,
) -> Arc<Json> {
    let resource = resource(gv, kind);
    let deadline = it.now() + Duration::from_secs(1200);
    let list = it.list(&resource, &selection("")).await.unwrap();
    if let Some(found) = list.items.iter().find(|it| text(it, "/metadata/name") == name)
        && until(found)
    {
        return found.clone();
    }
    let mut watch = it.watch(&resource, &selection(""), &list.resource_version).await.unwrap();
    loop {
        let event: WatchEvent = watch.next().await.unwrap().unwrap();
        if text(&event.object, "/metadata/name") == name && until(&event.object) {
            return event.object;
        }
        assert!(it.now() < deadline, "{kind} {name} stays {:#}", event.object["status"]);
    }
}

pub fn pod_template(labels: Json) -> Json {
    json!({
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": "example/app:1"}]},
    })
}

pub fn workload(name: &str, replicas: i64) -> Json {
    json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": pod_template(json!({"app": name})),
        },
    })
}

pub fn job(name: &str) -> Json {
    json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"template": {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "example/app:1"}],
            },
        }},
    })
}

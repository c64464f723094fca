//! The cluster over a client whose other end is in this process: which requests are made, and what becomes of answers.

use std::convert::Infallible;

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::{Request, Response};
use ko_evaluator::cluster::{
    ApiError, Cluster, DeleteOptions, PatchType, Resource, Selection, WatchEventKind, WriteOptions,
};
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tower_service::Service;

use crate::KubeCluster;

/// Answers what it was told to, in order, and notes what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<Vec<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service<Request<Body>> for Script {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (asked, answers) = (self.asked.clone(), self.answers.clone());
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await.unwrap();
            let media_type = parts.headers.get("content-type").map(|it| it.to_str().unwrap());
            asked.lock().unwrap().push(format!(
                "{} {} {} {}",
                parts.method,
                parts.uri,
                media_type.unwrap_or("-"),
                String::from_utf8_lossy(&body)
            ));
            let (code, body) = answers.lock().unwrap().remove(0);
            Ok(Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap())
        })
    }
}

fn cluster(answers: &[(u16, &str)]) -> (KubeCluster, Script) {
    let script = Script::default();
    *script.answers.lock().unwrap() =
        answers.iter().map(|(code, body)| (*code, (*body).to_owned())).collect();
    (KubeCluster::new(Client::new(script.clone(), "default"), "test"), script)
}

fn asked(script: &Script) -> String {
    script.asked.lock().unwrap().join("\n")
}

fn resource(group: &str, plural: &str, kind: &str, namespaced: bool) -> Resource {
    Resource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        namespaced,
    }
}

fn options() -> WriteOptions {
    WriteOptions { field_manager: "ko:a/b".to_owned(), ..WriteOptions::default() }
}

#[tokio::test]
async fn writes_say_who_and_are_strict() {
    let ok = (200, r#"{"metadata":{"name":"a"}}"#);
    let (it, script) = cluster(&[ok, ok, ok, ok, ok]);
    let (sets, options) = (resource("apps", "statefulsets", "StatefulSet", true), options());
    let made = it.create(&sets, Some("ns"), json!({"x": 1}), &options).await.unwrap();
    assert_eq!(
        (made["apiVersion"].as_str(), made["kind"].as_str()),
        (Some("apps/v1"), Some("StatefulSet"))
    );
    let dry = WriteOptions { dry_run: true, force: true, ..options.clone() };
    let (kind, patch) = (PatchType::Apply, json!({}));
    it.patch(&sets, Some("ns"), "a", None, kind, patch.clone(), &dry).await.unwrap();
    it.patch(&sets, Some("ns"), "a", Some("scale"), PatchType::Merge, patch, &options)
        .await
        .unwrap();
    let uid = DeleteOptions { uid: Some("u".to_owned()), propagation: Some("Background") };
    it.delete(&sets, Some("ns"), "a", &uid).await.unwrap();
    let namespaces = resource("", "namespaces", "Namespace", false);
    it.replace(&namespaces, None, "a", json!({}), &options).await.unwrap();
    assert_eq!(
        asked(&script),
        "\
POST /apis/apps/v1/namespaces/ns/statefulsets?fieldManager=ko%3Aa%2Fb&fieldValidation=Strict application/json {\"x\":1}
PATCH /apis/apps/v1/namespaces/ns/statefulsets/a?fieldManager=ko%3Aa%2Fb&fieldValidation=Strict&dryRun=All&force=true application/apply-patch+yaml {}
PATCH /apis/apps/v1/namespaces/ns/statefulsets/a/scale?fieldManager=ko%3Aa%2Fb&fieldValidation=Strict application/merge-patch+json {}
DELETE /apis/apps/v1/namespaces/ns/statefulsets/a application/json {\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"u\"},\"propagationPolicy\":\"Background\"}
PUT /api/v1/namespaces/a?fieldManager=ko%3Aa%2Fb&fieldValidation=Strict application/json {}"
    );
}

#[tokio::test]
async fn lists_are_put_together_from_pages() {
    let first = r#"{"metadata":{"continue":"t/1","resourceVersion":"5"},"items":[{"metadata":{"name":"b"}}]}"#;
    let expired = r#"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#;
    let last = r#"{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}}]}"#;
    let (it, script) = cluster(&[(200, first), (410, expired), (200, first), (200, last)]);
    let pods = resource("", "pods", "Pod", true);
    let selection = Selection { labels: Some("app in (a,b)".to_owned()), ..Selection::default() };
    let list = it.list(&pods, &selection).await.unwrap();
    assert_eq!(list.resource_version, "7");
    let shown: Vec<String> = list.items.iter().map(|it| it.to_string()).collect();
    assert_eq!(
        shown,
        [
            r#"{"metadata":{"name":"a"},"apiVersion":"v1","kind":"Pod"}"#,
            r#"{"metadata":{"name":"b"},"apiVersion":"v1","kind":"Pod"}"#
        ]
    );
    let asked = asked(&script);
    let lines: Vec<&str> = asked.lines().collect();
    assert_eq!(lines[0], "GET /api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29&limit=500 - ");
    assert_eq!(
        lines[1],
        "GET /api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29&limit=500&continue=t%2F1 - "
    );
    assert_eq!(lines[2], lines[0], "expired pages are asked for anew");
}

#[tokio::test]
async fn refusals_keep_what_the_server_said() {
    let invalid = json!({
        "kind": "Status", "code": 422, "reason": "Invalid", "message": "no",
        "details": {"causes": [{"field": "spec", "reason": "FieldValueForbidden", "message": "never"}]},
    });
    let (it, _) = cluster(&[(422, &invalid.to_string()), (503, "starting"), (200, "<html>")]);
    let pods = resource("", "pods", "Pod", true);
    let cause = ("spec".to_owned(), "FieldValueForbidden".to_owned(), "never".to_owned());
    assert_eq!(
        it.get(&pods, Some("ns"), "a").await.unwrap_err(),
        ApiError {
            code: 422,
            reason: "Invalid".to_owned(),
            message: "no".to_owned(),
            causes: vec![cause],
            retry_after: None,
        }
    );
    let error = it.get(&pods, Some("ns"), "a").await.unwrap_err();
    assert_eq!((error.code, error.reason.as_str()), (503, "ServiceUnavailable"));
    let error = it.get(&pods, Some("ns"), "a").await.unwrap_err();
    assert!(error.code == 0 && error.message.starts_with("the answer is not JSON"), "{error}");
}

#[tokio::test]
async fn watches_skip_bookmarks_and_end_with_errors() {
    let lines = [
        json!({"type": "ADDED", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}}),
        json!({"type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}}}),
        json!({"type": "DELETED", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}}),
        json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired", "message": "old"}}),
    ];
    let body: String = lines.iter().map(|it| format!("{it}\n")).collect();
    let (it, script) = cluster(&[(200, &body)]);
    let pods = resource("", "pods", "Pod", true);
    let mut watch = it.watch(&pods, &Selection::default(), "8").await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(watch.next().await.unwrap().unwrap().kind);
    }
    assert_eq!(seen, [WatchEventKind::Added, WatchEventKind::Deleted]);
    assert_eq!(watch.next().await.unwrap().unwrap_err().code, 410);
    assert!(watch.next().await.is_none());
    assert_eq!(
        asked(&script),
        "GET /api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=8&timeoutSeconds=290 - "
    );
}

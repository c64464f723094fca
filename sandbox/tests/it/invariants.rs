//! Whatever is asked in whatever order: versions grow, and a watch tells the whole story.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use ko_evaluator::cluster::{Cluster, PatchType, Selection, WatchEventKind};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone)]
enum Op {
    Create(u8, u8, u8),
    Delete(u8, u8, u8),
    Scale(u8, u8),
    Template(u8, u8),
    Label(u8, u8),
    Sleep(u16),
}

const KINDS: [(&str, &str); 5] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
];

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..5u8, 0..3u8, 0..4u8).prop_map(|(a, b, c)| Op::Create(a, b, c)),
        (0..5u8, 0..3u8, 0..4u8).prop_map(|(a, b, c)| Op::Delete(a, b, c)),
        (0..3u8, 0..4u8).prop_map(|(a, b)| Op::Scale(a, b)),
        (0..3u8, 0..4u8).prop_map(|(a, b)| Op::Template(a, b)),
        (0..5u8, 0..3u8).prop_map(|(a, b)| Op::Label(a, b)),
        (0..20_000u16).prop_map(Op::Sleep),
    ]
}

fn object(kind: &str, name: &str, number: u8) -> Json {
    match kind {
        "Job" => job(name),
        "Service" => json!({"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}),
        "ConfigMap" => json!({"metadata": {"name": name}, "data": {"k": number.to_string()}}),
        _ => workload(name, i64::from(number)),
    }
}

fn version(object: &Json) -> u64 {
    text(object, "/metadata/resourceVersion").parse().unwrap()
}

async fn play(ops: &[Op]) {
    let it = sandbox().await;
    let all = Selection::default();
    let mut watches = Vec::new();
    for (gv, kind) in KINDS.into_iter().chain([("v1", "Pod"), ("apps/v1", "ReplicaSet")]) {
        let resource = resource(gv, kind);
        let list = it.list(&resource, &all).await.unwrap();
        let seen: BTreeMap<String, Json> = list
            .items
            .iter()
            .map(|it| (text(it, "/metadata/uid").to_owned(), (**it).clone()))
            .collect();
        let watch = it.watch(&resource, &all, &list.resource_version).await.unwrap();
        watches.push((resource, seen, watch));
    }
    let name = |number: u8| format!("n{number}");
    for op in ops {
        // Refusals are fine: the names of objects are few, and many operations miss.
        match *op {
            Op::Create(kind, at, number) => {
                let (gv, kind) = KINDS[usize::from(kind)];
                let _ = create(&it, gv, kind, object(kind, &name(at), number)).await;
            }
            Op::Delete(kind, at, how) => {
                let (gv, kind) = KINDS[usize::from(kind)];
                let how = [None, Some("Background"), Some("Foreground"), Some("Orphan")]
                    [usize::from(how)];
                let _ = delete(&it, gv, kind, &name(at), how).await;
            }
            Op::Scale(at, number) => {
                for (gv, kind) in &KINDS[..2] {
                    let change = json!({"spec": {"replicas": number}});
                    let _ = patch(&it, gv, kind, &name(at), PatchType::Merge, change).await;
                }
            }
            Op::Template(at, number) => {
                let labels = json!({"v": number.to_string()});
                let change = json!({"spec": {"template": {"metadata": {"labels": labels}}}});
                for (gv, kind) in &KINDS[..2] {
                    let _ = patch(&it, gv, kind, &name(at), PatchType::Merge, change.clone()).await;
                }
            }
            Op::Label(kind, at) => {
                let (gv, kind) = KINDS[usize::from(kind)];
                let change = json!({"metadata": {"labels": {"touched": "yes"}}});
                let _ = patch(&it, gv, kind, &name(at), PatchType::Apply, change).await;
            }
            Op::Sleep(millis) => it.sleep(Duration::from_millis(millis.into())).await,
        }
    }
    for (resource, mut seen, mut watch) in watches {
        let list = it.list(&resource, &all).await.unwrap();
        let mut last = 0;
        // Events that are there already come without waiting.
        while let Some(event) = watch.next().now_or_never() {
            let event = event.unwrap().unwrap();
            assert!(version(&event.object) > last, "versions grow");
            last = version(&event.object);
            let uid = text(&event.object, "/metadata/uid").to_owned();
            let known = match event.kind {
                WatchEventKind::Added => seen.insert(uid, (*event.object).clone()).is_none(),
                WatchEventKind::Modified => seen.insert(uid, (*event.object).clone()).is_some(),
                WatchEventKind::Deleted => seen.remove(&uid).is_some(),
            };
            assert!(known, "{:?} makes no sense for {}", event.kind, event.object);
        }
        let listed: BTreeMap<String, Json> = list
            .items
            .iter()
            .map(|it| (text(it, "/metadata/uid").to_owned(), (**it).clone()))
            .collect();
        assert_eq!(seen, listed, "a watch replays to what a list shows");
    }
    // Left alone, the cluster comes to rest.
    it.sleep(Duration::from_secs(3600)).await;
    let rest = it.list(&resource("v1", "Pod"), &all).await.unwrap();
    it.sleep(Duration::from_secs(3600)).await;
    assert_eq!(
        it.list(&resource("v1", "Pod"), &all).await.unwrap().resource_version,
        rest.resource_version
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn histories_are_consistent(ops in prop::collection::vec(op(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(&ops));
    }
}

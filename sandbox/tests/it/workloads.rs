//! What controllers make of objects, in virtual time.

use std::time::{Duration, Instant};

use ko_evaluator::cluster::{Cluster, PatchType};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_deployment_rolls_out_and_rolls_over() {
    let it = sandbox().await;
    create(&it, "apps/v1", "Deployment", workload("web", 4)).await.unwrap();
    let complete = |it: &serde_json::Value| {
        number(it, "/status/observedGeneration") == number(it, "/metadata/generation")
            && number(it, "/status/updatedReplicas") == 4
            && number(it, "/status/availableReplicas") == 4
            && number(it, "/status/replicas") == 4
    };
    let done = wait_for(&it, "apps/v1", "Deployment", "web", complete).await;
    assert!(condition(&done, "Available") && condition(&done, "Progressing"));
    let first = names(&it, "v1", "Pod", "app=web").await;
    assert_eq!(first.len(), 4);

    let image = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "main", "image": "example/app:2"}
    ]}}}});
    patch(&it, "apps/v1", "Deployment", "web", PatchType::Strategic, image).await.unwrap();
    wait_for(&it, "apps/v1", "Deployment", "web", complete).await;
    let sets = names(&it, "apps/v1", "ReplicaSet", "app=web").await;
    assert_eq!(sets.len(), 2);
    it.sleep(Duration::from_secs(5)).await;
    let second = names(&it, "v1", "Pod", "app=web").await;
    assert_eq!(second.len(), 4);
    assert!(second.iter().all(|it| !first.contains(it)));
}

#[tokio::test]
async fn stateful_pods_come_in_order_and_leave_their_claims() {
    let it = sandbox().await;
    let mut set = workload("db", 3);
    set["spec"]["volumeClaimTemplates"] = json!([{
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }]);
    create(&it, "apps/v1", "StatefulSet", set.clone()).await.unwrap();
    wait_for(&it, "v1", "Pod", "db-0", |it| condition(it, "Ready")).await;
    assert_eq!(names(&it, "v1", "Pod", "app=db").await, ["db-0"]);
    let done = wait_for(&it, "apps/v1", "StatefulSet", "db", |it| {
        number(it, "/status/readyReplicas") == 3
    })
    .await;
    assert_eq!(done["status"]["currentRevision"], done["status"]["updateRevision"]);
    let claims = ["data-db-0", "data-db-1", "data-db-2"];
    assert_eq!(names(&it, "v1", "PersistentVolumeClaim", "app=db").await, claims);
    let claim = get(&it, "v1", "PersistentVolumeClaim", "data-db-0").await.unwrap();
    assert_eq!(text(&claim, "/status/phase"), "Bound");

    // A claim in use stays until its pod is gone.
    delete(&it, "v1", "PersistentVolumeClaim", "data-db-2", None).await.unwrap();
    it.sleep(Duration::from_secs(5)).await;
    assert!(get(&it, "v1", "PersistentVolumeClaim", "data-db-2").await.is_ok());

    delete(&it, "apps/v1", "StatefulSet", "db", Some("Background")).await.unwrap();
    assert_eq!(names(&it, "v1", "Pod", "app=db").await.len(), 3, "pods go later");
    it.sleep(Duration::from_secs(5)).await;
    assert!(names(&it, "v1", "Pod", "app=db").await.is_empty());
    assert_eq!(names(&it, "v1", "PersistentVolumeClaim", "app=db").await, &claims[..2]);

    // Starting again finds the same claims; in parallel, all pods come at once.
    set["spec"]["podManagementPolicy"] = "Parallel".into();
    create(&it, "apps/v1", "StatefulSet", set).await.unwrap();
    it.sleep(Duration::from_millis(500)).await;
    assert_eq!(names(&it, "v1", "Pod", "app=db").await.len(), 3);
}

#[tokio::test]
async fn stateful_sets_update_from_the_last_pod_and_scale_down() {
    let it = sandbox().await;
    create(&it, "apps/v1", "StatefulSet", workload("db", 2)).await.unwrap();
    let ready = |count: i64| {
        move |it: &serde_json::Value| {
            number(it, "/status/readyReplicas") == count
                && number(it, "/status/replicas") == count
                && number(it, "/status/observedGeneration") == number(it, "/metadata/generation")
                && it["status"]["currentRevision"] == it["status"]["updateRevision"]
        }
    };
    wait_for(&it, "apps/v1", "StatefulSet", "db", ready(2)).await;
    let label = json!({"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}});
    patch(&it, "apps/v1", "StatefulSet", "db", PatchType::Merge, label).await.unwrap();
    wait_for(&it, "v1", "Pod", "db-1", |it| {
        text(it, "/metadata/labels/v") == "2" && condition(it, "Ready")
    })
    .await;
    let done = wait_for(&it, "apps/v1", "StatefulSet", "db", ready(2)).await;
    assert_eq!(number(&done, "/status/updatedReplicas"), 2);
    let one = json!({"spec": {"replicas": 1}});
    patch(&it, "apps/v1", "StatefulSet", "db", PatchType::Merge, one).await.unwrap();
    wait_for(&it, "apps/v1", "StatefulSet", "db", ready(1)).await;
    assert_eq!(names(&it, "v1", "Pod", "app=db").await, ["db-0"]);
}

#[tokio::test]
async fn jobs_complete_and_fail() {
    let it = sandbox().await;
    create(&it, "batch/v1", "Job", job("load")).await.unwrap();
    let announced =
        wait_for(&it, "batch/v1", "Job", "load", |it| condition(it, "SuccessCriteriaMet")).await;
    assert!(!condition(&announced, "Complete"), "announced before it is final");
    let done = wait_for(&it, "batch/v1", "Job", "load", |it| condition(it, "Complete")).await;
    assert_eq!(number(&done, "/status/succeeded"), 1);
    assert_ne!(text(&done, "/status/completionTime"), "");
    let pods = names(&it, "v1", "Pod", "job-name=load").await;
    assert_eq!(pods.len(), 1);

    let mut bad = job("bad");
    bad["spec"]["backoffLimit"] = 2.into();
    bad["spec"]["template"]["metadata"]["annotations"] = json!({"ko.test/exit-code": "3"});
    create(&it, "batch/v1", "Job", bad).await.unwrap();
    let failed = wait_for(&it, "batch/v1", "Job", "bad", |it| condition(it, "Failed")).await;
    assert_eq!(number(&failed, "/status/failed"), 3);
    let reason = failed["status"]["conditions"].as_array().unwrap().last().unwrap();
    assert_eq!(reason["reason"], "BackoffLimitExceeded");

    let mut parallel = job("many");
    parallel["spec"]["parallelism"] = 2.into();
    parallel["spec"]["completions"] = 5.into();
    create(&it, "batch/v1", "Job", parallel).await.unwrap();
    let done = wait_for(&it, "batch/v1", "Job", "many", |it| condition(it, "Complete")).await;
    assert_eq!(number(&done, "/status/succeeded"), 5);

    // Without a policy, the pods of a job stay; with one they go.
    delete(&it, "batch/v1", "Job", "many", None).await.unwrap();
    it.sleep(Duration::from_secs(5)).await;
    let left = names(&it, "v1", "Pod", "app=many").await;
    assert_eq!(left.len(), 5);
    let orphan = get(&it, "v1", "Pod", &left[0]).await.unwrap();
    assert!(orphan.pointer("/metadata/ownerReferences").is_none());
    delete(&it, "batch/v1", "Job", "bad", Some("Background")).await.unwrap();
    it.sleep(Duration::from_secs(5)).await;
    assert!(names(&it, "v1", "Pod", "app=bad").await.is_empty());
}

#[tokio::test]
async fn foreground_deletion_takes_the_dependents_first() {
    let it = sandbox().await;
    create(&it, "apps/v1", "Deployment", workload("web", 2)).await.unwrap();
    wait_for(&it, "apps/v1", "Deployment", "web", |it| number(it, "/status/readyReplicas") == 2)
        .await;
    delete(&it, "apps/v1", "Deployment", "web", Some("Foreground")).await.unwrap();
    let web = get(&it, "apps/v1", "Deployment", "web").await.unwrap();
    assert_eq!(web["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    it.sleep(Duration::from_secs(10)).await;
    assert!(get(&it, "apps/v1", "Deployment", "web").await.is_err());
    assert!(names(&it, "v1", "Pod", "app=web").await.is_empty());
    assert!(names(&it, "apps/v1", "ReplicaSet", "app=web").await.is_empty());
}

#[tokio::test]
async fn daemon_sets_run_everywhere_and_budgets_count() {
    let it = sandbox().await;
    let budget = json!({
        "metadata": {"name": "agent"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "agent"}}},
    });
    create(&it, "policy/v1", "PodDisruptionBudget", budget).await.unwrap();
    let mut set = workload("agent", 1);
    set["spec"].as_object_mut().unwrap().remove("replicas");
    create(&it, "apps/v1", "DaemonSet", set).await.unwrap();
    wait_for(&it, "apps/v1", "DaemonSet", "agent", |it| number(it, "/status/numberReady") == 3)
        .await;
    let budget = wait_for(&it, "policy/v1", "PodDisruptionBudget", "agent", |it| {
        number(it, "/status/currentHealthy") == 3
    })
    .await;
    assert_eq!(number(&budget, "/status/desiredHealthy"), 2);
    assert_eq!(number(&budget, "/status/disruptionsAllowed"), 1);
}

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let it = sandbox().await;
    create(&it, "apps/v1", "StatefulSet", workload("db", 1)).await.unwrap();
    wait_for(&it, "v1", "Pod", "db-0", |it| condition(it, "Ready")).await;
    delete(&it, "v1", "Namespace", "demo", None).await.unwrap();
    let error =
        create(&it, "v1", "ConfigMap", json!({"metadata": {"name": "a"}})).await.unwrap_err();
    assert_eq!(error.code, 403);
    assert!(error.message.ends_with("because it is being terminated"), "{error}");
    it.sleep(Duration::from_secs(30)).await;
    assert_eq!(get(&it, "v1", "Namespace", "demo").await.unwrap_err().code, 404);
    assert_eq!(get(&it, "v1", "Pod", "db-0").await.unwrap_err().code, 404);
    assert_eq!(delete(&it, "v1", "Namespace", "default", None).await.unwrap_err().code, 403);
}

#[tokio::test]
async fn faults_are_played_on_request() {
    let it = sandbox().await;
    let mut late = workload("late", 1);
    late["spec"]["template"]["metadata"]["annotations"] = json!({"ko.test/ready-after": "3m"});
    create(&it, "apps/v1", "StatefulSet", late).await.unwrap();
    let mut never = workload("never", 1);
    never["spec"]["template"]["metadata"]["annotations"] = json!({"ko.test/never-ready": "true"});
    create(&it, "apps/v1", "Deployment", never).await.unwrap();
    let before = it.now();
    wait_for(&it, "v1", "Pod", "late-0", |it| condition(it, "Ready")).await;
    assert!(it.now() - before >= Duration::from_secs(180));
    let stuck = wait_for(&it, "apps/v1", "Deployment", "never", |it| {
        it["status"]["conditions"].to_string().contains("ProgressDeadlineExceeded")
    })
    .await;
    assert!(!condition(&stuck, "Progressing"));
    let mut crash = workload("crash", 1);
    crash["spec"]["template"]["metadata"]["annotations"] = json!({"ko.test/exit-code": "1"});
    create(&it, "apps/v1", "StatefulSet", crash).await.unwrap();
    wait_for(&it, "v1", "Pod", "crash-0", |it| {
        it["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
            && number(it, "/status/containerStatuses/0/restartCount") == 3
    })
    .await;
}

#[tokio::test]
async fn waits_end_although_nothing_happens() {
    let it = sandbox().await;
    it.sleep(Duration::from_secs(10)).await;
    let started = Instant::now();
    let config_maps = resource("v1", "ConfigMap");
    let list = it.list(&config_maps, &selection("")).await.unwrap();
    let mut watch = it.watch(&config_maps, &selection(""), &list.resource_version).await.unwrap();
    let deadline = it.now() + Duration::from_secs(300);
    tokio::select! {
        event = watch.next() => panic!("{event:?}"),
        () = it.sleep(Duration::from_secs(300)) => {}
    }
    assert!(it.now() >= deadline);
    // A watch without anybody's deadline ends by itself.
    assert!(watch.next().await.is_none());
    assert!(watch.next().await.is_none());
    assert!(started.elapsed() < Duration::from_secs(5), "virtual time took real time");
}

#[tokio::test]
async fn a_waiter_is_woken_by_another_task() {
    let it = sandbox().await;
    let writer = async {
        it.sleep(Duration::from_secs(60)).await;
        create(&it, "v1", "ConfigMap", json!({"metadata": {"name": "late"}})).await.unwrap();
    };
    let reader = wait_for(&it, "v1", "ConfigMap", "late", |_| true);
    let ((), found) = futures_util::future::join(writer, reader).await;
    assert_eq!(text(&found, "/metadata/creationTimestamp"), "2026-01-01T00:01:00Z");
}

#[tokio::test]
async fn the_same_program_sees_the_same_history() {
    let mut saved = Vec::new();
    for _ in 0..2 {
        let it = sandbox().await;
        create(&it, "apps/v1", "Deployment", workload("web", 3)).await.unwrap();
        wait_for(&it, "apps/v1", "Deployment", "web", |it| {
            number(it, "/status/readyReplicas") == 3
        })
        .await;
        saved.push(it.save());
    }
    assert!(saved[0] == saved[1]);
}

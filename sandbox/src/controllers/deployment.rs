//! Deployments: replica sets, one for each template that there was, and the roll-out from one to the next
//! (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/>).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::budget::share;
use super::{controller_reference, garbage, hash, pods, set_condition};
use crate::json;
use crate::state::{Key, State, Task};

const REVISION: &str = "deployment.kubernetes.io/revision";

type Set = (Key, Arc<Json>);

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, deployment: &Json) {
    if json::terminating(deployment) {
        return;
    }
    let hash = hash(json::at(deployment, "spec.template"));
    let wanted = json::int(deployment, "spec.replicas").unwrap_or(1);
    let sets = sets(state, deployment);
    let (mut new, old): (Vec<Set>, Vec<Set>) = sets
        .into_iter()
        .partition(|(_, it)| json::label(it, "pod-template-hash") == Some(hash.as_str()));

    let recreate = json::text(deployment, "spec.strategy.type") == "Recreate";
    let old_pods: i64 =
        old.iter().map(|(_, it)| json::int(it, "status.replicas").unwrap_or(0)).sum();
    let old_wanted: i64 = old.iter().map(|(_, it)| replicas(it)).sum();
    if recreate && (old_pods > 0 || old_wanted > 0) {
        for (set, _) in &old {
            scale(state, set, 0);
        }
    } else if new.is_empty() {
        create_set(state, key, deployment, &hash, &old);
        new = self::sets(state, deployment)
            .into_iter()
            .filter(|(_, it)| json::label(it, "pod-template-hash") == Some(hash.as_str()))
            .collect();
    }
    if let Some((set, it)) = new.first() {
        if recreate || old_wanted == 0 {
            scale(state, set, wanted);
        } else {
            roll(state, deployment, (set, it), &old, wanted);
        }
    }
    prune(state, deployment, &old);
    status(state, key, &hash, wanted);
}

/// One step of a rolling update: up by what may be more, down by what may be missing.
fn roll(state: &mut State, deployment: &Json, new: (&Key, &Json), old: &[Set], wanted: i64) {
    let surge = share(json::at(deployment, "spec.strategy.rollingUpdate.maxSurge"), wanted);
    let unavailable = json::at(deployment, "spec.strategy.rollingUpdate.maxUnavailable");
    // Percentages of what may be missing are rounded down, of what may be more up.
    let mut missing = match unavailable {
        Json::String(text) => match text.strip_suffix('%').map(str::parse::<i64>) {
            Some(Ok(percent)) => wanted.saturating_mul(percent) / 100,
            _ => 0,
        },
        it => it.as_i64().unwrap_or(0),
    };
    if surge == 0 && missing == 0 {
        missing = 1;
    }
    let total = replicas(new.1) + old.iter().map(|(_, it)| replicas(it)).sum::<i64>();
    let room = (wanted + surge - total).max(0);
    let target = (replicas(new.1) + room).min(wanted);
    scale(state, new.0, target.max(replicas(new.1).min(wanted)));

    let available = |it: &Json| json::int(it, "status.availableReplicas").unwrap_or(0);
    let all_available = available(new.1) + old.iter().map(|(_, it)| available(it)).sum::<i64>();
    let mut may_go = (all_available - (wanted - missing)).max(0);
    for (set, it) in old {
        // Pods that are not available do no good: they go first and for free.
        let useless = replicas(it) - available(it).min(replicas(it));
        let go = (useless + may_go).min(replicas(it));
        may_go -= (go - useless).max(0);
        scale(state, set, replicas(it) - go);
    }
}

fn sets(state: &State, deployment: &Json) -> Vec<Set> {
    let (namespace, uid) = (json::text(deployment, "metadata.namespace"), json::uid(deployment));
    state
        .list_named("apps/v1", "ReplicaSet", Some(namespace))
        .filter(|(_, it)| {
            json::controller(&it.object).is_some_and(|it| json::text(it, "uid") == uid)
        })
        .map(|(key, it)| (key.clone(), it.object.clone()))
        .collect()
}

fn revision(set: &Json) -> i64 {
    json::annotation(set, REVISION).and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn create_set(state: &mut State, key: &Key, deployment: &Json, hash: &str, old: &[Set]) {
    let number = old.iter().map(|(_, it)| revision(it)).max().unwrap_or(0) + 1;
    let mut template = json::at(deployment, "spec.template").clone();
    json::set(&mut template, "metadata.labels.pod-template-hash", hash);
    let mut selector = json::at(deployment, "spec.selector").clone();
    json::set(&mut selector, "matchLabels.pod-template-hash", hash);
    let labels = json::at(&template, "metadata.labels").clone();
    let set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", key.name),
            "namespace": key.namespace,
            "labels": labels,
            "annotations": {REVISION: number.to_string()},
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    pods::create_object(state, "apps/v1", "ReplicaSet", set);
    state.update(key, |it| {
        json::object_mut(it, "metadata.annotations")
            .insert(REVISION.to_owned(), number.to_string().into());
    });
}

fn replicas(set: &Json) -> i64 {
    json::int(set, "spec.replicas").unwrap_or(0)
}

fn scale(state: &mut State, set: &Key, to: i64) {
    state.update(set, |it| json::set(it, "spec.replicas", to.max(0)));
}

/// Forgets the oldest empty sets beyond the limit.
fn prune(state: &mut State, deployment: &Json, old: &[Set]) {
    let limit = json::int(deployment, "spec.revisionHistoryLimit").unwrap_or(10);
    let mut empty: Vec<&Set> = old
        .iter()
        .filter(|(_, it)| replicas(it) == 0 && json::int(it, "status.replicas").unwrap_or(0) == 0)
        .collect();
    empty.sort_by_key(|(_, it)| revision(it));
    let surplus = empty.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    for (set, _) in empty.into_iter().take(surplus) {
        garbage::discard(state, set);
    }
}

fn status(state: &mut State, key: &Key, hash: &str, wanted: i64) {
    let Some(deployment) = state.get(key) else { return };
    let all = sets(state, &deployment);
    let sum =
        |field: &str| -> i64 { all.iter().map(|(_, it)| json::int(it, field).unwrap_or(0)).sum() };
    let updated: i64 = all
        .iter()
        .filter(|(_, it)| json::label(it, "pod-template-hash") == Some(hash))
        .map(|(_, it)| json::int(it, "status.replicas").unwrap_or(0))
        .sum();
    let (replicas, ready, available) =
        (sum("status.replicas"), sum("status.readyReplicas"), sum("status.availableReplicas"));
    let complete = updated == wanted && replicas == wanted && available == wanted;
    let before = json::at(&deployment, "status").clone();
    let progressed = [("updatedReplicas", updated), ("availableReplicas", available)]
        .iter()
        .any(|(field, now)| before.get(*field).and_then(Json::as_i64).unwrap_or(0) != *now)
        || json::int(&deployment, "status.observedGeneration")
            != json::int(&deployment, "metadata.generation");
    if progressed {
        state.mark(key);
    }
    let since = state.stored(key).map(|it| it.since).unwrap_or_default();
    let allowed = json::int(&deployment, "spec.progressDeadlineSeconds").unwrap_or(600);
    let deadline = since + Duration::from_secs(allowed.unsigned_abs());
    let too_late = !complete && state.now >= deadline;
    if !complete && !too_late {
        state.later(deadline - state.now, Task::Reconcile(key.clone()));
    }
    let maximum = json::at(&deployment, "spec.strategy.rollingUpdate.maxUnavailable");
    let missing = match maximum {
        Json::String(text) => match text.strip_suffix('%').map(str::parse::<i64>) {
            Some(Ok(percent)) => wanted.saturating_mul(percent) / 100,
            _ => 0,
        },
        it => it.as_i64().unwrap_or(0),
    };
    let is_available = available >= wanted - missing;
    let stamp = state.stamp();
    state.update(key, |it| {
        json::set(it, "status.observedGeneration", json::at(it, "metadata.generation").clone());
        for (field, number) in [
            ("replicas", replicas),
            ("updatedReplicas", updated),
            ("readyReplicas", ready),
            ("availableReplicas", available),
            ("unavailableReplicas", (wanted - available).max(0)),
        ] {
            json::set(it, &format!("status.{field}"), number);
        }
        let reason =
            if is_available { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" };
        set_condition(it, &stamp, "Available", is_available, reason, "");
        let (progressing, reason) = match (complete, too_late) {
            (true, _) => (true, "NewReplicaSetAvailable"),
            (_, true) => (false, "ProgressDeadlineExceeded"),
            _ => (true, "ReplicaSetUpdated"),
        };
        set_condition(it, &stamp, "Progressing", progressing, reason, "");
    });
}

//! A pod's life: scheduled, started, ready, finished, restarted, ended. This plays scheduler and kubelet
//! (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/>).
//!
//! Annotations on pods and pod templates make things go wrong on purpose:
//! `ko.test/ready-after` (how long after its start a pod is ready), `ko.test/never-ready` (`true`), and
//! `ko.test/exit-code` (its containers end with this code).

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{condition, garbage, set_condition};
use crate::json;
use crate::state::{Key, State, Task};

/// From the creation of a pod until its containers run: scheduling, volumes, images.
const START: Duration = Duration::from_secs(1);
/// How long a container runs that is to finish.
const RUN: Duration = Duration::from_secs(2);
/// How long containers take to end when asked.
const STOP: Duration = Duration::from_secs(1);
/// The first delay before a restart; it doubles each time.
const BACK_OFF: Duration = Duration::from_secs(10);
/// The longest delay before a restart.
const MAX_BACK_OFF: Duration = Duration::from_secs(300);

/// The names of the claims that a pod uses.
pub(crate) fn claims(pod: &Json) -> impl Iterator<Item = &str> {
    json::items(pod, "spec.volumes")
        .iter()
        .map(|it| json::text(it, "persistentVolumeClaim.claimName"))
        .filter(|it| !it.is_empty())
}

/// How long a pod lives on when it is deleted: what its containers need to end, but no longer than it is granted.
pub(crate) fn grace(pod: &Json) -> Duration {
    let granted = json::int(pod, "spec.terminationGracePeriodSeconds").unwrap_or(30);
    let running = json::text(pod, "status.phase") == "Running";
    if running { STOP.min(Duration::from_secs(granted.unsigned_abs())) } else { Duration::ZERO }
}

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, pod: &Json) {
    let since = state.stored(key).map(|it| it.since).unwrap_or_default();
    if json::terminating(pod) {
        if wait(state, key, since + grace(pod))
            && json::items(pod, "metadata.finalizers").is_empty()
        {
            state.erase(key);
        }
        return;
    }
    match json::text(pod, "status.phase") {
        "Pending" if json::text(pod, "spec.nodeName").is_empty() => schedule(state, key),
        "Pending" => {
            if !claims_bound(state, key, pod) {
                set_unready(state, key, "PodScheduled", "waiting for volumes");
            } else if wait(state, key, since + START) {
                start(state, key, pod);
            }
        }
        "Running" => running(state, key, pod, since),
        _ => {}
    }
}

/// Whether a moment has come; if not, looks again then.
fn wait(state: &mut State, key: &Key, at: Duration) -> bool {
    if state.now >= at {
        return true;
    }
    state.later(at - state.now, Task::Reconcile(key.clone()));
    false
}

fn schedule(state: &mut State, key: &Key) {
    let nodes: Vec<String> =
        state.list_named("v1", "Node", None).map(|(key, _)| key.name.clone()).collect();
    // Spread by name: the same pod always lands on the same node.
    let number = key.name.bytes().fold(0usize, |sum, it| sum.wrapping_add(usize::from(it)));
    let Some(node) = nodes.get(number % nodes.len().max(1)).cloned() else { return };
    let stamp = state.stamp();
    state.update(key, |it| {
        json::set(it, "spec.nodeName", node);
        set_condition(it, &stamp, "PodScheduled", true, "", "");
    });
    state.later(START, Task::Reconcile(key.clone()));
}

fn claims_bound(state: &State, key: &Key, pod: &Json) -> bool {
    claims(pod).all(|claim| {
        state
            .key("v1", "PersistentVolumeClaim", &key.namespace, claim)
            .and_then(|it| state.get(&it))
            .is_some_and(|it| json::text(&it, "status.phase") == "Bound")
    })
}

fn set_unready(state: &mut State, key: &Key, name: &str, message: &str) {
    let stamp = state.stamp();
    state.update(key, |it| {
        let scheduled = name == "PodScheduled";
        set_condition(it, &stamp, "PodScheduled", scheduled, "", "");
        set_condition(it, &stamp, "Ready", false, "ContainersNotReady", message);
    });
}

fn start(state: &mut State, key: &Key, pod: &Json) {
    let stamp = state.stamp();
    let address = address(state, key);
    let ready = ready_after(pod).is_some_and(|it| it.is_zero());
    state.update(key, |it| {
        json::set(it, "status.phase", "Running");
        json::set(it, "status.startTime", stamp.clone());
        json::set(it, "status.podIP", address.clone());
        json::set(it, "status.podIPs", json!([{"ip": address}]));
        json::set(it, "status.hostIP", "10.0.0.1");
        set_condition(it, &stamp, "PodReadyToStartContainers", true, "", "");
        set_condition(it, &stamp, "Initialized", true, "", "");
        set_ready(it, &stamp, ready);
        set_containers(it, &running_state(&stamp), 0);
    });
    state.mark(key);
    state.later(Duration::ZERO, Task::Reconcile(key.clone()));
}

fn address(state: &mut State, key: &Key) -> String {
    // From the name, so that it does not depend on the order in which pods start.
    let number = key
        .name
        .bytes()
        .chain(key.namespace.bytes())
        .fold(7u64, |sum, it| sum.wrapping_mul(31).wrapping_add(u64::from(it)));
    let mut number = crate::state::scatter(number);
    loop {
        let address = format!("10.244.{}.{}", number >> 8 & 0xff, number & 0xff);
        let taken = state
            .list_named("v1", "Pod", None)
            .any(|(_, it)| json::text(&it.object, "status.podIP") == address);
        if !taken {
            return address;
        }
        number += 1;
    }
}

fn running(state: &mut State, key: &Key, pod: &Json, since: Duration) {
    if in_back_off(pod) {
        let restarts = restarts(pod);
        if wait(state, key, since + back_off(restarts)) {
            let stamp = state.stamp();
            state.update(key, |it| {
                set_containers(it, &running_state(&stamp), restarts);
                set_ready(it, &stamp, ready_after(pod).is_some_and(|it| it.is_zero()));
            });
            state.mark(key);
            state.later(RUN, Task::Reconcile(key.clone()));
        }
        return;
    }
    if let Some(code) = exit_code(pod)
        && wait(state, key, since + RUN)
    {
        finish(state, key, pod, code);
        return;
    }
    if !condition(pod, "Ready")
        && let Some(after) = ready_after(pod)
        && wait(state, key, since + after)
    {
        let stamp = state.stamp();
        state.update(key, |it| set_ready(it, &stamp, true));
    }
}

fn finish(state: &mut State, key: &Key, pod: &Json, code: i64) {
    let stamp = state.stamp();
    let policy = json::text(pod, "spec.restartPolicy");
    let reason = if code == 0 { "Completed" } else { "Error" };
    let started = json::text(pod, "status.startTime").to_owned();
    let ended = json!({"terminated": {
        "exitCode": code, "reason": reason, "startedAt": started, "finishedAt": stamp
    }});
    let restart = policy == "Always" || (policy == "OnFailure" && code != 0);
    if restart {
        let count = restarts(pod) + 1;
        let waiting = json!({"waiting": {
            "reason": "CrashLoopBackOff",
            "message": format!("back-off {}s restarting failed container", back_off(count).as_secs()),
        }});
        state.update(key, |it| {
            set_ready(it, &stamp, false);
            set_containers(it, &waiting, count);
            for container in json::items_mut(it, "status.containerStatuses").into_iter().flatten() {
                json::set(container, "lastState", ended.clone());
            }
        });
        state.mark(key);
        state.later(back_off(count), Task::Reconcile(key.clone()));
        return;
    }
    let phase = if code == 0 { "Succeeded" } else { "Failed" };
    let why = if code == 0 { "PodCompleted" } else { "PodFailed" };
    state.update(key, |it| {
        json::set(it, "status.phase", phase);
        for name in ["Ready", "ContainersReady"] {
            set_condition(it, &stamp, name, false, why, "");
        }
        set_containers(it, &ended, restarts(pod));
    });
    state.mark(key);
}

fn back_off(restarts: i64) -> Duration {
    let doublings = u32::try_from(restarts.clamp(1, 16) - 1).unwrap_or(0);
    (BACK_OFF * 2u32.pow(doublings)).min(MAX_BACK_OFF)
}

/// With which code the containers end by themselves; `None` if they run until they are stopped.
fn exit_code(pod: &Json) -> Option<i64> {
    if let Some(code) = json::annotation(pod, "ko.test/exit-code") {
        return code.parse().ok();
    }
    let by_job = json::controller(pod).is_some_and(|it| json::text(it, "kind") == "Job");
    let finite = json::text(pod, "spec.restartPolicy") != "Always";
    (by_job || finite).then_some(0)
}

/// How long after its start a pod is ready; `None` for never.
fn ready_after(pod: &Json) -> Option<Duration> {
    if json::annotation(pod, "ko.test/never-ready") == Some("true") {
        return None;
    }
    if let Some(delay) = json::annotation(pod, "ko.test/ready-after") {
        return crate::time::parse_delay(delay);
    }
    let probes =
        json::items(pod, "spec.containers").iter().filter_map(|it| it.get("readinessProbe"));
    let delay = probes.map(|it| json::int(it, "initialDelaySeconds").unwrap_or(0).max(1)).max();
    Some(Duration::from_secs(delay.unwrap_or(0).unsigned_abs()))
}

fn in_back_off(pod: &Json) -> bool {
    json::items(pod, "status.containerStatuses")
        .iter()
        .any(|it| !json::at(it, "state.waiting").is_null())
}

/// How often the containers of a pod were restarted.
pub(crate) fn restarts(pod: &Json) -> i64 {
    json::items(pod, "status.containerStatuses")
        .iter()
        .filter_map(|it| json::int(it, "restartCount"))
        .max()
        .unwrap_or(0)
}

fn running_state(stamp: &str) -> Json {
    json!({"running": {"startedAt": stamp}})
}

fn set_ready(pod: &mut Json, stamp: &str, ready: bool) {
    let (reason, message) = if ready {
        ("", String::new())
    } else {
        let names: Vec<&str> =
            json::items(pod, "spec.containers").iter().map(|it| json::text(it, "name")).collect();
        ("ContainersNotReady", format!("containers with unready status: [{}]", names.join(" ")))
    };
    set_condition(pod, stamp, "ContainersReady", ready, reason, &message);
    set_condition(pod, stamp, "Ready", ready, reason, &message);
    for container in json::items_mut(pod, "status.containerStatuses").into_iter().flatten() {
        json::set(container, "ready", ready);
    }
}

fn set_containers(pod: &mut Json, what: &Json, restarts: i64) {
    let running = what.get("running").is_some();
    let ready = running && condition(pod, "Ready");
    let last: Vec<Json> = json::items(pod, "status.containerStatuses")
        .iter()
        .map(|it| it.get("lastState").cloned().unwrap_or_else(|| json!({})))
        .collect();
    let statuses: Vec<Json> = json::items(pod, "spec.containers")
        .iter()
        .enumerate()
        .map(|(at, container)| {
            json!({
                "name": json::text(container, "name"),
                "image": json::text(container, "image"),
                "imageID": "",
                "ready": ready,
                "started": running,
                "restartCount": restarts,
                "state": what,
                "lastState": last.get(at).cloned().unwrap_or_else(|| json!({})),
            })
        })
        .collect();
    json::set(pod, "status.containerStatuses", statuses);
}

/// Deletes a pod in the name of its controller.
pub(crate) fn remove(state: &mut State, key: &Key) {
    garbage::discard(state, key);
}

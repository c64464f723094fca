//! Jobs: pods that finish (<https://kubernetes.io/docs/concepts/workloads/controllers/job/>).

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::pods::Pod;
use super::{condition, garbage, pod, pods, set_condition};
use crate::json;
use crate::state::{CONTROLLER_DELAY, Key, State, Task};

/// The first delay before a failed pod is replaced; it doubles each time.
const BACK_OFF: Duration = Duration::from_secs(10);

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, job: &Json) {
    if json::terminating(job) {
        return;
    }
    if condition(job, "Complete") || condition(job, "Failed") {
        expire(state, key, job);
        return;
    }
    // The outcome is announced before it is final, so that others can see pods being ended.
    for (announced, last, reason) in [
        ("SuccessCriteriaMet", "Complete", "CompletionsReached"),
        ("FailureTarget", "Failed", failure_reason(job)),
    ] {
        if condition(job, announced) {
            return conclude(state, key, job, last, reason);
        }
    }
    let own = pods::of(state, job);
    let suspended = json::flag(job, "spec.suspend");
    let active: Vec<&Pod> = own.iter().filter(|(_, it)| pods::active(it)).collect();
    let succeeded = finished(&own, "Succeeded");
    let failed = finished(&own, "Failed");
    let limit = json::int(job, "spec.backoffLimit").unwrap_or(6);
    let restarts: i64 = own.iter().map(|(_, it)| pod::restarts(it)).sum();
    let restarting = json::text(job, "spec.template.spec.restartPolicy") == "OnFailure";
    let given_up = failed > limit || restarting && restarts > 0 && restarts >= limit.max(1);
    let stamp = state.stamp();
    let completions = json::int(job, "spec.completions");
    let done = match completions {
        Some(wanted) => succeeded >= wanted,
        None => succeeded > 0 && active.is_empty(),
    };
    let outcome = if done {
        Some((
            "SuccessCriteriaMet",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        ))
    } else if given_up {
        let message = "Job has reached the specified backoff limit";
        Some(("FailureTarget", "BackoffLimitExceeded", message))
    } else if too_late(state, key, job) {
        let message = "Job was active longer than specified deadline";
        Some(("FailureTarget", "DeadlineExceeded", message))
    } else {
        None
    };
    if outcome.is_some() || suspended {
        for (pod_key, _) in &active {
            pod::remove(state, pod_key);
        }
    } else {
        let parallel = json::int(job, "spec.parallelism").unwrap_or(1);
        let room = match completions {
            Some(wanted) => parallel.min(wanted - succeeded),
            None if succeeded > 0 => 0,
            None => parallel,
        };
        let present = i64::try_from(active.len()).unwrap_or(i64::MAX);
        if present < room && may_replace(state, key, failed) {
            for _ in present..room {
                create(state, key, job);
            }
        }
    }
    let own = pods::of(state, job);
    let active = pods::count(&own, pods::active);
    state.update(key, |it| {
        if !suspended {
            json::set_default(it, "status.startTime", stamp.clone());
        }
        let ready = pods::count(&own, |it| pods::active(it) && pods::ready(it));
        set_count(it, "active", active);
        json::set(it, "status.ready", ready);
        json::set(it, "status.terminating", pods::count(&own, json::terminating));
        set_count(it, "succeeded", succeeded);
        set_count(it, "failed", failed);
        json::set_default(it, "status.uncountedTerminatedPods", json!({}));
        let was_suspended = condition(it, "Suspended");
        if suspended != was_suspended {
            let reason = if suspended { "JobSuspended" } else { "JobResumed" };
            set_condition(it, &stamp, "Suspended", suspended, reason, "");
        }
        if let Some((name, reason, message)) = outcome {
            set_condition(it, &stamp, name, true, reason, message);
        }
    });
    if outcome.is_some() {
        state.later(CONTROLLER_DELAY, Task::Reconcile(key.clone()));
    }
}

/// Absent rather than 0, as the real status.
fn set_count(job: &mut Json, field: &str, count: i64) {
    let path = format!("status.{field}");
    if count == 0 {
        json::remove(job, &path);
    } else {
        json::set(job, &path, count);
    }
}

/// Pods of this outcome.
fn finished(own: &[Pod], phase: &str) -> i64 {
    pods::count(own, |it| json::text(it, "status.phase") == phase)
}

fn failure_reason(job: &Json) -> &str {
    json::items(job, "status.conditions")
        .iter()
        .find(|it| json::text(it, "type") == "FailureTarget")
        .map(|it| json::text(it, "reason"))
        .unwrap_or_default()
}

fn conclude(state: &mut State, key: &Key, job: &Json, last: &str, reason: &str) {
    let own = pods::of(state, job);
    if own.iter().any(|(_, it)| json::terminating(it) || pods::active(it)) {
        // Looked at again when the last pod has ended.
        return;
    }
    let stamp = state.stamp();
    let message = json::items(job, "status.conditions")
        .iter()
        .find(|it| json::text(it, "reason") == reason)
        .map(|it| json::text(it, "message").to_owned())
        .unwrap_or_default();
    state.update(key, |it| {
        set_condition(it, &stamp, last, true, reason, &message);
        json::set(it, "status.ready", 0);
        json::set(it, "status.terminating", 0);
        json::remove(it, "status.active");
        if last == "Complete" {
            json::set(it, "status.completionTime", stamp.clone());
        }
    });
    state.mark(key);
}

fn too_late(state: &mut State, key: &Key, job: &Json) -> bool {
    let Some(seconds) = json::int(job, "spec.activeDeadlineSeconds") else { return false };
    let started = state.stored(key).map(|it| it.since).unwrap_or_default();
    let deadline = started + Duration::from_secs(seconds.unsigned_abs());
    if state.now >= deadline {
        return true;
    }
    state.later(deadline - state.now, Task::Reconcile(key.clone()));
    false
}

/// Whether the delay after the last failure is over; if not, looks again then.
fn may_replace(state: &mut State, key: &Key, failed: i64) -> bool {
    if failed == 0 {
        return true;
    }
    let last = state
        .list_named("v1", "Pod", Some(&key.namespace))
        .filter(|(_, it)| {
            json::text(&it.object, "status.phase") == "Failed"
                && json::controller(&it.object).is_some_and(|it| json::text(it, "name") == key.name)
        })
        .map(|(_, it)| it.since)
        .max()
        .unwrap_or_default();
    let doublings = u32::try_from(failed.clamp(1, 6) - 1).unwrap_or(0);
    let then = last + BACK_OFF * 2u32.pow(doublings);
    if state.now >= then {
        return true;
    }
    state.later(then - state.now, Task::Reconcile(key.clone()));
    false
}

fn create(state: &mut State, key: &Key, job: &Json) {
    let suffix = state.new_suffix();
    if json::text(job, "spec.completionMode") != "Indexed" {
        pods::create(state, job, &format!("{}-{suffix}", key.name), &[], |_| {});
        return;
    }
    let own = pods::of(state, job);
    let taken = |index: i64| {
        own.iter().any(|(_, it)| {
            json::text(it, "status.phase") != "Failed"
                && json::annotation(it, "batch.kubernetes.io/job-completion-index")
                    == Some(&index.to_string())
        })
    };
    let wanted = json::int(job, "spec.completions").unwrap_or(1);
    let Some(index) = (0..wanted).find(|it| !taken(*it)) else { return };
    let labels = [("batch.kubernetes.io/job-completion-index", index.to_string())];
    pods::create(state, job, &format!("{}-{index}-{suffix}", key.name), &labels, |it| {
        json::object_mut(it, "metadata.annotations").insert(
            "batch.kubernetes.io/job-completion-index".to_owned(),
            index.to_string().into(),
        );
        json::set(it, "spec.hostname", format!("{}-{index}", key.name));
    });
}

/// Deletes a finished job that is not to be kept.
fn expire(state: &mut State, key: &Key, job: &Json) {
    let Some(seconds) = json::int(job, "spec.ttlSecondsAfterFinished") else { return };
    let finished = state.stored(key).map(|it| it.since).unwrap_or_default();
    let then = finished + Duration::from_secs(seconds.unsigned_abs());
    if state.now >= then {
        garbage::discard(state, key);
    } else {
        state.later(then - state.now, Task::Reconcile(key.clone()));
    }
}

//! When an object is what a program waits for.
//! Sources: <https://kubernetes.io/docs/reference/kubernetes-api/> for the fields of status, and the pages of the
//! workloads for when a roll-out is complete.

use ko_schema::Kind;
use serde_json::Value as Json;

/// How far an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// The condition holds.
    Met,
    /// It does not hold yet, for this reason.
    Waiting(String),
    /// It will never hold, for this reason.
    Hopeless(String),
}

use Progress::{Hopeless, Met, Waiting};

/// What is waited for if the call does not say.
pub(super) fn default_condition(kind: &Kind) -> &'static str {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("batch", "Job") => "Complete",
        ("", "PersistentVolumeClaim" | "PersistentVolume") => "Bound",
        ("", "Namespace") => "Active",
        ("apiextensions.k8s.io", _) => "Established",
        _ => "Ready",
    }
}

/// How far an object of a kind is; `None` if it does not exist.
pub(super) fn progress(kind: &Kind, condition: &str, object: Option<&Json>) -> Progress {
    let Some(object) = object else {
        return if condition == "Deleted" { Met } else { Waiting("does not exist".to_owned()) };
    };
    match condition {
        "Exists" => return Met,
        "Deleted" => return Waiting(deletion(object)),
        _ => {}
    }
    let generation = object["metadata"]["generation"].as_i64();
    if let (Some(observed), Some(generation)) =
        (object["status"]["observedGeneration"].as_i64(), generation)
        && observed < generation
    {
        return Waiting("the last change is not yet taken up".to_owned());
    }
    match (kind.group.as_str(), kind.kind.as_str(), condition) {
        ("", "Pod", "Running" | "Succeeded" | "Failed") => pod_phase(object, condition),
        ("", "Pod", "Ready") => match typed(object, "Ready") {
            Met => Met,
            _ => Waiting(pod_state(object)),
        },
        ("apps", "Deployment", "Ready") => deployment(object),
        ("apps", "Deployment", "Available") => match typed(object, "Available") {
            Met => Met,
            other => deadline_exceeded(object).unwrap_or(other),
        },
        ("apps", "StatefulSet", "Ready") => stateful_set(object),
        ("apps", "DaemonSet", "Ready") => daemon_set(object),
        ("apps", "ReplicaSet", "Ready") | ("", "ReplicationController", "Ready") => {
            counts(object, &["readyReplicas"], wanted(object))
        }
        ("batch", "Job", "Ready" | "Complete") => job(object),
        ("", "PersistentVolumeClaim" | "PersistentVolume" | "Namespace", _)
            if matches!(condition, "Bound" | "Active" | "Ready") =>
        {
            let wanted = default_condition(kind);
            let phase = object["status"]["phase"].as_str().unwrap_or("unknown");
            if phase == wanted { Met } else { Waiting(format!("is {phase}")) }
        }
        ("", "Service", "Ready") => {
            let balanced = object["spec"]["type"] == "LoadBalancer";
            if balanced && object["status"]["loadBalancer"]["ingress"].is_null() {
                Waiting("has no address of a load balancer yet".to_owned())
            } else {
                Met
            }
        }
        (_, _, "Ready") if object["status"]["conditions"].as_array().is_none_or(Vec::is_empty) => {
            // Nothing that could become ready: to exist is enough.
            if has_status(kind) { Waiting("has no conditions yet".to_owned()) } else { Met }
        }
        _ => typed(object, condition),
    }
}

fn has_status(kind: &Kind) -> bool {
    kind.subresource("status").is_some()
}

fn deletion(object: &Json) -> String {
    let Some(since) = object["metadata"]["deletionTimestamp"].as_str() else {
        return "exists, and is not being deleted".to_owned();
    };
    let finalizers: Vec<&str> = object["metadata"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut text = format!("is being deleted since {since}");
    if !finalizers.is_empty() {
        text.push_str(&format!(", held by {}", finalizers.join(", ")));
    }
    for condition in object["status"]["conditions"].as_array().into_iter().flatten() {
        let remaining = matches!(
            condition["type"].as_str(),
            Some("NamespaceContentRemaining" | "NamespaceFinalizersRemaining")
        );
        if remaining && condition["status"] == "True" {
            text.push_str(&format!(": {}", condition["message"].as_str().unwrap_or_default()));
        }
    }
    text
}

/// Why an object that should be gone still exists.
pub(super) fn why_not_gone(object: &Json) -> String {
    deletion(object)
}

fn condition<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    object["status"]["conditions"].as_array()?.iter().find(|it| it["type"] == name)
}

/// A condition of `status.conditions` by its type.
fn typed(object: &Json, name: &str) -> Progress {
    let Some(found) = condition(object, name) else {
        return Waiting(format!("has no condition {name} yet"));
    };
    let generation = object["metadata"]["generation"].as_i64();
    let outdated = match (found["observedGeneration"].as_i64(), generation) {
        (Some(observed), Some(generation)) => observed < generation,
        _ => false,
    };
    if found["status"] == "True" && !outdated {
        return Met;
    }
    let said = ["reason", "message"].map(|it| found[it].as_str().unwrap_or_default());
    Waiting(format!("is not {name}{}", explain(said)))
}

fn explain([reason, message]: [&str; 2]) -> String {
    match (reason, message) {
        ("", "") => String::new(),
        (reason, "") => format!(" ({reason})"),
        ("", message) => format!(" ({message})"),
        (reason, message) => format!(" ({reason}: {message})"),
    }
}

fn pod_phase(pod: &Json, wanted: &str) -> Progress {
    let phase = pod["status"]["phase"].as_str().unwrap_or("Unknown");
    if phase == wanted {
        return Met;
    }
    // These two are final.
    if matches!(phase, "Succeeded" | "Failed") && wanted != "Running" {
        return Hopeless(format!("has {}", phase.to_lowercase()));
    }
    Waiting(pod_state(pod))
}

fn pod_state(pod: &Json) -> String {
    for container in pod["status"]["containerStatuses"].as_array().into_iter().flatten() {
        if let Some(reason) = container["state"]["waiting"]["reason"].as_str() {
            let name = container["name"].as_str().unwrap_or_default();
            return format!("container {name} is in {reason}");
        }
    }
    let phase = pod["status"]["phase"].as_str().unwrap_or("Unknown");
    match condition(pod, "Ready") {
        Some(ready) if phase == "Running" => {
            let message = ready["message"].as_str().unwrap_or_default();
            format!("is running{}", explain(["", message]))
        }
        _ => format!("is {}", phase.to_lowercase()),
    }
}

fn wanted(object: &Json) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

fn counts(object: &Json, fields: &[&str], wanted: i64) -> Progress {
    if object["status"]["observedGeneration"].is_null()
        && !object["metadata"]["generation"].is_null()
    {
        return Waiting("is not yet taken up".to_owned());
    }
    let number = |field: &str| object["status"][field].as_i64().unwrap_or(0);
    match fields.iter().find(|it| number(it) != wanted) {
        None => Met,
        Some(field) => {
            let what = match *field {
                "readyReplicas" | "numberReady" => "ready",
                "availableReplicas" | "numberAvailable" => "available",
                "updatedReplicas" | "updatedNumberScheduled" => "up to date",
                _ => "present",
            };
            Waiting(format!("{} of {wanted} pods are {what}", number(field)))
        }
    }
}

fn deadline_exceeded(deployment: &Json) -> Option<Progress> {
    let it = condition(deployment, "Progressing")?;
    (it["reason"] == "ProgressDeadlineExceeded").then(|| {
        Hopeless("its roll-out made no progress in time (ProgressDeadlineExceeded)".to_owned())
    })
}

fn deployment(object: &Json) -> Progress {
    let fields = ["updatedReplicas", "availableReplicas", "replicas"];
    match counts(object, &fields, wanted(object)) {
        Met => Met,
        other => deadline_exceeded(object).unwrap_or(other),
    }
}

fn stateful_set(object: &Json) -> Progress {
    let counted = counts(object, &["readyReplicas"], wanted(object));
    let status = &object["status"];
    let held_back =
        object["spec"]["updateStrategy"]["rollingUpdate"]["partition"].as_i64().unwrap_or(0) > 0
            || object["spec"]["updateStrategy"]["type"] == "OnDelete";
    if counted == Met && !held_back && status["currentRevision"] != status["updateRevision"] {
        return Waiting("pods of an old revision are being replaced".to_owned());
    }
    counted
}

fn daemon_set(object: &Json) -> Progress {
    let desired = object["status"]["desiredNumberScheduled"].as_i64().unwrap_or(0);
    counts(object, &["updatedNumberScheduled", "numberAvailable"], desired)
}

fn job(object: &Json) -> Progress {
    if let Some(failed) = condition(object, "Failed")
        && failed["status"] == "True"
    {
        let said = ["reason", "message"].map(|it| failed[it].as_str().unwrap_or_default());
        return Hopeless(format!("has failed{}", explain(said)));
    }
    match typed(object, "Complete") {
        Met => Met,
        _ => {
            let number = |field: &str| object["status"][field].as_i64().unwrap_or(0);
            let wanted = object["spec"]["completions"].as_i64().unwrap_or(1);
            let failed = match number("failed") {
                0 => String::new(),
                failed => format!(", {failed} have failed"),
            };
            Waiting(format!("{} of {wanted} pods have succeeded{failed}", number("succeeded")))
        }
    }
}

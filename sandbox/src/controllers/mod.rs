//! What makes objects come to life: simulations of the controllers of Kubernetes
//! (<https://kubernetes.io/docs/concepts/architecture/controller/>) and of the machines that run pods.
//!
//! A controller is a function that looks at one object and does what is due at the virtual time; it keeps nothing of its
//! own. It is called some time after its object, or one that the object owns, changed, and again when it asked for it.

pub(crate) mod garbage;

mod budget;
mod daemon_set;
mod deployment;
mod job;
mod namespace;
mod pod;
mod pods;
mod replica_set;
mod stateful_set;
mod volume;

pub(crate) use namespace::furnish;
pub(crate) use pods::create_object as place;

use serde_json::{Value as Json, json};

use crate::json;
use crate::state::{CONTROLLER_DELAY, Key, State, Task};

/// Does what is due for an object.
pub(crate) fn reconcile(state: &mut State, key: &Key) {
    let Some(object) = state.get(key) else { return };
    if garbage::reconcile(state, key, &object) {
        return;
    }
    let kind = state.kind(key);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Namespace") => namespace::reconcile(state, key, &object),
        ("", "Pod") => pod::reconcile(state, key, &object),
        ("", "PersistentVolumeClaim") => volume::reconcile(state, key, &object),
        ("apps", "Deployment") => deployment::reconcile(state, key, &object),
        ("apps", "ReplicaSet") => replica_set::reconcile(state, key, &object),
        ("apps", "StatefulSet") => stateful_set::reconcile(state, key, &object),
        ("apps", "DaemonSet") => daemon_set::reconcile(state, key, &object),
        ("batch", "Job") => job::reconcile(state, key, &object),
        ("policy", "PodDisruptionBudget") => budget::reconcile(state, key, &object),
        _ => {}
    }
}

/// Called at every change: whose controllers have to look.
pub(crate) fn notice(state: &mut State, key: &Key, old: Option<&Json>, new: &Json) {
    let mut concerned = vec![key.clone()];
    for owner in json::items(new, "metadata.ownerReferences") {
        let (gv, kind) = (json::text(owner, "apiVersion"), json::text(owner, "kind"));
        concerned.extend(state.key(gv, kind, &key.namespace, json::text(owner, "name")));
    }
    let kind = state.kind(key);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => {
            // Budgets count pods; claims in deletion wait for pods that use them; sets wait for pods of their names.
            for (gv, kind) in
                [("policy/v1", "PodDisruptionBudget"), ("v1", "PersistentVolumeClaim")]
            {
                let all = state.list_named(gv, kind, Some(&key.namespace));
                let waiting = all.filter(|(_, it)| {
                    kind == "PodDisruptionBudget" || json::terminating(&it.object)
                });
                concerned.extend(waiting.map(|(key, _)| key.clone()));
            }
        }
        ("", "PersistentVolumeClaim") => {
            let pods = state.list_named("v1", "Pod", Some(&key.namespace));
            let waiting = pods.filter(|(_, it)| pod::claims(&it.object).any(|it| it == key.name));
            concerned.extend(waiting.map(|(key, _)| key.clone()));
        }
        _ => {}
    }
    if !key.namespace.is_empty()
        && let Some(namespace) = state.key("v1", "Namespace", "", &key.namespace)
        && state.stored(&namespace).is_none_or(|it| json::terminating(&it.object))
    {
        concerned.push(namespace);
    }
    // Who has let go of the object has to look, too.
    if let Some(owner) = old.and_then(json::controller)
        && json::controller(new) != Some(owner)
    {
        let (gv, kind) = (json::text(owner, "apiVersion"), json::text(owner, "kind"));
        concerned.extend(state.key(gv, kind, &key.namespace, json::text(owner, "name")));
    }
    for key in concerned {
        state.later(CONTROLLER_DELAY, Task::Reconcile(key));
    }
}

/// Sets a condition in `status.conditions`. The transition time moves only with the status.
pub(crate) fn set_condition(
    object: &mut Json,
    stamp: &str,
    name: &str,
    status: bool,
    reason: &str,
    message: &str,
) {
    let status = if status { "True" } else { "False" };
    let list = json::object_mut(object, "status")
        .entry("conditions")
        .or_insert_with(|| json!([]))
        .as_array_mut();
    let Some(list) = list else { return };
    let found = list.iter_mut().find(|it| json::text(it, "type") == name);
    let mut condition = json!({"type": name, "status": status});
    if !reason.is_empty() {
        json::set(&mut condition, "reason", reason);
    }
    if !message.is_empty() {
        json::set(&mut condition, "message", message);
    }
    match found {
        Some(it) => {
            let kept = json::text(it, "status") == status;
            let time = if kept { json::text(it, "lastTransitionTime") } else { stamp };
            json::set(&mut condition, "lastTransitionTime", time);
            *it = condition;
        }
        None => {
            json::set(&mut condition, "lastTransitionTime", stamp);
            list.push(condition);
        }
    }
}

/// Whether a condition is true.
pub(crate) fn condition(object: &Json, name: &str) -> bool {
    json::items(object, "status.conditions")
        .iter()
        .any(|it| json::text(it, "type") == name && json::text(it, "status") == "True")
}

/// The reference that makes `owner` the controller of a dependent.
pub(crate) fn controller_reference(owner: &Json) -> Json {
    json!({
        "apiVersion": json::text(owner, "apiVersion"),
        "kind": json::text(owner, "kind"),
        "name": json::name(owner),
        "uid": json::uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// A short text that tells one content from others: for names of revisions.
pub(crate) fn hash(value: &Json) -> String {
    // FNV-1a over the text: stable between runs.
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in value.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    crate::state::letters(crate::state::scatter(hash), 10)
}

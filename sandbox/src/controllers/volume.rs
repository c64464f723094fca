//! Persistent volume claims: bound to a volume made for them, and kept while a pod uses them
//! (<https://kubernetes.io/docs/concepts/storage/persistent-volumes/>).

use serde_json::{Value as Json, json};

use super::{garbage, pod, pods};
use crate::json;
use crate::state::{Key, State};

const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, claim: &Json) {
    if json::terminating(claim) {
        let used = state.list_named("v1", "Pod", Some(&key.namespace)).any(|(_, it)| {
            let finished = matches!(json::text(&it.object, "status.phase"), "Succeeded" | "Failed");
            !finished && pod::claims(&it.object).any(|it| it == key.name)
        });
        if !used {
            let volume = json::text(claim, "spec.volumeName").to_owned();
            garbage::remove_finalizer(state, key, PROTECTION);
            release(state, &volume);
        }
        return;
    }
    if json::text(claim, "status.phase") == "Pending" {
        bind(state, key, claim);
    }
}

fn bind(state: &mut State, key: &Key, claim: &Json) {
    let class = json::text(claim, "spec.storageClassName").to_owned();
    let known = state
        .key("storage.k8s.io/v1", "StorageClass", "", &class)
        .is_some_and(|it| state.stored(&it).is_some());
    let named = json::text(claim, "spec.volumeName");
    if !known && named.is_empty() {
        // As in a real cluster, such a claim waits until somebody makes the class or a volume.
        return;
    }
    let volume =
        if named.is_empty() { format!("pvc-{}", json::uid(claim)) } else { named.to_owned() };
    let storage = json::at(claim, "spec.resources.requests.storage").clone();
    let modes = json::at(claim, "spec.accessModes").clone();
    let object = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume},
        "spec": {
            "accessModes": modes,
            "capacity": {"storage": storage},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": key.namespace,
                "name": key.name,
                "uid": json::uid(claim),
            },
            "hostPath": {"path": format!("/sandbox/{volume}")},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": class,
            "volumeMode": json::at(claim, "spec.volumeMode"),
        },
        "status": {"phase": "Bound"},
    });
    pods::create_object(state, "v1", "PersistentVolume", object);
    state.update(key, |it| {
        json::set(it, "spec.volumeName", volume.as_str());
        let annotations = json::object_mut(it, "metadata.annotations");
        for name in ["bind-completed", "bound-by-controller"] {
            annotations.insert(format!("pv.kubernetes.io/{name}"), "yes".into());
        }
        json::set(it, "status.phase", "Bound");
        json::set(it, "status.accessModes", modes);
        json::set(it, "status.capacity", json!({"storage": storage}));
        json::set(it, "metadata.finalizers", json!([PROTECTION]));
    });
}

/// Deletes the volume of a claim that is gone, if that is its policy.
fn release(state: &mut State, volume: &str) {
    let Some(key) = state.key("v1", "PersistentVolume", "", volume) else { return };
    let Some(object) = state.get(&key) else { return };
    if json::text(&object, "spec.persistentVolumeReclaimPolicy") == "Delete" {
        garbage::delete(state, &key, garbage::Propagation::Background);
    } else {
        state.update(&key, |it| json::set(it, "status.phase", "Released"));
    }
}

//! Namespaces: what a new one is furnished with, and how one goes with all that is in it
//! (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>).

use serde_json::{Value as Json, json};

use super::{garbage, pods, set_condition};
use crate::json;
use crate::state::{Key, State};

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, namespace: &Json) {
    if json::terminating(namespace) {
        empty(state, key);
    } else {
        furnish(state, &key.name);
    }
}

/// The account and the certificates that every namespace has.
pub(crate) fn furnish(state: &mut State, name: &str) {
    let account = json!({"metadata": {"name": "default", "namespace": name}});
    pods::create_object(state, "v1", "ServiceAccount", with_kind("ServiceAccount", account));
    let certificates = json!({
        "metadata": {"name": "kube-root-ca.crt", "namespace": name},
        "data": {"ca.crt": "the sandbox has no certificates\n"},
    });
    pods::create_object(state, "v1", "ConfigMap", with_kind("ConfigMap", certificates));
}

fn with_kind(kind: &str, mut object: Json) -> Json {
    json::set(&mut object, "apiVersion", "v1");
    json::set(&mut object, "kind", kind);
    object
}

fn empty(state: &mut State, key: &Key) {
    let contents: Vec<Key> =
        state.all().map(|(it, _)| it).filter(|it| it.namespace == key.name).cloned().collect();
    for content in &contents {
        garbage::delete(state, content, garbage::Propagation::Background);
    }
    let left: Vec<&Key> = contents.iter().filter(|it| state.stored(it).is_some()).collect();
    if left.is_empty() {
        let finalizers = state.get(key).map(|it| json::items(&it, "metadata.finalizers").len());
        if finalizers == Some(0) {
            state.erase(key);
        }
        return;
    }
    let message = format!("Some resources are remaining: {} objects", left.len());
    let stamp = state.stamp();
    state.update(key, |it| {
        let name = "NamespaceContentRemaining";
        set_condition(it, &stamp, name, true, "SomeResourcesRemain", &message);
    });
}

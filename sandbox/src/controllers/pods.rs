//! What controllers of pods have in common: finding their pods, making them from a template, counting them.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{condition, controller_reference};
use crate::json;
use crate::objects;
use crate::selectors::Labels;
use crate::state::{Key, State};

/// A pod with where it lives.
pub(crate) type Pod = (Key, Arc<Json>);

/// The pods that a workload controls, by name. Pods that match its selector and have no controller are adopted.
pub(crate) fn of(state: &mut State, owner: &Json) -> Vec<Pod> {
    let namespace = json::text(owner, "metadata.namespace");
    let selector = Labels::from_json(json::at(owner, "spec.selector"));
    let uid = json::uid(owner);
    let mut adopted = Vec::new();
    let mut found = Vec::new();
    for (key, stored) in state.list_named("v1", "Pod", Some(namespace)) {
        let pod = &stored.object;
        match json::controller(pod) {
            Some(it) if json::text(it, "uid") == uid => found.push((key.clone(), pod.clone())),
            None if !selector.is_empty()
                && selector.matches(pod)
                && !json::terminating(pod)
                && !json::terminating(owner) =>
            {
                adopted.push(key.clone());
            }
            _ => {}
        }
    }
    for key in adopted {
        state.update(&key, |it| {
            json::set(it, "metadata.ownerReferences", json!([controller_reference(owner)]));
        });
        found.extend(state.get(&key).map(|it| (key, it)));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Makes a pod from the template of a workload. `labels` are added to those of the template.
pub(crate) fn create(
    state: &mut State,
    owner: &Json,
    name: &str,
    labels: &[(&str, String)],
    adjust: impl FnOnce(&mut Json),
) {
    let template = json::at(owner, "spec.template");
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": json::text(owner, "metadata.namespace"),
        },
        "spec": json::at(template, "spec"),
    });
    for part in ["labels", "annotations"] {
        if let Some(map) = json::at(template, "metadata").get(part) {
            json::set(&mut pod, &format!("metadata.{part}"), map.clone());
        }
    }
    let map: &mut Map<String, Json> = json::object_mut(&mut pod, "metadata.labels");
    for (key, value) in labels {
        map.insert((*key).to_owned(), value.clone().into());
    }
    json::set(&mut pod, "metadata.ownerReferences", json!([controller_reference(owner)]));
    adjust(&mut pod);
    create_object(state, "v1", "Pod", pod);
}

/// Makes any object in the name of a controller. One that would be refused is not made, as with a real controller,
/// which would report an event.
pub(crate) fn create_object(state: &mut State, gv: &str, kind: &str, mut object: Json) {
    let schema = state.schema.clone();
    let Some(kind) = schema.find_kind(gv, kind) else { return };
    let key = Key {
        kind: kind.id,
        namespace: if kind.namespaced {
            json::text(&object, "metadata.namespace").to_owned()
        } else {
            String::new()
        },
        name: json::name(&object).to_owned(),
    };
    if state.stored(&key).is_some() || objects::check_namespace(state, &key).is_err() {
        return;
    }
    let status = json::remove(&mut object, "status");
    if let Ok(mut prepared) = objects::prepare_new(state, kind, object) {
        if let Some(status) = status {
            json::set(&mut prepared, "status", status);
        }
        state.put(&key, prepared, None);
    }
}

/// Whether a pod still counts: neither in deletion nor finished.
pub(crate) fn active(pod: &Json) -> bool {
    !json::terminating(pod) && !matches!(json::text(pod, "status.phase"), "Succeeded" | "Failed")
}

/// Whether a pod is ready.
pub(crate) fn ready(pod: &Json) -> bool {
    !json::terminating(pod) && condition(pod, "Ready")
}

/// How many pods satisfy something.
pub(crate) fn count(pods: &[Pod], what: impl Fn(&Json) -> bool) -> i64 {
    i64::try_from(pods.iter().filter(|(_, it)| what(it)).count()).unwrap_or(i64::MAX)
}

//! Daemon sets: a pod on every node (<https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/>).

use serde_json::Value as Json;

use super::{hash, pod, pods};
use crate::json;
use crate::state::{Key, State};

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, set: &Json) {
    let own = pods::of(state, set);
    if json::terminating(set) {
        return;
    }
    let nodes: Vec<String> =
        state.list_named("v1", "Node", None).map(|(key, _)| key.name.clone()).collect();
    let revision = hash(json::at(set, "spec.template"));
    let rolling = json::text(set, "spec.updateStrategy.type") != "OnDelete";
    // One at a time: the default, and what most set.
    let mut may_replace = own.iter().all(|(_, it)| pods::ready(it));
    for node in &nodes {
        let here = own.iter().find(|(_, it)| json::text(it, "spec.nodeName") == node);
        match here {
            None => {
                let name = format!("{}-{}", key.name, state.new_suffix());
                let labels = [
                    ("controller-revision-hash", revision.clone()),
                    ("pod-template-generation", generation(set).to_string()),
                ];
                pods::create(state, set, &name, &labels, |it| {
                    json::set(it, "spec.nodeName", node.as_str());
                });
            }
            Some((pod_key, it)) => {
                let outdated = json::label(it, "controller-revision-hash") != Some(&revision);
                let failed = json::text(it, "status.phase") == "Failed";
                if !json::terminating(it) && (failed || outdated && rolling && may_replace) {
                    may_replace = false;
                    pod::remove(state, pod_key);
                }
            }
        }
    }
    let own = pods::of(state, set);
    let desired = i64::try_from(nodes.len()).unwrap_or(0);
    let ready = pods::count(&own, pods::ready);
    let updated = pods::count(&own, |it| {
        pods::active(it) && json::label(it, "controller-revision-hash") == Some(&revision)
    });
    state.update(key, |it| {
        json::set(it, "status.desiredNumberScheduled", desired);
        json::set(it, "status.currentNumberScheduled", pods::count(&own, pods::active));
        json::set(it, "status.numberMisscheduled", 0);
        json::set(it, "status.numberReady", ready);
        json::set(it, "status.numberAvailable", ready);
        json::set(it, "status.numberUnavailable", desired - ready);
        json::set(it, "status.updatedNumberScheduled", updated);
        json::set(it, "status.observedGeneration", generation(set));
    });
}

fn generation(set: &Json) -> i64 {
    json::int(set, "metadata.generation").unwrap_or(1)
}

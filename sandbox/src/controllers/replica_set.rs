//! Replica sets: a number of equal pods (<https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/>).

use serde_json::Value as Json;

use super::{pod, pods};
use crate::json;
use crate::state::{Key, State};

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, set: &Json) {
    let own = pods::of(state, set);
    if json::terminating(set) {
        return;
    }
    let wanted = json::int(set, "spec.replicas").unwrap_or(1);
    let mut active: Vec<_> = own.iter().filter(|(_, it)| pods::active(it)).collect();
    let present = i64::try_from(active.len()).unwrap_or(i64::MAX);
    for _ in present..wanted {
        let name = format!("{}-{}", key.name, state.new_suffix());
        pods::create(state, set, &name, &[], |_| {});
    }
    // The ones least useful go first: not ready, then the newest.
    active.sort_by_key(|(_, it)| {
        let created = json::text(it, "metadata.creationTimestamp").to_owned();
        (pods::ready(it), std::cmp::Reverse(created))
    });
    let surplus = usize::try_from(present - wanted).unwrap_or(0);
    for (pod_key, _) in active.into_iter().take(surplus) {
        pod::remove(state, pod_key);
    }
    let own: Vec<_> = pods::of(state, set).into_iter().filter(|(_, it)| pods::active(it)).collect();
    let ready = pods::count(&own, pods::ready);
    let all = pods::count(&own, |_| true);
    state.update(key, |it| {
        json::set(it, "status.replicas", all);
        json::set(it, "status.fullyLabeledReplicas", all);
        json::set(it, "status.readyReplicas", ready);
        json::set(it, "status.availableReplicas", ready);
        let generation = json::int(it, "metadata.generation").unwrap_or(1);
        json::set(it, "status.observedGeneration", generation);
    });
}

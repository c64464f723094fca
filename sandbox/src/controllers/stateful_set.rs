//! Stateful sets: pods with names of their own, made in order, each with claims that outlive it
//! (<https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/>).

use serde_json::{Value as Json, json};

use super::pods::Pod;
use super::{controller_reference, hash, pod, pods};
use crate::json;
use crate::state::{Key, State};

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, set: &Json) {
    let own = pods::of(state, set);
    if json::terminating(set) {
        return;
    }
    let wanted = json::int(set, "spec.replicas").unwrap_or(1).max(0);
    let first = json::int(set, "spec.ordinals.start").unwrap_or(0);
    let update = format!("{}-{}", key.name, hash(json::at(set, "spec.template")));
    let current = match json::text(set, "status.currentRevision") {
        "" => update.clone(),
        it => it.to_owned(),
    };
    let parallel = json::text(set, "spec.podManagementPolicy") == "Parallel";
    let work = Work { key, set, own: &own, update: &update, current: &current, first, wanted };
    let steady = work.create_missing(state, parallel);
    let steady = steady && work.remove_surplus(state, parallel);
    if steady {
        work.replace_outdated(state);
    }
    work.status(state);
}

struct Work<'a> {
    key: &'a Key,
    set: &'a Json,
    own: &'a [Pod],
    /// The revision of the template as it is.
    update: &'a str,
    /// The revision that the last completed roll-out went to.
    current: &'a str,
    first: i64,
    wanted: i64,
}

impl Work<'_> {
    fn pod(&self, ordinal: i64) -> Option<&Pod> {
        let name = format!("{}-{ordinal}", self.key.name);
        self.own.iter().find(|(key, _)| key.name == name)
    }

    fn ordinal(&self, pod: &Pod) -> i64 {
        let prefix = format!("{}-", self.key.name);
        pod.0.name.strip_prefix(&prefix).and_then(|it| it.parse().ok()).unwrap_or(i64::MAX)
    }

    fn partition(&self) -> i64 {
        json::int(self.set, "spec.updateStrategy.rollingUpdate.partition").unwrap_or(0)
    }

    /// Answers whether all pods are there and, unless in parallel, ready.
    fn create_missing(&self, state: &mut State, parallel: bool) -> bool {
        let mut steady = true;
        for ordinal in self.first..self.first + self.wanted {
            match self.pod(ordinal) {
                None => {
                    self.create(state, ordinal);
                    steady = false;
                }
                Some((key, it)) if json::text(it, "status.phase") == "Failed" => {
                    pod::remove(state, key);
                    steady = false;
                }
                Some((_, it)) if !pods::ready(it) => steady = false,
                Some(_) => {}
            }
            if !steady && !parallel {
                return false;
            }
        }
        steady
    }

    fn create(&self, state: &mut State, ordinal: i64) {
        let name = format!("{}-{ordinal}", self.key.name);
        let claims = json::items(self.set, "spec.volumeClaimTemplates");
        for claim in claims {
            self.create_claim(state, claim, &name);
        }
        // While a roll-out is held back by its partition, lower ordinals keep the old revision. The template of an old
        // revision is not kept here: a lost pod comes back with the new one.
        let labels = [
            ("controller-revision-hash", self.update.to_owned()),
            ("statefulset.kubernetes.io/pod-name", name.clone()),
            ("apps.kubernetes.io/pod-index", ordinal.to_string()),
        ];
        let service = json::text(self.set, "spec.serviceName").to_owned();
        pods::create(state, self.set, &name, &labels, |pod| {
            json::set(pod, "spec.hostname", name.as_str());
            if !service.is_empty() {
                json::set(pod, "spec.subdomain", service);
            }
            let spec = json::object_mut(pod, "spec");
            let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
            if let Some(volumes) = volumes.as_array_mut() {
                for claim in claims {
                    let own = json::name(claim);
                    volumes.retain(|it| json::text(it, "name") != own);
                    volumes.push(json!({
                        "name": own,
                        "persistentVolumeClaim": {"claimName": format!("{own}-{name}")},
                    }));
                }
            }
        });
    }

    fn create_claim(&self, state: &mut State, template: &Json, pod: &str) {
        let mut claim = template.clone();
        json::remove(&mut claim, "status");
        json::set(&mut claim, "metadata.name", format!("{}-{pod}", json::name(template)));
        json::set(&mut claim, "metadata.namespace", self.key.namespace.as_str());
        let selected = json::at(self.set, "spec.selector.matchLabels").as_object().cloned();
        json::object_mut(&mut claim, "metadata.labels").extend(selected.unwrap_or_default());
        let policy = json::text(self.set, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted");
        if policy == "Delete" {
            let owner = json!([controller_reference(self.set)]);
            json::set(&mut claim, "metadata.ownerReferences", owner);
        }
        pods::create_object(state, "v1", "PersistentVolumeClaim", claim);
    }

    /// Answers whether nothing is surplus any more.
    fn remove_surplus(&self, state: &mut State, parallel: bool) -> bool {
        let range = self.first..self.first + self.wanted;
        let mut surplus: Vec<&Pod> =
            self.own.iter().filter(|it| !range.contains(&self.ordinal(it))).collect();
        surplus.sort_by_key(|it| std::cmp::Reverse(self.ordinal(it)));
        if !parallel && surplus.iter().any(|(_, it)| json::terminating(it)) {
            return false;
        }
        let count = if parallel { surplus.len() } else { 1 };
        for (key, it) in surplus.iter().take(count) {
            if !json::terminating(it) {
                pod::remove(state, key);
            }
        }
        surplus.is_empty()
    }

    /// Replaces the last pod of an old revision; called again when its successor is ready.
    fn replace_outdated(&self, state: &mut State) {
        if json::text(self.set, "spec.updateStrategy.type") == "OnDelete" {
            return;
        }
        for ordinal in (self.first + self.partition()..self.first + self.wanted).rev() {
            let Some((key, it)) = self.pod(ordinal) else { return };
            if json::label(it, "controller-revision-hash") != Some(self.update) {
                pod::remove(state, key);
                return;
            }
        }
    }

    fn status(&self, state: &mut State) {
        let own = pods::of(state, self.set);
        let revision = |wanted: &str| {
            pods::count(&own, |it| json::label(it, "controller-revision-hash") == Some(wanted))
        };
        let (updated, ready) = (revision(self.update), pods::count(&own, pods::ready));
        let all = pods::count(&own, |_| true);
        let complete = updated == self.wanted && ready == self.wanted && all == self.wanted;
        let current = if complete { self.update } else { self.current };
        state.update(self.key, |it| {
            json::set(it, "status.replicas", all);
            json::set(it, "status.readyReplicas", ready);
            json::set(it, "status.availableReplicas", ready);
            json::set(it, "status.updatedReplicas", updated);
            json::set(it, "status.currentReplicas", revision(current));
            json::set(it, "status.currentRevision", current);
            json::set(it, "status.updateRevision", self.update);
            json::set(it, "status.collisionCount", 0);
            json::set(it, "status.observedGeneration", json::at(it, "metadata.generation").clone());
        });
    }
}

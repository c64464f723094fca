//! Deletion: finalizers, what happens to dependents, and the collector of what lost its owners
//! (<https://kubernetes.io/docs/concepts/architecture/garbage-collection/>).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::pod;
use crate::json;
use crate::state::{CONTROLLER_DELAY, Key, State, Task};

const FOREGROUND: &str = "foregroundDeletion";

/// What happens to the dependents of a deleted object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay, without owner.
    Orphan,
}

/// Deletes an object: at once, or when its finalizers are gone and its pods have ended. Answers its last state.
pub(crate) fn delete(state: &mut State, key: &Key, propagation: Propagation) -> Option<Arc<Json>> {
    let object = state.get(key)?;
    match propagation {
        Propagation::Orphan => orphan(state, json::uid(&object)),
        // One that is going already has been through this, and may have got rid of the finalizer.
        Propagation::Foreground if json::terminating(&object) => {}
        Propagation::Foreground => {
            state.update(key, |it| {
                let metadata = json::object_mut(it, "metadata");
                let list = metadata.entry("finalizers").or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut()
                    && !list.iter().any(|it| it == FOREGROUND)
                {
                    list.push(FOREGROUND.into());
                }
            });
        }
        Propagation::Background => {}
    }
    let object = state.get(key)?;
    if json::terminating(&object) {
        return Some(object);
    }
    let kind = state.kind(key);
    let (is_namespace, is_pod) = (
        kind.group.is_empty() && kind.kind == "Namespace",
        kind.group.is_empty() && kind.kind == "Pod",
    );
    let grace = if is_pod { pod::grace(&object) } else { Duration::ZERO };
    let lingers =
        is_namespace || !grace.is_zero() || !json::items(&object, "metadata.finalizers").is_empty();
    if !lingers {
        return state.erase(key);
    }
    let gone_by = crate::time::stamp(state.now + grace);
    state.update(key, |it| {
        json::set(it, "metadata.deletionTimestamp", gone_by);
        json::set(it, "metadata.deletionGracePeriodSeconds", grace.as_secs());
        if is_namespace {
            json::set(it, "status.phase", "Terminating");
        }
    });
    state.mark(key);
    state.get(key)
}

/// Called when the last finalizer of an object in deletion is gone.
pub(crate) fn finalized(state: &mut State, key: &Key) {
    let Some(object) = state.get(key) else { return };
    let kind = state.kind(key);
    let waits = kind.group.is_empty() && matches!(kind.kind.as_str(), "Namespace" | "Pod");
    if json::terminating(&object) && !waits {
        state.erase(key);
    }
}

/// Does what is due for any object. Answers whether that was all: the object is gone, or is left to the collector.
pub(crate) fn reconcile(state: &mut State, key: &Key, object: &Json) -> bool {
    let owners = json::items(object, "metadata.ownerReferences");
    let alive = |owner: &Json| state.by_uid(json::text(owner, "uid")).is_some();
    if !owners.is_empty() && !owners.iter().any(alive) && !json::terminating(object) {
        delete(state, key, Propagation::Background);
        return true;
    }
    if json::terminating(object)
        && json::items(object, "metadata.finalizers").iter().any(|it| it == FOREGROUND)
    {
        let dependents = dependents(state, json::uid(object));
        for dependent in &dependents {
            delete(state, dependent, Propagation::Foreground);
        }
        if dependents.iter().all(|it| state.stored(it).is_none()) {
            state.update(key, |it| {
                if let Some(list) = json::items_mut(it, "metadata.finalizers") {
                    list.retain(|it| it != FOREGROUND);
                }
            });
            finish(state, key);
        }
        return true;
    }
    false
}

fn finish(state: &mut State, key: &Key) {
    let Some(object) = state.get(key) else { return };
    if json::items(&object, "metadata.finalizers").is_empty() {
        finalized(state, key);
    }
}

/// Removes a finalizer; the object goes if it was the last.
pub(crate) fn remove_finalizer(state: &mut State, key: &Key, name: &str) {
    state.update(key, |it| {
        if let Some(list) = json::items_mut(it, "metadata.finalizers") {
            list.retain(|it| it != name);
        }
    });
    finish(state, key);
}

/// Deletes what was owned by the object with this uid alone, and takes the reference from the others.
pub(crate) fn collect(state: &mut State, uid: &str) {
    for key in dependents(state, uid) {
        let Some(object) = state.get(&key) else { continue };
        let others = json::items(&object, "metadata.ownerReferences")
            .iter()
            .any(|it| state.by_uid(json::text(it, "uid")).is_some());
        if others {
            drop_reference(state, &key, uid);
        } else {
            delete(state, &key, Propagation::Background);
        }
    }
}

fn orphan(state: &mut State, uid: &str) {
    for key in dependents(state, uid) {
        drop_reference(state, &key, uid);
    }
}

fn drop_reference(state: &mut State, key: &Key, uid: &str) {
    state.update(key, |it| {
        if let Some(list) = json::items_mut(it, "metadata.ownerReferences") {
            list.retain(|it| json::text(it, "uid") != uid);
            if list.is_empty() {
                json::remove(it, "metadata.ownerReferences");
            }
        }
    });
}

fn dependents(state: &State, uid: &str) -> Vec<Key> {
    let owned = |object: &Json| {
        json::items(object, "metadata.ownerReferences")
            .iter()
            .any(|it| json::text(it, "uid") == uid)
    };
    state.all().filter(|(_, it)| owned(&it.object)).map(|(key, _)| key.clone()).collect()
}

/// Deletes an object that a controller no longer wants.
pub(crate) fn discard(state: &mut State, key: &Key) {
    delete(state, key, Propagation::Background);
    state.later(CONTROLLER_DELAY, Task::Reconcile(key.clone()));
}

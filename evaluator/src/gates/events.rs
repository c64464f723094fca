//! What the cluster has reported of objects that do not become what a program waits for.
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Call;
use crate::cluster::{Resource, Selection};
use crate::value::Value;

/// How many events are worth showing.
const SHOWN: usize = 5;

/// Of how many objects events are looked for.
const OBJECTS: usize = 5;

/// An event, as far as people want to know it.
pub(super) struct Event {
    time: String,
    reason: String,
    message: String,
    object: String,
}

impl Event {
    fn of(event: &Json) -> Event {
        let text = |it: &Json| it.as_str().unwrap_or_default().to_owned();
        // Older and newer clients say the time in different fields.
        let times = [&event["series"]["lastObservedTime"], &event["lastTimestamp"]];
        let times = times.into_iter().chain([&event["eventTime"], &event["firstTimestamp"]]);
        let object = &event["involvedObject"];
        let time = times.filter_map(Json::as_str).next();
        Event {
            time: time.unwrap_or_default().to_owned(),
            reason: text(&event["reason"]),
            message: text(&event["message"]),
            object: format!("{} {}", text(&object["kind"]), text(&object["name"])),
        }
    }

    /// One line.
    pub(super) fn text(&self) -> String {
        format!("{}: {}: {}", self.object, self.reason, self.message)
    }

    /// For programs.
    pub(super) fn value(&self) -> Value {
        Value::structure([
            ("time", Value::string(&self.time)),
            ("reason", Value::string(&self.reason)),
            ("message", Value::string(&self.message)),
            ("object", Value::string(&self.object)),
        ])
    }
}

impl Call<'_> {
    /// The newest events of the objects, the last one first. None if they cannot be had: that is no reason to hide what
    /// they were to explain.
    pub(super) async fn newest_events(
        &self,
        namespace: Option<&str>,
        objects: &[Arc<Json>],
    ) -> Vec<Event> {
        let Some(kind) = self.schema.find_kind("v1", "Event") else { return Vec::new() };
        let resource = Resource::from(kind);
        let mut found = Vec::new();
        for uid in objects.iter().filter_map(|it| it["metadata"]["uid"].as_str()).take(OBJECTS) {
            let selection = Selection {
                namespace: namespace.map(str::to_owned),
                labels: None,
                fields: Some(format!("involvedObject.uid={uid}")),
            };
            // The time of the call is up: one look, without a second try.
            let look = self.cluster.list(&resource, &selection);
            let patience = self.cluster.sleep(std::time::Duration::from_secs(2));
            let listed = tokio::select! {
                biased;
                listed = look => listed,
                () = patience => return found,
            };
            let Ok(listed) = listed else { return found };
            found.extend(listed.items.iter().map(|it| Event::of(it)));
        }
        found.sort_by(|a, b| b.time.cmp(&a.time));
        found.truncate(SHOWN);
        found
    }
}

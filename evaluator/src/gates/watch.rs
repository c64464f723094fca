//! `Watch…`: a fold over what happens to the objects of a selection. A function of the program is given what it made of
//! the events before, and the next one.
//!
//! The objects that are there at the beginning are events, too. When the server ends the watch or loses track, the objects
//! are listed again and compared with those known, so that no event is lost, only those in between that cancel out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Call;
use super::wait::{End, Objects, Verdict};
use crate::failure::Failure;
use crate::value::Value;

impl Call<'_> {
    pub(super) async fn watch(&self) -> Result<Value, Failure> {
        let selection = self.selection()?;
        let timeout = self.timeout()?;
        let Some(step) = self.arg("step") else {
            return Err(self.missing("step", "The function of what was made so far and an event."));
        };
        let stop = self.arg("stop");
        let start = self.gate.param("start").and_then(|it| self.args.get(it));
        let mut carry = start.cloned().unwrap_or_default();
        let mut known: Objects = BTreeMap::new();
        let many = self.kind.plural.as_str();
        let judge = |objects: &Objects| {
            let events = changes(&known, objects);
            known.clone_from(objects);
            // Nothing there: perhaps that is what was waited for.
            let quiet = events.is_empty();
            for (kind, object) in &events {
                let event = match self.value(object) {
                    Ok(object) => {
                        Value::structure([("type", Value::string(kind)), ("object", object)])
                    }
                    Err(failure) => return Verdict::Failed(failure),
                };
                let arguments = [("event", event)];
                let before = carry.clone();
                match self.context.call_with("the argument `step`", step, before, arguments) {
                    Ok(after) => carry = after,
                    Err(failure) => return Verdict::Failed(failure),
                }
                match self.is_over(stop, &carry) {
                    Ok(true) => return Verdict::Over(()),
                    Ok(false) => {}
                    Err(failure) => return Verdict::Failed(failure),
                }
            }
            if quiet {
                match self.is_over(stop, &carry) {
                    Ok(true) => return Verdict::Over(()),
                    Ok(false) => {}
                    Err(failure) => return Verdict::Failed(failure),
                }
            }
            Verdict::Waiting(format!("{} {many}", objects.len()))
        };
        let namespace = selection.namespace.as_deref();
        match self.watch_until(&self.resource, &selection, self.deadline, judge).await {
            Ok(()) => Ok(carry),
            // Without an end of its own it watches as long as it is told to.
            Err(End::Late(..)) if stop.is_none() => Ok(carry),
            Err(end) => {
                Err(self.gave_up((namespace, ""), "what `stop` asks for", timeout, end).await)
            }
        }
    }

    fn is_over(&self, stop: Option<&Value>, carry: &Value) -> Result<bool, Failure> {
        let Some(stop) = stop else { return Ok(false) };
        match self.context.call("the argument `stop`", stop, carry.clone())? {
            Value::Bool(over) => Ok(over),
            other => Err(self.wrong("stop", "a function that returns a Bool", &other)),
        }
    }
}

/// What happened between two states: deletions first, then the rest, each by namespace and name.
fn changes(before: &Objects, after: &Objects) -> Vec<(&'static str, Arc<Json>)> {
    let uid = |it: &Json| it["metadata"]["uid"].as_str().map(str::to_owned);
    let mut events = Vec::new();
    for (place, object) in before {
        // One of the same name may have taken its place.
        if after.get(place).is_none_or(|it| uid(it) != uid(object)) {
            events.push(("DELETED", object.clone()));
        }
    }
    for (place, object) in after {
        match before.get(place) {
            Some(old) if Arc::ptr_eq(old, object) => {}
            Some(old) if uid(old) == uid(object) => {
                if old["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
                    events.push(("MODIFIED", object.clone()));
                }
            }
            _ => events.push(("ADDED", object.clone())),
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_happened_follows_from_what_there_was_and_is() {
        let objects = |list: &[(&str, &str, &str)]| -> Objects {
            let of = |(name, uid, version): &(&str, &str, &str)| {
                let object =
                    json!({"metadata": {"name": name, "uid": uid, "resourceVersion": version}});
                ((String::new(), (*name).to_owned()), Arc::new(object))
            };
            list.iter().map(of).collect()
        };
        let shown = |before: &Objects, after: &Objects| -> String {
            let events = changes(before, after);
            let events = events.iter().map(|(kind, it)| {
                format!("{kind} {}", it["metadata"]["uid"].as_str().unwrap_or_default())
            });
            events.collect::<Vec<_>>().join(", ")
        };
        let before = objects(&[("a", "1", "5"), ("b", "2", "5"), ("c", "3", "5")]);
        assert_eq!(shown(&Objects::new(), &before), "ADDED 1, ADDED 2, ADDED 3");
        let after = objects(&[("a", "1", "5"), ("b", "2", "6"), ("c", "4", "7"), ("d", "5", "7")]);
        assert_eq!(shown(&before, &after), "DELETED 3, MODIFIED 2, ADDED 4, ADDED 5");
        assert_eq!(shown(&after, &after.clone()), "");
    }
}

//! `Patch`, `Update`, `Replace`, `Scale` and `Restart`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value as Json, json};

use super::request::{Again, is_lost};
use super::{Call, encode};
use crate::cluster::{ApiError, PatchType};
use crate::failure::Failure;
use crate::json::{Secrets, to_json};
use crate::value::Value;

/// The annotation that says when the pods of a workload were last to be replaced, as `kubectl rollout restart` sets it.
/// Source: <https://kubernetes.io/docs/reference/labels-annotations-taints/>.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// How often an update begins again because somebody else wrote in between.
const MAX_CONFLICTS: usize = 10;

impl Call<'_> {
    pub(super) async fn patch(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let Some(value) = self.arg("patch") else {
            return Err(self.missing("patch", "The changes."));
        };
        let (patch_type, patch) = match self.text("type")? {
            None | Some("merge") => (PatchType::Merge, self.changes(value)?),
            Some("strategic") => (PatchType::Strategic, self.changes(value)?),
            Some("json") => {
                let operations = value.elements().iter().map(|it| to_json(it, Secrets::Reveal));
                let operations = operations
                    .collect::<Result<Vec<Json>, _>>()
                    .map_err(|detail| self.mistake(&format!("in `patch`: {detail}")))?;
                (PatchType::Json, Json::Array(operations))
            }
            Some(other) => {
                return Err(self.mistake(&format!(
                    "the argument `type` is {other:?}; it may be \"merge\", \"strategic\" or \"json\""
                )));
            }
        };
        let options = self.write_options();
        let namespace = namespace.as_deref();
        // Operations of a JSON patch, such as one that adds to a list, may not be the same twice.
        let again = if patch_type == PatchType::Json { Again::IfRefused } else { Again::Always };
        let what = format!("patched {} {name}", self.kind.kind);
        let patched = self.write(again, &what, || {
            let patch = patch.clone();
            self.cluster.patch(&self.resource, namespace, &name, None, patch_type, patch, &options)
        });
        match patched.await {
            Ok(object) => self.value(&object),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    pub(super) fn changes(&self, value: &Value) -> Result<Json, Failure> {
        if !matches!(value, Value::Structure(_)) {
            return Err(self.wrong("patch", "a structure with the fields to set", value));
        }
        self.changes_of("`patch`", value)
    }

    fn changes_of(&self, place: &str, value: &Value) -> Result<Json, Failure> {
        let encoded = encode::encode(self.schema, self.kind.object, value)
            .map_err(|detail| self.mistake(&format!("in {place}: {detail}")))?;
        Ok(encoded.unwrap_or_else(|| json!({})))
    }

    /// Reads the object, lets the function in `with` change it, and writes it back; begins again when somebody else
    /// wrote in between.
    pub(super) async fn update(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let Some(function) = self.arg("with") else {
            return Err(self.missing("with", "The function from the object to what it shall be."));
        };
        let mut tries = 0;
        loop {
            let refused = |error| self.refused(namespace, &name, &error);
            let live = self.fetch(namespace, &name).await.map_err(refused)?;
            let changed = self.context.call("the argument `with`", function, self.value(&live)?)?;
            if !matches!(changed, Value::Structure(_)) {
                return Err(self.wrong("with", "a function that returns the object", &changed));
            }
            let mut object = self.changes_of("what `with` returned", &changed)?;
            // The server tells by the version whether this is still the object that was read.
            for field in ["resourceVersion", "uid", "name", "namespace"] {
                if let Some(value) = live["metadata"].get(field) {
                    object["metadata"][field] = value.clone();
                }
            }
            object["apiVersion"] = json!(self.resource.api_version());
            object["kind"] = json!(self.resource.kind);
            match self.put(namespace, &name, &object).await {
                Ok(object) => return self.value(&object),
                Err(error) if error.reason == "Conflict" && tries < MAX_CONFLICTS => {
                    tries += 1;
                    self.context.progress(format!("{name} was changed meanwhile; once more"));
                }
                Err(error) => return Err(self.refused(namespace, &name, &error)),
            }
        }
    }

    /// Writes the whole object as it is given.
    pub(super) async fn replace(&self) -> Result<Value, Failure> {
        let object = self.object()?;
        let namespace = self.namespace_or(object["metadata"]["namespace"].as_str())?;
        let Some(name) = object["metadata"]["name"].as_str() else {
            return Err(self.mistake("an object that is replaced needs a name"));
        };
        match self.put(namespace.as_deref(), name, &object).await {
            Ok(object) => self.value(&object),
            Err(error) => Err(self.refused(namespace.as_deref(), name, &error)),
        }
    }

    /// Puts an object in the place of the one there is. If the answer is lost and the object turns out to be of another
    /// version now, but as wanted, then it was us who wrote it.
    async fn put(
        &self,
        namespace: Option<&str>,
        name: &str,
        object: &Json,
    ) -> Result<Arc<Json>, ApiError> {
        let what = format!("replaced {} {name}", self.kind.kind);
        let options = self.write_options();
        let lost = AtomicBool::new(false);
        let written = self.write(Again::Always, &what, || {
            let put =
                self.cluster.replace(&self.resource, namespace, name, object.clone(), &options);
            let lost = &lost;
            Box::pin(async move {
                let written = put.await;
                if written.as_ref().is_err_and(is_lost) {
                    lost.store(true, Ordering::Relaxed);
                }
                written
            })
        });
        match written.await {
            Err(error) if error.reason == "Conflict" && lost.into_inner() => {
                let live = self.fetch(namespace, name).await?;
                if contains(&live, object) { Ok(live) } else { Err(error) }
            }
            other => other,
        }
    }

    /// Has a workload replace its pods, by a note in their template that is new each time.
    pub(super) async fn restart(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let refused = |error| self.refused(namespace, &name, &error);
        let live = self.fetch(namespace, &name).await.map_err(refused)?;
        if live["spec"]["paused"] == true {
            return Err(refused(ApiError {
                reason: "Paused".to_owned(),
                message: "its roll-outs are paused: set `spec: (paused: false)` first".to_owned(),
                ..ApiError::default()
            }));
        }
        let at = self.cluster.clock();
        let change =
            json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}});
        let options = self.write_options();
        let what = format!("restarted {} {name}", self.kind.kind);
        let patched = self.write(Again::Always, &what, || {
            let (kind, change) = (PatchType::Merge, change.clone());
            self.cluster.patch(&self.resource, namespace, &name, None, kind, change, &options)
        });
        patched.await.map_err(refused).and_then(|it| self.value(&it))
    }

    pub(super) async fn scale(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let Some(replicas) = self.int("replicas")? else {
            return Err(self.missing("replicas", "How many replicas there shall be."));
        };
        if i32::try_from(replicas).is_err() || replicas < 0 {
            return Err(self.mistake(&format!(
                "the argument `replicas` is {replicas}; it must be from 0 to {}",
                i32::MAX
            )));
        }
        let options = self.write_options();
        let change = json!({"spec": {"replicas": replicas}});
        let what = format!("scaled {} {name} to {replicas}", self.kind.kind);
        let scaled = self.write(Again::Always, &what, || {
            let (kind, part, change) = (PatchType::Merge, Some("scale"), change.clone());
            self.cluster.patch(&self.resource, namespace, &name, part, kind, change, &options)
        });
        match scaled.await {
            Ok(scaled) => self.part_value(&scaled),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }
}

/// Whether `live` has all that `wanted` says; the version, which every write changes, aside.
fn contains(live: &Json, wanted: &Json) -> bool {
    match (live, wanted) {
        (Json::Object(live), Json::Object(wanted)) => wanted
            .iter()
            .filter(|(key, _)| *key != "resourceVersion")
            .all(|(key, value)| live.get(key).is_some_and(|it| contains(it, value))),
        (Json::Array(live), Json::Array(wanted)) => {
            live.len() == wanted.len() && live.iter().zip(wanted).all(|(a, b)| contains(a, b))
        }
        (live, wanted) => live == wanted,
    }
}

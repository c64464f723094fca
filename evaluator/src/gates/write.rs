//! `Patch`, `Update` and `Scale`.

use serde_json::{Value as Json, json};

use super::{Call, decode, encode};
use crate::cluster::{PatchType, WriteOptions};
use crate::failure::Failure;
use crate::json::{Secrets, to_json};
use crate::value::Value;

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
        let patched = self
            .cluster
            .patch(&self.resource, namespace, &name, None, patch_type, patch, &options)
            .await;
        match patched {
            Ok(object) => self.value(&object),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    fn changes(&self, value: &Value) -> Result<Json, Failure> {
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
            let live = self.cluster.get(&self.resource, namespace, &name).await.map_err(refused)?;
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
            let options = self.write_options();
            let written =
                self.cluster.replace(&self.resource, namespace, &name, object, &options).await;
            match written {
                Ok(object) => return self.value(&object),
                Err(error) if error.reason == "Conflict" && tries < MAX_CONFLICTS => tries += 1,
                Err(error) => return Err(self.refused(namespace, &name, &error)),
            }
        }
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
        let options = WriteOptions { ..self.write_options() };
        let change = json!({"spec": {"replicas": replicas}});
        let scaled = self
            .cluster
            .patch(
                &self.resource,
                namespace,
                &name,
                Some("scale"),
                PatchType::Merge,
                change,
                &options,
            )
            .await
            .map_err(|error| self.refused(namespace, &name, &error))?;
        let ty = self.kind.subresource("scale").and_then(|it| it.object);
        match ty {
            Some(ty) => decode::value(self.schema, self.kind, ty, &scaled),
            None => crate::json::from_json(&scaled).map_err(|error| error.to_string()),
        }
        .map_err(|detail| self.mistake(&format!("the answer of the server: {detail}")))
    }
}

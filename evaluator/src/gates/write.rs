//! `Patch`, `Update` and `Scale`.

use serde_json::{Value as Json, json};

use super::{Call, decode, encode};
use crate::cluster::{PatchType, WriteOptions};
use crate::failure::Failure;
use crate::json::{Secrets, to_json};
use crate::value::Value;

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
        let encoded = encode::encode(self.schema, self.kind.object, value)
            .map_err(|detail| self.mistake(&format!("in `patch`: {detail}")))?;
        Ok(encoded.unwrap_or_else(|| json!({})))
    }

    /// A gate has no way yet to call a function of the program.
    pub(super) fn update(&self) -> Result<Value, Failure> {
        let kind = &self.kind.kind;
        Err(self.mistake(&format!(
            "calling the function in `with` is not supported yet; use Get{kind} and then Apply{kind} or Patch{kind}"
        )))
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

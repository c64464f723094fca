//! Parts of objects that have requests of their own: their status, their scale, and whatever else the server publishes.
//! Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#subresources>.

use serde_json::{Value as Json, json};

use super::request::Again;
use super::{Call, decode, encode};
use crate::cluster::{ApiError, PartWrite, PatchType};
use crate::failure::Failure;
use crate::json::{Secrets, to_json};
use crate::value::Value;

impl Call<'_> {
    /// The name of the part in request paths.
    pub(super) fn part(&self) -> &str {
        self.gate.part.as_deref().unwrap_or_default()
    }

    /// The value of a part as the server shows it.
    pub(super) fn part_value(&self, part: &Json) -> Result<Value, Failure> {
        match self.kind.type_of_part(self.part()) {
            Some(ty) => decode::value(self.schema, self.kind, ty, part),
            None => crate::json::from_json(part).map_err(|error| error.to_string()),
        }
        .map_err(|detail| self.mistake(&format!("the answer of the server: {detail}")))
    }

    pub(super) async fn get_part(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let read = || self.cluster.get_part(&self.resource, namespace, &name, self.part());
        match self.read(read).await {
            Ok(part) => self.part_value(&part),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    pub(super) async fn patch_part(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let Some(value) = self.arg("patch") else {
            return Err(self.missing("patch", "The changes."));
        };
        let change = self.part_json("patch", value)?;
        let options = self.write_options();
        let what = format!("patched {} of {} {name}", self.part(), self.kind.kind);
        let patched = self.write(Again::Always, &what, || {
            let (kind, part, change) = (PatchType::Merge, Some(self.part()), change.clone());
            self.cluster.patch(&self.resource, namespace, &name, part, kind, change, &options)
        });
        match patched.await {
            Ok(part) => self.part_value(&part),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    pub(super) async fn write_part(&self, how: PartWrite) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let namespace = namespace.as_deref();
        let Some(value) = self.arg("object") else {
            return Err(self.missing("object", "What to write."));
        };
        let mut body = self.part_json("object", value)?;
        if body["metadata"]["name"].is_null() {
            body["metadata"]["name"] = json!(name);
        }
        // Whoever is to be the same object must say that it is.
        for field in ["resourceVersion", "uid"] {
            if let Some(known) = value.path(&["metadata", field]).as_str() {
                body["metadata"][field] = json!(known);
            }
        }
        match self.post_part(how, namespace, &name, self.part(), body).await {
            Ok(part) => self.part_value(&part),
            Err(error) => Err(self.refused(namespace, &name, &error)),
        }
    }

    /// Writes a part.
    pub(super) async fn post_part(
        &self,
        how: PartWrite,
        namespace: Option<&str>,
        name: &str,
        part: &str,
        body: Json,
    ) -> Result<std::sync::Arc<Json>, ApiError> {
        let options = self.write_options();
        let what = format!("wrote {part} of {} {name}", self.kind.kind);
        let again = match how {
            PartWrite::Replace => Again::Always,
            PartWrite::Create => Again::IfRefused,
        };
        let resource = &self.resource;
        self.write(again, &what, || {
            self.cluster.write_part(how, resource, namespace, name, part, body.clone(), &options)
        })
        .await
    }

    fn part_json(&self, param: &str, value: &Value) -> Result<Json, Failure> {
        let wrong = |detail: String| self.mistake(&format!("in `{param}`: {detail}"));
        if !matches!(value, Value::Structure(_)) {
            return Err(self.wrong(param, "a structure", value));
        }
        let Some(ty) = self.kind.type_of_part(self.part()) else {
            return to_json(value, Secrets::Reveal).map_err(wrong);
        };
        let encoded = encode::encode_part(self.schema, ty, value).map_err(wrong)?;
        let mut body = encoded.unwrap_or_else(|| json!({}));
        if let (Some(object), Some(type_of)) =
            (body.as_object_mut(), self.schema.ty(ty).as_struct())
            && type_of.field("kind").is_some()
        {
            let known = self.schema.kinds().iter().find(|it| it.object == ty);
            match known {
                Some(kind) => {
                    object.insert("apiVersion".to_owned(), json!(kind.gv().as_str()));
                    object.insert("kind".to_owned(), json!(kind.kind.as_str()));
                }
                // Scales, evictions and the like are no kinds of their own; the server knows what it takes.
                None => {
                    object.remove("apiVersion");
                    object.remove("kind");
                }
            }
        }
        Ok(body)
    }
}

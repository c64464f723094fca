//! `Create` and `Apply`.
//!
//! `Create` may be repeated: an object that is there already and would not change is as good as a new one. Whether it would
//! change, the server says: it is asked to apply the object without storing it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::request::Again;
use super::{Call, diff};
use crate::cluster::{ApiError, PatchType, Resource, WriteOptions};
use crate::event::AS_WANTED;
use crate::failure::Failure;
use crate::value::Value;

/// What to do about an object that is there already and differs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfExists {
    Refuse,
    Fail,
    Reuse,
    Apply,
}

impl Call<'_> {
    pub(super) async fn create(&self) -> Result<Value, Failure> {
        let object = self.object()?;
        let own = object["metadata"]["namespace"].as_str();
        let namespace = self.namespace_or(own)?;
        let namespace = namespace.as_deref();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let if_exists = match self.text("ifExists")? {
            None => IfExists::Refuse,
            Some("fail") => IfExists::Fail,
            Some("reuse") => IfExists::Reuse,
            Some("apply") => IfExists::Apply,
            Some(other) => {
                return Err(self.mistake(&format!(
                    "the argument `ifExists` is {other:?}; it may be \"fail\", \"reuse\" or \"apply\""
                )));
            }
        };
        let deadline = self.deadline;
        let options = self.write_options();
        // A second object of a generated name would be one too many.
        let again = if name.is_empty() { Again::IfRefused } else { Again::Always };
        let what = format!("created {} {name}", self.kind.kind);
        loop {
            let post = || self.cluster.create(&self.resource, namespace, object.clone(), &options);
            let posted = self.write(again, &what, post).await;
            let error = match posted {
                Ok(created) => return self.value(&created),
                Err(error) => error,
            };
            if is_terminating_namespace(&error) {
                self.wait_for_namespace(namespace.unwrap_or_default(), deadline).await?;
                continue;
            }
            if error.reason != "AlreadyExists" || if_exists == IfExists::Fail || name.is_empty() {
                return Err(self.refused(namespace, name, &error));
            }
            let live = match self.fetch(namespace, name).await {
                Ok(live) => live,
                // Gone in the meantime.
                Err(error) if error.code == 404 => continue,
                Err(error) => return Err(self.refused(namespace, name, &error)),
            };
            if !live["metadata"]["deletionTimestamp"].is_null() {
                self.context.progress(format!("waiting for the old {name} to go"));
                let uid = live["metadata"]["uid"].as_str().unwrap_or_default();
                self.wait_gone(&self.resource, namespace, name, uid, deadline).await?;
                continue;
            }
            return match if_exists {
                IfExists::Reuse => self.value(&live),
                IfExists::Apply => self.apply_object(namespace, name, object.clone(), true).await,
                _ => self.accept_existing(namespace, name, object.clone(), &live).await,
            };
        }
    }

    async fn accept_existing(
        &self,
        namespace: Option<&str>,
        name: &str,
        object: Json,
        live: &Arc<Json>,
    ) -> Result<Value, Failure> {
        let options = WriteOptions { dry_run: true, force: true, ..self.write_options() };
        let patch = self.read(|| {
            let (kind, object) = (PatchType::Apply, object.clone());
            self.cluster.patch(&self.resource, namespace, name, None, kind, object, &options)
        });
        let exists = format!("a {} of this name exists and differs", self.kind.kind);
        let message = match patch.await {
            Ok(wanted) => {
                let differences = diff::differences(live, &wanted);
                if differences.is_empty() {
                    self.context.progress(format!("{name} {AS_WANTED}"));
                    return self.value(live);
                }
                format!(
                    "{exists} ({}); use Apply{} to change it, or `ifExists: \"reuse\"` to take it as it is",
                    differences.join("; "),
                    self.kind.kind
                )
            }
            // The texts of the causes repeat whole structures: the fields say enough.
            Err(error) if error.code == 422 && !error.causes.is_empty() => {
                let fields: Vec<&str> = error.causes.iter().map(|it| it.0.as_str()).collect();
                format!(
                    "{exists} in what cannot be changed ({}); delete it first",
                    fields.join(", ")
                )
            }
            Err(error) => return Err(self.refused(namespace, name, &error)),
        };
        let error = ApiError {
            code: 409,
            reason: "AlreadyExists".to_owned(),
            message,
            ..ApiError::default()
        };
        Err(self.refused(namespace, name, &error))
    }

    pub(super) async fn apply(&self) -> Result<Value, Failure> {
        let object = self.object()?;
        let namespace = self.namespace_or(object["metadata"]["namespace"].as_str())?;
        let Some(name) = object["metadata"]["name"].as_str().map(str::to_owned) else {
            return Err(self.mistake("an object that is applied needs a name, not a generateName"));
        };
        let force = self.flag("force")?;
        self.apply_object(namespace.as_deref(), &name, object, force).await
    }

    async fn apply_object(
        &self,
        namespace: Option<&str>,
        name: &str,
        object: Json,
        force: bool,
    ) -> Result<Value, Failure> {
        let mut options = WriteOptions { force, ..self.write_options() };
        loop {
            let what = format!("applied {} {name}", self.kind.kind);
            let patch = self.write(Again::Always, &what, || {
                let (kind, object) = (PatchType::Apply, object.clone());
                self.cluster.patch(&self.resource, namespace, name, None, kind, object, &options)
            });
            match patch.await {
                Ok(applied) => return self.value(&applied),
                // To the server, what we created and what we apply belong to two managers of our name.
                Err(error) if !options.force && self.only_conflicts_with_us(&error) => {
                    options.force = true;
                }
                Err(mut error) => {
                    if error.code == 409 && !error.causes.is_empty() {
                        error.message.push_str("; `force: true` takes the fields over");
                    }
                    return Err(self.refused(namespace, name, &error));
                }
            }
        }
    }

    fn only_conflicts_with_us(&self, error: &ApiError) -> bool {
        let ours = format!("conflict with {:?}", self.options.field_manager);
        let conflicts = error.causes.iter().filter(|it| it.1 == "FieldManagerConflict");
        let mut any = false;
        let all = conflicts.inspect(|_| any = true).all(|it| it.2.starts_with(&ours));
        any && all
    }

    /// Waits until a namespace that is being deleted is gone.
    async fn wait_for_namespace(&self, name: &str, deadline: Duration) -> Result<(), Failure> {
        let Some(kind) = self.schema.find_kind("v1", "Namespace") else { return Ok(()) };
        let resource = Resource::from(kind);
        self.context.progress(format!("waiting for the old namespace {name} to go"));
        match self.read(|| self.cluster.get(&resource, None, name)).await {
            Ok(live) => {
                let uid = live["metadata"]["uid"].as_str().unwrap_or_default();
                self.wait_gone(&resource, None, name, uid, deadline).await
            }
            Err(error) if error.code == 404 => Ok(()),
            Err(error) => Err(self.refused(None, name, &error)),
        }
    }
}

/// Whether a creation was refused because its namespace is going away. Kubernetes says so in a cause, and in the text.
fn is_terminating_namespace(error: &ApiError) -> bool {
    error.code == 403
        && (error.causes.iter().any(|it| it.1 == "NamespaceTerminating")
            || error.message.contains("because it is being terminated"))
}

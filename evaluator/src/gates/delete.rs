//! `Delete` of one object and of many.
//!
//! An object that was read is deleted only if it is still the same one; one that is gone already is as good as deleted: a
//! controller may have been faster. Dependents go in the background, and the gate waits until the objects themselves
//! are gone.

use super::Call;
use super::arguments::Named;
use crate::cluster::DeleteOptions;
use crate::failure::Failure;
use crate::value::Value;

/// An object that is being deleted.
struct Going {
    namespace: Option<String>,
    name: String,
    uid: String,
}

impl Call<'_> {
    pub(super) async fn delete(&self) -> Result<Value, Failure> {
        let mut targets: Vec<Named> = Vec::new();
        if let Some((_, value)) = self.subject() {
            for element in value.elements() {
                targets.extend(self.named(element)?);
            }
        }
        let mut resolved = Vec::new();
        for target in targets {
            let namespace = self.namespace_or(target.namespace.as_deref())?;
            if let (Some(given), Some(own)) = (&namespace, &target.namespace)
                && given != own
            {
                return Err(self.mistake(&format!(
                    "the argument `namespace` is {given:?}, but the {} {:?} is in {own:?}",
                    self.kind.kind, target.name
                )));
            }
            resolved.push((namespace, target));
        }
        let deadline = self.cluster.now().saturating_add(self.options.timeout);
        let mut going = Vec::new();
        let mut report = Vec::new();
        for (namespace, target) in resolved {
            let options =
                DeleteOptions { uid: target.uid.clone(), propagation: Some("Background") };
            let deleted = self
                .cluster
                .delete(&self.resource, namespace.as_deref(), &target.name, &options)
                .await;
            let (uid, outcome) = match deleted {
                Ok(last) => {
                    let uid = last["metadata"]["uid"].as_str().map(str::to_owned);
                    going.push(Going {
                        namespace: namespace.clone(),
                        name: target.name.clone(),
                        uid: uid.clone().unwrap_or_default(),
                    });
                    (uid, "deleted")
                }
                Err(error) if error.code == 404 => (target.uid, "gone"),
                // Somebody made another one of the same name.
                Err(error) if error.code == 409 && target.uid.is_some() => (target.uid, "gone"),
                Err(error) => {
                    return Err(self.refused(namespace.as_deref(), &target.name, &error));
                }
            };
            let text = |it: Option<&str>| it.map(Value::string).unwrap_or_default();
            report.push(Value::structure([
                ("kind", Value::string(&self.kind.kind)),
                ("namespace", text(namespace.as_deref())),
                ("name", Value::string(&target.name)),
                ("uid", text(uid.as_deref())),
                ("outcome", Value::string(outcome)),
            ]));
        }
        let total = going.len();
        for (at, it) in going.iter().enumerate() {
            if total > 1 {
                self.context.progress(format!("{at} of {total} gone"));
            }
            let namespace = it.namespace.as_deref();
            self.wait_gone(&self.resource, namespace, &it.name, &it.uid, deadline).await?;
        }
        // All are structures of the same fields.
        Value::sequence(report).map_err(|error| self.mistake(&error.to_string()))
    }
}

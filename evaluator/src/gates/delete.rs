//! `Delete` of one object and of many.
//!
//! An object that was read is deleted only if it is still the same one; one that is gone already is as good as deleted: a
//! controller may have been faster. Dependents go in the background unless the call says otherwise, and the gate waits
//! until the objects themselves are gone.

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};

use super::Call;
use super::arguments::Named;
use super::request::Again;
use crate::cluster::{ApiError, DeleteOptions};
use crate::failure::Failure;
use crate::value::Value;

/// Of how many objects on several are deleted at once. Of few, a refusal leaves those alone that would have come next.
const MANY: usize = 16;

/// How many are deleted at once then: as many requests as one client may well have under way.
const AT_ONCE: usize = 8;

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
        let propagation = self.propagation()?;
        let mut going = Vec::new();
        let mut report = Vec::new();
        let at_once = if resolved.len() > MANY { AT_ONCE } else { 1 };
        let mut outcomes = Vec::with_capacity(resolved.len());
        for some in resolved.chunks(at_once) {
            let delete = |(namespace, target): &'_ (Option<String>, Named)| {
                self.delete_one(namespace.clone(), target.clone(), propagation)
            };
            // All that is under way ends before a refusal is told: nothing is deleted that nobody knows of.
            let done = join_all(some.iter().map(delete)).await;
            let refused = done.iter().any(Result::is_err);
            outcomes.extend(done);
            if resolved.len() > MANY {
                let (at, all) = (outcomes.len(), resolved.len());
                self.context.progress(format!("{at} of {all} are being deleted"));
            }
            if refused {
                break;
            }
        }
        for ((namespace, target), outcome) in resolved.into_iter().zip(outcomes) {
            let namespace_of = namespace.as_deref();
            let (uid, outcome) = match outcome {
                Ok(Some(uid)) => {
                    let (namespace, name) = (namespace.clone(), target.name.clone());
                    going.push(Going { namespace, name, uid: uid.clone() });
                    (Some(uid), "deleted")
                }
                Ok(None) => (target.uid, "gone"),
                Err(error) => return Err(self.refused(namespace_of, &target.name, &error)),
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
        if self.arg("wait").is_some() && !self.flag("wait")? {
            going.clear();
        }
        let total = going.len();
        let gone = |it: Going| async move {
            let namespace = it.namespace.as_deref();
            self.wait_gone(&self.resource, namespace, &it.name, &it.uid, self.deadline).await
        };
        // Looking harms nobody: what is under way may be dropped.
        let mut waits = stream::iter(going).map(gone).buffered(at_once);
        let mut at = 0;
        loop {
            if total > 1 && at < total {
                self.context.progress(format!("{at} of {total} gone"));
            }
            match waits.next().await {
                Some(gone) => gone?,
                None => break,
            }
            at += 1;
        }
        // All are structures of the same fields.
        Value::sequence(report).map_err(|error| self.mistake(&error.to_string()))
    }

    /// What happens to the dependents.
    fn propagation(&self) -> Result<&'static str, Failure> {
        match self.text("propagation")? {
            // Left to the server, it would be another one for jobs than for the rest.
            None | Some("Background") => Ok("Background"),
            Some("Foreground") => Ok("Foreground"),
            Some("Orphan") => Ok("Orphan"),
            Some(other) => Err(self.mistake(&format!(
                "the argument `propagation` is {other:?}; it may be \"Background\", \"Foreground\" or \"Orphan\""
            ))),
        }
    }

    /// Deletes an object, and no other that has its name later. The uid of what is going now; `None` if it was gone.
    async fn delete_one(
        &self,
        namespace: Option<String>,
        target: Named,
        propagation: &'static str,
    ) -> Result<Option<String>, ApiError> {
        let namespace = namespace.as_deref();
        let name = target.name.as_str();
        let uid = match &target.uid {
            Some(uid) => Some(uid.clone()),
            // With the uid the deletion can be repeated if its answer is lost.
            None => match self.fetch(namespace, name).await {
                Ok(live) => live["metadata"]["uid"].as_str().map(str::to_owned),
                Err(error) if error.code == 404 => return Ok(None),
                // Who may delete but not look deletes whatever has the name.
                Err(error) if error.code == 403 => None,
                Err(error) => return Err(error),
            },
        };
        let again = if uid.is_some() { Again::Always } else { Again::IfRefused };
        let what = format!("deleted {} {name}", self.kind.kind);
        let options = DeleteOptions { uid: uid.clone(), propagation: Some(propagation) };
        let delete = || self.cluster.delete(&self.resource, namespace, name, &options);
        match self.write(again, &what, delete).await {
            Ok(last) => {
                // Some servers answer with a status instead of the object.
                let found = last["metadata"]["uid"].as_str().or(last["details"]["uid"].as_str());
                Ok(Some(uid.or_else(|| found.map(str::to_owned)).unwrap_or_default()))
            }
            Err(error) if error.code == 404 => Ok(None),
            // Somebody made another one of the same name.
            Err(error) if error.code == 409 && uid.is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

//! `WaitFor…`, and waiting until something is gone: list, then watch from there, then list again when the watch ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::conditions::{self, Progress};
use super::{Call, duration, problem};
use crate::cluster::{ApiError, Resource, Selection, Watch, WatchEventKind};
use crate::failure::Failure;
use crate::value::Value;

/// The objects of a selection by namespace and name.
type Objects = BTreeMap<(String, String), Arc<Json>>;

/// Whether a wait is over.
enum Verdict<T> {
    Over(T),
    /// Not yet; how far it is.
    Waiting(String),
    /// It never will be.
    Hopeless(String),
    /// Nobody knows: the function that is to say so failed.
    Failed(Failure),
}

/// What is waited for.
enum Goal<'a> {
    Condition(&'a str),
    /// That this function of the program, called with the object, says true.
    Until(&'a Value),
}

impl Goal<'_> {
    fn name(&self) -> &str {
        match self {
            Goal::Condition(name) => name,
            Goal::Until(_) => "what `until` asks for",
        }
    }
}

/// Why a wait ended without success.
enum End {
    Refused(ApiError),
    /// With what was last known.
    Late(String, Objects),
    Hopeless(String, Objects),
    Cancelled,
    Failed(Failure),
}

impl Call<'_> {
    pub(super) async fn wait_for(&self) -> Result<Value, Failure> {
        let (namespace, name) = (self.namespace_or(None)?, self.name()?);
        let goal = self.goal()?;
        let timeout = self.timeout()?;
        let selection = Selection {
            namespace: namespace.clone(),
            labels: None,
            fields: Some(format!("metadata.name={name}")),
        };
        // What is waited for to be deleted is still worth returning.
        let mut last = None;
        let judge = |objects: &Objects| {
            let object = objects.values().next();
            if object.is_some() {
                last = object.cloned();
            }
            match self.towards(&goal, object.map(|it| &**it)) {
                Err(failure) => Verdict::Failed(failure),
                Ok(Progress::Met) => Verdict::Over(last.clone()),
                Ok(Progress::Waiting(why)) => Verdict::Waiting(format!("{name}: {why}")),
                Ok(Progress::Hopeless(why)) => Verdict::Hopeless(format!("{name}: {why}")),
            }
        };
        let deadline = self.cluster.now().saturating_add(timeout);
        match self.watch_until(&self.resource, &selection, deadline, judge).await {
            Ok(Some(object)) => self.value(&object),
            Ok(None) => Ok(Value::Empty),
            Err(end) => Err(self.gave_up((namespace.as_deref(), &name), goal.name(), timeout, end)),
        }
    }

    pub(super) async fn wait_for_many(&self) -> Result<Value, Failure> {
        let selection = self.selection()?;
        let goal = self.goal()?;
        let timeout = self.timeout()?;
        let count = match self.int("count")? {
            Some(count) => Some(usize::try_from(count).map_err(|_| {
                self.mistake(&format!("the argument `count` is {count}; it must not be negative"))
            })?),
            None => None,
        };
        let many = self.kind.plural.as_str();
        let judge = |objects: &Objects| {
            if matches!(goal, Goal::Condition("Deleted")) {
                return match objects.len() {
                    0 => Verdict::Over(Vec::new()),
                    left => Verdict::Waiting(format!("{left} {many} left")),
                };
            }
            let mut met = Vec::new();
            let mut reason = None;
            for ((_, name), object) in objects {
                let progress = match self.towards(&goal, Some(object)) {
                    Ok(progress) => progress,
                    Err(failure) => return Verdict::Failed(failure),
                };
                match progress {
                    Progress::Met => met.push(object.clone()),
                    Progress::Waiting(why) => {
                        reason.get_or_insert_with(|| format!("{name}: {why}"));
                    }
                    // With a number given, others may take its place, such as the successor of a failed pod.
                    Progress::Hopeless(why) if count.is_none() => {
                        return Verdict::Hopeless(format!("{name}: {why}"));
                    }
                    Progress::Hopeless(why) => {
                        reason.get_or_insert_with(|| format!("{name}: {why}"));
                    }
                }
            }
            let wanted = count.unwrap_or(objects.len().max(1));
            if met.len() >= wanted {
                return Verdict::Over(met);
            }
            let reason = reason.map(|it| format!(" ({it})")).unwrap_or_default();
            Verdict::Waiting(format!("{} of {wanted} {many} {}{reason}", met.len(), goal.name()))
        };
        let deadline = self.cluster.now().saturating_add(timeout);
        match self.watch_until(&self.resource, &selection, deadline, judge).await {
            Ok(objects) => self.values(&objects),
            Err(end) => {
                let namespace = selection.namespace.as_deref();
                Err(self.gave_up((namespace, ""), goal.name(), timeout, end))
            }
        }
    }

    /// Waits until the object with this uid does not exist any more.
    pub(super) async fn wait_gone(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        uid: &str,
        deadline: Duration,
    ) -> Result<(), Failure> {
        let selection = Selection {
            namespace: namespace.map(str::to_owned),
            labels: None,
            fields: Some(format!("metadata.name={name}")),
        };
        let judge =
            |objects: &Objects| match objects.values().find(|it| it["metadata"]["uid"] == *uid) {
                None => Verdict::Over(()),
                Some(it) => Verdict::Waiting(format!("{name}: {}", conditions::why_not_gone(it))),
            };
        let begun = self.cluster.now();
        let end = match self.watch_until(resource, &selection, deadline, judge).await {
            Ok(()) => return Ok(()),
            Err(end) => end,
        };
        Err(self.gave_up((namespace, name), "Deleted", deadline.saturating_sub(begun), end))
    }

    fn goal(&self) -> Result<Goal<'_>, Failure> {
        match (self.arg("until"), self.text("condition")?) {
            (Some(_), Some(_)) => Err(self.mistake("give either `condition` or `until`, not both")),
            (Some(function), None) => Ok(Goal::Until(function)),
            (None, Some(condition)) => Ok(Goal::Condition(condition)),
            (None, None) => Ok(Goal::Condition(conditions::default_condition(self.kind))),
        }
    }

    fn towards(&self, goal: &Goal<'_>, object: Option<&Json>) -> Result<Progress, Failure> {
        let function = match goal {
            Goal::Condition(condition) => {
                return Ok(conditions::progress(self.kind, condition, object));
            }
            Goal::Until(function) => function,
        };
        let Some(object) = object else {
            return Ok(Progress::Waiting("does not exist".to_owned()));
        };
        match self.context.call("the argument `until`", function, self.value(object)?)? {
            Value::Bool(true) => Ok(Progress::Met),
            Value::Bool(false) => Ok(Progress::Waiting("`until` says false".to_owned())),
            other => Err(self.wrong("until", "a function that returns a Bool", &other)),
        }
    }

    fn gave_up(
        &self,
        place: (Option<&str>, &str),
        condition: &str,
        timeout: Duration,
        end: End,
    ) -> Failure {
        let last = |objects: Objects| {
            let objects: Vec<_> = objects.into_values().collect();
            self.values(&objects).unwrap_or_default()
        };
        match end {
            End::Cancelled => Failure::cancelled(),
            End::Failed(failure) => failure,
            End::Refused(error) => self.refused(place.0, place.1, &error),
            End::Late(state, objects) => {
                let waited = duration::text(timeout);
                let message = format!("not {condition} after {waited}: {state}");
                problem::gave_up(self.gate, self.kind, place, "Timeout", &message, last(objects))
            }
            End::Hopeless(state, objects) => {
                let message = format!("will not become {condition}: {state}");
                problem::gave_up(self.gate, self.kind, place, "Failed", &message, last(objects))
            }
        }
    }

    /// Looks at a selection whenever it changes, until `judge` has an answer.
    async fn watch_until<T>(
        &self,
        resource: &Resource,
        selection: &Selection,
        deadline: Duration,
        mut judge: impl FnMut(&Objects) -> Verdict<T>,
    ) -> Result<T, End> {
        let left = deadline.saturating_sub(self.cluster.now());
        let mut timer = self.cluster.sleep(left);
        let mut told = String::new();
        loop {
            let list = self.cluster.list(resource, selection).await.map_err(End::Refused)?;
            let mut objects: Objects =
                list.items.into_iter().map(|it| (place_of(&it), it)).collect();
            let mut watch: Option<Box<dyn Watch>> = None;
            loop {
                let state = match judge(&objects) {
                    Verdict::Over(value) => return Ok(value),
                    Verdict::Hopeless(state) => return Err(End::Hopeless(state, objects)),
                    Verdict::Failed(failure) => return Err(End::Failed(failure)),
                    Verdict::Waiting(state) => state,
                };
                if state != told {
                    self.context.progress(state.clone());
                    told.clone_from(&state);
                }
                let watching = match &mut watch {
                    Some(watching) => watching,
                    None => {
                        match self.cluster.watch(resource, selection, &list.resource_version).await
                        {
                            Ok(new) => watch.insert(new),
                            Err(error) if is_expired(&error) => break,
                            Err(error) => return Err(End::Refused(error)),
                        }
                    }
                };
                let event = tokio::select! {
                    biased;
                    () = self.context.cancel.cancelled() => return Err(End::Cancelled),
                    event = watching.next() => event,
                    () = &mut timer => return Err(End::Late(state, objects)),
                };
                match event {
                    Some(Ok(event)) => {
                        let place = place_of(&event.object);
                        if event.kind == WatchEventKind::Deleted {
                            objects.remove(&place);
                        } else {
                            objects.insert(place, event.object);
                        }
                    }
                    Some(Err(error)) if !is_expired(&error) => return Err(End::Refused(error)),
                    // The watch has ended or lost track: list again.
                    Some(Err(_)) | None => break,
                }
            }
            self.breathe(&mut timer).await?;
        }
    }

    /// A short rest before listing again, so that a server that ends watches at once is not flooded.
    async fn breathe(&self, timer: &mut BoxFuture<'_, ()>) -> Result<(), End> {
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(End::Cancelled),
            () = self.cluster.sleep(Duration::from_millis(100)) => Ok(()),
            // The next look finds out that time is up.
            () = timer => Err(End::Late("the server ended the watch".to_owned(), Objects::new())),
        }
    }
}

fn place_of(object: &Json) -> (String, String) {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// Whether the server has forgotten the version that a watch began from.
fn is_expired(error: &ApiError) -> bool {
    error.code == 410
}

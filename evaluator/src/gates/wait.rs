//! `WaitFor…`, and waiting until something is gone: list, then watch from there, then list again when the watch ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::conditions::{self, Progress};
use super::request::{is_busy, is_lost};
use super::{Call, duration, problem};
use crate::cluster::{ApiError, Resource, Selection, Watch, WatchEventKind};
use crate::failure::Failure;
use crate::value::Value;

/// Of how many objects on events are taken together that have come together: each look at all of them takes its time. Of few,
/// every event is looked at.
const MANY: usize = 100;

/// How many events are taken together at most.
const TOGETHER: usize = 1_000;

/// The objects of a selection by namespace and name.
pub(super) type Objects = BTreeMap<(String, String), Arc<Json>>;

/// Whether a wait is over.
pub(super) enum Verdict<T> {
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
pub(super) enum End {
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
        match self.watch_until(&self.resource, &selection, self.deadline, judge).await {
            Ok(Some(object)) => self.value(&object),
            Ok(None) => Ok(Value::Empty),
            Err(end) => {
                let place = (namespace.as_deref(), name.as_str());
                Err(self.gave_up(place, goal.name(), timeout, end).await)
            }
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
        match self.watch_until(&self.resource, &selection, self.deadline, judge).await {
            Ok(objects) => self.values(&objects),
            Err(end) => {
                let namespace = selection.namespace.as_deref();
                Err(self.gave_up((namespace, ""), goal.name(), timeout, end).await)
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
        Err(self.gave_up((namespace, name), "Deleted", deadline.saturating_sub(begun), end).await)
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

    pub(super) async fn gave_up(
        &self,
        place: (Option<&str>, &str),
        condition: &str,
        timeout: Duration,
        end: End,
    ) -> Failure {
        let (reason, message, objects) = match end {
            End::Cancelled => return Failure::cancelled(),
            End::Failed(failure) => return failure,
            End::Refused(error) => return self.refused(place.0, place.1, &error),
            End::Late(state, objects) => {
                let waited = duration::text(timeout);
                ("Timeout", format!("not {condition} after {waited}: {state}"), objects)
            }
            End::Hopeless(state, objects) => {
                ("Failed", format!("will not become {condition}: {state}"), objects)
            }
        };
        let objects: Vec<Arc<Json>> = objects.into_values().collect();
        let events = self.newest_events(place.0, &objects).await;
        let message = match events.first() {
            Some(newest) => format!("{message}; last event: {}", newest.text()),
            None => message,
        };
        let last = self.values(&objects).unwrap_or_default();
        problem::gave_up(self.gate, self.kind, place, reason, &message, last, &events)
    }

    /// Looks at a selection whenever it changes, until `judge` has an answer.
    pub(super) async fn watch_until<T>(
        &self,
        resource: &Resource,
        selection: &Selection,
        deadline: Duration,
        mut judge: impl FnMut(&Objects) -> Verdict<T>,
    ) -> Result<T, End> {
        let left = deadline.saturating_sub(self.cluster.now());
        let mut timer = self.cluster.sleep(left);
        let mut told = String::new();
        // How often in a row the server was asked and nothing came of it.
        let mut failures = 0;
        // What is known as long as the server does not say more.
        let mut known: Option<(String, Objects)> = None;
        loop {
            let list = match self.read(|| self.cluster.list(resource, selection)).await {
                Ok(list) => list,
                Err(error) => match known {
                    // It answered before: it may be back before the time is up.
                    Some((state, objects)) if is_passing(&error) => {
                        let state = format!("{state} ({})", error.message);
                        failures += 1;
                        self.breathe(&mut timer, failures, (&state, &objects)).await?;
                        known = Some((state, objects));
                        continue;
                    }
                    _ => return Err(End::Refused(error)),
                },
            };
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
                        let from = &list.resource_version;
                        match self.cluster.watch(resource, selection, from).await {
                            Ok(new) => watch.insert(new),
                            Err(error) if is_expired(&error) || is_passing(&error) => {
                                failures += 1;
                                break known = Some((state, objects));
                            }
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
                let mut next = event;
                let mut taken = 0;
                // Why the watch is over, if it is.
                let end = loop {
                    let event = match next {
                        Some(Ok(event)) => event,
                        Some(Err(error)) => break Some(Some(error)),
                        None => break Some(None),
                    };
                    failures = 0;
                    taken += 1;
                    let place = place_of(&event.object);
                    if event.kind == WatchEventKind::Deleted {
                        objects.remove(&place);
                    } else {
                        objects.insert(place, event.object);
                    }
                    if objects.len() <= MANY || taken == TOGETHER {
                        break None;
                    }
                    next = match watching.next().now_or_never() {
                        Some(next) => next,
                        None => break None,
                    };
                };
                match end {
                    None => {}
                    // The watch has lost track: list again.
                    Some(Some(error)) if is_expired(&error) || is_passing(&error) => {
                        failures += 1;
                        break known = Some((state, objects));
                    }
                    Some(Some(error)) => return Err(End::Refused(error)),
                    // The server ends every watch after a time.
                    Some(None) => break known = Some((state, objects)),
                }
            }
            let (state, objects) = known.get_or_insert_default();
            self.breathe(&mut timer, failures, (state, objects)).await?;
        }
    }

    /// A rest before listing again, longer after each failure, so that a server that ends watches at once is not flooded.
    async fn breathe(
        &self,
        timer: &mut BoxFuture<'_, ()>,
        failures: u32,
        known: (&str, &Objects),
    ) -> Result<(), End> {
        let rest = Duration::from_millis(100) * (1 << failures.min(6));
        tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => Err(End::Cancelled),
            () = self.cluster.sleep(rest) => Ok(()),
            () = timer => Err(End::Late(known.0.to_owned(), known.1.clone())),
        }
    }
}

pub(super) fn place_of(object: &Json) -> (String, String) {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// Whether the server, or what is between, has a problem that may pass.
pub(super) fn is_passing(error: &ApiError) -> bool {
    is_lost(error) || is_busy(error) || error.code >= 500
}

/// Whether the server has forgotten the version that a watch began from.
pub(super) fn is_expired(error: &ApiError) -> bool {
    error.code == 410
}

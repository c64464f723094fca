//! What the sandbox holds: objects under one global `resourceVersion`, the log of their changes, the virtual clock and the
//! work that controllers have to do at which time. Everything else reads and changes it through the methods here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ko_evaluator::cluster::WatchEventKind;
use ko_schema::{Kind, KindId, Schema};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::apply::Owners;
use crate::{controllers, json, time};

/// How long after a change the controllers see it: real ones are not instant either, and programs must not rely on it.
pub(crate) const CONTROLLER_DELAY: Duration = Duration::from_millis(10);
/// How long after the deletion of an owner its dependents are looked for.
pub(crate) const GARBAGE_DELAY: Duration = Duration::from_millis(50);
/// How many changes the log keeps before the oldest are forgotten.
const LOG_LENGTH: usize = 20_000;

/// Where an object lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// Its kind.
    pub(crate) kind: KindId,
    /// Its namespace, empty for kinds without.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
}

/// An object and what is known of it beside its JSON.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// The object as the API shows it.
    pub(crate) object: Arc<Json>,
    /// Who owns its fields.
    pub(crate) owners: Owners,
    /// When its controller last moved it on, more precisely than its time stamps say.
    pub(crate) since: Duration,
}

/// An entry of the log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The version after the change.
    pub(crate) version: u64,
    /// What changed.
    pub(crate) kind: KindId,
    /// How.
    pub(crate) event: WatchEventKind,
    /// The object before; `None` if it is new.
    pub(crate) old: Option<Arc<Json>>,
    /// The object after; its last state if it was deleted.
    pub(crate) new: Arc<Json>,
}

/// Work for controllers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// Look at one object and do what is due.
    Reconcile(Key),
    /// Look for what the object with this uid left behind.
    Collect(String),
}

/// See the module.
pub(crate) struct State {
    /// What is served.
    pub(crate) schema: Schema,
    /// The virtual time since the start.
    pub(crate) now: Duration,
    /// The last version given.
    pub(crate) version: u64,
    /// Counts everything that needs a name or id of its own.
    pub(crate) serial: u64,
    /// Counts requests and jumps of the clock, so that waiters see whether anything happens.
    pub(crate) activity: u64,
    /// When waiters give up.
    pub(crate) deadlines: BTreeSet<(Duration, u64)>,
    objects: BTreeMap<Key, Stored>,
    uids: FxHashMap<String, Key>,
    log: VecDeque<Change>,
    tasks: BTreeSet<(Duration, Task)>,
}

impl State {
    /// Nothing at all.
    pub(crate) fn empty(schema: Schema) -> State {
        State {
            schema,
            now: Duration::ZERO,
            version: 1,
            serial: 0,
            activity: 0,
            deadlines: BTreeSet::new(),
            objects: BTreeMap::new(),
            uids: FxHashMap::default(),
            log: VecDeque::new(),
            tasks: BTreeSet::new(),
        }
    }

    /// The key of an object; `None` if the schema lacks the kind.
    pub(crate) fn key(&self, gv: &str, kind: &str, namespace: &str, name: &str) -> Option<Key> {
        let kind = self.schema.find_kind(gv, kind)?;
        let namespace = if kind.namespaced { namespace } else { "" };
        Some(Key { kind: kind.id, namespace: namespace.to_owned(), name: name.to_owned() })
    }

    /// The kind of a key.
    pub(crate) fn kind(&self, key: &Key) -> &Kind {
        self.schema.kind(key.kind)
    }

    /// What is stored under a key.
    pub(crate) fn stored(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key)
    }

    /// The object under a key.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Json>> {
        self.objects.get(key).map(|it| it.object.clone())
    }

    /// All that is stored, by kind, namespace and name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Key, &Stored)> {
        self.objects.iter()
    }

    /// The objects of a kind in one namespace or all, by namespace and name.
    pub(crate) fn list<'a>(
        &'a self,
        kind: KindId,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored)> {
        let start =
            Key { kind, namespace: namespace.unwrap_or_default().to_owned(), name: String::new() };
        self.objects.range(start..).take_while(move |(key, _)| {
            key.kind == kind && namespace.is_none_or(|it| it == key.namespace)
        })
    }

    /// As [`State::list`], by names; empty if the schema lacks the kind.
    pub(crate) fn list_named<'a>(
        &'a self,
        gv: &str,
        kind: &str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored)> {
        let kind = self.schema.find_kind(gv, kind).map(|it| it.id);
        kind.into_iter().flat_map(move |kind| self.list(kind, namespace))
    }

    /// Where the object with a uid lives.
    pub(crate) fn by_uid(&self, uid: &str) -> Option<&Key> {
        self.uids.get(uid)
    }

    /// The time stamp of now.
    pub(crate) fn stamp(&self) -> String {
        time::stamp(self.now)
    }

    /// A new unique id: the same for the same history.
    pub(crate) fn new_uid(&mut self) -> String {
        self.serial += 1;
        let (a, b) = (scatter(self.serial), scatter(self.serial ^ 0x5eed_0000_0000_0000));
        // The form of a random UUID (RFC 9562 §5.4).
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            0x8000 | b >> 48 & 0x3fff,
            b & 0xffff_ffff_ffff
        )
    }

    /// Five letters and digits that make a name unique.
    pub(crate) fn new_suffix(&mut self) -> String {
        self.serial += 1;
        letters(scatter(self.serial), 5)
    }

    /// Stores an object, new or changed, and tells everybody. Sets its version; raises its generation when the
    /// specification changed. Storing what is there already is no change.
    pub(crate) fn put(&mut self, key: &Key, mut object: Json, owners: Option<Owners>) -> Arc<Json> {
        let old = self.objects.get(key);
        if let Some(old) = old {
            let version = json::text(&old.object, "metadata.resourceVersion").to_owned();
            json::set(&mut object, "metadata.resourceVersion", version);
            if has_generation(self.schema.kind(key.kind))
                && json::at(&old.object, "spec") != json::at(&object, "spec")
            {
                let generation = json::int(&old.object, "metadata.generation").unwrap_or(1);
                json::set(&mut object, "metadata.generation", generation + 1);
            }
            if *old.object == object {
                let unchanged = old.object.clone();
                if let (Some(owners), Some(stored)) = (owners, self.objects.get_mut(key)) {
                    stored.owners = owners;
                }
                return unchanged;
            }
        } else if has_generation(self.schema.kind(key.kind)) {
            json::set_default(&mut object, "metadata.generation", 1);
        }
        self.version += 1;
        json::set(&mut object, "metadata.resourceVersion", self.version.to_string());
        let new = Arc::new(object);
        let old = old.map(|it| it.object.clone());
        self.uids.insert(json::uid(&new).to_owned(), key.clone());
        match self.objects.get_mut(key) {
            Some(stored) => {
                stored.object = new.clone();
                if let Some(owners) = owners {
                    stored.owners = owners;
                }
            }
            None => {
                let stored = Stored {
                    object: new.clone(),
                    owners: owners.unwrap_or_default(),
                    since: self.now,
                };
                self.objects.insert(key.clone(), stored);
            }
        }
        let event = if old.is_some() { WatchEventKind::Modified } else { WatchEventKind::Added };
        self.record(key, event, old, new.clone());
        new
    }

    /// Takes an object out, whatever refers to it. Answers its last state.
    pub(crate) fn erase(&mut self, key: &Key) -> Option<Arc<Json>> {
        let stored = self.objects.remove(key)?;
        self.version += 1;
        let mut last = (*stored.object).clone();
        json::set(&mut last, "metadata.resourceVersion", self.version.to_string());
        let last = Arc::new(last);
        let uid = json::uid(&last).to_owned();
        self.uids.remove(&uid);
        self.record(key, WatchEventKind::Deleted, Some(stored.object), last.clone());
        self.later(GARBAGE_DELAY, Task::Collect(uid));
        Some(last)
    }

    /// Changes the object under a key, if it is there.
    pub(crate) fn update(&mut self, key: &Key, change: impl FnOnce(&mut Json)) {
        if let Some(stored) = self.objects.get(key) {
            let mut object = (*stored.object).clone();
            change(&mut object);
            self.put(key, object, None);
        }
    }

    /// Notes that the controller of an object moved it on just now.
    pub(crate) fn mark(&mut self, key: &Key) {
        let now = self.now;
        if let Some(stored) = self.objects.get_mut(key) {
            stored.since = now;
        }
    }

    /// Puts back what was saved.
    pub(crate) fn restore(&mut self, key: Key, stored: Stored) {
        self.uids.insert(json::uid(&stored.object).to_owned(), key.clone());
        self.later(CONTROLLER_DELAY, Task::Reconcile(key.clone()));
        self.objects.insert(key, stored);
    }

    fn record(&mut self, key: &Key, event: WatchEventKind, old: Option<Arc<Json>>, new: Arc<Json>) {
        let (version, kind) = (self.version, key.kind);
        if self.log.len() >= LOG_LENGTH {
            self.log.pop_front();
        }
        controllers::notice(self, key, old.as_deref(), &new);
        self.log.push_back(Change { version, kind, event, old, new });
    }

    /// The changes after a version.
    ///
    /// # Errors
    /// The oldest version that the log reaches back to, if that is later.
    pub(crate) fn changes_after(&self, version: u64) -> Result<impl Iterator<Item = &Change>, u64> {
        let oldest = match self.log.front() {
            Some(first) => first.version - 1,
            None => self.version,
        };
        if version < oldest {
            return Err(oldest);
        }
        let start = self.log.partition_point(|it| it.version <= version);
        Ok(self.log.range(start..))
    }

    /// Has a task done later.
    pub(crate) fn later(&mut self, delay: Duration, task: Task) {
        self.tasks.insert((self.now + delay, task));
    }

    /// When the next task is due.
    pub(crate) fn next_task(&self) -> Option<Duration> {
        self.tasks.first().map(|(at, _)| *at)
    }

    /// Moves the clock on, doing on the way what becomes due.
    pub(crate) fn advance_to(&mut self, to: Duration) {
        while self.next_task().is_some_and(|at| at <= to) {
            let Some((at, task)) = self.tasks.pop_first() else { break };
            self.now = self.now.max(at);
            match task {
                Task::Reconcile(key) => controllers::reconcile(self, &key),
                Task::Collect(uid) => controllers::garbage::collect(self, &uid),
            }
        }
        self.now = self.now.max(to);
    }
}

/// Whether the server counts the generations of a kind.
fn has_generation(kind: &Kind) -> bool {
    !matches!(
        (kind.group.as_str(), kind.kind.as_str()),
        (
            "",
            "Service"
                | "Namespace"
                | "Node"
                | "PersistentVolume"
                | "PersistentVolumeClaim"
                | "ConfigMap"
                | "Secret"
                | "ServiceAccount"
        )
    )
}

/// Spreads the bits of a number (the finaliser of SplitMix64), so that consecutive ones look unrelated.
pub(crate) fn scatter(number: u64) -> u64 {
    let mut it = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

/// Letters and digits from which no words can be made, as Kubernetes uses for generated names.
pub(crate) fn letters(mut number: u64, count: usize) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut out = String::with_capacity(count);
    for _ in 0..count {
        let at = usize::try_from(number % 27).unwrap_or(0);
        out.push(char::from(ALPHABET.get(at).copied().unwrap_or(b'x')));
        number /= 27;
    }
    out
}

//! What the cluster says while somebody writes: names, labels, how objects are, what the user may do. Kept for seconds; no
//! answer waits for it longer than a moment, and what takes longer is there for the next one. Each question is on its way
//! once, however many ask it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use ko_cluster::{Connection, Glance, Named, Rules};
use ko_evaluator::cluster::Resource;

use crate::lsp::main_loop::Message;

/// How long an answer waits.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long a question may be on its way.
const LIMIT: Duration = Duration::from_secs(5);

/// How long what was heard is good.
const FRESH: Duration = Duration::from_secs(10);

/// How long the rules of a namespace are good.
const RULES_FRESH: Duration = Duration::from_secs(300);

/// How many answers are kept, and of how many namespaces the rules are asked for.
const MOST: usize = 64;

/// A question: which objects, or how one of them is.
type Key = (Resource, Option<String>, Option<String>);

/// An answer that may be on its way; nothing if there is none.
type Coming<T> = Shared<BoxFuture<'static, Option<Arc<T>>>>;

/// Answers, and when they were asked for.
type Kept<T> = Mutex<HashMap<Key, (Instant, Coming<T>)>>;

/// Looks into one cluster.
pub(crate) struct Live {
    connection: Connection,
    /// What has to be told when rules are known.
    main: Sender<Message>,
    names: Kept<Vec<Named>>,
    glances: Kept<Option<Glance>>,
    rules: Mutex<HashMap<String, (Instant, Arc<Rules>)>>,
    /// The namespaces whose rules are being asked for.
    asked: Mutex<HashSet<String>>,
    runtime: tokio::runtime::Handle,
}

/// An answer in time, or the word that it is late.
pub(crate) enum Timely<T> {
    /// It is there; or there is none.
    Known(Option<Arc<T>>),
    /// It is on its way still.
    Late,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Nothing is asked yet.
    pub(super) fn new(
        connection: Connection,
        main: Sender<Message>,
        runtime: tokio::runtime::Handle,
    ) -> Live {
        Live {
            connection,
            main,
            names: Mutex::default(),
            glances: Mutex::default(),
            rules: Mutex::default(),
            asked: Mutex::default(),
            runtime,
        }
    }

    /// The objects of a resource.
    pub(crate) async fn names(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Timely<Vec<Named>> {
        let key = (resource.clone(), namespace.map(str::to_owned), None);
        let connection = self.connection.clone();
        let ask = |(resource, namespace, _): Key| async move {
            ko_cluster::names(&connection, &resource, namespace.as_deref()).await.ok()
        };
        self.ask(&self.names, key, ask).await
    }

    /// How an object is.
    pub(crate) async fn glance(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Timely<Option<Glance>> {
        let key = (resource.clone(), namespace.map(str::to_owned), Some(name.to_owned()));
        let connection = self.connection.clone();
        let ask = |(resource, namespace, name): Key| async move {
            let name = name.unwrap_or_default();
            ko_cluster::glance(&connection, &resource, namespace.as_deref(), &name).await.ok()
        };
        self.ask(&self.glances, key, ask).await
    }

    async fn ask<T, F>(&self, kept: &Kept<T>, key: Key, ask: impl FnOnce(Key) -> F) -> Timely<T>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let coming = {
            let mut kept = locked(kept);
            kept.retain(|_, (since, _)| since.elapsed() < FRESH);
            if kept.len() >= MOST {
                kept.clear();
            }
            match kept.get(&key) {
                Some((_, coming)) => coming.clone(),
                None => {
                    let asked = tokio::time::timeout(LIMIT, ask(key.clone()));
                    let asked = async move { asked.await.ok().flatten().map(Arc::new) };
                    let coming = asked.boxed().shared();
                    // It comes to its end even if nobody waits that long.
                    self.runtime.spawn(coming.clone());
                    kept.insert(key, (Instant::now(), coming.clone()));
                    coming
                }
            }
        };
        match tokio::time::timeout(PATIENCE, coming).await {
            Ok(known) => Timely::Known(known),
            Err(_) => Timely::Late,
        }
    }

    /// What the user may do in a namespace, if that is known. If not, it is asked for, and diagnostics are computed again
    /// when it is.
    pub(crate) fn rules(self: &Arc<Self>, namespace: &str) -> Option<Arc<Rules>> {
        let known = locked(&self.rules).get(namespace).cloned();
        let fresh = known.as_ref().is_some_and(|(since, _)| since.elapsed() < RULES_FRESH);
        let mut asked = locked(&self.asked);
        if !fresh && asked.len() < MOST && asked.insert(namespace.to_owned()) {
            let (live, namespace) = (self.clone(), namespace.to_owned());
            self.runtime.spawn(async move {
                let found =
                    tokio::time::timeout(LIMIT, ko_cluster::rules(&live.connection, &namespace));
                // What cannot be had is as good as no rules that deny anything, for a while.
                let rules = match found.await {
                    Ok(Ok(rules)) => Some(Arc::new(rules)),
                    _ => None,
                };
                locked(&live.asked).remove(&namespace);
                let Some(rules) = rules else { return };
                let now = (Instant::now(), rules.clone());
                let old = locked(&live.rules).insert(namespace, now);
                if old.is_none_or(|(_, old)| old != rules) {
                    let _ = live.main.send(Message::RulesKnown);
                }
            });
        }
        known.map(|(_, rules)| rules)
    }

    /// The namespace that stands for what is in none: rules for all hold in each.
    pub(crate) fn namespace(&self) -> &str {
        self.connection.namespace()
    }

    /// The name of the context.
    pub(crate) fn context(&self) -> &str {
        self.connection.name()
    }
}

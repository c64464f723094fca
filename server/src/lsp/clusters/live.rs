//! What the cluster says while somebody writes: names, labels, how objects are, what the user may do. No answer waits for it
//! longer than a moment (`questions.rs`); rules, which change seldom, are asked for aside.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;
use ko_cluster::{Connection, Glance, Named, Rules};
use ko_evaluator::cluster::Resource;

use super::questions::{Questions, Timely};
use crate::lsp::main_loop::Message;

/// How long the question for rules may be on its way.
const LIMIT: Duration = Duration::from_secs(5);

/// How long the rules of a namespace are good.
const RULES_FRESH: Duration = Duration::from_secs(300);

/// Of how many namespaces the rules are asked for at once.
const MOST: usize = 64;

/// A question: which objects, or how one of them is.
type Key = (Resource, Option<String>, Option<String>);

/// Looks into one cluster.
pub(crate) struct Live {
    connection: Connection,
    /// What has to be told when rules are known.
    main: Sender<Message>,
    names: Questions<Key, Vec<Named>>,
    glances: Questions<Key, Option<Glance>>,
    rules: Mutex<HashMap<String, (Instant, Arc<Rules>)>>,
    /// The namespaces whose rules are being asked for.
    asked: Mutex<HashSet<String>>,
    runtime: tokio::runtime::Handle,
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
            names: Questions::default(),
            glances: Questions::default(),
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
        self.names.ask(key, ask).await
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
        self.glances.ask(key, ask).await
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

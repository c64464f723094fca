//! How it stands with the cluster, in the words of the notification `ko/clusterStatus`. One status at a time, for one item
//! of the editor; nothing here is ever a message box.

use std::sync::{Mutex, PoisonError};

use ko_cluster::Context;
use serde::Serialize;

use crate::lsp::transport::Notifier;

/// What the client is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) state: State,
    /// The name of the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
    /// The address of its server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// The name of its user entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// The namespace that is meant when none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    /// The version of the server, such as `v1.36.3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// What is so, in a sentence or two.
    pub(crate) message: String,
    /// What the user can do about it, the best first.
    pub(crate) ways_out: Vec<WayOut>,
    /// What is worth knowing besides: a certificate that is not checked, kinds without types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// The states, as the client draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// No cluster: the schema is the built-in one.
    Offline,
    /// The user has chosen one, and it has not answered yet.
    Connecting,
    /// The schema is that of the cluster, and changes of it are heard.
    Connected,
    /// The schema is that of the cluster, but it cannot be heard at present.
    Stale,
    /// The credential is not accepted. The schema that is known stays.
    SignedOut,
    /// The user may not read the schema: the built-in one is used, on this cluster.
    Forbidden,
}

/// Something that the user can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WayOut {
    /// `connect` (choose a context), `reconnect` (the same context again), `disconnect`.
    pub(crate) action: &'static str,
    /// What to call it.
    pub(crate) title: &'static str,
}

const CONNECT: WayOut = WayOut { action: "connect", title: "Connect to Cluster…" };
const SWITCH: WayOut = WayOut { action: "connect", title: "Switch Cluster…" };
const RECONNECT: WayOut = WayOut { action: "reconnect", title: "Connect Again" };
const SIGN_IN: WayOut = WayOut { action: "reconnect", title: "Sign In Again" };
const DISCONNECT: WayOut = WayOut { action: "disconnect", title: "Disconnect" };

impl Status {
    /// No cluster; `why`, if there should be one.
    pub(crate) fn offline(why: Option<String>) -> Status {
        let built_in = format!(
            "Ko checks against the built-in schema of Kubernetes {}.",
            ko_schema::Schema::builtin().version()
        );
        let message = match why {
            Some(why) => format!("{why}\n{built_in}"),
            None => format!("Not connected. {built_in}"),
        };
        Status {
            state: State::Offline,
            context: None,
            server: None,
            user: None,
            namespace: None,
            version: None,
            message,
            ways_out: vec![CONNECT],
            notes: Vec::new(),
        }
    }

    /// In a state, with this context.
    pub(crate) fn of(context: &Context, state: State, message: String) -> Status {
        let ways_out = match state {
            State::Offline => vec![CONNECT],
            State::Connecting => vec![DISCONNECT],
            State::Connected => vec![SWITCH, DISCONNECT],
            State::Stale | State::Forbidden => vec![RECONNECT, SWITCH, DISCONNECT],
            State::SignedOut => vec![SIGN_IN, SWITCH, DISCONNECT],
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Status {
            state,
            context: Some(context.name.clone()),
            server: some(&context.server),
            user: some(&context.user),
            namespace: context.namespace.clone(),
            version: None,
            message,
            ways_out,
            notes: Vec::new(),
        }
    }
}

/// The status as it is, told to the client when it changes.
pub(crate) struct Board {
    notifier: Notifier,
    /// None while it is what it was in the beginning: its text names the version of the built-in schema, which is not
    /// unpacked before somebody asks, least of all before the client has its first answer.
    status: Mutex<Option<Status>>,
}

impl Board {
    /// Offline, which the client need not be told.
    pub(crate) fn new(notifier: Notifier) -> Board {
        Board { notifier, status: Mutex::default() }
    }

    /// Tells the client, unless it is what it knows.
    pub(crate) fn set(&self, status: Status) {
        let mut old = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if *old.get_or_insert_with(|| Status::offline(None)) != status {
            // Within the lock: the last one sent is the last one set.
            if let Ok(params) = serde_json::to_value(&status) {
                self.notifier.send("ko/clusterStatus", &params);
            }
            *old = Some(status);
        }
    }

    /// The status.
    pub(crate) fn get(&self) -> Status {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.get_or_insert_with(|| Status::offline(None)).clone()
    }

    /// What carries notifications and progress.
    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_not_worded_before_somebody_asks() {
        let board = Board::new(Notifier::to_nobody());
        assert!(board.status.lock().unwrap().is_none());
        assert_eq!(board.get(), Status::offline(None));
        board.set(Status::offline(None));
        assert_eq!(board.get(), Status::offline(None));
    }

    #[test]
    fn every_state_names_a_way_out() {
        let context = Context {
            name: "dev".to_owned(),
            cluster: "one".to_owned(),
            server: String::new(),
            user: "me".to_owned(),
            namespace: None,
            plugin: None,
            current: true,
            insecure: false,
            impersonates: None,
        };
        for state in
            [State::Connecting, State::Connected, State::Stale, State::SignedOut, State::Forbidden]
        {
            let status = Status::of(&context, state, "so".to_owned());
            assert!(!status.ways_out.is_empty(), "{state:?}");
            assert_eq!(status.server, None, "an address that is not known is not shown");
        }
        let offline = Status::offline(Some("the server is away".to_owned()));
        assert!(offline.message.starts_with("the server is away\n"), "{}", offline.message);
        let json = serde_json::to_value(&offline).unwrap();
        assert_eq!(json["state"], "offline");
        assert_eq!(json["waysOut"][0]["action"], "connect");
    }
}

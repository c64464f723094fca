//! The saved form of a sandbox: versioned JSON. Values of Secrets are not saved: fakes of the same length take their place,
//! so that a file on a disk never holds one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ko_schema::{Kind, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::apply::{Manager, Owners, Path};
use crate::state::{State, Stored};
use crate::{base64, json, seed};

/// The number of the form; raise it when it changes.
const FORMAT: u32 = 1;

/// Why saved bytes are of no use.
#[derive(Debug)]
pub enum LoadError {
    /// Not the JSON of a saved sandbox.
    Damaged(String),
    /// Saved by another version of the program; holds the number of its form.
    Format(u32),
    /// An object of a kind that the schema does not have: (apiVersion, kind).
    UnknownKind(String, String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Damaged(detail) => {
                write!(f, "the saved sandbox is damaged ({detail}); delete it to start afresh")
            }
            LoadError::Format(number) => write!(
                f,
                "the saved sandbox has form {number}, this program reads {FORMAT}; delete it to start afresh"
            ),
            LoadError::UnknownKind(gv, kind) => write!(
                f,
                "the saved sandbox holds a {kind} of {gv}, which the schema does not have; use the schema it was saved with, or delete it to start afresh"
            ),
        }
    }
}

impl std::error::Error for LoadError {}

#[derive(Serialize, Deserialize)]
struct Saved {
    format: u32,
    now_millis: u64,
    version: u64,
    serial: u64,
    objects: Vec<SavedObject>,
}

#[derive(Serialize, Deserialize)]
struct SavedObject {
    object: Json,
    since_millis: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owners: Vec<(Manager, Vec<Path>)>,
}

/// The saved form of a state.
pub(crate) fn save(state: &State) -> Vec<u8> {
    let objects = state.all().map(|(key, stored)| SavedObject {
        object: without_secrets(state.kind(key), &stored.object),
        since_millis: millis(stored.since),
        owners: stored
            .owners
            .iter()
            .map(|(manager, paths)| (manager.clone(), paths.iter().cloned().collect()))
            .collect(),
    });
    let saved = Saved {
        format: FORMAT,
        now_millis: millis(state.now),
        version: state.version,
        serial: state.serial,
        objects: objects.collect(),
    };
    // Maps with text keys and numbers only: this cannot fail. If it did, nothing would be saved rather than half.
    serde_json::to_vec(&saved).unwrap_or_default()
}

/// The state of a saved form.
pub(crate) fn load(schema: Schema, bytes: &[u8]) -> Result<State, LoadError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let damaged = |error: serde_json::Error| LoadError::Damaged(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(LoadError::Format(head.format));
    }
    let saved: Saved = serde_json::from_slice(bytes).map_err(damaged)?;
    let mut state = State::empty(schema);
    state.now = Duration::from_millis(saved.now_millis);
    state.version = saved.version;
    state.serial = saved.serial;
    for SavedObject { object, since_millis, owners } in saved.objects {
        let (gv, kind) = (json::text(&object, "apiVersion"), json::text(&object, "kind"));
        let namespace = json::text(&object, "metadata.namespace");
        let Some(key) = state.key(gv, kind, namespace, json::name(&object)) else {
            return Err(LoadError::UnknownKind(gv.to_owned(), kind.to_owned()));
        };
        let since = Duration::from_millis(since_millis);
        let owners: Owners = owners
            .into_iter()
            .map(|(manager, paths)| (manager, paths.into_iter().collect()))
            .collect();
        state.restore(key, Stored { object: Arc::new(object), owners, since });
    }
    if state.all().next().is_none() {
        return Ok(seed::fresh(state.schema));
    }
    Ok(state)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn without_secrets(kind: &Kind, object: &Json) -> Json {
    let mut object = object.clone();
    if kind.group.is_empty() && kind.kind == "Secret" {
        for part in ["data", "stringData"] {
            let Some(map) = object.get_mut(part).and_then(Json::as_object_mut) else { continue };
            for value in map.values_mut() {
                let length = base64::decoded_len(value.as_str().unwrap_or_default());
                *value = base64::encode("x".repeat(length).as_bytes()).into();
            }
        }
        // May repeat the values.
        json::object_mut(&mut object, "metadata")
            .get_mut("annotations")
            .and_then(Json::as_object_mut)
            .and_then(|it| it.shift_remove("kubectl.kubernetes.io/last-applied-configuration"));
    }
    object
}

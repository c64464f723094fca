//! Looking into a cluster while somebody writes: names and labels of objects, how one of them is, what the user may do. Of
//! objects with secrets only the metadata is asked for, and of no object more is given on than what this file names.

use std::collections::BTreeMap;

use http::{Method, Request, StatusCode, header};
use ko_evaluator::cluster::Resource;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::connection::{ConnectError, Connection};
use crate::request::Url;

/// How many objects are listed at most.
const MOST: &str = "500";

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// The name of an object, where it is, and its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// The objects of a resource, of one namespace or of all; not more than 500, and only their metadata. None if the user may
/// not list them.
///
/// # Errors
/// When the cluster does not answer.
pub async fn names(
    connection: &Connection,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<Vec<Named>, ConnectError> {
    let request = Url::new(resource, namespace, None).with("limit", MOST);
    let Ok(request) = request.request(Method::GET, "", None) else { return Ok(Vec::new()) };
    let path = request.uri().to_string();
    let (asking, accept) = (connection.clone(), METADATA_LIST);
    // Where connections live, so that whoever waits does not have to read half a megabyte.
    connection
        .elsewhere(async move {
            let request = get(&path, accept)?;
            let answer = asking.exchange(request).await?;
            if !answer.status.is_success() {
                return Ok(Vec::new());
            }
            let list: List = serde_json::from_slice(&answer.body).unwrap_or_default();
            Ok(list.items.into_iter().map(|it| it.metadata.into()).collect())
        })
        .await
}

/// How an object is, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// Its phase, such as `Running`.
    pub phase: Option<String>,
    /// How many replicas are ready, and how many there should be.
    pub replicas: Option<(i64, i64)>,
    /// When it was made, as RFC 3339 has it.
    pub created: Option<String>,
    /// Since when it is being deleted.
    pub deleting: Option<String>,
    /// What it belongs to: kind and name.
    pub owners: Vec<(String, String)>,
    /// Its conditions: type, status, reason.
    pub conditions: Vec<(String, String, String)>,
}

/// How the object of this name is. None if there is none, or the user may not see it.
///
/// # Errors
/// When the cluster does not answer.
pub async fn glance(
    connection: &Connection,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<Option<Glance>, ConnectError> {
    let request = Url::new(resource, namespace, Some(name)).request(Method::GET, "", None);
    let Ok(request) = request else { return Ok(None) };
    let path = request.uri().to_string();
    let secret = resource.group.is_empty() && resource.kind == "Secret";
    let accept = if secret { METADATA } else { "application/json" };
    let asking = connection.clone();
    connection
        .elsewhere(async move {
            let answer = asking.exchange(get(&path, accept)?).await?;
            if !answer.status.is_success() {
                return Ok(None);
            }
            Ok(serde_json::from_slice(&answer.body).ok().map(|object| glance_of(&object)))
        })
        .await
}

fn glance_of(object: &Json) -> Glance {
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let word = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let (metadata, status) = (&object["metadata"], &object["status"]);
    let owners = metadata["ownerReferences"].as_array().into_iter().flatten();
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let wanted = object["spec"]["replicas"].as_i64();
    Glance {
        phase: text(&status["phase"]),
        replicas: wanted.map(|it| (status["readyReplicas"].as_i64().unwrap_or_default(), it)),
        created: text(&metadata["creationTimestamp"]),
        deleting: text(&metadata["deletionTimestamp"]),
        owners: owners.map(|it| (word(&it["kind"]), word(&it["name"]))).collect(),
        conditions: conditions
            .map(|it| (word(&it["type"]), word(&it["status"]), word(&it["reason"])))
            .collect(),
    }
}

/// What the user may do in a namespace, as far as the server can tell by rules. A webhook may decide otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    incomplete: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

impl Rules {
    /// Whether the rules leave no way to do this. `resource` may have a part: `deployments/scale`.
    #[must_use]
    pub fn deny(&self, verb: &str, group: &str, resource: &str) -> bool {
        let has = |all: &[String], one: &str| all.iter().any(|it| it == "*" || it == one);
        let part = resource.split_once('/').map(|(_, part)| format!("*/{part}"));
        let allows = |rule: &Rule| {
            has(&rule.verbs, verb)
                && has(&rule.api_groups, group)
                && (has(&rule.resources, resource)
                    || part.as_ref().is_some_and(|it| rule.resources.contains(it)))
        };
        // A rule for some names only may still allow the one that is meant.
        !self.incomplete && !self.rules.iter().any(allows)
    }
}

/// What the user may do in a namespace (`SelfSubjectRulesReview`). Nothing is known where the server does not tell.
///
/// # Errors
/// When the cluster does not answer.
pub async fn rules(connection: &Connection, namespace: &str) -> Result<Rules, ConnectError> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    });
    let request = Request::post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews")
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .body(review.to_string().into_bytes())
        .map_err(|error| ConnectError::Configuration(error.to_string()))?;
    let answer = connection.send(request).await?;
    if answer.status != StatusCode::CREATED && answer.status != StatusCode::OK {
        return Ok(Rules { rules: Vec::new(), incomplete: true });
    }
    let review: Review = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Status { resource_rules, incomplete } = review.status;
    Ok(Rules { rules: resource_rules, incomplete })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Review {
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    resource_rules: Vec<Rule>,
    incomplete: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    items: Vec<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    namespace: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

impl From<Metadata> for Named {
    fn from(it: Metadata) -> Named {
        Named { name: it.name, namespace: it.namespace, labels: it.labels.unwrap_or_default() }
    }
}

fn get(path: &str, accept: &str) -> Result<Request<Vec<u8>>, ConnectError> {
    Request::get(path)
        .header(header::ACCEPT, accept)
        .body(Vec::new())
        .map_err(|error| ConnectError::Configuration(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rules: Json) -> Rules {
        Rules { rules: serde_json::from_value(rules).unwrap(), incomplete: false }
    }

    #[test]
    fn rules_deny_what_no_rule_allows() {
        let view = rules(json!([
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
            {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*/scale"]},
            {"verbs": ["update"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"]},
        ]));
        assert!(!view.deny("get", "", "pods") && !view.deny("get", "", "pods/log"));
        assert!(view.deny("delete", "", "pods") && view.deny("get", "apps", "deployments"));
        assert!(!view.deny("patch", "apps", "deployments/scale"));
        assert!(!view.deny("update", "", "configmaps"), "one of them it may");
        assert!(!Rules { incomplete: true, ..view }.deny("delete", "", "pods"));
        let admin = rules(json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]));
        assert!(!admin.deny("create", "x.y", "z/w"));
    }

    #[test]
    fn a_glance_holds_nothing_that_is_not_named() {
        let glance = glance_of(&json!({
            "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "annotations": {"a": "hidden"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]},
            "spec": {"replicas": 3, "token": "hidden"}, "data": {"password": "hidden"},
            "status": {"phase": "Running", "readyReplicas": 2,
                "conditions": [{"type": "Ready", "status": "False", "reason": "Slow", "message": "hidden"}]},
        }));
        assert_eq!(glance.replicas, Some((2, 3)));
        assert_eq!(glance.owners, [("ReplicaSet".to_owned(), "web-1".to_owned())]);
        assert!(!format!("{glance:?}").contains("hidden"));
    }
}

//! Parts of objects that have requests of their own, but for their patches (see the module `requests`): reading and writing
//! status and scale, evictions, tokens, approvals
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/#subresources>).

use std::sync::Arc;

use ko_evaluator::cluster::{ApiError, DeleteOptions, Resource, WriteOptions};
use serde_json::{Value as Json, json};

use crate::requests::{self, Target};
use crate::selectors::Labels;
use crate::state::State;
use crate::{errors, json};

/// Which object: resource, namespace, name.
type Place<'a> = (&'a Resource, Option<&'a str>, &'a str);

/// How long a token is good if the request does not say, in seconds.
const TOKEN_SECONDS: i64 = 3600;

/// GET of a part.
pub(crate) fn get(
    state: &State,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    part: &str,
) -> Result<Arc<Json>, ApiError> {
    let target = served(state, resource, part)?;
    let (_, object) = target.existing(state, namespace, name)?;
    match part {
        "scale" => Ok(Arc::new(requests::scale_view(&object))),
        "status" | "approval" => Ok(object),
        _ => Err(not_played(part)),
    }
}

/// PUT of a part.
pub(crate) fn replace(
    state: &mut State,
    (resource, namespace, name): Place<'_>,
    part: &str,
    body: Json,
    options: &WriteOptions,
) -> Result<Arc<Json>, ApiError> {
    let target = served(state, resource, part)?;
    let (key, old) = target.existing(state, namespace, name)?;
    let own = json::name(&body);
    if own != name {
        return Err(errors::bad_request(format!(
            "the name of the object ({own}) does not match the name on the URL ({name})"
        )));
    }
    match part {
        "scale" => {
            let change = json!({
                "metadata": {"resourceVersion": json::at(&body, "metadata.resourceVersion")},
                "spec": {"replicas": json::at(&body, "spec.replicas")},
            });
            let kind = ko_evaluator::cluster::PatchType::Merge;
            let place = (resource, namespace, name);
            let (resource, namespace, name) = place;
            requests::patch(state, resource, namespace, name, Some(part), (kind, change), options)
        }
        // An approval is a condition of the status.
        "status" | "approval" => {
            let how = Some((Some("status"), None));
            requests::finish(state, &target, &key, &old, body, options, how)
        }
        _ => Err(not_played(part)),
    }
}

/// POST of a part.
pub(crate) fn create(
    state: &mut State,
    (resource, namespace, name): Place<'_>,
    part: &str,
    body: &Json,
) -> Result<Arc<Json>, ApiError> {
    let target = served(state, resource, part)?;
    let (_, object) = target.existing(state, namespace, name)?;
    match part {
        "eviction" => evict(state, (resource, namespace, name), &object, body),
        "token" => Ok(Arc::new(token(state, &object, body))),
        _ => Err(not_played(part)),
    }
}

fn served(state: &State, resource: &Resource, part: &str) -> Result<Target, ApiError> {
    let target = Target::find(state, resource)?;
    if target.kind().subresource(part).is_none() {
        return Err(errors::no_such_resource());
    }
    Ok(target)
}

fn not_played(part: &str) -> ApiError {
    errors::not_simulated(&format!(
        "the sandbox does not play the subresource {part}; run it on a cluster"
    ))
}

/// Deletes a pod if the budgets that select it allow that.
/// Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>.
fn evict(
    state: &mut State,
    (resource, namespace, name): Place<'_>,
    pod: &Json,
    body: &Json,
) -> Result<Arc<Json>, ApiError> {
    let finished = matches!(json::text(pod, "status.phase"), "Succeeded" | "Failed" | "Pending");
    let mut budgets = Vec::new();
    if !finished && !json::terminating(pod) {
        for (key, stored) in state.list_named("policy/v1", "PodDisruptionBudget", namespace) {
            if Labels::from_json(json::at(&stored.object, "spec.selector")).matches(pod) {
                let allowed = json::int(&stored.object, "status.disruptionsAllowed").unwrap_or(0);
                if allowed < 1 {
                    return Err(errors::budget_exhausted(&key.name));
                }
                budgets.push((key.clone(), allowed));
            }
        }
    }
    let uid = json::text(body, "deleteOptions.preconditions.uid");
    let options = DeleteOptions {
        uid: Some(uid.to_owned()).filter(|it| !it.is_empty()),
        propagation: Some("Background"),
    };
    requests::delete(state, resource, namespace, name, &options)?;
    // Taken at once, so that the next eviction knows before the controller has looked.
    for (key, allowed) in budgets {
        state.update(&key, |it| json::set(it, "status.disruptionsAllowed", allowed - 1));
        state.mark(&key);
    }
    Ok(Arc::new(
        json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success", "code": 201}),
    ))
}

/// A token that nobody accepts, since there is nobody to accept it.
fn token(state: &mut State, account: &Json, request: &Json) -> Json {
    let seconds = json::int(request, "spec.expirationSeconds").unwrap_or(TOKEN_SECONDS).max(0);
    let lasts = std::time::Duration::from_secs(seconds.unsigned_abs());
    let serial = state.new_uid();
    json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {
            "name": json::name(account),
            "namespace": json::text(account, "metadata.namespace"),
        },
        "spec": json::at(request, "spec"),
        "status": {
            "token": format!("sandbox.{}.{serial}", json::name(account)),
            "expirationTimestamp": crate::time::stamp(state.now.saturating_add(lasts)),
        },
    })
}

//! From what a client sends to what is stored: identity, defaults, allocations and the checks on the way.

use ko_evaluator::cluster::ApiError;
use ko_schema::Kind;
use serde_json::{Value as Json, json};

use crate::errors::{self, Cause};
use crate::state::{Key, State};
use crate::{decode, defaults, json, rules};

/// The fields of the metadata that clients cannot set.
const SERVER_METADATA: [&str; 7] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// Checks that an object says it is of the kind it is sent to, or makes it say so.
pub(crate) fn identify(kind: &Kind, object: &mut Json) -> Result<(), ApiError> {
    if !object.is_object() {
        return Err(errors::bad_request("the body of the request is not an object"));
    }
    let gv = kind.gv();
    for (field, expected, what) in
        [("apiVersion", gv.as_str(), "API version"), ("kind", kind.kind.as_str(), "kind")]
    {
        match object.get(field) {
            None | Some(Json::Null) => json::set(object, field, expected),
            Some(it) if it == expected => {}
            Some(it) => {
                let found = it.as_str().unwrap_or_default();
                return Err(errors::bad_request(format!(
                    "the {what} in the data ({found}) does not match the expected {what} ({expected})"
                )));
            }
        }
    }
    Ok(())
}

/// Checks the namespace in an object against that of the request, and settles it.
pub(crate) fn place(kind: &Kind, namespace: &str, object: &mut Json) -> Result<(), ApiError> {
    if !kind.namespaced {
        json::remove(object, "metadata.namespace");
        return Ok(());
    }
    let own = json::text(object, "metadata.namespace");
    if !own.is_empty() && own != namespace {
        return Err(errors::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    json::set(object, "metadata.namespace", namespace);
    Ok(())
}

/// Makes a new object ready to be stored.
pub(crate) fn prepare_new(
    state: &mut State,
    kind: &Kind,
    mut object: Json,
) -> Result<Json, ApiError> {
    for field in SERVER_METADATA {
        json::remove(&mut object, &format!("metadata.{field}"));
    }
    if kind.subresource("status").is_some() {
        json::remove(&mut object, "status");
    }
    let name = json::name(&object).to_owned();
    decode::check(&state.schema, kind, &name, &mut object)?;
    if name.is_empty() && !json::text(&object, "metadata.generateName").is_empty() {
        let prefix = json::text(&object, "metadata.generateName").to_owned();
        json::set(&mut object, "metadata.name", format!("{prefix}{}", state.new_suffix()));
    }
    defaults::apply(&state.schema, kind, &mut object);
    let uid = state.new_uid();
    json::set(&mut object, "metadata.uid", uid);
    json::set(&mut object, "metadata.creationTimestamp", state.stamp());
    allocate(state, kind, &mut object, None)?;
    initial_status(kind, &mut object);
    let causes = rules::check(kind, &object);
    if causes.is_empty() {
        Ok(object)
    } else {
        Err(errors::invalid(kind, json::name(&object), causes))
    }
}

/// Makes a changed object ready to be stored: what clients cannot set is taken from `old`.
pub(crate) fn prepare_changed(
    state: &mut State,
    kind: &Kind,
    old: &Json,
    mut object: Json,
) -> Result<Json, ApiError> {
    identify(kind, &mut object)?;
    for field in SERVER_METADATA {
        let path = format!("metadata.{field}");
        match json::at(old, &path) {
            Json::Null => {
                json::remove(&mut object, &path);
            }
            it => json::set(&mut object, &path, it.clone()),
        }
    }
    if kind.subresource("status").is_some() {
        match old.get("status") {
            Some(status) => json::set(&mut object, "status", status.clone()),
            None => {
                json::remove(&mut object, "status");
            }
        }
    }
    let name = json::name(old).to_owned();
    decode::check(&state.schema, kind, &name, &mut object)?;
    defaults::apply(&state.schema, kind, &mut object);
    allocate(state, kind, &mut object, Some(old))?;
    let mut causes = rules::check(kind, &object);
    causes.extend(rules::check_update(kind, old, &object));
    if causes.is_empty() { Ok(object) } else { Err(errors::invalid(kind, &name, causes)) }
}

/// Gives an object what only the server can give: addresses, ports, the selector of a job.
fn allocate(
    state: &mut State,
    kind: &Kind,
    object: &mut Json,
    old: Option<&Json>,
) -> Result<(), ApiError> {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Service") => service_addresses(state, kind, object, old),
        ("batch", "Job") if old.is_none() && !json::flag(object, "spec.manualSelector") => {
            let (uid, name) = (json::uid(object).to_owned(), json::name(object).to_owned());
            json::set(
                object,
                "spec.selector",
                json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}),
            );
            let labels = json::object_mut(object, "spec.template.metadata.labels");
            for prefix in ["batch.kubernetes.io/", ""] {
                labels.insert(format!("{prefix}controller-uid"), uid.clone().into());
                labels.insert(format!("{prefix}job-name"), name.clone().into());
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn service_addresses(
    state: &mut State,
    kind: &Kind,
    object: &mut Json,
    old: Option<&Json>,
) -> Result<(), ApiError> {
    if json::text(object, "spec.type") == "ExternalName" {
        return Ok(());
    }
    let wanted = json::text(object, "spec.clusterIP").to_owned();
    let before = old.map(|it| json::text(it, "spec.clusterIP").to_owned()).unwrap_or_default();
    let address = match (wanted.as_str(), before.as_str()) {
        ("", "") => {
            state.serial += 1;
            // 10.96.0.0/12 is the range that most clusters are set up with; .0.1 is taken by `kubernetes`.
            let number = state.serial % 0xfff0 + 2;
            format!("10.96.{}.{}", number >> 8 & 0xff, number & 0xff)
        }
        ("", before) => before.to_owned(),
        ("None", _) => "None".to_owned(),
        (wanted, _) => {
            if wanted.parse::<std::net::IpAddr>().is_err() {
                let cause = Cause::invalid(
                    "spec.clusterIPs[0]",
                    &format!("{wanted:?}"),
                    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                );
                return Err(errors::invalid(kind, json::name(object), vec![cause]));
            }
            wanted.to_owned()
        }
    };
    json::set(object, "spec.clusterIPs", json!([address]));
    json::set(object, "spec.clusterIP", address);
    if matches!(json::text(object, "spec.type"), "NodePort" | "LoadBalancer") {
        let was: Vec<Json> =
            old.map(|it| json::items(it, "spec.ports").to_vec()).unwrap_or_default();
        for port in json::items_mut(object, "spec.ports").into_iter().flatten() {
            let kept = was
                .iter()
                .find(|it| it.get("port") == port.get("port"))
                .and_then(|it| json::int(it, "nodePort"));
            let number = kept.unwrap_or_else(|| {
                state.serial += 1;
                30_000 + i64::try_from(state.serial % 2768).unwrap_or(0)
            });
            json::set_default(port, "nodePort", number);
        }
    }
    Ok(())
}

/// The status that objects are born with.
fn initial_status(kind: &Kind, object: &mut Json) {
    let status = match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => json!({"phase": "Pending", "qosClass": qos_class(object)}),
        ("", "Namespace") => json!({"phase": "Active"}),
        ("", "PersistentVolumeClaim") => json!({"phase": "Pending"}),
        ("", "PersistentVolume") => json!({"phase": "Available"}),
        ("", "Service") => json!({"loadBalancer": {}}),
        ("apps", "StatefulSet" | "ReplicaSet") => json!({"replicas": 0}),
        ("apps", "DaemonSet") => json!({
            "currentNumberScheduled": 0, "desiredNumberScheduled": 0,
            "numberMisscheduled": 0, "numberReady": 0
        }),
        ("policy", "PodDisruptionBudget") => json!({
            "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0
        }),
        ("apps" | "batch", _) => json!({}),
        _ => return,
    };
    json::set(object, "status", status);
}

/// Source: <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>.
fn qos_class(pod: &Json) -> &'static str {
    let containers = json::items(pod, "spec.containers");
    let amounts = |it: &Json| {
        let amount = |path: &str| json::at(it, path).clone();
        let limits = (amount("resources.limits.cpu"), amount("resources.limits.memory"));
        let requests = (amount("resources.requests.cpu"), amount("resources.requests.memory"));
        (limits, requests)
    };
    let none = containers.iter().all(|it| {
        let ((a, b), (c, d)) = amounts(it);
        [a, b, c, d].iter().all(Json::is_null)
    });
    let guaranteed = containers.iter().all(|it| {
        let ((cpu, memory), (cpu_request, memory_request)) = amounts(it);
        !cpu.is_null()
            && !memory.is_null()
            && (cpu_request.is_null() || cpu_request == cpu)
            && (memory_request.is_null() || memory_request == memory)
    });
    match (none, guaranteed) {
        (true, _) => "BestEffort",
        (_, true) => "Guaranteed",
        _ => "Burstable",
    }
}

/// Checks that something new may be stored in the namespace of a key.
pub(crate) fn check_namespace(state: &State, key: &Key) -> Result<(), ApiError> {
    let kind = state.kind(key);
    if !kind.namespaced {
        return Ok(());
    }
    let Some(namespace_kind) = state.schema.find_kind("v1", "Namespace") else {
        return Ok(());
    };
    let namespace_key =
        Key { kind: namespace_kind.id, namespace: String::new(), name: key.namespace.clone() };
    match state.get(&namespace_key) {
        None => Err(errors::not_found(namespace_kind, &key.namespace)),
        Some(it) if json::terminating(&it) => {
            Err(errors::namespace_terminating(kind, &key.name, &key.namespace))
        }
        Some(_) => Ok(()),
    }
}

//! The values that an API server fills in where an object says nothing, as far as controllers and programs rely on them.
//! The schema publishes few of them; the others are from the field descriptions of the kinds
//! (<https://kubernetes.io/docs/reference/kubernetes-api/>).

use ko_schema::{Kind, Schema, Type, TypeId};
use serde_json::{Value as Json, json};

use crate::json::{self, items_mut, set_default};

/// The storage class that claims without one get.
pub(crate) const STORAGE_CLASS: &str = "standard";

/// Fills in what `object` leaves open.
pub(crate) fn apply(schema: &Schema, kind: &Kind, object: &mut Json) {
    published(schema, kind.object, object, 0);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod_spec(object, "spec"),
        ("", "Service") => service(object),
        ("", "Secret") => secret(object),
        ("", "Namespace") => {
            let name = json::name(object).to_owned();
            json::object_mut(object, "metadata.labels")
                .insert("kubernetes.io/metadata.name".to_owned(), name.into());
            set_default(object, "spec.finalizers", json!(["kubernetes"]));
        }
        ("", "PersistentVolumeClaim") => {
            set_default(object, "spec.volumeMode", "Filesystem");
            set_default(object, "spec.storageClassName", STORAGE_CLASS);
        }
        ("apps", "Deployment") => {
            set_default(object, "spec.replicas", 1);
            set_default(object, "spec.strategy.type", "RollingUpdate");
            if json::text(object, "spec.strategy.type") == "RollingUpdate" {
                set_default(object, "spec.strategy.rollingUpdate.maxSurge", "25%");
                set_default(object, "spec.strategy.rollingUpdate.maxUnavailable", "25%");
            }
            set_default(object, "spec.revisionHistoryLimit", 10);
            set_default(object, "spec.progressDeadlineSeconds", 600);
            pod_spec(object, "spec.template.spec");
        }
        ("apps", "ReplicaSet") => {
            set_default(object, "spec.replicas", 1);
            pod_spec(object, "spec.template.spec");
        }
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps", "DaemonSet") => {
            set_default(object, "spec.updateStrategy.type", "RollingUpdate");
            if json::text(object, "spec.updateStrategy.type") == "RollingUpdate" {
                set_default(object, "spec.updateStrategy.rollingUpdate.maxSurge", 0);
                set_default(object, "spec.updateStrategy.rollingUpdate.maxUnavailable", 1);
            }
            set_default(object, "spec.revisionHistoryLimit", 10);
            pod_spec(object, "spec.template.spec");
        }
        ("batch", "Job") => job_spec(object, "spec"),
        ("batch", "CronJob") => {
            set_default(object, "spec.concurrencyPolicy", "Allow");
            set_default(object, "spec.suspend", false);
            set_default(object, "spec.successfulJobsHistoryLimit", 3);
            set_default(object, "spec.failedJobsHistoryLimit", 1);
            if json::at(object, "spec.jobTemplate.spec").is_object() {
                job_spec(object, "spec.jobTemplate.spec");
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler") => set_default(object, "spec.minReplicas", 1),
        _ => {}
    }
}

/// The defaults that the schema states.
fn published(schema: &Schema, ty: TypeId, value: &mut Json, depth: usize) {
    if depth > 64 {
        return;
    }
    match schema.ty(ty) {
        Type::Struct(it) => {
            let Some(map) = value.as_object_mut() else { return };
            for field in &it.fields {
                match map.get_mut(field.name.as_str()) {
                    Some(inner) => published(schema, field.ty, inner, depth + 1),
                    None => {
                        if let Some(default) = &field.default {
                            map.insert(field.name.to_string(), (**default).clone());
                        }
                    }
                }
            }
        }
        Type::Map(item) => {
            let Some(map) = value.as_object_mut() else { return };
            map.values_mut().for_each(|it| published(schema, *item, it, depth + 1));
        }
        Type::List { item, .. } => {
            let Some(list) = value.as_array_mut() else { return };
            list.iter_mut().for_each(|it| published(schema, *item, it, depth + 1));
        }
        _ => {}
    }
}

fn stateful_set(object: &mut Json) {
    set_default(object, "spec.replicas", 1);
    set_default(object, "spec.podManagementPolicy", "OrderedReady");
    // Who names the strategy alone gets no details of it.
    let silent = json::text(object, "spec.updateStrategy.type").is_empty();
    set_default(object, "spec.updateStrategy.type", "RollingUpdate");
    let rolling = json::text(object, "spec.updateStrategy.type") == "RollingUpdate";
    let detailed = json::at(object, "spec.updateStrategy.rollingUpdate").is_object();
    if rolling && (silent || detailed) {
        set_default(object, "spec.updateStrategy.rollingUpdate.partition", 0);
    }
    set_default(object, "spec.revisionHistoryLimit", 10);
    set_default(object, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain");
    set_default(object, "spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain");
    pod_spec(object, "spec.template.spec");
    for claim in items_mut(object, "spec.volumeClaimTemplates").into_iter().flatten() {
        set_default(claim, "apiVersion", "v1");
        set_default(claim, "kind", "PersistentVolumeClaim");
        set_default(claim, "spec.volumeMode", "Filesystem");
        set_default(claim, "status.phase", "Pending");
    }
}

fn job_spec(object: &mut Json, path: &str) {
    let parallelism = json::at(object, &format!("{path}.parallelism")).is_null();
    let completions = json::at(object, &format!("{path}.completions")).is_null();
    if parallelism && completions {
        set_default(object, &format!("{path}.completions"), 1);
    }
    set_default(object, &format!("{path}.parallelism"), 1);
    set_default(object, &format!("{path}.backoffLimit"), 6);
    set_default(object, &format!("{path}.completionMode"), "NonIndexed");
    set_default(object, &format!("{path}.suspend"), false);
    set_default(object, &format!("{path}.manualSelector"), false);
    set_default(object, &format!("{path}.podReplacementPolicy"), "TerminatingOrFailed");
    pod_spec(object, &format!("{path}.template.spec"));
}

/// Fills in a pod specification at `path`.
fn pod_spec(object: &mut Json, path: &str) {
    if !json::at(object, path).is_object() {
        return;
    }
    let spec = json::object_mut(object, path);
    let mut own = Json::Object(std::mem::take(spec));
    set_default(&mut own, "restartPolicy", "Always");
    set_default(&mut own, "dnsPolicy", "ClusterFirst");
    set_default(&mut own, "terminationGracePeriodSeconds", 30);
    set_default(&mut own, "schedulerName", "default-scheduler");
    set_default(&mut own, "securityContext", json!({}));
    if let Some(account) = own.get("serviceAccountName").cloned() {
        set_default(&mut own, "serviceAccount", account);
    }
    for list in ["containers", "initContainers"] {
        items_mut(&mut own, list).into_iter().flatten().for_each(container);
    }
    for volume in items_mut(&mut own, "volumes").into_iter().flatten() {
        // A volume without a source is an empty directory.
        if volume.as_object().is_some_and(|it| it.keys().all(|key| key == "name")) {
            json::set(volume, "emptyDir", json!({}));
        }
        for source in ["secret", "configMap", "projected", "downwardAPI"] {
            if volume.get(source).is_some() {
                set_default(volume, &format!("{source}.defaultMode"), 420);
            }
        }
    }
    if let Json::Object(own) = own {
        *spec = own;
    }
}

fn container(it: &mut Json) {
    let image = json::text(it, "image");
    let tag = image.rsplit('/').next().and_then(|it| it.split_once(':')).map(|(_, tag)| tag);
    let always = !image.contains('@') && tag.is_none_or(|tag| tag == "latest");
    set_default(it, "imagePullPolicy", if always { "Always" } else { "IfNotPresent" });
    set_default(it, "terminationMessagePath", "/dev/termination-log");
    set_default(it, "terminationMessagePolicy", "File");
    set_default(it, "resources", json!({}));
    for port in items_mut(it, "ports").into_iter().flatten() {
        set_default(port, "protocol", "TCP");
    }
    for variable in items_mut(it, "env").into_iter().flatten() {
        if json::at(variable, "valueFrom.fieldRef").is_object() {
            set_default(variable, "valueFrom.fieldRef.apiVersion", "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if json::at(it, probe).is_object() {
            set_default(it, &format!("{probe}.timeoutSeconds"), 1);
            set_default(it, &format!("{probe}.periodSeconds"), 10);
            set_default(it, &format!("{probe}.successThreshold"), 1);
            set_default(it, &format!("{probe}.failureThreshold"), 3);
            if json::at(it, &format!("{probe}.httpGet")).is_object() {
                set_default(it, &format!("{probe}.httpGet.scheme"), "HTTP");
                set_default(it, &format!("{probe}.httpGet.path"), "/");
            }
        }
    }
}

fn service(object: &mut Json) {
    set_default(object, "spec.type", "ClusterIP");
    set_default(object, "spec.sessionAffinity", "None");
    let external = json::text(object, "spec.type") == "ExternalName";
    if !external {
        set_default(object, "spec.internalTrafficPolicy", "Cluster");
        set_default(object, "spec.ipFamilies", json!(["IPv4"]));
        set_default(object, "spec.ipFamilyPolicy", "SingleStack");
    }
    if matches!(json::text(object, "spec.type"), "NodePort" | "LoadBalancer") {
        set_default(object, "spec.externalTrafficPolicy", "Cluster");
    }
    for port in items_mut(object, "spec.ports").into_iter().flatten() {
        set_default(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            set_default(port, "targetPort", number);
        }
    }
}

fn secret(object: &mut Json) {
    set_default(object, "type", "Opaque");
    if let Some(Json::Object(plain)) = json::remove(object, "stringData") {
        for (key, value) in plain {
            let encoded = crate::base64::encode(value.as_str().unwrap_or_default().as_bytes());
            json::object_mut(object, "data").insert(key, encoded.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaulted(gv: &str, kind: &str, mut object: Json) -> Json {
        let schema = Schema::builtin();
        apply(schema, schema.find_kind(gv, kind).unwrap(), &mut object);
        object
    }

    #[test]
    fn workloads_and_services_get_what_controllers_need() {
        let it = defaulted(
            "apps/v1",
            "Deployment",
            json!({"spec": {"template": {"spec": {"containers": [
                {"name": "a", "image": "localhost:5000/web", "ports": [{"containerPort": 80}]}
            ]}}}}),
        );
        assert_eq!(json::int(&it, "spec.replicas"), Some(1));
        let container = &json::items(&it, "spec.template.spec.containers")[0];
        assert_eq!(json::text(container, "imagePullPolicy"), "Always");
        assert_eq!(json::text(&json::items(container, "ports")[0], "protocol"), "TCP");

        let it = defaulted("v1", "Service", json!({"spec": {"ports": [{"port": 80}]}}));
        assert_eq!(json::int(&json::items(&it, "spec.ports")[0], "targetPort"), Some(80));

        let it = defaulted("batch/v1", "Job", json!({"spec": {"parallelism": 2}}));
        assert_eq!(json::int(&it, "spec.completions"), None);

        let it = defaulted("v1", "Secret", json!({"stringData": {"a": "foobar"}}));
        assert_eq!(it, json!({"type": "Opaque", "data": {"a": "Zm9vYmFy"}}));
    }
}

//! What an API server demands beyond the shape of objects: names, labels, selectors that match their templates, and
//! fields that may not change. Covers the kinds that programs mostly create; for others the schema alone decides.
//! Sources: the field descriptions under <https://kubernetes.io/docs/reference/kubernetes-api/> and
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.

use ko_schema::Kind;
use serde_json::Value as Json;

use crate::errors::Cause;
use crate::json::{at, int, items, name, text};
use crate::selectors::{self, Labels};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// What is wrong with an object by itself, after defaulting.
pub(crate) fn check(kind: &Kind, object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    metadata(kind, object, &mut causes);
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod_spec(at(object, "spec"), "spec", &[], &mut causes),
        ("", "Service") => service(object, &mut causes),
        ("", "PersistentVolumeClaim") => {
            if items(object, "spec.accessModes").is_empty() {
                causes.push(Cause::required(
                    "spec.accessModes",
                    "at least 1 access mode is required",
                ));
            }
            if at(object, "spec.resources.requests.storage").is_null() {
                causes.push(Cause::required("spec.resources[storage]", ""));
            }
        }
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            not_negative(object, "spec.replicas", &mut causes);
            workload(kind, object, &mut causes);
            let spec = at(object, "spec.template.spec");
            pod_spec(spec, "spec.template.spec", &["Always"], &mut causes);
        }
        ("apps", "StatefulSet") => {
            not_negative(object, "spec.replicas", &mut causes);
            workload(kind, object, &mut causes);
            let spec = at(object, "spec.template.spec");
            containers(spec, "spec.template.spec", &mut causes);
            restart_policy(spec, "spec.template.spec", &["Always"], &mut causes);
        }
        ("batch", "Job") => {
            for field in ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds"] {
                not_negative(object, &format!("spec.{field}"), &mut causes);
            }
            job_template(object, "spec.template.spec", &mut causes);
        }
        ("batch", "CronJob") => {
            job_template(object, "spec.jobTemplate.spec.template.spec", &mut causes);
            if text(object, "spec.schedule").split_whitespace().count() < 5
                && !text(object, "spec.schedule").starts_with('@')
            {
                let schedule = at(object, "spec.schedule");
                causes.push(Cause::invalid("spec.schedule", schedule, "expected exactly 5 fields"));
            }
        }
        ("policy", "PodDisruptionBudget")
            if !at(object, "spec.minAvailable").is_null()
                && !at(object, "spec.maxUnavailable").is_null() =>
        {
            causes.push(Cause::invalid(
                "spec",
                at(object, "spec"),
                "minAvailable and maxUnavailable cannot be both set",
            ));
        }
        ("", "ConfigMap" | "Secret") => {
            for key in ["data", "binaryData"]
                .iter()
                .filter_map(|it| object.get(*it)?.as_object())
                .flat_map(|it| it.keys())
            {
                let good =
                    |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_' || it == b'.';
                if key.is_empty() || key.len() > 253 || !key.bytes().all(good) {
                    let detail = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
                    causes.push(Cause::invalid(format!("data[{key}]"), &quoted(key), detail));
                }
            }
        }
        _ => {}
    }
    causes
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn metadata(kind: &Kind, object: &Json, causes: &mut Vec<Cause>) {
    let own = name(object);
    let (good, detail) = match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Namespace") => (selectors::is_dns_label(own), LABEL),
        ("", "Service") => (
            selectors::is_dns_label(own) && own.starts_with(|it: char| it.is_ascii_lowercase()),
            DNS_1035,
        ),
        // Names of roles and bindings are path segments only.
        ("rbac.authorization.k8s.io", _) => (
            !own.contains(['/', '%']) && own != "." && own != "..",
            "may not be a path or contain '/' or '%'",
        ),
        _ => (selectors::is_dns_subdomain(own), SUBDOMAIN),
    };
    if own.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else if !good {
        causes.push(Cause::invalid("metadata.name", &quoted(own), detail));
    }
    labels(at(object, "metadata.labels"), "metadata.labels", causes);
    if let Some(annotations) = at(object, "metadata.annotations").as_object() {
        for key in annotations.keys() {
            if !selectors::is_label_key(&key.to_lowercase()) {
                causes.push(Cause::invalid("metadata.annotations", &quoted(key), QUALIFIED));
            }
        }
    }
}

fn labels(labels: &Json, path: &str, causes: &mut Vec<Cause>) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        if !selectors::is_label_key(key) {
            causes.push(Cause::invalid(path, &quoted(key), QUALIFIED));
        }
        if let Some(value) = value.as_str().filter(|it| !selectors::is_label_value(it)) {
            causes.push(Cause::invalid(path, &quoted(value), LABEL_VALUE));
        }
    }
}

fn not_negative(object: &Json, path: &str, causes: &mut Vec<Cause>) {
    if let Some(number) = int(object, path).filter(|it| *it < 0) {
        causes.push(Cause::invalid(path, &number, "must be greater than or equal to 0"));
    }
}

/// The selector of a workload must select its own pods.
fn workload(kind: &Kind, object: &Json, causes: &mut Vec<Cause>) {
    let selector = at(object, "spec.selector");
    let parsed = Labels::from_json(selector);
    let own = at(object, "spec.template.metadata.labels");
    labels(own, "spec.template.metadata.labels", causes);
    if selector.is_null() {
        causes.push(Cause::required("spec.selector", ""));
    } else if parsed.is_empty() {
        causes.push(Cause::invalid(
            "spec.selector",
            selector,
            &format!("empty selector is invalid for {}", kind.kind.to_lowercase()),
        ));
    } else if !parsed.matches_labels(own) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            own,
            "`selector` does not match template `labels`",
        ));
    }
}

fn job_template(object: &Json, path: &str, causes: &mut Vec<Cause>) {
    let spec = at(object, path);
    pod_spec(spec, path, &[], causes);
    if text(spec, "restartPolicy") == "Always" {
        causes.push(Cause::required(
            format!("{path}.restartPolicy"),
            "valid values: \"OnFailure\", \"Never\"",
        ));
    }
}

fn restart_policy(spec: &Json, path: &str, allowed: &[&str], causes: &mut Vec<Cause>) {
    let policy = text(spec, "restartPolicy");
    if !allowed.is_empty() && !allowed.contains(&policy) {
        causes.push(Cause::unsupported(format!("{path}.restartPolicy"), policy, allowed));
    }
}

fn pod_spec(spec: &Json, path: &str, policies: &[&str], causes: &mut Vec<Cause>) {
    containers(spec, path, causes);
    restart_policy(spec, path, policies, causes);
    let volumes: Vec<&str> = items(spec, "volumes").iter().map(|it| text(it, "name")).collect();
    for (at_volume, volume) in volumes.iter().enumerate() {
        if !selectors::is_dns_label(volume) {
            let field = format!("{path}.volumes[{at_volume}].name");
            causes.push(Cause::invalid(field, &quoted(volume), LABEL));
        }
    }
    for list in ["containers", "initContainers"] {
        for (i, container) in items(spec, list).iter().enumerate() {
            for (j, mount) in items(container, "volumeMounts").iter().enumerate() {
                let wanted = text(mount, "name");
                if !volumes.contains(&wanted) {
                    let field = format!("{path}.{list}[{i}].volumeMounts[{j}].name");
                    causes.push(Cause::not_found(field, wanted));
                }
            }
        }
    }
}

fn containers(spec: &Json, path: &str, causes: &mut Vec<Cause>) {
    if items(spec, "containers").is_empty() {
        causes.push(Cause::required(format!("{path}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for list in ["initContainers", "containers"] {
        for (i, container) in items(spec, list).iter().enumerate() {
            let place = format!("{path}.{list}[{i}]");
            let own = text(container, "name");
            if !selectors::is_dns_label(own) {
                causes.push(Cause::invalid(format!("{place}.name"), &quoted(own), LABEL));
            } else if names.contains(&own) {
                causes.push(Cause::duplicate(format!("{place}.name"), own));
            }
            names.push(own);
            if text(container, "image").is_empty() {
                causes.push(Cause::required(format!("{place}.image"), ""));
            }
            for (j, port) in items(container, "ports").iter().enumerate() {
                let field = format!("{place}.ports[{j}].containerPort");
                port_number(port, "containerPort", field, causes);
            }
            for (j, mount) in items(container, "volumeMounts").iter().enumerate() {
                if text(mount, "mountPath").is_empty() {
                    let field = format!("{place}.volumeMounts[{j}].mountPath");
                    causes.push(Cause::required(field, ""));
                }
            }
        }
    }
}

fn port_number(port: &Json, field: &str, place: String, causes: &mut Vec<Cause>) {
    if let Some(number) = int(port, field).filter(|it| !(1..=65535).contains(it)) {
        causes.push(Cause::invalid(place, &number, "must be between 1 and 65535, inclusive"));
    }
}

fn service(object: &Json, causes: &mut Vec<Cause>) {
    let ports = items(object, "spec.ports");
    let external = text(object, "spec.type") == "ExternalName";
    if ports.is_empty() && !external && text(object, "spec.clusterIP") != "None" {
        causes.push(Cause::required("spec.ports", ""));
    }
    if external && text(object, "spec.externalName").is_empty() {
        causes.push(Cause::required("spec.externalName", ""));
    }
    labels(at(object, "spec.selector"), "spec.selector", causes);
    let mut names: Vec<&str> = Vec::new();
    for (i, port) in ports.iter().enumerate() {
        let own = text(port, "name");
        let field = format!("spec.ports[{i}].name");
        if own.is_empty() {
            if ports.len() > 1 {
                causes.push(Cause::required(field, ""));
            }
        } else if !selectors::is_dns_label(own) {
            causes.push(Cause::invalid(field, &quoted(own), LABEL));
        } else if names.contains(&own) {
            causes.push(Cause::duplicate(field, own));
        }
        names.push(own);
        port_number(port, "port", format!("spec.ports[{i}].port"), causes);
        port_number(port, "targetPort", format!("spec.ports[{i}].targetPort"), causes);
    }
}

/// What is wrong with changing `old` into `new`.
pub(crate) fn check_update(kind: &Kind, old: &Json, new: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut immutable = |path: &str| {
        if at(old, path) != at(new, path) {
            causes.push(Cause::invalid(path, at(new, path), "field is immutable"));
        }
    };
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => immutable("spec.selector"),
        ("apps", "StatefulSet") => stateful_set_update(old, new, &mut causes),
        ("batch", "Job") => {
            for path in ["spec.completionMode", "spec.selector", "spec.template"] {
                immutable(path);
            }
            if text(new, "spec.completionMode") != "Indexed" {
                immutable("spec.completions");
            }
        }
        ("", "Service") => {
            let (was, is) = (text(old, "spec.clusterIP"), text(new, "spec.clusterIP"));
            if !was.is_empty() && was != is && text(new, "spec.type") != "ExternalName" {
                causes.push(Cause::invalid(
                    "spec.clusterIPs[0]",
                    &format!("[{is:?}]"),
                    "may not change once set",
                ));
            }
        }
        ("", "PersistentVolumeClaim") => {
            let fixed = |it: &Json| {
                let mut spec = at(it, "spec").clone();
                for field in ["resources", "volumeName", "volumeAttributesClassName"] {
                    crate::json::remove(&mut spec, field);
                }
                spec
            };
            if fixed(old) != fixed(new) {
                causes.push(Cause::forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
                ));
            }
        }
        ("", "ConfigMap" | "Secret") => {
            if kind.kind == "Secret" {
                immutable("type");
            }
            if at(old, "immutable") == &Json::Bool(true) && at(old, "data") != at(new, "data") {
                causes.push(Cause::forbidden("data", "field is immutable when `immutable` is set"));
            }
        }
        ("", "Pod") => {
            // Besides these, only the images of containers may change.
            let fixed = |it: &Json| {
                let mut spec = at(it, "spec").clone();
                for field in
                    ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"]
                {
                    crate::json::remove(&mut spec, field);
                }
                for list in ["containers", "initContainers"] {
                    for container in crate::json::items_mut(&mut spec, list).into_iter().flatten() {
                        crate::json::remove(container, "image");
                    }
                }
                spec
            };
            if fixed(old) != fixed(new) {
                causes.push(Cause::forbidden(
                    "spec",
                    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
                ));
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding")
            if at(old, "roleRef") != at(new, "roleRef") =>
        {
            causes.push(Cause::invalid("roleRef", at(new, "roleRef"), "cannot change roleRef"));
        }
        _ => {}
    }
    causes
}

fn stateful_set_update(old: &Json, new: &Json, causes: &mut Vec<Cause>) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |it: &Json| {
        let mut spec = at(it, "spec").clone();
        for field in MUTABLE {
            crate::json::remove(&mut spec, field);
        }
        spec
    };
    if fixed(old) != fixed(new) {
        causes.push(Cause::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}

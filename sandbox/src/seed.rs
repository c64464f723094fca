//! What a fresh sandbox holds: the namespaces, nodes, storage class and service that every cluster has.

use ko_schema::Schema;
use serde_json::json;

use crate::controllers::{furnish, place};
use crate::defaults::STORAGE_CLASS;
use crate::json;
use crate::state::State;

/// The state of a fresh sandbox.
pub(crate) fn fresh(schema: Schema) -> State {
    let mut state = State::empty(schema);
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
            "status": {"phase": "Active"},
        });
        place(&mut state, "v1", "Namespace", namespace);
        furnish(&mut state, name);
    }
    for number in 1..=3 {
        let name = format!("sandbox-{number}");
        let capacity = json!({"cpu": "16", "memory": "64Gi", "pods": "110"});
        let node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
            },
            "spec": {},
            "status": {
                "capacity": capacity,
                "allocatable": capacity,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "lastTransitionTime": state.stamp(),
                }],
            },
        });
        place(&mut state, "v1", "Node", node);
    }
    let class = json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "sandbox.ko/memory",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    });
    place(&mut state, "storage.k8s.io/v1", "StorageClass", class);
    let mut service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default"},
        "spec": {
            "clusterIP": "10.96.0.1",
            "ports": [{"name": "https", "port": 443, "targetPort": 6443}],
        },
    });
    json::object_mut(&mut service, "metadata.labels").extend([
        ("component".to_owned(), "apiserver".into()),
        ("provider".to_owned(), "kubernetes".into()),
    ]);
    place(&mut state, "v1", "Service", service);
    state
}

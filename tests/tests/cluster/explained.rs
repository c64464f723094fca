//! What `ko api KIND.FIELD…` says of fields is what the server publishes, from which `kubectl explain` speaks, too.

use ko_tests::{control_plane::ControlPlane, fault_proxy::FaultProxy};
use serde_json::Value;

use crate::on;

/// A document in which fields are looked up.
struct Document(Value);

impl Document {
    /// The schema of a reference, or the schema itself.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        match reference.and_then(|it| it.rsplit('/').next()) {
            Some(name) => &self.0["components"]["schemas"][name],
            None => schema,
        }
    }

    /// The schema of a field as its owner has it, the one that it refers to, and whether it is required.
    fn field(&self, kind: &str, path: &[&str]) -> (&Value, &Value, bool) {
        let mut resolved = &self.0["components"]["schemas"][kind];
        let mut own = resolved;
        let mut required = false;
        for name in path {
            if resolved["type"] == "array" {
                resolved = self.resolve(&resolved["items"]);
            }
            required =
                resolved["required"].as_array().is_some_and(|it| it.iter().any(|it| it == name));
            own = &resolved["properties"][name];
            assert!(own.is_object(), "{kind} has no {path:?}");
            resolved = self.resolve(own);
        }
        (own, resolved, required)
    }
}

/// The words of a description, without the marks of code, which a terminal does not show; what it says of the values of an
/// enumeration is left out, too: they are part of the type.
fn words(text: &str) -> String {
    let text = text.split("Possible enum values:").next().unwrap_or_default();
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the type of a field must begin with.
fn shape(schema: &Value) -> &'static [&'static str] {
    if schema["enum"].is_array() {
        return &["\""];
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (_, Some("int-or-string")) => &["Int64 | String", "IntOrString", "String | Int"],
        (Some("string"), Some("date-time")) => &["Time"],
        (Some("string"), Some("byte")) => &["Bytes", "Blob", "String"],
        (Some("string"), _) => &["String"],
        (Some("integer"), Some("int32")) => &["Int32"],
        (Some("integer"), _) => &["Int64"],
        (Some("boolean"), _) => &["Bool"],
        (Some("array"), _) => &["("],
        (Some("object"), _) if schema["properties"].is_null() => &["Map", "Any"],
        (Some("object"), _) => &["("],
        _ => &["Quantity", "String", "Any"],
    }
}

#[test]
fn fields_are_explained_as_the_server_publishes_them() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let proxy = FaultProxy::start(cluster.kubeconfig(), "admin").unwrap();
    let document = |path: &str| {
        let body = proxy.get(&format!("/openapi/v3/{path}")).unwrap();
        Document(serde_json::from_slice(&body).unwrap())
    };
    let (core, apps, batch) =
        (document("api/v1"), document("apis/apps/v1"), document("apis/batch/v1"));
    let home = tempfile::tempdir().unwrap();
    let (core_types, apps_types) = ("io.k8s.api.core.v1.", "io.k8s.api.apps.v1.");
    for (document, package, kind, path) in [
        (&apps, apps_types, "StatefulSet", "spec.template"),
        (&apps, apps_types, "StatefulSet", "spec.replicas"),
        (&apps, apps_types, "StatefulSet", "spec.podManagementPolicy"),
        (&apps, apps_types, "StatefulSet", "spec.volumeClaimTemplates"),
        (&apps, apps_types, "StatefulSet", "spec.selector"),
        (&apps, apps_types, "Deployment", "spec.strategy.rollingUpdate.maxSurge"),
        (&apps, apps_types, "Deployment", "spec.paused"),
        (&core, core_types, "Pod", "spec.containers"),
        (&core, core_types, "Pod", "spec.containers.imagePullPolicy"),
        (&core, core_types, "Pod", "spec.nodeSelector"),
        (&core, core_types, "Pod", "spec.terminationGracePeriodSeconds"),
        (&core, core_types, "Service", "spec.ports.targetPort"),
        (&core, core_types, "Secret", "data"),
        (&batch, "io.k8s.api.batch.v1.", "Job", "spec.backoffLimit"),
    ] {
        let steps: Vec<&str> = path.split('.').collect();
        let (own, resolved, required) = document.field(&format!("{package}{kind}"), &steps);
        let field = format!("{kind}.{path}");
        let shown = on(cluster, "viewer", home.path(), "api", &[&field]).well().out;
        let (signature, prose) = shown.split_once("\n\n").unwrap();
        let described = own["description"].as_str().or(resolved["description"].as_str());
        let described = words(described.unwrap_or_default());
        assert!(words(prose).contains(&described), "{field}: {shown}\n{described}");
        let (name, ty) = signature.split_once(": ").unwrap();
        assert_eq!(name, if required { field.clone() } else { format!("{field}?") });
        let shapes = shape(if own["enum"].is_array() { own } else { resolved });
        assert!(shapes.iter().any(|it| ty.starts_with(it)), "{field}: {ty} for {resolved}");
        // Every field of a structure is there.
        for name in resolved["properties"].as_object().into_iter().flat_map(|it| it.keys()) {
            assert!(signature.contains(name.as_str()), "{field} lacks {name}: {signature}");
        }
        let json = on(cluster, "viewer", home.path(), "api", &["--json", &field]).well().out;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json[0]["kind"], &json[0]["field"]), (&kind.into(), &path.into()));
    }
}

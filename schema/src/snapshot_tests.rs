//! What the built-in schema promises, checked against facts of Kubernetes 1.36.

use crate::{Effect, GateType, ListType, Schema, StringFormat, Type, Verb};

fn spec_field(kind: &str, path: &[&str]) -> crate::FieldDoc<'static> {
    let schema = Schema::builtin();
    let kind = schema.kinds().iter().find(|it| it.kind == kind).unwrap();
    schema.explain_field(kind.id, path).unwrap_or_else(|| panic!("{} has no {path:?}", kind.kind))
}

fn type_of(kind: &str, path: &[&str]) -> &'static Type {
    Schema::builtin().ty(spec_field(kind, path).field.ty)
}

#[test]
fn every_kind_of_a_default_server_is_there() {
    let schema = Schema::builtin();
    assert_eq!(schema.version(), "1.36");
    assert_eq!(schema.kinds().len(), 68);
    assert_eq!(schema.group_versions().first().map(|it| it.as_str()), Some("v1"));
    for kind in schema.kinds() {
        assert!(schema.ty(kind.object).as_struct().is_some(), "{} has no type", kind.kind);
        assert_eq!(schema.find_kind(&kind.gv(), &kind.kind).map(|it| it.id), Some(kind.id));
        assert!(schema.type_doc(kind.object).is_some(), "{} has no prose", kind.kind);
    }
}

#[test]
fn gates_have_distinct_names() {
    let schema = Schema::builtin();
    let mut names: Vec<_> =
        schema.gates().iter().filter(|it| it.unqualified).map(|it| it.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert_eq!((schema.gates().len(), all), (1028, 840));
    for gate in schema.gates() {
        assert!(gate.params.iter().filter(|it| it.monadic).count() <= 1, "{}", gate.name);
        assert_eq!(schema.gate_by_id(gate.id), gate);
        let mut params: Vec<_> =
            gate.params.iter().flat_map(|it| it.aliases.iter().chain([&it.name])).collect();
        params.sort_unstable();
        assert!(params.windows(2).all(|it| it[0] != it[1]), "{}: {params:?}", gate.name);
    }
}

#[test]
fn many_forms() {
    let schema = Schema::builtin();
    for name in [
        "ListNetworkPolicies",
        "ListServiceCIDRs",
        "DeleteEndpointsItems",
        "ListIngresses",
        "ListStorageClasses",
        "ListComponentStatuses",
        "ListIPAddresses",
        "WaitForPodsByLabelSelector",
        "ListCSINodes",
    ] {
        assert!(schema.gate(name).is_some(), "{name}");
    }
    assert_eq!(schema.gate("DeleteEndpoints").map(|it| it.verb), Some(crate::GateVerb::Delete));
}

#[test]
fn bare_names_are_frozen() {
    let schema = Schema::builtin();
    let group = |gate: &crate::Gate| schema.kind(gate.kind).gv().to_string();
    assert_eq!(schema.gate("CreateEvent").map(group).as_deref(), Some("v1"));
    assert_eq!(
        schema.gate("CreateHorizontalPodAutoscaler").map(group).as_deref(),
        Some("autoscaling/v2")
    );
    let import = |path, name| schema.gate_in(path, name).map(group);
    assert_eq!(import("events.k8s.io/v1", "CreateEvent").as_deref(), Some("events.k8s.io/v1"));
    assert_eq!(import("k8s/apps/v1", "CreateStatefulSet").as_deref(), Some("apps/v1"));
    assert_eq!(import("apps", "CreateStatefulSet").as_deref(), Some("apps/v1"));
    assert_eq!(import("k8s/core/v1", "ListPods").as_deref(), Some("v1"));
    assert_eq!(import("core", "ListPods").as_deref(), Some("v1"));
    assert_eq!(import("v1", "ListPods").as_deref(), Some("v1"));
    assert_eq!(
        import("autoscaling", "GetHorizontalPodAutoscaler").as_deref(),
        Some("autoscaling/v2")
    );
    assert_eq!(
        import("autoscaling/v1", "GetHorizontalPodAutoscaler").as_deref(),
        Some("autoscaling/v1")
    );
    assert_eq!(import("apps/v1", "ListPods"), None);
    assert_eq!(import("apps/v1beta1", "CreateStatefulSet"), None);
    assert!(
        schema.has_package("k8s/apps/v1")
            && schema.has_package("core")
            && !schema.has_package("apps/v2")
    );
    assert!(schema.gate("CreateStatefulset").is_none());
}

#[test]
fn stateful_set() {
    let schema = Schema::builtin();
    let spec = schema.find_type("io.k8s.api.apps.v1.StatefulSetSpec").unwrap();
    let it = schema.ty(spec).as_struct().unwrap();
    let required: Vec<_> =
        it.fields.iter().filter(|it| it.required).map(|it| it.name.as_str()).collect();
    assert_eq!(required, ["selector", "template"]);
    assert!(schema.type_doc(spec).unwrap().contains("StatefulSet"));
    for field in &it.fields {
        assert!(
            schema.field_doc(spec, &field.name).is_some_and(|it| it.len() > 10),
            "{}",
            field.name
        );
    }
    let policy = spec_field("StatefulSet", &["spec", "podManagementPolicy"]);
    assert!(!policy.doc.unwrap().contains("Possible enum values"));
    assert_eq!(
        schema.ty(policy.field.ty),
        &Type::String(StringFormat::Enum(["OrderedReady".into(), "Parallel".into()].into()))
    );
    let replicas = spec_field("StatefulSet", &["spec", "replicas"]).field;
    assert_eq!((schema.ty(replicas.ty), replicas.default.as_ref()), (&Type::Int32, None));
    let kind = schema.find_kind("apps/v1", "StatefulSet").unwrap();
    assert_eq!(kind.short_names.as_ref(), ["sts"]);
    assert!(kind.namespaced && kind.verbs.has(Verb::Watch) && kind.subresource("scale").is_some());
}

#[test]
fn types_that_are_not_what_they_seem() {
    assert_eq!(type_of("Service", &["spec", "ports", "targetPort"]), &Type::IntOrString);
    assert!(matches!(type_of("Pod", &["spec", "containers", "resources", "limits"]), Type::Map(it)
        if Schema::builtin().ty(*it) == &Type::Quantity));
    assert_eq!(type_of("Secret", &["type"]), &Type::String(StringFormat::Plain));
    assert!(matches!(type_of("Secret", &["data"]), Type::Map(it)
        if Schema::builtin().ty(*it) == &Type::String(StringFormat::Bytes)));
    assert_eq!(
        type_of("Pod", &["metadata", "creationTimestamp"]),
        &Type::String(StringFormat::DateTime)
    );
    assert_eq!(type_of("ControllerRevision", &["data"]), &Type::Any);
    let protocol = spec_field("Pod", &["spec", "containers", "ports", "protocol"]).field;
    assert_eq!(protocol.default.as_deref(), Some(&serde_json::json!("TCP")));
    let Type::List { list_type, .. } = type_of("Service", &["spec", "ports"]) else {
        panic!("a list")
    };
    assert_eq!(list_type, &ListType::Map(["port".into(), "protocol".into()].into()));
    let Type::List { list_type, .. } = type_of("Pod", &["metadata", "finalizers"]) else {
        panic!("a list")
    };
    assert_eq!(list_type, &ListType::Set);
    // Contains itself.
    let schema = spec_field(
        "CustomResourceDefinition",
        &["spec", "versions", "schema", "openAPIV3Schema", "not", "not"],
    );
    assert_eq!(
        schema.field.ty,
        spec_field("CustomResourceDefinition", &["spec", "versions", "schema", "openAPIV3Schema"])
            .field
            .ty
    );
    let reference = spec_field(
        "CustomResourceDefinition",
        &["spec", "versions", "schema", "openAPIV3Schema", "$schema"],
    );
    assert_eq!(reference.field.name, "$schema");
}

#[test]
fn the_server_s_own_fields_are_not_writable() {
    let schema = Schema::builtin();
    let writable = |kind, path: &[&str]| spec_field(kind, path).field.writable();
    assert!(
        !writable("Pod", &["status"])
            && !writable("Pod", &["apiVersion"])
            && !writable("Pod", &["kind"])
    );
    assert!(
        !writable("Pod", &["metadata", "uid"]) && !writable("Pod", &["metadata", "managedFields"])
    );
    assert!(writable("Pod", &["metadata", "name"]) && writable("Pod", &["metadata", "labels"]));
    // A reference to an object of any kind says which.
    assert!(writable("PersistentVolume", &["spec", "claimRef", "kind"]));
    let pod = schema.find_kind("v1", "Pod").unwrap();
    assert!(
        pod.guaranteed_on_read(&["metadata", "namespace"]) && !pod.guaranteed_on_read(&["status"])
    );
    assert!(
        !schema.find_kind("v1", "Node").unwrap().guaranteed_on_read(&["metadata", "namespace"])
    );
}

#[test]
fn every_writable_field_has_prose() {
    let schema = Schema::builtin();
    let mut missing = Vec::new();
    for id in (0..).map(crate::TypeId).take(schema.type_count()) {
        let Some(it) = schema.ty(id).as_struct() else { continue };
        for field in it.writable_fields() {
            if schema.field_doc(id, &field.name).is_none() {
                missing.push(format!("{}.{}", it.short_name, field.name));
            }
        }
    }
    expect_test::expect![[r#"
        CertificateSigningRequest.metadata
        IngressRule.http
        ExternalDocumentation.description
        ExternalDocumentation.url
        JSONSchemaProps.$ref
        JSONSchemaProps.$schema
        JSONSchemaProps.additionalItems
        JSONSchemaProps.additionalProperties
        JSONSchemaProps.allOf
        JSONSchemaProps.anyOf
        JSONSchemaProps.definitions
        JSONSchemaProps.dependencies
        JSONSchemaProps.description
        JSONSchemaProps.enum
        JSONSchemaProps.example
        JSONSchemaProps.exclusiveMaximum
        JSONSchemaProps.exclusiveMinimum
        JSONSchemaProps.externalDocs
        JSONSchemaProps.id
        JSONSchemaProps.items
        JSONSchemaProps.maxItems
        JSONSchemaProps.maxLength
        JSONSchemaProps.maxProperties
        JSONSchemaProps.maximum
        JSONSchemaProps.minItems
        JSONSchemaProps.minLength
        JSONSchemaProps.minProperties
        JSONSchemaProps.minimum
        JSONSchemaProps.multipleOf
        JSONSchemaProps.not
        JSONSchemaProps.nullable
        JSONSchemaProps.oneOf
        JSONSchemaProps.pattern
        JSONSchemaProps.patternProperties
        JSONSchemaProps.properties
        JSONSchemaProps.required
        JSONSchemaProps.title
        JSONSchemaProps.type
        JSONSchemaProps.uniqueItems"#]]
    .assert_eq(&missing.join("\n"));
}

/// Every call of the example programs names a gate, and every argument one of its parameters.
#[test]
fn the_example_s_gates_and_arguments_exist() {
    let schema = Schema::builtin();
    let param = |gate: &str, name: &str| {
        let gate = schema.gate(gate).unwrap_or_else(|| panic!("no gate {gate}"));
        gate.param(name).unwrap_or_else(|| panic!("{} has no {name}", gate.name)).clone()
    };
    let object = |gate, name| matches!(param(gate, name).ty, GateType::Object(_));
    assert!(object("CreateNamespace", "namespace") && object("CreateService", "service"));
    assert!(
        object("CreatePodDisruptionBudget", "podDisruptionBudget") && object("CreateJob", "job")
    );
    assert!(object("CreateStatefulSet", "statefulSet") && object("CreateStatefulSet", "object"));
    assert_eq!(param("CreateService", "namespace").ty, GateType::Namespace);
    for name in ["namespace", "labelSelector", "condition", "count", "timeout"] {
        param("WaitForPodsByLabelSelector", name);
    }
    for gate in ["WaitForJob", "WaitForStatefulSet"] {
        for name in ["namespace", "name", "condition", "timeout"] {
            param(gate, name);
        }
    }
    assert_eq!(param("WaitForJob", "timeout").default, Some("5m"));
    for (list, delete, items) in [
        ("ListStatefulSetsByLabelSelector", "DeleteStatefulSets", "statefulSets"),
        ("ListJobsByLabelSelector", "DeleteJobs", "jobs"),
        ("ListPodsByLabelSelector", "DeletePods", "pods"),
        ("ListServicesByLabelSelector", "DeleteServices", "services"),
        (
            "ListPodDisruptionBudgetsByLabelSelector",
            "DeletePodDisruptionBudgets",
            "podDisruptionBudgets",
        ),
    ] {
        assert!(!param(list, "namespace").required && param(list, "labelSelector").required);
        assert!(
            matches!(param(delete, items).ty, GateType::ObjectsOrNames(_))
                && !param(delete, items).required
        );
        assert_eq!(schema.gate(delete).unwrap().effect, Effect::Destructive);
        assert_eq!(schema.gate(delete).unwrap().result, GateType::DeleteReport);
    }
    assert!(schema.gate("CreateNamespace").unwrap().params.iter().all(|it| it.name != "name"));
    let needs = schema.gate("CreateStatefulSet").unwrap().needs(schema);
    assert_eq!(
        needs.iter().map(|it| format!("{} {}", it.verb, it.resource)).collect::<Vec<_>>(),
        ["create statefulsets.apps"]
    );
    assert!(matches!(schema.gate("ScaleDeployment").unwrap().result, GateType::Typed(_)));
}

/// Prints what the design budgets; run with `--nocapture --ignored`.
#[test]
#[ignore = "a measurement"]
fn measure() {
    let start = std::time::Instant::now();
    let schema = Schema::builtin();
    let facts = start.elapsed();
    let start = std::time::Instant::now();
    let doc = schema.type_doc(schema.kinds()[0].object).map(str::len);
    eprintln!("facts {facts:?}, prose {:?} ({doc:?})", start.elapsed());
}

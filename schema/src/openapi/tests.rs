use expect_test::{Expect, expect};

use super::*;
use crate::model::Schema;
use crate::render::render_type;

const DISCOVERY: &str = r#"{"items": [{"metadata": {"name": "example.com"}, "versions": [{"version": "v1", "resources": [{
    "resource": "backups", "responseKind": {"group": "", "version": "", "kind": "Backup"}, "scope": "Namespaced",
    "shortNames": ["bk"], "verbs": ["get", "list", "create", "fly"],
    "subresources": [{"subresource": "status", "responseKind": {"kind": "Backup"}, "verbs": ["get"]}]
}]}]}]}"#;

fn import(schemas: &str) -> Schema {
    let mut importer = Importer::new("1.99");
    importer.discovery(DISCOVERY.as_bytes()).unwrap();
    let document = format!(r#"{{"components": {{"schemas": {schemas}}}}}"#);
    importer.document("apis/example.com/v1", document.as_bytes()).unwrap();
    importer.document("apis/example.com", b"{}").unwrap();
    let (facts, docs) = importer.finish();
    Schema::from_facts(facts, docs).unwrap()
}

fn check_spec(spec: &str, expect: Expect) {
    let schema = import(&format!(
        r##"{{
        "com.example.v1.Backup": {{
            "type": "object",
            "properties": {{
                "apiVersion": {{"type": "string"}}, "kind": {{"type": "string"}}, "metadata": {{"type": "object"}},
                "status": {{"type": "string"}}, "spec": {spec}
            }},
            "x-kubernetes-group-version-kind": [{{"group": "example.com", "version": "v1", "kind": "Backup"}}]
        }},
        "com.example.v1.Node": {{
            "type": "object", "required": ["value"],
            "properties": {{"value": {{"type": "integer"}}, "next": {{"$ref": "#/components/schemas/com.example.v1.Node"}}}}
        }},
        "com.example.v1.Loop": {{"$ref": "#/components/schemas/com.example.v1.Loop"}},
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {{"oneOf": [{{"type": "string"}}, {{"type": "number"}}]}}
    }}"##
    ));
    let kind = schema.find_kind("example.com/v1", "Backup").unwrap();
    expect.assert_eq(&render_type(&schema, kind.object, 3));
}

#[test]
fn references_and_wrapped_references() {
    check_spec(
        r##"{"type": "object", "required": ["must"], "properties": {
            "must": {"allOf": [{"$ref": "#/components/schemas/com.example.v1.Node"}], "default": {}},
            "recursive": {"$ref": "#/components/schemas/com.example.v1.Node"},
            "amount": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"},
            "lost": {"$ref": "#/components/schemas/nowhere"},
            "circle": {"$ref": "#/components/schemas/com.example.v1.Loop"}
        }}"##,
        expect![[r#"
            (
              metadata?: Any
              spec?: (
                must: (
                  value: Int64
                  next?: Node
                )
                amount?: Quantity
                circle?: Any
                lost?: Any
                recursive?: (
                  value: Int64
                  next?: Node
                )
              )
            )"#]],
    );
}

#[test]
fn scalars() {
    check_spec(
        r#"{"type": "object", "properties": {
            "a": {"type": "integer", "format": "int32"}, "b": {"type": "integer"}, "c": {"type": "number"},
            "d": {"type": "boolean"}, "e": {"type": "string", "format": "date-time"},
            "f": {"type": "string", "format": "byte"}, "g": {"type": "string", "enum": ["x", "y"], "default": "y"},
            "h": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "i": {"type": "integer", "default": 0}, "j": {"type": "integer", "default": 7}, "k": {}
        }}"#,
        expect![[r#"
            (
              metadata?: Any
              spec?: (
                a?: Int32
                b?: Int64
                c?: Float64
                d?: Bool
                e?: Time
                f?: Bytes
                g?: "x" | "y" = "y"
                h?: Int64 | String
                i?: Int64 = 0
                j?: Int64 = 7
                k?: Any
              )
            )"#]],
    );
}

#[test]
fn objects_lists_and_maps() {
    check_spec(
        r#"{"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
            "map": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            "any": {"type": "object"}, "anything": {"type": "object", "additionalProperties": true},
            "embedded": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"kind": {}}},
            "inline": {"type": "array", "items": {"type": "object", "properties": {"deep": {"type": "string"}}}}
        }}"#,
        expect![[r#"
            (
              metadata?: Any
              spec?: (
                any?: Any
                anything?: Any
                embedded?: Any
                inline?: ((
                  deep?: String
                ))
                map?: Map[String, (String)]
                …
              )
            )"#]],
    );
}

#[test]
fn kinds_come_from_discovery_even_without_a_document() {
    let mut importer = Importer::new("1.99");
    importer.discovery(DISCOVERY.as_bytes()).unwrap();
    let (facts, docs) = importer.finish();
    let schema = Schema::from_facts(facts, docs).unwrap();
    let kind = schema.find_kind("example.com/v1", "Backup").unwrap();
    assert_eq!(schema.ty(kind.object), &Type::Any);
    assert_eq!(
        kind.verbs.iter().map(|it| it.name()).collect::<Vec<_>>(),
        ["create", "get", "list"]
    );
    assert_eq!(kind.short_names.as_ref(), ["bk"]);
    assert_eq!(kind.subresources.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["status"]);
}

#[test]
fn prose_is_kept_apart_and_does_not_change_the_schema() {
    let with = |prose: &str| {
        import(&format!(
            r#"{{"com.example.v1.Backup": {{"type": "object", "description": "{prose}",
                "properties": {{"spec": {{"type": "string", "description": "{prose} spec"}}}},
                "x-kubernetes-group-version-kind": [{{"group": "example.com", "version": "v1", "kind": "Backup"}}]}}}}"#
        ))
    };
    let schema = with("One");
    let object = schema.find_kind("example.com/v1", "Backup").unwrap().object;
    assert_eq!(schema.type_doc(object), Some("One"));
    assert_eq!(schema.field_doc(object, "spec"), Some("One spec"));
    assert!(schema == with("Two"));
}

#[test]
fn the_order_of_documents_leaves_no_trace() {
    let documents = ["example.com/v1", "other.example.com/v1"].map(|gv| {
        let (group, version) = gv.split_once('/').unwrap();
        let document = format!(
            r##"{{"components": {{"schemas": {{
                "{group}.Backup": {{"type": "object",
                    "properties": {{"spec": {{"$ref": "#/components/schemas/shared.Spec"}}, "n": {{"type": "integer"}}}},
                    "x-kubernetes-group-version-kind": [{{"group": "{group}", "version": "{version}", "kind": "Backup"}}]}},
                "shared.Spec": {{"type": "object", "properties": {{"text": {{"type": "string"}}}}}}
            }}}}}}"##
        );
        (format!("apis/{gv}"), document)
    });
    let import = |order: [usize; 2]| {
        let mut importer = Importer::new("1.99");
        importer.discovery(DISCOVERY.as_bytes()).unwrap();
        importer
            .discovery(DISCOVERY.replace("example.com", "other.example.com").as_bytes())
            .unwrap();
        for at in order {
            importer.document(&documents[at].0, documents[at].1.as_bytes()).unwrap();
        }
        importer.finish().0
    };
    let facts = import([0, 1]);
    assert_eq!(facts.to_bytes().unwrap(), import([1, 0]).to_bytes().unwrap());
    // Both documents mean the same `shared.Spec`.
    assert_eq!(
        facts
            .types
            .iter()
            .filter(|it| it.as_struct().is_some_and(|it| it.name == "shared.Spec"))
            .count(),
        1
    );
}

#[test]
fn foreign_kinds_never_take_a_bare_name_from_others() {
    let builtin = DISCOVERY.replace("example.com", "apps");
    let schema = |documents: &[&str]| {
        let mut importer = Importer::new("1.99");
        for document in documents {
            importer.discovery(document.as_bytes()).unwrap();
        }
        let (facts, docs) = importer.finish();
        Schema::from_facts(facts, docs).unwrap()
    };
    let group = |schema: &Schema| {
        schema.gate("CreateBackup").map(|it| schema.kind(it.kind).group.to_string())
    };
    assert_eq!(group(&schema(&[DISCOVERY])).as_deref(), Some("example.com"));
    assert_eq!(group(&schema(&[DISCOVERY, &builtin])).as_deref(), Some("apps"));
    let other = DISCOVERY.replace("example.com", "other.example.com");
    let both = schema(&[DISCOVERY, &other]);
    assert_eq!(group(&both), None);
    assert_eq!(both.gates_named("CreateBackup").count(), 2);
    assert!(both.gate_in("other.example.com", "CreateBackup").is_some());
}

#[test]
fn kinds_may_be_called_like_parameters() {
    let discovery = DISCOVERY.replace("Backup", "Namespace").replace("\"fly\"", "\"delete\"");
    let mut importer = Importer::new("1.99");
    importer.discovery(discovery.as_bytes()).unwrap();
    let (facts, docs) = importer.finish();
    let schema = Schema::from_facts(facts, docs).unwrap();
    let params = |gate: &str| {
        let gate = schema.gate(gate).unwrap();
        gate.params
            .iter()
            .map(|it| format!("{} {:?}", it.name, it.aliases))
            .collect::<Vec<_>>()
            .join(", ")
    };
    expect!["namespace [], object [], ifExists [], timeout []"]
        .assert_eq(&params("CreateNamespace"));
    expect![[r#"namespace [], name ["object"], propagation [], wait [], timeout []"#]]
        .assert_eq(&params("DeleteNamespace"));
    expect![[
        r#"namespace [], namespaceItems ["objects", "object"], propagation [], wait [], timeout []"#
    ]]
    .assert_eq(&params("DeleteNamespaceItems"));
}

#[test]
fn what_is_no_document_is_refused_by_name() {
    let mut importer = Importer::new("1.99");
    let error = importer.document("apis/apps/v1", br#"{"components": 7}"#).unwrap_err();
    expect!["the OpenAPI document apis/apps/v1 cannot be read: invalid type: integer `7`, expected struct Components at line 1 column 16"].assert_eq(&error.to_string());
    let deep = format!("{}{}", r#"{"components":{"schemas":{"a":"#, r#"{"items":"#.repeat(100_000));
    assert!(importer.document("apis/apps/v1", deep.as_bytes()).is_err());
}

#[test]
fn stored_facts_are_checked() {
    let (mut facts, _) = {
        let mut importer = Importer::new("1.99");
        importer.discovery(DISCOVERY.as_bytes()).unwrap();
        importer.finish()
    };
    let bytes = facts.to_bytes().unwrap();
    assert_eq!(Facts::from_bytes(&bytes).unwrap(), facts);
    assert!(Facts::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    facts.format += 1;
    let error = Facts::from_bytes(&facts.to_bytes().unwrap()).unwrap_err();
    expect!["the stored schema has form 3, this program reads 2: make it anew"]
        .assert_eq(&error.to_string());
    facts.format -= 1;
    facts.types.clear();
    let error = Facts::from_bytes(&facts.to_bytes().unwrap()).unwrap_err();
    expect!["the stored schema is damaged: Backup refers to no type"].assert_eq(&error.to_string());
}

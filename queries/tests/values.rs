//! Values of custom resources that are written out: what the cluster asks of them is checked before a run.
#![allow(clippy::unwrap_used)]

mod common;

use common::check_diagnostics_on;
use ko_schema::{Schema, openapi::Importer};
use serde_json::json;

/// A cluster with a kind `Backup` that asks for a lot.
fn cluster() -> Schema {
    let mut importer = Importer::new("1.99");
    let discovery = json!({"items": [{"metadata": {"name": "a.x"}, "versions": [{"version": "v1", "resources": [
        {"resource": "backups", "responseKind": {"kind": "Backup"}, "scope": "Namespaced",
         "verbs": ["create", "get", "patch", "update"]}]}]}]});
    importer.discovery(discovery.to_string().as_bytes()).unwrap();
    let target = json!({"type": "object", "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "port": {"type": "integer", "minimum": 1, "x-kubernetes-validations": [{"rule": "self != 22", "message": "not by ssh"}]},
        "protocol": {"type": "string", "default": "TCP"}}});
    let spec = json!({"type": "object", "properties": {
        "min": {"type": "integer"}, "max": {"type": "integer", "default": 5},
        "mode": {"type": "string", "enum": ["fast", "safe"]},
        "targets": {"type": "array", "items": target, "maxItems": 2,
            "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
            "x-kubernetes-validations": [{"rule": "self.exists(it, it.name == 'main')", "message": "one must be called main"}]},
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "labels": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string", "maxLength": 3}}},
        "x-kubernetes-validations": [{"rule": "!has(self.min) || self.min <= self.max", "message": "min is more than max", "fieldPath": ".min"}]});
    let document = json!({"components": {"schemas": {
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object",
            "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}}},
        "x.a.v1.Backup": {"type": "object",
            "properties": {"spec": spec, "apiVersion": {"type": "string"}, "kind": {"type": "string"},
                "metadata": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}},
            "x-kubernetes-validations": [{"rule": "self.metadata.name.startsWith('b')",
                "messageExpression": "'a ' + self.kind + ' begins with b, not ' + self.metadata.name.substring(0, 1)"}],
            "x-kubernetes-group-version-kind": [{"group": "a.x", "version": "v1", "kind": "Backup"}]}}}});
    importer.document("apis/a.x/v1", document.to_string().as_bytes()).unwrap();
    let (facts, docs) = importer.finish();
    Schema::from_facts(facts, docs).unwrap()
}

#[track_caller]
fn check(text: &str) {
    check_diagnostics_on(&cluster(), &[("m.ko", "p", text)]);
}

#[test]
fn rules_are_told_at_the_field_that_they_blame() {
    check(
        r#"F(x) {
  a: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (min: 9)))
  //                                                                          ^ error broken-rule: `backup.spec`: min is more than max (rule `!has(self.min) || self.min <= self.max`)
  b: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (min: 9, max: 9)))
  c: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (min: 9, max: x)))
  d: CreateBackup(namespace: "n", backup: (metadata: (name: "c"), spec: (min: 1)))
  //                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error broken-rule: `backup`: a Backup begins with b, not c (rule `self.metadata.name.startsWith('b')`)
  return: (a, b, c, d)
}"#,
    );
}

#[test]
fn rules_of_parts_are_told_there() {
    check(
        r#"F() {
  one: (name: "main", port: 22)
  return: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (targets: (one, (name: "side", port: 8)))))
}"#
        .replace("port: 22)", "port: 22)\n  //                        ^^ error broken-rule: `backup.spec.targets.port`: not by ssh (rule `self != 22`)")
        .as_str(),
    );
    check(
        r#"F() {
  return: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (targets: (name: "x", port: 1))))
  //                                                                                   ^^^^^^^^^^^^^^^^^^^^ error broken-rule: `backup.spec.targets`: one must be called main (rule `self.exists(it, it.name == 'main')`)
}"#,
    );
}

#[test]
fn what_is_applied_may_be_completed_by_others() {
    check(
        r#"F() {
  return: ApplyBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (min: 9, labels: (a: "long"))))
  //                                                                              ^ warning broken-rule: `backup.spec`: min is more than max (rule `!has(self.min) || self.min <= self.max`)
  //                                                                                             ^^^^^^ error invalid-value: `backup.spec.labels.a` has 4 characters, and may have at most 3
}"#,
    );
}

#[test]
fn limits() {
    check(
        r#"F() {
  t: (targets: (name: "A", port: 0), targets: (name: "main", port: 2), targets: (name: "toolong", port: 3))
  //                  ^^^ error invalid-value: `backup.spec.targets.name` does not match the pattern `^[a-z]+$`
  //                             ^ error invalid-value: `backup.spec.targets.port` must be at least 1, and 0 is less
  //                                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^ error invalid-value: `backup.spec.targets` has 3 elements, and takes at most 2 elements
  //                                                                                   ^^^^^^^^^ error invalid-value: `backup.spec.targets.name` has 7 characters, and may have at most 5
  return: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: t))
}"#,
    );
    check(
        r#"F() {
  return: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: (mode: "slow", labels: (a: "x", b: "y"))))
  //                                                                                ^^^^^^ error unknown-value: `backup.spec.mode`: `slow` is none of `fast`, `safe`
  //                                                                                                ^^^^^^^^^^^^^^^^ error invalid-value: `backup.spec.labels` has 2 fields, and takes at most 1 field
}"#,
    );
}

#[test]
fn entries_that_must_differ() {
    check(
        r#"F(x) {
  a: (tags: ("a", "b", "a"), targets: ((port: 1, name: "main"), (port: 1, protocol: "TCP")))
  //                   ^^^ error duplicate-entry: `backup.spec.tags`: there are two entries with "a"
  //                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^ error duplicate-entry: `backup.spec.targets`: there are two entries with port: 1, protocol: "TCP"
  b: (tags: ("a", x, "b"), targets: ((port: 1, name: "main"), (port: 1, protocol: "UDP")))
  c: (targets: ((port: x, name: "main"), (port: 1, protocol: "TCP")))
  one: CreateBackup(namespace: "n", backup: (metadata: (name: "b1"), spec: a))
  two: CreateBackup(namespace: "n", backup: (metadata: (name: "b2"), spec: b))
  return: (one, two, CreateBackup(namespace: "n", backup: (metadata: (name: "b3"), spec: c)))
}"#,
    );
}

#[test]
fn through_a_function_the_caller_is_told() {
    check(
        r#"Make(spec) { return: CreateBackup(namespace: "n", backup: (metadata: (name: "b"), spec: spec)) }
F() { return: Make(spec: (targets: (name: "main", port: 22))) }
//                                                      ^^ error broken-rule: `spec.targets.port`: not by ssh (rule `self != 22`)"#,
    );
}

#[test]
fn patches_are_no_whole_objects() {
    check(
        r#"F() { return: PatchBackup(namespace: "n", name: "b", patch: (spec: (min: 9))) }
G() { return: UpdateBackup(namespace: "n", name: "b", with: More) }
More(b) { return: (metadata: b.metadata, spec: (min: 9)) }"#,
    );
}

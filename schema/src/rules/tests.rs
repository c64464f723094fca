use serde_json::json;

use super::*;
use crate::openapi::Importer;

/// A schema with one kind whose `spec` is this.
fn schema(spec: &Json) -> Schema {
    let mut importer = Importer::new("1.99");
    let discovery = json!({"items": [{"metadata": {"name": "a.x"}, "versions": [{"version": "v1", "resources": [
        {"resource": "backups", "responseKind": {"kind": "Backup"}, "scope": "Namespaced", "verbs": ["create"]}]}]}]});
    importer.discovery(discovery.to_string().as_bytes()).unwrap();
    let document = json!({"components": {"schemas": {"x.a.v1.Backup": {
        "type": "object", "properties": {"spec": spec},
        "x-kubernetes-group-version-kind": [{"group": "a.x", "version": "v1", "kind": "Backup"}]}}}});
    importer.document("apis/a.x/v1", document.to_string().as_bytes()).unwrap();
    let (facts, docs) = importer.finish();
    // As a cache would keep it.
    let facts = crate::Facts::from_bytes(&facts.to_bytes().unwrap()).unwrap();
    Schema::from_facts(facts, docs).unwrap()
}

/// What the rules say about the spec.
fn told(spec: &Json, value: &Json) -> Vec<Violation> {
    let schema = schema(spec);
    let kind = schema.kinds()[0].id;
    let id = schema.explain_field(kind, &["spec"]).unwrap().field.ty;
    schema.violations(id, value)
}

fn messages(rule: &str, properties: &Json, value: &Json) -> Vec<String> {
    let spec = json!({"type": "object", "properties": properties, "x-kubernetes-validations": [{"rule": rule}]});
    told(&spec, value).into_iter().map(|it| it.message).collect()
}

#[test]
fn a_broken_rule_says_what_the_server_says() {
    let integer = json!({"type": "integer"});
    let spec = json!({"type": "object", "properties": {"min": integer, "max": integer}, "x-kubernetes-validations": [
        {"rule": "self.min <= self.max", "message": " min is too large ", "reason": "FieldValueForbidden", "fieldPath": ".min"},
        {"rule": "self.max < 100", "messageExpression": "'max is ' + string(self.max)"},
        {"rule": "self.max < 90", "message": "static", "messageExpression": "'two' + '\\n' + 'lines'"},
        {"rule": "self.max < 80"}
    ]});
    assert_eq!(told(&spec, &json!({"min": 1, "max": 2})), []);
    let found = told(&spec, &json!({"min": 200, "max": 100}));
    let texts: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(texts, ["min is too large", "max is 100", "static", "failed rule: self.max < 80"]);
    assert_eq!(found[0].path, ["min"]);
    assert_eq!(found[0].reason.as_deref(), Some("FieldValueForbidden"));
}

#[test]
fn defaults_are_filled_in_also_those_that_are_zero() {
    let properties = json!({"on": {"type": "boolean", "default": false}, "n": {"type": "integer", "default": 3}});
    assert_eq!(messages("self.on", &properties, &json!({})), ["failed rule: self.on"]);
    assert!(messages("has(self.on) && self.n == 3", &properties, &json!({})).is_empty());
}

#[test]
fn numbers_are_of_the_type_of_the_field() {
    let properties = json!({"n": {"type": "number", "default": 1}});
    assert!(messages("self.n / 2.0 == 0.5", &properties, &json!({})).is_empty());
}

#[test]
fn what_is_not_certain_is_silent() {
    let strings =
        json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"});
    let properties = json!({"a": {"type": "string"}, "s": strings, "l": {"type": "array", "items": {"type": "integer"}}});
    let value = json!({"a": "ü", "s": ["x", "y"]});
    // Bytes are no characters, and sets have no order.
    assert!(messages("size(self.a) == 1", &properties, &value).is_empty());
    assert!(messages("self.s == ['y', 'x']", &properties, &json!({"s": ["x", "y"]})).is_empty());
    assert!(messages("['y', 'x'] == self.s", &properties, &json!({"s": ["x", "y"]})).is_empty());
    assert_eq!(messages("self.s.all(it, it != 'x')", &properties, &json!({"s": ["x"]})).len(), 1);
    for rule in [
        "self.a == oldSelf.a",
        "self.a ==",
        "self.nothing == 1",
        "frobnicate(self.a)",
        "1",
        "Named{a: 1}.a == 2",
        "lists.range(1000000000).all(i, false)",
        "self.a.matches('[[a]]')",
        "'%.999999999f'.format([1.0]) == 'x'",
    ] {
        assert!(messages(rule, &properties, &json!({"a": "b"})).is_empty(), "{rule}");
    }
}

#[test]
fn what_could_take_long_is_not_evaluated() {
    let properties = json!({"l": {"type": "array", "items": {"type": "integer"}}});
    let many: Vec<i32> = (0..400).collect();
    let rule = "self.l.all(a, self.l.all(b, self.l.all(c, a + b + c < 0)))";
    assert!(messages(rule, &properties, &json!({"l": many})).is_empty());
    assert_eq!(messages(rule, &properties, &json!({"l": [1]})).len(), 1);
    let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(messages(&deep, &properties, &json!({"l": [1]})).is_empty());
    assert_eq!(Loops::of("a.map(x, f(')all(', b.filter(y, y))) && c.all(z, z)").depth, 2);
}

#[test]
fn paths_of_fields_are_read() {
    assert_eq!(names_of_path(".spec['a.b'].c"), ["spec", "a.b", "c"]);
    assert_eq!(names_of_path("spec.x"), ["spec", "x"]);
    assert!(names_of_path("[0]").is_empty());
}

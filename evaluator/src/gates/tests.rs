//! Values and JSON, without a cluster. What gates do with one is tested with the sandbox, in its crate.

use ko_schema::Schema;
use serde_json::json;

use super::{decode, encode, field_manager};
use crate::value::Value;

fn text(text: &str) -> Value {
    Value::string(text)
}

fn obj(fields: &[(&str, Value)]) -> Value {
    Value::structure(fields.iter().cloned())
}

fn seq(elements: &[Value]) -> Value {
    Value::sequence(elements.to_vec()).unwrap()
}

fn encoded(gv: &str, kind: &str, value: &Value) -> Result<String, String> {
    let schema = Schema::builtin();
    let kind = schema.find_kind(gv, kind).unwrap();
    encode::encode(schema, kind.object, value)
        .map(|it| it.map_or("nothing".into(), |it| it.to_string()))
}

#[test]
fn empty_is_absence_and_one_value_is_a_list() {
    let pod = obj(&[(
        "spec",
        obj(&[
            ("nodeName", Value::Empty),
            ("containers", obj(&[("name", text("a")), ("command", text("sh"))])),
            ("affinity", obj(&[("nodeAffinity", Value::Empty)])),
            ("securityContext", Value::unit()),
        ]),
    )]);
    assert_eq!(
        encoded("v1", "Pod", &pod).unwrap(),
        r#"{"spec":{"containers":[{"name":"a","command":["sh"]}],"securityContext":{}}}"#
    );
}

#[test]
fn maps_are_structures_or_pairs() {
    let pairs = seq(&[
        obj(&[("key", text("app.kubernetes.io/name")), ("value", text("db"))]),
        obj(&[("key", text("a")), ("value", text("b"))]),
    ]);
    let value =
        obj(&[("metadata", obj(&[("labels", pairs), ("annotations", obj(&[("x", text("y"))]))]))]);
    assert_eq!(
        encoded("v1", "Pod", &value).unwrap(),
        r#"{"metadata":{"labels":{"app.kubernetes.io/name":"db","a":"b"},"annotations":{"x":"y"}}}"#
    );
    let one = obj(&[("key", text("a/b")), ("value", text("c"))]);
    let value = obj(&[("metadata", obj(&[("labels", one)]))]);
    assert_eq!(encoded("v1", "Pod", &value).unwrap(), r#"{"metadata":{"labels":{"a/b":"c"}}}"#);
}

#[test]
fn numbers_follow_the_schema() {
    let service = |port: Value| {
        obj(&[("spec", obj(&[("ports", obj(&[("port", Value::int(80)), ("targetPort", port)]))]))])
    };
    assert_eq!(
        encoded("v1", "Service", &service(text("http"))).unwrap(),
        r#"{"spec":{"ports":[{"port":80,"targetPort":"http"}]}}"#
    );
    assert_eq!(
        encoded("v1", "Service", &service(text("8080"))).unwrap(),
        r#"{"spec":{"ports":[{"port":80,"targetPort":8080}]}}"#
    );
    let replicas = |it: Value| obj(&[("spec", obj(&[("replicas", it)]))]);
    assert_eq!(
        encoded("apps/v1", "StatefulSet", &replicas(Value::int(3_000_000_000))).unwrap_err(),
        "spec.replicas: 3000000000 does not fit an Int32 (from -2147483648 to 2147483647)"
    );
    let error = encoded("apps/v1", "StatefulSet", &replicas(text("3"))).unwrap_err();
    assert!(error.starts_with("spec.replicas must be "), "{error}");
    assert!(error.ends_with("but it is of type String"), "{error}");
    let request = obj(&[(
        "spec",
        obj(&[("resources", obj(&[("requests", obj(&[("storage", Value::int(5))]))]))]),
    )]);
    assert_eq!(
        encoded("v1", "PersistentVolumeClaim", &request).unwrap(),
        r#"{"spec":{"resources":{"requests":{"storage":"5"}}}}"#
    );
}

#[test]
fn an_object_that_was_read_can_be_written_again() {
    let schema = Schema::builtin();
    let kind = schema.find_kind("v1", "Service").unwrap();
    let json = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "managedFields": [{"manager": "x"}]},
        "spec": {"ports": [{"port": 80, "targetPort": 80}, {"port": 81, "targetPort": "http"}], "externalIPs": []},
        "status": {"loadBalancer": {}},
    });
    let value = decode::object(schema, kind, &json).unwrap();
    assert!(value.path(&["metadata", "managedFields"]).is_empty());
    assert!(value.path(&["spec", "externalIPs"]).is_empty());
    // As wide as a literal, though the schema says Int32, so that the two compare.
    assert_eq!(*value.path(&["spec", "ports"]).elements()[0].field("port"), Value::int(80));
    assert_eq!(
        encode::encode(schema, kind.object, &value).unwrap().unwrap().to_string(),
        r#"{"metadata":{"name":"a"},"spec":{"ports":[{"port":80,"targetPort":80},{"port":81,"targetPort":"http"}]}}"#
    );
}

#[test]
fn secrets_are_marked() {
    let schema = Schema::builtin();
    let kind = schema.find_kind("v1", "Secret").unwrap();
    let json =
        json!({"metadata": {"name": "a", "annotations": {"x": "copy"}}, "data": {"k": "djE="}});
    let value = decode::object(schema, kind, &json).unwrap();
    assert!(value.path(&["data", "k"]).has_secret());
    assert!(value.path(&["metadata", "annotations"]).has_secret());
    assert!(!value.path(&["metadata", "name"]).has_secret());
}

#[test]
fn field_managers_fit_the_limit_of_the_server() {
    assert_eq!(field_manager("apps/db"), "ko:apps/db");
    let long = field_manager(&"ä/".repeat(200));
    assert!(long.chars().count() <= 128, "{long}");
    assert_ne!(long, field_manager(&"ö/".repeat(200)));
}

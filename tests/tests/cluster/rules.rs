//! What the checker says of values of a custom resource is what the API server says of them: each value here is shown to
//! both. What the checker calls an error, the server refuses, a rule in the same words; what the checker lets pass, the
//! server takes, apart from what is listed as beyond the checker.

use std::time::{Duration, Instant};

use ko_tests::{control_plane::ControlPlane, fault_proxy::FaultProxy};
use serde_json::{Value, json};

use crate::{on, package};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// The server takes it, and the checker finds nothing wrong.
    Taken,
    /// The server refuses it, and the checker knew.
    Refused,
    /// The server refuses it for a reason that the checker leaves to it.
    Beyond,
}
use Fate::{Beyond, Refused, Taken};

/// The definition of a kind that asks for a lot.
fn definition(group: &str) -> Value {
    let text = |rule: &str, message: &str| json!({"type": "string", "maxLength": 20, "x-kubernetes-validations": [{"rule": rule, "message": message}]});
    let port = json!({"type": "object", "required": ["port"], "properties": {
        "port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP", "maxLength": 4},
        "name": {"type": "string", "maxLength": 10}}});
    let spec = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 8, "minLength": 2, "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"},
            "size": {"type": "integer", "minimum": 1, "maximum": 100, "exclusiveMaximum": true},
            "steps": {"type": "integer", "multipleOf": 5},
            "min": {"type": "integer", "default": 2}, "max": {"type": "integer"},
            "ratio": {"type": "number", "x-kubernetes-validations": [{"rule": "self / 2.0 < 0.5"}]},
            "mode": {"type": "string", "enum": ["fast", "safe"]},
            "ip": {"type": "string", "format": "ipv4"}, "net": {"type": "string", "format": "cidr"},
            "id": {"type": "string", "format": "uuid"}, "day": {"type": "string", "format": "date"},
            "window": {"type": "string", "format": "duration",
                "x-kubernetes-validations": [{"rule": "self <= duration('1h')", "message": "an hour at most"}]},
            "at": {"type": "string", "format": "date-time",
                "x-kubernetes-validations": [{"rule": "self > timestamp('2020-01-01T00:00:00Z')", "message": "too long ago"}]},
            "memory": text("quantity(self).isGreaterThan(quantity('1Gi'))", "more than 1Gi"),
            "url": text("isURL(self) && url(self).getScheme() == 'https'", "https only"),
            "words": text("self.split(' ').size() == 2 && self.lowerAscii() == self", "two words in lower case"),
            "letters": text("size(self) <= 3", "three letters at most"),
            "tags": {"type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 5},
                "x-kubernetes-validations": [{"rule": "self.all(it, it.startsWith('a'))", "messageExpression": "self.size() > 1 ? 'some tag has no a' : 'the tag has no a'"}]},
            "pair": {"type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 5},
                "x-kubernetes-validations": [{"rule": "self == ['x', 'y']", "message": "x and y"}]},
            "ports": {"type": "array", "maxItems": 4, "minItems": 1, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["port", "protocol"], "items": port,
                "x-kubernetes-validations": [{"rule": "self.exists_one(it, has(it.name) && it.name == 'main')", "message": "one main port", "reason": "FieldValueRequired"}]},
            "labels": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "string", "maxLength": 5},
                "x-kubernetes-validations": [{"rule": "self.all(key, key.matches('^[a-z]+$') && self[key] != key)", "message": "odd labels"}]},
            "either": {"x-kubernetes-int-or-string": true,
                "x-kubernetes-validations": [{"rule": "type(self) == int ? self > 0 : self.endsWith('%')", "message": "a number or a percentage"}]},
            "flag": {"type": "boolean", "default": false},
            "fixed": {"type": "integer", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "never changes"}]},
        },
        "x-kubernetes-validations": [
            {"rule": "!has(self.max) || self.min <= self.max", "message": "min is more than max", "fieldPath": ".min"},
            {"rule": "has(self.flag)", "message": "has its default"},
            {"rule": "!self.flag || has(self.name)", "messageExpression": "'a flag needs a name, mode ' + (has(self.mode) ? self.mode : 'none')"},
            {"rule": "!has(self.name) || self.name != 'self'"},
        ],
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("claims.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": "Claim", "plural": "claims"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": spec},
                "x-kubernetes-validations": [{"rule": "self.metadata.name.startsWith('c')", "message": "the name begins with c"}]}}}]}
    })
}

/// Values of `spec`, with what becomes of them.
fn values() -> Vec<(Fate, Value)> {
    let ports = |ports: Value| json!({"ports": ports});
    vec![
        (Taken, json!({"name": "ab", "size": 99, "min": 1, "max": 2})),
        (Refused, json!({"name": "a"})),
        (Refused, json!({"name": "abcdefghi"})),
        (Refused, json!({"name": "Ab"})),
        (Refused, json!({"name": "self"})),
        (Refused, json!({"size": 0})),
        (Refused, json!({"size": 100})),
        (Taken, json!({"steps": 10})),
        (Refused, json!({"steps": 11})),
        (Refused, json!({"max": 1})),
        (Taken, json!({"max": 2})),
        (Taken, json!({"ratio": 0})),
        (Taken, json!({"ratio": 0.9})),
        (Refused, json!({"ratio": 1})),
        (Refused, json!({"mode": "slow"})),
        (Taken, json!({"ip": "10.0.0.1", "net": "10.0.0.0/8", "day": "2024-02-29"})),
        (Refused, json!({"ip": "10.0.0"})),
        (Refused, json!({"net": "10.0.0.0"})),
        (Taken, json!({"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"})),
        (Refused, json!({"id": "6ba7b810"})),
        (Refused, json!({"day": "yesterday"})),
        (Taken, json!({"window": "59m30s"})),
        (Refused, json!({"window": "1h1s"})),
        (Taken, json!({"at": "2024-01-01T00:00:00Z"})),
        (Refused, json!({"at": "2019-12-31T23:59:59Z"})),
        (Taken, json!({"memory": "1025Mi"})),
        (Refused, json!({"memory": "1Gi"})),
        (Taken, json!({"url": "https://a.b/c"})),
        (Refused, json!({"url": "http://a.b/c"})),
        (Taken, json!({"words": "two words"})),
        (Refused, json!({"words": "Two Words"})),
        (Taken, json!({"letters": "äöü"})),
        (Refused, json!({"letters": "abcd"})),
        // The library counts bytes, so texts that are not ASCII are not shown to it.
        (Beyond, json!({"letters": "äöüß"})),
        (Taken, json!({"tags": ["a", "ab"]})),
        (Refused, json!({"tags": ["a", "b"]})),
        (Refused, json!({"tags": ["a", "a"]})),
        (Refused, json!({"tags": ["a", "aa", "ab", "ac"]})),
        (Taken, json!({"pair": ["y", "x"]})),
        // The library compares sets by order, so such rules are not shown to it.
        (Beyond, json!({"pair": ["y", "z"]})),
        (Taken, ports(json!([{"port": 1, "name": "main"}, {"port": 1, "protocol": "UDP"}]))),
        (Refused, ports(json!([{"port": 1, "name": "main"}, {"port": 1, "protocol": "TCP"}]))),
        (Refused, ports(json!([{"port": 1, "name": "side"}, {"port": 2}]))),
        (Refused, ports(json!([{"port": 1, "name": "main"}, {"port": 2, "name": "main"}]))),
        (Taken, json!({"labels": {"a": "b"}})),
        (Refused, json!({"labels": {"a": "a"}})),
        (Refused, json!({"labels": {"A": "b"}})),
        (Refused, json!({"labels": {"a": "x", "b": "y", "c": "z"}})),
        (Taken, json!({"either": 1})),
        (Taken, json!({"either": "10%"})),
        // The library does not know the types by name.
        (Beyond, json!({"either": "ten"})),
        (Beyond, json!({"either": -1})),
        (Refused, json!({"flag": true})),
        (Refused, json!({"flag": true, "mode": "fast"})),
        (Taken, json!({"flag": true, "name": "ab"})),
        (Taken, json!({"fixed": 1})),
    ]
}

/// JSON in the language.
fn written(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(name, it)| format!("{name}: {}", written(it))).collect();
            format!("({})", fields.join(", "))
        }
        Value::Array(all) => {
            format!("({})", all.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        it => it.to_string(),
    }
}

#[test]
fn checker_and_server_agree_on_values() {
    let Some(cluster) = ControlPlane::shared() else { return };
    let proxy = FaultProxy::start(cluster.kubeconfig(), "admin").unwrap();
    let group = format!("{}.ko.test", cluster.fresh_name("rules"));
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, body) = proxy.send("POST", path, &definition(&group).to_string()).unwrap();
    assert_eq!(code, 201, "{}", String::from_utf8_lossy(&body));

    let mut all: Vec<(Fate, Value)> = values()
        .into_iter()
        .map(|(fate, spec)| (fate, json!({"metadata": {"name": "c"}, "spec": spec})))
        .collect();
    all.push((Refused, json!({"metadata": {"name": "d"}, "spec": {"size": 1}})));
    // A function a line, after the import.
    let functions = all.iter().enumerate().map(|(at, (_, object))| {
        format!(
            "F{at}() {{ return: claims.CreateClaim(namespace: \"default\", claim: {}) }}\n",
            written(object)
        )
    });
    let text = format!("import \"k8s/{group}/v1\" as claims\n{}", functions.collect::<String>());
    let program = package(&text);
    let target = program.path().display().to_string();
    // It is served some moments after it was accepted, and its schema is published some moments after that.
    let deadline = Instant::now() + Duration::from_secs(30);
    let found = loop {
        let done = on(cluster, "admin", program.path(), "check", &["--json", &target]);
        if done.out.contains("invalid-value") {
            break done;
        }
        assert!(Instant::now() < deadline, "{}{}", done.out, done.err);
    };
    let found: Value = serde_json::from_str(&found.out).unwrap();
    let found = found.as_array().unwrap();

    let objects =
        format!("/apis/{group}/v1/namespaces/default/claims?dryRun=All&fieldValidation=Strict");
    for (at, (fate, object)) in all.iter().enumerate() {
        let mut sent = object.clone();
        sent["apiVersion"] = json!(format!("{group}/v1"));
        sent["kind"] = json!("Claim");
        let (code, body) = proxy.send("POST", &objects, &sent.to_string()).unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let said = answer["message"].as_str().unwrap_or_default();
        let expected = if *fate == Taken { 201 } else { 422 };
        assert_eq!(code, expected, "{object}: {said}");

        let errors: Vec<&Value> =
            found.iter().filter(|it| it["range"]["start"]["line"] == json!(at + 2)).collect();
        assert_eq!(errors.is_empty(), *fate != Refused, "{object}: {errors:?}\n{said}");
        for error in errors {
            assert_eq!(error["severity"], "error", "{error}");
            if error["code"] != "broken-rule" {
                continue;
            }
            let message = error["message"].as_str().unwrap();
            let (_, message) = message.split_once("`: ").unwrap();
            let message = message.split(" (rule `").next().unwrap();
            assert!(said.contains(message), "{object}: {message}\n{said}");
        }
    }
}

//! Generated custom resources: their discovery, and the OpenAPI documents of their groups. The same numbers always give the
//! same bytes.
//!
//! The documents have the form of real ones: operations with the parameters that clients look for, types that every
//! document repeats, and schemas as deep, and as talkative, as those that generators of operators write.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use serde_json::{Map, Value, json};

/// How many kinds a group has.
const KINDS: usize = 10;

/// How deep structures nest.
const DEPTH: usize = 4;

/// What an API server publishes.
pub struct Definitions {
    core: Arc<[u8]>,
    groups: Arc<[u8]>,
    etags: [String; 2],
    index: Vec<u8>,
    /// By path, such as `apis/g000.scale.test/v1`.
    documents: BTreeMap<String, (String, Arc<[u8]>)>,
    count: usize,
}

impl Definitions {
    /// So many kinds, whose documents take about so many bytes together; and pods.
    pub fn generate(kinds: usize, bytes: usize) -> Definitions {
        let mut documents = BTreeMap::new();
        documents.insert("api/v1".to_owned(), core_document());
        let mut groups = Vec::new();
        let mut written = 0;
        for group in 0..kinds.div_ceil(KINDS) {
            let name = format!("g{group:03}.scale.test");
            let numbers = group * KINDS..((group + 1) * KINDS).min(kinds);
            groups.push(discovered(&name, numbers.clone()));
            let mut schemas = common();
            let mut paths = Map::new();
            for number in numbers {
                // What the ones before left over, or took too much of, is shared by those to come.
                let share = bytes.saturating_sub(written) / (kinds - number).max(1);
                let (mut own, mut ways) = (Map::new(), Map::new());
                define(&name, number, share, &mut own, &mut ways);
                let size =
                    |it: &Map<String, Value>| serde_json::to_string(it).map_or(0, |it| it.len());
                written += size(&own) + size(&ways);
                schemas.extend(own);
                paths.extend(ways);
            }
            documents.insert(format!("apis/{name}/v1"), openapi(paths, schemas));
        }
        let documents: BTreeMap<String, (String, Arc<[u8]>)> = documents
            .into_iter()
            .map(|(path, document)| {
                let bytes = document.to_string().into_bytes();
                (path, (hash(&bytes), Arc::from(bytes)))
            })
            .collect();
        let paths: Map<String, Value> = documents
            .iter()
            .map(|(path, (hash, _))| {
                let address = format!("/openapi/v3/{path}?hash={hash}");
                (path.clone(), json!({"serverRelativeURL": address}))
            })
            .collect();
        let list = |items: Vec<Value>| {
            let list = json!({
                "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
            });
            Arc::<[u8]>::from(list.to_string().into_bytes())
        };
        let (core, groups) = (list(vec![core_discovered()]), list(groups));
        let etags = [&core, &groups].map(|it| format!("\"{}\"", &hash(it)[..64]));
        let index = json!({"paths": paths}).to_string().into_bytes();
        Definitions { core, groups, etags, index, documents, count: kinds }
    }

    /// The kind of a number, and its group.
    pub fn kind(number: usize) -> (String, String) {
        (kind(number), format!("g{:03}.scale.test", number / KINDS))
    }

    /// How many custom resources there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many bytes all documents take.
    pub fn size(&self) -> usize {
        self.documents.values().map(|(_, body)| body.len()).sum()
    }

    pub(super) fn core(&self) -> (&str, &Arc<[u8]>) {
        (&self.etags[0], &self.core)
    }

    pub(super) fn groups(&self) -> (&str, &Arc<[u8]>) {
        (&self.etags[1], &self.groups)
    }

    pub(super) fn index(&self) -> Vec<u8> {
        self.index.clone()
    }

    pub(super) fn document(&self, path: &str) -> Option<(&str, &Arc<[u8]>)> {
        self.documents.get(path).map(|(hash, body)| (hash.as_str(), body))
    }
}

/// A name for bytes, as long as a real one.
fn hash(bytes: &[u8]) -> String {
    let mut text = String::new();
    for part in 0..8u8 {
        let mut hasher = DefaultHasher::new();
        (part, bytes).hash(&mut hasher);
        let _ = write!(text, "{:016X}", hasher.finish());
    }
    text
}

const NAMES: [&str; 16] = [
    "Pump", "Valve", "Gear", "Shaft", "Crane", "Forge", "Kiln", "Lathe", "Mill", "Press", "Rotor",
    "Spring", "Tank", "Turbine", "Wheel", "Winch",
];

fn kind(number: usize) -> String {
    format!("{}{number:04}", NAMES[number % NAMES.len()])
}

fn verbs() -> Value {
    json!(["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"])
}

fn discovered(group: &str, numbers: std::ops::Range<usize>) -> Value {
    let resources: Vec<Value> = numbers
        .map(|number| {
            let kind = kind(number);
            let of = json!({"group": group, "version": "v1", "kind": kind});
            json!({
                "resource": format!("{}s", kind.to_lowercase()),
                "responseKind": of,
                "scope": "Namespaced",
                "singularResource": kind.to_lowercase(),
                "verbs": verbs(),
                "shortNames": [format!("s{number}")],
                "categories": ["scale"],
                "subresources": [{"subresource": "status", "responseKind": of, "verbs": ["get", "patch", "update"]}],
            })
        })
        .collect();
    json!({
        "metadata": {"name": group, "creationTimestamp": null},
        "versions": [{"version": "v1", "freshness": "Current", "resources": resources}],
    })
}

fn core_discovered() -> Value {
    let resource = |plural: &str, kind: &str, scope: &str, short: &str| {
        json!({
            "resource": plural, "responseKind": {"group": "", "version": "v1", "kind": kind}, "scope": scope,
            "singularResource": kind.to_lowercase(), "verbs": verbs(), "shortNames": [short],
        })
    };
    let resources = [
        resource("events", "Event", "Namespaced", "ev"),
        resource("namespaces", "Namespace", "Cluster", "ns"),
        resource("pods", "Pod", "Namespaced", "po"),
    ];
    json!({"metadata": {}, "versions": [{"version": "v1", "freshness": "Current", "resources": resources}]})
}

fn openapi(paths: Map<String, Value>, schemas: Map<String, Value>) -> Value {
    json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.3"},
        "paths": paths, "components": {"schemas": schemas},
    })
}

/// What every document repeats.
fn common() -> Map<String, Value> {
    let text = |doc: &str| json!({"type": "string", "description": doc});
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
    let object = |doc: &str, properties: Value| json!({"type": "object", "description": doc, "properties": properties});
    let mut all = Map::new();
    all.insert(
        format!("{meta}.ObjectMeta"),
        object(
            "ObjectMeta is metadata that all persisted resources must have.",
            json!({
                "name": text("Name must be unique within a namespace."),
                "generateName": text("An optional prefix that the server makes a unique name of."),
                "namespace": text("The space within which each name must be unique."),
                "uid": text("The unique in time and space value for this object."),
                "resourceVersion": text("The internal version of this object."),
                "generation": {"type": "integer", "format": "int64"},
                "creationTimestamp": reference(&format!("{meta}.Time")),
                "deletionTimestamp": reference(&format!("{meta}.Time")),
                "labels": {"type": "object", "additionalProperties": {"type": "string", "default": ""}},
                "annotations": {"type": "object", "additionalProperties": {"type": "string", "default": ""}},
                "finalizers": {"type": "array", "items": {"type": "string", "default": ""}, "x-kubernetes-list-type": "set"},
                "ownerReferences": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
                    "items": {"allOf": [reference(&format!("{meta}.OwnerReference"))], "default": {}},
                },
            }),
        ),
    );
    let mut owner = object(
        "OwnerReference contains enough information to identify an owning object.",
        json!({
            "apiVersion": text("API version of the referent."), "kind": text("Kind of the referent."),
            "name": text("Name of the referent."), "uid": text("UID of the referent."),
            "controller": {"type": "boolean"}, "blockOwnerDeletion": {"type": "boolean"},
        }),
    );
    owner["required"] = json!(["apiVersion", "kind", "name", "uid"]);
    all.insert(format!("{meta}.OwnerReference"), owner);
    all.insert(format!("{meta}.Time"), json!({"type": "string", "format": "date-time"}));
    let list = json!({"resourceVersion": text("Of the list."), "continue": text("More is to be had with this token.")});
    all.insert(format!("{meta}.ListMeta"), object("ListMeta describes metadata of lists.", list));
    all
}

/// A parameter of an operation.
fn parameter(name: &str, doc: &str) -> Value {
    json!({"name": name, "in": "query", "description": doc, "schema": {"type": "string", "uniqueItems": true}})
}

/// Adds a kind to a document: about so many bytes of it.
fn define(
    group: &str,
    number: usize,
    bytes: usize,
    schemas: &mut Map<String, Value>,
    paths: &mut Map<String, Value>,
) {
    let kind = kind(number);
    let plural = format!("{}s", kind.to_lowercase());
    let name = {
        let reversed: Vec<&str> = group.split('.').rev().collect();
        format!("{}.v1.{kind}", reversed.join("."))
    };
    let gvk = json!({"group": group, "version": "v1", "kind": kind});
    let writes = [
        parameter("dryRun", "When present, indicates that modifications should not be persisted."),
        parameter(
            "fieldManager",
            "The name associated with the actor or entity that makes these changes.",
        ),
        parameter(
            "fieldValidation",
            "Instructs the server on how to handle unknown or duplicate fields.",
        ),
    ];
    let reads = [
        parameter(
            "labelSelector",
            "A selector to restrict the list of returned objects by their labels.",
        ),
        parameter(
            "fieldSelector",
            "A selector to restrict the list of returned objects by their fields.",
        ),
        parameter("limit", "The maximum number of responses to return for a list call."),
        parameter("continue", "Set when retrieving more results from the server."),
    ];
    let body = json!({"$ref": format!("#/components/schemas/{name}")});
    let operation = |action: &str, parameters: &[Value]| {
        json!({
            "tags": [format!("{group}_v1")], "description": format!("{action} {kind}"), "parameters": parameters,
            "operationId": format!("{action}{kind}"),
            "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": body}}}},
            "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk,
        })
    };
    let base = format!("/apis/{group}/v1/namespaces/{{namespace}}/{plural}");
    paths.insert(
        base.clone(),
        json!({"get": operation("list", &reads), "post": operation("post", &writes)}),
    );
    paths.insert(
        format!("{base}/{{name}}"),
        json!({
            "get": operation("get", &[]), "put": operation("put", &writes), "patch": operation("patch", &writes),
            "delete": operation("delete", &writes[..1]),
        }),
    );
    paths.insert(format!("/apis/{group}/v1/{plural}"), json!({"get": operation("list", &reads)}));
    let mut random = Random(number as u64 + 1);
    // Operations take a part; a third of the rest is what the controller reports.
    let left = bytes.saturating_sub(5_500);
    // The sizes of real ones differ by much.
    let left = left * [40, 60, 80, 220][number % 4] / 100;
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.{name}")});
    schemas.insert(
        name.clone(),
        json!({
            "type": "object",
            "description": format!("{kind} is the Schema for the {plural} API."),
            "x-kubernetes-group-version-kind": [gvk],
            "properties": {
                "apiVersion": {"type": "string", "description": "APIVersion defines the versioned schema of this representation of an object."},
                "kind": {"type": "string", "description": "Kind is a string value representing the REST resource this object represents."},
                "metadata": {"allOf": [reference("ObjectMeta")], "description": "Standard object's metadata."},
                "spec": structure(&mut random, left * 2 / 3, 0),
                "status": structure(&mut random, left / 3, 0),
            },
        }),
    );
    let mut of_list = gvk;
    of_list["kind"] = format!("{kind}List").into();
    schemas.insert(
        format!("{name}List"),
        json!({
            "type": "object", "required": ["items"], "x-kubernetes-group-version-kind": [of_list],
            "properties": {
                "items": {"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}},
                "metadata": {"allOf": [reference("ListMeta")]},
            },
        }),
    );
}

/// Numbers that look as if there were no rule (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % end.max(1)
    }
}

const WORDS: [&str; 24] = [
    "access", "backup", "bucket", "cache", "channel", "client", "cluster", "config", "endpoint",
    "engine", "key", "limit", "listener", "log", "network", "policy", "port", "quota", "region",
    "replica", "role", "rule", "secret", "target",
];

const TAILS: [&str; 8] = ["Ref", "Name", "Policy", "Settings", "Count", "Selector", "Mode", "Id"];

/// The schema of a structure that takes about so many bytes.
fn structure(random: &mut Random, bytes: usize, depth: usize) -> Value {
    let mut properties = Map::new();
    let mut left = bytes;
    while left > 150 {
        let name =
            format!("{}{}", WORDS[random.below(WORDS.len())], TAILS[random.below(TAILS.len())]);
        if properties.contains_key(&name) {
            if properties.len() >= WORDS.len() * TAILS.len() / 2 {
                break;
            }
            continue;
        }
        let mut schema = match random.below(10) {
            0..3 if depth < DEPTH && left > 600 => {
                let share = (left / 2).min(400 + random.below(2_500));
                match random.below(3) {
                    0 => json!({"type": "array", "items": structure(random, share, depth + 1)}),
                    1 => json!({"type": "object", "additionalProperties": {"type": "string"}}),
                    _ => structure(random, share, depth + 1),
                }
            }
            0..3 => {
                json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"})
            }
            3 => json!({"type": "integer", "format": "int32", "minimum": 0}),
            4 => json!({"type": "boolean"}),
            5 => {
                json!({"type": "string", "enum": ["Always", "IfNotPresent", format!("Never{}", random.below(40))]})
            }
            6 => {
                json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true})
            }
            _ => json!({"type": "string", "maxLength": 253}),
        };
        let mut doc = format!("{name} says what the controller is to do about");
        for _ in 0..6 + random.below(14) {
            doc.push(' ');
            doc.push_str(WORDS[random.below(WORDS.len())]);
        }
        doc.push('.');
        schema["description"] = doc.into();
        left = left.saturating_sub(schema.to_string().len() + name.len() + 4);
        properties.insert(name, schema);
    }
    let required: Vec<String> = properties.keys().take(2).cloned().collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The document of the core group: as much of pods as programs here look at.
fn core_document() -> Value {
    let meta = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    let strings = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|it| ((*it).to_owned(), json!({"type": "string"})))
            .collect::<Map<_, _>>()
            .into()
    };
    let objects = |names: &[&str]| json!({"type": "object", "properties": strings(names)});
    let list = |item: Value| json!({"type": "array", "items": item});
    let mut container = objects(&["name", "image", "imagePullPolicy", "terminationMessagePath"]);
    container["required"] = json!(["name"]);
    container["properties"]["env"] = list(objects(&["name", "value"]));
    container["properties"]["resources"] = json!({"type": "object", "properties": {
        "limits": {"type": "object", "additionalProperties": {"type": "string"}},
        "requests": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    let mut spec =
        objects(&["nodeName", "restartPolicy", "serviceAccountName", "dnsPolicy", "schedulerName"]);
    spec["properties"]["containers"] = list(container);
    let mut status = objects(&["phase", "podIP", "hostIP", "qosClass", "startTime"]);
    status["properties"]["conditions"] = list(objects(&[
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime",
        "lastProbeTime",
    ]));
    let mut reported = objects(&["name", "image", "imageID", "containerID"]);
    reported["properties"]["ready"] = json!({"type": "boolean"});
    reported["properties"]["restartCount"] = json!({"type": "integer", "format": "int32"});
    status["properties"]["containerStatuses"] = list(reported);
    let kind = |kind: &str, spec: Value, status: Value| {
        json!({
            "type": "object", "description": format!("{kind}, in short."),
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": kind}],
            "properties": {
                "apiVersion": {"type": "string"}, "kind": {"type": "string"},
                "metadata": {"allOf": [{"$ref": meta}], "default": {}}, "spec": spec, "status": status,
            },
        })
    };
    let mut schemas = common();
    schemas.insert("io.k8s.api.core.v1.Pod".to_owned(), kind("Pod", spec, status));
    schemas.insert(
        "io.k8s.api.core.v1.Namespace".to_owned(),
        kind("Namespace", objects(&[]), objects(&["phase"])),
    );
    openapi(Map::new(), schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_as_large_as_asked_for_and_always_the_same() {
        let (one, other) = (Definitions::generate(40, 700_000), Definitions::generate(40, 700_000));
        assert!((600_000..900_000).contains(&one.size()), "{}", one.size());
        assert_eq!(one.index, other.index);
        let (kind, group) = Definitions::kind(39);
        let (_, document) = one.document(&format!("apis/{group}/v1")).unwrap();
        let document: Value = serde_json::from_slice(document).unwrap();
        let schema = &document["components"]["schemas"][format!("test.scale.g003.v1.{kind}")];
        assert!(
            schema["properties"]["spec"]["properties"].as_object().unwrap().len() > 5,
            "{schema}"
        );
    }
}

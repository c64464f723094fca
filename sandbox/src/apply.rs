//! Server-side apply and the ownership of fields
//! (<https://kubernetes.io/docs/reference/using-api/server-side-apply/>).
//!
//! This is a simplified model of the real thing, and where it differs it errs on the side of refusing:
//! - Owned are leaves: scalars, atomic lists, empty objects, and elements of keyed lists. Structures that the real server
//!   treats as atomic (such as selectors) are treated field by field.
//! - Ownership is kept beside the objects and not shown as `metadata.managedFields`.
//! - There is no conversion of ownership between versions of a kind.

use std::collections::{BTreeMap, BTreeSet};

use ko_schema::{ListType, Schema, Type, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::decode::element_key;

/// How deep objects may nest.
const MAX_DEPTH: usize = 64;

/// A step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Step {
    /// A field of a structure or a key of a map.
    #[serde(rename = "f")]
    Field(String),
    /// An element of a list, by its key fields or its value, as JSON text.
    #[serde(rename = "k")]
    Element(String),
}

/// The way to a field.
pub(crate) type Path = Vec<Step>;

/// Who owns fields: a manager and whether it applied or updated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Manager {
    /// `fieldManager` of the requests.
    pub(crate) name: String,
    /// Whether by server-side apply: the same name is another manager when it updates.
    pub(crate) applied: bool,
}

/// Which leaves each manager owns.
pub(crate) type Owners = BTreeMap<Manager, BTreeSet<Path>>;

/// Text for messages: `.spec.ports[port=80,protocol="TCP"].name`.
pub(crate) fn path_text(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Field(name) => {
                out.push('.');
                out.push_str(name);
            }
            Step::Element(key) => match serde_json::from_str::<Map<String, Json>>(key) {
                Ok(map) => {
                    let parts: Vec<String> =
                        map.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    out.push_str(&format!("[{}]", parts.join(",")));
                }
                Err(_) => out.push_str(&format!("[={key}]")),
            },
        }
    }
    out
}

/// The leaves of `value` with their values, without what the server owns (`status`, identity, versions).
pub(crate) fn leaves(schema: &Schema, ty: TypeId, value: &Json) -> BTreeMap<Path, Json> {
    let mut out = BTreeMap::new();
    let mut path = Vec::new();
    collect(schema, ty, value, &mut path, &mut out, 0);
    out.retain(|path, _| !is_server_owned(path));
    out
}

fn is_server_owned(path: &[Step]) -> bool {
    let field = |at: usize| match path.get(at) {
        Some(Step::Field(name)) => name.as_str(),
        _ => "",
    };
    match field(0) {
        "apiVersion" | "kind" | "status" => true,
        "metadata" => matches!(
            field(1),
            "" | "name"
                | "namespace"
                | "generateName"
                | "uid"
                | "resourceVersion"
                | "generation"
                | "creationTimestamp"
                | "deletionTimestamp"
                | "deletionGracePeriodSeconds"
                | "managedFields"
                | "selfLink"
        ),
        _ => false,
    }
}

fn collect(
    schema: &Schema,
    ty: TypeId,
    value: &Json,
    path: &mut Path,
    out: &mut BTreeMap<Path, Json>,
    depth: usize,
) {
    match (schema.ty(ty), value) {
        _ if depth > MAX_DEPTH => {}
        (it @ (Type::Struct(_) | Type::Map(_) | Type::Any), Json::Object(map))
            if !map.is_empty() =>
        {
            for (name, inner) in map {
                let inner_ty = match it {
                    Type::Struct(it) => it.field(name).map(|it| it.ty),
                    Type::Map(item) => Some(*item),
                    _ => Some(ty),
                };
                path.push(Step::Field(name.clone()));
                match inner_ty {
                    Some(inner_ty) => collect(schema, inner_ty, inner, path, out, depth + 1),
                    None => {
                        out.insert(path.clone(), inner.clone());
                    }
                }
                path.pop();
            }
        }
        (Type::List { item, list_type }, Json::Array(list)) if *list_type != ListType::Atomic => {
            for inner in list {
                path.push(Step::Element(element_key(schema, *item, list_type, inner)));
                // That the element exists is a fact of its own: two appliers may share an element.
                out.insert(path.clone(), Json::Null);
                if matches!(list_type, ListType::Map(_)) {
                    collect(schema, *item, inner, path, out, depth + 1);
                }
                path.pop();
            }
        }
        _ => {
            out.insert(path.clone(), value.clone());
        }
    }
}

/// Applies `config` as `manager` on `live`. Updates `owners`. `force` takes fields over from others.
///
/// # Errors
/// The conflicts: (manager, path) of fields that others own with another value.
pub(crate) fn apply(
    schema: &Schema,
    ty: TypeId,
    live: &Json,
    config: &Json,
    manager: &str,
    force: bool,
    owners: &mut Owners,
) -> Result<Json, Vec<(String, String)>> {
    let me = Manager { name: manager.to_owned(), applied: true };
    let wanted = leaves(schema, ty, config);
    let present = leaves(schema, ty, live);

    let mut conflicts = Vec::new();
    for (path, value) in &wanted {
        if present.get(path).is_none_or(|it| it == value) {
            continue;
        }
        for (other, paths) in owners.iter().filter(|(other, _)| **other != me) {
            if paths.contains(path) {
                let own = owners_api_version(live);
                let how = if other.applied { "" } else { &own };
                conflicts.push((format!("{:?}{how}", other.name), path_text(path), path.clone()));
            }
        }
    }
    if !force && !conflicts.is_empty() {
        return Err(conflicts.into_iter().map(|(manager, field, _)| (manager, field)).collect());
    }
    for (other, paths) in owners.iter_mut() {
        if *other != me {
            for (_, _, path) in &conflicts {
                paths.remove(path);
            }
        }
    }

    let mut result = live.clone();
    overlay(schema, ty, &mut result, config, 0);
    // What this manager applied before and leaves out now goes, unless somebody else owns it, too. An element of a list
    // goes as a whole, before the fields that tell it apart.
    let before = owners.remove(&me).unwrap_or_default();
    let mut removed: Vec<Path> = Vec::new();
    for path in before.into_iter().filter(|it| !wanted.contains_key(it)) {
        let inside = |it: &Path| it.starts_with(&path);
        let shared =
            owners.values().any(|paths| paths.iter().any(inside)) || wanted.keys().any(inside);
        if !shared && !removed.iter().any(|it| path.starts_with(it)) {
            remove(schema, ty, &mut result, &path, 0);
            removed.push(path);
        }
    }
    owners.insert(me, wanted.into_keys().collect());
    owners.retain(|_, paths| !paths.is_empty());
    Ok(result)
}

fn owners_api_version(live: &Json) -> String {
    format!(" using {}", crate::json::text(live, "apiVersion"))
}

/// Notes in `owners` what a plain write by `manager` changed.
pub(crate) fn track_update(
    schema: &Schema,
    ty: TypeId,
    old: Option<&Json>,
    new: &Json,
    manager: &str,
    owners: &mut Owners,
) {
    let before = old.map(|it| leaves(schema, ty, it)).unwrap_or_default();
    let after = leaves(schema, ty, new);
    let me = Manager { name: manager.to_owned(), applied: false };
    let changed: BTreeSet<Path> = after
        .iter()
        .filter(|(path, value)| before.get(*path) != Some(*value))
        .map(|(path, _)| path.clone())
        .collect();
    for paths in owners.values_mut() {
        paths.retain(|it| after.contains_key(it) && !changed.contains(it));
    }
    if !changed.is_empty() {
        owners.entry(me).or_default().extend(changed);
    }
    owners.retain(|_, paths| !paths.is_empty());
}

/// Lays `config` over `target`: scalars and atomic lists are replaced, the rest is merged.
fn overlay(schema: &Schema, ty: TypeId, target: &mut Json, config: &Json, depth: usize) {
    match (schema.ty(ty), config) {
        _ if depth > MAX_DEPTH => {}
        (it @ (Type::Struct(_) | Type::Map(_) | Type::Any), Json::Object(changes)) => {
            if !target.is_object() {
                *target = Json::Object(Map::new());
            }
            let Json::Object(map) = target else { return };
            for (name, change) in changes {
                let inner = match it {
                    Type::Struct(it) => it.field(name).map(|it| it.ty),
                    Type::Map(item) => Some(*item),
                    _ => Some(ty),
                };
                let place = map.entry(name).or_insert(Json::Null);
                match inner {
                    Some(inner) => overlay(schema, inner, place, change, depth + 1),
                    None => *place = change.clone(),
                }
            }
        }
        (Type::List { item, list_type }, Json::Array(changes))
            if *list_type != ListType::Atomic =>
        {
            if !target.is_array() {
                *target = Json::Array(Vec::new());
            }
            let Json::Array(list) = target else { return };
            for change in changes {
                let key = element_key(schema, *item, list_type, change);
                let found =
                    list.iter_mut().find(|it| element_key(schema, *item, list_type, it) == key);
                match found {
                    Some(place) => overlay(schema, *item, place, change, depth + 1),
                    None => list.push(change.clone()),
                }
            }
        }
        _ => *target = config.clone(),
    }
}

/// Removes what `path` leads to, and the structures that are empty then.
fn remove(schema: &Schema, ty: TypeId, target: &mut Json, path: &[Step], depth: usize) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first, target) {
        (Step::Field(name), Json::Object(map)) => {
            if rest.is_empty() {
                map.shift_remove(name);
                return;
            }
            let inner = match schema.ty(ty) {
                Type::Struct(it) => it.field(name).map(|it| it.ty),
                Type::Map(item) => Some(*item),
                _ => Some(ty),
            };
            if let (Some(inner), Some(place)) = (inner, map.get_mut(name)) {
                remove(schema, inner, place, rest, depth + 1);
                let empty = place.as_object().is_some_and(Map::is_empty)
                    || place.as_array().is_some_and(Vec::is_empty);
                if empty && depth > 0 {
                    map.shift_remove(name);
                }
            }
        }
        (Step::Element(key), Json::Array(list)) => {
            let Type::List { item, list_type } = schema.ty(ty) else { return };
            let Some(at) =
                list.iter().position(|it| element_key(schema, *item, list_type, it) == *key)
            else {
                return;
            };
            if rest.is_empty() {
                list.remove(at);
            } else if let Some(place) = list.get_mut(at) {
                remove(schema, *item, place, rest, depth + 1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config_map(data: Json) -> Json {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
    }

    #[test]
    fn appliers_conflict_share_and_drop_fields() {
        let schema = Schema::builtin();
        let ty = schema.find_kind("v1", "ConfigMap").unwrap().object;
        let mut owners = Owners::new();
        let created = config_map(json!({"k": "1", "keep": "x"}));
        track_update(schema, ty, None, &created, "ko", &mut owners);

        // The same name with another operation is another manager.
        let wanted = config_map(json!({"k": "2"}));
        let conflicts =
            apply(schema, ty, &created, &wanted, "ko", false, &mut owners.clone()).unwrap_err();
        assert_eq!(conflicts, [("\"ko\" using v1".to_owned(), ".data.k".to_owned())]);

        let forced = apply(schema, ty, &created, &wanted, "ko", true, &mut owners).unwrap();
        assert_eq!(forced["data"], json!({"k": "2", "keep": "x"}));

        // What the applier leaves out goes, what others own stays.
        let next = config_map(json!({"other": "3"}));
        let result = apply(schema, ty, &forced, &next, "ko", false, &mut owners).unwrap();
        assert_eq!(result["data"], json!({"keep": "x", "other": "3"}));
    }

    #[test]
    fn elements_of_keyed_lists_have_defaulted_keys() {
        let schema = Schema::builtin();
        let ty = schema.find_kind("v1", "Service").unwrap().object;
        let service = |ports: Json| json!({"spec": {"ports": ports}});
        let mut owners = Owners::new();
        let live = service(json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]));
        let result = apply(
            schema,
            ty,
            &live,
            &service(json!([{"port": 80, "name": "web"}, {"port": 81, "name": "b"}])),
            "ko",
            false,
            &mut owners,
        )
        .unwrap();
        assert_eq!(
            result["spec"]["ports"],
            json!([{"port": 80, "protocol": "TCP", "targetPort": 80, "name": "web"},
                   {"port": 81, "name": "b"}])
        );
        let fewer = service(json!([{"port": 80, "name": "web"}]));
        let result = apply(schema, ty, &result, &fewer, "ko", false, &mut owners).unwrap();
        assert_eq!(result["spec"]["ports"].as_array().unwrap().len(), 1);
    }
}

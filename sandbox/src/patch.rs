//! The three plain ways to patch an object: JSON merge patch (RFC 7386), JSON patch (RFC 6902) and strategic merge patch.
//! Server-side apply, which also keeps track of owners, is in [`crate::apply`].
//!
//! Strategic merge here merges lists by the keys that the schema publishes (`x-kubernetes-list-map-keys`), which for the
//! built-in kinds are nearly always the patch merge keys, and knows `$patch: delete`, `$patch: replace`,
//! `$retainKeys` and `$deleteFromPrimitiveList`; `$setElementOrder` is accepted and without effect.

use ko_evaluator::cluster::ApiError;
use ko_schema::{ListType, Schema, Type, TypeId};
use serde_json::{Map, Value as Json};

use crate::{decode::element_key, errors};

/// How deep patches may nest.
const MAX_DEPTH: usize = 64;

/// Applies a JSON merge patch.
pub(crate) fn merge(target: &mut Json, patch: &Json) {
    merge_at(target, patch, 0);
}

fn merge_at(target: &mut Json, patch: &Json, depth: usize) {
    let (Json::Object(changes), true) = (patch, depth < MAX_DEPTH) else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Json::Object(map) = target else { return };
    for (key, change) in changes {
        if change.is_null() {
            map.shift_remove(key);
        } else {
            merge_at(map.entry(key).or_insert(Json::Null), change, depth + 1);
        }
    }
}

/// Applies JSON patch operations.
///
/// # Errors
/// 400 for what is no patch; 422 when an operation cannot be done or a test fails.
pub(crate) fn json_patch(target: &mut Json, patch: &Json) -> Result<(), ApiError> {
    let Json::Array(operations) = patch else {
        return Err(errors::bad_request("a JSON patch is a list of operations"));
    };
    for operation in operations {
        operate(target, operation).map_err(|detail| ApiError {
            code: 422,
            reason: "Invalid".to_owned(),
            message: format!("the server rejected our request due to an error in our request: {detail}: {operation}"),
            ..ApiError::default()
        })?;
    }
    Ok(())
}

fn operate(target: &mut Json, operation: &Json) -> Result<(), String> {
    let text = |key: &str| {
        operation
            .get(key)
            .and_then(Json::as_str)
            .ok_or_else(|| format!("operation without {key:?}"))
    };
    let value = || operation.get("value").cloned().ok_or("operation without \"value\"".to_owned());
    let path = text("path")?;
    match text("op")? {
        "add" => add(target, path, value()?),
        "remove" => take(target, path).map(|_| ()),
        "replace" => {
            let place = target.pointer_mut(path).ok_or_else(|| format!("missing path {path:?}"))?;
            *place = value()?;
            Ok(())
        }
        "move" => {
            let it = take(target, text("from")?)?;
            add(target, path, it)
        }
        "copy" => {
            let from = text("from")?;
            let it =
                target.pointer(from).cloned().ok_or_else(|| format!("missing path {from:?}"))?;
            add(target, path, it)
        }
        "test" => {
            if target.pointer(path) == Some(&value()?) {
                Ok(())
            } else {
                Err(format!("testing value {path} failed"))
            }
        }
        other => Err(format!("unexpected operation {other:?}")),
    }
}

fn parent<'a>(target: &'a mut Json, path: &str) -> Result<(&'a mut Json, String), String> {
    let (parent, last) =
        path.rsplit_once('/').ok_or_else(|| format!("{path:?} is no JSON pointer"))?;
    let place = target.pointer_mut(parent).ok_or_else(|| format!("missing path {parent:?}"))?;
    Ok((place, last.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Json, path: &str, value: Json) -> Result<(), String> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    let (place, last) = parent(target, path)?;
    match place {
        Json::Object(map) => {
            map.insert(last, value);
            Ok(())
        }
        Json::Array(list) => {
            let at =
                if last == "-" { list.len() } else { last.parse().map_err(|_| bad_index(path))? };
            if at > list.len() {
                return Err(bad_index(path));
            }
            list.insert(at, value);
            Ok(())
        }
        _ => Err(format!("{path:?} is inside a plain value")),
    }
}

fn take(target: &mut Json, path: &str) -> Result<Json, String> {
    let (place, last) = parent(target, path)?;
    let taken = match place {
        Json::Object(map) => map.shift_remove(&last),
        Json::Array(list) => {
            let at: usize = last.parse().map_err(|_| bad_index(path))?;
            (at < list.len()).then(|| list.remove(at))
        }
        _ => None,
    };
    taken.ok_or_else(|| format!("missing path {path:?}"))
}

fn bad_index(path: &str) -> String {
    format!("{path:?} is outside the list")
}

/// Applies a strategic merge patch to a value of type `ty`.
pub(crate) fn strategic(schema: &Schema, ty: TypeId, target: &mut Json, patch: &Json) {
    strategic_at(schema, ty, target, patch, 0);
}

fn strategic_at(schema: &Schema, ty: TypeId, target: &mut Json, patch: &Json, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match (schema.ty(ty), patch) {
        (Type::Struct(_) | Type::Map(_) | Type::Any, Json::Object(changes)) => {
            if !target.is_object() {
                *target = Json::Object(Map::new());
            }
            let Json::Object(map) = target else { return };
            match changes.get("$patch").and_then(Json::as_str) {
                Some("replace") => map.clear(),
                Some("delete") => return map.clear(),
                _ => {}
            }
            if let Some(Json::Array(kept)) = changes.get("$retainKeys") {
                map.retain(|key, _| kept.iter().any(|it| it == key));
            }
            for (key, change) in changes {
                if let Some(field) = key.strip_prefix("$deleteFromPrimitiveList/") {
                    if let (Some(Json::Array(list)), Json::Array(gone)) =
                        (map.get_mut(field), change)
                    {
                        list.retain(|it| !gone.contains(it));
                    }
                    continue;
                }
                if key.starts_with('$') {
                    continue;
                }
                let inner = match schema.ty(ty) {
                    Type::Struct(it) => it.field(key).map(|it| it.ty),
                    Type::Map(item) => Some(*item),
                    _ => None,
                };
                if change.is_null() {
                    map.shift_remove(key);
                } else if let Some(inner) = inner {
                    let place = map.entry(key).or_insert(Json::Null);
                    strategic_at(schema, inner, place, change, depth + 1);
                } else {
                    merge_at(map.entry(key).or_insert(Json::Null), change, depth + 1);
                }
            }
        }
        (Type::List { item, list_type }, Json::Array(changes)) => {
            strategic_list(schema, *item, list_type, target, changes, depth);
        }
        _ => *target = patch.clone(),
    }
}

fn strategic_list(
    schema: &Schema,
    item: TypeId,
    list_type: &ListType,
    target: &mut Json,
    changes: &[Json],
    depth: usize,
) {
    let replace = changes.iter().any(|it| it.get("$patch") == Some(&Json::from("replace")));
    if *list_type == ListType::Atomic || replace {
        let kept = changes.iter().filter(|it| it.get("$patch").is_none()).cloned();
        *target = Json::Array(kept.collect());
        return;
    }
    if !target.is_array() {
        *target = Json::Array(Vec::new());
    }
    let Json::Array(list) = target else { return };
    for change in changes {
        let key = element_key(schema, item, list_type, change);
        let found = list.iter().position(|it| element_key(schema, item, list_type, it) == key);
        let delete = change.get("$patch") == Some(&Json::from("delete"));
        match found.and_then(|at| list.get_mut(at).map(|place| (at, place))) {
            Some((at, _)) if delete => {
                list.remove(at);
            }
            Some((_, place)) => strategic_at(schema, item, place, change, depth + 1),
            None if delete => {}
            None => {
                let mut new = Json::Null;
                strategic_at(schema, item, &mut new, change, depth + 1);
                list.push(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patch_sets_and_removes() {
        let mut it = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
        merge(&mut it, &json!({"a": {"b": null, "d": 3}, "l": [3]}));
        assert_eq!(it, json!({"a": {"c": 2, "d": 3}, "l": [3]}));
    }

    #[test]
    fn json_patch_operations() {
        let mut it = json!({"a": {"b/c": 1}, "l": [1, 2]});
        json_patch(
            &mut it,
            &json!([
                {"op": "test", "path": "/a/b~1c", "value": 1},
                {"op": "add", "path": "/l/1", "value": 9},
                {"op": "add", "path": "/l/-", "value": 10},
                {"op": "remove", "path": "/l/0"},
                {"op": "copy", "from": "/l", "path": "/m"},
                {"op": "move", "from": "/a/b~1c", "path": "/n"},
                {"op": "replace", "path": "/n", "value": 2},
            ]),
        )
        .unwrap();
        assert_eq!(it, json!({"a": {}, "l": [9, 2, 10], "m": [9, 2, 10], "n": 2}));
        for bad in [
            json!([{"op": "remove", "path": "/zzz"}]),
            json!([{"op": "add", "path": "/l/7", "value": 1}]),
            json!([{"op": "test", "path": "/n", "value": 3}]),
            json!([{"op": "dance", "path": "/n"}]),
        ] {
            assert_eq!(json_patch(&mut it, &bad).unwrap_err().code, 422);
        }
        assert_eq!(json_patch(&mut it, &json!({})).unwrap_err().code, 400);
    }

    #[test]
    fn strategic_merge_finds_elements_by_key() {
        let schema = Schema::builtin();
        let ty = schema.find_kind("v1", "Pod").unwrap().object;
        let mut it = json!({"spec": {"containers": [
            {"name": "a", "image": "a:1", "args": ["x"]}, {"name": "b", "image": "b:1"}
        ]}});
        strategic(
            schema,
            ty,
            &mut it,
            &json!({"spec": {"containers": [
                {"name": "a", "image": "a:2", "args": ["y"]},
                {"name": "b", "$patch": "delete"},
                {"name": "c", "image": "c:1"},
            ]}}),
        );
        assert_eq!(
            it,
            json!({"spec": {"containers": [
                {"name": "a", "image": "a:2", "args": ["y"]}, {"name": "c", "image": "c:1"}
            ]}})
        );
    }
}

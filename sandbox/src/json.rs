//! Reading and writing JSON objects by dotted paths. Absent parts read as null, empty or none, so that code that treats
//! objects of any kind needs no case distinction for every level.

use serde_json::{Map, Value as Json};

static NULL: Json = Json::Null;

/// The value at a dotted path such as `spec.template.metadata`; null if any part is absent.
pub(crate) fn at<'a>(value: &'a Json, path: &str) -> &'a Json {
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&NULL)
}

/// The text at a path; empty if there is none.
pub(crate) fn text<'a>(value: &'a Json, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// The whole number at a path.
pub(crate) fn int(value: &Json, path: &str) -> Option<i64> {
    at(value, path).as_i64()
}

/// Whether the value at a path is `true`.
pub(crate) fn flag(value: &Json, path: &str) -> bool {
    at(value, path).as_bool().unwrap_or_default()
}

/// The elements of the list at a path; none if there is no list.
pub(crate) fn items<'a>(value: &'a Json, path: &str) -> &'a [Json] {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The object at `path`, made if it is absent (or is not an object).
pub(crate) fn object_mut<'a>(value: &'a mut Json, path: &str) -> &'a mut Map<String, Json> {
    let mut here = value;
    for name in path.split('.').filter(|it| !it.is_empty()) {
        here = as_object_mut(here).entry(name).or_insert(Json::Null);
    }
    as_object_mut(here)
}

fn as_object_mut(value: &mut Json) -> &mut Map<String, Json> {
    if !value.is_object() {
        *value = Json::Object(Map::new());
    }
    match value {
        Json::Object(map) => map,
        // Was made an object above.
        _ => unreachable!("not an object"),
    }
}

/// Sets the value at a path, making the objects on the way.
pub(crate) fn set(value: &mut Json, path: &str, new: impl Into<Json>) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    object_mut(value, parent).insert(name.to_owned(), new.into());
}

/// Sets the value at a path unless there is one.
pub(crate) fn set_default(value: &mut Json, path: &str, new: impl Into<Json>) {
    if at(value, path).is_null() {
        set(value, path, new);
    }
}

/// Takes the value at a path out of its object; the others keep their order.
pub(crate) fn remove(value: &mut Json, path: &str) -> Option<Json> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut here = value;
    for name in parent.split('.').filter(|it| !it.is_empty()) {
        here = here.get_mut(name)?;
    }
    here.as_object_mut()?.shift_remove(name)
}

/// The list at a path for changing; `None` if there is no list.
pub(crate) fn items_mut<'a>(value: &'a mut Json, path: &str) -> Option<&'a mut Vec<Json>> {
    let mut here = value;
    for name in path.split('.') {
        here = here.get_mut(name)?;
    }
    here.as_array_mut()
}

/// A label of an object.
pub(crate) fn label<'a>(object: &'a Json, key: &str) -> Option<&'a str> {
    at(object, "metadata.labels").get(key)?.as_str()
}

/// An annotation of an object.
pub(crate) fn annotation<'a>(object: &'a Json, key: &str) -> Option<&'a str> {
    at(object, "metadata.annotations").get(key)?.as_str()
}

/// The name of an object.
pub(crate) fn name(object: &Json) -> &str {
    text(object, "metadata.name")
}

/// The unique id of an object.
pub(crate) fn uid(object: &Json) -> &str {
    text(object, "metadata.uid")
}

/// Whether the object is being deleted.
pub(crate) fn terminating(object: &Json) -> bool {
    !at(object, "metadata.deletionTimestamp").is_null()
}

/// The owner reference that says who controls the object.
pub(crate) fn controller(object: &Json) -> Option<&Json> {
    items(object, "metadata.ownerReferences").iter().find(|it| flag(it, "controller"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_parts_are_made_and_read_as_nothing() {
        let mut it = json!({"a": {"b": 1}});
        assert_eq!(int(&it, "a.b"), Some(1));
        assert_eq!(text(&it, "a.b.c"), "");
        set(&mut it, "x.y.z", true);
        set_default(&mut it, "a.b", 2);
        assert!(flag(&it, "x.y.z"));
        assert_eq!(remove(&mut it, "x.y"), Some(json!({"z": true})));
        assert_eq!(remove(&mut it, "q.y"), None);
        assert_eq!(it, json!({"a": {"b": 1}, "x": {}}));
    }
}

//! Checks that JSON has the shape that the schema publishes, as an API server does with `fieldValidation=Strict`: a field
//! that does not exist or a value of the wrong type is a refusal of the whole request, not a warning.

use ko_evaluator::cluster::ApiError;
use ko_schema::{Kind, ListType, Schema, StringFormat, Type, TypeId};
use serde_json::Value as Json;

use crate::errors::{self, Cause};

/// How deep objects may nest; deeper than any published schema but `JSONSchemaProps`.
const MAX_DEPTH: usize = 64;

/// What was found wrong, in the order of discovery.
#[derive(Default)]
struct Findings {
    unknown: Vec<String>,
    duplicate: Vec<String>,
    mismatch: Option<String>,
    causes: Vec<Cause>,
}

/// Removes nulls, which mean absence, and checks the rest of `object` against the type of its kind.
///
/// # Errors
/// 400 for unknown fields and wrong types, 422 for missing fields, bad enum values and lists with equal keys.
pub(crate) fn check(
    schema: &Schema,
    kind: &Kind,
    name: &str,
    object: &mut Json,
) -> Result<(), ApiError> {
    drop_nulls(object, 0);
    let mut findings = Findings::default();
    let mut walk = Walk { schema, findings: &mut findings };
    walk.value(kind.object, object, "", kind.kind.as_str(), 0);
    if let Some(mismatch) = findings.mismatch {
        return Err(errors::cannot_decode(kind, &mismatch));
    }
    if !findings.unknown.is_empty() || !findings.duplicate.is_empty() {
        let texts: Vec<String> = findings
            .unknown
            .iter()
            .map(|it| format!("unknown field {it:?}"))
            .chain(findings.duplicate)
            .collect();
        let detail = format!("strict decoding error: {}", texts.join(", "));
        return Err(errors::cannot_decode(kind, &detail));
    }
    if findings.causes.is_empty() {
        Ok(())
    } else {
        Err(errors::invalid(kind, name, findings.causes))
    }
}

/// As [`check`], but leaves open whether everything that must be there is there: for patches and parts of objects.
///
/// # Errors
/// 400 for unknown fields and wrong types.
pub(crate) fn check_shape(schema: &Schema, kind: &Kind, object: &mut Json) -> Result<(), ApiError> {
    match check(schema, kind, "", object) {
        Err(error) if error.code == 400 => Err(error),
        _ => Ok(()),
    }
}

fn drop_nulls(value: &mut Json, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Json::Object(map) => {
            map.retain(|_, it| !it.is_null());
            map.values_mut().for_each(|it| drop_nulls(it, depth + 1));
        }
        Json::Array(list) => list.iter_mut().for_each(|it| drop_nulls(it, depth + 1)),
        _ => {}
    }
}

struct Walk<'a> {
    schema: &'a Schema,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    /// `place` names the Go field for messages of wrong types: `StatefulSetSpec.spec.replicas`.
    fn value(&mut self, ty: TypeId, value: &Json, path: &str, owner: &str, depth: usize) {
        if depth > MAX_DEPTH {
            self.mismatch(value, path, owner, "nesting that deep");
            return;
        }
        match self.schema.ty(ty) {
            Type::Struct(it) => {
                let Some(map) = value.as_object() else {
                    return self.mismatch(value, path, owner, &it.short_name);
                };
                for (name, inner) in map {
                    let inner_path = join(path, name);
                    match it.field(name) {
                        Some(field) => {
                            self.value(field.ty, inner, &inner_path, &it.short_name, depth + 1);
                        }
                        None if it.open => {}
                        None => self.findings.unknown.push(inner_path),
                    }
                }
                // Status is the server's own business.
                if !path.starts_with("status") && !path.starts_with("metadata") {
                    for field in it.fields.iter().filter(|it| it.required) {
                        if field.default.is_none() && !map.contains_key(field.name.as_str()) {
                            let place = join(path, &field.name);
                            self.findings.causes.push(Cause::required(place, ""));
                        }
                    }
                }
            }
            Type::Map(item) => {
                let Some(map) = value.as_object() else {
                    return self.mismatch(value, path, owner, "map[string]string");
                };
                for (name, inner) in map {
                    self.value(*item, inner, &join(path, name), owner, depth + 1);
                }
            }
            Type::List { item, list_type } => {
                let Some(list) = value.as_array() else {
                    return self.mismatch(value, path, owner, &self.list_name(*item));
                };
                for (at, inner) in list.iter().enumerate() {
                    self.value(*item, inner, &format!("{path}[{at}]"), owner, depth + 1);
                }
                self.duplicates(list, list_type, *item, path);
            }
            Type::String(format) => {
                let Some(text) = value.as_str() else {
                    return self.mismatch(value, path, owner, "string");
                };
                self.text(text, format, path, owner, value);
            }
            Type::Int32 => match value.as_i64() {
                Some(it) if i32::try_from(it).is_ok() => {}
                _ => self.mismatch(value, path, owner, "int32"),
            },
            Type::Int64 => {
                if value.as_i64().is_none() {
                    self.mismatch(value, path, owner, "int64");
                }
            }
            Type::Float => {
                if !value.is_number() {
                    self.mismatch(value, path, owner, "float64");
                }
            }
            Type::Bool => {
                if !value.is_boolean() {
                    self.mismatch(value, path, owner, "bool");
                }
            }
            Type::IntOrString => {
                if value.as_i64().is_none() && !value.is_string() {
                    self.mismatch(value, path, owner, "intstr.IntOrString");
                }
            }
            Type::Quantity => {
                let good = match value {
                    Json::String(text) => is_quantity(text),
                    it => it.is_number(),
                };
                if !good && self.findings.mismatch.is_none() {
                    self.findings.mismatch = Some(format!(
                        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' (field {path})"
                    ));
                }
            }
            Type::Any => {}
        }
    }

    fn text(&mut self, text: &str, format: &StringFormat, path: &str, owner: &str, value: &Json) {
        match format {
            StringFormat::Plain => {}
            StringFormat::DateTime => {
                if !looks_like_time(text) && self.findings.mismatch.is_none() {
                    self.findings.mismatch = Some(format!(
                        "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse (field {path})"
                    ));
                }
            }
            StringFormat::Bytes => {
                if !crate::base64::is_base64(text) {
                    self.mismatch(value, path, owner, "[]uint8 (base64)");
                }
            }
            StringFormat::Enum(allowed) => {
                if !text.is_empty()
                    && !path.starts_with("status")
                    && !allowed.iter().any(|it| it == text)
                {
                    self.findings.causes.push(Cause::unsupported(path, text, allowed));
                }
            }
        }
    }

    fn duplicates(&mut self, list: &[Json], list_type: &ListType, item: TypeId, path: &str) {
        if *list_type == ListType::Atomic {
            return;
        }
        let keys: Vec<String> =
            list.iter().map(|it| element_key(self.schema, item, list_type, it)).collect();
        for (at, key) in keys.iter().enumerate() {
            if keys.iter().take(at).any(|it| it == key) {
                self.findings.causes.push(Cause {
                    field: format!("{path}[{at}]"),
                    reason: "FieldValueDuplicate",
                    message: format!("Duplicate value: {key}"),
                });
            }
        }
    }

    fn list_name(&self, item: TypeId) -> String {
        let item = match self.schema.ty(item) {
            Type::Struct(it) => it.short_name.to_string(),
            Type::Int32 => "int32".to_owned(),
            Type::Int64 => "int64".to_owned(),
            _ => "string".to_owned(),
        };
        format!("[]{item}")
    }

    fn mismatch(&mut self, value: &Json, path: &str, owner: &str, wanted: &str) {
        let found = match value {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Number(number) => {
                let message = format!(
                    "json: cannot unmarshal number {number} into Go struct field {owner}.{path} of type {wanted}"
                );
                self.findings.mismatch.get_or_insert(message);
                return;
            }
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        };
        let message = format!(
            "json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {wanted}"
        );
        self.findings.mismatch.get_or_insert(message);
    }
}

/// What tells an element of a list apart from the others: for a list of objects the values of the key fields, absent
/// ones replaced by the default of the schema.
pub(crate) fn element_key(
    schema: &Schema,
    item: TypeId,
    list_type: &ListType,
    element: &Json,
) -> String {
    let ListType::Map(keys) = list_type else { return element.to_string() };
    let fields = schema.ty(item).as_struct();
    let mut map = serde_json::Map::new();
    for key in keys {
        let value = element.get(key.as_str()).cloned().or_else(|| {
            fields.and_then(|it| it.field(key)).and_then(|it| it.default.as_deref().cloned())
        });
        if let Some(value) = value {
            map.insert(key.to_string(), value);
        }
    }
    Json::Object(map).to_string()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether `text` is an amount, as in
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
pub(crate) fn is_quantity(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    if text.len() - digits.len() > 1 {
        return false;
    }
    let end = digits.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let number_is_good = number.bytes().filter(|it| *it == b'.').count() <= 1
        && number.bytes().any(|it| it.is_ascii_digit());
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|it| {
        let it = it.strip_prefix(['+', '-']).unwrap_or(it);
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit())
    });
    const SUFFIXES: [&str; 17] =
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", ""];
    number_is_good && (SUFFIXES.contains(&suffix) || exponent)
}

fn looks_like_time(text: &str) -> bool {
    // Date, `T`, time, zone: enough to tell a moment from a slip.
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
        && bytes.get(13) == Some(&b':')
        && (text.ends_with('Z')
            || text.get(bytes.len() - 6..).is_some_and(|it| it.starts_with(['+', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn refused(kind: (&str, &str), mut object: Json, expected: Expect) {
        let schema = Schema::builtin();
        let kind = schema.find_kind(kind.0, kind.1).unwrap();
        let error = check(schema, kind, "db", &mut object).unwrap_err();
        expected.assert_eq(&format!("{} {error}", error.code));
    }

    #[test]
    fn unknown_fields_are_named_with_their_path() {
        refused(
            ("apps/v1", "StatefulSet"),
            json!({"spec": {"replica": 1, "selector": {}, "template": {"spec": {"containers": [
                {"name": "a", "imagee": "b"}
            ]}}}}),
            expect![[
                r#"400 StatefulSet in version "v1" cannot be handled as a StatefulSet: strict decoding error: unknown field "spec.replica", unknown field "spec.template.spec.containers[0].imagee""#
            ]],
        );
    }

    #[test]
    fn wrong_types_name_the_field() {
        refused(
            ("apps/v1", "StatefulSet"),
            json!({"spec": {"replicas": "3"}}),
            expect![[
                r#"400 StatefulSet in version "v1" cannot be handled as a StatefulSet: json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32"#
            ]],
        );
        refused(
            ("v1", "PersistentVolumeClaim"),
            json!({"spec": {"resources": {"requests": {"storage": "10 GB"}}}}),
            expect![[
                r#"400 PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' (field spec.resources.requests.storage)"#
            ]],
        );
    }

    #[test]
    fn missing_and_impossible_values_are_invalid() {
        refused(
            ("v1", "Pod"),
            json!({"spec": {"restartPolicy": "Sometimes", "containers": [
                {"name": "a"}, {"name": "a"}, {}
            ]}}),
            expect![[
                r#"422 Pod "db" is invalid: [spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure", spec.containers[2].name: Required value, spec.containers[1]: Duplicate value: {"name":"a"}]"#
            ]],
        );
    }

    #[test]
    fn quantities() {
        for good in ["1", "250m", "1.5Gi", "1e3", "-1k", "10E", ".5"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "m", "1 Gi", "1GB", "1.2.3", "e3", "--1"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}

//! Label and field selectors: parsing and matching.
//! Sources: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>,
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/>.

use ko_evaluator::cluster::ApiError;
use ko_schema::Kind;
use serde_json::Value as Json;

use crate::{errors, json};

/// One requirement of a label selector.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// A label selector: all requirements must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels(Vec<Requirement>);

impl Labels {
    /// Parses the text form: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    ///
    /// # Errors
    /// 400 with what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Labels, ApiError> {
        let mut requirements = Vec::new();
        for part in split_outside_parentheses(text) {
            let part = part.trim();
            if part.is_empty() {
                if text.trim().is_empty() {
                    continue;
                }
                return Err(unparsable(text, "found ',', expected: identifier"));
            }
            requirements
                .push(requirement(part).ok_or_else(|| unparsable(text, "unexpected requirement"))?);
        }
        for requirement in &requirements {
            let (key, values): (&str, &[String]) = match requirement {
                Requirement::In(key, values) | Requirement::NotIn(key, values) => (key, values),
                Requirement::Exists(key) | Requirement::Absent(key) => (key, &[]),
            };
            if !is_label_key(key) {
                return Err(unparsable(text, &format!("key: Invalid value: {key:?}")));
            }
            if let Some(value) = values.iter().find(|it| !is_label_value(it)) {
                return Err(unparsable(text, &format!("values: Invalid value: {value:?}")));
            }
        }
        Ok(Labels(requirements))
    }

    /// Takes a `LabelSelector` (`matchLabels`, `matchExpressions`) as objects carry it.
    pub(crate) fn from_json(selector: &Json) -> Labels {
        let mut requirements = Vec::new();
        if let Some(labels) = json::at(selector, "matchLabels").as_object() {
            for (key, value) in labels {
                let value = value.as_str().unwrap_or_default().to_owned();
                requirements.push(Requirement::In(key.clone(), vec![value]));
            }
        }
        for expression in json::items(selector, "matchExpressions") {
            let key = json::text(expression, "key").to_owned();
            let values = json::items(expression, "values")
                .iter()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect();
            requirements.push(match json::text(expression, "operator") {
                "In" => Requirement::In(key, values),
                "NotIn" => Requirement::NotIn(key, values),
                "DoesNotExist" => Requirement::Absent(key),
                _ => Requirement::Exists(key),
            });
        }
        Labels(requirements)
    }

    /// Whether nothing is required, so that everything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the labels of an object match.
    pub(crate) fn matches(&self, object: &Json) -> bool {
        self.matches_labels(json::at(object, "metadata.labels"))
    }

    /// Whether a map of labels matches.
    pub(crate) fn matches_labels(&self, labels: &Json) -> bool {
        let value = |key: &str| labels.get(key).and_then(Json::as_str);
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => {
                value(key).is_some_and(|value| values.iter().any(|it| it == value))
            }
            Requirement::NotIn(key, values) => {
                value(key).is_none_or(|value| values.iter().all(|it| it != value))
            }
            Requirement::Exists(key) => value(key).is_some(),
            Requirement::Absent(key) => value(key).is_none(),
        })
    }
}

fn unparsable(text: &str, detail: &str) -> ApiError {
    errors::bad_request(format!(
        "unable to parse requirement: {detail} (in the label selector {text:?})"
    ))
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn requirement(part: &str) -> Option<Requirement> {
    if let Some(key) = part.strip_prefix('!') {
        return Some(Requirement::Absent(key.trim().to_owned()));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Requirement::NotIn(key.trim().to_owned(), vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Requirement::In(key.trim().to_owned(), vec![value.trim().to_owned()]));
    }
    if let Some((head, values)) = part.split_once('(') {
        let values = values
            .trim_end()
            .strip_suffix(')')?
            .split(',')
            .map(|it| it.trim().to_owned())
            .collect();
        let mut words = head.split_whitespace();
        let (key, operator) = (words.next()?.to_owned(), words.next()?);
        return match (operator, words.next()) {
            ("in", None) => Some(Requirement::In(key, values)),
            ("notin", None) => Some(Requirement::NotIn(key, values)),
            _ => None,
        };
    }
    (!part.contains(char::is_whitespace)).then(|| Requirement::Exists(part.to_owned()))
}

/// Whether `text` is a label value: at most 63 characters, alphanumeric at both ends.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_qualified_part(text)
}

/// Whether `text` is a label key, perhaps with a DNS prefix.
pub(crate) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_qualified_part(name),
        None => is_qualified_part(text),
    }
}

fn is_qualified_part(text: &str) -> bool {
    let alphanumeric = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    text.len() <= 63
        && alphanumeric(text.bytes().next())
        && alphanumeric(text.bytes().last())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
}

/// Whether `text` is a DNS label (RFC 1123): lower case, at most 63 characters.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.len() <= 63
        && text.bytes().next().is_some_and(inner)
        && text.bytes().last().is_some_and(inner)
        && text.bytes().all(|it| inner(it) || it == b'-')
}

/// Whether `text` is a DNS subdomain (RFC 1123): labels with dots between, at most 253 characters.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|it| {
            let inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
            it.bytes().next().is_some_and(inner)
                && it.bytes().last().is_some_and(inner)
                && it.bytes().all(|it| inner(it) || it == b'-')
        })
}

/// A field selector: (path, wanted value, whether equal).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String, bool)>);

impl Fields {
    /// Parses the text form: `metadata.name=a,status.phase!=Running`.
    ///
    /// # Errors
    /// 400 when it cannot be parsed, or when the kind does not support a field.
    pub(crate) fn parse(kind: &Kind, text: &str) -> Result<Fields, ApiError> {
        let mut requirements = Vec::new();
        for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (field, value, equal) = if let Some((field, value)) = part.split_once("!=") {
                (field, value, false)
            } else if let Some((field, value)) =
                part.split_once("==").or_else(|| part.split_once('='))
            {
                (field, value, true)
            } else {
                return Err(errors::bad_request(format!(
                    "invalid selector: {text:?}; can't understand {part:?}"
                )));
            };
            if !kind.selectable_fields().any(|it| it == field) {
                return Err(errors::bad_request(format!(
                    "field label not supported: {field} (supported for {}: {})",
                    kind.kind,
                    kind.selectable_fields().collect::<Vec<_>>().join(", ")
                )));
            }
            requirements.push((field.to_owned(), value.to_owned(), equal));
        }
        Ok(Fields(requirements))
    }

    /// Whether the fields of an object match.
    pub(crate) fn matches(&self, object: &Json) -> bool {
        self.0.iter().all(|(path, wanted, equal)| (value_of(object, path) == *wanted) == *equal)
    }
}

fn value_of(object: &Json, path: &str) -> String {
    // Computed by the server from another field.
    let path = if path == "status.successful" { "status.succeeded" } else { path };
    match json::at(object, path) {
        Json::String(text) => text.clone(),
        Json::Null if path == "status.succeeded" => "0".to_owned(),
        Json::Null if path.starts_with("spec.unschedulable") || path == "spec.hostNetwork" => {
            "false".to_owned()
        }
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(selector: &str) -> bool {
        let object = json!({"metadata": {"labels": {"app": "db", "tier": "back", "a.b/c": "1"}}});
        Labels::parse(selector).unwrap().matches(&object)
    }

    #[test]
    fn requirements_match_as_documented() {
        for yes in [
            "",
            "app=db",
            "app==db,tier=back",
            "app in (web, db)",
            "app notin (web),tier",
            "!missing",
            "missing!=x",
            "missing notin (x)",
            "a.b/c=1",
        ] {
            assert!(matches(yes), "{yes}");
        }
        for no in ["app=web", "app!=db", "app notin (db)", "missing", "!app", "missing in (x)"] {
            assert!(!matches(no), "{no}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["=", "a b", "app in db", "app of (db)", "a,,b", "app=a b", "-x", ","] {
            let error = Labels::parse(text).unwrap_err();
            assert_eq!(error.code, 400, "{text}");
        }
    }

    #[test]
    fn fields_of_the_table_only() {
        let pod = ko_schema::Schema::builtin().find_kind("v1", "Pod").unwrap();
        let fields = Fields::parse(pod, "status.phase=Running,metadata.name!=x").unwrap();
        assert!(
            fields.matches(&json!({"metadata": {"name": "a"}, "status": {"phase": "Running"}}))
        );
        assert!(
            !fields.matches(&json!({"metadata": {"name": "x"}, "status": {"phase": "Running"}}))
        );
        let error = Fields::parse(pod, "spec.foo=1").unwrap_err();
        assert!(error.message.starts_with("field label not supported: spec.foo"), "{error}");
    }
}

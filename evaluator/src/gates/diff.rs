//! What differs between an object as it is and as a program wants it, for people.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// How many differences are worth showing.
const SHOWN: usize = 12;

/// The fields of the metadata, and parts of the object, that change by themselves.
const IGNORED: [&str; 6] = [
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.creationTimestamp",
    "metadata.uid",
    "status",
];

/// The places where `live` and `wanted` differ, as `path: old → new`; none if they agree. Values of Secrets are hidden.
pub(super) fn differences(live: &Json, wanted: &Json) -> Vec<String> {
    let hide = live["kind"] == "Secret" && live["apiVersion"] == "v1";
    let mut out = Vec::new();
    compare(live, wanted, "", hide, &mut out);
    if out.len() > SHOWN {
        let more = out.len() - SHOWN;
        out.truncate(SHOWN);
        out.push(format!("and {more} more"));
    }
    out
}

fn compare(live: &Json, wanted: &Json, path: &str, hide: bool, out: &mut Vec<String>) {
    if live == wanted || IGNORED.contains(&path) {
        return;
    }
    let join =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (live, wanted) {
        (Json::Object(a), Json::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let (a, b) = (a.get(name), b.get(name));
                compare(a.unwrap_or(&Json::Null), b.unwrap_or(&Json::Null), &join(name), hide, out);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, &format!("{path}[{at}]"), hide, out);
            }
        }
        _ => {
            let secret = hide && (path.starts_with("data") || path.starts_with("stringData"));
            let text = |value: &Json| match value {
                Json::Null => "absent".to_owned(),
                _ if secret => "<secret>".to_owned(),
                value => shorten(&value.to_string()),
            };
            out.push(format!("{path}: {} → {}", text(live), text(wanted)));
        }
    }
}

fn shorten(text: &str) -> String {
    const LENGTH: usize = 80;
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    text.chars().take(LENGTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_a_program_wrote_counts() {
        let live = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"resourceVersion": "1", "labels": {"a": "b"}},
            "data": {"k": "old"}, "status": {"x": 1}, "spec": {"ports": [{"port": 1}, {"port": 2}]}});
        let mut wanted = live.clone();
        wanted["metadata"]["resourceVersion"] = "2".into();
        wanted["status"]["x"] = 2.into();
        assert!(differences(&live, &wanted).is_empty());
        wanted["data"]["k"] = "new".into();
        wanted["spec"]["ports"][1]["port"] = 3.into();
        wanted["metadata"]["labels"] = json!({"c": "d"});
        assert_eq!(
            differences(&live, &wanted),
            [
                "data.k: <secret> → <secret>",
                "metadata.labels.a: \"b\" → absent",
                "metadata.labels.c: absent → \"d\"",
                "spec.ports[1].port: 2 → 3",
            ]
        );
    }
}

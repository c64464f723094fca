//! Refusals and timeouts as panics that a program can look into.

use ko_schema::{Gate, Kind};

use super::events::Event;
use crate::cluster::ApiError;
use crate::failure::{Failure, FailureKind};
use crate::value::Value;

/// The panic for a refusal: its value tells programs, its message tells people.
pub(super) fn refused(
    gate: &Gate,
    kind: &Kind,
    (namespace, name): (Option<&str>, &str),
    error: &ApiError,
) -> Failure {
    let causes = error
        .causes
        .iter()
        .map(|(field, reason, message)| {
            Value::structure([
                ("field", Value::string(field)),
                ("reason", Value::string(reason)),
                ("message", Value::string(message)),
            ])
        })
        .collect();
    // All are structures of the same fields.
    let causes = Value::sequence(causes).unwrap_or_default();
    // In seconds.
    let retry_after = error.retry_after.map(|it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX));
    let retry_after = retry_after.map(Value::int).unwrap_or_default();
    let value = Value::structure([(
        "k8s",
        Value::structure([
            ("code", Value::int(error.code.into())),
            ("reason", Value::string(&error.reason)),
            ("message", Value::string(&error.message)),
            ("kind", Value::string(&kind.kind)),
            ("namespace", namespace.map(Value::string).unwrap_or_default()),
            ("name", if name.is_empty() { Value::Empty } else { Value::string(name) }),
            ("causes", causes),
            ("retryAfter", retry_after),
        ]),
    )]);
    let message = format!("{}: {}", target(gate, namespace, name), error.message);
    Failure { kind: FailureKind::Panic(value), message, trace: Vec::new(), steps: Vec::new() }
}

/// The panic for a wait that took too long or cannot end: adds what was last seen and what was last heard.
pub(super) fn gave_up(
    gate: &Gate,
    kind: &Kind,
    place: (Option<&str>, &str),
    reason: &str,
    message: &str,
    last: Value,
    events: &[Event],
) -> Failure {
    let error = ApiError {
        // No answer of a server: it was the gate that lost patience.
        code: 0,
        reason: reason.to_owned(),
        message: message.to_owned(),
        ..ApiError::default()
    };
    let mut failure = refused(gate, kind, place, &error);
    if let FailureKind::Panic(Value::Structure(outer)) = &failure.kind
        && let Some(Value::Structure(inner)) = outer.get("k8s")
    {
        let mut fields: Vec<(ecow::EcoString, Value)> =
            inner.fields().iter().map(|it| (it.name.clone(), it.value.clone())).collect();
        fields.push(("last".into(), last));
        let events = events.iter().map(Event::value).collect();
        fields.push(("events".into(), Value::sequence(events).unwrap_or_default()));
        failure.kind = FailureKind::Panic(Value::structure([("k8s", Value::structure(fields))]));
    }
    failure
}

fn target(gate: &Gate, namespace: Option<&str>, name: &str) -> String {
    match (namespace, name) {
        (Some(namespace), "") => format!("{} in {namespace}", gate.name),
        (Some(namespace), name) => format!("{} {name} in {namespace}", gate.name),
        (None, "") => gate.name.to_string(),
        (None, name) => format!("{} {name}", gate.name),
    }
}

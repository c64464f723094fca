//! The refusals of the sandbox, in the words of a Kubernetes API server: people search for these texts, and programs
//! branch on code and reason (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>).

use ko_evaluator::cluster::ApiError;
use ko_schema::Kind;

/// One thing wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    /// Path of the field.
    pub(crate) field: String,
    /// `FieldValueRequired`, `FieldValueInvalid`, …
    pub(crate) reason: &'static str,
    /// What is wrong.
    pub(crate) message: String,
}

impl Cause {
    /// A field that must be there is not.
    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Cause {
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        Cause {
            field: field.into(),
            reason: "FieldValueRequired",
            message: format!("Required value{detail}"),
        }
    }

    /// The value of a field is wrong. `value` is JSON, or text as it is to be shown.
    pub(crate) fn invalid(
        field: impl Into<String>,
        value: &impl std::fmt::Display,
        detail: &str,
    ) -> Cause {
        Cause {
            field: field.into(),
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {detail}"),
        }
    }

    /// The value of a field is none of those allowed.
    pub(crate) fn unsupported<S: AsRef<str>>(
        field: impl Into<String>,
        value: &str,
        allowed: &[S],
    ) -> Cause {
        let mut allowed: Vec<String> =
            allowed.iter().map(|it| format!("{:?}", it.as_ref())).collect();
        allowed.sort();
        Cause {
            field: field.into(),
            reason: "FieldValueNotSupported",
            message: format!(
                "Unsupported value: {value:?}: supported values: {}",
                allowed.join(", ")
            ),
        }
    }

    /// The field may not be set like this.
    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Cause {
        Cause {
            field: field.into(),
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {detail}"),
        }
    }

    /// Two elements of a list are the same.
    pub(crate) fn duplicate(field: impl Into<String>, value: &str) -> Cause {
        Cause {
            field: field.into(),
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: {value:?}"),
        }
    }

    /// What the field refers to does not exist.
    pub(crate) fn not_found(field: impl Into<String>, value: &str) -> Cause {
        Cause {
            field: field.into(),
            reason: "FieldValueNotFound",
            message: format!("Not found: {value:?}"),
        }
    }
}

fn error(code: u16, reason: &str, message: String) -> ApiError {
    ApiError { code, reason: reason.to_owned(), message, ..ApiError::default() }
}

/// 404 for an object.
pub(crate) fn not_found(kind: &Kind, name: &str) -> ApiError {
    error(404, "NotFound", format!("{} {name:?} not found", kind.qualified_resource()))
}

/// 404 for a path.
pub(crate) fn no_such_resource() -> ApiError {
    error(404, "NotFound", "the server could not find the requested resource".to_owned())
}

/// 409 for a name that is taken.
pub(crate) fn already_exists(kind: &Kind, name: &str) -> ApiError {
    error(409, "AlreadyExists", format!("{} {name:?} already exists", kind.qualified_resource()))
}

/// 409 for an object that is not in the expected state.
pub(crate) fn conflict(kind: &Kind, name: &str, detail: &str) -> ApiError {
    let resource = kind.qualified_resource();
    error(
        409,
        "Conflict",
        format!("Operation cannot be fulfilled on {resource} {name:?}: {detail}"),
    )
}

/// 409 for an outdated `resourceVersion`.
pub(crate) fn outdated(kind: &Kind, name: &str) -> ApiError {
    conflict(
        kind,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )
}

/// 409 of server-side apply: fields that other managers own, as (manager, field), the manager as it is to be shown.
pub(crate) fn apply_conflict(conflicts: &[(String, String)]) -> ApiError {
    let causes: Vec<_> = conflicts
        .iter()
        .map(|(manager, field)| {
            (field.clone(), "FieldManagerConflict".to_owned(), format!("conflict with {manager}"))
        })
        .collect();
    let message = match conflicts {
        [(manager, field)] => {
            format!("Apply failed with 1 conflict: conflict with {manager}: {field}")
        }
        _ => {
            let lines: Vec<String> = conflicts
                .iter()
                .map(|(manager, field)| format!("conflict with {manager}: {field}"))
                .collect();
            format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
        }
    };
    ApiError { causes, ..error(409, "Conflict", message) }
}

/// 422 for an object that makes no sense.
pub(crate) fn invalid(kind: &Kind, name: &str, causes: Vec<Cause>) -> ApiError {
    let qualified = if kind.group.is_empty() {
        kind.kind.to_string()
    } else {
        format!("{}.{}", kind.kind, kind.group)
    };
    let texts: Vec<String> =
        causes.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
    let detail = match texts.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", texts.join(", ")),
    };
    ApiError {
        causes: causes.into_iter().map(|it| (it.field, it.reason.to_owned(), it.message)).collect(),
        ..error(422, "Invalid", format!("{qualified} {name:?} is invalid: {detail}"))
    }
}

/// 501: the sandbox does not play this.
pub(crate) fn not_simulated(message: &str) -> ApiError {
    error(501, "NotImplemented", message.to_owned())
}

/// 429: an eviction that a disruption budget does not allow now.
pub(crate) fn budget_exhausted(budget: &str) -> ApiError {
    ApiError {
        causes: vec![(
            String::new(),
            "DisruptionBudget".to_owned(),
            format!("The disruption budget {budget} does not allow it now"),
        )],
        retry_after: Some(std::time::Duration::from_secs(10)),
        ..error(
            429,
            "TooManyRequests",
            "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        )
    }
}

/// 400.
pub(crate) fn bad_request(message: impl Into<String>) -> ApiError {
    error(400, "BadRequest", message.into())
}

/// 400 for JSON that is not of the kind.
pub(crate) fn cannot_decode(kind: &Kind, detail: &str) -> ApiError {
    bad_request(format!(
        "{0} in version {1:?} cannot be handled as a {0}: {detail}",
        kind.kind, kind.version
    ))
}

/// 403 for something new in a namespace that is going away.
pub(crate) fn namespace_terminating(kind: &Kind, name: &str, namespace: &str) -> ApiError {
    let mut it = error(
        403,
        "Forbidden",
        format!(
            "{} {name:?} is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            kind.qualified_resource()
        ),
    );
    it.causes.push((
        "metadata.namespace".to_owned(),
        "NamespaceTerminating".to_owned(),
        format!("namespace {namespace} is being terminated"),
    ));
    it
}

/// 403 for what is not allowed at all.
pub(crate) fn forbidden(kind: &Kind, name: &str, detail: &str) -> ApiError {
    error(
        403,
        "Forbidden",
        format!("{} {name:?} is forbidden: {detail}", kind.qualified_resource()),
    )
}

/// 405.
pub(crate) fn not_allowed() -> ApiError {
    error(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource".to_owned(),
    )
}

/// 410 for a version that the event log no longer reaches back to.
pub(crate) fn expired(from: u64, oldest: u64) -> ApiError {
    error(410, "Expired", format!("too old resource version: {from} ({oldest})"))
}

/// 415 for a patch that the kind does not take.
pub(crate) fn unsupported_patch() -> ApiError {
    error(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml".to_owned(),
    )
}

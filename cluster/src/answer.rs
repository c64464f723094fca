//! Answers of the API server: objects, and refusals as the evaluator knows them.

use std::time::Duration;

use http::{HeaderMap, header};
use ko_evaluator::cluster::{ApiError, NO_ANSWER, Resource};
use kube::core::Status;
use serde_json::Value as Json;

use crate::connection::ConnectError;

/// The object in an answer, or the refusal.
pub(crate) fn read(
    code: u16,
    retry_after: Option<Duration>,
    body: &[u8],
) -> Result<Json, ApiError> {
    let parsed = serde_json::from_slice::<Json>(body);
    if (200..300).contains(&code) {
        return parsed.map_err(|error| no_answer(format!("the answer is not JSON: {error}")));
    }
    match parsed {
        Ok(json) if json["kind"] == "Status" => {
            let error = refusal(code, &json);
            Err(ApiError { retry_after: retry_after.or(error.retry_after), ..error })
        }
        // A proxy, or a server before it is ready, answers in text.
        _ => {
            let text: String = String::from_utf8_lossy(body).chars().take(200).collect();
            let reason = match code {
                401 => "Unauthorized",
                403 => "Forbidden",
                404 => "NotFound",
                429 => "TooManyRequests",
                503 => "ServiceUnavailable",
                504 => "Timeout",
                _ => "",
            };
            Err(ApiError {
                code,
                reason: reason.to_owned(),
                message: format!("HTTP {code}: {}", text.trim()),
                retry_after,
                ..ApiError::default()
            })
        }
    }
}

fn refusal(code: u16, status: &Json) -> ApiError {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let causes = status["details"]["causes"].as_array().into_iter().flatten();
    ApiError {
        code,
        reason: text(&status["reason"]),
        message: text(&status["message"]),
        causes: causes
            .map(|it| (text(&it["field"]), text(&it["reason"]), text(&it["message"])))
            .collect(),
        retry_after: status["details"]["retryAfterSeconds"]
            .as_u64()
            .filter(|it| *it > 0)
            .map(Duration::from_secs),
    }
}

/// The reason that `kube` invents for an answer that is no `Status`, whose text is the message then.
const NOT_PARSED: &str = "Failed to parse error data";

/// A refusal as `kube` parses it.
pub(crate) fn status(status: &Status) -> ApiError {
    if status.reason == NOT_PARSED
        && let Err(error) = read(status.code, None, status.message.as_bytes())
    {
        return error;
    }
    let causes = status.details.iter().flat_map(|it| &it.causes);
    ApiError {
        code: status.code,
        reason: status.reason.clone(),
        message: status.message.clone(),
        causes: causes
            .map(|it| (it.field.clone(), it.reason.clone(), it.message.clone()))
            .collect(),
        retry_after: None,
    }
}

/// A failure of the client: refused by the server, or no answer at all.
pub(crate) fn failure(error: &kube::Error) -> ApiError {
    match error {
        kube::Error::Api(it) => status(it),
        other => {
            // The outer errors of the client say little; the cause at the end says what happened.
            let mut texts = vec![other.to_string()];
            let mut source = std::error::Error::source(other);
            while let Some(error) = source {
                let text = error.to_string();
                if !texts.iter().any(|it| it.contains(&text)) {
                    texts.push(text);
                }
                source = error.source();
            }
            no_answer(format!("no answer from the API server: {}", texts.join(": ")))
        }
    }
}

/// An error without an answer.
pub(crate) fn no_answer(message: String) -> ApiError {
    ApiError { reason: NO_ANSWER.to_owned(), message, ..ApiError::default() }
}

/// An error that asking again does not help against.
pub(crate) fn unreadable(message: String) -> ApiError {
    ApiError { reason: "Unreadable".to_owned(), message, ..ApiError::default() }
}

/// Why no request was sent, or no answer came.
pub(crate) fn unconnected(error: &ConnectError) -> ApiError {
    let reason = match error {
        ConnectError::Unreachable(_) => NO_ANSWER,
        ConnectError::TooLarge(_) => "TooLarge",
        ConnectError::SignedOut(_) => "Unauthorized",
        ConnectError::Context(_) | ConnectError::Consent(_) | ConnectError::Configuration(_) => {
            "NotConnected"
        }
    };
    ApiError { reason: reason.to_owned(), message: error.to_string(), ..ApiError::default() }
}

/// The seconds in the header `Retry-After` (RFC 9110 §10.2.3); Kubernetes sends no dates there.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Takes away who wrote what, which nobody asks for and which is a third of many an object: of lists and events that matters.
pub(crate) fn strip(object: &mut Json) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("managedFields");
    }
}

/// Items of lists do not say what they are; objects by themselves do.
pub(crate) fn identify(resource: &Resource, object: &mut Json) {
    if let Some(map) = object.as_object_mut() {
        map.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        map.entry("kind").or_insert_with(|| resource.kind.clone().into());
    }
}

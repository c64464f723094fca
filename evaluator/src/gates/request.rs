//! Sending the requests of a gate: again when the server is busy or its answer was lost, not beyond the deadline of the
//! call, and without giving up a write that is under way when the run is cancelled.
//!
//! Sources: <https://kubernetes.io/docs/reference/using-api/api-concepts/>, RFC 9110 §10.2.3 (`Retry-After`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Call, duration};
use crate::cluster::{ApiError, NO_ANSWER};

/// How long one request may go without an answer.
const ATTEMPT: Duration = Duration::from_secs(30);

/// How often a request is sent again whose answer was lost. Nobody may be there at all, which should soon be said.
const LOST: u32 = 3;

/// The first rest before a request is sent again; each further one is twice as long.
const FIRST_REST: Duration = Duration::from_millis(250);

/// The longest rest, also if the server asks for a longer one.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// When a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Also if it may have arrived: twice has the same effect as once.
    Always,
    /// Only if the server said that it did nothing.
    IfRefused,
}

impl Call<'_> {
    /// Sends a request that changes nothing.
    pub(super) async fn read<'r, T>(
        &self,
        request: impl FnMut() -> BoxFuture<'r, Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        self.send(Again::Always, None, request).await
    }

    /// Sends a request that changes something; `what` says what, such as `created Pod a`. Once the run is cancelled
    /// nothing is sent any more; what was sent before is waited for.
    pub(super) async fn write<'r, T>(
        &self,
        again: Again,
        what: &str,
        request: impl FnMut() -> BoxFuture<'r, Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        self.send(again, Some(what), request).await
    }

    /// Sends a request that must not arrive twice, and that takes as long as the call may take. It is sent again only when the
    /// server has said that it did nothing.
    pub(super) async fn run_once<'r, T>(
        &self,
        what: &str,
        mut request: impl FnMut() -> BoxFuture<'r, Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let mut tries = 0;
        loop {
            let left = self.deadline.saturating_sub(self.cluster.now());
            let answer = tokio::select! {
                biased;
                answer = request() => answer,
                () = self.cluster.sleep(left) => {
                    self.context.writes.note(format!("perhaps {what}"));
                    return Err(ApiError {
                        reason: "Timeout".to_owned(),
                        message: format!("not finished after {}", duration::text(self.time)),
                        ..ApiError::default()
                    });
                }
            };
            let Err(mut error) = answer else { return answer };
            tries += 1;
            let rest = rest(tries, error.retry_after, self.cluster.now());
            let left = self.deadline.saturating_sub(self.cluster.now());
            if !is_busy(&error) || rest >= left {
                if tries > 1 {
                    error.message = format!("{} (asked {})", error.message, times(tries));
                }
                return Err(error);
            }
            self.context
                .progress(format!("the server is busy; asking again in {}", duration::text(rest)));
            self.cluster.sleep(rest).await;
        }
    }

    async fn send<'r, T>(
        &self,
        again: Again,
        write: Option<&str>,
        mut request: impl FnMut() -> BoxFuture<'r, Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let (mut tries, mut lost) = (0, 0);
        loop {
            let left = self.deadline.saturating_sub(self.cluster.now());
            let attempt = left.min(ATTEMPT);
            let open = match write {
                Some(_) if self.context.cancel.is_cancelled() => {
                    // The evaluator drops the call as soon as nothing is under way.
                    std::future::pending::<()>().await;
                    None
                }
                Some(what) => Some(self.context.writes.begin(what.to_owned())),
                None => None,
            };
            let answer = tokio::select! {
                biased;
                answer = request() => answer,
                () = self.cluster.sleep(attempt) => Err(ApiError {
                    reason: NO_ANSWER.to_owned(),
                    message: format!("the server has not answered within {}", duration::text(attempt)),
                    ..ApiError::default()
                }),
            };
            let mut error = match answer {
                Ok(answer) => {
                    if let Some(what) = write {
                        self.context.writes.note(what.to_owned());
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            drop(open);
            tries += 1;
            let is_lost = is_lost(&error);
            lost += u32::from(is_lost);
            let may = match (is_lost, again) {
                (true, Again::Always) => lost <= LOST,
                (true, Again::IfRefused) => false,
                (false, _) => is_busy(&error),
            };
            let rest = rest(tries, error.retry_after, self.cluster.now());
            let left = self.deadline.saturating_sub(self.cluster.now());
            if !may || rest >= left {
                if may || tries > 1 {
                    error.message = format!("{} (asked {})", error.message, times(tries));
                }
                if is_lost && let Some(what) = write {
                    error.message.push_str("; the server may have done it all the same");
                    self.context.writes.note(format!("perhaps {what}"));
                }
                return Err(error);
            }
            let said = if is_lost { "no answer" } else { "the server is busy" };
            self.context.progress(format!("{said}; asking again in {}", duration::text(rest)));
            self.cluster.sleep(rest).await;
        }
    }
}

/// Whether nobody knows what became of the request.
pub(super) fn is_lost(error: &ApiError) -> bool {
    error.code == 0 && error.reason == NO_ANSWER || error.code == 504
}

/// Whether the server did nothing now and may do it later.
pub(super) fn is_busy(error: &ApiError) -> bool {
    matches!(error.code, 429 | 503) || error.code == 500 && error.retry_after.is_some()
}

/// How long to rest before the next try: what the server asks for, or twice as long each time. A part of it comes from the
/// moment, so that those who failed together do not come back together; in virtual time it is always the same.
fn rest(tries: u32, asked: Option<Duration>, now: Duration) -> Duration {
    let doubled = FIRST_REST.saturating_mul(1 << tries.saturating_sub(1).min(10));
    let base = asked.unwrap_or(doubled).clamp(FIRST_REST, LONGEST_REST);
    let mut hasher = DefaultHasher::new();
    (now.as_nanos(), tries).hash(&mut hasher);
    let part = u32::try_from(hasher.finish() % 256).unwrap_or_default();
    // Never earlier than the server wants.
    base.saturating_add(base / 1024 * part)
}

fn times(tries: u32) -> String {
    match tries {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{tries} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_a_limit_and_respect_the_server() {
        for (tries, asked, least, most) in [
            (1, None, 250, 313),
            (3, None, 1000, 1250),
            (30, None, 30_000, 37_500),
            (1, Some(5), 5000, 6250),
            (1, Some(0), 250, 313),
            (1, Some(1_000_000), 30_000, 37_500),
        ] {
            for now in 0..20 {
                let asked = asked.map(Duration::from_secs);
                let rest = rest(tries, asked, Duration::from_nanos(now)).as_millis();
                assert!((least..=most).contains(&rest), "{tries} {asked:?}: {rest}");
            }
        }
    }

    #[test]
    fn what_is_refused_for_good_is_not_sent_again() {
        let error = |code: u16, reason: &str| ApiError {
            code,
            reason: reason.to_owned(),
            ..ApiError::default()
        };
        for code in [400, 401, 403, 404, 409, 410, 415, 422, 500] {
            assert!(!is_busy(&error(code, "")) && !is_lost(&error(code, "")), "{code}");
        }
        assert!(is_busy(&error(429, "")) && is_busy(&error(503, "")));
        assert!(is_lost(&error(0, NO_ANSWER)) && is_lost(&error(504, "Timeout")));
        assert!(!is_lost(&error(0, "Timeout")));
    }
}

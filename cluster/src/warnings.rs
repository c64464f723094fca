//! Warnings of the server: the header `Warning: 299 - "text"`, which the client library drops
//! (<https://kubernetes.io/blog/2020/09/03/warnings/>).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Response, header};
use kube::client::ClientBuilder;
use kube::{Client, Config};
use tower::util::MapResponseLayer;

/// How many different warnings are kept; a server that says more repeats itself.
const MOST: usize = 100;

/// Keeps the warnings that pass.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl Collector {
    /// All since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *seen).into_iter().collect()
    }

    fn collect(&self, headers: &HeaderMap) {
        for value in headers.get_all(header::WARNING) {
            let Some(text) = value.to_str().ok().and_then(text) else { continue };
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() < MOST {
                seen.insert(text);
            }
        }
    }
}

/// A client whose answers pass by the collector.
pub(crate) fn client(config: Config, collector: &Collector) -> Result<Client, kube::Error> {
    let collector = collector.clone();
    let layer = MapResponseLayer::new(move |response: Response<_>| {
        collector.collect(response.headers());
        response
    });
    Ok(ClientBuilder::try_from(config)?.with_layer(&layer).build())
}

/// The text of `299 - "text"`, in which quotes and backslashes are escaped (RFC 9110 §5.6.4).
fn text(value: &str) -> Option<String> {
    let quoted = value.strip_prefix("299 ")?.split_once(' ')?.1.trim();
    let mut characters = quoted.strip_prefix('"')?.chars();
    let mut out = String::new();
    loop {
        match characters.next()? {
            '\\' => out.push(characters.next()?),
            '"' => return Some(out),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_warning() {
        assert_eq!(
            text(r#"299 - "v1 Endpoints is deprecated""#).unwrap(),
            "v1 Endpoints is deprecated"
        );
        assert_eq!(
            text(r#"299 - "unknown field \"spec.a\"""#).unwrap(),
            r#"unknown field "spec.a""#
        );
        assert_eq!(text(r#"110 - "stale""#), None);
        assert_eq!(text("299"), None);
        assert_eq!(text(r#"299 - "open"#), None);
    }

    #[test]
    fn warnings_are_kept_once_and_taken_once() {
        let collector = Collector::default();
        let mut headers = HeaderMap::new();
        headers.append(header::WARNING, r#"299 - "a""#.parse().unwrap());
        headers.append(header::WARNING, r#"299 - "b""#.parse().unwrap());
        headers.append(header::WARNING, r#"299 - "a""#.parse().unwrap());
        collector.collect(&headers);
        assert_eq!(collector.take(), ["a", "b"]);
        assert!(collector.take().is_empty());
    }
}

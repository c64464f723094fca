//! The client of `net/http`: one request, its redirects and its answer, read whole.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Method, Uri,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pooled, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use tokio::{
    runtime::{Handle, Runtime},
    task::JoinSet,
};

use super::proxy::{Connector, Rules};
use crate::json::base64;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

type Plain = Pooled<Connector, Full<Bytes>>;
type Secure = Pooled<HttpsConnector<Connector>, Full<Bytes>>;

/// A request.
#[derive(Debug, Clone)]
pub(in crate::library) struct Request {
    /// Such as `GET`.
    pub(in crate::library) method: String,
    /// With `http://` or `https://`.
    pub(in crate::library) url: String,
    /// Names and values.
    pub(in crate::library) headers: Vec<(String, Vec<u8>)>,
    /// The body, which may be empty.
    pub(in crate::library) body: Vec<u8>,
    /// How long all of it may take, redirects included.
    pub(in crate::library) timeout: Duration,
    /// Bytes that the body of the answer may have.
    pub(in crate::library) max_body: usize,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct Response {
    /// Such as 200.
    pub(in crate::library) status: u16,
    /// Names, in lower case, and values.
    pub(in crate::library) headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub(in crate::library) body: Vec<u8>,
}

/// Clients that keep connections open between requests, made when they are first needed.
///
/// Connections are served on one runtime, whichever thread of a run wants an answer: the runtimes of those threads stand
/// still while nobody waits.
pub(crate) struct Client {
    /// The runtime that the run was given.
    given: Option<Handle>,
    /// The one made for want of it, with one thread, or why there is none.
    own: OnceLock<Result<Runtime, String>>,
    /// Read with the first request: a run that sends none does not look at the environment.
    proxies: OnceLock<Rules>,
    plain: OnceLock<Plain>,
    /// Or why the system has no certificates to trust.
    secure: OnceLock<Result<Secure, String>>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(Ok(runtime)) = self.own.take() {
            // Without waiting: nobody wants what it may still do.
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// A client that works on this runtime, or on one of its own.
    pub(crate) fn new(runtime: Option<Handle>) -> Client {
        Client {
            given: runtime,
            own: OnceLock::new(),
            proxies: OnceLock::new(),
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    /// Sends a request and reads the answer, following redirects. To be dropped when nobody wants the answer any more.
    ///
    /// # Errors
    /// A URL, method or header that is none; no connection; no answer in time; an answer that is too large. Statuses such
    /// as 404 are answers.
    pub(in crate::library) async fn send(
        self: Arc<Self>,
        request: Request,
    ) -> Result<Response, String> {
        let handle = self.handle()?;
        let timeout = request.timeout;
        // Aborts what it holds when it is dropped.
        let mut task = JoinSet::new();
        let work = async move { tokio::time::timeout(timeout, self.follow(request)).await };
        task.spawn_on(work, &handle);
        match task.join_next().await {
            Some(Ok(Ok(result))) => result,
            Some(Ok(Err(_))) => Err(format!("no answer within {} s", timeout.as_secs_f64())),
            Some(Err(_)) | None => Err("the request was given up".to_owned()),
        }
    }

    fn handle(&self) -> Result<Handle, String> {
        if let Some(handle) = &self.given {
            return Ok(handle.clone());
        }
        let own = self.own.get_or_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("ko-http")
                .enable_all()
                .build()
                .map_err(|error| format!("the system gives no event loop: {error}"))
        });
        own.as_ref().map(|runtime| runtime.handle().clone()).map_err(Clone::clone)
    }

    async fn follow(&self, request: Request) -> Result<Response, String> {
        let mut method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| "the method is none of HTTP".to_owned())?;
        let mut uri = parse_url(&request.url)?;
        let mut headers = header_map(&request.headers)?;
        let mut body = Bytes::from(request.body);
        for _ in 0..=MAX_REDIRECTS {
            let response =
                self.send_one(&method, &uri, &headers, body.clone(), request.max_body).await?;
            let target = response.headers.iter().find(|(name, _)| name == "location");
            let Some((_, target)) =
                target.filter(|_| matches!(response.status, 301..=303 | 307 | 308))
            else {
                return Ok(response);
            };
            let next = resolve(&uri, &String::from_utf8_lossy(target))?;
            if next.authority() != uri.authority() || next.scheme() != uri.scheme() {
                // What is meant for one host is not for another.
                for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
                    headers.remove(name);
                }
            }
            if response.status < 307 && method != Method::HEAD && method != Method::GET {
                method = Method::GET;
                body = Bytes::new();
                headers.remove(header::CONTENT_TYPE);
            }
            uri = next;
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }

    async fn send_one(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        max_body: usize,
    ) -> Result<Response, String> {
        let (uri, user) = without_user(uri)?;
        let secure = uri.scheme_str() == Some("https");
        let mut request = hyper::Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.headers_mut() = headers.clone();
        if let Some(value) = self.proxies().authorization(&uri) {
            request.headers_mut().entry(header::PROXY_AUTHORIZATION).or_insert(value);
        }
        *request.uri_mut() = uri;
        if let Some(user) = user
            && let Ok(value) = HeaderValue::from_str(&format!("Basic {}", base64(user.as_bytes())))
        {
            request.headers_mut().entry(header::AUTHORIZATION).or_insert(value);
        }
        let response = if secure {
            self.secure()?.request(request).await
        } else {
            self.plain().request(request).await
        };
        let (head, body) = response.map_err(|error| causes(&error))?.into_parts();
        let body = Limited::new(body, max_body).collect().await.map_err(|error| {
            match error.downcast_ref::<http_body_util::LengthLimitError>() {
                Some(_) => format!("the answer is larger than {max_body} bytes"),
                None => causes(&*error),
            }
        })?;
        let headers = head.headers.iter();
        Ok(Response {
            status: head.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body.to_bytes().to_vec(),
        })
    }

    fn proxies(&self) -> &Rules {
        self.proxies.get_or_init(Rules::of_environment)
    }

    fn connector(&self) -> Connector {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Connector::new(tcp, self.proxies().clone())
    }

    fn plain(&self) -> &Plain {
        self.plain.get_or_init(|| pooled(self.connector()))
    }

    fn secure(&self) -> Result<&Secure, String> {
        let client = self.secure.get_or_init(|| {
            let tls = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| format!("the system has no certificates to trust: {error}"))?;
            Ok(pooled(tls.https_only().enable_http1().wrap_connector(self.connector())))
        });
        client.as_ref().map_err(Clone::clone)
    }
}

fn pooled<C>(connector: C) -> Pooled<C, Full<Bytes>>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Pooled::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_timer(TokioTimer::new())
        .build(connector)
}

fn parse_url(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|error| format!("the URL is none: {error}"))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err("the URL must begin with http:// or https:// and a host".to_owned()),
    }
}

/// The URL without `user:password@`, and that.
fn without_user(uri: &Uri) -> Result<(Uri, Option<String>), String> {
    let authority = uri.authority().map(|it| it.as_str()).unwrap_or_default();
    let Some((user, host)) = authority.rsplit_once('@') else { return Ok((uri.clone(), None)) };
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(host.parse().map_err(|error| format!("the URL is none: {error}"))?);
    let uri = Uri::from_parts(parts).map_err(|error| format!("the URL is none: {error}"))?;
    Ok((uri, Some(user.to_owned())))
}

fn header_map(headers: &[(String, Vec<u8>)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let key: HeaderName =
            name.parse().map_err(|_| format!("{name:?} cannot be the name of a header"))?;
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| format!("the value of the header {name} has a line end or the like"))?;
        map.append(key, value);
    }
    map.entry(header::USER_AGENT)
        .or_insert(HeaderValue::from_static(concat!("ko/", env!("CARGO_PKG_VERSION"))));
    Ok(map)
}

/// The URL that a `Location` header means (RFC 3986, §5.2).
fn resolve(base: &Uri, location: &str) -> Result<Uri, String> {
    let location = location.split('#').next().unwrap_or_default();
    let (scheme, authority) = (base.scheme_str().unwrap_or("http"), base.authority());
    let authority = authority.map(|it| it.as_str()).unwrap_or_default();
    let text = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.contains("://") {
        location.to_owned()
    } else if location.starts_with('?') || location.is_empty() {
        format!("{scheme}://{authority}{}{location}", base.path())
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{}", without_dots(&format!("{folder}/{location}")))
    };
    parse_url(&text).map_err(|_| format!("redirected to {location:?}, which is no URL"))
}

fn without_dots(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, it)| (path, Some(it)));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let query = query.map(|it| format!("?{it}")).unwrap_or_default();
    format!("/{}{query}", parts.join("/"))
}

/// An error with what caused it: the outer ones alone say little.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_against_where_they_came_from() {
        let base = parse_url("http://h:81/a/b?q").unwrap();
        for (location, expected) in [
            ("https://x/y", "https://x/y"),
            ("//x/y", "http://x/y"),
            ("/y?z#f", "http://h:81/y?z"),
            ("c", "http://h:81/a/c"),
            ("../c/./d?e=..", "http://h:81/c/d?e=.."),
            ("?n", "http://h:81/a/b?n"),
        ] {
            assert_eq!(resolve(&base, location).unwrap().to_string(), expected);
        }
        assert!(resolve(&base, "ftp://x").is_err());
    }

    #[test]
    fn users_become_headers_and_bad_urls_errors() {
        let (uri, user) = without_user(&parse_url("http://u:p@h/x").unwrap()).unwrap();
        assert_eq!((uri.to_string().as_str(), user.as_deref()), ("http://h/x", Some("u:p")));
        for bad in ["", "h/x", "/x", "ftp://h", "http://", "http://a b", "http://é"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}

//! Requests as the API server expects them: paths, queries, media types
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/>).

use http::{Method, Request, header};
use ko_evaluator::cluster::{
    DeleteOptions, LogOptions, PatchType, Resource, Selection, WriteOptions,
};
use serde_json::{Value as Json, json};

/// How many objects are asked for at once; the rest follows in further requests.
const PAGE: u32 = 500;

/// How long the server is to keep a watch open, in seconds. Less than the time after which proxies cut connections.
const WATCH_SECONDS: u32 = 290;

/// A path with its query.
pub(crate) struct Url {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Url {
    /// The path of a collection, or of an object in it.
    pub(crate) fn new(resource: &Resource, namespace: Option<&str>, name: Option<&str>) -> Url {
        let mut path = if resource.group.is_empty() {
            format!("/api/{}", escape(&resource.version))
        } else {
            format!("/apis/{}/{}", escape(&resource.group), escape(&resource.version))
        };
        if let Some(namespace) = namespace.filter(|_| resource.namespaced) {
            path.push_str(&format!("/namespaces/{}", escape(namespace)));
        }
        path.push_str(&format!("/{}", escape(&resource.plural)));
        if let Some(name) = name {
            path.push_str(&format!("/{}", escape(name)));
        }
        Url { path, query: Vec::new() }
    }

    /// The path of a part of the object.
    pub(crate) fn subresource(mut self, name: Option<&str>) -> Url {
        if let Some(name) = name {
            self.path.push_str(&format!("/{}", escape(name)));
        }
        self
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Url {
        self.query.push((key, value.into()));
        self
    }

    /// What a write says. Unknown fields are always refused, not dropped with a warning.
    pub(crate) fn writing(self, options: &WriteOptions) -> Url {
        let url = self
            .with("fieldManager", options.field_manager.clone())
            .with("fieldValidation", "Strict");
        if options.dry_run { url.with("dryRun", "All") } else { url }
    }

    fn selecting(mut self, selection: &Selection) -> Url {
        for (key, value) in
            [("labelSelector", &selection.labels), ("fieldSelector", &selection.fields)]
        {
            if let Some(value) = value.as_ref().filter(|it| !it.is_empty()) {
                self.query.push((key, value.clone()));
            }
        }
        self
    }

    fn text(&self) -> String {
        let query: Vec<String> =
            self.query.iter().map(|(key, value)| format!("{key}={}", escape(value))).collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }

    /// A request with a JSON body, or without one.
    pub(crate) fn request(
        &self,
        method: Method,
        media_type: &str,
        body: Option<&Json>,
    ) -> Result<Request<Vec<u8>>, http::Error> {
        let builder = Request::builder()
            .method(method)
            .uri(self.text())
            .header(header::ACCEPT, "application/json");
        match body {
            Some(body) => {
                builder.header(header::CONTENT_TYPE, media_type).body(body.to_string().into_bytes())
            }
            None => builder.body(Vec::new()),
        }
    }
}

/// A page of a list. `token` is what the page before gave.
pub(crate) fn list(
    resource: &Resource,
    selection: &Selection,
    token: &str,
) -> Result<Request<Vec<u8>>, http::Error> {
    let mut url = Url::new(resource, selection.namespace.as_deref(), None)
        .selecting(selection)
        .with("limit", PAGE.to_string());
    if !token.is_empty() {
        url = url.with("continue", token);
    }
    url.request(Method::GET, "", None)
}

/// A watch.
pub(crate) fn watch(
    resource: &Resource,
    selection: &Selection,
    from: &str,
) -> Result<Request<Vec<u8>>, http::Error> {
    Url::new(resource, selection.namespace.as_deref(), None)
        .selecting(selection)
        .with("watch", "true")
        .with("allowWatchBookmarks", "true")
        .with("resourceVersion", from)
        .with("timeoutSeconds", WATCH_SECONDS.to_string())
        .request(Method::GET, "", None)
}

/// The most of a log that is asked for, in bytes.
pub(crate) const LONGEST_LOG: usize = 64 << 20;

/// The log of a container.
pub(crate) fn logs(
    namespace: &str,
    pod: &str,
    options: &LogOptions,
) -> Result<Request<Vec<u8>>, http::Error> {
    let pods = Resource {
        group: String::new(),
        version: "v1".to_owned(),
        plural: "pods".to_owned(),
        kind: "Pod".to_owned(),
        namespaced: true,
    };
    let mut url = Url::new(&pods, Some(namespace), Some(pod))
        .subresource(Some("log"))
        .with("limitBytes", LONGEST_LOG.to_string());
    if let Some(container) = &options.container {
        url = url.with("container", container.clone());
    }
    if let Some(lines) = options.tail {
        url = url.with("tailLines", lines.to_string());
    }
    if let Some(seconds) = options.since {
        url = url.with("sinceSeconds", seconds.to_string());
    }
    for (key, wanted) in [("previous", options.previous), ("timestamps", options.timestamps)] {
        if wanted {
            url = url.with(key, "true");
        }
    }
    // Whatever is asked for: refusals come in JSON, logs as they are.
    Request::get(url.text()).header(header::ACCEPT, "application/json, */*").body(Vec::new())
}

/// A patch.
pub(crate) fn patch(
    url: Url,
    patch_type: PatchType,
    patch: &Json,
    options: &WriteOptions,
) -> Result<Request<Vec<u8>>, http::Error> {
    let url = url.writing(options);
    let (media_type, url) = match patch_type {
        // JSON is YAML.
        PatchType::Apply => {
            ("application/apply-patch+yaml", url.with("force", options.force.to_string()))
        }
        PatchType::Merge => ("application/merge-patch+json", url),
        PatchType::Strategic => ("application/strategic-merge-patch+json", url),
        PatchType::Json => ("application/json-patch+json", url),
    };
    url.request(Method::PATCH, media_type, Some(patch))
}

/// A deletion.
pub(crate) fn delete(url: &Url, options: &DeleteOptions) -> Result<Request<Vec<u8>>, http::Error> {
    let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
    if let Some(uid) = &options.uid {
        body["preconditions"] = json!({"uid": uid});
    }
    if let Some(propagation) = options.propagation {
        body["propagationPolicy"] = propagation.into();
    }
    url.request(Method::DELETE, "application/json", Some(&body))
}

/// Percent-encodes what is not unreserved (RFC 3986 §2.3).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

//! An API server that serves much: many custom resources with large schemas, and many pods. What benchmarks of clusters
//! and tests of large lists speak to; a real control plane with as many definitions takes gigabytes.
//!
//! It publishes as a real one does (aggregated discovery with ETags, OpenAPI v3 documents by hash), pages its lists, and
//! keeps its watches open. It checks nothing: whatever it is sent is from us.

mod definitions;
mod pods;

use std::{io, sync::Arc, time::Duration};

pub use definitions::Definitions;
pub use pods::Pods;

use crate::http_server::{Answer, HttpServer, Request};

/// A running server; it ends when dropped.
pub struct ScaleServer {
    server: HttpServer,
    pods: Arc<Pods>,
    size: usize,
}

impl ScaleServer {
    /// Serves these definitions, and the pods that are put into it.
    ///
    /// # Errors
    /// When the system gives no port.
    pub fn start(definitions: Definitions) -> io::Result<ScaleServer> {
        let (pods, size) = (Arc::new(Pods::default()), definitions.size());
        let (definitions, held) = (Arc::new(definitions), pods.clone());
        let server = HttpServer::start(move |request| {
            let answer = answer(request, &definitions, &held);
            // Says that the server itself keeps order among its clients, which have no need to slow themselves down then.
            answer.with("x-kubernetes-pf-flowschema-uid", "00000000-0000-0000-0000-000000000001")
        })?;
        Ok(ScaleServer { server, pods, size })
    }

    /// How many bytes its OpenAPI documents take.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The pods.
    pub fn pods(&self) -> &Arc<Pods> {
        &self.pods
    }

    /// The text of a kubeconfig with one context of this name that leads here.
    pub fn kubeconfig(&self, context: &str) -> String {
        self.server.kubeconfig(context)
    }
}

const PUBLISHED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

fn answer(request: &Request, definitions: &Definitions, pods: &Arc<Pods>) -> Answer {
    let path = request.path();
    match path {
        "/version" => Answer::json(200, VERSION),
        "/livez" | "/readyz" | "/livez/ping" => Answer::json(200, "ok"),
        "/api" => published(request, definitions.core()),
        "/apis" => published(request, definitions.groups()),
        "/openapi/v3" => Answer::json(200, definitions.index()),
        _ if path.starts_with("/openapi/v3/") => document(request, definitions),
        _ if path.starts_with("/api/v1/") => pods.answer(request),
        // Definitions and registrations: none to list, and none that change.
        _ if request.parameter("watch") == "true" => Answer::events(Box::new(|| {
            std::thread::sleep(Duration::from_millis(100));
            Some(Vec::new())
        })),
        _ if path.starts_with("/apis/") && request.method == "GET" => Answer::json(
            200,
            r#"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#,
        ),
        _ => refused(404, "NotFound", &format!("there is nothing at {path}")),
    }
}

const VERSION: &str = r#"{"major":"1","minor":"36","gitVersion":"v1.36.3","gitCommit":"","gitTreeState":"clean","buildDate":"2026-01-01T00:00:00Z","goVersion":"go1.26","compiler":"gc","platform":"linux/amd64"}"#;

/// A discovery document, or that it has not changed.
fn published(request: &Request, (etag, body): (&str, &Arc<[u8]>)) -> Answer {
    if request.header("if-none-match") == etag {
        return Answer::unchanged().with("etag", etag);
    }
    Answer::typed(200, PUBLISHED, body.clone()).with("etag", etag)
}

/// A document by its hash, or the way to the one of today.
fn document(request: &Request, definitions: &Definitions) -> Answer {
    let path = request.path().trim_start_matches("/openapi/v3/");
    let Some((hash, body)) = definitions.document(path) else {
        return refused(404, "NotFound", &format!("no document of {path}"));
    };
    let asked = request.parameter("hash");
    if !asked.is_empty() && asked != hash {
        return Answer::json(301, "").with("location", &format!("/openapi/v3/{path}?hash={hash}"));
    }
    Answer::typed(200, "application/json", body.clone())
        .with("etag", &format!("\"{hash}\""))
        .with("cache-control", "public, immutable")
}

fn refused(code: u16, reason: &str, message: &str) -> Answer {
    let status = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
        "reason": reason, "message": message,
    });
    Answer::json(code, status.to_string())
}

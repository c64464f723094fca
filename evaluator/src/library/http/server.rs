//! The server of `net/http`: connections that are answered by a function, or with the files of a folder.

use std::{convert::Infallible, future::Future, path::Path, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{self, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tower_http::services::ServeDir;
use tower_service::Service as _;

/// Connections at a time; more wait.
const MAX_CONNECTIONS: usize = 256;

/// How long a client may take to say what it wants.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of the body of a request.
const MAX_BODY: usize = 16 << 20;

/// A request that came.
#[derive(Debug, Clone)]
pub(in crate::library) struct Asked {
    /// Such as `GET`.
    pub(in crate::library) method: String,
    /// What stands behind the host, without the query.
    pub(in crate::library) path: String,
    /// What stands behind the question mark.
    pub(in crate::library) query: String,
    /// Names, in lower case, and values.
    pub(in crate::library) headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub(in crate::library) body: Vec<u8>,
}

/// What to answer.
#[derive(Debug, Clone, Default)]
pub(in crate::library) struct Answer {
    /// The status; 200 if it is 0.
    pub(in crate::library) status: u16,
    /// Names and values; a later one replaces an earlier one of the same name.
    pub(in crate::library) headers: Vec<(String, String)>,
    /// The body.
    pub(in crate::library) body: Vec<u8>,
}

/// Answers requests.
pub(in crate::library) type Handler =
    Arc<dyn Fn(Asked) -> BoxFuture<'static, Answer> + Send + Sync>;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Listens at `host:port`; without a host at all addresses of this machine. Port 0 stands for one that is free.
///
/// # Errors
/// When the address is none or is taken.
pub(in crate::library) async fn listen(address: &str) -> Result<TcpListener, String> {
    let full = match address.strip_prefix(':') {
        Some(port) => format!("0.0.0.0:{port}"),
        None => address.to_owned(),
    };
    TcpListener::bind(&full).await.map_err(|error| {
        format!("cannot serve at {address:?}: {error}; an address is a host and a port, such as localhost:8080")
    })
}

/// Answers requests until it is dropped.
pub(in crate::library) async fn serve(listener: TcpListener, handler: Handler) -> Infallible {
    accept(listener, move |request| answer(request, handler.clone())).await
}

/// Serves the files below a folder, and `index.html` for folders, to requests whose path begins with `prefix`, until it is
/// dropped.
pub(in crate::library) async fn serve_folder(
    listener: TcpListener,
    folder: &Path,
    prefix: &str,
) -> Infallible {
    let prefix: Arc<str> = prefix.trim_end_matches('/').into();
    let files = ServeDir::new(folder);
    accept(listener, move |request| file(request, files.clone(), prefix.clone())).await
}

async fn accept<F, R>(listener: TcpListener, respond: F) -> Infallible
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<Body>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this future, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            // Nobody closes it.
            std::future::pending::<()>().await;
            continue;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // The system is out of something, which may pass.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let respond = respond.clone();
        connections.spawn(async move {
            connection(stream, respond).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connection<F, R>(stream: TcpStream, respond: F)
where
    F: Fn(Request<Incoming>) -> R,
    R: Future<Output = Response<Body>>,
{
    let _ = stream.set_nodelay(true);
    let respond = &respond;
    let service =
        service_fn(move |request| async move { Ok::<_, Infallible>(respond(request).await) });
    // What goes wrong with a connection is the client's affair.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: Request<Incoming>, handler: Handler) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return status_only(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let headers = head.headers.iter();
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: body.to_bytes().to_vec(),
    };
    let answer = handler(asked).await;
    let mut response = status_only(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK));
    *response.headers_mut() = header_map(&answer.headers);
    *response.body_mut() = full(answer.body);
    response
}

/// The headers; those that cannot be are refused where they are set, see [`is_header`].
fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            map.insert(name, value);
        }
    }
    map
}

/// Whether there can be such a header.
pub(in crate::library) fn is_header(name: &str, value: &str) -> bool {
    name.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok()
}

async fn file(request: Request<Incoming>, mut files: ServeDir, prefix: Arc<str>) -> Response<Body> {
    let uri = request.uri();
    let Some(rest) = uri.path().strip_prefix(&*prefix).filter(|it| it.starts_with('/')) else {
        return status_only(StatusCode::NOT_FOUND);
    };
    let query = uri.query().map(|it| format!("?{it}")).unwrap_or_default();
    let Ok(inner) = format!("{rest}{query}").parse::<Uri>() else {
        return status_only(StatusCode::BAD_REQUEST);
    };
    let (mut head, body) = request.into_parts();
    head.uri = inner;
    let Ok(mut response) = files.call(Request::from_parts(head, body)).await;
    // From a folder without its slash to the one with it.
    if let Some(target) = response.headers().get(header::LOCATION)
        && let Ok(target) = target.to_str()
        && let Ok(target) = HeaderValue::from_str(&format!("{prefix}{target}"))
    {
        response.headers_mut().insert(header::LOCATION, target);
    }
    response.map(|body| body.boxed_unsync())
}

fn status_only(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Vec::new()));
    *response.status_mut() = status;
    response
}

fn full(body: Vec<u8>) -> Body {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::super::client;
    use super::*;

    fn request(method: &str, url: String) -> client::Request {
        client::Request {
            method: method.to_owned(),
            url,
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(10),
            max_body: 1000,
        }
    }

    /// A server that tells what it was asked, and the address of it.
    async fn echo() -> (JoinSet<Infallible>, String) {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let handler: Handler = Arc::new(|asked| {
            Box::pin(async move {
                let moved = |to: &str, status| Answer {
                    status,
                    headers: vec![("Location".to_owned(), to.to_owned())],
                    body: Vec::new(),
                };
                match asked.path.as_str() {
                    "/moved" => moved("there?x", 302),
                    "/kept" => moved("/there", 307),
                    "/loop" => moved("/loop", 301),
                    "/large" => Answer { body: vec![b'x'; 1001], ..Answer::default() },
                    "/slow" => std::future::pending().await,
                    _ => Answer {
                        status: 201,
                        headers: vec![("X-A".to_owned(), "b".to_owned())],
                        body: [
                            asked.method.as_bytes(),
                            asked.path.as_bytes(),
                            asked.query.as_bytes(),
                            &asked.body,
                        ]
                        .join(&b' '),
                    },
                }
            })
        });
        let mut servers = JoinSet::new();
        servers.spawn(serve(listener, handler));
        (servers, address)
    }

    #[tokio::test]
    async fn what_is_sent_arrives_and_what_is_answered_comes_back() {
        let (_server, address) = echo().await;
        let client = Arc::new(client::Client::new(None));
        let post = client::Request {
            body: b"body".to_vec(),
            ..request("POST", format!("{address}/p?q=1"))
        };
        let answer = client.clone().send(post).await.unwrap();
        assert_eq!((answer.status, &*answer.body), (201, &b"POST /p q=1 body"[..]));
        assert!(answer.headers.contains(&("x-a".to_owned(), b"b".to_vec())));
        let head = client.send(request("HEAD", address)).await.unwrap();
        assert_eq!((head.status, head.body.len()), (201, 0));
    }

    #[tokio::test]
    async fn redirects_are_followed_and_limits_kept() {
        let (_server, address) = echo().await;
        let client = Arc::new(client::Client::new(None));
        let send = async |method: &str, path: &str| {
            let body = client::Request {
                body: b"body".to_vec(),
                timeout: Duration::from_millis(if path == "/slow" { 50 } else { 10_000 }),
                ..request(method, format!("{address}{path}"))
            };
            let answer = client.clone().send(body).await?;
            Ok::<_, String>(String::from_utf8(answer.body).unwrap())
        };
        assert_eq!(send("POST", "/moved").await, Ok("GET /there x ".to_owned()));
        assert_eq!(send("POST", "/kept").await, Ok("POST /there  body".to_owned()));
        assert_eq!(send("GET", "/loop").await, Err("more than 10 redirects".to_owned()));
        let large = "the answer is larger than 1000 bytes";
        assert_eq!(send("GET", "/large").await, Err(large.to_owned()));
        assert_eq!(send("GET", "/slow").await, Err("no answer within 0.05 s".to_owned()));
        let refused = client.send(request("GET", "http://127.0.0.1:1/".to_owned())).await;
        assert!(refused.unwrap_err().contains("refused"));
    }

    #[tokio::test]
    async fn folders_are_served_below_their_prefix_only() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("a.html"), "<p>").unwrap();
        std::fs::write(folder.path().join("sub/index.html"), "index").unwrap();
        let listener = listen("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let path = folder.path().join("sub");
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        let mut servers = JoinSet::new();
        let root = folder.path().to_owned();
        servers.spawn(async move { serve_folder(listener, &root, "/files/").await });
        let client = Arc::new(client::Client::new(None));
        let get = async |at: &str| {
            let answer =
                client.clone().send(request("GET", format!("{address}{at}"))).await.unwrap();
            (answer.status, String::from_utf8(answer.body).unwrap())
        };
        assert_eq!(get("/files/a.html").await, (200, "<p>".to_owned()));
        assert_eq!(get("/files/sub").await, (200, "index".to_owned()));
        assert_eq!(get("/files/none").await.0, 404);
        assert_eq!(get("/a.html").await.0, 404);
        assert_eq!(get("/filesa.html").await.0, 404);
        let inner = listen("127.0.0.1:0").await.unwrap();
        let inner_address = format!("http://{}", inner.local_addr().unwrap());
        servers.spawn(async move { serve_folder(inner, &path, "/").await });
        for escape in ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret"] {
            let url = format!("{inner_address}{escape}");
            let answer = client.clone().send(request("GET", url)).await.unwrap();
            assert_ne!(answer.status, 200, "{escape}");
        }
    }
}
